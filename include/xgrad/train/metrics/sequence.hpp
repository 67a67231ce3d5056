#pragma once
/// \file How wrong sequences of labels are.

#include <cstdint>
#include <string>

#include "xgrad/train/metric.hpp"

namespace xgrad {

/// The label error rate of a network that is trained with CTC: Σ w d / Σ w |labels|, where d is the edit distance from
/// the labels that `ctc_greedy_decode` reads to the true ones. 0.02 is two errors in a hundred labels; the rate may
/// exceed 1. It is that of all samples together, however they are cut into batches; where there are errors but no true
/// label at all it is +∞.
///
/// In `compile` "label_error_rate"; its blank is 0 unless told, as that of the loss `CTC`.
struct LabelErrorRate {
  std::int64_t blank = 0;  ///< negative: counted from the last class
  std::string name = "label_error_rate";
  double errors = 0, labels = 0;  ///< by weight, so far
  static constexpr Direction direction = Direction::down;

  /// @param y_true rows of labels and padding, as the loss `ctc` takes them, [n, width]
  /// @param y_pred logits [n, frames, classes], of which every frame counts @param sample_weight [n]
  /// @throws ShapeError; DTypeError; IndexError for a label that is no class; ArgError for one that is not whole or
  /// stands after padding, and for a blank that is no class
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64, shape []; 0 before the first update.
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept;
  void reset() noexcept { errors = labels = 0; }
};

}  // namespace xgrad
