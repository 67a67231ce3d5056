#include "xgrad/train/metric.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "core/near.hpp"
#include "train/metrics/samples.hpp"
#include "xgrad/nn/loss.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/train/metrics/accuracy.hpp"

namespace xgrad {

namespace {

/// The mean of a loss over samples; a cosine's sign is turned, since as a metric it rises.
struct LossMetric {
  Loss loss;
  std::string name;
  Direction direction = Direction::down;
  MeanState state = {};

  void update(const Array& y_true, const Array& y_pred, const Array* weight = nullptr, Loc loc = Loc::current()) {
    const NoGrad off;
    Var losses = loss.per_sample(y_true, y_pred, loc);
    if (direction == Direction::up) losses = -losses;
    const Array values = losses.value().astype(DType::float64);
    const double* v = static_cast<const double*>(values.raw());
    detail::accumulate(
        name.c_str(), state, values.shape(), weight, [v](std::int64_t i) { return v[i]; }, loc);
  }
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

struct Named {
  std::string_view name;
  Metric (*make)();
};
// The structs of train/metrics/, and accuracy's short name; every loss besides.
const std::array metrics{
    Named{"accuracy", [] { return Metric(detail::AutoAccuracy{}); }},
    Named{"acc", [] { return Metric(detail::AutoAccuracy{}); }},
    Named{"binary_accuracy", [] { return Metric(BinaryAccuracy{}); }},
    Named{"categorical_accuracy", [] { return Metric(CategoricalAccuracy{}); }},
    Named{"sparse_categorical_accuracy", [] { return Metric(SparseCategoricalAccuracy{}); }},
    Named{"top_k_categorical_accuracy", [] { return Metric(TopKCategoricalAccuracy{}); }},
    Named{"sparse_top_k_categorical_accuracy", [] { return Metric(SparseTopKCategoricalAccuracy{}); }},
};
constexpr std::array<std::string_view, 18> losses{"mean_squared_error",
                                                  "mean_absolute_error",
                                                  "mean_absolute_percentage_error",
                                                  "mean_squared_logarithmic_error",
                                                  "huber",
                                                  "log_cosh",
                                                  "binary_crossentropy",
                                                  "categorical_crossentropy",
                                                  "sparse_categorical_crossentropy",
                                                  "binary_focal_crossentropy",
                                                  "categorical_focal_crossentropy",
                                                  "kl_divergence",
                                                  "poisson",
                                                  "hinge",
                                                  "squared_hinge",
                                                  "categorical_hinge",
                                                  "cosine_similarity",
                                                  "crossentropy"};

Metric of_loss(Loss loss, std::string name) {
  const Direction direction = loss.name() == "cosine_similarity" ? Direction::up : Direction::down;
  return LossMetric{std::move(loss), std::move(name), direction};
}

}  // namespace

Metric::Metric(const std::string& name, Loc loc) {
  const std::string wanted = detail::folded(name);
  for (const Named& m : metrics)
    if (detail::folded(m.name) == wanted) {
      *this = m.make().named(name);
      return;
    }
  try {
    *this = of_loss(Loss(name, loc), name);
  } catch (const ArgError&) {
    std::vector<std::string_view> known;
    for (const Named& m : metrics) known.push_back(m.name);
    known.insert(known.end(), losses.begin(), losses.end());
    throw ArgError("metric", "needs the name of a metric; got '" + name + "'" + detail::near_matches(name, known), loc);
  }
}

Metric::Metric(Var (*function)(Arg, Arg)) {
  using Function = Var (*)(Arg, Arg);
  static const std::array<std::pair<Function, Metric (*)()>, 6> own{{
      {accuracy, [] { return Metric(detail::AutoAccuracy{}); }},
      {binary_accuracy, [] { return Metric(BinaryAccuracy{}); }},
      {categorical_accuracy, [] { return Metric(CategoricalAccuracy{}); }},
      {sparse_categorical_accuracy, [] { return Metric(SparseCategoricalAccuracy{}); }},
      {top_k_categorical_accuracy, [] { return Metric(TopKCategoricalAccuracy{}); }},
      {sparse_top_k_categorical_accuracy, [] { return Metric(SparseTopKCategoricalAccuracy{}); }},
  }};
  for (const auto& [f, make] : own)
    if (f == function) {
      *this = make();
      return;
    }
  Loss loss(function);
  if (std::find(losses.begin(), losses.end(), loss.name()) != losses.end()) {
    const std::string name = loss.name();
    *this = of_loss(std::move(loss), name);
  } else {
    *this = detail::FunctionMetric{.function = [function](const Var& t, const Var& p) { return function(t, p); }};
  }
}

void detail::FunctionMetric::update(const Array& y_true, const Array& y_pred, const Array* weight, Loc loc) {
  const NoGrad off;
  const Array values = function(y_true, y_pred).value().astype(DType::float64);
  const double* v = static_cast<const double*>(values.raw());
  if (values.rank() > 0 || y_pred.rank() == 0)
    return accumulate(
        name.c_str(), state, values.shape(), weight, [v](std::int64_t i) { return v[i]; }, loc);
  // One number for the whole batch counts once a sample.
  accumulate(
      name.c_str(), state, {y_pred.shape()[0]}, weight, [v](std::int64_t) { return v[0]; }, loc);
}

double detail::mean_of_elements(const Array& a) {
  const Array values = a.astype(DType::float64);
  double sum = 0;
  for (double v : values.span<double>()) sum += v;
  return values.size() == 0 ? 0 : sum / static_cast<double>(values.size());
}

void make_names_unique(std::vector<Metric>& all) {
  std::map<std::string, int> seen;
  for (Metric& m : all) {
    const int before = seen[m.name()]++;
    if (before > 0) m = m.named(m.name() + "_" + std::to_string(before));
  }
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names(losses.begin(), losses.end());
  for (const Named& m : metrics)
    if (m.name != "acc") names.emplace_back(m.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace xgrad
