#pragma once

// How a name or a function becomes a metric.

#include <cstdint>
#include <optional>
#include <string>

#include "xgrad/train/metric.hpp"

namespace xgrad::detail {

enum class AccuracyKind : std::uint8_t { binary, sparse, categorical };
AccuracyKind accuracy_kind(const Shape& y_true, const Shape& y_pred) noexcept;

/// The metric "accuracy": which one it is shows at the first batch, and stays so until a reset.
struct ShapedAccuracy {
  std::string name = "accuracy";
  std::optional<AccuracyKind> kind = {};
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept {
    state.reset();
    kind.reset();
  }
};

/// The mean over a sample's elements of some function of what was wanted and what came: errors that are simple enough
/// to be taken from memory, without ops.
struct ElementError {
  enum class Kind : std::uint8_t { squared, absolute, percentage, squared_logarithmic };
  Kind kind = Kind::squared;
  std::string name = "metric";
  MeanState state = {};
  static constexpr Direction direction = Direction::down;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// A loss as a metric: the values of its samples.
struct LossValues {
  Loss loss;
  Var operator()(const Var& y_true, const Var& y_pred) const { return loss.per_sample(y_true, y_pred); }
};

}  // namespace xgrad::detail
