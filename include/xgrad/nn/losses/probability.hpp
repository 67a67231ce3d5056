#pragma once
/// \file Losses between probabilities: cross-entropies, focal losses, Kullback-Leibler divergence, Poisson. Forms,
/// arguments and errors are those of nn/losses/regression.hpp.
///
/// From probabilities the cross-entropies clip to [ε, 1 − ε], so that a loss stays finite; where a prediction is
/// clipped, no gradient flows. From logits nothing is clipped and the gradient never dies. So a y_pred that is the
/// result of a `sigmoid` (binary losses) or of a `softmax` over its last axis (categorical ones) is recognised where
/// its logits are at hand, and the logits are used: layers of the library see to that, and in a graph written by hand
/// it is enough that a Var of the logits is alive. The loss then depends on the logits and not on y_pred: ask for
/// gradients by the former. `from_logits = true` says that y_pred is logits itself.

#include <cstdint>
#include <optional>

#include "xgrad/nn/losses/reduction.hpp"
#include "xgrad/tape/arg.hpp"

namespace xgrad {

/// Options of `binary_crossentropy` and `categorical_crossentropy`.
struct CrossentropyOptions {
  bool from_logits = false;    ///< y_pred is logits, not probabilities
  double label_smoothing = 0;  ///< s from 0 to 1: how much of each label is spread evenly over the classes
};
/// −mean (t log p + (1 − t) log(1 − p)), p clipped to [ε, 1 − ε]; from logits z: mean softplus(z) − z t.
/// Labels in [0, 1], one a unit. Smoothing s: t becomes t (1 − s) + s/2. Gradient: z̄ = ȳ (sigmoid(z) − t) / n.
/// @throws ArgError for label_smoothing out of [0, 1]
Var binary_crossentropy(Arg y_true, Arg y_pred);
Var binary_crossentropy(Arg y_true, Arg y_pred, CrossentropyOptions options);

/// −Σ t log p, p scaled to Σ p = 1, then clipped to [ε, 1 − ε]; from logits z: −Σ t log softmax(z).
/// Labels are one-hot rows, or any weights of the classes. Smoothing s: t becomes t (1 − s) + s/C, C the number of
/// classes. Gradient: z̄ = ȳ (softmax(z) Σ t − t).
/// @throws ArgError for label_smoothing out of [0, 1]
Var categorical_crossentropy(Arg y_true, Arg y_pred);
Var categorical_crossentropy(Arg y_true, Arg y_pred, CrossentropyOptions options);

/// Options of `sparse_categorical_crossentropy`.
struct SparseCrossentropyOptions {
  bool from_logits = false;                       ///< y_pred is logits, not probabilities
  std::optional<std::int64_t> ignore_class = {};  ///< labels of this number have the loss 0, whatever is predicted
};
/// `categorical_crossentropy` for class numbers: −log p[t], p scaled and clipped likewise.
/// @param y_true whole numbers of any type, [...] or [..., 1] @param y_pred [..., C] @return [...]
/// @throws IndexError for a label that is neither from 0 to C − 1 nor ignored; ArgError for one that is not whole
Var sparse_categorical_crossentropy(Arg y_true, Arg y_pred);
Var sparse_categorical_crossentropy(Arg y_true, Arg y_pred, SparseCrossentropyOptions options);

/// Options of `binary_focal_crossentropy`.
struct BinaryFocalOptions {
  bool apply_class_balancing = false;  ///< weigh class 1 with α, class 0 with 1 − α
  double alpha = 0.25;                 ///< α
  double gamma = 2;                    ///< γ, not negative: how much less the easy samples count
  bool from_logits = false;            ///< y_pred is logits, not probabilities
  double label_smoothing = 0;          ///< as in `binary_crossentropy`
};
/// mean (1 − p_t)^γ · (the binary cross-entropy), p_t = t p + (1 − t)(1 − p).
/// @throws ArgError for options out of range
/// Source: Lin et al. 2017, "Focal loss for dense object detection".
Var binary_focal_crossentropy(Arg y_true, Arg y_pred);
Var binary_focal_crossentropy(Arg y_true, Arg y_pred, BinaryFocalOptions options);

/// Options of `categorical_focal_crossentropy`.
struct CategoricalFocalOptions {
  double alpha = 0.25;         ///< α, a factor of all
  double gamma = 2;            ///< γ, not negative: how much less the easy samples count
  bool from_logits = false;    ///< y_pred is logits, not probabilities
  double label_smoothing = 0;  ///< as in `categorical_crossentropy`
};
/// −Σ α (1 − p)^γ t log p, p scaled and clipped as in `categorical_crossentropy`. Source: as above.
/// @throws ArgError for options out of range
Var categorical_focal_crossentropy(Arg y_true, Arg y_pred);
Var categorical_focal_crossentropy(Arg y_true, Arg y_pred, CategoricalFocalOptions options);

/// Σ t log(t / p), both clipped to [ε, 1].
Var kl_divergence(Arg y_true, Arg y_pred);

/// mean (p − t log(p + ε)): the negative log-likelihood of counts t under rates p, without what does not depend on p.
Var poisson(Arg y_true, Arg y_pred);

/// `binary_crossentropy` as the class form of a Loss.
struct BinaryCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "binary_crossentropy";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `categorical_crossentropy` as the class form of a Loss.
struct CategoricalCrossentropy {
  bool from_logits = false;
  double label_smoothing = 0;
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "categorical_crossentropy";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `sparse_categorical_crossentropy` as the class form of a Loss. What is ignored does not count in a mean either.
struct SparseCategoricalCrossentropy {
  bool from_logits = false;
  std::optional<std::int64_t> ignore_class = {};
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "sparse_categorical_crossentropy";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
  /// bool, of the shape of the losses: which of them count; empty where all do.
  Var counted(const Var& y_true, const Var& y_pred) const;
};
/// `binary_focal_crossentropy` as the class form of a Loss.
struct BinaryFocalCrossentropy {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "binary_focal_crossentropy";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `categorical_focal_crossentropy` as the class form of a Loss.
struct CategoricalFocalCrossentropy {
  double alpha = 0.25;
  double gamma = 2;
  bool from_logits = false;
  double label_smoothing = 0;
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "categorical_focal_crossentropy";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `kl_divergence` as the class form of a Loss.
struct KLDivergence {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "kl_divergence";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};
/// `poisson` as the class form of a Loss.
struct Poisson {
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "poisson";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};

}  // namespace xgrad
