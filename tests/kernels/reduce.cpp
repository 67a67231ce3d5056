#include "kernels/reduce.hpp"

#include <algorithm>
#include <array>

#include "support.hpp"

namespace xgrad::kernels::test {
namespace {

/// Reduces x of shape (a, b, c) over the axes in the mask, one element at a time.
template <class T>
std::vector<long double> by_hand(Reduce f, std::array<std::int64_t, 3> shape, std::uint32_t axes,
                                 const std::vector<T>& x) {
  std::array<std::int64_t, 3> kept = shape;
  for (std::size_t d = 0; d < 3; ++d) {
    if (axes >> d & 1) kept[d] = 1;
  }
  constexpr long double inf = std::numeric_limits<long double>::infinity();
  const long double start = f == Reduce::prod ? 1 : f == Reduce::amax ? -inf : f == Reduce::amin ? inf : 0;
  std::vector<long double> y(static_cast<std::size_t>(kept[0] * kept[1] * kept[2]), start);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.size()); ++i) {
    const std::array<std::int64_t, 3> at{i / (shape[1] * shape[2]), i / shape[2] % shape[1], i % shape[2]};
    std::int64_t to = 0;
    for (std::size_t d = 0; d < 3; ++d) to = to * kept[d] + (kept[d] == 1 ? 0 : at[d]);
    long double& r = y[static_cast<std::size_t>(to)];
    const long double v = x[static_cast<std::size_t>(i)];
    if (std::isnan(v)) r = v;
    if (f == Reduce::sum) r += v;
    if (f == Reduce::prod) r *= v;
    if (f == Reduce::sum_square) r += v * v;
    if (f == Reduce::amax && v > r) r = v;
    if (f == Reduce::amin && v < r) r = v;
  }
  return y;
}

template <class T>
std::vector<T> reduced(Reduce f, std::array<std::int64_t, 3> shape, std::uint32_t axes, const std::vector<T>& x) {
  std::vector<T> y(by_hand(f, shape, axes, x).size());
  reduce(f, shape.data(), 3, axes, x.data(), y.data());
  return y;
}

}  // namespace

TEST_CASE_TEMPLATE("reductions over every set of axes", T, float, double) {
  under_each_isa([] {
    for (const auto& shape : {std::array<std::int64_t, 3>{1, 1, 1},
                              {2, 3, 5},
                              {1, 1, 67},
                              {3, 40, 1},
                              {1, 33, 130},
                              {7, 1, 300},
                              {2, 1500, 3},
                              {1, 1, 5000}}) {
      Numbers numbers(4);
      const auto x = numbers.vector<T>(shape[0] * shape[1] * shape[2], -1, 1);
      for (Reduce f : {Reduce::sum, Reduce::prod, Reduce::amax, Reduce::amin, Reduce::sum_square}) {
        for (std::uint32_t axes = 1; axes < 8; ++axes) {
          const auto want = by_hand(f, shape, axes, x);
          const auto got = reduced(f, shape, axes, x);
          const bool exact = f == Reduce::amax || f == Reduce::amin;
          // Roundings of a sum are each at most half an ulp of a partial sum, which the sum of sizes bounds; few add
          // up.
          std::vector<T> sizes = x;
          for (T& v : sizes) v = std::abs(v);
          const auto size = by_hand(f, shape, axes, sizes);
          const double terms = static_cast<double>(x.size() / want.size());
          double worst = 0;
          for (std::size_t i = 0; i < want.size(); ++i) {
            const long double scale = exact               ? 0
                                      : f == Reduce::prod ? terms * std::abs(want[i])
                                                          : std::sqrt(terms) * size[i];
            const long double bound = scale * std::numeric_limits<T>::epsilon();
            // A product of thousands of numbers below 1 is denormal or 0, where ulps are absolute.
            const long double off = std::abs(got[i] - want[i]) - std::numeric_limits<T>::min();
            if (!(off <= bound)) worst = std::max(worst, static_cast<double>(off));
          }
          INFO("function ", static_cast<int>(f), ", axes ", axes, ", size ", x.size());
          CHECK(worst == 0);
        }
      }
    }
  });
}

TEST_CASE_TEMPLATE("the extremes find a NaN wherever it stands, and only then", T, float, double) {
  under_each_isa([] {
    const T nan = std::numeric_limits<T>::quiet_NaN(), inf = std::numeric_limits<T>::infinity();
    for (std::int64_t n : {1, 2, 7, 16, 31, 64, 127, 128, 129, 200, 1024, 1025, 2500}) {
      std::vector<T> x(static_cast<std::size_t>(n), T(-3));
      int wrong = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        for (Reduce f : {Reduce::amax, Reduce::amin}) {
          x[i] = nan;
          wrong += !std::isnan(reduced(f, {1, 1, n}, 4, x)[0]);
          wrong += !std::isnan(reduced(f, {1, n, 1}, 2, x)[0]);
          x[i] = f == Reduce::amax ? inf : -inf;
          wrong += reduced(f, {1, 1, n}, 4, x)[0] != x[i];
          x[i] = f == Reduce::amax ? T(5) : T(-5);
          wrong += reduced(f, {1, 1, n}, 4, x)[0] != x[i];
          x[i] = T(-3);
        }
      }
      INFO("n ", n);
      CHECK(wrong == 0);
      CHECK(reduced(Reduce::amax, {1, 1, n}, 4, x)[0] == T(-3));
    }
  });
}

TEST_CASE_TEMPLATE("reductions of nothing", T, float, double) {
  const std::vector<T> none;
  const std::array<std::int64_t, 3> shape{2, 0, 3};
  const auto all_equal = [&](Reduce f, T value) {
    std::vector<T> y(6, T(7));
    reduce(f, shape.data(), 3, 2u, none.data(), y.data());
    return std::all_of(y.begin(), y.end(), [value](T v) { return v == value; });
  };
  CHECK(all_equal(Reduce::sum, T(0)));
  CHECK(all_equal(Reduce::prod, T(1)));
  CHECK(all_equal(Reduce::amax, -std::numeric_limits<T>::infinity()));
  CHECK(all_equal(Reduce::amin, std::numeric_limits<T>::infinity()));
}

}  // namespace xgrad::kernels::test
