"""Writes ops.txt: golden values and gradients of the ops, from PyTorch and JAX in float64.

Needs numpy, scipy, mpmath, torch and jax (pip install torch jax scipy mpmath). Usage: python make_ops.py [OUTPUT]
"""

import pathlib
import sys

import jax
import torch

from cases import binary, elementwise, linalg, nn, reduce, sequence, shaping
from golden import HEADER, evaluate, record


def main():
    here = pathlib.Path(__file__).parent
    output = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "ops.txt"
    records, seen = [], set()
    for family in (elementwise, binary, reduce, shaping, linalg, nn, sequence):
        for case in family.cases():
            if case.name in seen:
                sys.exit(f"{case.name}: two cases of this name")
            seen.add(case.name)
            result = evaluate(case)
            if hasattr(family, "check"):
                family.check(case, result)
            records.append(record(case, result))
    header = HEADER.format(torch=torch.__version__.split("+")[0], jax=jax.__version__)
    output.write_text("\n".join([header] + records))
    print(f"{len(records)} cases, {output.stat().st_size / 1024:.0f} KiB -> {output}")


main()
