#pragma once
/// \file Losses between numbers: squared, absolute, relative and logarithmic errors, Huber, log-cosh, cosine.
///
/// A loss comes in two forms. The function takes (y_true, y_pred) and gives one value a sample: the last axis is
/// reduced, in graph ops, so that gradients of every order follow. The class is what a `Loss` is made of: the same with
/// its options and a reduction.
///
/// Everywhere t = y_true and p = y_pred, Σ and mean run over the last axis, and ε = 10⁻⁷. y_true has y_pred's shape or
/// is a number; where one has a last axis of extent 1 that the other lacks, it is given or taken (so labels [n] go with
/// predictions [n, 1], and nothing is broadcast to [n, n]). y_true may be of any type and is converted to y_pred's; it
/// may carry a gradient. y_pred is float32 or float64, of at least one axis; the result has its type.
///
/// @throws ShapeError, DTypeError naming the loss, what it needs and what it got

#include "xgrad/nn/losses/reduction.hpp"
#include "xgrad/tape/arg.hpp"

namespace xgrad {

/// mean (t − p)². Gradient: p̄ = 2 ȳ (p − t) / n.
Var mean_squared_error(Arg y_true, Arg y_pred);

/// mean |t − p|. Gradient: p̄ = ȳ sign(p − t) / n, 0 where they are equal.
Var mean_absolute_error(Arg y_true, Arg y_pred);

/// 100 mean |t − p| / max(|t|, ε): per cent of the truth. Where the truth is 0 it is huge: look at another loss then.
Var mean_absolute_percentage_error(Arg y_true, Arg y_pred);

/// mean (log(1 + max(p, ε)) − log(1 + max(t, ε)))². No gradient flows where p < ε.
Var mean_squared_logarithmic_error(Arg y_true, Arg y_pred);

/// Options of `huber`.
struct HuberOptions {
  double delta = 1;  ///< where the square turns into a line; above 0
};
/// mean of ½ e² where |e| ≤ δ, else δ |e| − ½ δ², with e = p − t: far errors count linearly.
/// @throws ArgError unless δ > 0
/// Source: Huber 1964, "Robust estimation of a location parameter".
Var huber(Arg y_true, Arg y_pred);
Var huber(Arg y_true, Arg y_pred, HuberOptions options);

/// mean log cosh(p − t), as e + softplus(−2e) − log 2, which does not overflow. Gradient: p̄ = ȳ tanh(p − t) / n.
Var log_cosh(Arg y_true, Arg y_pred);

/// Options of `cosine_similarity`.
struct CosineOptions {
  int axis = -1;  ///< along which the vectors lie; negative ones count from the end
};
/// −Σ t̂ p̂ with x̂ = x / √max(Σ x², ε²): −1 for vectors of one direction, 1 for opposite ones, 0 for a zero vector.
/// @throws IndexError for an axis out of range
Var cosine_similarity(Arg y_true, Arg y_pred);
Var cosine_similarity(Arg y_true, Arg y_pred, CosineOptions options);

/// `mean_squared_error` as the class form of a Loss.
struct MeanSquaredError {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "mean_squared_error";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `mean_absolute_error` as the class form of a Loss.
struct MeanAbsoluteError {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "mean_absolute_error";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `mean_absolute_percentage_error` as the class form of a Loss.
struct MeanAbsolutePercentageError {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "mean_absolute_percentage_error";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `mean_squared_logarithmic_error` as the class form of a Loss.
struct MeanSquaredLogarithmicError {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "mean_squared_logarithmic_error";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `huber` as the class form of a Loss.
struct Huber {
  double delta = 1;
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "huber_loss";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `log_cosh` as the class form of a Loss.
struct LogCosh {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "log_cosh";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `cosine_similarity` as the class form of a Loss.
struct CosineSimilarity {
  int axis = -1;
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "cosine_similarity";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};

}  // namespace xgrad
