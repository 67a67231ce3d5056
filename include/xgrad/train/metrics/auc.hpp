#pragma once
/// \file The area under a curve of all thresholds.

#include <cstdint>
#include <string>
#include <vector>

#include "xgrad/train/metric.hpp"

namespace xgrad {

/// Receiver operating characteristic (true over false positive rate), or precision over recall.
enum class Curve { roc, pr };
/// Heights between two thresholds: their mean (on the PR curve, Davis and Goadrich's), the lower one, the higher one.
enum class Summation { interpolation, minoring, majoring };

/// The area under the curve that all thresholds give, from counts at `num_thresholds` of them: −1e-7, evenly spaced
/// ones within (0, 1), 1 + 1e-7; or, where `thresholds` are given, these between the two.
///
/// A prediction is positive where it is greater than the threshold, in its own type. What lies outside [0, 1] counts as
/// 0 or 1, a NaN as never positive. With `multi_label` y_pred is [n, labels], each label has its curve, and the areas
/// are averaged, weighted by `label_weights` if there are any; without it, these weigh the entries of the last axis. 0
/// / 0 is 0: with one class absent the area under ROC is 0. Source: Davis and Goadrich 2006, "The relationship between
/// precision-recall and ROC curves"; Keras's form.
struct AUC {
  std::int64_t num_thresholds = 200;
  Curve curve = Curve::roc;
  Summation summation_method = Summation::interpolation;
  std::vector<double> thresholds = {};
  bool multi_label = false;
  std::vector<double> label_weights = {};
  bool from_logits = false;  ///< y_pred goes through a sigmoid first
  std::string name = "auc";
  static constexpr Direction direction = Direction::up;

  /// For each label, the weight of positive and of negative entries by the number of thresholds they exceed.
  struct Counts {
    std::vector<double> limits = {}, positive = {}, negative = {};
    std::int64_t labels = 0;
  };
  Counts state = {};

  /// @throws ShapeError; ArgError for fewer than 2 thresholds or one outside [0, 1]
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64, shape []; 0 before the first update.
  Array result() const { return Array::scalar(value()); }
  double value() const;
  void reset() noexcept { state = {}; }
};

}  // namespace xgrad
