"""Products and decompositions of matrices."""

import jax
import jax.numpy as jnp
import numpy as np
import torch

from golden import Case, uniform


def swap(x):
    return x.swapaxes(-1, -2)


def regular(name, shape):
    """Well-conditioned: random entries beside a heavy diagonal of both signs."""
    n = shape[-1]
    return uniform(name, shape, -1.0, 1.0) + np.diag([2.5 if k % 2 == 0 else -2.0 for k in range(n)])


def definite(name, shape):
    a = uniform(name, shape, -1.0, 1.0)
    return np.round(a @ swap(a), 3) + 0.75 * np.eye(shape[-1])


def t_inv_triangle(a, b, lower, transpose, unit):
    a = torch.tril(a) if lower else torch.triu(a)
    return torch.linalg.solve_triangular(swap(a) if transpose else a, b, upper=lower == transpose, unitriangular=unit)


def j_inv_triangle(a, b, lower, transpose, unit):
    a = jnp.tril(a) if lower else jnp.triu(a)
    return jax.scipy.linalg.solve_triangular(a, b, trans=int(transpose), lower=lower, unit_diagonal=unit)


# variant: (shape of a, shape of b, transpose_a, transpose_b)
MATMUL = {
    "plain": ((2, 3), (3, 4), False, False),
    "transpose_a": ((3, 2), (3, 4), True, False),
    "transpose_b": ((2, 3), (4, 3), False, True),
    "transpose_both": ((3, 2), (4, 3), True, True),
    "batched": ((2, 2, 3), (2, 3, 2), False, False),
    "batched_transpose_a": ((2, 3, 2), (2, 3, 2), True, False),
    "batched_transpose_b": ((2, 2, 3), (2, 2, 3), False, True),
    "batch_by_matrix": ((2, 2, 3), (3, 2), False, False),
    "matrix_by_batch": ((2, 3), (2, 3, 2), False, False),
    "batch_broadcast": ((2, 1, 2, 3), (2, 3, 2), False, False),
    "vector_right": ((2, 3), (3,), False, False),
    "vector_left": ((3,), (3, 2), False, False),
    "vectors": ((3,), (3,), False, False),
    "batch_by_vector": ((2, 2, 3), (3,), False, False),
}
EINSUM = {
    "matmul": ("ij,jk->ik", ((2, 3), (3, 2))),
    "batched": ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))),
    "transposed": ("ij,kj->ki", ((2, 3), (4, 3))),
    "bilinear": ("bi,ij,bj->b", ((2, 3), (3, 2), (2, 2))),
    "diagonal": ("ii->i", ((3, 3),)),
    "trace": ("ii->", ((3, 3),)),
    "transpose": ("ijk->kji", ((2, 3, 2),)),
    "row_sums": ("ij->i", ((2, 3),)),
    "hadamard": ("ij,ij->ij", ((2, 3), (2, 3))),
    "outer": ("i,j->ij", ((2,), (3,))),
    "implicit": ("ij,jk", ((2, 3), (3, 2))),
}


def products():
    for variant, (a, b, ta, tb) in MATMUL.items():
        name = f"matmul/{variant}"
        inputs = {"a": uniform(name + "a", a), "b": uniform(name + "b", b)}
        attrs = {"transpose_a": True} if ta else {}
        attrs.update({"transpose_b": True} if tb else {})
        yield Case(
            name,
            inputs,
            lambda a, b, ta=ta, tb=tb: torch.matmul(swap(a) if ta else a, swap(b) if tb else b),
            lambda a, b, ta=ta, tb=tb: jnp.matmul(swap(a) if ta else a, swap(b) if tb else b),
            attrs,
        )
    vectors = {"a": uniform("dot a", (4,)), "b": uniform("dot b", (4,))}
    yield Case("dot/vectors", vectors, torch.dot, jnp.dot)
    yield Case("outer/vectors", {"a": uniform("outer a", (2,)), "b": uniform("outer b", (3,))}, torch.outer, jnp.outer)
    three = {"a": uniform("td a", (2, 3, 2)), "b": uniform("td b", (3, 2, 2))}
    for variant, axes in {"two": ((1, 2), (0, 1)), "crossed": ((2, 1), (2, 0)), "one": ((1,), (0,))}.items():
        yield Case(
            f"tensordot/{variant}",
            three,
            lambda a, b, x=axes: torch.tensordot(a, b, x),
            lambda a, b, x=axes: jnp.tensordot(a, b, x),
            {"axes_a": axes[0], "axes_b": axes[1]},
        )
    for variant, (equation, shapes) in EINSUM.items():
        name = f"einsum/{variant}"
        inputs = {"abc"[i]: uniform(name + str(i), shape) for i, shape in enumerate(shapes)}
        linear = len(shapes) == 1
        yield Case(
            name,
            inputs,
            lambda *x, e=equation: torch.einsum(e, *x),
            lambda *x, e=equation: jnp.einsum(e, *x),
            {"equation": equation},
            1 if linear else 2,
        )


