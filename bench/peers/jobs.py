"""The jobs of bench/jobs in Keras, as its users would write them.

    python3 jobs.py BACKEND JOB [SEED]      BACKEND: jax, torch, tensorflow; JOB: mnist, imdb, reuters, boston

MNIST is read from the IDX files in $XGRAD_DATA/mnist; the others by Keras, from $KERAS_HOME. Prints the results, a line each.
"""

import os
import sys

backend, job = sys.argv[1:3]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
os.environ["KERAS_BACKEND"] = backend
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import gzip

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(seed)


def idx(name, header):
    with gzip.open(os.path.join(os.environ["XGRAD_DATA"], "mnist", name + ".gz")) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def multi_hot(sequences, dimension=10000):
    rows = np.zeros((len(sequences), dimension), np.float32)
    for i, sequence in enumerate(sequences):
        rows[i, sequence] = 1
    return rows


def report(results):
    for name, value in results.items():
        print(f"{name} {value:.6f}")


def classifier(hidden, outputs, activation, loss, train, test, epochs, batch_size):
    model = keras.Sequential([layers.Dense(n, activation="relu") for n in hidden] + [layers.Dense(outputs, activation=activation)])
    model.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    model.fit(*train, epochs=epochs, batch_size=batch_size, verbose=0)
    loss, accuracy = model.evaluate(*test, batch_size=batch_size, verbose=0)
    report({"accuracy": accuracy, "loss": loss})


def mnist():
    def part(name):
        x = idx(name + "-images-idx3-ubyte", 16).reshape(-1, 784).astype(np.float32) / 255
        return x, keras.utils.to_categorical(idx(name + "-labels-idx1-ubyte", 8))
    classifier([512], 10, "softmax", "categorical_crossentropy", part("train"), part("t10k"), 5, 128)


def imdb():
    parts = keras.datasets.imdb.load_data(num_words=10000)
    train, test = [(multi_hot(x), y.astype(np.float32)) for x, y in parts]
    classifier([16, 16], 1, "sigmoid", "binary_crossentropy", train, test, 4, 512)


def reuters():
    parts = keras.datasets.reuters.load_data(num_words=10000)
    train, test = [(multi_hot(x), keras.utils.to_categorical(y, 46)) for x, y in parts]
    classifier([64, 64], 46, "softmax", "categorical_crossentropy", train, test, 9, 512)


def boston():
    (x, y), (x_test, y_test) = keras.datasets.boston_housing.load_data()
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    x, x_test = (x - mean) / deviation, (x_test - mean) / deviation

    def make():
        model = keras.Sequential([layers.Dense(64, activation="relu"), layers.Dense(64, activation="relu"), layers.Dense(1)])
        model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
        return model

    fold_errors = []
    for held in np.split(np.arange(len(x)), 4):
        kept = np.setdiff1d(np.arange(len(x)), held)
        model = make()
        model.fit(x[kept], y[kept], validation_data=(x[held], y[held]), epochs=100, batch_size=16, verbose=0)
        fold_errors.append(model.evaluate(x[held], y[held], batch_size=16, verbose=0)[1])
    model = make()
    model.fit(x, y, epochs=80, batch_size=16, verbose=0)
    report({"folds_mae": np.mean(fold_errors), "mae": model.evaluate(x_test, y_test, batch_size=16, verbose=0)[1]})


{"mnist": mnist, "imdb": imdb, "reuters": reuters, "boston": boston}[job]()
