"""Writes preprocessing.txt: what keras.utils makes of small data. Needs keras and jax. Usage: python make_preprocessing.py"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"

import keras
import numpy as np

HEADER = """\
# to_categorical, normalize and pad_sequences of Keras {keras} (tests/reference/make_preprocessing.py); do not edit.
# Sequences are `values`, one after the other, and `lengths`. The format is that of ops.txt.
"""

RAGGED = [[1, 2, 3], [4], [], [5, 6, 7, 8, 9]]
PADS = {
    "default": {},
    "maxlen": dict(maxlen=2),
    "longer": dict(maxlen=7),
    "post": dict(maxlen=2, padding="post", truncating="post", value=9),
    "pad_post": dict(padding="post", value=-1),
    "cut_post": dict(maxlen=3, truncating="post"),
    "pad_post_cut_pre": dict(maxlen=4, padding="post", truncating="pre", dtype="float64", value=0.5),
    "value_truncated": dict(value=1.7),
    "value_truncated_below_zero": dict(value=-1.7),
}


def array(kind, name, a):
    a = np.asarray(a)
    dtype = {"f": "float64", "i": "int64", "u": "int64"}[a.dtype.kind]
    words = " ".join(repr(float(v)) if dtype == "float64" else str(int(v)) for v in a.reshape(-1))
    return f"{kind} {name} {dtype} [{','.join(map(str, a.shape))}] : {words}".rstrip() + "\n"


def case(name, attributes, arrays):
    return f"\ncase {name}\n" + "".join(f"attr {k} {v}\n" for k, v in attributes.items()) + "".join(array(*a) for a in arrays)


def main():
    text = HEADER.format(keras=keras.__version__)
    for name, (x, classes) in {
        "plain": ([0, 2, 1, 2], None),
        "given": ([0, 2, 1], 5),
        "negative": ([-1, 0, -3], 3),
        "matrix": ([[0, 1, 2], [2, 1, 0]], None),
        "last_axis_of_one": ([[3], [1]], None),
        "last_axis_of_one_of_three": ([[[0], [1]], [[1], [0]]], 2),
        "one_axis_of_one": ([2], None),
        "floats": ([0.9, 1.2, 2.0], None),
        "scalar": (2, 4),
    }.items():
        out = keras.utils.to_categorical(np.asarray(x), classes)
        text += case(f"to_categorical/{name}", {"num_classes": classes or 0}, [("in", "x", x), ("out", "out", out)])
    matrix = np.array([[3.0, 4.0, -1.5], [0.0, 0.0, 0.0], [-2.0, 0.25, 7.0], [1e-3, -5.5, 2.0]])
    cube = np.arange(24.0).reshape(2, 3, 4) - 11.5
    # Axis 0 stands as -2: Keras 3.15 takes a 0 for -1 when it divides.
    for name, (x, axis, order) in {
        "default": (matrix, -1, 2),
        "first_axis": (matrix, -2, 2),
        "sum": (matrix, 1, 1),
        "cubes": (matrix, -1, 3),
        "half": (matrix, -1, 0.5),
        "largest": (matrix, -2, np.inf),
        "smallest": (matrix, -2, -np.inf),
        "count": (matrix, -1, 0),
        "middle": (cube, 1, 2),
        "first_of_three": (cube, -3, 1),
        "vector": (matrix[0], 0, 2),
    }.items():
        out = keras.utils.normalize(x, axis=axis, order=order).reshape(x.shape)  # of a vector Keras makes [1, n]
        text += case(f"normalize/{name}", {"axis": axis, "order": order}, [("in", "x", x), ("out", "out", out)])
    for name, options in PADS.items():
        out = keras.utils.pad_sequences(RAGGED, **options)
        text += case(f"pad_sequences/{name}", options,
                     [("in", "values", [v for row in RAGGED for v in row]), ("in", "lengths", [len(row) for row in RAGGED]),
                      ("out", "out", out)])
    samples = [[], [[1.7, -2.7], [3.2, 4.0]], [[5.0, 6.0]], [[7.0, 8.0], [9.0, 1.0], [2.5, 3.5]]]
    for name, options in {"samples": {}, "samples_float": dict(maxlen=2, dtype="float64", value=0.25, padding="post")}.items():
        out = keras.utils.pad_sequences(samples, **options)
        flat = np.array([v for row in samples for v in row]).reshape(-1, 2)
        text += case(f"pad_samples/{name}", options,
                     [("in", "values", flat), ("in", "lengths", [len(row) for row in samples]), ("out", "out", out)])
    (pathlib.Path(__file__).parent / "preprocessing.txt").write_text(text)


if __name__ == "__main__":
    main()