def solutions():
    for variant, (a, b) in {
        "matrix": ((3, 3), (3, 2)),
        "vector": ((3, 3), (3,)),
        "batched": ((2, 3, 3), (2, 3, 2)),
    }.items():
        name = f"solve/{variant}"
        yield Case(
            name, {"a": regular(name + "a", a), "b": uniform(name + "b", b)}, torch.linalg.solve, jnp.linalg.solve
        )
    for variant, options in {
        "lower": (True, False, False),
        "upper": (False, False, False),
        "lower_transposed": (True, True, False),
        "upper_transposed": (False, True, False),
        "lower_unit": (True, False, True),
    }.items():
        name = f"triangular_solve/{variant}"
        inputs = {"a": regular(name + "a", (3, 3)), "b": uniform(name + "b", (3, 2))}  # only one triangle is read
        yield Case(
            name,
            inputs,
            lambda a, b, o=options: t_inv_triangle(a, b, *o),
            lambda a, b, o=options: j_inv_triangle(a, b, *o),
            dict(zip(("lower", "transpose", "unit_diagonal"), options)),
        )
    for variant, shape in {"plain": (3, 3), "one": (1, 1), "batched": (2, 2, 2)}.items():
        # of the symmetric part, so that the gradient is symmetric whichever triangle an implementation reads
        name = f"cholesky/{variant}"
        yield Case(
            name,
            {"a": definite(name, shape)},
            lambda a: torch.linalg.cholesky((a + swap(a)) / 2),
            lambda a: jnp.linalg.cholesky((a + swap(a)) / 2, symmetrize_input=False),
        )
    for variant, shape in {"plain": (3, 3), "one": (1, 1), "batched": (2, 2, 2)}.items():
        name = f"inverse/{variant}"
        yield Case(name, {"a": regular(name, shape)}, torch.linalg.inv, jnp.linalg.inv)
    for variant, shape in {"plain": (3, 3), "even": (2, 2), "batched": (2, 3, 3)}.items():
        name = f"slogdet/{variant}"  # outputs: sign and logarithm of |det|; the sign has no gradient
        yield Case(
            name,
            {"a": regular(name, shape)},
            lambda a: tuple(torch.linalg.slogdet(a)),
            lambda a: tuple(jnp.linalg.slogdet(a)),
        )


def apart(name, shape):
    """Singular values (and eigenvalues) well apart: random entries beside a falling diagonal."""
    m, n = shape[-2:]
    diagonal = np.zeros((m, n))
    for k in range(min(m, n)):
        diagonal[k, k] = 1.5 * (min(m, n) - k)
    return uniform(name, shape, -0.5, 0.5) + diagonal


def positive(diagonal, q, r, sign):
    """q and r with no negative number on the diagonal."""
    s = sign(diagonal)
    return q * s[..., None, :], s[..., :, None] * r


def t_qr(a):
    q, r = torch.linalg.qr(a)
    return positive(torch.diagonal(r, 0, -2, -1).detach(), q, r, torch.sign)


def j_qr(a):
    q, r = jnp.linalg.qr(a)
    return positive(jax.lax.stop_gradient(jnp.diagonal(r, 0, -2, -1)), q, r, jnp.sign)


def of_eigen(values, vectors):
    """What does not depend on the vectors' signs."""
    return values, vectors**2


def of_svd(u, s, vt):
    return u**2, s, vt**2, u[..., :, :1] @ vt[..., :1, :]


def factors():
    for variant, shape in {"plain": (3, 3), "one": (1, 1), "batched": (2, 2, 2), "larger": (5, 5)}.items():
        name = f"eigh/{variant}"  # outputs: values, squares of the vectors; of the symmetric part
        yield Case(
            name,
            {"a": apart(name, shape)},
            lambda a: of_eigen(*torch.linalg.eigh((a + swap(a)) / 2)),
            lambda a: of_eigen(*jnp.linalg.eigh((a + swap(a)) / 2, symmetrize_input=False)),
        )
    shapes = {"square": (3, 3), "tall": (4, 2), "wide": (2, 4), "batched": (2, 3, 2), "batched_wide": (2, 2, 3)}
    for variant, shape in shapes.items():
        wide = shape[-2] < shape[-1]
        name = f"qr/{variant}"  # signs: r's diagonal is positive
        yield Case(name, {"a": apart(name, shape)}, t_qr, None if wide else j_qr)
        name = f"svd/{variant}"  # outputs: squares of u, s, squares of vt, the largest part of rank 1
        yield Case(
            name,
            {"a": apart(name, shape)},
            lambda a: of_svd(*torch.linalg.svd(a, full_matrices=False)),
            lambda a: of_svd(*jnp.linalg.svd(a, full_matrices=False)),
        )
        name = f"pinv/{variant}"
        yield Case(name, {"a": apart(name, shape)}, torch.linalg.pinv, jnp.linalg.pinv)


def cases():
    yield from products()
    yield from solutions()
    yield from factors()
