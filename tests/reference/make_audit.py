#!/usr/bin/env python3
"""How many samples of IMDB and Reuters equal others, counted with dictionaries: what tests/data/audit_sets.cpp expects.

    make_audit.py DIRECTORY      where imdb.npz and reuters.npz are; needs NumPy

Prints for each set: test samples that also stand in train; training samples that repeat an earlier one; samples of both parts that
equal an earlier one with another target. Order and numbers are those of Keras's load_data(num_words=10000).
"""

import pathlib
import sys

import numpy as np


def prepared(texts):
    return [tuple([1] + [w + 3 if w + 3 < 10000 else 2 for w in text]) for text in texts]


def shuffled(rng, x, y):
    order = np.arange(len(x))
    rng.shuffle(order)
    return x[order], y[order]


def count(x_train, y_train, x_test, y_test):
    first, repeated, contradictory = {}, 0, 0
    for x, y in zip(x_train, y_train):
        repeated += x in first
        contradictory += first.setdefault(x, y) != y
    shared = sum(x in first for x in x_test)
    for x, y in zip(x_test, y_test):
        contradictory += first.setdefault(x, y) != y
    return shared, repeated, int(contradictory)


def main(directory):
    directory = pathlib.Path(directory)
    rng = np.random.RandomState(113)
    f = np.load(directory / "imdb.npz", allow_pickle=True)
    train = shuffled(rng, f["x_train"], f["y_train"])
    test = shuffled(rng, f["x_test"], f["y_test"])
    print("imdb", *count(prepared(train[0]), train[1], prepared(test[0]), test[1]))
    f = np.load(directory / "reuters.npz", allow_pickle=True)
    x, y = shuffled(np.random.RandomState(113), f["x"], f["y"])
    n, x = int(len(x) * 0.8), prepared(x)
    print("reuters", *count(x[:n], y[:n], x[n:], y[n:]))


if __name__ == "__main__":
    main(*sys.argv[1:])
