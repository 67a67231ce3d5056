#pragma once
/// \file The dense layer as one op: matrix product, bias and activation.

#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/activation_fn.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// y = f(x w + b): a fully connected layer.
///
/// One node: one matrix product, and one pass for bias and activation, where f is none, relu, tanh or sigmoid; other
/// functions run after. Gradient, with z̄ = ȳ f′(z): x̄ = z̄ wᵀ, w̄ = xᵀ z̄,
/// b̄ = Σ z̄ over all but the last axis; f′ follows from y, so that only y need be kept.
/// @param x float [..., in] @param w [in, out] @param b [out] @return [..., out]
/// @throws ShapeError, DTypeError
Var dense(Arg x, Arg w, Arg b, ActivationFn activation);
Var dense(Arg x, Arg w, Arg b);
/// Without a bias.
Var dense(Arg x, Arg w, ActivationFn activation);
Var dense(Arg x, Arg w);

template <ArrayLike A>
Array dense(const A& x, ArrayArg w, ArrayArg b, ActivationFn activation) {
  return dense(Arg(x, w.loc()), w.arg(), b.arg(), activation).value();
}
template <ArrayLike A>
Array dense(const A& x, ArrayArg w, ArrayArg b) {
  return dense(Arg(x, w.loc()), w.arg(), b.arg()).value();
}
template <ArrayLike A>
Array dense(const A& x, ArrayArg w, ActivationFn activation) {
  return dense(Arg(x, w.loc()), w.arg(), activation).value();
}
template <ArrayLike A>
Array dense(const A& x, ArrayArg w) {
  return dense(Arg(x, w.loc()), w.arg()).value();
}

}  // namespace xgrad
