#include "kernels/softmax.hpp"

#include <algorithm>

#include "support.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels::test {
namespace {

using Real = long double;
using I64 = std::int64_t;

template <class T>
Real log_sum(const T* x, I64 n) {
  const Real top = *std::max_element(x, x + n);
  Real sum = 0;
  for (I64 j = 0; j < n; ++j) sum += std::exp(Real(x[j]) - top);
  return top + std::log(sum);
}

/// All six against the definitions in long double, for one shape.
template <class T>
void check(I64 m, I64 n, double spread) {
  INFO("rows ", m, " of ", n);
  Numbers numbers(31);
  const I64 size = m * n;
  const auto x = numbers.vector<T>(size, -spread, spread), g = numbers.vector<T>(size, -1, 1);
  const auto t = numbers.vector<T>(size, 0, 1), u = numbers.vector<T>(m, -1, 1);
  std::vector<I64> labels(static_cast<std::size_t>(m));
  for (I64& label : labels) label = static_cast<I64>(numbers.next() % static_cast<std::uint64_t>(n));
  const auto fresh = [&] { return std::vector<T>(static_cast<std::size_t>(size), T(-7)); };
  auto p = fresh(), lp = fresh(), dp = fresh(), dlp = fresh(), dl = fresh(), dt = fresh();
  std::vector<T> loss(labels.size()), soft_loss(labels.size());
  softmax(m, n, x.data(), p.data());
  log_softmax(m, n, x.data(), lp.data());
  softmax_vjp(m, n, g.data(), p.data(), dp.data(), false);
  log_softmax_vjp(m, n, g.data(), lp.data(), dlp.data(), false);
  softmax_cross_entropy(m, n, x.data(), labels.data(), loss.data());
  softmax_cross_entropy_vjp(m, n, u.data(), x.data(), labels.data(), dl.data(), false);
  softmax_cross_entropy(m, n, x.data(), t.data(), soft_loss.data());
  softmax_cross_entropy_vjp(m, n, u.data(), x.data(), t.data(), dt.data(), false);
  const Real eps = std::numeric_limits<T>::epsilon();
  bool good = true;
  const auto near = [&](T got, Real exact, Real size_of_terms) {
    const bool close = std::fabs(got - exact) <= 16 * eps * size_of_terms + 4 * std::numeric_limits<T>::denorm_min();
    if (!close && good) MESSAGE("got ", got, ", needs ", static_cast<double>(exact));
    good = good && close;
  };
  for (I64 i = 0; i < m; ++i) {
    const T* row = x.data() + i * n;
    const Real l = log_sum(row, n);
    Real mean = 0, total = 0, mass = 0, soft = 0;
    for (I64 j = 0; j < n; ++j) {
      const auto k = static_cast<std::size_t>(i * n + j);
      mean += Real(g[k]) * p[k];
      total += g[k];
      mass += t[k];
      soft += t[k] * (l - row[j]);
    }
    const auto r = static_cast<std::size_t>(i);
    // the difference of two logits carries their size's rounding
    const Real rounding = 1 + spread / 4;
    near(loss[r], l - row[labels[r]], std::max(std::fabs(l), Real(spread)) + 1);
    near(soft_loss[r], soft, soft + mass);
    for (I64 j = 0; j < n; ++j) {
      const auto k = static_cast<std::size_t>(i * n + j);
      const Real q = std::exp(row[j] - l);
      near(p[k], q, q * rounding);
      near(lp[k], row[j] - l, std::max(std::fabs(row[j] - l), Real(spread)));
      near(dp[k], p[k] * (g[k] - mean), p[k] * 2);
      near(dlp[k], g[k] - std::exp(Real(lp[k])) * total, 1 + std::exp(Real(lp[k])) * std::sqrt(Real(n)) * rounding);
      near(dl[k], u[r] * (q - (j == labels[r])), 1);
      near(dt[k], u[r] * (q * mass - t[k]), 1 + q * mass * rounding);
    }
  }
  CHECK(good);
  // add: the same on top of what is there
  auto sum = g;
  const auto adds = [&](const std::vector<T>& written) {
    for (std::size_t k = 0; k < sum.size(); ++k) good = good && std::fabs(sum[k] - (g[k] + written[k])) <= 4 * eps * 2;
    sum = g;
  };
  softmax_vjp(m, n, g.data(), p.data(), sum.data(), true);
  adds(dp);
  log_softmax_vjp(m, n, g.data(), lp.data(), sum.data(), true);
  for (std::size_t k = 0; k < sum.size(); ++k)
    good = good && std::fabs(sum[k] - (g[k] + dlp[k])) <= 4 * eps * (2 + std::fabs(dlp[k]));
  sum = g;
  softmax_cross_entropy_vjp(m, n, u.data(), x.data(), labels.data(), sum.data(), true);
  adds(dl);
  softmax_cross_entropy_vjp(m, n, u.data(), x.data(), t.data(), sum.data(), true);
  for (std::size_t k = 0; k < sum.size(); ++k)
    good = good && std::fabs(sum[k] - (g[k] + dt[k])) <= 4 * eps * (2 + std::fabs(dt[k]));
  CHECK(good);
  // in place
  auto same_place = x;
  softmax(m, n, same_place.data(), same_place.data());
  CHECK(same_place == p);
}

TEST_CASE_TEMPLATE("softmax, cross-entropies and their derivatives", T, float, double) {
  under_each_isa([] {
    for (I64 n : {1, 2, 3, 7, 10, 16, 17, 31, 46, 64, 67, 1024, 1025, 5000}) check<T>(n < 100 ? 9 : 2, n, 5);
    check<T>(128, 10, 80);
  });
}

TEST_CASE_TEMPLATE("a long row keeps its digits", T, float, double) {
  under_each_isa([] {
    const I64 n = 3000000;
    const std::vector<T> x(static_cast<std::size_t>(n), T(.1));
    std::vector<T> y(x.size());
    softmax(1, n, x.data(), y.data());
    CHECK(ulps(y[n / 2], Real(1) / n) <= 2);
    T loss;
    const I64 label = 17;
    softmax_cross_entropy(1, n, x.data(), &label, &loss);
    CHECK(ulps(loss, std::log(Real(n))) <= 2);
  });
}

TEST_CASE_TEMPLATE("rows of minus infinity, of infinities, with NaN", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  under_each_isa([&] {
    for (I64 n : {2, 5, 16, 35}) {
      std::vector<T> x(static_cast<std::size_t>(3 * n), T(1)), y = x, lp = x, dx = x, g(x.size(), T(1));
      std::fill_n(x.begin(), n, -inf);        // all masked
      x[static_cast<std::size_t>(n)] = -inf;  // one masked
      x[static_cast<std::size_t>(2 * n + 1)] = nan;
      softmax(3, n, x.data(), y.data());
      log_softmax(3, n, x.data(), lp.data());
      for (I64 j = 0; j < n; ++j) {
        CHECK((y[static_cast<std::size_t>(j)] == 0 && lp[static_cast<std::size_t>(j)] == -inf));
        CHECK((std::isnan(y[static_cast<std::size_t>(2 * n + j)]) &&
               std::isnan(lp[static_cast<std::size_t>(2 * n + j)])));
      }
      CHECK((y[static_cast<std::size_t>(n)] == 0 && lp[static_cast<std::size_t>(n)] == -inf));
      CHECK(ulps(y[static_cast<std::size_t>(n + 1)], Real(1) / (n - 1)) <= 2);
      softmax_vjp(2, n, g.data(), y.data(), dx.data(), false);
      for (I64 j = 0; j < 2 * n; ++j) CHECK(std::fabs(dx[static_cast<std::size_t>(j)]) < 1e-6);
      log_softmax_vjp(2, n, g.data(), lp.data(), dx.data(), false);
      for (I64 j = 0; j < 2 * n; ++j) CHECK(std::isfinite(dx[static_cast<std::size_t>(j)]));
      const std::vector<I64> labels = {1, 1, 0};
      std::vector<T> loss(3), u(3, T(1));
      softmax_cross_entropy(3, n, x.data(), labels.data(), loss.data());
      CHECK((loss[0] == 0 && std::isfinite(loss[1]) && std::isnan(loss[2])));
      softmax_cross_entropy_vjp(3, n, u.data(), x.data(), labels.data(), dx.data(), false);
      for (I64 j = 0; j < n; ++j) CHECK(dx[static_cast<std::size_t>(j)] == 0);
      for (I64 j = n; j < 2 * n; ++j) CHECK(std::isfinite(dx[static_cast<std::size_t>(j)]));
      // a target of 0 hides a logit of minus infinity
      std::vector<T> t(x.size(), T(1));
      t[static_cast<std::size_t>(n)] = 0;
      softmax_cross_entropy(2, n, x.data(), t.data(), loss.data());
      CHECK((loss[0] == 0 && std::isfinite(loss[1])));
    }
  });
}

TEST_CASE("rows do not depend on the number of threads") {
  const int before = num_threads();
  Numbers numbers(33);
  const I64 m = 1000, n = 130;
  const auto x = numbers.vector<float>(m * n, -4, 4);
  std::vector<float> one(x.size()), two(x.size());
  set_num_threads(1);
  softmax(m, n, x.data(), one.data());
  set_num_threads(2);
  softmax(m, n, x.data(), two.data());
  set_num_threads(before);
  CHECK(one == two);
}

}  // namespace
}  // namespace xgrad::kernels::test
