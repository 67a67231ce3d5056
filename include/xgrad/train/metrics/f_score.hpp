#pragma once
/// \file F scores.

#include <optional>
#include <string>
#include <vector>

#include "xgrad/train/metric.hpp"

namespace xgrad {

/// How the scores of several classes become one: not at all; from the counts of all classes together; their mean; their
/// mean weighted by how often each class occurs.
enum class Average { none, micro, macro, weighted };

/// True positives, false positives, false negatives and positives of each class, by weight.
struct ClassCounts {
  struct Class {
    double true_positives = 0, false_positives = 0, false_negatives = 0, positives = 0;
  };
  std::vector<Class> classes = {};
};

namespace detail {
void count_classes(const char* op, ClassCounts& counts, std::optional<double> threshold, const Array& y_true,
                   const Array& y_pred, const Array* sample_weight, Loc loc);
Array f_score(const ClassCounts& counts, Average average, double beta);
void check_beta(double beta, Loc loc);
}  // namespace detail

/// The F_β score, (1 + β²) P R / (β² P + R + ε) with precision P = TP / (TP + FP + ε), recall R = TP / (TP + FN + ε),
/// ε = 1e-7.
///
/// Predicted positive is what is greater than the threshold; without one, what equals the largest of its row and is not
/// 0 (so that several may be, where there are ties).
struct FBetaScore {
  Average average = Average::none;
  double beta = 1;
  std::optional<double> threshold = {};
  std::string name = "fbeta_score";
  ClassCounts state = {};
  static constexpr Direction direction = Direction::up;

  /// @param y_true,y_pred [n, classes] @param sample_weight [n]
  /// @throws ShapeError; ArgError unless β > 0 and 0 < threshold ≤ 1
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr,
              Loc loc = Loc::current()) {
    detail::check_beta(beta, loc);
    detail::count_classes("FBetaScore", state, threshold, y_true, y_pred, sample_weight, loc);
  }
  /// float64, [classes] without average, else shape []; before the first update [0], else 0.
  Array result() const { return detail::f_score(state, average, beta); }
  void reset() noexcept { state.classes.clear(); }
};

/// The F₁ score, the harmonic mean of precision and recall: FBetaScore with β = 1.
struct F1Score {
  Average average = Average::none;
  std::optional<double> threshold = {};
  std::string name = "f1_score";
  ClassCounts state = {};
  static constexpr Direction direction = Direction::up;

  /// @param y_true,y_pred [n, classes] @param sample_weight [n] @throws ShapeError; ArgError unless 0 < threshold ≤ 1
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr,
              Loc loc = Loc::current()) {
    detail::count_classes("F1Score", state, threshold, y_true, y_pred, sample_weight, loc);
  }
  /// float64, [classes] without average, else shape []; before the first update [0], else 0.
  Array result() const { return detail::f_score(state, average, 1); }
  void reset() noexcept { state.classes.clear(); }
};

}  // namespace xgrad
