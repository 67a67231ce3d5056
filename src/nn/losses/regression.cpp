#include "xgrad/nn/losses/regression.hpp"

#include <numbers>

#include "nn/losses/support.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"

namespace xgrad {

using losses::epsilon;

Var mean_squared_error(Arg y_true, Arg y_pred) {
  const losses::Operands x("mean_squared_error", y_true, y_pred);
  return mean(square(x.p - x.t), -1);
}

Var mean_absolute_error(Arg y_true, Arg y_pred) {
  const losses::Operands x("mean_absolute_error", y_true, y_pred);
  return mean(abs(x.p - x.t), -1);
}

Var mean_absolute_percentage_error(Arg y_true, Arg y_pred) {
  const losses::Operands x("mean_absolute_percentage_error", y_true, y_pred);
  return 100 * mean(abs((x.t - x.p) / maximum(abs(x.t), epsilon)), -1);
}

Var mean_squared_logarithmic_error(Arg y_true, Arg y_pred) {
  const losses::Operands x("mean_squared_logarithmic_error", y_true, y_pred);
  return mean(square(log1p(maximum(x.p, epsilon)) - log1p(maximum(x.t, epsilon))), -1);
}

Var huber(Arg y_true, Arg y_pred) { return huber(std::move(y_true), std::move(y_pred), {}); }
Var huber(Arg y_true, Arg y_pred, HuberOptions options) {
  const double delta = options.delta;
  if (!(delta > 0))
    throw ArgError("huber", "needs delta above 0; got " + std::to_string(delta), detail::user_line(y_pred.loc()));
  const losses::Operands x("huber", y_true, y_pred);
  const Var e = x.p - x.t, far = abs(e);
  return mean(where(less_equal(far, delta), 0.5 * square(e), delta * far - 0.5 * delta * delta), -1);
}

Var log_cosh(Arg y_true, Arg y_pred) {
  const losses::Operands x("log_cosh", y_true, y_pred);
  const Var e = x.p - x.t;
  return mean(e + softplus(-2 * e) - std::numbers::ln2, -1);
}

Var cosine_similarity(Arg y_true, Arg y_pred) { return cosine_similarity(std::move(y_true), std::move(y_pred), {}); }
Var cosine_similarity(Arg y_true, Arg y_pred, CosineOptions options) {
  const losses::Operands x("cosine_similarity", y_true, y_pred);
  const int axis = options.axis, rank = x.p.rank();
  if (axis < -rank || axis >= rank)
    throw IndexError("cosine_similarity",
                     "needs an axis from " + std::to_string(-rank) + " to " + std::to_string(rank - 1) + "; got " +
                         std::to_string(axis),
                     detail::user_line(y_pred.loc()));
  const auto direction = [&](const Var& v) {
    return v * rsqrt(maximum(sum(square(v), axis, true), epsilon * epsilon));
  };
  return -sum(direction(x.t) * direction(x.p), axis);
}

Var MeanSquaredError::per_sample(const Var& y_true, const Var& y_pred) const {
  return mean_squared_error(y_true, y_pred);
}
Var MeanAbsoluteError::per_sample(const Var& y_true, const Var& y_pred) const {
  return mean_absolute_error(y_true, y_pred);
}
Var MeanAbsolutePercentageError::per_sample(const Var& y_true, const Var& y_pred) const {
  return mean_absolute_percentage_error(y_true, y_pred);
}
Var MeanSquaredLogarithmicError::per_sample(const Var& y_true, const Var& y_pred) const {
  return mean_squared_logarithmic_error(y_true, y_pred);
}
Var Huber::per_sample(const Var& y_true, const Var& y_pred) const { return huber(y_true, y_pred, {.delta = delta}); }
Var LogCosh::per_sample(const Var& y_true, const Var& y_pred) const { return log_cosh(y_true, y_pred); }
Var CosineSimilarity::per_sample(const Var& y_true, const Var& y_pred) const {
  return cosine_similarity(y_true, y_pred, {.axis = axis});
}

}  // namespace xgrad
