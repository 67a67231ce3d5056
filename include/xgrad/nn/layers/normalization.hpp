#pragma once
/// \file Layers that bring numbers to mean 0 and variance 1: over a batch, within a sample, or by a data set's
/// statistics.

#include "xgrad/nn/layers/core.hpp"

namespace xgrad {

/// What a BatchNormalization is made of.
struct BatchNormalizationOptions {
  int axis = -1;  ///< of the batch; each index along it has its own statistics
  double momentum = 0.99, epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = zeros, gamma_initializer = ones;
  Initializer moving_mean_initializer = zeros, moving_variance_initializer = ones;
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  std::string name = "";
};

/// y = γ (x − μ) / √(σ² + ε) + β, with μ and σ² (biased) over all axes but one.
///
/// In training (and unless frozen) μ and σ² are the batch's, gradients flow through them, and the moving statistics
/// take a step: m ← momentum m + (1 − momentum) batch's. Otherwise the moving statistics are used. Weights: gamma,
/// beta; moving_mean, moving_variance (not trained); each of the axis's extent. Source: Ioffe and Szegedy 2015, "Batch
/// normalization"; Keras, `layers/normalization/batch_normalization.py`.
class BatchNormalization : public Layer {
 public:
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

/// What a LayerNormalization is made of.
struct LayerNormalizationOptions {
  std::vector<int> axis = {-1};  ///< of the batch; normalized together
  double epsilon = 1e-3;
  bool center = true, scale = true;
  Initializer beta_initializer = zeros, gamma_initializer = ones;
  Regularizer beta_regularizer = {}, gamma_regularizer = {};
  Constraint beta_constraint = {}, gamma_constraint = {};
  std::string name = "";
};

/// y = γ (x − μ) / √(σ² + ε) + β, with μ and σ² (biased) of each sample along `axis`; the same in training and after.
/// Weights: gamma, beta, of the extents of `axis`. Source: Ba, Kiros and Hinton 2016, "Layer normalization".
class LayerNormalization : public Layer {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});
};

/// y = (x − μ) / max(√σ², 1e-7), with μ and σ² of each index along the last axis, from data given to `adapt`.
///
/// Adapt it on the training part alone: statistics of the test part would tell the model of what it is tested on.
/// Weights (not trained): mean, variance.
class Normalization : public Layer {
 public:
  explicit Normalization(LayerOptions options = {});
  /// Takes the statistics of a batch [n, …, features], of any type; builds the layer in float32 where it is not built
  /// yet.
  /// @throws ArgError for an empty one; ShapeError where the layer was built for other features
  void adapt(const Array& data, Loc loc = Loc::current()) const;
};

}  // namespace xgrad
