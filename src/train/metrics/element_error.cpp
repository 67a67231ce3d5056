#include <algorithm>
#include <cmath>

#include "resolve.hpp"
#include "samples.hpp"

namespace xgrad::detail {

namespace {
constexpr double kEpsilon = 1e-7;

template <ElementError::Kind kind>
double error(double t, double p) {
  using enum ElementError::Kind;
  const double gap = t - p;
  if constexpr (kind == squared) {
    return gap * gap;
  } else if constexpr (kind == absolute) {
    return std::abs(gap);
  } else if constexpr (kind == percentage) {
    return 100 * std::abs(gap) / std::max(std::abs(t), kEpsilon);
  } else {
    const double logs = std::log1p(std::max(p, kEpsilon)) - std::log1p(std::max(t, kEpsilon));
    return logs * logs;
  }
}

template <ElementError::Kind kind>
void add(const std::string& name, MeanState& state, const Pair& pair, const Array* weights, Loc loc) {
  const Shape& shape = pair.y_pred.shape();
  Shape samples = shape;
  if (shape.rank() > 0) samples.erase(shape.rank() - 1);
  const std::int64_t n = shape.back();
  visit(pair, [&](auto* t, auto* p) {
    const auto mean = [=](std::int64_t i) {
      // Four sums at a time: one alone would wait for each addition.
      double sums[4] = {};
      std::int64_t j = i * n;
      const std::int64_t end = j + n;
      for (; j + 4 <= end; j += 4)
        for (int lane = 0; lane < 4; ++lane) sums[lane] += error<kind>(t[j + lane], p[j + lane]);
      for (; j < end; ++j) sums[0] += error<kind>(t[j], p[j]);
      return ((sums[0] + sums[1]) + (sums[2] + sums[3])) / static_cast<double>(n);
    };
    accumulate(name.c_str(), state, samples, weights, mean, loc);
  });
}
}  // namespace

void ElementError::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  const Pair pair = matched(name.c_str(), y_true, y_pred, loc);
  // A vector has one sample per element.
  Pair columns = pair;
  if (pair.y_pred.rank() == 1) {
    const Shape column{pair.y_pred.size(), 1};
    columns = {pair.y_true.reshape(column), pair.y_pred.reshape(column)};
  }
  using enum Kind;
  switch (kind) {
    case squared:
      return add<squared>(name, state, columns, sample_weight, loc);
    case absolute:
      return add<absolute>(name, state, columns, sample_weight, loc);
    case percentage:
      return add<percentage>(name, state, columns, sample_weight, loc);
    case squared_logarithmic:
      return add<squared_logarithmic>(name, state, columns, sample_weight, loc);
  }
}

}  // namespace xgrad::detail
