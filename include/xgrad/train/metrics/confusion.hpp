#pragma once
/// \file Metrics that count true and false predictions.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "xgrad/train/metric.hpp"

namespace xgrad {

/// The four counts, weighted, for each threshold.
struct ConfusionCounts {
  std::vector<double> true_positives = {}, false_positives = {}, true_negatives = {}, false_negatives = {};
  std::vector<std::int64_t> order = {};  ///< scratch

  void reset() noexcept;
};

namespace detail {
/// Adds a batch. @param otherwise the threshold where none is given
void count(const char* op, ConfusionCounts& counts, const std::vector<double>& thresholds, std::int64_t top_k,
           std::optional<std::int64_t> class_id, const Array& y_true, const Array& y_pred, const Array* sample_weight,
           Loc loc);
/// A scalar for one number (or none), else a vector.
Array scalar_or_vector(const std::vector<double>& numbers);
/// a / (a + b), and 0 for 0 / 0.
std::vector<double> rates(const std::vector<double>& a, const std::vector<double>& b);
}  // namespace detail

/// Which of the four counts.
enum class Outcome { true_positives, false_positives, true_negatives, false_negatives };

/// How many entries of y_pred have this outcome, by weight: an entry is predicted positive where it is greater than the
/// threshold, in its own type, and is positive where y_true is not 0.
///
/// `thresholds`, all within [0, 1], are ½ where none is given; several give as many results.
template <Outcome outcome>
struct OutcomeCount {
  static constexpr const char* names[] = {"true_positives", "false_positives", "true_negatives", "false_negatives"};

  std::vector<double> thresholds = {};
  std::string name = names[static_cast<int>(outcome)];
  ConfusionCounts state = {};

  /// @throws ShapeError, ArgError for a threshold outside [0, 1]
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr,
              Loc loc = Loc::current()) {
    detail::count(name.c_str(), state, thresholds, 0, {}, y_true, y_pred, sample_weight, loc);
  }
  /// float64, shape [], or [thresholds] for several; 0 before the first update.
  Array result() const {
    constexpr std::vector<double> ConfusionCounts::*which[] = {
        &ConfusionCounts::true_positives, &ConfusionCounts::false_positives, &ConfusionCounts::true_negatives,
        &ConfusionCounts::false_negatives};
    return detail::scalar_or_vector(state.*which[static_cast<int>(outcome)]);
  }
  void reset() noexcept { state.reset(); }
};
/// Positive and predicted so.
using TruePositives = OutcomeCount<Outcome::true_positives>;
/// Negative and predicted positive.
using FalsePositives = OutcomeCount<Outcome::false_positives>;
/// Negative and predicted so.
using TrueNegatives = OutcomeCount<Outcome::true_negatives>;
/// Positive and predicted negative.
using FalseNegatives = OutcomeCount<Outcome::false_negatives>;

/// TP / (TP + FP): how many of those predicted positive are so; 0 where nothing was predicted positive.
///
/// Thresholds as in OutcomeCount. With `top_k` only the k largest entries along the last axis (the first of equals) can
/// be predicted positive, and without thresholds they all are. With `class_id` one entry of the last axis alone counts,
/// chosen after top_k.
struct Precision {
  std::vector<double> thresholds = {};
  std::int64_t top_k = 0;  ///< 0: all
  std::optional<std::int64_t> class_id = {};
  std::string name = "precision";
  ConfusionCounts state = {};
  static constexpr Direction direction = Direction::up;

  /// @throws ShapeError, ArgError for a threshold outside [0, 1] or a negative top_k, IndexError for the class
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr,
              Loc loc = Loc::current()) {
    detail::count("Precision", state, thresholds, top_k, class_id, y_true, y_pred, sample_weight, loc);
  }
  /// float64, shape [], or [thresholds] for several; 0 before the first update.
  Array result() const { return detail::scalar_or_vector(detail::rates(state.true_positives, state.false_positives)); }
  void reset() noexcept { state.reset(); }
};

/// TP / (TP + FN): how many of the positive are predicted so; 0 where there was none. Else as Precision.
struct Recall {
  std::vector<double> thresholds = {};
  std::int64_t top_k = 0;  ///< 0: all
  std::optional<std::int64_t> class_id = {};
  std::string name = "recall";
  ConfusionCounts state = {};
  static constexpr Direction direction = Direction::up;

  /// @throws ShapeError, ArgError for a threshold outside [0, 1] or a negative top_k, IndexError for the class
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr,
              Loc loc = Loc::current()) {
    detail::count("Recall", state, thresholds, top_k, class_id, y_true, y_pred, sample_weight, loc);
  }
  /// float64, shape [], or [thresholds] for several; 0 before the first update.
  Array result() const { return detail::scalar_or_vector(detail::rates(state.true_positives, state.false_negatives)); }
  void reset() noexcept { state.reset(); }
};

/// How often each class was taken for each: result[i, j] is the weight of samples of class i predicted as class j.
///
/// y_pred holds scores [n, classes], of which the first largest is the prediction; or, [n] or [n, 1], the probability
/// of class 1 of two (positive where > ½), or class numbers where its type is an integer. y_true holds class numbers
/// or, in y_pred's shape, one-hot rows.
struct ConfusionMatrix {
  std::int64_t num_classes = 0;  ///< 0: as many as y_pred has scores, or 2
  std::string name = "confusion_matrix";
  std::vector<double> counts = {};
  std::int64_t classes = 0;  ///< in use

  /// @throws ShapeError; IndexError for a class out of range
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64 [classes, classes]; before the first update zeros, [0, 0] where num_classes is 0.
  Array result() const;
  /// The accuracy: the share of the diagonal.
  double value() const noexcept;
  void reset() noexcept {
    counts.clear();
    classes = 0;
  }
};

}  // namespace xgrad
