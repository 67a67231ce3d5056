#pragma once
// Figures and a histogram of an array's finite elements.

#include <algorithm>
#include <cmath>

#include "xgrad/view/histogram.hpp"

namespace xgrad::view {

/// A histogram, and the power of two by which it was computed: elements are scaled by it, so that squares and
/// differences of the largest numbers stay finite.
struct Figures : Histogram {
  double scale = 1, unscale = 1;
};

template <class T>
Figures figures_of(const T* x, std::int64_t n, std::size_t bins) {
  Figures f;
  f.counts.resize(bins);
  double lowest = INFINITY, highest = -INFINITY;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto v = static_cast<double>(x[i]);
    if (std::isfinite(v)) {
      ++f.finite;
      f.zeros += v == 0;
      lowest = std::min(lowest, v);
      highest = std::max(highest, v);
    } else {
      ++(std::isnan(v) ? f.nan : f.inf);
    }
  }
  if (f.finite == 0) return f;
  const double largest = std::max(std::abs(lowest), std::abs(highest));
  const int exponent = std::clamp(std::ilogb(largest == 0 ? 1.0 : largest), -1000, 1000);
  f.scale = std::ldexp(1.0, -exponent);
  f.unscale = std::ldexp(1.0, exponent);
  double sum = 0, squares = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]) * f.scale;
    if (!std::isfinite(v)) continue;
    sum += v;
    squares += v * v;
  }
  const double count = static_cast<double>(f.finite), mean = sum / count;
  const double from = lowest * f.scale, width = (highest * f.scale - from) / static_cast<double>(bins);
  double deviation = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]) * f.scale;
    if (!std::isfinite(v)) continue;
    deviation += (v - mean) * (v - mean);
    ++f.counts[width > 0 ? std::min(static_cast<std::size_t>((v - from) / width), bins - 1) : 0];
  }
  f.lowest = lowest;
  f.highest = highest;
  f.mean = mean * f.unscale;
  f.stddev = std::sqrt(deviation / count) * f.unscale;
  f.norm = std::sqrt(squares) * f.unscale;
  return f;
}

}  // namespace xgrad::view
