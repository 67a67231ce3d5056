"""Unary functions and activations. Besides PyTorch against JAX, each is checked against mpmath at 900 digits."""

import sys

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import torch

from golden import Case, uniform, weight

mp.mp.dps = 900
ROOT_HALF, TANH_SCALE = 0.5**0.5, (2 / np.pi) ** 0.5
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def plain(name):
    return getattr(torch, name), getattr(jnp, name)


def t_softplus(x):
    # torch.nn.functional.softplus turns linear from 20 on, which is off by 1e-10
    return torch.logaddexp(x, torch.zeros_like(x))


def t_relu6(x):
    return torch.clamp(x, 0.0, 6.0)


def t_gelu(x):  # through erfc: 1 + erf(x) loses every digit in the left tail
    return 0.5 * x * torch.erfc(-x * ROOT_HALF)


def j_gelu(x):
    return 0.5 * x * jax.scipy.special.erfc(-x * ROOT_HALF)


# name: (PyTorch, JAX, mpmath, low, high)
special = jax.scipy.special
REAL, POSITIVE, UNIT = (-2.0, 2.0), (0.1, 3.0), (-0.9, 0.9)
FUNCTIONS = {
    "neg": (torch.neg, jnp.negative, lambda x: -x, REAL),
    "abs": (*plain("abs"), abs, REAL),
    "sign": (*plain("sign"), mp.sign, REAL),
    "square": (*plain("square"), lambda x: x * x, REAL),
    "sqrt": (*plain("sqrt"), mp.sqrt, POSITIVE),
    "rsqrt": (torch.rsqrt, lambda x: 1 / jnp.sqrt(x), lambda x: 1 / mp.sqrt(x), POSITIVE),
    "cbrt": (None, jnp.cbrt, lambda x: mp.sign(x) * mp.cbrt(abs(x)), REAL),
    "reciprocal": (*plain("reciprocal"), lambda x: 1 / x, REAL),
    "exp": (*plain("exp"), mp.exp, REAL),
    "exp2": (*plain("exp2"), lambda x: mp.power(2, x), REAL),
    "expm1": (*plain("expm1"), mp.expm1, REAL),
    "log": (*plain("log"), mp.log, POSITIVE),
    "log2": (*plain("log2"), lambda x: mp.log(x) / mp.log(2), POSITIVE),
    "log10": (*plain("log10"), mp.log10, POSITIVE),
    "log1p": (*plain("log1p"), mp.log1p, (-0.9, 3.0)),
    "sin": (*plain("sin"), mp.sin, (-4.0, 4.0)),
    "cos": (*plain("cos"), mp.cos, (-4.0, 4.0)),
    "tan": (*plain("tan"), mp.tan, (-1.4, 1.4)),
    "asin": (torch.asin, jnp.arcsin, mp.asin, UNIT),
    "acos": (torch.acos, jnp.arccos, mp.acos, UNIT),
    "atan": (torch.atan, jnp.arctan, mp.atan, REAL),
    "sinh": (*plain("sinh"), mp.sinh, REAL),
    "cosh": (*plain("cosh"), mp.cosh, REAL),
    "tanh": (*plain("tanh"), mp.tanh, REAL),
    "asinh": (torch.asinh, jnp.arcsinh, mp.asinh, REAL),
    "acosh": (torch.acosh, jnp.arccosh, mp.acosh, (1.2, 4.0)),
    "atanh": (torch.atanh, jnp.arctanh, mp.atanh, UNIT),
    "erf": (torch.erf, special.erf, mp.erf, REAL),
    "erfc": (torch.erfc, special.erfc, mp.erfc, REAL),
    "lgamma": (torch.lgamma, special.gammaln, lambda x: mp.log(abs(mp.gamma(x))), POSITIVE),
    "digamma": (torch.digamma, special.digamma, mp.digamma, POSITIVE),
    "sigmoid": (torch.sigmoid, jax.nn.sigmoid, lambda x: 1 / (1 + mp.exp(-x)), REAL),
    "log_sigmoid": (lambda x: -t_softplus(-x), jax.nn.log_sigmoid, lambda x: -mp.log(1 + mp.exp(-x)), REAL),
    "softplus": (t_softplus, jax.nn.softplus, lambda x: mp.log(1 + mp.exp(x)), REAL),
    "relu": (torch.relu, jax.nn.relu, lambda x: max(x, 0), REAL),
    "selu": (
        torch.nn.functional.selu,
        jax.nn.selu,
        lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * mp.expm1(x)),
        REAL,
    ),
    "gelu": (t_gelu, j_gelu, lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2, REAL),
    "silu": (lambda x: x * torch.sigmoid(x), jax.nn.silu, lambda x: x / (1 + mp.exp(-x)), REAL),
    "mish": (
        lambda x: x * torch.tanh(t_softplus(x)),
        lambda x: x * jnp.tanh(jax.nn.softplus(x)),
        lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))),
        REAL,
    ),
    "softsign": (lambda x: x / (1 + abs(x)), jax.nn.soft_sign, lambda x: x / (1 + abs(x)), REAL),
    "hard_sigmoid": (
        lambda x: t_relu6(x + 3) / 6,
        jax.nn.hard_sigmoid,
        lambda x: min(max(x + 3, 0), 6) / 6,
        (-4.5, 4.5),
    ),
    "hard_silu": (
        lambda x: x * t_relu6(x + 3) / 6,
        jax.nn.hard_silu,
        lambda x: x * min(max(x + 3, 0), 6) / 6,
        (-4.5, 4.5),
    ),
    "relu6": (t_relu6, jax.nn.relu6, lambda x: min(max(x, 0), 6), (-3.0, 9.0)),
    "hard_tanh": (lambda x: torch.clamp(x, -1.0, 1.0), jax.nn.hard_tanh, lambda x: min(max(x, -1), 1), REAL),
    "tanh_shrink": (
        torch.nn.functional.tanhshrink,
        lambda x: x - jnp.tanh(x),
        lambda x: x - mp.tanh(x),
        REAL,
    ),
    "sparse_plus": (
        lambda x: torch.where(x >= 1, x, torch.where(x <= -1, 0.0, (x + 1) ** 2 / 4)),
        jax.nn.sparse_plus,
        lambda x: x if x >= 1 else (x + 1) ** 2 / 4 if x > -1 else 0,
        REAL,
    ),
    "sparse_sigmoid": (
        lambda x: torch.clamp((x + 1) / 2, 0.0, 1.0),
        jax.nn.sparse_sigmoid,
        lambda x: min(max((x + 1) / 2, 0), 1),
        REAL,
    ),
    "squareplus": (
        lambda x: (x + torch.sqrt(x * x + 4)) / 2,
        jax.nn.squareplus,
        lambda x: (x + mp.sqrt(x * x + 4)) / 2,
        REAL,
    ),
    "floor": (*plain("floor"), mp.floor, (-4.0, 4.0)),
    "ceil": (*plain("ceil"), mp.ceil, (-4.0, 4.0)),
    "round": (*plain("round"), mp.nint, (-4.0, 4.0)),
    "trunc": (torch.trunc, jnp.trunc, lambda x: mp.floor(x) if x > 0 else mp.ceil(x), (-4.0, 4.0)),
}

