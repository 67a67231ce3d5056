"""Writes fit.txt: trainings in Keras, batch by batch in order, from weights that the file holds.

    KERAS_BACKEND=jax python3 make_fit.py > fit.txt
"""

import os

os.environ["KERAS_BACKEND"] = "jax"

import zlib

import keras
import numpy as np
from keras import layers, regularizers

print(f"# Trainings in Keras {keras.__version__} on JAX, float32 (tests/reference/make_fit.py); do not edit. The format is that of ops.txt.\n"
      "# `in x`, `in y`, `in x_val`, `in y_val`, perhaps `in weight` (of samples), then the first weights w0, w1, …;\n"
      "# `out KEY` each figure of the history over the epochs, `out predictions` for x_val, and `out w0` … the last weights.\n")


def numbers(name, shape, low=-1, high=1):
    return np.round(np.random.default_rng(zlib.crc32(name.encode())).uniform(low, high, shape), 3)


def line(kind, name, values):
    values = np.asarray(values)
    kind_of = "int64" if values.dtype.kind in "iu" else "float64"
    text = " ".join(repr(float(v)) if float(v) != int(v) else str(int(v)) for v in values.ravel())
    print(f"{kind} {name} {kind_of} [{','.join(map(str, values.shape))}] : {text}")


def case(name, model, loss, metrics, y, y_val, optimizer, epochs=4, batch=8, **options):
    x, x_val = numbers(name + "x", (30, 5)), numbers(name + "v", (12, 5))
    model.build((None, 5))
    for i, w in enumerate(model.weights):
        low = 0.2 if "variance" in w.path else -0.7
        w.assign(numbers(f"{name}{i}", w.shape, low, 0.7))
    print(f"case {name}")
    line("in", "x", x)
    line("in", "y", y)
    line("in", "x_val", x_val)
    line("in", "y_val", y_val)
    if "sample_weight" in options:
        line("in", "weight", options["sample_weight"])
    for i, w in enumerate(model.weights):
        line("in", f"w{i}", np.asarray(w.value, dtype="float64"))
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    history = model.fit(x, y, epochs=epochs, batch_size=batch, shuffle=False, verbose=0, validation_data=(x_val, y_val), **options)
    for key, values in history.history.items():
        line("out", key, np.asarray(values, dtype="float64"))
    line("out", "predictions", np.asarray(model.predict(x_val, verbose=0), dtype="float64"))
    for i, w in enumerate(model.weights):
        line("out", f"w{i}", np.asarray(w.value, dtype="float64"))
    print()


def classes(name, n, c=3):
    return np.random.default_rng(zlib.crc32(name.encode())).integers(0, c, n)


def network(last, activation):
    return keras.Sequential([layers.Dense(6, activation="tanh"), layers.Dense(last, activation=activation)])


case("sparse", network(3, "softmax"), "sparse_categorical_crossentropy", ["accuracy"], classes("a", 30), classes("b", 12), keras.optimizers.RMSprop(0.01))
case("categorical", network(3, "softmax"), "categorical_crossentropy", ["accuracy"], np.eye(3)[classes("c", 30)], np.eye(3)[classes("d", 12)],
     keras.optimizers.Adam(0.02), class_weight={0: 1.0, 1: 2.0, 2: 0.5})
case("binary", network(1, "sigmoid"), "binary_crossentropy", ["accuracy"], classes("e", 30, 2), classes("f", 12, 2), keras.optimizers.SGD(0.1, momentum=0.9),
     sample_weight=numbers("w", (30,), 0.1, 2))
case("regression", keras.Sequential([layers.Dense(6, activation="relu", kernel_regularizer=regularizers.L2(0.01)), layers.Dense(1)]), "mse", ["mae"],
     numbers("g", (30,)), numbers("h", (12,)), keras.optimizers.RMSprop(0.01))
case("constrained", keras.Sequential([layers.Dense(6, activation="tanh", kernel_constraint=keras.constraints.MaxNorm(0.8), activity_regularizer="l2"),
                                      layers.Dense(1, kernel_constraint="non_neg")]), "mae", ["mse"], numbers("i", (30,)), numbers("j", (12,)),
     keras.optimizers.SGD(0.05))
case("normalized", keras.Sequential([layers.Dense(6, use_bias=False), layers.BatchNormalization(momentum=0.8), layers.ReLU(), layers.Dense(3, activation="softmax")]),
     "sparse_categorical_crossentropy", ["accuracy"], classes("k", 30), classes("l", 12), keras.optimizers.Adam(0.01))
