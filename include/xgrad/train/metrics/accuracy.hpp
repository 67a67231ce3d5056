#pragma once
/// \file Accuracies: how many predictions are right.
///
/// y_true and y_pred may differ in rank by one where the longer one ends in an axis of 1: [n] goes with [n, 1]. The
/// largest score is the first of equals, and a NaN counts as the largest. Arrays may be of any type; what needs
/// comparing is compared in y_pred's floating type, as Keras does: a threshold of 0.1 is 0.1f beside float32.

#include <cstdint>
#include <string>

#include "xgrad/core/array.hpp"
#include "xgrad/tape/arg.hpp"
#include "xgrad/train/metric.hpp"

namespace xgrad {

/// @name Right or wrong, per sample
/// 1 for right and 0 for wrong, in y_pred's dtype (float32 where that is no floating type), without a gradient.
/// Source: Keras's functions of the same names. @throws ShapeError
/// @{

/// One of the three below, by the shapes of y_true (t) and y_pred (p) alone:
///
/// | condition | which |
/// |---|---|
/// | p's last extent is 1 | `binary_accuracy` |
/// | t has fewer axes than p, or t's last extent is 1 | `sparse_categorical_accuracy` |
/// | else | `categorical_accuracy` |
///
/// So several independent sigmoid outputs per sample are judged as one choice among them: say `BinaryAccuracy{}` there.
/// p without axes, or [n] against t [n], is binary too (Keras would look for a class axis).
Var accuracy(Arg y_true, Arg y_pred);
/// (p > ½) = t, element by element. @return y_pred's shape, after the ranks were brought together
Var binary_accuracy(Arg y_true, Arg y_pred);
/// The largest of y_true and of y_pred along the last axis stand at the same place. @return the shape without that axis
Var categorical_accuracy(Arg y_true, Arg y_pred);
/// The class number in y_true ([n] or [n, 1]) is the place of the largest score in y_pred ([n, classes]). A number that
/// is no class is a miss. @return y_pred's shape without the last axis
Var sparse_categorical_accuracy(Arg y_true, Arg y_pred);
/// Fewer than 5 scores are larger than that of the true class, the largest in y_true.
Var top_k_categorical_accuracy(Arg y_true, Arg y_pred);
/// The same for class numbers.
Var sparse_top_k_categorical_accuracy(Arg y_true, Arg y_pred);
/// @}

// The structs: the mean of one of these over samples and batches, float64, shape []; 0 before the first update. An axis
// between the samples' and the scores' (time steps) is averaged within the sample. `update` takes weights as in Metric.

/// The mean of y_true = y_pred, element by element and exactly.
struct Accuracy {
  std::string name = "accuracy";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// The mean of (p > threshold) = t, element by element. A prediction that hits the threshold counts as 0.
struct BinaryAccuracy {
  double threshold = 0.5;
  std::string name = "binary_accuracy";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// The mean of `categorical_accuracy`.
struct CategoricalAccuracy {
  std::string name = "categorical_accuracy";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// The mean of `sparse_categorical_accuracy`.
struct SparseCategoricalAccuracy {
  std::string name = "sparse_categorical_accuracy";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// How often fewer than k scores are larger than that of the true class (the largest in y_true): ties with the k-th
/// score are hits. With k classes or fewer everything is a hit; a NaN score of the true class is a miss, and NaN scores
/// of others count as larger. `update` throws ArgError for k < 1.
struct TopKCategoricalAccuracy {
  std::int64_t k = 5;
  std::string name = "top_k_categorical_accuracy";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// The same for class numbers; a number that is no class is a miss.
struct SparseTopKCategoricalAccuracy {
  std::int64_t k = 5;
  std::string name = "sparse_top_k_categorical_accuracy";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

}  // namespace xgrad
