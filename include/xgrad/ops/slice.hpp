#pragma once
/// \file Slices, as NumPy has them, and padding.

#include <initializer_list>
#include <optional>
#include <vector>

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// start : stop : step along one axis. What is left out is the whole axis, in the direction of the step; negative
/// places count from the end; places outside are brought to the edge.
///
/// ```cpp
/// Slice{};  Slice{1, 3};  Slice{.start = -2};  Slice{.step = -1};
/// ```
struct Slice {
  std::optional<std::int64_t> start = {};
  std::optional<std::int64_t> stop = {};
  std::int64_t step = 1;
};

/// In a list of indices: as many whole axes as are not named otherwise.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};
/// In a list of indices: a new axis of extent 1.
struct NewAxis {};
inline constexpr NewAxis newaxis{};

/// One entry in a list of indices: a place (the axis goes), a Slice, `ellipsis` or `newaxis`.
class SliceIndex {
 public:
  enum class Kind : std::uint8_t { place, range, ellipsis, newaxis };
  template <std::integral I>
  SliceIndex(I place) : kind_(Kind::place) {  // NOLINT(google-explicit-constructor)
    range_.start = static_cast<std::int64_t>(place);
  }
  SliceIndex(const Slice& range) : kind_(Kind::range), range_(range) {}  // NOLINT
  SliceIndex(Ellipsis) : kind_(Kind::ellipsis) {}                        // NOLINT
  SliceIndex(NewAxis) : kind_(Kind::newaxis) {}                          // NOLINT
  Kind kind() const noexcept { return kind_; }
  const Slice& range() const noexcept { return range_; }
  std::int64_t place() const noexcept { return *range_.start; }

 private:
  Kind kind_;
  Slice range_;
};

/// Part of x: `slice(x, {0, Slice{1, 3}, ellipsis, Slice{.step = -1}})` is NumPy's `x[0, 1:3, ..., ::-1]`. Axes that
/// the list does not reach stay whole. A run of rows (of the first axis, step 1, all else whole) shares x's memory.
/// Gradient: x̄ is ȳ at those places, 0 elsewhere.
/// @throws IndexError for too many indices or a place out of range; ArgError for step 0 or a second ellipsis
Var slice(Arg x, std::initializer_list<SliceIndex> index);
Var slice(Arg x, const std::vector<SliceIndex>& index);

/// x with the part that the indices name replaced by `updates`, which broadcast to it. x itself stays as it is.
/// Gradient: x̄ is ȳ, and 0 at those places; the updates get ȳ there.
/// @throws as `slice`; ShapeError, DTypeError for updates that do not fit
Var index_update(Arg x, std::initializer_list<SliceIndex> index, Arg updates);
Var index_update(Arg x, const std::vector<SliceIndex>& index, Arg updates);

/// What `pad` fills with: a number; the outermost element; the elements mirrored without, or with, the outermost one;
/// those from the other end.
enum class PadMode : std::uint8_t { constant, edge, reflect, symmetric, wrap };

/// x with a margin: `before[i]` elements in front of axis i and `after[i]` behind it.
/// Gradient: x̄ is ȳ without the margin, plus, but for `constant`, what was copied into it.
/// @throws ArgError for a negative width or where their number is not x's rank; ShapeError for nothing to copy
Var pad(Arg x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, double value = 0);
Var pad(Arg x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, PadMode mode);

// --- on Arrays alone ---

template <ArrayOrXt A>
Array slice(const A& x, std::initializer_list<SliceIndex> index, Loc loc = Loc::current()) {
  return slice(Arg(x, loc), index).value();
}
template <ArrayOrXt A>
Array slice(const A& x, const std::vector<SliceIndex>& index, Loc loc = Loc::current()) {
  return slice(Arg(x, loc), index).value();
}
template <ArrayOrXt A>
Array index_update(const A& x, std::initializer_list<SliceIndex> index, ArrayArg updates) {
  return index_update(Arg(x, updates.loc()), index, updates.arg()).value();
}
template <ArrayOrXt A>
Array index_update(const A& x, const std::vector<SliceIndex>& index, ArrayArg updates) {
  return index_update(Arg(x, updates.loc()), index, updates.arg()).value();
}
template <IsArray A>
Array pad(const A& x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, double value = 0,
          Loc loc = Loc::current()) {
  return pad(Arg(x, loc), before, after, value).value();
}
template <IsArray A>
Array pad(const A& x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, PadMode mode,
          Loc loc = Loc::current()) {
  return pad(Arg(x, loc), before, after, mode).value();
}

}  // namespace xgrad
