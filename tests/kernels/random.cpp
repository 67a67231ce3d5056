#include "kernels/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/isa.hpp"
#include "xgrad/core/threads.hpp"

using namespace xgrad;
using namespace xgrad::kernels;

namespace {

using I64 = std::int64_t;

/// Largest distance between the draws' and the true distribution function, times √n: beyond 1.95 with probability
/// 0.001.
template <class T, class Cdf>
double kolmogorov(std::vector<T> x, Cdf cdf) {
  std::sort(x.begin(), x.end());
  const double n = static_cast<double>(x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = cdf(static_cast<double>(x[i]));
    worst = std::max({worst, p - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - p});
  }
  return worst * std::sqrt(n);
}

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

/// Σ (seen − expected)² / expected for equally likely outcomes.
double chi_square(const std::vector<I64>& seen) {
  const double expected =
      static_cast<double>(std::accumulate(seen.begin(), seen.end(), I64{0})) / static_cast<double>(seen.size());
  double sum = 0;
  for (I64 s : seen) sum += (static_cast<double>(s) - expected) * (static_cast<double>(s) - expected) / expected;
  return sum;
}

template <class T>
std::vector<T> uniform(const RandomKey& key, I64 n) {
  std::vector<T> y(static_cast<std::size_t>(n));
  random_uniform(key, n, y.data());
  return y;
}

/// Everything that this family draws, in one row of numbers.
template <class T>
std::vector<double> all_draws(const RandomKey& key, I64 n) {
  std::vector<double> result;
  std::vector<T> y(static_cast<std::size_t>(n)), ones(y.size(), T(1));
  std::vector<std::uint8_t> bits(y.size());
  std::vector<I64> numbers(y.size());
  const auto keep = [&result](const auto& v) {
    for (auto x : v) result.push_back(static_cast<double>(x));
  };
  random_uniform(key, n, y.data()), keep(y);
  random_normal(key, n, y.data()), keep(y);
  random_truncated_normal(key, n, y.data()), keep(y);
  random_mask(key, n, 0.3, T(2), ones.data(), y.data()), keep(y);
  random_bernoulli(key, n, 0.3, bits.data()), keep(bits);
  random_integers(key, n, -5, 1000000, numbers.data()), keep(numbers);
  return result;
}

}  // namespace

TEST_CASE("Philox gives the published answers") {
  // Random123's known-answer vectors for philox4x32-10.
  CHECK(philox({0, 0}, {0, 0, 0, 0}) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}) ==
        PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("element i is word i mod 4 of the block with counter i / 4 and the stream") {
  const RandomKey key{0x123456789abcdef0, 0xfedcba9876543210, 0};
  const auto y = uniform<float>(key, 1000);
  const auto z = uniform<double>(key, 500);
  bool same = true;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const auto block = philox({0x9abcdef0, 0x12345678}, {i / 4, 0, 0x76543210, 0xfedcba98});
    same &= y[i] == static_cast<float>(block[i % 4] >> 8) / 16777216.f;
    if (i % 2 == 0) {
      const std::uint64_t pair = std::uint64_t{block[i % 4]} << 32 | block[i % 4 + 1];
      same &= z[i / 2] == std::ldexp(static_cast<double>(pair >> 11), -53);
    }
  }
  CHECK(same);
  // Beyond 2³² blocks.
  const auto far = uniform<float>({1, 2, (I64{1} << 36) + 1}, 1);
  CHECK(far[0] == static_cast<float>(philox({1, 0}, {0, 4, 2, 0})[1] >> 8) / 16777216.f);
}

