#pragma once
// Axes against the rank of an operand.

#include <span>

#include "xgrad/ops/axes.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad::detail {

/// A bit per axis. @throws IndexError for an axis out of range, ArgError for one named twice
std::uint32_t checked_mask(const Infer& i, const Axes& axes, int rank);
/// The same for axes that have been checked.
std::uint32_t mask_of(const Axes& axes, int rank) noexcept;
/// Extent 1 along the masked axes, or without them.
Shape reduced(const Shape& shape, std::uint32_t mask, bool keepdims);
/// Elements that become one.
std::int64_t count_along(const Shape& shape, std::uint32_t mask) noexcept;
inline int from_front(std::int64_t axis, int rank) noexcept { return static_cast<int>(axis < 0 ? axis + rank : axis); }

/// `axis` from the front. @throws IndexError for one out of range, at the operand's line
int checked_axis(const char* operation, const Arg& x, std::int64_t axis, int rank);
/// For functions made of ops, so that they refuse under their own name.
/// @throws DTypeError unless the operands are float32 or float64, and all the same
void need_floating(const char* operation, std::span<const Arg* const> operands);
inline void need_floating(const char* operation, const Arg& a, const Arg& b) {
  const Arg* const both[] = {&a, &b};
  need_floating(operation, both);
}

/// An array seen as [outer, n, inner] around one axis.
struct Around {
  std::int64_t outer = 1, n = 1, inner = 1;
  Around(const Shape& shape, int axis) noexcept : n(shape[axis]) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

}  // namespace xgrad::detail
