#pragma once
/// \file Shapes: the same elements in another order, repeated, joined or cut.
///
/// All take any element type. Axes may be negative and then count from the end; an axis out of range is an IndexError.
/// Gradients flow back to where each element came from.

#include <array>
#include <initializer_list>
#include <optional>
#include <vector>

#include "xgrad/ops/axes.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The same elements under another shape; one extent may be −1 and is computed. Shares x's memory. Gradient: x̄ = ȳ in
/// x's shape.
/// @throws ShapeError where the number of elements differs
Var reshape(Arg x, const Shape& shape);

/// x with its axes in another order: axis i of the result is axis `order[i]` of x. Gradient: ȳ with the order undone.
/// @throws ShapeError where `order` is not a permutation of x's axes
Var transpose(Arg x, const std::vector<int>& order);
/// With all axes reversed; of a matrix, its transpose. (`matmul` takes transposed operands without a copy.)
Var transpose(Arg x);
/// x with two axes exchanged.
Var swapaxes(Arg x, int a, int b);
/// x with one axis moved to another place; the others keep their order.
Var moveaxis(Arg x, int from, int to);

/// x with a new axis of extent 1 before `axis` (−1: at the end).
Var expand_dims(Arg x, int axis);
/// x without its axes of extent 1: all of them, or those named. @throws ShapeError where a named one has another extent
Var squeeze(Arg x);
Var squeeze(Arg x, const Axes& axes);

/// x repeated along the axes where its extent is 1, or that it lacks at the left; `sum_to` is the inverse.
/// Gradient: x̄ = sum_to(ȳ, shape of x).
/// @throws ShapeError where x does not broadcast to `shape`
Var broadcast_to(Arg x, const Shape& shape);

/// The operands one after the other along an axis; elsewhere their extents agree. Gradient: each gets its part of ȳ.
/// @throws ShapeError, DTypeError where they do not fit; ArgError for none
Var concat(std::initializer_list<Arg> parts, int axis, Loc loc = Loc::current());
Var concat(const std::vector<Var>& parts, int axis, Loc loc = Loc::current());
/// The operands, all of one shape, side by side along a new axis.
Var stack(std::initializer_list<Arg> parts, int axis, Loc loc = Loc::current());
Var stack(const std::vector<Var>& parts, int axis, Loc loc = Loc::current());
/// x cut into `parts` equal parts along an axis. @throws ShapeError where they do not come out even
std::vector<Var> split(Arg x, std::int64_t parts, int axis);
/// x cut into parts of the given extents. @throws ShapeError where they do not add up
std::vector<Var> split(Arg x, const std::vector<std::int64_t>& extents, int axis);

/// x with a border: `before[i]` and `after[i]` elements of `value` along axis i. Gradient: ȳ without the border.
/// @throws ArgError where a width is negative or their number is not x's rank
Var pad(Arg x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, double value = 0);
/// x with its elements in reverse order along the axes; along all where none are named.
Var flip(Arg x);
Var flip(Arg x, const Axes& axes);
/// x moved along an axis by `shift` places, with what falls off the end coming in at the beginning.
Var roll(Arg x, std::int64_t shift, int axis);
/// x repeated as a whole, `times[i]` times along axis i; missing axes at the left count as extent 1. @throws ArgError
/// for negatives
Var tile(Arg x, const std::vector<std::int64_t>& times);
/// Each element of x repeated `times` times along an axis. @throws ArgError for a negative number
Var repeat(Arg x, std::int64_t times, int axis);
/// x in another element type. Gradient: ȳ in x's type; to and from integers and bool there is none.
Var astype(Arg x, DType dtype);

/// One axis's part of a slice, as in NumPy: `start` to `stop` (not included) by `step`. What is absent is the whole;
/// negative places count from the end; places beyond either end mean the end.
struct Slice {
  std::optional<std::int64_t> start = {}, stop = {};
  std::int64_t step = 1;
};
/// A Slice, or one place, whose axis then disappears.
class SliceIndex {
 public:
  SliceIndex(Slice slice) noexcept : slice_(slice) {}  // NOLINT
  template <std::integral I>
  SliceIndex(I place) noexcept : place_(static_cast<std::int64_t>(place)), single_(true) {}  // NOLINT
  bool single() const noexcept { return single_; }
  std::int64_t place() const noexcept { return place_; }
  const Slice& slice() const noexcept { return slice_; }

 private:
  Slice slice_{};
  std::int64_t place_ = 0;
  bool single_ = false;
};

/// The elements that NumPy's x[i, j, …] would take: `slice(x, {Slice{1, 4}, 0, Slice{.step = -1}})`. Axes that are not
/// named are whole. A slice of the first axis alone, with step 1, shares x's memory. Gradient: ȳ in its place, 0
/// elsewhere.
/// @throws IndexError for a place out of range or more parts than axes; ArgError for a step of 0
Var slice(Arg x, std::initializer_list<SliceIndex> index);
/// x with the elements of a slice replaced by `values`, which broadcast to it. x itself stays as it is. Gradient: ȳ
/// with 0 at the slice to x; ȳ's slice to the values.
Var slice_update(Arg x, std::initializer_list<SliceIndex> index, Arg values);

