#include "ops/axes.hpp"

#include "xgrad/core/error.hpp"

namespace xgrad {

Axes::Axes(const int* axes, std::size_t count) : all_(false) {
  if (count > Shape::max_rank) throw ArgError("Axes", "needs at most 8 axes; got " + std::to_string(count), Loc{});
  for (std::size_t i = 0; i < count; ++i) axes_[count_++] = axes[i];
}

std::string Axes::to_string() const {
  if (all_) return "all";
  if (count_ == 1) return std::to_string(axes_[0]);
  std::string text = "(";
  for (int i = 0; i < count_; ++i) text += (i ? "," : "") + std::to_string((*this)[i]);
  return text + ")";
}

namespace detail {

std::uint32_t checked_mask(const Infer& i, const Axes& axes, int rank) {
  if (axes.all()) return mask_of(axes, rank);
  std::uint32_t mask = 0;
  for (int k = 0; k < axes.count(); ++k) {
    const std::uint32_t bit = 1u << i.axis(axes[k], rank);
    if (mask & bit) i.arg_error("each axis once", "axes " + axes.to_string() + " for " + i.signatures());
    mask |= bit;
  }
  return mask;
}

void need_floating(const char* operation, std::span<const Arg* const> operands) {
  const Arg* first = nullptr;  // but plain numbers, which take the type of the others
  for (const Arg* a : operands) {
    if (!is_floating(a->dtype()))
      throw DTypeError(operation, "needs float32 or float64; got " + signature(a->value()), a->loc());
    if (!a->parameter() && a->var().node()->weak()) continue;
    if (!first) first = a;
    if (a->dtype() != first->dtype())
      throw DTypeError(operation,
                       "needs operands of one element type; got " + signature(first->value()) + " and " +
                           signature(a->value()) + " (astype converts)",
                       first->loc());
  }
}

int checked_axis(const char* operation, const Arg& x, std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw IndexError(operation,
                     "needs an axis from " + std::to_string(-rank) + " to " + std::to_string(rank - 1) + "; got " +
                         std::to_string(axis) + " for " + signature(x.value()),
                     x.loc());
  return from_front(axis, rank);
}

std::uint32_t mask_of(const Axes& axes, int rank) noexcept {
  if (axes.all()) return (1u << rank) - 1u;
  std::uint32_t mask = 0;
  for (int k = 0; k < axes.count(); ++k) mask |= 1u << from_front(axes[k], rank);
  return mask;
}

Shape reduced(const Shape& shape, std::uint32_t mask, bool keepdims) {
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!(mask >> axis & 1)) {
      result.push_back(shape[axis]);
    } else if (keepdims) {
      result.push_back(1);
    }
  }
  return result;
}

std::int64_t count_along(const Shape& shape, std::uint32_t mask) noexcept {
  std::int64_t n = 1;
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (mask >> axis & 1) n *= shape[axis];
  return n;
}

}  // namespace detail
}  // namespace xgrad
