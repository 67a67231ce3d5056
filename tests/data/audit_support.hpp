#pragma once
// Made data sets for audit: drawn from a seed, cut in parts, scaled honestly or not.

#include <algorithm>
#include <cmath>
#include <random>

#include "xgrad/data/audit.hpp"

namespace audit_support {

using namespace xgrad;

/// A column for each feature, so that it is easily scaled.
struct Table {
  std::vector<std::vector<double>> columns;
  std::vector<std::int64_t> labels;
  std::size_t rows() const { return labels.size(); }
  /// Rows begin … end − 1.
  AuditData part(std::size_t begin, std::size_t end, DType dtype = DType::float64) const {
    const auto n = static_cast<std::int64_t>(end - begin), width = static_cast<std::int64_t>(columns.size());
    std::vector<double> x;
    for (std::size_t i = begin; i < end; ++i)
      for (const auto& c : columns) x.push_back(c[i]);
    return {Array::from(std::span<const double>(x), {n, width}).astype(dtype),
            Array::from(std::span<const std::int64_t>(labels).subspan(begin, end - begin), {n})};
  }
};

/// Features of many kinds: normal at several means and spreads, heavy tails, whole numbers, few values, two values.
inline Table made(std::uint64_t seed, std::size_t rows, bool continuous = false) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform(0, 1);
  Table t;
  t.columns.resize(continuous ? 5 : 8);
  for (std::size_t i = 0; i < rows; ++i) {
    const double shared = normal(random);
    t.columns[0].push_back(3 + 2 * shared);
    t.columns[1].push_back(-20 + shared + normal(random));
    t.columns[2].push_back(std::exp(normal(random)));
    t.columns[3].push_back(normal(random) / std::max(0.02, uniform(random)));  // heavy tails
    t.columns[4].push_back(10 * uniform(random));
    t.labels.push_back(static_cast<std::int64_t>(3 * uniform(random)));
    if (continuous) continue;
    t.columns[5].push_back(std::floor(24 * uniform(random)));
    t.columns[6].push_back(std::floor(100 * uniform(random) * uniform(random)));
    t.columns[7].push_back(uniform(random) < 0.3 ? 1 : 0);
  }
  return t;
}

struct MeanAndDeviation {
  double mean, deviation;
};
/// Over rows begin … end − 1; summed in float or double as `T` says.
template <class T = double>
MeanAndDeviation statistics(const std::vector<double>& c, std::size_t begin, std::size_t end, bool sample = false) {
  T sum = 0, squares = 0;
  for (std::size_t i = begin; i < end; ++i) sum += static_cast<T>(c[i]);
  const T mean = sum / static_cast<T>(end - begin);
  for (std::size_t i = begin; i < end; ++i) squares += (static_cast<T>(c[i]) - mean) * (static_cast<T>(c[i]) - mean);
  return {static_cast<double>(mean),
          std::sqrt(static_cast<double>(squares) / static_cast<double>(end - begin - sample))};
}

/// Rows begin … end − 1 by the statistics of rows from … to − 1.
inline void standardize(std::vector<double>& c, std::size_t begin, std::size_t end, std::size_t from, std::size_t to,
                        bool sample = false) {
  const auto [mean, deviation] = statistics(c, from, to, sample);
  for (std::size_t i = begin; i < end; ++i) c[i] = (c[i] - mean) / deviation;
}

/// Rows begin … end − 1 to [low, 1] by the minimum and maximum of rows from … to − 1.
inline void bring_to_range(std::vector<double>& c, std::size_t begin, std::size_t end, std::size_t from, std::size_t to,
                           double low = 0) {
  const auto at = [&](std::size_t i) { return c.begin() + static_cast<std::ptrdiff_t>(i); };
  const double least = *std::min_element(at(from), at(to)), most = *std::max_element(at(from), at(to));
  for (std::size_t i = begin; i < end; ++i) c[i] = low + (1 - low) * ((c[i] - least) / (most - least));
}

}  // namespace audit_support
