#pragma once
// What the reductions share: their axes, their result's shape, and a cotangent spread back over what was reduced.

#include "kernels/broadcast.hpp"
#include "kernels/reduce.hpp"
#include "ops/axes.hpp"

namespace xgrad::detail {

template <class T, class Y>
void reduce(kernels::Reduce f, const Shape& shape, std::uint32_t mask, const T* x, Y* y) {
  kernels::reduce(f, shape.begin(), shape.rank(), mask, x, y);
}

/// y /= n
template <class T>
void divide_by(T n, std::int64_t size, T* y) {
  kernels::binary(kernels::Binary::div, size, y, 1, &n, 0, y);
}

/// The base of the ops that reduce one operand along some axes.
struct Reduction {
  Axes axes;
  bool keepdims = false;

  /// Checks the axes and declares the result.
  void declare(Infer& i, DType type) const {
    i.result(reduced(i.shape(0), checked_mask(i, axes, i.rank(0)), keepdims), type);
  }
  /// After `declare`: for what has no value where nothing is reduced.
  void need_elements(const Infer& i) const {
    if (count_along(i.shape(0), mask(i.shape(0))) == 0)
      i.shape_error("at least one element along axes " + axes.to_string(), i.signatures());
  }
  std::uint32_t mask(const Shape& from) const noexcept { return mask_of(axes, from.rank()); }
  /// The result's shape with every axis kept: broadcasts against `from`.
  Shape kept(const Shape& from) const { return reduced(from, mask(from), true); }
  /// Elements that become one.
  template <class T>
  T count(const Shape& from) const {
    return static_cast<T>(count_along(from, mask(from)));
  }
  /// to (=|+=) g, of the reduced shape, spread over `from`
  template <class T>
  void spread(const Shape& from, const T* g, Target<T> to) const {
    const Shape few = kept(from);
    if (to.add) {
      kernels::binary_broadcast(kernels::Binary::add, from.extents(), few.extents(), to.data, g, to.data);
    } else {
      kernels::broadcast_copy(few.extents(), from.extents(), g, to.data);
    }
  }
  std::string attributes() const { return "axes " + axes.to_string() + (keepdims ? " kept" : ""); }
};

/// 1/n where x is one of the n elements of its group that equal y (of the reduced shape, axes kept), else 0: how ties
/// share a gradient. A constant, since it changes only by jumps.
Var tie_shares(const Var& x, const Var& y, const Axes& axes, Loc loc);

}  // namespace xgrad::detail
