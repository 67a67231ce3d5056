"""Shapes, joins, slices and indices. These ops are linear in their floating-point inputs: first order is enough."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from golden import Case, rng, uniform

X3 = uniform("shaping", (2, 3, 4))
X2 = uniform("shaping2", (3, 4))


def moving():
    x = {"x": X3}
    yield "reshape/plain", x, lambda x: x.reshape(4, 6), lambda x: x.reshape(4, 6), {"shape": (4, 6)}
    yield "reshape/inferred", x, lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1), {"shape": (3, -1)}
    yield "transpose/plain", x, lambda x: x.permute(2, 1, 0), jnp.transpose, {}
    for axes in ((1, 0, 2), (2, 0, 1), (0, -1, 1)):
        name = "".join(str(a % 3) for a in axes)
        yield f"transpose/{name}", x, lambda x, a=axes: x.permute(a), lambda x, a=axes: jnp.transpose(x, a), {
            "axes": axes
        }
    yield "swapaxes/plain", x, lambda x: x.swapaxes(0, -1), lambda x: x.swapaxes(0, -1), {"axis1": 0, "axis2": -1}
    yield (
        "moveaxis/plain",
        x,
        lambda x: torch.moveaxis(x, 0, 2),
        lambda x: jnp.moveaxis(x, 0, 2),
        {"source": 0, "destination": 2},
    )
    for axis in (0, 1, -1):
        yield (
            f"expand_dims/{axis}",
            {"x": X2},
            lambda x, a=axis: x.unsqueeze(a),
            lambda x, a=axis: jnp.expand_dims(x, a),
            {"axis": axis},
        )
    ones = {"x": uniform("squeeze", (1, 3, 1, 2))}
    yield "squeeze/all", ones, torch.squeeze, jnp.squeeze, {}
    yield "squeeze/axis", ones, lambda x: x.squeeze(2), lambda x: x.squeeze(2), {"axes": (2,)}
    for name, shape in {"row": (3,), "column": (2, 1), "scalar": ()}.items():
        yield (
            f"broadcast_to/{name}",
            {"x": uniform("bt" + name, shape)},
            lambda x: x.broadcast_to(2, 2, 3) if x.shape != (2, 1) else x.broadcast_to(2, 2, 3),
            lambda x: jnp.broadcast_to(x, (2, 2, 3)),
            {"shape": (2, 2, 3)},
        )
    for axes in ((0,), (-1,), (0, 2)):
        name = "_".join(str(a) for a in axes)
        yield f"flip/{name}", x, lambda x, a=axes: torch.flip(x, a), lambda x, a=axes: jnp.flip(x, a), {"axes": axes}
    yield "roll/plain", x, lambda x: torch.roll(x, 1, 2), lambda x: jnp.roll(x, 1, 2), {"shift": 1, "axis": 2}
    yield "roll/back", x, lambda x: torch.roll(x, -5, 1), lambda x: jnp.roll(x, -5, 1), {"shift": -5, "axis": 1}
    yield "tile/plain", {"x": X2}, lambda x: x.tile(2, 3), lambda x: jnp.tile(x, (2, 3)), {"repeats": (2, 3)}
    yield "tile/longer", {"x": uniform("tl", (3,))}, lambda x: x.tile(2, 2), lambda x: jnp.tile(x, (2, 2)), {
        "repeats": (2, 2)
    }
    for axis in (0, 1):
        yield (
            f"repeat/axis{axis}",
            {"x": X2},
            lambda x, a=axis: x.repeat_interleave(2, a),
            lambda x, a=axis: jnp.repeat(x, 2, a),
            {"count": 2, "axis": axis},
        )
    pads = ((1, 0), (2, 1))
    yield (
        "pad/zeros",
        {"x": X2},
        lambda x: torch.nn.functional.pad(x, (2, 1, 1, 0)),
        lambda x: jnp.pad(x, pads),
        {"before": (1, 2), "after": (0, 1)},
    )
    yield (
        "pad/value",
        {"x": X2},
        lambda x: torch.nn.functional.pad(x, (2, 1, 1, 0), value=1.5),
        lambda x: jnp.pad(x, pads, constant_values=1.5),
        {"before": (1, 2), "after": (0, 1), "value": 1.5},
    )


def joining():
    for axis, shapes in {0: ((1, 3), (2, 3)), -1: ((2, 1), (2, 3))}.items():
        parts = {"ab"[i]: uniform(f"concat{axis}{i}", s) for i, s in enumerate(shapes)}
        yield (
            f"concat/axis{axis}",
            parts,
            lambda *x, a=axis: torch.cat(x, a),
            lambda *x, a=axis: jnp.concatenate(x, a),
            {"axis": axis},
        )
    parts = {name: uniform("stack" + name, (2, 2)) for name in "abc"}
    for axis in (0, 1, -1):
        yield (
            f"stack/axis{axis}",
            parts,
            lambda *x, a=axis: torch.stack(x, a),
            lambda *x, a=axis: jnp.stack(x, a),
            {"axis": axis},
        )
    yield (
        "split/equal",
        {"x": X2},
        lambda x: torch.split(x, 2, 1),
        lambda x: jnp.split(x, 2, 1),
        {"parts": 2, "axis": 1},
    )
    yield (
        "split/extents",
        {"x": X2},
        lambda x: torch.split(x, (1, 2, 1), 1),
        lambda x: jnp.split(x, (1, 3), 1),
        {"extents": (1, 2, 1), "axis": 1},
    )


# variant: starts, stops, steps by axis, as NumPy has them; `-` leaves the end open
SLICES = {
    "front": "0:1",
    "range": "0:2 1:3 0:4",
    "step": "0:2:1 0:3:2 0:4:3",
    "negative": "-1: -3:-1 -2:",
    "backward": "::-1 ::-2 3:0:-1",
    "column": ": : 1:2",
    "empty": "1:1 0:3",
}


def slices():
    for name, text in SLICES.items():
        index = tuple(slice(*[int(p) if p else None for p in part.split(":")]) for part in text.split())

        def in_torch(x, index=index):  # torch has no negative steps: indices do
            for axis, part in enumerate(index):
                x = x.index_select(axis, torch.tensor(list(range(*part.indices(x.shape[axis]))), dtype=torch.int64))
            return x

        yield f"slice/{name}", {"x": X3}, in_torch, lambda x, i=index: x[i], {"slices": text}
    yield "slice/integer", {"x": X3}, lambda x: x[1, :, -1], lambda x: x[1, :, -1], {"slices": "1 : -1"}


def indexing():
    rows = np.array([2, 0, 2, -1], dtype=np.int64)
    grid = np.array([[0, 1], [2, 2]], dtype=np.int64)
    yield ("take/rows", {"x": X2, "index": rows}, lambda x, i: x[i], lambda x, i: jnp.take(x, i, 0), {"axis": 0})
    yield ("take/columns", {"x": X2, "index": rows}, lambda x, i: x[:, i], lambda x, i: jnp.take(x, i, 1), {"axis": 1})
    yield ("take/grid", {"x": X3, "index": grid}, lambda x, i: x[:, i], lambda x, i: jnp.take(x, i, 1), {"axis": 1})
    ones = np.array([1, 0, 1], dtype=np.int64)
    yield "gather/rows", {"x": X3, "index": ones}, lambda x, i: x[i], lambda x, i: x[i], {}
    along = np.array([[3, 0], [1, 1], [0, 2]], dtype=np.int64)
    for axis, index in {1: along, 0: np.array([[2, 0, 1, 1], [0, 0, 2, 1]], dtype=np.int64)}.items():
        yield (
            f"take_along_axis/axis{axis}",
            {"x": X2, "index": index},
            lambda x, i, a=axis: torch.take_along_dim(x, i, a),
            lambda x, i, a=axis: jnp.take_along_axis(x, i, a),
            {"axis": axis},
        )
    hits = np.array([1, 0, 1, 2, 1], dtype=np.int64)  # repeated: they add up
    updates = uniform("scatter", (5, 4))
    yield (
        "scatter_add/rows",
        {"x": X2, "index": hits, "updates": updates},
        lambda x, i, u: x.index_add(0, i, u),
        lambda x, i, u: x.at[i].add(u),
        {"axis": 0},
    )
    yield (
        "scatter_add/columns",
        {"x": X2, "index": hits, "updates": updates.reshape(4, 5)[:3]},
        lambda x, i, u: x.index_add(1, i, u),
        lambda x, i, u: x.at[:, i].add(u),
        {"axis": 1},
    )
    yield (
        "index_update/rows",
        {"x": X2, "index": np.array([2, 0]), "updates": uniform("update", (2, 4))},
        lambda x, i, u: x.index_copy(0, i, u),
        lambda x, i, u: x.at[i].set(u),
        {"axis": 0},
    )
    yield ("diag/vector", {"x": uniform("diag", (3,))}, torch.diag, jnp.diag, {"offset": 0})
    for offset in (0, 1, -2):
        yield (
            f"diag/matrix{offset}",
            {"x": X2},
            lambda x, k=offset: torch.diag(x, k),
            lambda x, k=offset: jnp.diag(x, k),
            {"offset": offset},
        )
        yield (
            f"tril/{offset}",
            {"x": X2},
            lambda x, k=offset: torch.tril(x, k),
            lambda x, k=offset: jnp.tril(x, k),
            {"offset": offset},
        )
        yield (
            f"triu/{offset}",
            {"x": X2},
            lambda x, k=offset: torch.triu(x, k),
            lambda x, k=offset: jnp.triu(x, k),
            {"offset": offset},
        )
    yield "trace/plain", {"x": uniform("trace", (3, 3))}, torch.trace, jnp.trace, {}


def cases():
    for family in (moving, joining, slices, indexing):
        for name, inputs, in_torch, in_jax, attrs in family():
            yield Case(name, inputs, in_torch, in_jax, attrs, 1)
    labels = {"index": np.array([[0, 2], [1, 1]], dtype=np.int64)}
    yield Case(
        "one_hot/plain",
        labels,
        lambda i: torch.nn.functional.one_hot(i, 3).double(),
        lambda i: jax.nn.one_hot(i, 3),
        {"depth": 3},
        0,
    )