/// A vector's square matrix with it on diagonal k, or a matrix's diagonal k (k > 0 above the main one).
/// @throws ShapeError for other ranks
Var diag(Arg x, std::int64_t k = 0);
/// The sum of a matrix's main diagonal.
Var trace(Arg x);
/// A matrix, or the last two axes, with what lies above (tril) or below (triu) diagonal k replaced by 0.
Var tril(Arg x, std::int64_t k = 0);
Var triu(Arg x, std::int64_t k = 0);

// --- on Arrays alone ---

template <ArrayOrXt A>
Array reshape(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return reshape(Arg(x, loc), shape).value();
}
template <IsArray A>
Array transpose(const A& x, const std::vector<int>& order, Loc loc = Loc::current()) {
  return transpose(Arg(x, loc), order).value();
}
template <IsArray A>
Array transpose(const A& x, Loc loc = Loc::current()) {
  return transpose(Arg(x, loc)).value();
}
template <IsArray A>
Array swapaxes(const A& x, int a, int b, Loc loc = Loc::current()) {
  return swapaxes(Arg(x, loc), a, b).value();
}
template <IsArray A>
Array moveaxis(const A& x, int from, int to, Loc loc = Loc::current()) {
  return moveaxis(Arg(x, loc), from, to).value();
}
template <IsArray A>
Array expand_dims(const A& x, int axis, Loc loc = Loc::current()) {
  return expand_dims(Arg(x, loc), axis).value();
}
template <IsArray A>
Array squeeze(const A& x, Loc loc = Loc::current()) {
  return squeeze(Arg(x, loc)).value();
}
template <IsArray A>
Array squeeze(const A& x, const Axes& axes, Loc loc = Loc::current()) {
  return squeeze(Arg(x, loc), axes).value();
}
template <ArrayOrXt A>
Array broadcast_to(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return broadcast_to(Arg(x, loc), shape).value();
}
template <IsArray A>
Array concat(std::initializer_list<A> parts, int axis, Loc loc = Loc::current()) {
  return concat(std::vector<Var>(parts.begin(), parts.end()), axis, loc).value();
}
template <IsArray A>
Array stack(std::initializer_list<A> parts, int axis, Loc loc = Loc::current()) {
  return stack(std::vector<Var>(parts.begin(), parts.end()), axis, loc).value();
}
template <IsArray A>
std::vector<Array> split(const A& x, std::int64_t parts, int axis, Loc loc = Loc::current()) {
  std::vector<Array> result;
  for (const Var& v : split(Arg(x, loc), parts, axis)) result.push_back(v.value());
  return result;
}
template <IsArray A>
std::vector<Array> split(const A& x, const std::vector<std::int64_t>& extents, int axis, Loc loc = Loc::current()) {
  std::vector<Array> result;
  for (const Var& v : split(Arg(x, loc), extents, axis)) result.push_back(v.value());
  return result;
}
template <IsArray A>
Array pad(const A& x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, double value = 0,
          Loc loc = Loc::current()) {
  return pad(Arg(x, loc), before, after, value).value();
}
template <IsArray A>
Array flip(const A& x, Loc loc = Loc::current()) {
  return flip(Arg(x, loc)).value();
}
template <IsArray A>
Array flip(const A& x, const Axes& axes, Loc loc = Loc::current()) {
  return flip(Arg(x, loc), axes).value();
}
template <IsArray A>
Array roll(const A& x, std::int64_t shift, int axis, Loc loc = Loc::current()) {
  return roll(Arg(x, loc), shift, axis).value();
}
template <IsArray A>
Array tile(const A& x, const std::vector<std::int64_t>& times, Loc loc = Loc::current()) {
  return tile(Arg(x, loc), times).value();
}
template <IsArray A>
Array repeat(const A& x, std::int64_t times, int axis, Loc loc = Loc::current()) {
  return repeat(Arg(x, loc), times, axis).value();
}
template <ArrayOrXt A>
Array astype(const A& x, DType dtype, Loc loc = Loc::current()) {
  return astype(Arg(x, loc), dtype).value();
}
template <ArrayOrXt A>
Array slice(const A& x, std::initializer_list<SliceIndex> index, Loc loc = Loc::current()) {
  return slice(Arg(x, loc), index).value();
}
template <ArrayOrXt A>
Array slice_update(const A& x, std::initializer_list<SliceIndex> index, ArrayArg values) {
  return slice_update(Arg(x, values.loc()), index, values.arg()).value();
}
template <IsArray A>
Array diag(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return diag(Arg(x, loc), k).value();
}
template <IsArray A>
Array trace(const A& x, Loc loc = Loc::current()) {
  return trace(Arg(x, loc)).value();
}
template <IsArray A>
Array tril(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return tril(Arg(x, loc), k).value();
}
template <IsArray A>
Array triu(const A& x, std::int64_t k = 0, Loc loc = Loc::current()) {
  return triu(Arg(x, loc), k).value();
}

}  // namespace xgrad