TEST_CASE_TEMPLATE("draws depend on seed, stream and place only: not on threads, cuts or instruction set", T, float,
                   double) {
  const int before = num_threads();
  const I64 n = 40001;
  const auto want = all_draws<T>({7, 9, 3}, n);
  for (int threads : {1, 2, 3}) {
    set_num_threads(threads);
    CHECK(all_draws<T>({7, 9, 3}, n) == want);
  }
  set_num_threads(before);
  const std::string isa = active_isa();
  for (const char* other : {"baseline", "v3", "v4"}) {
    if (select_isa(other)) CHECK(all_draws<T>({7, 9, 3}, n) == want);
  }
  select_isa(isa.c_str());
  for (I64 from : {1, 2, 3, 4, 511, 512, 513}) {
    const I64 rest = 600;
    const auto part = all_draws<T>({7, 9, 3 + from}, rest);
    bool same = true;
    for (I64 kind = 0; kind < 6; ++kind) {
      for (I64 i = 0; i < rest; ++i) {
        same &= part[static_cast<std::size_t>(kind * rest + i)] == want[static_cast<std::size_t>(kind * n + from + i)];
      }
    }
    CHECK(same);
  }
  CHECK(all_draws<T>({8, 9, 3}, n) != want);
  CHECK(all_draws<T>({7, 10, 3}, n) != want);
}

TEST_CASE_TEMPLATE("uniform numbers are uniform, in [0, 1), and neighbours are unrelated", T, float, double) {
  const auto y = uniform<T>({42, 0, 0}, 200000);
  CHECK(*std::min_element(y.begin(), y.end()) >= 0);
  CHECK(*std::max_element(y.begin(), y.end()) < 1);
  CHECK(kolmogorov(y, [](double x) { return x; }) < 1.95);
  for (std::size_t lag : {1, 2, 4}) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < y.size(); ++i)
      sum += (static_cast<double>(y[i]) - 0.5) * (static_cast<double>(y[i + lag]) - 0.5);
    CHECK(std::abs(sum * 12 / std::sqrt(200000.0)) < 3.5);
  }
}

TEST_CASE_TEMPLATE("normal numbers are normal, and their tails too", T, float, double) {
  const I64 n = 400000;
  std::vector<T> y(static_cast<std::size_t>(n));
  random_normal({42, 1, 0}, n, y.data());
  CHECK(kolmogorov(y, normal_cdf) < 1.95);
  double mean = 0, square = 0, fourth = 0;
  for (T v : y) {
    const double x = static_cast<double>(v);
    mean += x / static_cast<double>(n);
    square += x * x / static_cast<double>(n);
    fourth += x * x * x * x / static_cast<double>(n);
  }
  const double root = std::sqrt(static_cast<double>(n));
  CHECK(std::abs(mean) < 3.5 / root);
  CHECK(std::abs(square - 1) < 3.5 * std::sqrt(2.0) / root);
  CHECK(std::abs(fourth - 3) < 3.5 * std::sqrt(96.0) / root);
  const auto beyond = std::count_if(y.begin(), y.end(), [](T x) { return std::abs(x) > T(3.5); });
  const double expected = 2 * normal_cdf(-3.5) * static_cast<double>(n);
  CHECK(std::abs(static_cast<double>(beyond) - expected) < 4 * std::sqrt(expected));
}

TEST_CASE("the normal inversion is exact to rounding: Φ(y) is the uniform number that y came from") {
  // The same words give the uniform and the normal double.
  const I64 n = 200000;
  std::vector<double> u = uniform<double>({3, 4, 0}, n), y(u.size());
  random_normal({3, 4, 0}, n, y.data());
  double worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    // y is at the middle of u's interval, whose distance from the nearer end of [0, 1] is exact in this order only.
    const double tail = u[i] < 0.5 ? u[i] + 0x1p-54 : (1 - u[i]) - 0x1p-54;
    // The error in y, from the error in Φ and the density.
    const double off = std::abs(std::erfc(std::abs(y[i]) / std::sqrt(2.0)) / 2 - tail);
    const double density = std::exp(-y[i] * y[i] / 2) / std::sqrt(2 * 3.14159265358979323846);
    worst = std::max(worst, off / density / std::max(1.0, std::abs(y[i])));
  }
  CHECK(worst < 4e-15);
}

TEST_CASE_TEMPLATE("truncated normal numbers stay within 2 and follow the cut distribution", T, float, double) {
  const I64 n = 200000;
  std::vector<T> y(static_cast<std::size_t>(n));
  random_truncated_normal({42, 2, 0}, n, y.data());
  CHECK(*std::min_element(y.begin(), y.end()) >= -2);
  CHECK(*std::max_element(y.begin(), y.end()) <= 2);
  const double below = normal_cdf(-2), inside = 1 - 2 * below;
  CHECK(kolmogorov(y, [=](double x) { return (normal_cdf(x) - below) / inside; }) < 1.95);
}

