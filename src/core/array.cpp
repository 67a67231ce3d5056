#include "xgrad/core/array.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace xgrad {

namespace {

std::int64_t checked_size(const char* operation, const Shape& shape, Loc loc) {
  std::int64_t n = 1;
  bool overflow = false;
  for (std::int64_t extent : shape) {
    if (extent < 0) throw ShapeError(operation, "needs extents of at least 0; got " + shape.to_string(), loc);
    overflow |= __builtin_mul_overflow(n, extent, &n);
  }
  if (overflow || n > (std::int64_t{1} << 58))
    throw ShapeError(operation, "needs a shape that fits memory; got " + shape.to_string(), loc);
  return n;
}

}  // namespace

Array Array::empty(const Shape& shape, DType dtype, Loc loc) {
  Array a;
  const auto n = static_cast<std::size_t>(checked_size("Array", shape, loc));
  a.buffer_ = Buffer::allocate(std::max<std::size_t>(1, n * size_of(dtype)));
  a.shape_ = shape;
  a.dtype_ = dtype;
  return a;
}

Array Array::borrow_raw(void* memory, const Shape& shape, DType dtype) {
  Array a;
  const auto n = static_cast<std::size_t>(checked_size("Array::borrow", shape, Loc{}));
  a.buffer_ = Buffer::borrow(memory, n * size_of(dtype));
  a.shape_ = shape;
  a.dtype_ = dtype;
  return a;
}

Array Array::copy_raw(const void* memory, std::int64_t count, const Shape& shape, DType dtype, Loc loc) {
  if (checked_size("Array::from", shape, loc) != count)
    throw ShapeError("Array::from",
                     "needs " + std::to_string(shape.size()) + " values for shape " + shape.to_string() + "; got " +
                         std::to_string(count),
                     loc);
  Array a = empty(shape, dtype, loc);
  if (count) std::memcpy(a.raw(), memory, a.bytes());
  return a;
}

void Array::check_dtype(DType wanted, Loc loc) const {
  if (wanted != dtype_)
    throw DTypeError(
        "Array",
        std::string("needs element type ") + name_of(wanted) + "; got " + signature(*this) + " (astype converts)", loc);
}

void Array::check_single(Loc loc) const {
  if (size() != 1) throw ShapeError("item", "needs an array of one element; got " + signature(*this), loc);
}

Array Array::reshape(const Shape& wanted, Loc loc) const {
  Shape shape = wanted;
  int open = -1;
  std::int64_t known = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] == -1 && open < 0) {
      open = i;
    } else if (shape[i] < 0) {
      throw ShapeError("reshape", "needs extents of at least 0, and one -1 at the most; got " + wanted.to_string(),
                       loc);
    } else {
      known *= shape[i];
    }
  }
  if (open >= 0 && known > 0 && size() % known == 0) shape[open] = size() / known;
  if ((open >= 0 && shape[open] == -1) || shape.size() != size())
    throw ShapeError("reshape",
                     "needs a shape of " + std::to_string(size()) + " elements for " + signature(*this) + "; got " +
                         wanted.to_string(),
                     loc);
  Array a = *this;
  a.shape_ = shape;
  return a;
}

Array Array::astype(DType dtype) const {
  if (dtype == dtype_) return *this;
  Array result = empty(shape_, dtype);
  visit_dtype(dtype_, [&]<class From>() {
    visit_dtype(dtype, [&]<class To>() {
      const From* from = static_cast<const From*>(raw());
      To* to = static_cast<To*>(result.raw());
      const std::int64_t n = size();
      for (std::int64_t i = 0; i < n; ++i) {
        if constexpr (std::is_same_v<To, bool>) {
          to[i] = from[i] != From{0};
        } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
          // A value out of the target's range has no answer in C++; it saturates here, and NaN is 0.
          const double lowest = static_cast<double>(std::numeric_limits<To>::min());
          const double highest = std::is_same_v<To, std::int64_t> ? 9223372036854774784.0 : 255.0;
          const double v = static_cast<double>(from[i]);
          to[i] = std::isnan(v) ? To{0} : static_cast<To>(std::clamp(v, lowest, highest));
        } else {
          to[i] = static_cast<To>(from[i]);
        }
      }
    });
  });
  return result;
}

Array Array::copy() const {
  Array result = empty(shape_, dtype_);
  if (size()) std::memcpy(result.raw(), raw(), bytes());
  return result;
}

void Array::detach() {
  if (buffer_ && !buffer_.unique()) *this = copy();
}

Array Array::rows(std::int64_t begin, std::int64_t end, Loc loc) const {
  if (rank() == 0) throw ShapeError("rows", "needs an array of rank 1 or more; got " + signature(*this), loc);
  if (begin < 0 || end < begin || end > shape_[0])
    throw IndexError("rows",
                     "needs 0 <= begin <= end <= " + std::to_string(shape_[0]) + "; got [" + std::to_string(begin) +
                         ", " + std::to_string(end) + ")",
                     loc);
  Array a = *this;
  const std::int64_t row = shape_[0] ? size() / shape_[0] : 0;
  a.offset_ += static_cast<std::size_t>(begin * row) * size_of(dtype_);
  a.shape_[0] = end - begin;
  return a;
}

std::string signature(const Array& a) { return name_of(a.dtype()) + a.shape().to_string(); }

}  // namespace xgrad