# Where a naive formula would fail. Inputs are exact: the file holds what was evaluated.
EXTREMES = {
    "exp": [-700.0, -600.0, -1e-12, 1e-12, 300.0, 350.0],
    "expm1": [-50.0, -1e-12, -1e-5, 1e-12, 1e-5, 40.0],
    "log": [1e-80, 1e-10, 0.999999, 1.000001, 1e10, 1e300],
    "log2": [1e-80, 0.125, 0.999999, 1.000001, 1024.0, 1e300],
    "log10": [1e-80, 0.001, 0.999999, 1.000001, 1000.0, 1e300],
    "log1p": [-0.999999, -1e-12, 1e-12, 1e-5, 1e8, 1e300],
    "sqrt": [1e-100, 1e-10, 1e-3, 1e3, 1e10, 1e100],
    "rsqrt": [1e-40, 1e-10, 1e-3, 1e3, 1e10, 1e40],
    "sin": [-1000.0, -31.4, 1e-8, 22.0, 355.0, 100000.0],
    "cos": [-1000.0, -31.4, 1e-8, 22.0, 355.0, 100000.0],
    "tan": [-1000.0, -31.4, 1e-8, 22.0, 355.0, 100000.0],
    "sinh": [-300.0, -1e-8, 1e-8, 1e-3, 20.0, 300.0],
    "cosh": [-300.0, -1e-8, 1e-8, 1e-3, 20.0, 300.0],
    "tanh": [-30.0, -5.0, -1e-8, 1e-8, 1e-3, 5.0],
    "asinh": [-1e8, -1e-8, 1e-8, 1e-3, 100.0, 1e10],
    "acosh": [1.0009765625, 1.5, 10.0, 100.0, 1e8, 1e10],
    "atanh": [-0.9990234375, -1e-8, 1e-8, 1e-3, 0.5, 0.9990234375],
    "erf": [-5.0, -3.0, -1e-8, 1e-8, 1e-3, 3.0],
    "erfc": [-5.0, -3.0, 1e-8, 3.0, 8.0, 25.0],
    "lgamma": [-2.5, -0.5, 1e-5, 20.0, 170.0, 1e5],
    "digamma": [-2.5, -0.75, 1e-5, 20.0, 170.0, 1e5],
    "sigmoid": [-700.0, -40.0, -20.0, 20.0, 30.0, 0.0],
    "log_sigmoid": [-700.0, -40.0, -20.0, 20.0, 40.0, 0.0],
    "softplus": [-700.0, -40.0, -20.0, 20.0, 40.0, 0.0],
    "gelu": [-8.0, -5.0, -3.0, 3.0, 8.0, 0.0],
    "silu": [-700.0, -40.0, -10.0, 10.0, 30.0, 0.0],
    "mish": [-40.0, -20.0, -5.0, 5.0, 15.0, 0.0],
    "tanh_shrink": [-30.0, -1e-3, -1e-8, 1e-8, 0.5, 20.0],
    "squareplus": [-1e6, -100.0, -1e-3, 1e-3, 100.0, 1e6],
    "relu": [-1e300, -1e-300, 1e-300, 1e300, -1.0, 1.0],
    "round": [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5],
}
STEPS = {"sign", "floor", "ceil", "round", "trunc"}  # the derivative is declared to be zero
FLAT = STEPS | {"abs", "neg", "relu", "relu6", "hard_tanh", "sparse_sigmoid"}  # the second derivative is zero

