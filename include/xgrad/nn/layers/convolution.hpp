#pragma once
/// \file Layers that convolve: series (1D) and pictures (2D).
///
/// Batches are [n, steps, c] and [n, h, w, c], or with `data_format = "channels_first"` [n, c, steps] and [n, c, h, w].
/// Sizes, strides and dilation rates of pictures are a `Pair`: `3` is `{3, 3}`. Padding is Keras's, see `Padding`.
/// Names, defaults and weights are Keras's (`layers/convolutional/`), too.

#include <optional>

#include "xgrad/nn/layer.hpp"
#include "xgrad/nn/layers/data_format.hpp"
#include "xgrad/ops/activation_fn.hpp"
#include "xgrad/ops/window.hpp"

namespace xgrad {

/// What a Conv1D (Extent: std::int64_t) or Conv2D (Pair) is made of besides its filters.
template <class Extent>
struct ConvLayerOptions {
  Extent strides = 1;
  Padding padding = {};
  DataFormat data_format = {};
  Extent dilation_rate = 1;  ///< above 1 only beside strides of 1
  std::int64_t groups = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros;
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};  ///< of the result, divided by the number of samples
  Constraint kernel_constraint = {}, bias_constraint = {};
  std::string name = "";
};

/// y = f(x ∗ w + b): `filters` results at each place of a series. Weights: kernel [size, c / groups, filters], bias
/// [filters].
class Conv1D : public Layer {
 public:
  /// @throws ArgError unless filters, sizes, strides and rates are positive, groups divide the filters, and either
  /// strides or rates are 1
  Conv1D(std::int64_t filters, std::int64_t kernel_size, ConvLayerOptions<std::int64_t> options = {},
         Loc loc = Loc::current());
};
/// The same at each place of a picture. Weights: kernel [rows, columns, c / groups, filters], bias [filters].
class Conv2D : public Layer {
 public:
  Conv2D(std::int64_t filters, Pair kernel_size, ConvLayerOptions<Pair> options = {}, Loc loc = Loc::current());
};

/// What a transposed convolution is made of besides its filters.
template <class Extent>
struct ConvTransposeLayerOptions {
  Extent strides = 1;
  Padding padding = {};
  std::optional<Extent> output_padding = {};  ///< places more at the end, below the strides; see conv2d_transpose
  DataFormat data_format = {};
  Extent dilation_rate = 1;  ///< above 1 only beside strides of 1
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros;
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  std::string name = "";
};

/// Transposed convolution: strides make series longer. n steps become n s for "same", n s + max(k − s, 0) for "valid".
/// Weights: kernel [size, filters, c], bias [filters].
class Conv1DTranspose : public Layer {
 public:
  Conv1DTranspose(std::int64_t filters, std::int64_t kernel_size, ConvTransposeLayerOptions<std::int64_t> options = {},
                  Loc loc = Loc::current());
};
/// The same for pictures. Weights: kernel [rows, columns, filters, c], bias [filters].
class Conv2DTranspose : public Layer {
 public:
  Conv2DTranspose(std::int64_t filters, Pair kernel_size, ConvTransposeLayerOptions<Pair> options = {},
                  Loc loc = Loc::current());
};

/// What a depthwise convolution is made of besides its size.
template <class Extent>
struct DepthwiseConvLayerOptions {
  Extent strides = 1;
  Padding padding = {};
  std::int64_t depth_multiplier = 1;  ///< filters for each channel
  DataFormat data_format = {};
  Extent dilation_rate = 1;  ///< above 1 only beside strides of 1
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = glorot_uniform;
  Initializer bias_initializer = zeros;
  Regularizer depthwise_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {}, bias_constraint = {};
  std::string name = "";
};

/// Each channel of a series with filters of its own, side by side. Weights: kernel [size, c, depth_multiplier], bias
/// [c depth_multiplier].
class DepthwiseConv1D : public Layer {
 public:
  explicit DepthwiseConv1D(std::int64_t kernel_size, DepthwiseConvLayerOptions<std::int64_t> options = {},
                           Loc loc = Loc::current());
};
/// The same for pictures. Weights: kernel [rows, columns, c, depth_multiplier], bias [c depth_multiplier].
class DepthwiseConv2D : public Layer {
 public:
  explicit DepthwiseConv2D(Pair kernel_size, DepthwiseConvLayerOptions<Pair> options = {}, Loc loc = Loc::current());
};

/// What a separable convolution is made of besides its filters.
template <class Extent>
struct SeparableConvLayerOptions {
  Extent strides = 1;
  Padding padding = {};
  DataFormat data_format = {};
  Extent dilation_rate = 1;           ///< above 1 only beside strides of 1
  std::int64_t depth_multiplier = 1;  ///< filters for each channel, before they are mixed
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer depthwise_initializer = glorot_uniform, pointwise_initializer = glorot_uniform;
  Initializer bias_initializer = zeros;
  Regularizer depthwise_regularizer = {}, pointwise_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {}, pointwise_constraint = {}, bias_constraint = {};
  std::string name = "";
};

/// A depthwise convolution, then a mixture of its channels at each place. Weights: depthwise_kernel
/// [size, c, depth_multiplier], pointwise_kernel [1, c depth_multiplier, filters], bias [filters].
class SeparableConv1D : public Layer {
 public:
  SeparableConv1D(std::int64_t filters, std::int64_t kernel_size, SeparableConvLayerOptions<std::int64_t> options = {},
                  Loc loc = Loc::current());
};
/// The same for pictures. Weights: depthwise_kernel [rows, columns, c, depth_multiplier], pointwise_kernel
/// [1, 1, c depth_multiplier, filters], bias [filters].
class SeparableConv2D : public Layer {
 public:
  SeparableConv2D(std::int64_t filters, Pair kernel_size, SeparableConvLayerOptions<Pair> options = {},
                  Loc loc = Loc::current());
};

}  // namespace xgrad
