#pragma once
// What the tests of the kernels share: a run under every instruction set, a generator of numbers, errors in ulps.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "kernels/isa.hpp"

namespace xgrad::kernels::test {

/// Runs body under each instruction set that this machine has, and puts the chosen one back.
template <class Body>
void under_each_isa(Body body) {
  const std::string before = active_isa();
  for (const char* isa : {"baseline", "v3", "v4"}) {
    if (!select_isa(isa)) continue;
    INFO("instruction set ", std::string(isa));
    body();
  }
  select_isa(before.c_str());
}

/// SplitMix64: the same numbers everywhere.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double uniform(double lo, double hi) { return lo + (hi - lo) * static_cast<double>(next() >> 11) * 0x1p-53; }
  template <class T>
  std::vector<T> vector(std::int64_t n, double lo, double hi) {
    std::vector<T> v(static_cast<std::size_t>(n));
    for (T& x : v) x = static_cast<T>(uniform(lo, hi));
    return v;
  }

 private:
  std::uint64_t state_;
};

/// |got - exact| in units of the last place of exact as a T; 0 for equal infinities and two NaNs, infinite if only one
/// is.
template <class T>
double ulps(T got, long double exact) {
  const T rounded = static_cast<T>(exact);
  if (std::isnan(got) || std::isnan(rounded)) {
    return std::isnan(got) && std::isnan(rounded) ? 0 : std::numeric_limits<double>::infinity();
  }
  if (got == rounded) return 0;
  if (std::isinf(got) || std::isinf(rounded)) return std::numeric_limits<double>::infinity();
  int exponent;
  std::frexp(rounded, &exponent);
  const int lowest = std::numeric_limits<T>::min_exponent;
  const T unit = std::ldexp(T(1), std::max(exponent, lowest) - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / unit);
}

/// Same bits but for NaN's.
template <class T>
bool same(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b && std::signbit(a) == std::signbit(b);
}

}  // namespace xgrad::kernels::test
