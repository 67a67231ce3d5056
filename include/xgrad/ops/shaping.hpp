#pragma once
/// \file Shapes: the same elements in another order, side by side, repeated, or of another type.
///
/// Axes count from the front, negative ones from the end. Every op here takes any element type; gradients flow through
/// the floating ones. Each also takes Arrays alone and then returns an Array and records nothing.

#include <initializer_list>
#include <utility>
#include <vector>

#include "xgrad/ops/axes.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The same elements under another shape; one extent may be −1 and is computed. Shares x's memory.
/// Gradient: x̄ = ȳ in x's shape.
/// @throws ShapeError where the number of elements differs
Var reshape(Arg x, const Shape& shape);

/// The axes in another order: axis i of the result is axis `axes[i]` of x; reversed by default. A matrix product takes
/// the transpose of a matrix without a copy through its own options.
/// Gradient: x̄ = ȳ with the axes put back.
/// @throws ArgError unless every axis is named once
Var transpose(Arg x);
Var transpose(Arg x, const Axes& axes);
/// x with two axes exchanged. Gradient: the same exchange. @throws IndexError for an axis out of range
Var swapaxes(Arg x, int axis1, int axis2);
/// x with one axis moved to another place, the others in their order. @throws IndexError for an axis out of range
Var moveaxis(Arg x, int source, int destination);

/// x with new axes of extent 1, at these places in the result. Shares x's memory. Gradient: x̄ = ȳ in x's shape.
/// @throws IndexError for a place out of range
Var expand_dims(Arg x, const Axes& axes);
/// x without its axes of extent 1, all of them or those named. Shares x's memory. Gradient: x̄ = ȳ in x's shape.
/// @throws ShapeError for a named axis of another extent
Var squeeze(Arg x);
Var squeeze(Arg x, const Axes& axes);

/// x repeated along the axes where its extent is 1, or that it lacks at the left. Gradient: x̄ = sum_to(ȳ, shape of x).
/// @throws ShapeError where x does not broadcast to `shape`
Var broadcast_to(Arg x, const Shape& shape);

/// Arrays joined along an existing axis. Gradient: each gets its slice of ȳ.
/// @param xs one or more of one type, whose shapes agree but along the axis @throws ShapeError, DTypeError, ArgError
Var concat(std::initializer_list<Arg> xs, int axis = 0);
Var concat(const std::vector<Var>& xs, int axis = 0, Loc loc = Loc::current());
/// Arrays of one shape joined along a new axis, which stands at `axis` of the result.
/// Gradient: each gets its slice of ȳ.
Var stack(std::initializer_list<Arg> xs, int axis = 0);
Var stack(const std::vector<Var>& xs, int axis = 0, Loc loc = Loc::current());

/// x cut along an axis into `parts` equal pieces, or into pieces of these sizes. Along the first axis the pieces share
/// x's memory. Gradient: the pieces' cotangents joined.
/// @throws ShapeError where the extent is no multiple of `parts`, or the sizes do not add up to it
std::vector<Var> split(Arg x, std::int64_t parts, int axis = 0);
std::vector<Var> split(Arg x, std::initializer_list<std::int64_t> sizes, int axis = 0);
std::vector<Var> split(Arg x, const std::vector<std::int64_t>& sizes, int axis = 0);

/// The order of the elements along these axes reversed. Gradient: the same reversal.
Var flip(Arg x);
Var flip(Arg x, const Axes& axes);
/// The elements moved by `shift` places along the axis; those that fall off the end come in at the front.
/// Gradient: rolled back.
Var roll(Arg x, std::int64_t shift, int axis);

/// x laid side by side: `counts[i]` times along axis i, axes added at the left where `counts` is longer (missing counts
/// at the left are 1). Gradient: the sum over the copies. @throws ArgError for a negative count
Var tile(Arg x, const std::vector<std::int64_t>& counts);
/// Each element along the axis `count` times in a row. Gradient: the sum over the copies.
/// @throws ArgError for a negative count
Var repeat(Arg x, std::int64_t count, int axis);

/// The elements converted: float → integer truncates toward zero, anything → bool is `!= 0`. x itself where the type is
/// the same. Gradient: converted back; none to or from integers and bool.
Var astype(Arg x, DType dtype);

