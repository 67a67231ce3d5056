"""Softmax and its kin, cross-entropies from logits, the dense layer."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from golden import Case, uniform
from cases.elementwise import j_gelu, t_gelu, t_softplus


def t_entropy(x, labels):
    return -torch.log_softmax(x, -1).gather(-1, labels[..., None])[..., 0]


def j_entropy(x, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(x, -1), labels[..., None], -1)[..., 0]


def t_soft_entropy(x, t):
    return -(t * torch.log_softmax(x, -1)).sum(-1)


def j_soft_entropy(x, t):
    return -(t * jax.nn.log_softmax(x, -1)).sum(-1)


def t_sparsemax(x, axis):  # the sorted definition; Keras 3.15 adds up the partial sums themselves and leaves the simplex
    z = torch.sort(x, dim=axis, descending=True).values
    sums, shape = torch.cumsum(z, axis), [1] * x.ndim
    shape[axis] = -1
    rank = torch.arange(1, x.shape[axis] + 1, dtype=x.dtype).reshape(shape)
    k = (z > (sums - 1) / rank).sum(axis, keepdim=True)
    return torch.clamp(x - (sums.gather(axis, k - 1) - 1) / k, min=0)


def j_sparsemax(x, axis):
    z = -jnp.sort(-x, axis)
    sums, shape = jnp.cumsum(z, axis), [1] * x.ndim
    shape[axis] = -1
    rank = jnp.arange(1, x.shape[axis] + 1).reshape(shape)
    k = (z > (sums - 1) / rank).sum(axis, keepdims=True)
    return jnp.maximum(x - (jnp.take_along_axis(sums, k - 1, axis) - 1) / k, 0)


ACTIVATIONS = {
    "linear": (lambda x: x, lambda x: x),
    "relu": (torch.relu, jax.nn.relu),
    "tanh": (torch.tanh, jnp.tanh),
    "sigmoid": (torch.sigmoid, jax.nn.sigmoid),
    "gelu": (t_gelu, j_gelu),
    "softplus": (t_softplus, jax.nn.softplus),
    "softmax": (lambda x: torch.softmax(x, -1), lambda x: jax.nn.softmax(x, -1)),
}


def cases():
    wide = np.array([[1000.0, 0.0, -1000.0], [800.5, 800.0, 799.0]])
    for name, in_torch, in_jax in (
        ("softmax", torch.softmax, jax.nn.softmax),
        ("log_softmax", torch.log_softmax, jax.nn.log_softmax),
        ("sparsemax", t_sparsemax, j_sparsemax),
    ):
        for axis in (-1, 0, 1):
            case = f"{name}/axis{axis}"
            yield Case(
                case,
                {"x": uniform(case, (2, 3, 2) if axis == 1 else (2, 3))},
                lambda x, f=in_torch, a=axis: f(x, a),
                lambda x, f=in_jax, a=axis: f(x, a),
                {"axis": axis},
            )
        yield Case(
            f"{name}/wide", {"x": wide}, lambda x, f=in_torch: f(x, -1), lambda x, f=in_jax: f(x, -1), {"axis": -1}
        )

    labels = np.array([2, 0, 3], dtype=np.int64)
    yield Case(
        "softmax_cross_entropy/labels", {"logits": uniform("sce", (3, 4)), "labels": labels}, t_entropy, j_entropy
    )
    many = {"logits": uniform("sce3", (2, 2, 3)), "labels": np.array([[2, 0], [1, 1]], dtype=np.int64)}
    yield Case("softmax_cross_entropy/batched", many, t_entropy, j_entropy)
    far = {"logits": wide, "labels": np.array([2, 0], dtype=np.int64)}
    yield Case("softmax_cross_entropy/wide", far, t_entropy, j_entropy)
    soft = {"logits": uniform("sce soft", (2, 4)), "targets": np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.0, 0.5, 0.0]])}
    yield Case("softmax_cross_entropy/soft", soft, t_soft_entropy, j_soft_entropy)
    unnormal = {"logits": uniform("sce free", (2, 3)), "targets": uniform("sce free t", (2, 3), 0.1, 2.0)}
    yield Case("softmax_cross_entropy/any_targets", unnormal, t_soft_entropy, j_soft_entropy)

    hard = {"logits": uniform("bce", (2, 3)), "targets": np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.25]])}
    in_torch, in_jax = lambda x, t: t_softplus(x) - x * t, lambda x, t: jax.nn.softplus(x) - x * t
    yield Case("sigmoid_cross_entropy/plain", hard, in_torch, in_jax)
    far = {"logits": np.array([0.0, 40.0, -40.0, 500.0, -500.0]), "targets": np.array([1.0, 0.0, 0.0, 1.0, 0.0])}
    yield Case("sigmoid_cross_entropy/wide", far, in_torch, in_jax)

    for name, (in_torch, in_jax) in ACTIVATIONS.items():
        case = f"dense/{name}"
        inputs = {"x": uniform(case + "x", (2, 3)), "w": uniform(case + "w", (3, 4)), "b": uniform(case + "b", (4,))}
        yield Case(
            case,
            inputs,
            lambda x, w, b, f=in_torch: f(x @ w + b),
            lambda x, w, b, f=in_jax: f(x @ w + b),
            {"activation": name},
        )
    three = {"x": uniform("d3x", (2, 2, 3)), "w": uniform("d3w", (3, 2)), "b": uniform("d3b", (2,))}
    yield Case(
        "dense/batched",
        three,
        lambda x, w, b: torch.tanh(x @ w + b),
        lambda x, w, b: jnp.tanh(x @ w + b),
        {"activation": "tanh"},
    )
    yield from bags()


def j_bag(table, index, mode, padding):
    used = (index != 0)[..., None] if padding else jnp.ones(index.shape + (1,), bool)
    rows = table[index]
    if mode == "max":
        return jnp.where(used.any(-2), jnp.where(used, rows, -jnp.inf).max(-2), 0.0)
    total = jnp.where(used, rows, 0.0).sum(-2)
    return total / jnp.maximum(used.sum(-2), 1) if mode == "mean" else total


def bags():
    index = np.array([[0, 3, 2], [4, 0, 0], [1, 4, 3], [0, 0, 0]])
    for mode in ("sum", "mean", "max"):
        for padding in (False, True):
            name = f"embedding_bag/{mode}{'_padded' if padding else ''}"
            bags_of = index if padding else index[:3]
            if mode == "max" and not padding:
                bags_of = np.array([[0, 3, 2], [4, 0, 1]])  # the gradient of equal rows is not theirs to compare
            yield Case(
                name,
                {"table": uniform(name, (5, 3)), "index": bags_of},
                lambda t, i, m=mode, p=padding: torch.nn.functional.embedding_bag(
                    i, t, mode=m, padding_idx=0 if p else None
                ),
                lambda t, i, m=mode, p=padding: j_bag(t, i, m, p),
                {"mode": mode, "mask_zero": padding},
                1,  # PyTorch has no second derivative of it
            )
