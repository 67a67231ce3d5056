#pragma once
/// \file Pooling: the largest, or the mean, of each window of pictures or series.
///
/// Channels are last and pooled each for itself. Windows and margins follow the rule of `Padding`, but a margin is no
/// number: it is neither the largest nor counted in a mean. Over whole pictures `amax` and `mean` pool. Each function
/// also takes Arrays alone and then returns an Array and records nothing.

#include <optional>

#include "xgrad/ops/window.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// Windows over pictures.
struct Pool2DOptions {
  Pair pool_size = 2;                ///< rows and columns of a window
  std::optional<Pair> strides = {};  ///< places between neighbouring windows; `pool_size` where none are given
  Padding padding = {};              ///< "valid", "same" or margins, smaller than a window
};

/// Windows over series.
struct Pool1DOptions {
  std::int64_t pool_size = 2;                ///< steps of a window
  std::optional<std::int64_t> strides = {};  ///< `pool_size` where none are given
  Padding padding = {};                      ///< "valid", "same" or a margin, smaller than a window
};

/// The largest of each window; NaN where a window has one.
///
/// Gradient: ȳ goes to the largest of its window, at ties to the first in the order of rows, as in Keras on XLA (`amax`
/// shares); where windows overlap, shares add up. Higher derivatives follow the same places.
/// @param x float [n, h, w, c] @return [n, oh, ow, c], with oh and ow by the rule of `Padding`
/// @throws ShapeError where x has other axes or no window fits; ArgError for sizes or strides below 1, margins as large
/// as a window, or "causal"; DTypeError
Var max_pool2d(Arg x, Pool2DOptions options = {});

/// The mean of each window, over the places that x has: the divisor is smaller at the edges of padding "same".
/// Gradient: ȳ over the number of places, for each of them. @param x float [n, h, w, c] @return [n, oh, ow, c]
/// @throws as `max_pool2d`
Var avg_pool2d(Arg x, Pool2DOptions options = {});

/// The same over series. @param x float [n, steps, c] @return [n, results, c] @throws as `max_pool2d`
Var max_pool1d(Arg x, Pool1DOptions options = {});
Var avg_pool1d(Arg x, Pool1DOptions options = {});

// --- on Arrays alone ---

template <ArrayOrXt A>
Array max_pool2d(const A& x, Pool2DOptions options = {}, Loc loc = Loc::current()) {
  return max_pool2d(Arg(x, loc), options).value();
}
template <ArrayOrXt A>
Array avg_pool2d(const A& x, Pool2DOptions options = {}, Loc loc = Loc::current()) {
  return avg_pool2d(Arg(x, loc), options).value();
}
template <ArrayOrXt A>
Array max_pool1d(const A& x, Pool1DOptions options = {}, Loc loc = Loc::current()) {
  return max_pool1d(Arg(x, loc), options).value();
}
template <ArrayOrXt A>
Array avg_pool1d(const A& x, Pool1DOptions options = {}, Loc loc = Loc::current()) {
  return avg_pool1d(Arg(x, loc), options).value();
}

}  // namespace xgrad
