"""Reductions over one axis, several and all; scans; sort and its kin. Variances are of the population (ddof 0)."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from golden import Case, uniform

SHAPE = (2, 3, 4)
# variant: (axes, keepdims); no axes at all: over everything
AXES = {
    "all": (None, False),
    "axis0": ((0,), False),
    "axis1": ((1,), True),
    "last": ((-1,), False),
    "outer": ((0, 2), False),
    "inner": ((1, 2), True),
    "every": ((0, 1, 2), True),
}
FEW = ("all", "axis1", "outer")
EVERY = tuple(range(len(SHAPE)))


def t_prod(x, axes, keepdims):
    for axis in sorted((a % x.dim() for a in axes), reverse=True):
        x = torch.prod(x, axis, keepdim=keepdims)
    return x


def t_norm(order):
    return lambda x, axes, keepdims: torch.linalg.vector_norm(x, order, axes, keepdim=keepdims)


def j_norm(x, axes, keepdims):
    return jnp.sqrt(jnp.sum(x * x, axes, keepdims=keepdims))


FUNCTIONS = {
    "sum": (lambda x, a, k: torch.sum(x, a, keepdim=k), jnp.sum, 1, tuple(AXES)),
    "mean": (lambda x, a, k: torch.mean(x, a, keepdim=k), jnp.mean, 1, tuple(AXES)),
    "var": (lambda x, a, k: torch.var(x, a, correction=0, keepdim=k), jnp.var, 2, FEW),
    "stddev": (lambda x, a, k: torch.std(x, a, correction=0, keepdim=k), jnp.std, 2, FEW),
    "prod": (t_prod, jnp.prod, 2, FEW),
    "amax": (lambda x, a, k: torch.amax(x, a, keepdim=k), jnp.amax, 1, FEW),
    "amin": (lambda x, a, k: torch.amin(x, a, keepdim=k), jnp.amin, 1, FEW),
    "logsumexp": (
        lambda x, a, k: torch.logsumexp(x, a, keepdim=k),
        lambda x, a, keepdims: jax.scipy.special.logsumexp(x, a, keepdims=keepdims),
        2,
        FEW,
    ),
    "norm": (t_norm(2), j_norm, 2, FEW),
}


def reductions():
    for name, (in_torch, in_jax, order, variants) in FUNCTIONS.items():
        for variant in variants:
            axes, keepdims = AXES[variant]
            attrs = {} if axes is None else {"axes": axes, "keepdims": keepdims}
            real = EVERY if axes is None else axes
            yield Case(
                f"{name}/{variant}",
                {"x": uniform(f"{name}/{variant}", SHAPE, -2.0, 2.0, 0.1)},
                lambda x, f=in_torch, a=real, k=keepdims: f(x, a, k),
                lambda x, f=in_jax, a=real, k=keepdims: f(x, a, keepdims=k),
                attrs,
                order,
            )
    for name, order in {"one": 1, "max": np.inf}.items():
        x = uniform(f"norm/{name}", (3, 4), -2.0, 2.0, 0.1)
        yield Case(
            f"norm/{name}",
            {"x": x},
            lambda x, p=order: torch.linalg.vector_norm(x, p, 1),
            lambda x, p=order: jnp.linalg.norm(x, p, 1),
            {"axes": (1,), "keepdims": False, "order": order},
            1,
        )
    ties = {"x": np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])}  # the gradient is shared equally
    over = {"axes": (1,), "keepdims": False}
    yield Case("amax/ties", ties, lambda x: torch.amax(x, 1), lambda x: jnp.amax(x, 1), over, 1)
    yield Case("amin/ties", ties, lambda x: torch.amin(x, 1), lambda x: jnp.amin(x, 1), over, 1)
    zeros = {"x": np.array([[2.0, 0.0, 3.0], [0.0, 4.0, 0.0], [-1.0, 2.0, 5.0]])}
    yield Case("prod/zeros", zeros, lambda x: torch.prod(x, 1), lambda x: jnp.prod(x, 1), over)
    wide = {"x": np.array([[1000.0, 999.0, -1000.0], [-2000.0, -2001.0, -2000.5]])}
    yield Case(
        "logsumexp/wide", wide, lambda x: torch.logsumexp(x, 1), lambda x: jax.scipy.special.logsumexp(x, 1), over
    )
    shift = {"x": 1e6 + np.array([[0.25, 0.5, 1.75, -0.5]])}  # a one-pass variance loses this
    yield Case("var/shifted", shift, lambda x: torch.var(x, 1, correction=0), lambda x: jnp.var(x, 1), over, 1)


def selections():
    x = {"x": uniform("selections", (3, 4))}
    tied = {"x": np.array([[1.0, 3.0, 3.0, 0.0], [2.0, 2.0, -1.0, -1.0]])}  # the first of equals
    for name, tname, jname in (("argmax", "argmax", "argmax"), ("argmin", "argmin", "argmin")):
        in_torch, in_jax = getattr(torch, tname), getattr(jnp, jname)
        for axis in (0, 1):
            yield Case(
                f"{name}/axis{axis}",
                x,
                lambda x, f=in_torch, a=axis: f(x, a),
                lambda x, f=in_jax, a=axis: f(x, a),
                {"axis": axis},
                0,
            )
        yield Case(f"{name}/ties", tied, None, lambda x, f=in_jax: f(x, 1), {"axis": 1}, 0)
    flags = {"x": np.array([[True, False, True], [True, True, True], [False, False, False]])}
    for name in ("any", "all"):
        yield Case(
            f"{name}/axis",
            flags,
            lambda x, f=getattr(torch, name): f(x, 1),
            lambda x, f=getattr(jnp, name): f(x, 1),
            {"axes": (1,), "keepdims": False},
            0,
        )
        yield Case(f"{name}/all", flags, getattr(torch, name), getattr(jnp, name), {}, 0)


def scans():
    for name, in_torch, in_jax, order in (
        ("cumsum", torch.cumsum, jnp.cumsum, 1),
        ("cumprod", torch.cumprod, jnp.cumprod, 2),
    ):
        for axis in (0, 1, -1):
            variant = f"{name}/axis{axis}"
            yield Case(
                variant,
                {"x": uniform(variant, (2, 3, 2), -2.0, 2.0, 0.1)},
                lambda x, f=in_torch, a=axis: f(x, a),
                lambda x, f=in_jax, a=axis: f(x, a),
                {"axis": axis},
                order,
            )
        yield Case(
            f"{name}/reverse",
            {"x": uniform(f"{name}/reverse", (2, 3), -2.0, 2.0, 0.1)},
            lambda x, f=in_torch: f(x.flip(1), 1).flip(1),
            lambda x, f=getattr(jax.lax, name): f(x, 1, True),
            {"axis": 1, "reverse": True},
            order,
        )
    zeros = {"x": np.array([[2.0, 0.0, 3.0, 0.0, 5.0], [1.5, -2.0, 0.0, 4.0, 0.5]])}
    yield Case("cumprod/zeros", zeros, lambda x: torch.cumprod(x, 1), lambda x: jnp.cumprod(x, 1), {"axis": 1}, 1)


def orders():
    for axis in (0, -1):
        for down in (False, True):
            variant = f"axis{axis}" + ("_descending" if down else "")
            attrs = {"axis": axis, "descending": down}
            x = {"x": uniform(variant, (3, 4))}
            yield Case(
                f"sort/{variant}",
                x,
                lambda x, a=axis, d=down: torch.sort(x, a, d).values,
                lambda x, a=axis, d=down: jnp.sort(x, a, descending=d),
                attrs,
                1,
            )
            yield Case(
                f"argsort/{variant}",
                x,
                lambda x, a=axis, d=down: torch.argsort(x, a, d),
                lambda x, a=axis, d=down: jnp.argsort(x, a, descending=d),
                attrs,
                0,
            )
    tied = {"x": np.array([[2.0, 1.0, 2.0, 1.0, 1.0]])}
    yield Case(
        "argsort/stable",
        tied,
        lambda x: torch.argsort(x, dim=1, stable=True),
        lambda x: jnp.argsort(x, 1, stable=True),
        {"axis": 1, "descending": False},
        0,
    )
    for k in (1, 3):
        yield Case(
            f"topk/{k}",
            {"x": uniform(f"topk{k}", (3, 5))},
            lambda x, k=k: tuple(torch.topk(x, k)),
            lambda x, k=k: tuple(jax.lax.top_k(x, k)),
            {"k": k},
            1,
        )

    yield Case(
        "topk/smallest",
        {"x": uniform("topk smallest", (4, 3))},
        lambda x: tuple(torch.topk(x, 2, 0, largest=False)),
        None,
        {"k": 2, "axis": 0, "largest": False},
        1,
    )
    for axis in (0, 1):
        yield Case(
            f"cummax/axis_{axis}",
            {"x": uniform(f"cummax {axis}", (4, 5))},
            lambda x, a=axis: tuple(torch.cummax(x, a)),
            None,
            {"axis": axis},
        )
    for variant, (shape, axis) in {"odd": ((3, 5), 1), "even": ((4, 3), 0)}.items():
        yield Case(
            f"median/{variant}",
            {"x": uniform(f"median {variant}", shape)},
            lambda x, a=axis: torch.quantile(x, 0.5, a, interpolation="midpoint"),
            lambda x, a=axis: jnp.median(x, a),
            {"axes": (axis,)},
        )


def cases():
    yield from reductions()
    yield from selections()
    yield from scans()
    yield from orders()
