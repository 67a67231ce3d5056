#include "xgrad/train/metric.hpp"

#include <algorithm>

#include "train/metrics/samples.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

void detail::FunctionMetric::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  const NoGrad none;
  // Numbers to compare come in one type, as losses get them; class numbers stay integers.
  const bool convert = is_floating(y_true.dtype()) && is_floating(y_pred.dtype()) && y_true.dtype() != y_pred.dtype();
  const Var wanted(convert ? y_true.astype(y_pred.dtype()) : y_true, loc), given(y_pred, loc);
  const Array values = function(wanted, given).value(loc).astype(DType::float64);
  const double* v = static_cast<const double*>(values.raw());
  if (values.rank() == 0) {
    const Shape samples = y_pred.rank() == 0 ? Shape{} : Shape{y_pred.shape()[0]};
    accumulate(
        name.c_str(), state, samples, sample_weight, [v](std::int64_t) { return v[0]; }, loc);
  } else {
    accumulate(
        name.c_str(), state, values.shape(), sample_weight, [v](std::int64_t i) { return v[i]; }, loc);
  }
}

double detail::mean_of_elements(const Array& a) {
  if (a.size() == 0) return 0;
  const Array numbers = a.astype(DType::float64);
  double sum = 0;
  for (const double v : numbers.span<double>()) sum += v;
  return sum / static_cast<double>(a.size());
}

void make_names_unique(std::vector<Metric>& metrics) {
  const auto taken = [&](const std::string& name, std::size_t before) {
    return std::any_of(metrics.begin(), metrics.begin() + static_cast<std::ptrdiff_t>(before),
                       [&](const Metric& m) { return m.name() == name; });
  };
  for (std::size_t i = 1; i < metrics.size(); ++i) {
    if (!taken(metrics[i].name(), i)) continue;
    int number = 1;
    while (taken(metrics[i].name() + "_" + std::to_string(number), i)) ++number;
    metrics[i] = metrics[i].named(metrics[i].name() + "_" + std::to_string(number));
  }
}

}  // namespace xgrad
