#pragma once
/// \file Convolution in one and two dimensions, and its two transposes.
///
/// Channels are last: x is [n, h, w, c]. Kernels are as in Keras: [kh, kw, c / groups, filters], not flipped
/// (cross-correlation). Operands are float32 or float64, both the same. Convolution and its transposes in x and in w
/// are one another's gradients, so every order of derivative exists. Each function also takes Arrays alone and then
/// returns an Array and records nothing.

#include <optional>

#include "xgrad/ops/window.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// How `conv2d` and its kin move over x.
struct Conv2DOptions {
  Pair strides = 1;         ///< places between neighbouring windows
  Padding padding = {};     ///< "valid", "same" or margins
  Pair dilation = 1;        ///< places between neighbouring taps of a window
  std::int64_t groups = 1;  ///< channels and filters in as many groups, each filter reading its own group's channels
};

/// How `conv1d` moves over x.
struct Conv1DOptions {
  std::int64_t strides = 1;   ///< places between neighbouring windows
  Padding padding = {};       ///< "valid", "same", "causal" or a margin
  std::int64_t dilation = 1;  ///< places between neighbouring taps of a window
  std::int64_t groups = 1;    ///< channels and filters in as many groups
};

/// Convolution of pictures: y[i, p, q, f] = Σ over a, b, k of x[i, p s + a d − before, q s + b d − before, k]
/// w[a, b, k, f], with zeros outside of x. Group e of the filters reads group e of the channels.
///
/// Gradient: x̄ = `conv2d_input(ȳ, w)`, w̄ = `conv2d_kernel(x, ȳ)`.
/// @param x float [n, h, w, c] @param w [kh, kw, c / groups, filters]
/// @return [n, oh, ow, filters], with oh and ow by the rule of `Padding`
/// @throws ShapeError for operands that do not fit, or windows larger than x; ArgError for strides, dilation or groups
/// below 1, groups that do not divide channels and filters, negative margins, or "causal"; DTypeError
Var conv2d(Arg x, Arg w, Conv2DOptions options = {});

/// The transpose of `conv2d` in x, for x of this shape: what `conv2d(x, w, options)` passes back from g, of its
/// result's shape. Gradient: ḡ = `conv2d(·, w)`, w̄ = `conv2d_kernel(·, g)` of what arrives.
/// @return an array of `x_shape` @throws as `conv2d`; ShapeError where g does not have the result's shape
Var conv2d_input(Arg g, Arg w, const Shape& x_shape, Conv2DOptions options = {});

/// The transpose of `conv2d` in w, for w of this shape: Σ over all places of x there times g. Gradient:
/// x̄ = `conv2d_input(g, ·)`, ḡ = `conv2d(x, ·)` of what arrives.
/// @return an array of `w_shape` @throws as `conv2d`; ShapeError where g does not have the result's shape
Var conv2d_kernel(Arg x, Arg g, const Shape& w_shape, Conv2DOptions options = {});

/// Transposed convolution ("deconvolution"), as in Keras: `conv2d_input` onto pictures that a convolution of these
/// options takes to x's size: s h + max(k′ − s, 0) rows for "valid", s h for "same", (h − 1) s + k′ − before − after
/// for margins; k′ = (k − 1) d + 1. With an output_padding o, below the strides: (h − 1) s + k′ + o for "valid",
/// (h − 1) s + (k′ mod 2) + o for "same", o more for margins.
/// @param x float [n, h, w, c] @param w [kh, kw, filters / groups, c] @return [n, rows, columns, filters]
/// @throws as `conv2d`
Var conv2d_transpose(Arg x, Arg w, Conv2DOptions options = {}, std::optional<Pair> output_padding = {});

/// Convolution of each channel with filters of its own: y[…, k m + j] = x[…, k] ∗ w[…, k, j], `conv2d` with as many
/// groups as channels.
/// @param x float [n, h, w, c] @param w [kh, kw, c, m] @param options groups stay 1 @return [n, oh, ow, c m]
/// @throws as `conv2d`
Var depthwise_conv2d(Arg x, Arg w, Conv2DOptions options = {});

/// Convolution of series: y[i, p, f] = Σ over a, k of x[i, p s + a d − before, k] w[a, k, f]; `conv2d` with one row.
/// @param x float [n, steps, c] @param w [k, c / groups, filters] @return [n, results, filters] @throws as `conv2d`
Var conv1d(Arg x, Arg w, Conv1DOptions options = {});

/// Transposed convolution of series: `conv2d_transpose` with one row. "causal" has no transpose here.
/// @param x float [n, steps, c] @param w [k, filters / groups, c] @return [n, results, filters] @throws as `conv2d`
Var conv1d_transpose(Arg x, Arg w, Conv1DOptions options = {}, std::optional<std::int64_t> output_padding = {});

/// Each channel of a series with filters of its own. @param x float [n, steps, c] @param w [k, c, m]
/// @return [n, results, c m] @throws as `conv2d`
Var depthwise_conv1d(Arg x, Arg w, Conv1DOptions options = {});

// --- on Arrays alone ---

template <ArrayOrXt A>
Array conv2d(const A& x, ArrayArg w, Conv2DOptions options = {}) {
  return conv2d(Arg(x, w.loc()), w.arg(), options).value();
}
template <ArrayOrXt A>
Array conv2d_input(const A& g, ArrayArg w, const Shape& x_shape, Conv2DOptions options = {}) {
  return conv2d_input(Arg(g, w.loc()), w.arg(), x_shape, options).value();
}
template <ArrayOrXt A>
Array conv2d_kernel(const A& x, ArrayArg g, const Shape& w_shape, Conv2DOptions options = {}) {
  return conv2d_kernel(Arg(x, g.loc()), g.arg(), w_shape, options).value();
}
template <ArrayOrXt A>
Array conv2d_transpose(const A& x, ArrayArg w, Conv2DOptions options = {}, std::optional<Pair> output_padding = {}) {
  return conv2d_transpose(Arg(x, w.loc()), w.arg(), options, output_padding).value();
}
template <ArrayOrXt A>
Array depthwise_conv2d(const A& x, ArrayArg w, Conv2DOptions options = {}) {
  return depthwise_conv2d(Arg(x, w.loc()), w.arg(), options).value();
}
template <ArrayOrXt A>
Array conv1d(const A& x, ArrayArg w, Conv1DOptions options = {}) {
  return conv1d(Arg(x, w.loc()), w.arg(), options).value();
}
template <ArrayOrXt A>
Array conv1d_transpose(const A& x, ArrayArg w, Conv1DOptions options = {},
                       std::optional<std::int64_t> output_padding = {}) {
  return conv1d_transpose(Arg(x, w.loc()), w.arg(), options, output_padding).value();
}
template <ArrayOrXt A>
Array depthwise_conv1d(const A& x, ArrayArg w, Conv1DOptions options = {}) {
  return depthwise_conv1d(Arg(x, w.loc()), w.arg(), options).value();
}

}  // namespace xgrad
