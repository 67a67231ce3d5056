#pragma once
// Parts of arrays for the kernels that move elements.

#include <cstring>

#include "kernels/elementwise.hpp"
#include "kernels/movement.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad::detail {

/// All of a contiguous array.
inline kernels::Region whole(const Shape& shape) noexcept {
  kernels::Region r;
  r.rank = shape.rank();
  std::int64_t step = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    r.count[d] = shape[d];
    r.stride[d] = step;
    step *= shape[d];
  }
  return r;
}

inline int bytes_of(const Array& a) noexcept { return static_cast<int>(size_of(a.dtype())); }

inline void zero(Array& a) noexcept {
  if (a.size()) std::memset(a.raw(), 0, a.bytes());
}

/// The gradient of a part: to's region (=|+=) g, and without `add` 0 elsewhere.
template <class T>
void give_region(const kernels::Region& region, const T* g, Target<T> to, std::int64_t size) {
  if (to.add) return kernels::add_to_region(region, g, to.data);
  if (region.size() != size) kernels::fill(size, T{0}, to.data);
  kernels::copy_to_region(region, static_cast<int>(sizeof(T)), g, to.data);
}

}  // namespace xgrad::detail
