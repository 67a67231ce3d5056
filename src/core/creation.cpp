#include <algorithm>
#include <cmath>
#include <cstring>

#include "xgrad/core/array.hpp"

namespace xgrad {

namespace {

/// Whether `value` is one of the numbers that the dtype can hold; floats hold all, rounded.
bool holds(DType dtype, double value) {
  switch (dtype) {
    case DType::int64:
      return value == std::trunc(value) && std::abs(value) < 9.2e18;
    case DType::uint8:
      return value == std::trunc(value) && value >= 0 && value <= 255;
    case DType::boolean:
      return value == 0 || value == 1;
    default:
      return true;
  }
}

Array filled(const char* operation, const Shape& shape, double value, DType dtype, Loc loc) {
  if (!holds(dtype, value))
    throw DTypeError(operation,
                     std::string("needs a value that ") + name_of(dtype) + " can hold; got " + std::to_string(value),
                     loc);
  Array a = Array::empty(shape, dtype, loc);
  visit_dtype(dtype, [&]<class T>() { std::fill_n(static_cast<T*>(a.raw()), a.size(), static_cast<T>(value)); });
  return a;
}

template <class F>
Array generated(const char* operation, std::int64_t count, DType dtype, Loc loc, F value) {
  if (dtype == DType::boolean) throw DTypeError(operation, "needs a number type; got bool", loc);
  Array a = Array::empty({count}, dtype, loc);
  visit_dtype(dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < count; ++i) static_cast<T*>(a.raw())[i] = static_cast<T>(value(i));
  });
  return a;
}

}  // namespace

Array zeros(const Shape& shape, DType dtype, Loc loc) { return filled("zeros", shape, 0, dtype, loc); }
Array ones(const Shape& shape, DType dtype, Loc loc) { return filled("ones", shape, 1, dtype, loc); }
Array full(const Shape& shape, double value, DType dtype, Loc loc) { return filled("full", shape, value, dtype, loc); }
Array zeros_like(const Array& a) { return zeros(a.shape(), a.dtype()); }
Array ones_like(const Array& a) { return ones(a.shape(), a.dtype()); }
Array full_like(const Array& a, double value, Loc loc) { return filled("full_like", a.shape(), value, a.dtype(), loc); }

Array arange(double start, double stop, double step, DType dtype, Loc loc) {
  if (step == 0 || !std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step))
    throw ArgError("arange",
                   "needs finite bounds and a step other than 0; got " + std::to_string(start) + ", " +
                       std::to_string(stop) + ", step " + std::to_string(step),
                   loc);
  const double steps = std::ceil((stop - start) / step);
  return generated("arange", std::max<std::int64_t>(0, static_cast<std::int64_t>(steps)), dtype, loc,
                   [=](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

Array linspace(double start, double stop, std::int64_t count, DType dtype, Loc loc) {
  if (count < 0) throw ArgError("linspace", "needs a count of at least 0; got " + std::to_string(count), loc);
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  return generated("linspace", count, dtype, loc, [=](std::int64_t i) {
    return count > 1 && i == count - 1 ? stop : start + static_cast<double>(i) * step;  // the end is hit exactly
  });
}

Array eye(std::int64_t n, DType dtype, Loc loc) {
  Array a = zeros({n, n}, dtype, loc);
  visit_dtype(dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < n; ++i) static_cast<T*>(a.raw())[i * n + i] = T{1};
  });
  return a;
}

}  // namespace xgrad
