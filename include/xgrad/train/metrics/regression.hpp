#pragma once
/// \file Metrics of regressions. (The mean errors are losses: any loss is a metric too.)

#include <cstdint>
#include <string>
#include <vector>

#include "xgrad/train/metric.hpp"

namespace xgrad {

/// √(Σ w (t − p)² / Σ w) over all samples so far: the root is taken last.
struct RootMeanSquaredError {
  std::string name = "root_mean_squared_error";
  MeanState state = {};
  static constexpr Direction direction = Direction::down;

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64, shape []; 0 before the first update.
  Array result() const { return Array::scalar(value()); }
  double value() const;
  void reset() noexcept { state.reset(); }
};

/// The mean of Σ t̂ p̂ along an axis, x̂ = x / max(‖x‖₂, 1e-7): 1 for the same direction, 0 beside a zero vector. The
/// loss `CosineSimilarity` is its negative.
struct CosineSimilarityMetric {
  int axis = -1;
  std::string name = "cosine_similarity";
  MeanState state = {};
  static constexpr Direction direction = Direction::up;

  /// @throws ShapeError, IndexError for an axis out of range
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64, shape []; 0 before the first update.
  Array result() const { return Array::scalar(value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

/// How the scores of several outputs become one.
enum class R2Aggregation { none, uniform_average, variance_weighted_average };

/// The coefficient of determination, 1 − Σ w (t − p)² / Σ w (t − t̄)² for each output, t̄ the weighted mean of t.
///
/// Where all t are equal the score is 1 if every p is that number too, else 0 (Keras: NaN, or 0 up to rounding).
/// With `num_regressors` p > 0 the score is adjusted, 1 − (1 − R²)(n − 1)/(n − p − 1), if n > p + 1 samples have come.
struct R2Score {
  R2Aggregation class_aggregation = R2Aggregation::uniform_average;
  std::int64_t num_regressors = 0;
  std::string name = "r2_score";
  static constexpr Direction direction = Direction::up;

  /// Running moments of one output.
  struct Output {
    double weight = 0, mean = 0, squares = 0, residual = 0;
  };
  std::vector<Output> outputs = {};
  std::int64_t samples = 0;

  /// @param y_true,y_pred [n, outputs] or [n] @throws ShapeError for others, or another number of outputs than before
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr, Loc loc = Loc::current());
  /// float64, shape [], or [outputs] without aggregation; 0 before the first update.
  Array result() const;
  void reset() noexcept {
    outputs.clear();
    samples = 0;
  }
};

}  // namespace xgrad
