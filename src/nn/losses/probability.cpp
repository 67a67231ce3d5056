#include "xgrad/nn/losses/probability.hpp"

#include "nn/losses/support.hpp"
#include "xgrad/nn/logits.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"

namespace xgrad {

using detail::LogitsKind;
using losses::epsilon;

namespace {

/// y_pred, or the logits behind it.
struct Prediction {
  Prediction(const Arg& y_pred, bool from_logits, LogitsKind kind)
      : value(losses::as_var(y_pred)), logits(from_logits) {
    if (Var behind = detail::logits_behind(value, kind); !behind.empty()) {
      value = std::move(behind);
      logits = true;
    }
  }
  Var value;
  bool logits;
};

/// The same, and y_true that fits it.
struct Compared : losses::Operands {
  Compared(const char* loss, const Arg& y_true, const Arg& y_pred, bool from_logits, LogitsKind kind)
      : Compared(loss, y_true, Prediction(y_pred, from_logits, kind), y_pred.loc(), kind) {}
  Compared(const char* loss, const Arg& y_true, Prediction x, Loc loc, LogitsKind kind)
      : losses::Operands(loss, y_true, std::move(x.value), loc, kind == LogitsKind::softmax), logits(x.logits) {}
  bool logits;
};

Var clipped(const Var& p) { return clip(p, epsilon, 1 - epsilon); }

Var smoothed(const Var& t, double smoothing, double classes) {
  return smoothing == 0 ? t : t * (1 - smoothing) + smoothing / classes;
}
Var smoothed(const Var& t, double smoothing) { return smoothed(t, smoothing, static_cast<double>(t.shape().back())); }

/// The binary cross-entropy, place by place.
Var binary(const Var& t, const Var& p, bool logits) {
  if (logits) return sigmoid_cross_entropy(p, t);
  const Var q = clipped(p);
  return -(t * log(q) + (1 - t) * log(1 - q));
}

void check_gamma(const char* loss, double gamma, Loc loc) {
  if (!(gamma >= 0))
    throw ArgError(loss, "needs gamma not below 0; got " + std::to_string(gamma), detail::user_line(loc));
}

}  // namespace

Var binary_crossentropy(Arg y_true, Arg y_pred) {
  return binary_crossentropy(std::move(y_true), std::move(y_pred), {});
}
Var binary_crossentropy(Arg y_true, Arg y_pred, CrossentropyOptions options) {
  constexpr const char* name = "binary_crossentropy";
  losses::check_smoothing(name, options.label_smoothing, y_pred.loc());
  const Compared x(name, y_true, y_pred, options.from_logits, LogitsKind::sigmoid);
  return mean(binary(smoothed(x.t, options.label_smoothing, 2), x.p, x.logits), -1);
}

Var categorical_crossentropy(Arg y_true, Arg y_pred) {
  return categorical_crossentropy(std::move(y_true), std::move(y_pred), {});
}
Var categorical_crossentropy(Arg y_true, Arg y_pred, CrossentropyOptions options) {
  constexpr const char* name = "categorical_crossentropy";
  losses::check_smoothing(name, options.label_smoothing, y_pred.loc());
  const Compared x(name, y_true, y_pred, options.from_logits, LogitsKind::softmax);
  const Var t = smoothed(x.t, options.label_smoothing);
  if (x.logits) return softmax_cross_entropy(x.p, t);
  return -sum(t * log(clipped(x.p / sum(x.p, -1, true))), -1);
}

Var binary_focal_crossentropy(Arg y_true, Arg y_pred) {
  return binary_focal_crossentropy(std::move(y_true), std::move(y_pred), {});
}
Var binary_focal_crossentropy(Arg y_true, Arg y_pred, BinaryFocalOptions options) {
  constexpr const char* name = "binary_focal_crossentropy";
  losses::check_smoothing(name, options.label_smoothing, y_pred.loc());
  check_gamma(name, options.gamma, y_pred.loc());
  const Compared x(name, y_true, y_pred, options.from_logits, LogitsKind::sigmoid);
  const Var t = smoothed(x.t, options.label_smoothing, 2), p = x.logits ? sigmoid(x.p) : x.p;
  const Var missing = 1 - (t * p + (1 - t) * (1 - p));
  Var loss = pow(missing, options.gamma) * binary(t, x.p, x.logits);
  if (options.apply_class_balancing) loss = (t * options.alpha + (1 - t) * (1 - options.alpha)) * loss;
  return mean(loss, -1);
}

Var categorical_focal_crossentropy(Arg y_true, Arg y_pred) {
  return categorical_focal_crossentropy(std::move(y_true), std::move(y_pred), {});
}
Var categorical_focal_crossentropy(Arg y_true, Arg y_pred, CategoricalFocalOptions options) {
  constexpr const char* name = "categorical_focal_crossentropy";
  losses::check_smoothing(name, options.label_smoothing, y_pred.loc());
  check_gamma(name, options.gamma, y_pred.loc());
  const Compared x(name, y_true, y_pred, options.from_logits, LogitsKind::softmax);
  const Var t = smoothed(x.t, options.label_smoothing);
  const Var scaled = x.logits ? Var() : clipped(x.p / sum(x.p, -1, true));
  const Var log_p = x.logits ? log_softmax(x.p) : log(scaled), p = x.logits ? exp(log_p) : scaled;
  // A class that cannot be (t = 0) adds nothing, however unlikely it is.
  return sum(absorb_multiply(t, -options.alpha * pow(1 - p, options.gamma) * log_p), -1);
}

Var kl_divergence(Arg y_true, Arg y_pred) {
  const losses::Operands x("kl_divergence", y_true, y_pred, true);
  const Var t = clip(x.t, epsilon, 1);
  return sum(t * log(t / clip(x.p, epsilon, 1)), -1);
}

Var poisson(Arg y_true, Arg y_pred) {
  const losses::Operands x("poisson", y_true, y_pred);
  return mean(x.p - x.t * log(x.p + epsilon), -1);
}

Var BinaryCrossentropy::per_sample(const Var& y_true, const Var& y_pred) const {
  return binary_crossentropy(y_true, y_pred, {.from_logits = from_logits, .label_smoothing = label_smoothing});
}
Var CategoricalCrossentropy::per_sample(const Var& y_true, const Var& y_pred) const {
  return categorical_crossentropy(y_true, y_pred, {.from_logits = from_logits, .label_smoothing = label_smoothing});
}
Var BinaryFocalCrossentropy::per_sample(const Var& y_true, const Var& y_pred) const {
  return binary_focal_crossentropy(y_true, y_pred,
                                   {.apply_class_balancing = apply_class_balancing,
                                    .alpha = alpha,
                                    .gamma = gamma,
                                    .from_logits = from_logits,
                                    .label_smoothing = label_smoothing});
}
Var CategoricalFocalCrossentropy::per_sample(const Var& y_true, const Var& y_pred) const {
  return categorical_focal_crossentropy(
      y_true, y_pred, {.alpha = alpha, .gamma = gamma, .from_logits = from_logits, .label_smoothing = label_smoothing});
}
Var KLDivergence::per_sample(const Var& y_true, const Var& y_pred) const { return kl_divergence(y_true, y_pred); }
Var Poisson::per_sample(const Var& y_true, const Var& y_pred) const { return poisson(y_true, y_pred); }

}  // namespace xgrad