PARAMETRIC = [
    ("leaky_relu/default", {}, lambda x: torch.where(x > 0, x, 0.2 * x), lambda x: jax.nn.leaky_relu(x, 0.2)),
    (
        "leaky_relu/alpha",
        {"alpha": 0.05},
        lambda x: torch.where(x > 0, x, 0.05 * x),
        lambda x: jax.nn.leaky_relu(x, 0.05),
    ),
    ("elu/default", {}, torch.nn.functional.elu, jax.nn.elu),
    ("elu/alpha", {"alpha": 1.7}, lambda x: torch.nn.functional.elu(x, 1.7), lambda x: jax.nn.elu(x, 1.7)),
    ("celu/default", {}, torch.nn.functional.celu, jax.nn.celu),
    ("celu/alpha", {"alpha": 0.5}, lambda x: torch.nn.functional.celu(x, 0.5), lambda x: jax.nn.celu(x, 0.5)),
    ("hard_shrink/default", {}, torch.nn.functional.hardshrink, None),
    ("hard_shrink/threshold", {"threshold": 0.9}, lambda x: torch.nn.functional.hardshrink(x, 0.9), None),
    ("soft_shrink/default", {}, torch.nn.functional.softshrink, None),
    ("soft_shrink/threshold", {"threshold": 0.9}, lambda x: torch.nn.functional.softshrink(x, 0.9), None),
    (
        "squareplus/b",
        {"b": 0.3},
        lambda x: (x + torch.sqrt(x * x + 0.3)) / 2,
        lambda x: jax.nn.squareplus(x, 0.3),
    ),
    (
        "threshold/plain",
        {"threshold": 0.4, "value": -1.5},
        lambda x: torch.nn.functional.threshold(x, 0.4, -1.5),
        None,
    ),
    ("gelu_tanh/plain", {}, lambda x: torch.nn.functional.gelu(x, approximate="tanh"), lambda x: jax.nn.gelu(x, True)),
    ("clip/both", {"low": -0.7, "high": 1.1}, lambda x: torch.clamp(x, -0.7, 1.1), lambda x: jnp.clip(x, -0.7, 1.1)),
    ("pow/square", {"exponent": 2.0}, lambda x: x**2.0, lambda x: x**2.0),
    ("pow/cube", {"exponent": 3.0}, lambda x: x**3.0, lambda x: x**3.0),
    ("pow/inverse", {"exponent": -1.0}, lambda x: x**-1.0, lambda x: x**-1.0),
    ("pow/four", {"exponent": 4.0}, lambda x: x**4.0, lambda x: x**4.0),
]


