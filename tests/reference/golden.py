"""What a golden case is, how its numbers are made, and how they are written.

A case names an op, its inputs and its attributes, and gives the op twice: in PyTorch and, where it exists there, in
JAX. Both are evaluated in float64, and the run stops if they disagree: what both have rests on no one program alone.
"""

import re
import sys
import zlib
from dataclasses import dataclass, field
from typing import Callable, Optional

import jax
import jax.numpy as jnp
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)

HEADER = """\
# Golden values of the ops, in float64, from PyTorch {torch} and JAX {jax} (tests/reference/make_ops.py); do not edit.
#
# One record a case, separated by blank lines; fields are separated by single spaces:
#   case OP/VARIANT                 the op's name is what stands before the slash
#   attr KEY VALUE...               everything after KEY is the value: a word, a number or a list of numbers
#   in NAME DTYPE [SHAPE] : VALUES  inputs in the order of the op's arguments; row-major; bool as 0 and 1
#   out NAME DTYPE [SHAPE] : VALUES outputs in order
#   grad NAME ...                   gradient with respect to that input of
#                                     L = sum over the float64 outputs of sum(weight * out),
#                                     weight[k] = ((5 k + 3) mod 13 - 6) / 4 + 1 / 8,
#                                     k counts the entries in row-major order, on from one output to the next
#   grad2 NAME ...                  gradient with respect to that input of
#                                     S = sum over the float64 inputs of sum(weight * square(grad)), k likewise
# PyTorch and JAX agree on every case that both have. Unary functions were compared with mpmath as well, entry by entry,
# and an entry that both had lost (off by 2e-14 or more, relative) is mpmath's.
# Numbers are the shortest decimals that read back as the same double (at most 17 significant digits).
"""


@dataclass
class Case:
    name: str
    inputs: dict
    torch: Optional[Callable]
    jax: Optional[Callable] = None
    attrs: dict = field(default_factory=dict)
    order: int = 2  # highest order of derivative recorded: 0, 1 or 2
    tolerance: float = 2e-13  # for the agreement of PyTorch and JAX, relative to the largest entry


