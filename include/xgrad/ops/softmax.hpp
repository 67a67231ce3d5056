#pragma once
/// \file Softmax, sparsemax and the cross-entropies, all from logits.
///
/// Each row is shifted by its largest element first, so no exponential overflows. A row of which every element is −∞
/// (fully masked) has the log-sum −∞ and gives no NaN: softmax and the losses are 0 there and pass back 0.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// y = eˣ / Σ eˣ over the last axis. Gradient: x̄ = y (ȳ − Σ ȳ y). A fully masked row gives zeros.
/// @param x float, at least one axis @return the same shape @throws ShapeError for a scalar; DTypeError
Var softmax(Arg x);
/// The same over another axis; negative axes count from the end. @throws IndexError
Var softmax(Arg x, int axis);

/// y = x − log Σ eˣ over the last axis. Gradient: x̄ = ȳ − eʸ Σ ȳ. A fully masked row gives −∞ and passes ȳ back.
/// @param x float, at least one axis @return the same shape @throws ShapeError for a scalar; DTypeError
Var log_softmax(Arg x);
/// The same over another axis. @throws IndexError
Var log_softmax(Arg x, int axis);

/// The point of the probability simplex nearest to x over the last axis, max(x − τ, 0) with the τ that makes the sum 1:
/// a softmax whose small entries are exactly 0. Gradient: x̄ = ȳ − the mean of ȳ over the support where y > 0, else 0. A
/// fully masked row gives zeros. Source: Martins, Astudillo 2016, "From softmax to sparsemax"; Keras 3.15's own adds up
/// its partial sums, and leaves the simplex where more than one entry stays.
/// @param x float, at least one axis @return the same shape @throws ShapeError for a scalar; DTypeError
Var sparsemax(Arg x);
/// The same over another axis. @throws IndexError
Var sparsemax(Arg x, int axis);

/// The cross-entropy between labels and softmax(logits), one loss a row, computed from the logits:
/// loss = log Σ eˣ − x[label] for class numbers; loss = −Σ t log softmax(x) for distributions.
///
/// Gradient: x̄ = ȳ (softmax(x) − onehot) for class numbers, ȳ (softmax(x) Σ t − t) for distributions, and
/// t̄ = −ȳ log softmax(x). The loss of an impossible class (logit −∞) is +∞. A fully masked row has the loss 0 and no
/// gradient.
/// @param logits float [..., classes]
/// @param targets int64 [...], the class numbers, or of the logits' shape and type: a distribution over the classes
/// @return [...] @throws ShapeError where the targets do not fit the logits; DTypeError; IndexError for a label out of
/// range
Var softmax_cross_entropy(Arg logits, Arg targets);

/// The cross-entropy between targets in [0, 1] and sigmoid(logits), elementwise: softplus(x) − x t.
///
/// Gradient: x̄ = ȳ (sigmoid(x) − t), t̄ = −ȳ x: never vanishes where the prediction is wrong, however large x is.
/// @param logits float @param targets of the same type, or int64, uint8 or bool; broadcasts @return the common shape
Var sigmoid_cross_entropy(Arg logits, Arg targets);

template <ArrayOrXt A>
Array softmax(const A& x, Loc loc = Loc::current()) {
  return softmax(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array softmax(const A& x, int axis, Loc loc = Loc::current()) {
  return softmax(Arg(x, loc), axis).value();
}
template <ArrayOrXt A>
Array log_softmax(const A& x, Loc loc = Loc::current()) {
  return log_softmax(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array log_softmax(const A& x, int axis, Loc loc = Loc::current()) {
  return log_softmax(Arg(x, loc), axis).value();
}
template <ArrayOrXt A>
Array sparsemax(const A& x, Loc loc = Loc::current()) {
  return sparsemax(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array sparsemax(const A& x, int axis, Loc loc = Loc::current()) {
  return sparsemax(Arg(x, loc), axis).value();
}
template <ArrayLike A>
Array softmax_cross_entropy(const A& logits, ArrayArg targets) {
  return softmax_cross_entropy(Arg(logits, targets.loc()), targets.arg()).value();
}
template <ArrayLike A>
Array sigmoid_cross_entropy(const A& logits, ArrayArg targets) {
  return sigmoid_cross_entropy(Arg(logits, targets.loc()), targets.arg()).value();
}

}  // namespace xgrad
