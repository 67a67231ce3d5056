"""Writes decode.txt: labels that Keras reads from logits by CTC, greedily and with a beam.

Needs keras, jax and torch. Usage: python make_decode.py
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np
from keras.src.backend.common import dtypes

from golden import Case, record, uniform  # switches JAX to float64

keras.config.set_floatx("float64")
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"  # else Keras converts to float32 but on TensorFlow
HEADER = """\
# Labels by CTC in float64, from Keras {keras} on JAX {jax} (tests/reference/make_decode.py); do not edit. The format is that
# of ops.txt.
# `in logits` are log-probabilities, [n, frames, classes]; `out 0` labels [k, n, frames], filled up with -1; `out 1`
# scores [n, k]: of `greedy` minus the sum of the largest of each frame, of `beam` log-probabilities.
"""
CASES = []


def case(kind, name, shape, lengths, spread=2, **options):
    x = uniform(f"{kind}/{name}", shape, -spread, spread)
    x = np.round(x - np.log(np.exp(x).sum(-1, keepdims=True)), 6)
    labels, scores = keras.ops.ctc_decode(x, np.array(lengths), strategy="greedy" if kind == "greedy" else "beam_search",
                                          **options)
    CASES.append(record(Case(f"{kind}/{name}", {"logits": x, "lengths": np.array(lengths)}, None, attrs=options, order=0),
                        {"out": [np.asarray(labels).astype(np.int64), np.asarray(scores, dtype=np.float64)]}))


for blank in (0, 2):
    case("greedy", f"blank_{blank}", (3, 12, 3), [12, 7, 1], mask_index=blank)
    case("greedy", f"kept_{blank}", (2, 12, 3), [12, 5], mask_index=blank, merge_repeated=0)
    case("beam", f"wide_{blank}", (3, 6, 4), [6, 5, 1], mask_index=blank, beam_width=1500, top_paths=4)
    case("beam", f"narrow_{blank}", (2, 14, 4), [14, 9], mask_index=blank, beam_width=6, top_paths=3)
case("beam", "best", (2, 20, 6), [20, 20], 4, mask_index=0, beam_width=40)

output = pathlib.Path(__file__).parent / "decode.txt"
output.write_text("\n".join([HEADER.format(keras=keras.__version__, jax=jax.__version__)] + CASES))
print(f"{len(CASES)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")
