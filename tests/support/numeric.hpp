#pragma once

// Plain numbers for tests: a dense array of doubles with a shape, a generator of reproducible samples, comparison.
// Naive evaluators are written on these alone, so that nothing of the library's arithmetic is behind both sides of a
// test.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"

namespace numeric {

using xgrad::DType;
using xgrad::Shape;

inline constexpr double inf = __builtin_inf();
inline constexpr double NaN = __builtin_nan("");
inline constexpr double pi = 3.14159265358979323846;

/// Numbers with a shape, row-major, each held as a double whatever its type.
struct Dense {
  Shape shape;
  std::vector<double> data;
  DType dtype = DType::float64;

  Dense() : shape{0} {}
  Dense(double number, DType type = DType::float64) : data{number}, dtype(type) {}  // NOLINT: a scalar, shape []
  Dense(std::initializer_list<double> numbers, DType type = DType::float64);        // NOLINT: a vector
  Dense(Shape s, std::vector<double> numbers, DType type = DType::float64);
  /// Zeros.
  explicit Dense(const Shape& s, DType type = DType::float64);

  std::int64_t size() const { return shape.size(); }
  int rank() const { return shape.rank(); }
  double& operator[](std::int64_t i) { return data[static_cast<std::size_t>(i)]; }
  double operator[](std::int64_t i) const { return data[static_cast<std::size_t>(i)]; }
  /// The element at an index of as many coordinates as axes.
  double& at(std::span<const std::int64_t> index) { return data[static_cast<std::size_t>(offset(index))]; }
  double at(std::span<const std::int64_t> index) const { return data[static_cast<std::size_t>(offset(index))]; }
  std::int64_t offset(std::span<const std::int64_t> index) const;
};

/// The coordinates of element i of a row-major array.
std::vector<std::int64_t> coordinates(const Shape& shape, std::int64_t i);
/// Calls f with the coordinates of every element, in order.
void each_index(const Shape& shape, const std::function<void(const std::vector<std::int64_t>&)>& f);
/// The common shape by NumPy's rule. @throws std::logic_error where there is none: a test's own mistake
Shape common_shape(const std::vector<Shape>& shapes);
/// The element of `x` that stands at coordinates of a shape which x broadcasts to.
double broadcast_at(const Dense& x, const std::vector<std::int64_t>& index);
/// x summed over the axes along which `shape` broadcasts to x's: the transpose of broadcasting.
Dense sum_to(const Dense& x, const Shape& shape);

xgrad::Array to_array(const Dense& x);
xgrad::Array to_array(const Dense& x, DType dtype);
Dense to_dense(const xgrad::Array& a);
/// Every number rounded to float and back.
Dense rounded_to_float(Dense x);

/// The same sequence of numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  /// Uniform in [low, high).
  double uniform(double low = 0, double high = 1);
  std::int64_t below(std::int64_t n);
  Dense uniform(const Shape& shape, double low = -1, double high = 1);
  template <class T>
  void shuffle(std::vector<T>& v) {
    for (std::size_t i = v.size(); i > 1; --i)
      std::swap(v[i - 1], v[static_cast<std::size_t>(below(static_cast<std::int64_t>(i)))]);
  }

 private:
  std::uint64_t state_;
};

/// How near two numbers must be: |got − want| ≤ relative · max(|want|, floor). NaN equals NaN, and an infinity only
/// itself. Where `signed_zero`, −0 is not 0.
struct Tolerance {
  double relative = 1e-13;
  double floor = 1;
  bool signed_zero = false;
};
bool near(double got, double want, const Tolerance& t);
/// "" where both are alike; else what differs: shapes, or the worst element.
std::string difference(const Dense& got, const Dense& want, const Tolerance& t);
/// The largest |x| among finite numbers; 0 for none.
double largest(const Dense& x);

}  // namespace numeric
