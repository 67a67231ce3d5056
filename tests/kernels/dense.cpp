#include "kernels/dense.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "xgrad/core/threads.hpp"

using namespace xgrad;
using kernels::Act;

namespace {

using I64 = std::int64_t;

constexpr Act all[] = {Act::linear, Act::relu, Act::tanh, Act::sigmoid};
constexpr std::array<I64, 2> shapes[] = {{1, 1},   {1, 7},     {5, 1},     {3, 16},    {4, 10},    {128, 10},
                                         {33, 65}, {1030, 70}, {200, 512}, {9000, 10}, {5000, 64}, {70000, 1}};

template <class T>
std::vector<T> wave(I64 n, double frequency) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (I64 i = 0; i < n; ++i)
    x[static_cast<std::size_t>(i)] = static_cast<T>(2 * std::sin(frequency * static_cast<double>(i + 1)));
  return x;
}

double value(Act act, double z) {
  switch (act) {
    case Act::relu:
      return z > 0 ? z : 0;
    case Act::tanh:
      return std::tanh(z);
    case Act::sigmoid:
      return 1 / (1 + std::exp(-z));
    default:
      return z;
  }
}
double slope(Act act, double y) {
  switch (act) {
    case Act::relu:
      return y > 0 ? 1 : 0;
    case Act::tanh:
      return 1 - y * y;
    case Act::sigmoid:
      return y * (1 - y);
    default:
      return 1;
  }
}

template <class T>
double worst_difference(const std::vector<T>& got, const std::vector<double>& want) {
  double worst = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const double off = std::abs(static_cast<double>(got[i]) - want[i]);
    worst = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(worst, off);
  }
  return worst;
}

}  // namespace

TEST_CASE_TEMPLATE("bias and activation after a product", T, float, double) {
  constexpr double eps = std::numeric_limits<T>::epsilon();
  for (const auto& shape : shapes) {
    const I64 m = shape[0], n = shape[1];  // clang 14 captures no structured bindings
    for (Act act : all) {
      for (bool with_bias : {false, true}) {
        const auto z = wave<T>(m * n, 0.37), bias = wave<T>(n, 0.11);
        auto y = z;
        kernels::bias_activation(m, n, with_bias ? bias.data() : nullptr, act, y.data());
        std::vector<double> want(y.size());
        for (std::size_t i = 0; i < y.size(); ++i) {
          const T sum = with_bias ? z[i] + bias[i % static_cast<std::size_t>(n)] : z[i];
          want[i] = value(act, static_cast<double>(sum));
        }
        INFO("m ", m, " n ", n, " act ", static_cast<int>(act), " bias ", with_bias);
        CHECK(worst_difference(y, want) <= 4 * eps);
      }
    }
  }
}

TEST_CASE_TEMPLATE("its derivative and the bias gradient, written and added, in place and not", T, float, double) {
  constexpr double eps = std::numeric_limits<T>::epsilon();
  for (const auto& shape : shapes) {
    const I64 m = shape[0], n = shape[1];  // clang 14 captures no structured bindings
    for (Act act : all) {
      for (bool add : {false, true}) {
        auto y = wave<T>(m * n, 0.37);
        kernels::bias_activation<T>(m, n, nullptr, act, y.data());
        const auto g = wave<T>(m * n, 0.73), before = wave<T>(n, 0.19);
        std::vector<double> dz(y.size()), db(static_cast<std::size_t>(n)), size(db.size());
        for (std::size_t i = 0; i < y.size(); ++i) {
          dz[i] = static_cast<double>(g[i]) * slope(act, static_cast<double>(y[i]));
          db[i % static_cast<std::size_t>(n)] += dz[i];
          size[i % static_cast<std::size_t>(n)] += std::abs(dz[i]);
        }
        for (std::size_t j = 0; add && j < db.size(); ++j) db[j] += static_cast<double>(before[j]);
        INFO("m ", m, " n ", n, " act ", static_cast<int>(act), " add ", add);

        std::vector<T> got(y.size()), sums = before;
        kernels::activation_vjp_bias(m, n, act, g.data(), y.data(), got.data(), sums.data(), add);
        CHECK(worst_difference(got, dz) <= 8 * eps);
        // 1024 rows in one chain; the chains then add up.
        CHECK(worst_difference(sums, db) <= 4 * eps * (4 + *std::max_element(size.begin(), size.end())));

        auto in_place = g;
        auto sums_again = before;
        kernels::activation_vjp_bias(m, n, act, in_place.data(), act == Act::linear ? nullptr : y.data(),
                                     in_place.data(), sums_again.data(), add);
        CHECK(in_place == got);
        CHECK(sums_again == sums);

        auto alone = g;
        kernels::activation_vjp_bias<T>(m, n, act, alone.data(), y.data(), alone.data(), nullptr, add);
        CHECK(alone == got);
      }
    }
  }
}

TEST_CASE_TEMPLATE("neither depends on the number of threads", T, float, double) {
  const int before = num_threads();
  for (auto [m, n] : {std::array<I64, 2>{300, 700}, {9000, 40}, {70000, 10}, {5000, 200}}) {
    const auto z = wave<T>(m * n, 0.37), bias = wave<T>(n, 0.11), g = wave<T>(m * n, 0.73);
    const auto run = [&, m = m, n = n](int threads) {
      set_num_threads(threads);
      std::vector<T> y = z, dz(z.size()), db(bias.size());
      kernels::bias_activation(m, n, bias.data(), Act::tanh, y.data());
      kernels::activation_vjp_bias(m, n, Act::tanh, g.data(), y.data(), dz.data(), db.data(), false);
      y.insert(y.end(), dz.begin(), dz.end());
      y.insert(y.end(), db.begin(), db.end());
      return y;
    };
    const auto one = run(1);
    CHECK(run(2) == one);
    CHECK(run(3) == one);
  }
  set_num_threads(before);
}

TEST_CASE_TEMPLATE("NaN passes, relu's derivative at 0 is 0, and no rows give no gradient", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (Act act : all) {
    std::vector<T> y(20, T(1)), bias(20, T(0)), g(20, T(1)), db(20);
    y[2] = nan;
    kernels::bias_activation(1, 20, bias.data(), act, y.data());
    CHECK(std::isnan(y[2]));
    CHECK_FALSE(std::isnan(y[3]));
    kernels::activation_vjp_bias(1, 20, act, g.data(), y.data(), g.data(), db.data(), false);
    CHECK(std::isnan(db[2]) == (act != Act::linear));
    CHECK_FALSE(std::isnan(db[3]));
  }
  std::vector<T> y{0, 1}, g{5, 5}, db{7, 7};
  kernels::activation_vjp_bias(1, 2, Act::relu, g.data(), y.data(), g.data(), db.data(), true);
  CHECK(g == std::vector<T>{0, 5});
  CHECK(db == std::vector<T>{7, 12});
  kernels::activation_vjp_bias<T>(0, 2, Act::relu, nullptr, nullptr, nullptr, db.data(), true);
  CHECK(db == std::vector<T>{7, 12});
  kernels::activation_vjp_bias<T>(0, 2, Act::relu, nullptr, nullptr, nullptr, db.data(), false);
  CHECK(db == std::vector<T>{0, 0});
  kernels::bias_activation<T>(0, 2, db.data(), Act::relu, nullptr);
}