/// What stands on and above (`triu`), or on and below (`tril`), the k-th diagonal of the last two axes; 0 elsewhere.
/// Gradient: the same part of ȳ. @throws ShapeError for rank below 2
Var triu(Arg x, std::int64_t k = 0);
Var tril(Arg x, std::int64_t k = 0);
/// Of a matrix (or of the last two axes): its k-th diagonal. Of a vector: the square matrix that has it there, 0
/// elsewhere. Gradient: the one is the other's. @throws ShapeError for a scalar
Var diag(Arg x, std::int64_t k = 0);
/// The sum of the k-th diagonal of the last two axes. @throws ShapeError for rank below 2
Var trace(Arg x, std::int64_t k = 0);

// --- on Arrays alone ---

template <ArrayOrXt A>
Array reshape(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return reshape(Arg(x, loc), shape).value();
}
template <IsArray A>
Array transpose(const A& x, const Axes& axes = {}, Loc loc = Loc::current()) {
  return transpose(Arg(x, loc), axes).value();
}
template <ArrayOrXt A>
Array swapaxes(const A& x, int axis1, int axis2, Loc loc = Loc::current()) {
  return swapaxes(Arg(x, loc), axis1, axis2).value();
}
template <ArrayOrXt A>
Array moveaxis(const A& x, int source, int destination, Loc loc = Loc::current()) {
  return moveaxis(Arg(x, loc), source, destination).value();
}
template <IsArray A>
Array expand_dims(const A& x, const Axes& axes, Loc loc = Loc::current()) {
  return expand_dims(Arg(x, loc), axes).value();
}
template <IsArray A>
Array squeeze(const A& x, const Axes& axes = {}, Loc loc = Loc::current()) {
  return squeeze(Arg(x, loc), axes).value();
}
template <ArrayOrXt A>
Array broadcast_to(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return broadcast_to(Arg(x, loc), shape).value();
}
Array concat(std::initializer_list<Array> xs, int axis = 0, Loc loc = Loc::current());
Array concat(const std::vector<Array>& xs, int axis = 0, Loc loc = Loc::current());
Array stack(std::initializer_list<Array> xs, int axis = 0, Loc loc = Loc::current());
Array stack(const std::vector<Array>& xs, int axis = 0, Loc loc = Loc::current());
/// @private
std::vector<Array> values_of(const std::vector<Var>& xs);
template <IsArray A>
std::vector<Array> split(const A& x, std::int64_t parts, int axis = 0, Loc loc = Loc::current()) {
  return values_of(split(Arg(x, loc), parts, axis));
}
template <IsArray A>
std::vector<Array> split(const A& x, std::initializer_list<std::int64_t> sizes, int axis = 0,
                         Loc loc = Loc::current()) {
  return values_of(split(Arg(x, loc), sizes, axis));
}
template <IsArray A>
std::vector<Array> split(const A& x, const std::vector<std::int64_t>& sizes, int axis = 0, Loc loc = Loc::current()) {
  return values_of(split(Arg(x, loc), sizes, axis));
}
template <IsArray A>
Array flip(const A& x, const Axes& axes = {}, Loc loc = Loc::current()) {
  return flip(Arg(x, loc), axes).value();
}
template <IsArray A>
Array roll(const A& x, std::int64_t shift, int axis, Loc loc = Loc::current()) {
  return roll(Arg(x, loc), shift, axis).value();
}
template <IsArray A>
Array tile(const A& x, const std::vector<std::int64_t>& counts, Loc loc = Loc::current()) {
  return tile(Arg(x, loc), counts).value();
}
template <IsArray A>
Array repeat(const A& x, std::int64_t count, int axis, Loc loc = Loc::current()) {
  return repeat(Arg(x, loc), count, axis).value();
}
template <ArrayOrXt A>
Array astype(const A& x, DType dtype, Loc loc = Loc::current()) {
  return astype(Arg(x, loc), dtype).value();
}
template <IsArray A>
Array triu(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return triu(Arg(x, loc), k).value();
}
template <IsArray A>
Array tril(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return tril(Arg(x, loc), k).value();
}
template <IsArray A>
Array diag(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return diag(Arg(x, loc), k).value();
}
template <ArrayOrXt A>
Array trace(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return trace(Arg(x, loc), k).value();
}

}  // namespace xgrad
