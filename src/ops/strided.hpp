#pragma once
// Parts of an array that lie at regular strides, and moving them.

#include "kernels/movement.hpp"
#include "xgrad/core/array.hpp"
#include "xgrad/core/shape.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad::detail {

/// A resolved slice: along each axis, `extent` places from `start` by `step`.
struct Part {
  Shape start, step, extent;
};

inline Part whole(const Shape& shape) {
  Part p{shape, shape, shape};
  for (int i = 0; i < shape.rank(); ++i) {
    p.start[i] = 0;
    p.step[i] = 1;
  }
  return p;
}
/// Places [begin, begin + extent) of one axis.
inline Part along(const Shape& shape, int axis, std::int64_t begin, std::int64_t extent) {
  Part p = whole(shape);
  p.start[axis] = begin;
  p.extent[axis] = extent;
  return p;
}

/// Element strides of a dense array of this shape.
inline Shape dense_strides(const Shape& shape) {
  Shape strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank(); i-- > 0; step *= shape[i]) strides[i] = step;
  return strides;
}

/// Where the first element of the part lies, and the strides of its others.
struct Place {
  std::int64_t offset = 0;
  Shape strides;
  Place(const Shape& shape, const Part& part) : strides(dense_strides(shape)) {
    for (int i = 0; i < shape.rank(); ++i) {
      offset += part.start[i] * strides[i];
      strides[i] *= part.step[i];
    }
  }
};

inline kernels::Strided strided(const Shape& extent, const Shape& strides) {
  return {extent.rank(), extent.begin(), strides.begin()};
}

/// The elements of a part of x, dense.
inline Array read_part(const Array& x, const Part& part) {
  Array y = Array::empty(part.extent, x.dtype());
  if (y.size() == 0) return y;
  const Place at(x.shape(), part);
  const std::size_t width = size_of(x.dtype());
  kernels::strided_read(strided(part.extent, at.strides), width,
                        static_cast<const std::byte*>(x.raw()) + at.offset * static_cast<std::int64_t>(width), y.raw());
  return y;
}
/// Writes the elements of x into a part of y, whose memory is its own.
inline void write_part(const Array& x, Array& y, const Part& part) {
  if (x.size() == 0) return;
  const Place at(y.shape(), part);
  const std::size_t width = size_of(x.dtype());
  kernels::strided_write(strided(part.extent, at.strides), width, x.raw(),
                         static_cast<std::byte*>(y.raw()) + at.offset * static_cast<std::int64_t>(width));
}

/// `axis` from the front. @throws IndexError for one out of range, at the operand's line
int checked_axis(const char* operation, const Arg& x, std::int64_t axis, int rank);

/// The elements of a part, as an op; x with a part replaced; zeros of `shape` with x in a part. Each is the other's
/// gradient.
Var take_part(Arg x, const Part& part);
Var replace_part(Arg x, const Part& part, Arg values);
Var place_part(Arg x, const Part& part, const Shape& shape);

}  // namespace xgrad::detail
