#pragma once
/// \file Systems of linear equations, inverses, determinants and Cholesky's factor, by LAPACK.
///
/// Matrices are the last two axes, float32 or float64; axes before them are batch axes. Gradients are written in ops,
/// so every order follows. Source of the rules: Giles 2008, "Collected matrix derivative results for forward and
/// reverse mode algorithmic differentiation"; of Cholesky's: Murray 2016, "Differentiation of the Cholesky
/// decomposition".

#include "xgrad/ops/linalg.hpp"

namespace xgrad {

/// x of a x = b, by LU with row exchanges. Gradient: b̄ = a⁻ᵀ x̄, ā = −b̄ xᵀ.
/// @param a [..., n, n] @param b [..., n, k], or one vector [n]; batch axes broadcast @return b's shape, broadcast
/// @throws ShapeError; DTypeError; ArgError where a matrix is singular
Var solve(Arg a, Arg b);

/// Which triangle `triangular_solve` reads, and how.
struct TriangularOptions {
  bool lower = true;           ///< the lower triangle, with the diagonal; else the upper one
  bool transpose = false;      ///< solve aᵀ x = b
  bool unit_diagonal = false;  ///< the diagonal counts as ones and is not read
};

/// x of a x = b (or aᵀ x = b) for a triangular a; the other triangle is not read.
///
/// Gradient: b̄ = a⁻ᵀ x̄; ā = −b̄ xᵀ in the triangle that was read, 0 elsewhere.
/// @param a [..., n, n] @param b [..., n, k], or one vector [n]; batch axes broadcast @return b's shape, broadcast
/// @throws ShapeError; DTypeError; ArgError where the diagonal has a 0
Var triangular_solve(Arg a, Arg b);
Var triangular_solve(Arg a, Arg b, TriangularOptions options);

/// The lower triangular l with a positive diagonal and l lᵀ = (a + aᵀ) / 2: only the symmetric part of a counts.
///
/// Gradient: ā is the symmetric part of l⁻ᵀ Φ(lᵀ l̄) l⁻¹, where Φ keeps the lower triangle and halves the diagonal.
/// @param a [..., n, n] @return the same shape
/// @throws ShapeError; DTypeError; ArgError where a matrix is not positive definite
Var cholesky(Arg a);

/// a⁻¹. Gradient: ā = −yᵀ ȳ yᵀ. To apply an inverse to something, `solve` is faster and more exact.
/// @param a [..., n, n] @throws ShapeError; DTypeError; ArgError where a matrix is singular
Var inverse(Arg a);

/// A determinant as sign · e^log_abs, which neither overflows nor underflows.
struct SlogDet {
  Var sign;     ///< [...]: −1, 0 or 1; its gradient is 0
  Var log_abs;  ///< [...]: −∞ for a singular matrix; gradient: ā = ȳ a⁻ᵀ, an ArgError where a is singular
};
struct SlogDetArrays {
  Array sign, log_abs;
};
/// The sign of det a and the logarithm of its absolute value. @param a [..., n, n] @throws ShapeError; DTypeError
SlogDet slogdet(Arg a);

template <ArrayLike A>
Array solve(const A& a, ArrayArg b) {
  return solve(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array triangular_solve(const A& a, ArrayArg b) {
  return triangular_solve(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array triangular_solve(const A& a, ArrayArg b, TriangularOptions options) {
  return triangular_solve(Arg(a, b.loc()), b.arg(), options).value();
}
template <ArrayOrXt A>
Array cholesky(const A& a, Loc loc = Loc::current()) {
  return cholesky(Arg(a, loc)).value();
}
template <ArrayOrXt A>
Array inverse(const A& a, Loc loc = Loc::current()) {
  return inverse(Arg(a, loc)).value();
}
template <ArrayOrXt A>
SlogDetArrays slogdet(const A& a, Loc loc = Loc::current()) {
  const SlogDet d = slogdet(Arg(a, loc));
  return {d.sign.value(), d.log_abs.value()};
}

}  // namespace xgrad
