#pragma once

// What the metrics share: bringing two arrays together, and adding values per sample to a running mean.

#include <span>
#include <string>

#include "xgrad/core/array.hpp"
#include "xgrad/train/metrics/mean.hpp"

namespace xgrad::detail {

/// Two arrays of one shape and one type, float32 or float64.
struct Pair {
  Array y_true, y_pred;
};

/// Ranks that differ by one are brought together where the longer shape ends in 1, as losses do: [n] and [n, 1] become
/// [n, 1] both; else the longer one loses its last axis.
void match_ranks(Array& a, Array& b);

/// y_true and y_pred with their ranks matched, in y_pred's type (float64 where that is none). @throws ShapeError where
/// the shapes still differ
Pair matched(const char* op, const Array& y_true, const Array& y_pred, Loc loc);

/// "float32[2] and float32[3]", for messages.
std::string shapes(const Array& y_true, const Array& y_pred);

/// Calls f(const T* y_true, const T* y_pred) with the pair's type.
template <class F>
decltype(auto) visit(const Pair& pair, F&& f) {
  if (pair.y_pred.dtype() == DType::float32)
    return f(static_cast<const float*>(pair.y_true.raw()), static_cast<const float*>(pair.y_pred.raw()));
  return f(static_cast<const double*>(pair.y_true.raw()), static_cast<const double*>(pair.y_pred.raw()));
}

/// Sample weights, laid beside values of some shape: the axes of the weights are the first ones of the values'.
class Weights {
 public:
  /// @throws ShapeError where the weights have more axes than the values, or other extents (1 goes with any)
  Weights(const char* op, const Array& weights, const Shape& values, Loc loc);

  /// How many axes the weights have.
  int rank() const noexcept { return shape_.rank(); }
  /// The weight that belongs to element `i` of the first `rank()` axes of the values.
  double at(std::int64_t i) const noexcept {
    if (plain_) return data_[i];
    std::int64_t from = 0;
    for (int axis = rank() - 1; axis >= 0; --axis) {
      from += i % shape_[axis] * strides_[axis];
      i /= shape_[axis];
    }
    return data_[from];
  }
  /// Over how many further elements of the values each weight extends.
  std::int64_t reach() const noexcept { return reach_; }

 private:
  Array held_;
  const double* data_ = nullptr;
  Shape shape_;    // the first axes of the values
  Shape strides_;  // 0 along the axes where the weights have one element for all
  std::int64_t reach_ = 1;
  bool plain_ = true;
};

/// Adds values of a shape to a mean, sample by sample. @param value gives the i-th in row-major order, as a double
template <class Value>
void accumulate(const char* op, MeanState& state, const Shape& shape, const Array* sample_weight, Value value,
                Loc loc) {
  // No axes: one sample.
  const std::int64_t samples = shape.rank() == 0 ? 1 : shape[0];
  if (!sample_weight) {
    if (samples == 0) return;
    const std::int64_t inner = shape.size() / samples;
    if (inner == 1) {
      for (std::int64_t i = 0; i < samples; ++i) state.add(value(i));
      return;
    }
    for (std::int64_t i = 0, at = 0; i < samples; ++i) {
      double sum = 0;
      for (std::int64_t j = 0; j < inner; ++j, ++at) sum += value(at);
      state.add(sum / static_cast<double>(inner));
    }
    return;
  }
  const Weights weights(op, *sample_weight, shape, loc);
  if (shape.size() == 0) return;
  const std::int64_t rows = weights.rank() == 0 ? 1 : samples;
  const std::int64_t reach = weights.reach(), inner = shape.size() / rows / reach;
  for (std::int64_t i = 0, at = 0, w = 0; i < rows; ++i) {
    double sum = 0, weight = 0;
    for (std::int64_t j = 0; j < inner; ++j, ++w) {
      double mean = 0;
      for (std::int64_t k = 0; k < reach; ++k, ++at) mean += value(at);
      const double here = weights.at(w);
      sum += mean / static_cast<double>(reach) * here;
      weight += here;
    }
    state.total += sum / static_cast<double>(inner);
    state.count += weight / static_cast<double>(inner);
  }
}

}  // namespace xgrad::detail
