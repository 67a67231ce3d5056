"""Arithmetic and other functions of two operands, with every broadcast pattern; comparisons, logic, where."""

import jax.numpy as jnp
import numpy as np
import torch

from golden import Case, rng, uniform

SHAPES = {
    "same": ((2, 3), (2, 3)),
    "scalar": ((2, 3), ()),
    "left_scalar": ((), (2, 3)),
    "one": ((2, 3), (1,)),
    "row": ((2, 3), (3,)),
    "left_row": ((3,), (2, 3)),
    "column": ((2, 3), (2, 1)),
    "outer": ((2, 1), (3,)),
    "middle": ((2, 3, 2), (2, 1, 2)),
    "two_ways": ((3, 1, 2), (2, 1)),
    "scalars": ((), ()),
    "empty": ((0, 3), (3,)),
}
FEW = ("same", "row", "outer")

# name: (PyTorch, JAX, domain of a, domain of b, patterns, order)
ANY, POSITIVE, APART = (-2.0, 2.0), (0.2, 2.5), (0.3, 2.0)
FUNCTIONS = {
    "add": (torch.add, jnp.add, ANY, ANY, tuple(SHAPES), 1),
    "subtract": (torch.sub, jnp.subtract, ANY, ANY, tuple(SHAPES), 1),
    "multiply": (torch.mul, jnp.multiply, ANY, ANY, tuple(SHAPES), 2),
    "divide": (torch.div, jnp.divide, ANY, APART, tuple(SHAPES), 2),
    "pow": (torch.pow, jnp.power, POSITIVE, ANY, tuple(SHAPES), 2),
    "maximum": (torch.maximum, jnp.maximum, ANY, ANY, FEW, 1),
    "minimum": (torch.minimum, jnp.minimum, ANY, ANY, FEW, 1),
    "logaddexp": (torch.logaddexp, jnp.logaddexp, ANY, ANY, FEW, 2),
    "hypot": (torch.hypot, jnp.hypot, ANY, ANY, FEW, 2),
    "atan2": (torch.atan2, jnp.arctan2, ANY, ANY, FEW, 2),
    "fmod": (torch.fmod, jnp.fmod, (-5.0, 5.0), APART, FEW, 1),
}
COMPARISONS = {
    "equal": (torch.eq, jnp.equal),
    "not_equal": (torch.ne, jnp.not_equal),
    "less": (torch.lt, jnp.less),
    "less_equal": (torch.le, jnp.less_equal),
    "greater": (torch.gt, jnp.greater),
    "greater_equal": (torch.ge, jnp.greater_equal),
}
LOGIC = {
    "logical_and": (torch.logical_and, jnp.logical_and),
    "logical_or": (torch.logical_or, jnp.logical_or),
    "logical_xor": (torch.logical_xor, jnp.logical_xor),
}


def mask(name, shape):
    return rng(name).random(shape) < 0.5


def cases():
    for name, (in_torch, in_jax, domain_a, domain_b, patterns, order) in FUNCTIONS.items():
        for pattern in patterns:
            case = f"{name}/{pattern}"
            a, b = SHAPES[pattern]
            inputs = {"a": uniform(case + "a", a, *domain_a, 0.05), "b": uniform(case + "b", b, *domain_b, 0.05)}
            yield Case(case, inputs, in_torch, in_jax, order=order)

    ties = {"a": np.array([1.0, 2.0, -1.0]), "b": np.array([1.0, 3.0, -1.0])}  # half of the gradient to either side
    yield Case("maximum/ties", ties, torch.maximum, jnp.maximum, order=1)
    yield Case("minimum/ties", ties, torch.minimum, jnp.minimum, order=1)
    far = {"a": np.array([1000.0, -1000.0, 3.0, 0.0]), "b": np.array([-1000.0, -1001.0, 3.0, -10.0])}
    yield Case("logaddexp/far", far, None, jnp.logaddexp)  # PyTorch's second derivative is NaN here
    big = {"a": np.array([3e200, -3e-200, 5.0]), "b": np.array([4e200, 4e-200, -12.0])}
    yield Case("hypot/big", big, torch.hypot, None, order=0)
    signs = {"a": np.array([5.5, -5.5, 5.5, -5.5, 6.0]), "b": np.array([2.0, 2.0, -2.0, -2.0, 3.0])}
    yield Case("fmod/signs", signs, torch.fmod, jnp.fmod, order=0)
    quadrants = {"a": np.array([1.0, 1.0, -1.0, -1.0, 0.0]), "b": np.array([1.0, -1.0, 1.0, -1.0, -1.0])}
    yield Case("atan2/quadrants", quadrants, torch.atan2, jnp.arctan2)
    # integer exponents of negative bases; the gradient of the exponent is NaN there, so the exponent is a constant
    bases = {"a": np.array([-2.0, -0.5, 1.5, 3.0])}
    power = np.array([3.0, 2.0, -2.0, 0.0])
    yield Case(
        "pow/negative",
        bases,
        lambda a: torch.pow(a, torch.tensor(power)),
        lambda a: jnp.power(a, power),
        {"exponent": list(power)},
    )

    bounds = {"x": uniform("clip x", (3, 3), -3.0, 3.0), "low": np.array([-1.5, -0.5, 0.25])}
    bounds["high"] = np.array([[0.5], [1.0], [2.0]])
    yield Case("clip/arrays", bounds, torch.clamp, jnp.clip, order=1)

    values = {"a": np.array([[1.0, 2.0, np.nan], [0.0, -1.0, np.inf]]), "b": np.array([1.0, -2.0, np.nan])}
    for name, functions in COMPARISONS.items():
        yield Case(f"{name}/row", values, *functions, order=0)
    flags = {"a": np.array([[True, True], [False, False]]), "b": np.array([True, False])}
    for name, functions in LOGIC.items():
        yield Case(f"{name}/row", flags, *functions, order=0)
    yield Case("logical_not/plain", {"a": flags["a"]}, torch.logical_not, jnp.logical_not, order=0)

    for pattern, (c, a, b) in {
        "same": ((2, 3), (2, 3), (2, 3)),
        "column": ((2, 1), (2, 3), (3,)),
        "scalar": ((2, 3), (), (2, 1)),
    }.items():
        case = f"where/{pattern}"
        inputs = {"c": mask(case, c), "a": uniform(case + "a", a), "b": uniform(case + "b", b)}
        yield Case(case, inputs, torch.where, jnp.where, order=1)
