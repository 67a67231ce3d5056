#pragma once
/// \file The dense layer as one op: matrix product, bias and activation.

#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// What follows the product in `dense`: none, or any function of one operand. relu, tanh and sigmoid are fused; others
/// run after.
class Activation {
 public:
  /// The identity.
  Activation() noexcept = default;
  Activation(Var (*function)(Arg)) noexcept
      : function_(function) {}  // NOLINT(google-explicit-constructor): .activation = relu

  /// The function; null for the identity.
  Var (*function() const noexcept)(Arg) { return function_; }
  Var operator()(Arg x) const;

 private:
  Var (*function_)(Arg) = nullptr;
};

/// y = f(x w + b): a fully connected layer.
///
/// One node: one matrix product, and one pass for bias and activation. Gradient, with z̄ = ȳ f′(z): x̄ = z̄ wᵀ, w̄ = xᵀ z̄,
/// b̄ = Σ z̄ over all but the last axis; f′ follows from y, so that only y need be kept.
/// @param x float [..., in] @param w [in, out] @param b [out] @return [..., out]
/// @throws ShapeError, DTypeError
Var dense(Arg x, Arg w, Arg b, Activation activation);
Var dense(Arg x, Arg w, Arg b);
/// Without a bias.
Var dense(Arg x, Arg w, Activation activation);
Var dense(Arg x, Arg w);

template <ArrayLike A>
Array dense(const A& x, ArrayArg w, ArrayArg b, Activation activation) {
  return dense(Arg(x, w.loc()), w.arg(), b.arg(), activation).value();
}
template <ArrayLike A>
Array dense(const A& x, ArrayArg w, ArrayArg b) {
  return dense(Arg(x, w.loc()), w.arg(), b.arg()).value();
}
template <ArrayLike A>
Array dense(const A& x, ArrayArg w, Activation activation) {
  return dense(Arg(x, w.loc()), w.arg(), activation).value();
}
template <ArrayLike A>
Array dense(const A& x, ArrayArg w) {
  return dense(Arg(x, w.loc()), w.arg()).value();
}

}  // namespace xgrad
