"""Writes datasets.txt: what Keras makes of its own data sets, as counts and hashes, option by option.

Needs keras and its files imdb.npz, reuters.npz and boston_housing.npz. Usage: python make_datasets.py FOLDER
where FOLDER/datasets holds them.
"""

import os
import pathlib
import sys
import tempfile

os.environ["KERAS_BACKEND"] = "jax"
home = pathlib.Path(tempfile.mkdtemp())  # Keras wants to write where it reads
(home / "datasets").mkdir()
for file in (pathlib.Path(sys.argv[1]) / "datasets").iterdir():
    (home / "datasets" / file.name).symlink_to(file.resolve())
os.environ["KERAS_HOME"] = str(home)

import keras
import numpy as np

HEADER = """\
# Data sets as Keras {keras} loads them (tests/reference/make_datasets.py); do not edit.
# Attributes are the options; `none` is Python's None. For each half: how many samples, how many integers in all, and hashes of the
# integers, of the lengths and of the labels: h = 1469598103934665603, then h = (h xor v) * 1099511628211 modulo 2^64 for
# every integer v; of boston_housing, of the bits of every float64.
"""

TEXTS = {
    "default": {},
    "frequent": dict(num_words=10000),
    "all_options": dict(num_words=500, skip_top=20, maxlen=200, seed=7),
    "left_out": dict(num_words=1000, skip_top=5, oov_char=None),
    "as_stored": dict(start_char=None, index_from=0, num_words=5000),
    "shifted": dict(start_char=None, index_from=10, oov_char=9, skip_top=12),
    "start_among_frequent": dict(start_char=40, skip_top=30, maxlen=100, seed=4294967295),
}


def hash_of(values):
    h = 1469598103934665603
    for v in values:
        h = ((h ^ (int(v) & 0xFFFFFFFFFFFFFFFF)) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return h


def half(name, x, y):
    values = [v for row in x for v in row]
    return (f"attr {name}_count {len(x)}\nattr {name}_integers {len(values)}\nattr {name}_values {hash_of(values)}\n"
            f"attr {name}_lengths {hash_of(len(row) for row in x)}\nattr {name}_labels {hash_of(y)}\n")


def options(given):
    return "".join(f"attr {k} {'none' if v is None else v}\n" for k, v in given.items())


def main():
    text = HEADER.format(keras=keras.__version__)
    for data_set in ("imdb", "reuters"):
        for name, given in TEXTS.items():
            if data_set == "reuters" and name == "all_options":
                given = dict(given, test_split=0.35)
            (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, data_set).load_data(**given)
            text += f"\ncase {data_set}/{name}\n" + options(given) + half("train", x_train, y_train) + half("test", x_test, y_test)
    for name, given in {"default": {}, "other": dict(test_split=0.33, seed=5), "nothing_held_out": dict(test_split=0)}.items():
        parts = keras.datasets.boston_housing.load_data(**given)
        text += f"\ncase boston_housing/{name}\n" + options(given)
        for half_name, (x, y) in zip(("train", "test"), parts):
            text += f"attr {half_name}_count {len(x)}\n"
            for letter, array in (("x", x), ("y", y)):
                text += f"attr {half_name}_{letter} {hash_of(np.ascontiguousarray(array, np.float64).reshape(-1).view(np.uint64))}\n"
    (pathlib.Path(__file__).parent / "datasets.txt").write_text(text)


if __name__ == "__main__":
    main()