def rng(name):
    """A generator that depends on the case's name alone: a new case changes no other."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def uniform(name, shape, low=-2.0, high=2.0, apart=0.0):
    """Random numbers of three decimals (short in the file, and exact), all different, at least `apart` from 0."""
    generator, count = rng(name), int(np.prod(shape))
    values = []
    while len(values) < count:
        value = round(float(generator.uniform(low, high)), 3)
        if abs(value) >= apart and value not in values:
            values.append(value)
    return np.array(values, dtype=np.float64).reshape(shape)


def weight(shape, start=0):
    k = start + np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((5 * k + 3) % 13 - 6) / 4 + 1 / 8).reshape(shape)


def weights(shapes):
    starts = np.cumsum([0] + [int(np.prod(shape)) for shape in shapes])
    return [weight(tuple(shape), start) for shape, start in zip(shapes, starts)]


def weighted(arrays, power=1):
    """The sum over all entries of weight * value**power: L of the outputs, S of the gradients."""
    total = 0.0
    for array, w in zip(arrays, weights([a.shape for a in arrays])):
        total = total + ((torch.tensor(w) if isinstance(array, torch.Tensor) else w) * array**power).sum()
    return total


def as_list(outputs):
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def is_float(array):
    return np.asarray(array).dtype == np.float64


def evaluate_torch(case):
    tensors = [torch.tensor(value) for value in case.inputs.values()]
    floats = [t for t in tensors if t.dtype == torch.float64]
    for t in floats:
        t.requires_grad_(case.order > 0)
    outputs = as_list(case.torch(*tensors))
    result = {"out": [o.detach().numpy() for o in outputs]}
    if case.order == 0:
        return result
    loss = weighted([o for o in outputs if o.dtype == torch.float64])

    def derive(y):
        if not y.requires_grad:
            return [torch.zeros_like(t) for t in floats]
        grads = torch.autograd.grad(y, floats, create_graph=True, allow_unused=True)
        return [torch.zeros_like(t) if g is None else g for t, g in zip(floats, grads)]

    grads = derive(loss)
    result["grad"] = [g.detach().numpy() for g in grads]
    if case.order > 1:
        result["grad2"] = [g.detach().numpy() for g in derive(weighted(grads, 2))]
    return result


def evaluate_jax(case):
    arrays = [jnp.asarray(value) for value in case.inputs.values()]
    where = [i for i, a in enumerate(arrays) if a.dtype == jnp.float64]

    def call(*floats):
        full = list(arrays)
        for i, value in zip(where, floats):
            full[i] = value
        return as_list(case.jax(*full))

    def loss(*floats):
        return weighted([o for o in call(*floats) if o.dtype == jnp.float64])

    every = tuple(range(len(where)))
    gradient = jax.grad(loss, every)
    floats = [arrays[i] for i in where]
    result = {"out": [np.asarray(o) for o in call(*floats)]}
    if case.order > 0:
        result["grad"] = [np.asarray(g) for g in gradient(*floats)]
    if case.order > 1:
        second = jax.grad(lambda *f: weighted(gradient(*f), 2), every)
        result["grad2"] = [np.asarray(g) for g in second(*floats)]
    return result


def disagreement(a, b):
    """The largest difference over the largest entry; infinite where shapes, dtypes or non-finite entries differ."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or is_float(a) != is_float(b):
        return np.inf
    if not is_float(a):
        return 0.0 if np.array_equal(a, b) else np.inf
    if not np.array_equal(np.isfinite(a), np.isfinite(b)):
        return np.inf
    odd = ~np.isfinite(a)
    if not np.array_equal(a[odd], b[odd], equal_nan=True):
        return np.inf
    a, b = a[~odd], b[~odd]
    return float(np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-300)) if a.size and np.any(a != b) else 0.0


def evaluate(case):
    """The numbers of the case, or SystemExit where PyTorch and JAX disagree."""
    result = evaluate_torch(case) if case.torch else None
    if case.jax is not None:
        other = evaluate_jax(case)
        if result is None:
            return other
        for kind in result:
            for index, (a, b) in enumerate(zip(result[kind], other[kind], strict=True)):
                gap = disagreement(a, b)
                if gap > case.tolerance:
                    sys.exit(f"{case.name}: {kind} {index}: PyTorch and JAX differ by {gap:.1e}\n{a}\n{b}")
    return result


DTYPES = {"float64": "float64", "int64": "int64", "int32": "int64", "bool": "bool", "uint8": "uint8"}


def line(kind, name, value):
    value = np.asarray(value)
    dtype = DTYPES[str(value.dtype)]
    shape = ",".join(str(n) for n in value.shape)
    if dtype == "float64":
        numbers = [re.sub(r"\.0$", "", repr(float(v))) for v in value.ravel()]
    else:
        numbers = [str(int(v)) for v in value.ravel()]
    return " ".join([kind, name, dtype, f"[{shape}]", ":"] + numbers)


def attribute(value):
    if isinstance(value, (tuple, list)):
        return " ".join(attribute(v) for v in value)
    return str(int(value)) if isinstance(value, bool) else str(value)


def record(case, result):
    lines = [f"case {case.name}"]
    lines += [f"attr {key} {attribute(value)}".rstrip() for key, value in case.attrs.items()]
    lines += [line("in", name, value) for name, value in case.inputs.items()]
    lines += [line("out", str(i), value) for i, value in enumerate(result["out"])]
    names = [name for name, value in case.inputs.items() if is_float(value)]
    for kind in ("grad", "grad2"):
        lines += [line(kind, name, value) for name, value in zip(names, result.get(kind, []))]
    return "\n".join(lines) + "\n"
