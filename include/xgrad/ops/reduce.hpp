#pragma once
/// \file Reductions over any axes, and running sums and products.
///
/// `axes` are all axes by default, one, or a list; negative ones count from the end. With `keepdims` a reduced axis
/// stays with extent 1. An axis out of range is an IndexError, one named twice an ArgError. Below, ȳ is spread over the
/// reduced axes before it meets x. Each function also takes an Array alone and then returns an Array and records
/// nothing.

#include "xgrad/ops/axes.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// y = Σ x. Gradient: x̄ = ȳ.
///
/// Floating sums run in fixed blocks and a fixed tree, so that rounding errors stay small and the result does not
/// depend on the number of threads. The sum of nothing is 0.
/// @param x any number type; uint8 and bool are counted in int64
/// @return x's shape without the reduced axes
Var sum(Arg x);
Var sum(Arg x, const Axes& axes, bool keepdims = false);

/// y = Σ x / n, n the number of elements that become one. Gradient: x̄ = ȳ / n. The mean of nothing is NaN.
/// @param x float32 or float64 @throws DTypeError for other types: `astype` first
Var mean(Arg x);
Var mean(Arg x, const Axes& axes, bool keepdims = false);

/// The variance of the population, y = Σ (x − mean x)² / n, in two passes. Gradient: x̄ = 2 ȳ (x − mean x) / n.
/// @param x float32 or float64
Var var(Arg x);
Var var(Arg x, const Axes& axes, bool keepdims = false);

/// The standard deviation of the population: the root of `var`. Gradient: x̄ = ȳ (x − mean x) / (n y), and 0 where y is
/// 0.
/// @param x float32 or float64
Var stddev(Arg x);
Var stddev(Arg x, const Axes& axes, bool keepdims = false);

/// y = Π x; of nothing, 1. Gradient: x̄ᵢ = ȳ · (the product of all but xᵢ), without dividing: right at zeros, to any
/// order.
/// @param x float32, float64 or int64
Var prod(Arg x);
Var prod(Arg x, const Axes& axes, bool keepdims = false);

/// The largest and the smallest element; NaN where there is one. Gradient: ȳ, shared equally among ties; 0 elsewhere.
/// @param x any number type @throws ShapeError where nothing stands along the reduced axes
Var amax(Arg x);
Var amax(Arg x, const Axes& axes, bool keepdims = false);
Var amin(Arg x);
Var amin(Arg x, const Axes& axes, bool keepdims = false);

/// y = log Σ eˣ, shifted by the largest element so that nothing overflows. Gradient: x̄ = ȳ e^(x − y).
///
/// Where all elements are −∞, and of nothing, y is −∞ and the gradient is 0.
/// @param x float32 or float64
Var logsumexp(Arg x);
Var logsumexp(Arg x, const Axes& axes, bool keepdims = false);

/// The norm of the vector along the axes (of all elements by default; never a matrix norm).
///
/// | order | y | gradient |
/// |---|---|---|
/// | 2 | √Σ x², without overflow or underflow on the way | ȳ x / y, and 0 where y is 0 |
/// | 1 | Σ abs x | ȳ sign x: 0 at 0 |
/// | infinity | max abs x | ȳ sign x, shared equally among ties |
///
/// @param x float32 or float64 @throws ArgError for any other order
Var norm(Arg x);
Var norm(Arg x, const Axes& axes, bool keepdims = false, double order = 2);

/// The middle of the elements in order; of an even number of them, half the sum of the two in the middle. A NaN wins.
/// Gradient: ȳ to the middle, or half to each of the two; of equal elements, to those that stand there in `sort`.
/// The median of nothing is NaN.
/// @param x float32 or float64
Var median(Arg x);
Var median(Arg x, const Axes& axes, bool keepdims = false);

/// The place of the largest, and of the smallest, element: the first of equals; a NaN wins. Without an axis, the place
/// in the flattened array. No gradient.
/// @param x any number type @return int64 @throws ShapeError where nothing stands along the axis
Var argmax(Arg x);
Var argmax(Arg x, int axis, bool keepdims = false);
Var argmin(Arg x);
Var argmin(Arg x, int axis, bool keepdims = false);

/// Whether any, and whether all, elements are not 0 (NaN is not 0). Of nothing: false, and true. No gradient.
/// @param x any type @return bool
Var any(Arg x);
Var any(Arg x, const Axes& axes, bool keepdims = false);
Var all(Arg x);
Var all(Arg x, const Axes& axes, bool keepdims = false);

/// Running sums along an axis: yᵢ = Σ xⱼ over j ≤ i, or j ≥ i with `reverse`. Gradient: the running sums of ȳ from the
/// other side.
/// @param x float32, float64 or int64 @return x's shape
Var cumsum(Arg x, int axis, bool reverse = false);
/// Running products along an axis, from the end with `reverse`. The gradient does not divide: it is right at zeros, to
/// any order.
/// @param x float32, float64 or int64 @return x's shape
Var cumprod(Arg x, int axis, bool reverse = false);

/// The inverse of broadcasting: x summed over the axes along which `shape` was repeated to become x's.
/// Gradient: x̄ = broadcast_to(ȳ, shape of x).
/// @throws ShapeError where `shape` does not broadcast to x's
Var sum_to(Arg x, const Shape& shape);

// --- on Arrays alone ---

template <IsArray A>
Array sum(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return sum(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array mean(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return mean(Arg(x, loc), axes, keepdims).value();
}
template <ArrayOrXt A>
Array var(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return var(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array stddev(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return stddev(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array prod(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return prod(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array amax(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return amax(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array amin(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return amin(Arg(x, loc), axes, keepdims).value();
}
template <ArrayOrXt A>
Array logsumexp(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return logsumexp(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array norm(const A& x, const Axes& axes = {}, bool keepdims = false, double order = 2, Loc loc = Loc::current()) {
  return norm(Arg(x, loc), axes, keepdims, order).value();
}
template <IsArray A>
Array median(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return median(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array argmax(const A& x, Loc loc = Loc::current()) {
  return argmax(Arg(x, loc)).value();
}
template <IsArray A>
Array argmax(const A& x, int axis, bool keepdims = false, Loc loc = Loc::current()) {
  return argmax(Arg(x, loc), axis, keepdims).value();
}
template <IsArray A>
Array argmin(const A& x, Loc loc = Loc::current()) {
  return argmin(Arg(x, loc)).value();
}
template <IsArray A>
Array argmin(const A& x, int axis, bool keepdims = false, Loc loc = Loc::current()) {
  return argmin(Arg(x, loc), axis, keepdims).value();
}
template <IsArray A>
Array any(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return any(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array all(const A& x, const Axes& axes = {}, bool keepdims = false, Loc loc = Loc::current()) {
  return all(Arg(x, loc), axes, keepdims).value();
}
template <IsArray A>
Array cumsum(const A& x, int axis, bool reverse = false, Loc loc = Loc::current()) {
  return cumsum(Arg(x, loc), axis, reverse).value();
}
template <IsArray A>
Array cumprod(const A& x, int axis, bool reverse = false, Loc loc = Loc::current()) {
  return cumprod(Arg(x, loc), axis, reverse).value();
}
template <ArrayOrXt A>
Array sum_to(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return sum_to(Arg(x, loc), shape).value();
}

}  // namespace xgrad
