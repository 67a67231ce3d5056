#pragma once
/// \file Products of matrices and of arrays of any rank.
///
/// Operands are float32 or float64, both the same. The products run in BLAS; transposed operands go there as flags,
/// without a copy.

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// How `matmul` reads its operands.
struct MatMulOptions {
  bool transpose_a = false;  ///< swap the last two axes of a (a vector stays as it is)
  bool transpose_b = false;  ///< swap the last two axes of b
};

/// The product of matrices, y = a b, by NumPy's rules: y[…,i,j] = Σₖ a[…,i,k] b[…,k,j].
///
/// Axes before the last two are batch axes and broadcast. A vector at the left is a row, at the right a column, and its
/// axis does not appear in the result; two vectors give their inner product. Where b is one matrix, a batch of a's is
/// one product.
/// Gradient: ā = ȳ bᵀ, b̄ = aᵀ ȳ.
/// @param a float [..., m, k] or [k] @param b the same type, [..., k, n] or [k]
/// @return [..., m, n] without the axes of vectors; an empty inner axis (k = 0) gives zeros
/// @throws ShapeError for scalars, inner dimensions or batch axes that disagree; DTypeError for other than floats
Var matmul(Arg a, Arg b);
/// The same with the last two axes of either operand swapped, without a copy.
Var matmul(Arg a, Arg b, MatMulOptions options);

/// NumPy's `dot`: the last axis of a with the last but one of b (or with the only one of a vector); a scalar scales.
/// y[i…,j…] = Σₖ a[i…,k] b[j…,k,j].
/// @return the other axes of a, then the other axes of b @throws ShapeError, DTypeError
Var dot(Arg a, Arg b);

/// All products of an element of a with one of b: y[i,j] = a[i] b[j], operands flattened. Gradient: ā = ȳ b, b̄ = ȳᵀ a.
/// @return [size of a, size of b]
Var outer(Arg a, Arg b);

/// Sums the products over several axes at once: over the last `axes` axes of a and the first `axes` of b.
/// @return the other axes of a, then those of b @throws ShapeError where the extents disagree; ArgError
Var tensordot(Arg a, Arg b, int axes = 2);
/// The same over chosen axes, pairwise; negative axes count from the end.
Var tensordot(Arg a, Arg b, const std::vector<std::int64_t>& axes_a, const std::vector<std::int64_t>& axes_b);

/// Einstein's sum: names the axes of each operand and of the result; whatever the result does not name is summed.
///
/// ```cpp
/// einsum("ij,jk->ik", a, b);       // matmul
/// einsum("bhqd,bhkd->bhqk", q, k); // attention scores
/// einsum("ii->", a);               // trace
/// einsum("...ij->...ji", a);       // swaps the last two axes
/// ```
/// Letters name axes; `...` stands for any further ones, which broadcast. Without `->` the result has the letters that
/// occur once, in alphabetical order, after the axes of `...`. A letter twice in one operand is its diagonal. Operands
/// are contracted from left to right, each pair as one batched matrix product; gradients follow from those.
/// @throws ArgError for subscripts that cannot be read; ShapeError where they do not fit the operands
Var einsum(std::string_view subscripts, Arg a);
Var einsum(std::string_view subscripts, Arg a, Arg b);
Var einsum(std::string_view subscripts, Arg a, Arg b, Arg c);
Var einsum(std::string_view subscripts, std::span<const Arg> operands, Loc loc = Loc::current());

template <ArrayLike A>
Array matmul(const A& a, ArrayArg b) {
  return matmul(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array matmul(const A& a, ArrayArg b, MatMulOptions options) {
  return matmul(Arg(a, b.loc()), b.arg(), options).value();
}
template <ArrayLike A>
Array dot(const A& a, ArrayArg b) {
  return dot(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array outer(const A& a, ArrayArg b) {
  return outer(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array tensordot(const A& a, ArrayArg b, int axes = 2) {
  return tensordot(Arg(a, b.loc()), b.arg(), axes).value();
}
template <ArrayLike A>
Array tensordot(const A& a, ArrayArg b, const std::vector<std::int64_t>& axes_a,
                const std::vector<std::int64_t>& axes_b) {
  return tensordot(Arg(a, b.loc()), b.arg(), axes_a, axes_b).value();
}
template <ArrayOrXt A>
Array einsum(std::string_view subscripts, const A& a, Loc loc = Loc::current()) {
  return einsum(subscripts, Arg(a, loc)).value();
}
template <ArrayLike A>
Array einsum(std::string_view subscripts, const A& a, ArrayArg b) {
  return einsum(subscripts, Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array einsum(std::string_view subscripts, const A& a, ArrayArg b, ArrayArg c) {
  return einsum(subscripts, Arg(a, b.loc()), b.arg(), c.arg()).value();
}

}  // namespace xgrad
