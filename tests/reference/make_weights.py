"""Writes weights.txt: files as Python's safetensors and NumPy write them, byte for byte; or, given files that the library wrote,
reads them with both and fails where they are not what they should be.

Needs numpy and safetensors. Usage: python make_weights.py [FOLDER], where tests/io wrote FOLDER/all.safetensors and FOLDER/all.npz
(XGRAD_KEEP_WEIGHTS=FOLDER build/tests/test_io).
"""

import io
import json
import pathlib
import struct
import sys

import numpy as np
import safetensors
from safetensors import safe_open
from safetensors.numpy import load, save

HEADER = """\
# Files as Python's safetensors {safetensors} and NumPy {numpy} write them (tests/reference/make_weights.py); do not edit.
# `hex` is a whole file; `float32` are the bytes of its numbers in that type.
"""

SIMPLE = {
    "dense/bias": np.array([0.5, -1.0, 2.0], np.float32),
    "dense/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
}
# What both libraries and ours can hold; tests/io/safetensors.cpp names the same.
ALL = {
    "f32": np.array([[1.5, -2.25, 3.0], [0.0, 1e-30, -1e30]], np.float32),
    "f64": np.array([0.1, -1e300], np.float64),
    "i64": np.array([-(2**63), 0, 2**63 - 1], np.int64),
    "u8": np.array([0, 7, 255], np.uint8),
    "bool": np.array([True, False, True]),
    "scalar": np.array(42.0, np.float64),
    "none": np.zeros((0, 4), np.float32),
    "ä \"quoted\"\\\n": np.array([1.0], np.float32),
}
BRAINS = [0.0, 1.0, -2.5, -(2.0**127), 2.0**-133, np.inf]  # exact in BF16
HALVES = np.array([0.0, -0.0, 1.0, -2.5, 65504.0, 2.0**-24, 2.0**-14, np.inf, -np.inf, 0.1], np.float16)


def brain(values):
    """A BF16 file: NumPy has no such type, so the header is written here, and checked by the library."""
    bits = (np.asarray(values, np.float32).view(np.uint32) >> 16).astype(np.uint16)
    text = json.dumps({"b": {"dtype": "BF16", "shape": [len(bits)], "data_offsets": [0, 2 * len(bits)]}}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file = struct.pack("<Q", len(text)) + text + bits.tobytes()
    (name, tensor), = safetensors.deserialize(file)
    assert name == "b" and tensor["dtype"] == "BF16" and bytes(tensor["data"]) == bits.tobytes(), tensor
    return file


def npz(arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def write(path):
    files = {
        "safetensors/simple": save(SIMPLE),
        "safetensors/metadata": save(SIMPLE, {"made by": "nobody, \"ä\""}),
        "safetensors/all": save(ALL),
        "safetensors/none": save({}),
        "safetensors/f16": save({"h": HALVES}),
        "safetensors/bf16": brain(BRAINS),
        "safetensors/i32": save({"steps": np.array([1, 2], np.int32)}),
        "npz/simple": npz(SIMPLE),
    }
    with open(path, "w", encoding="utf-8") as out:
        out.write(HEADER.format(safetensors=safetensors.__version__, numpy=np.__version__))
        for name, content in files.items():
            out.write(f"\ncase {name}\nattr hex {content.hex()}\n")
            values = {"safetensors/f16": HALVES, "safetensors/bf16": BRAINS}.get(name)
            if values is not None:
                out.write(f"attr float32 {np.asarray(values, np.float32).tobytes().hex()}\n")


def check(folder):
    def same(name, found):
        expected = ALL[name]
        assert found.dtype == expected.dtype and found.shape == expected.shape, (name, found)
        assert found.tobytes() == expected.tobytes(), (name, found)

    tensors = load((folder / "all.safetensors").read_bytes())
    assert sorted(tensors) == sorted(ALL), sorted(tensors)
    with safe_open(folder / "all.safetensors", "np") as file:
        assert file.metadata() == {"a": "1", "ä": "\"\n"}, file.metadata()
        for name in file.keys():
            same(name, file.get_tensor(name))
    with np.load(folder / "all.npz", allow_pickle=False) as file:
        assert sorted(file.files) == sorted(ALL), file.files
        for name in file.files:
            same(name, file[name])
    print(f"safetensors {safetensors.__version__}, NumPy {np.__version__}: {len(ALL)} arrays read back, bit for bit")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        check(pathlib.Path(sys.argv[1]))
    else:
        write(pathlib.Path(__file__).with_name("weights.txt"))
