"""Writes pickles.txt: .npy files of lists of integers as NumPy saves them, in pickle protocols 2, 3 and 4, byte for byte.

Needs numpy. Usage: python make_pickles.py
"""

import io
import pathlib
import pickle

import numpy as np

HEADER = """\
# Object arrays of lists of integers, as NumPy {numpy} pickles them (tests/reference/make_pickles.py); do not edit.
# `hex` is a whole .npy file; `values` are the integers of all lists, `offsets` where each begins and ends.
"""

LISTS = {
    "ragged": [[1, 2, 3], [4], []],
    "widths": [[0, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**40, 2**63 - 1], [-1, -255, -256, -(2**31), -(2**31) - 1, -(2**63)]],
    "many": [list(range(i % 3)) for i in range(300)],  # a memo of more than 256 entries
    "long": [list(range(1500)), [7]],  # appended in two batches
    "equal": [[1, 2], [3, 4], [5, 6]],  # NumPy makes a matrix of them
    "none": [],
    "shared": "one list twice",
}


def array_of(lists):
    if lists == "one list twice":
        one = [5, 6]
        array = np.empty(3, dtype=object)
        array[:] = [one, [1], one]
        return array
    if lists and len({len(x) for x in lists}) == 1:
        return np.array(lists, dtype=object)
    array = np.empty(len(lists), dtype=object)
    array[:] = lists
    return array


def npy(array, protocol):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(array))
    pickle.dump(array, stream, protocol=protocol)
    assert [list(x) for x in np.load(io.BytesIO(stream.getvalue()), allow_pickle=True)] == [list(x) for x in array]
    return stream.getvalue()


def integers(name, values):
    return f"out {name} int64 [{len(values)}] : {' '.join(map(str, values))}".rstrip()


def main():
    text = HEADER.format(numpy=np.__version__)
    for name, lists in LISTS.items():
        array = array_of(lists)
        rows = [list(x) for x in array]
        offsets = [0]
        for row in rows:
            offsets.append(offsets[-1] + len(row))
        for protocol in (2, 3, 4):
            text += f"\ncase {name}/protocol{protocol}\nattr hex {npy(array, protocol).hex()}\n"
            # The reader of this file holds numbers as doubles: the integers that those cannot hold stand as text.
            values = [v for row in rows for v in row]
            text += f"attr values {' '.join(map(str, values))}\n" if values else ""
            text += integers("offsets", offsets) + "\n"
    (pathlib.Path(__file__).parent / "pickles.txt").write_text(text)


if __name__ == "__main__":
    main()