TEST_CASE("bernoulli: frequency, certainty, and a mask that repeats it") {
  const I64 n = 100000;
  std::vector<std::uint8_t> bits(static_cast<std::size_t>(n));
  std::vector<float> x(bits.size(), 3), y(bits.size());
  for (double p : {0.0, 0.1, 0.5, 0.999, 1.0}) {
    const RandomKey key{5, 6, 7};
    random_bernoulli(key, n, p, bits.data());
    const double seen = static_cast<double>(std::count(bits.begin(), bits.end(), 1));
    CHECK(std::abs(seen - p * static_cast<double>(n)) <= 3.5 * std::sqrt(p * (1 - p) * static_cast<double>(n)));
    random_mask(key, n, p, 2.f, x.data(), y.data());
    bool same = true;
    for (std::size_t i = 0; i < bits.size(); ++i) same &= y[i] == (bits[i] ? 6.f : 0.f);
    CHECK(same);
  }
  random_bernoulli({5, 6, 7}, n, std::numeric_limits<double>::quiet_NaN(), bits.data());
  CHECK(std::count(bits.begin(), bits.end(), 0) == n);
  x[1] = std::numeric_limits<float>::infinity();
  random_mask({5, 6, 7}, n, 0, 2.f, x.data(), x.data());
  CHECK(std::count(x.begin(), x.end(), 0.f) == n);
}

TEST_CASE("integers: every value equally often, in any range") {
  const I64 n = 120000, most = std::numeric_limits<I64>::max(), least = std::numeric_limits<I64>::min();
  std::vector<I64> y(static_cast<std::size_t>(n));
  for (I64 range : {1, 3, 7, 64}) {
    random_integers({1, 2, 0}, n, -2, range - 2, y.data());
    std::vector<I64> seen(static_cast<std::size_t>(range));
    bool inside = true;
    for (I64 v : y) {
      inside &= v >= -2 && v < range - 2;
      if (inside) ++seen[static_cast<std::size_t>(v + 2)];
    }
    CHECK(inside);
    // Beyond mean + 4 standard deviations of χ² less often than once in a thousand.
    const double df = static_cast<double>(range - 1);
    CHECK(chi_square(seen) <= df + 4 * std::sqrt(2 * df));
  }
  // Three quarters of 2⁶⁴: without drawing again, values below half would come twice as often as the rest.
  random_integers({1, 2, 0}, n, least, most / 2 + 1, y.data());
  std::vector<I64> thirds(3);
  for (I64 v : y) ++thirds[v < least / 2 ? 0 : v < 0 ? 1 : 2];
  CHECK(chi_square(thirds) < 14);
  CHECK(*std::max_element(y.begin(), y.end()) <= most / 2);
  random_integers({1, 2, 0}, n, least, most, y.data());
  CHECK(std::abs(std::count_if(y.begin(), y.end(), [](I64 v) { return v < 0; }) - n / 2) < 700);
  std::vector<I64> untouched{7};
  random_integers({1, 2, 0}, 1, 5, 5, untouched.data());
  CHECK(untouched[0] == 7);
}

TEST_CASE("permutations: each of the 24 of four equally often") {
  std::map<std::vector<I64>, I64> seen;
  for (std::uint64_t stream = 0; stream < 24000; ++stream) {
    std::vector<I64> y(4);
    random_permutation({11, stream, 0}, 4, y.data());
    ++seen[y];
  }
  CHECK(seen.size() == 24);
  std::vector<I64> counts;
  for (const auto& [order, count] : seen) counts.push_back(count);
  CHECK(chi_square(counts) < 23 + 4 * std::sqrt(46.0));

  std::vector<I64> y(1000);
  random_permutation({1, 1, 0}, 1000, y.data());
  auto sorted = y;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) CHECK(sorted[i] == static_cast<I64>(i));
  CHECK(sorted != y);
  random_permutation({1, 1, 0}, 0, nullptr);
}
