#pragma once
/// \file Products with sparse matrices.
///
/// A text of 100 words out of 10,000 costs 100 rows of the weights, not 10,000. Both ops below are each other's
/// gradient, so every order follows.

#include "xgrad/core/csr.hpp"
#include "xgrad/ops/linalg.hpp"

namespace xgrad {

/// y = s x for a constant sparse s. Gradient: x̄ = sᵀ ȳ.
/// @param s [m, k] @param x [k, n], or a vector [k], of s's type @return [m, n], or [m]
/// @throws ShapeError, DTypeError
Var matmul(const Csr& s, Arg x);
/// With `transpose_a`: y = sᵀ x, for x [m, n] or [m]. @throws ArgError for `transpose_b`
Var matmul(const Csr& s, Arg x, MatMulOptions options);

/// y = s x, or sᵀ x, where the values of s are an operand: s has the places of `places`, not its values.
///
/// Gradient: v̄ = sddmm(places, ȳ, x), x̄ = sᵀ ȳ.
/// @param values float [entries of places] @param x [k, n] (transposed: [m, n]) of the same type
/// @throws ShapeError, DTypeError
Var spmm(const Csr& places, Arg values, Arg x, bool transpose = false);

/// The entries of a bᵀ at the places of a sparse matrix: v[e] = Σⱼ a[row e, j] b[column e, j].
///
/// Gradient: ā = spmm(places, v̄, b), b̄ = spmm(places, v̄, a, transposed).
/// @param a float [m, n] @param b the same type, [k, n] @return [entries of places] @throws ShapeError, DTypeError
Var sddmm(const Csr& places, Arg a, Arg b);

template <ArrayOrXt A>
Array matmul(const Csr& s, const A& x, Loc loc = Loc::current()) {
  return matmul(s, Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array matmul(const Csr& s, const A& x, MatMulOptions options, Loc loc = Loc::current()) {
  return matmul(s, Arg(x, loc), options).value();
}
template <ArrayOrXt A>
Array spmm(const Csr& places, const A& values, ArrayArg x, bool transpose = false) {
  return spmm(places, Arg(values, x.loc()), x.arg(), transpose).value();
}
template <ArrayOrXt A>
Array sddmm(const Csr& places, const A& a, ArrayArg b) {
  return sddmm(places, Arg(a, b.loc()), b.arg()).value();
}

}  // namespace xgrad