def cases():
    for name, (in_torch, in_jax, _, (low, high)) in FUNCTIONS.items():
        order = 1 if name in FLAT else 2
        apart = 0.05 if low < 0 else 0.0
        x = uniform(name, (2, 3), low, high, apart)
        # either program loses digits in places (PyTorch's trigamma is good to 1e-10 only): mpmath decides
        yield Case(f"{name}/plain", {"x": x}, in_torch, in_jax, order=order, tolerance=1e-6)
        if name in EXTREMES:
            yield Case(
                f"{name}/extreme", {"x": np.array(EXTREMES[name])}, in_torch, in_jax, order=order, tolerance=1e-6
            )
    for name, attrs, in_torch, in_jax in PARAMETRIC:
        yield Case(name, {"x": uniform(name, (3, 3), -3.0, 3.0, 0.05)}, in_torch, in_jax, attrs)
    # no case for the ends of clip: the gradient there is 0 in PyTorch and a half in JAX; ours is 1, with the inside
    yield Case("relu/zero", {"x": np.array([0.0, -1.0, 1.0])}, torch.relu, jax.nn.relu, order=1)
    yield Case("abs/zero", {"x": np.array([0.0, -1.0, 1.0])}, torch.abs, None, order=1)
    odd = np.array([0.0, -1.5, np.inf, -np.inf, np.nan, 1e308])
    for name in ("isnan", "isinf", "isfinite"):
        yield Case(f"{name}/plain", {"x": odd}, *plain(name), order=0)


def check(case, result):
    """Every value and both derivatives against mpmath, entry by entry; replaces what PyTorch and JAX have lost."""
    name, variant = case.name.split("/")
    if name not in FUNCTIONS or variant not in ("plain", "extreme"):
        return
    function, x = FUNCTIONS[name][2], case.inputs["x"]
    w = weight(x.shape)
    for kind in result:
        result[kind][0] = np.array(result[kind][0])  # a copy that can be written to
    for k in np.ndindex(x.shape):
        truth = {"out": function(mp.mpf(float(x[k])))}
        slope = 0 if name in STEPS else derivative(name, x[k], 1)
        truth["grad"] = float(w[k]) * slope
        if case.order > 1:
            truth["grad2"] = 2 * truth["grad"] * float(w[k]) ** 2 * derivative(name, x[k], 2)
        for kind, exact in truth.items():
            got, exact = result[kind][0][k], float(exact)
            gap = abs(got - exact) / max(abs(exact), 1e-300)
            if gap > 1e-6 and variant == "plain":
                sys.exit(f"{case.name}: {kind} at {x[k]}: got {got!r}, mpmath has {exact!r}")
            if gap > 2e-14:
                print(f"{case.name}: {kind} at {x[k]}: {got!r} -> {exact!r} (off by {gap:.1e})")
                result[kind][0][k] = exact


def derivative(name, x, order):
    """By differences, with a step so small and so many digits that neither shows in a double."""
    function = FUNCTIONS[name][2]
    with mp.workdps(120 if name in ("lgamma", "digamma") else 900):
        x = mp.mpf(float(x))
        step = mp.mpf(10) ** -18 * (min(abs(x), 1) if x else 1)
        if order == 1:
            return (function(x + step) - function(x - step)) / (2 * step)
        return (function(x + step) - 2 * function(x) + function(x - step)) / step**2
