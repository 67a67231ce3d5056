#include "xgrad/train/metrics/auc.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "train/metrics/samples.hpp"

namespace xgrad {

namespace {

std::vector<double> limits_of(const AUC& auc, Loc loc) {
  std::vector<double> limits = auc.thresholds;
  if (limits.empty()) {
    if (auc.num_thresholds < 2)
      throw ArgError("AUC", "needs num_thresholds ≥ 2; got " + std::to_string(auc.num_thresholds), loc);
    const double last = static_cast<double>(auc.num_thresholds - 1);
    for (std::int64_t i = 1; i < auc.num_thresholds - 1; ++i) limits.push_back(static_cast<double>(i) / last);
  }
  for (const double limit : limits)
    if (!(limit >= 0 && limit <= 1))
      throw ArgError("AUC", "needs thresholds within [0, 1]; got " + std::to_string(limit), loc);
  std::sort(limits.begin(), limits.end());
  limits.insert(limits.begin(), -1e-7);
  limits.push_back(1 + 1e-7);
  return limits;
}

/// How many of the sorted limits, in p's type, are below p. @param guess about how many
template <class T>
std::size_t exceeded(const std::vector<double>& limits, T p, std::size_t guess) {
  std::size_t b = guess;
  while (b < limits.size() && p > static_cast<T>(limits[b])) ++b;
  while (b > 0 && !(p > static_cast<T>(limits[b - 1]))) --b;
  return b;
}

double ratio(double a, double b) { return b == 0 ? 0 : a / b; }

/// Four counts at one threshold.
struct Point {
  double tp = 0, fp = 0, tn = 0, fn = 0;
};

double interval(const AUC& auc, const Point& a, const Point& b) {
  if (auc.curve == Curve::pr && auc.summation_method == Summation::interpolation) {
    const double dtp = a.tp - b.tp, above = a.tp + a.fp, below = b.tp + b.fp;
    const double slope = ratio(dtp, std::max(above - below, 0.0)), intercept = b.tp - slope * below;
    const double log_ratio = above > 0 && below > 0 ? std::log(above / below) : 0;
    return ratio(slope * (dtp + intercept * log_ratio), std::max(b.tp + b.fn, 0.0));
  }
  const auto recall = [](const Point& p) { return ratio(p.tp, p.tp + p.fn); };
  const bool roc = auc.curve == Curve::roc;
  const auto x = [&](const Point& p) { return roc ? ratio(p.fp, p.fp + p.tn) : recall(p); };
  const auto y = [&](const Point& p) { return roc ? recall(p) : ratio(p.tp, p.tp + p.fp); };
  const double left = y(a), right = y(b);
  const double height = auc.summation_method == Summation::interpolation ? (left + right) / 2
                        : auc.summation_method == Summation::minoring    ? std::min(left, right)
                                                                         : std::max(left, right);
  return (x(a) - x(b)) * height;
}

}  // namespace

void AUC::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  const detail::Pair pair = detail::matched("AUC", y_true, y_pred, loc);
  const Shape& shape = pair.y_pred.shape();
  const std::int64_t last = shape.back(), labels = multi_label ? last : 1;
  const bool refused = (multi_label && shape.rank() != 2) || (state.labels > 0 && state.labels != labels) ||
                       (!label_weights.empty() && static_cast<std::int64_t>(label_weights.size()) != last);
  if (refused)
    throw ShapeError("AUC",
                     "needs y_pred [n, labels] where labels have their own curves or weights, as many as before and as "
                     "there are weights; got " +
                         detail::shapes(y_true, y_pred),
                     loc);
  std::optional<detail::Weights> weights;
  if (sample_weight) weights.emplace("AUC", *sample_weight, shape, loc);
  if (state.limits.empty()) {
    state.limits = limits_of(*this, loc);
    state.labels = labels;
    state.positive.assign((state.limits.size() + 1) * static_cast<std::size_t>(labels), 0);
    state.negative = state.positive;
  }
  const std::size_t size = state.limits.size() + 1;
  detail::visit(pair, [&]<class T>(const T* t, const T* p) {
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      double w = weights ? weights->at(i / weights->reach()) : 1;
      if (!multi_label && !label_weights.empty()) w *= label_weights[static_cast<std::size_t>(i % last)];
      T score = from_logits ? 1 / (1 + std::exp(-p[i])) : p[i];
      std::size_t bucket = 0;
      if (score == score) {
        score = std::clamp(score, T(0), T(1));
        const std::size_t guess = static_cast<std::size_t>(score * static_cast<T>(state.limits.size() - 1));
        bucket = exceeded(state.limits, score, guess);
      }
      const std::size_t at = bucket + size * static_cast<std::size_t>(multi_label ? i % last : 0);
      (t[i] != 0 ? state.positive : state.negative)[at] += w;
    }
  });
}

double AUC::value() const {
  if (state.labels == 0) return 0;
  const std::size_t size = state.limits.size() + 1;
  double sum = 0, weight = 0;
  for (std::size_t label = 0; label < static_cast<std::size_t>(state.labels); ++label) {
    const double *positive = state.positive.data() + label * size, *negative = state.negative.data() + label * size;
    double all_positive = 0, all_negative = 0;
    for (std::size_t b = 0; b < size; ++b) {
      all_positive += positive[b];
      all_negative += negative[b];
    }
    // From the highest threshold down: at threshold i positive are the buckets above i.
    double area = 0, tp = 0, fp = 0;
    Point above;
    for (std::size_t i = state.limits.size(); i-- > 0;) {
      tp += positive[i + 1];
      fp += negative[i + 1];
      const Point here{tp, fp, all_negative - fp, all_positive - tp};
      if (i + 1 < state.limits.size()) area += interval(*this, here, above);
      above = here;
    }
    const double w = multi_label && !label_weights.empty() ? label_weights[label] : 1;
    sum += w * area;
    weight += w;
  }
  return ratio(sum, weight);
}

}  // namespace xgrad
