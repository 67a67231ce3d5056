#include "xgrad/nn/losses/margin.hpp"

#include "nn/losses/support.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"

namespace xgrad {

namespace {

/// Whether all labels are 0 or 1: they then stand for −1 and 1.
bool zeros_and_ones(const Var& t) {
  const NoGrad no_grad;
  return all(logical_or(equal(t, 0), equal(t, 1))).item<bool>();
}
/// max(1 − t p, 0), place by place.
Var shortfall(const losses::Operands& x) { return maximum(1 - (zeros_and_ones(x.t) ? 2 * x.t - 1 : x.t) * x.p, 0); }

}  // namespace

Var hinge(Arg y_true, Arg y_pred) {
  const losses::Operands x("hinge", y_true, y_pred);
  return mean(shortfall(x), -1);
}

Var squared_hinge(Arg y_true, Arg y_pred) {
  const losses::Operands x("squared_hinge", y_true, y_pred);
  return mean(square(shortfall(x)), -1);
}

Var categorical_hinge(Arg y_true, Arg y_pred) {
  const losses::Operands x("categorical_hinge", y_true, y_pred, true);
  return maximum(amax((1 - x.t) * x.p, -1) - sum(x.t * x.p, -1) + 1, 0);
}

Var Hinge::per_sample(const Var& y_true, const Var& y_pred) const { return hinge(y_true, y_pred); }
Var SquaredHinge::per_sample(const Var& y_true, const Var& y_pred) const { return squared_hinge(y_true, y_pred); }
Var CategoricalHinge::per_sample(const Var& y_true, const Var& y_pred) const {
  return categorical_hinge(y_true, y_pred);
}

}  // namespace xgrad
