#pragma once
/// \file Matrices taken apart: eigenvalues, Q and R, singular values, the pseudo-inverse; by LAPACK.
///
/// Matrices are the last two axes, float32 or float64; axes before them are batch axes. Factors are reduced (NumPy's
/// `full_matrices=False`), and signs that mathematics leaves open are fixed, so that a result does not depend on the
/// machine. Gradients are written in ops, so every order follows.
///
/// Where eigenvalues or singular values meet, single vectors have no derivative: the rules divide by the difference.
/// What divides by 0 counts as 0 where exactly 0 arrives for it (`absorb_multiply`) and is ±∞ or NaN otherwise. Values
/// alone are safe: their first derivative reads no difference. Sources: Giles 2008, "Collected matrix derivative
/// results for forward and reverse mode algorithmic differentiation"; Townsend 2016, "Differentiating the singular
/// value decomposition"; Walter and Lehmann 2010, "Algorithmic differentiation of linear algebra functions"; Golub and
/// Pereyra 1973, "The differentiation of pseudo-inverses".

#include "xgrad/ops/linalg.hpp"

namespace xgrad {

/// What `eigh` gives.
template <class V>
struct EigH {
  V values;   ///< [..., n], ascending
  V vectors;  ///< [..., n, n]: column j is of length 1 and belongs to value j
};
/// Eigenvalues λ and eigenvectors v of symmetric matrices, v diag(λ) vᵀ = (a + aᵀ) / 2: only the symmetric part of a
/// counts. In each vector the first entry that is at least half as large as the largest is positive.
///
/// Gradient: ā = v (diag(λ̄) + F ∘ (P − Pᵀ) / 2) vᵀ, P = vᵀ v̄, Fᵢⱼ = 1 / (λⱼ − λᵢ), 0 on the diagonal.
/// @param a [..., n, n] @throws ShapeError; DTypeError; ArgError where a matrix has an entry that is not finite
EigH<Var> eigh(Arg a);

/// What `qr` gives.
template <class V>
struct QR {
  V q;  ///< [..., m, k], k = min(m, n): columns of length 1 at right angles
  V r;  ///< [..., k, n]: upper triangular, no negative number on the diagonal
};
/// q r = a by Householder's reflections.
///
/// Gradient, m ≥ n: ā = (q̄ + q (L + Lᵀ without its diagonal)) r⁻ᵀ, L the lower triangle of r r̄ᵀ − q̄ᵀ q. For m < n the
/// first m columns have it, with y r̄₂ᵀ more for q̄, and the others, y, have q r̄₂. An ArgError where r's leading square
/// has a 0 on its diagonal: there q is no function of a.
/// @param a [..., m, n] @throws ShapeError; DTypeError
QR<Var> qr(Arg a);

/// What `svd` gives.
template <class V>
struct SVD {
  V u;   ///< [..., m, k], k = min(m, n): columns of length 1 at right angles
  V s;   ///< [..., k]: not negative, descending
  V vt;  ///< [..., k, n]: rows of length 1 at right angles
};
/// u diag(s) vt = a. In each column of u the first entry that is at least half as large as the largest is positive.
///
/// Gradient: ā = (u (diag(s̄) + F ∘ (U S + S V)) + (I − u uᵀ) ū S⁻¹) vt + u S⁻¹ v̄ᵀ (I − v vᵀ), where S = diag(s),
/// U = uᵀ ū − ūᵀ u, V = vᵀ v̄ − v̄ᵀ v, Fᵢⱼ = 1 / (sⱼ² − sᵢ²), 0 on the diagonal.
/// @param a [..., m, n] @throws ShapeError; DTypeError; ArgError where a matrix has an entry that is not finite
SVD<Var> svd(Arg a);

/// The pseudo-inverse of Moore and Penrose: a⁺ = v diag(1/s) uᵀ over the singular values above `rcond` times the
/// largest. It solves least squares: `matmul(pinv(a), b)` is the shortest x that makes |a x − b| smallest.
///
/// Gradient, y = a⁺: ā = −yᵀ ȳ yᵀ + (I − a y) ȳᵀ y yᵀ + yᵀ y ȳᵀ (I − y a), true where the rank does not change.
/// @param a [..., m, n] @param rcond negative: max(m, n) times the type's epsilon @return [..., n, m]
/// @throws ShapeError; DTypeError; ArgError where a matrix has an entry that is not finite
Var pinv(Arg a, double rcond = -1);

template <ArrayOrXt A>
EigH<Array> eigh(const A& a, Loc loc = Loc::current()) {
  const EigH<Var> e = eigh(Arg(a, loc));
  return {e.values.value(), e.vectors.value()};
}
template <ArrayOrXt A>
QR<Array> qr(const A& a, Loc loc = Loc::current()) {
  const QR<Var> f = qr(Arg(a, loc));
  return {f.q.value(), f.r.value()};
}
template <ArrayOrXt A>
SVD<Array> svd(const A& a, Loc loc = Loc::current()) {
  const SVD<Var> f = svd(Arg(a, loc));
  return {f.u.value(), f.s.value(), f.vt.value()};
}
template <IsArray A>
Array pinv(const A& a, double rcond = -1, Loc loc = Loc::current()) {
  return pinv(Arg(a, loc), rcond).value();
}

}  // namespace xgrad
