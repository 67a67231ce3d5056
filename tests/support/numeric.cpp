#include "support/numeric.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace numeric {

Dense::Dense(std::initializer_list<double> numbers, DType type)
    : shape{static_cast<std::int64_t>(numbers.size())}, data(numbers), dtype(type) {}
Dense::Dense(Shape s, std::vector<double> numbers, DType type) : shape(s), data(std::move(numbers)), dtype(type) {
  if (static_cast<std::int64_t>(data.size()) != shape.size())
    throw std::logic_error("a test's numbers do not fill their shape " + shape.to_string());
}
Dense::Dense(const Shape& s, DType type) : shape(s), data(static_cast<std::size_t>(s.size()), 0.0), dtype(type) {}

std::int64_t Dense::offset(std::span<const std::int64_t> index) const {
  std::int64_t at = 0;
  for (int axis = 0; axis < rank(); ++axis) at = at * shape[axis] + index[static_cast<std::size_t>(axis)];
  return at;
}

std::vector<std::int64_t> coordinates(const Shape& shape, std::int64_t i) {
  std::vector<std::int64_t> index(static_cast<std::size_t>(shape.rank()));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    index[static_cast<std::size_t>(axis)] = i % shape[axis];
    i /= shape[axis];
  }
  return index;
}

void each_index(const Shape& shape, const std::function<void(const std::vector<std::int64_t>&)>& f) {
  for (std::int64_t i = 0; i < shape.size(); ++i) f(coordinates(shape, i));
}

Shape common_shape(const std::vector<Shape>& shapes) {
  Shape common;
  for (const Shape& s : shapes) {
    const int rank = std::max(common.rank(), s.rank());
    Shape next;
    for (int k = rank; k > 0; --k) {
      const std::int64_t a = k <= common.rank() ? common[common.rank() - k] : 1;
      const std::int64_t b = k <= s.rank() ? s[s.rank() - k] : 1;
      if (a != b && a != 1 && b != 1) throw std::logic_error("a test's shapes do not broadcast");
      next.push_back(a == 1 ? b : a);
    }
    common = next;
  }
  return common;
}

double broadcast_at(const Dense& x, const std::vector<std::int64_t>& index) {
  const std::size_t lead = index.size() - static_cast<std::size_t>(x.rank());
  std::int64_t at = 0;
  for (int axis = 0; axis < x.rank(); ++axis)
    at = at * x.shape[axis] + (x.shape[axis] == 1 ? 0 : index[lead + static_cast<std::size_t>(axis)]);
  return x[at];
}

Dense sum_to(const Dense& x, const Shape& shape) {
  Dense result(shape, x.dtype);
  const std::size_t lead = static_cast<std::size_t>(x.rank() - shape.rank());
  for (std::int64_t i = 0; i < x.size(); ++i) {
    const auto index = coordinates(x.shape, i);
    std::int64_t at = 0;
    for (int axis = 0; axis < shape.rank(); ++axis)
      at = at * shape[axis] + (shape[axis] == 1 ? 0 : index[lead + static_cast<std::size_t>(axis)]);
    result[at] += x[i];
  }
  return result;
}

xgrad::Array to_array(const Dense& x, DType dtype) {
  xgrad::Array a = xgrad::Array::empty(x.shape, dtype);
  xgrad::visit_dtype(dtype, [&]<class T>() {
    T* to = a.mutable_data<T>();
    for (std::int64_t i = 0; i < x.size(); ++i) {
      const bool nan = std::is_integral_v<T> && std::isnan(x[i]);  // an integer has none, and C++ no answer
      to[i] = nan ? T{} : static_cast<T>(x[i]);
    }
  });
  return a;
}
xgrad::Array to_array(const Dense& x) { return to_array(x, x.dtype); }

Dense to_dense(const xgrad::Array& a) {
  Dense x(a.shape(), a.dtype());
  xgrad::visit_dtype(a.dtype(), [&]<class T>() {
    const T* from = a.data<T>();
    for (std::int64_t i = 0; i < a.size(); ++i) x[i] = static_cast<double>(from[i]);
  });
  return x;
}

Dense rounded_to_float(Dense x) {
  if (xgrad::is_floating(x.dtype))
    for (double& v : x.data) v = static_cast<double>(static_cast<float>(v));
  return x;
}

std::uint64_t Random::bits() {  // splitmix64
  state_ += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
double Random::uniform(double low, double high) {
  return low + (high - low) * static_cast<double>(bits() >> 11) * 0x1p-53;
}
std::int64_t Random::below(std::int64_t n) { return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(n)); }
Dense Random::uniform(const Shape& shape, double low, double high) {
  Dense x(shape);
  for (double& v : x.data) v = uniform(low, high);
  return x;
}

bool near(double got, double want, const Tolerance& t) {
  if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want);
  if (std::isinf(got) || std::isinf(want)) return got == want;
  if (t.signed_zero && want == 0 && std::signbit(got) != std::signbit(want)) return false;
  return std::abs(got - want) <= t.relative * std::max(std::abs(want), t.floor);
}

std::string difference(const Dense& got, const Dense& want, const Tolerance& t) {
  if (got.shape != want.shape) return "shape " + got.shape.to_string() + " where " + want.shape.to_string() + " is due";
  double worst = -1;
  std::int64_t where = -1;
  for (std::int64_t i = 0; i < got.size(); ++i) {
    if (near(got[i], want[i], t)) continue;
    const double off = std::abs(got[i] - want[i]) / std::max(std::abs(want[i]), t.floor);
    if (where < 0 || off > worst || std::isnan(off)) {
      worst = off;
      where = i;
    }
  }
  if (where < 0) return "";
  char text[160];
  std::snprintf(text, sizeof text, "element %lld of %s: %.17g where %.17g is due (off by %.3g, allowed %.3g)",
                static_cast<long long>(where), got.shape.to_string().c_str(), got[where], want[where], worst,
                t.relative);
  return text;
}

double largest(const Dense& x) {
  double most = 0;
  for (double v : x.data)
    if (std::isfinite(v)) most = std::max(most, std::abs(v));
  return most;
}

}  // namespace numeric
