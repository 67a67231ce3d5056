#pragma once
/// \file The running mean behind most metrics.

#include <string>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// A weighted mean that grows value by value: Σ w v / Σ w, in double.
///
/// Values are added one after another in the order of the samples, so that the result does not depend on how they were
/// cut into batches, nor on the number of threads.
struct MeanState {
  double total = 0;
  double count = 0;

  void add(double value, double weight = 1) noexcept {
    total += value * weight;
    count += weight;
  }
  /// The mean so far; 0 where no weight was added.
  double value() const noexcept { return count == 0 ? 0 : total / count; }
  void reset() noexcept { *this = {}; }
};

/// The mean of values over samples and batches.
///
/// A value of more than one axis is first averaged over the axes after the first (per sample). Weights of fewer axes
/// than the values stand at the left: [n] weighs the samples of values [n, t]; the values are averaged down to the
/// weights' axes first. Source: Keras's `metrics.Mean`.
struct Mean {
  std::string name = "mean";
  MeanState state = {};

  /// @param values of any number type; a scalar counts as one sample
  /// @param sample_weight as above, or null: every sample counts once @throws ShapeError
  void update(const Array& values, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64, shape []; 0 before the first update.
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

}  // namespace xgrad
