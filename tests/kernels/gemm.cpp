#include "kernels/gemm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support.hpp"
#include "xgrad/core/threads.hpp"

using namespace xgrad;
using kernels::Provider;

namespace {

using I64 = std::int64_t;

struct Threads {  // a thread setting that goes back at the end
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  int before;
};

struct Forced {
  explicit Forced(Provider p) { kernels::force_provider(p); }
  ~Forced() { kernels::choose_provider_by_shape(); }
};

template <class T>
std::vector<T> numbers(I64 n, unsigned seed) {
  std::vector<T> x(static_cast<std::size_t>(n));
  std::uint32_t state = seed * 2654435761u + 1;
  for (T& v : x) {
    state = state * 1664525u + 1013904223u;
    v = static_cast<T>(static_cast<double>(state >> 8) / (1 << 23) - 1);
  }
  return x;
}

/// A product with gaps between rows, checked entry by entry against a plain sum in the widest type.
template <class T>
struct Case {
  bool ta, tb;
  I64 m, n, k;
  T alpha = 1, beta = 0;
  I64 gap = 0;

  I64 lda() const { return (ta ? m : k) + gap; }
  I64 ldb() const { return (tb ? k : n) + gap; }
  I64 ldc() const { return n + gap; }
  std::vector<T> a() const { return numbers<T>((ta ? k : m) * lda() + 1, 1); }
  std::vector<T> b() const { return numbers<T>((tb ? n : k) * ldb() + 1, 2); }
  std::vector<T> c() const { return numbers<T>(m * ldc() + 1, 3); }

  /// The largest error in units of what rounding may cost, or infinity where something outside C changed.
  double error(const std::vector<T>& a, const std::vector<T>& b, const std::vector<T>& before,
               const std::vector<T>& after) const {
    double worst = 0;
    for (I64 i = 0; i < m; ++i) {
      for (I64 j = 0; j < ldc(); ++j) {
        const auto at = static_cast<std::size_t>(i * ldc() + j);
        if (j >= n) {
          if (before[at] != after[at]) return std::numeric_limits<double>::infinity();
          continue;
        }
        long double sum = 0, size = 0;
        for (I64 l = 0; l < k; ++l) {
          const long double u = a[static_cast<std::size_t>(ta ? l * lda() + i : i * lda() + l)];
          const long double v = b[static_cast<std::size_t>(tb ? j * ldb() + l : l * ldb() + j)];
          sum += u * v;
          size += std::abs(u * v);
        }
        const long double old = beta == T(0) ? 0 : static_cast<long double>(beta) * before[at];
        const long double want = alpha * sum + old;
        const long double bound = (std::sqrt(static_cast<long double>(k)) + 4) *
                                  (std::abs(alpha) * size / std::sqrt(static_cast<long double>(k) + 1) +
                                   std::abs(sum * alpha) + std::abs(old)) *
                                  std::numeric_limits<T>::epsilon();
        const long double off = std::abs(after[at] - want);
        if (!(off <= bound + std::numeric_limits<T>::min())) worst = std::max(worst, static_cast<double>(off / bound));
        if (std::isnan(after[at])) return std::numeric_limits<double>::infinity();
      }
    }
    return worst;
  }

  void check() const {
    const auto a_ = a(), b_ = b(), before = c();
    auto after = before;
    kernels::gemm<T>(ta, tb, m, n, k, alpha, a_.data(), lda(), b_.data(), ldb(), beta, after.data(), ldc());
    INFO("m ", m, " n ", n, " k ", k, " ta ", ta, " tb ", tb, " alpha ", alpha, " beta ", beta, " gap ", gap);
    CHECK(error(a_, b_, before, after) == 0);
    CHECK(before.back() == after.back());
  }
};

template <class T>
void check_all() {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      for (auto [m, n, k] : {std::array<I64, 3>{1, 1, 1},
                             {1, 1, 50},
                             {1, 7, 9},
                             {7, 1, 9},
                             {5, 6, 1},
                             {2, 3, 4},
                             {4, 4, 4},
                             {8, 8, 8},
                             {32, 32, 4},
                             {32, 3, 32},
                             {4, 32, 32},
                             {16, 64, 13},
                             {13, 64, 16},
                             {16, 1, 64},
                             {1, 64, 16},
                             {17, 31, 33},
                             {64, 46, 40},
                             {3, 130, 2},
                             {130, 3, 2},
                             {65, 65, 65},
                             {128, 10, 200},
                             {100, 150, 70},
                             {150, 300, 20},
                             {200, 40, 400},
                             {9, 1100, 200}}) {
        for (auto [alpha, beta] : {std::array<T, 2>{1, 0}, {1, 1}, {T(-0.5), 2}}) {
          for (I64 gap : {0, 3}) Case<T>{ta, tb, m, n, k, alpha, beta, gap}.check();
        }
      }
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("gemm agrees with the plain sum, on one thread and on several", T, float, double) {
  for (int threads : {1, 2, 3}) {
    Threads scope(threads);
    check_all<T>();
  }
}

TEST_CASE("every provider of this build computes every product") {
  {
    Forced scope(Provider::openblas);
    CHECK(kernels::provider_for<float>(false, 512, 512, 512) == Provider::openblas);
    check_all<float>();
    check_all<double>();
  }
  kernels::test::under_each_isa([] {
    Forced scope(Provider::own);
    CHECK(kernels::provider_for<double>(true, 2, 2, 2) == Provider::own);
    check_all<float>();
    check_all<double>();
  });
  if (kernels::has_onednn()) {
    Forced scope(Provider::onednn);
    CHECK(kernels::provider_for<float>(false, 2, 2, 2) == Provider::onednn);
    check_all<float>();
    check_all<double>();
  } else {
    CHECK_THROWS_WITH(kernels::force_provider(Provider::onednn), doctest::Contains("got onednn"));
  }
}

TEST_CASE_TEMPLATE("the kernel for small products takes every size that it admits", T, float, double) {
  for (I64 m : {1, 2, 3, 4, 7, 8, 9, 15, 33, 64}) {
    for (I64 n : {1, 2, 4, 5, 8, 15, 16, 17, 31, 32, 33, 48, 63, 64}) {
      for (I64 k : {1, 2, 3, 4, 5, 8, 13, 17, 64}) {
        for (int flags = 0; flags < 4; ++flags) {
          Case<T>{(flags & 1) != 0, (flags & 2) != 0, m, n, k, T(0.5), T(m % 2), (n + k) % 3}.check();
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("C is not read for beta 0, and empty sums give beta C", T, float, double) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  for (auto [m, n, k] : {std::array<I64, 3>{1, 1, 5}, {1, 8, 5}, {8, 1, 5}, {4, 4, 4}, {33, 34, 35}, {100, 120, 130}}) {
    const auto a = numbers<T>(m * k, 1), b = numbers<T>(k * n, 2);
    std::vector<T> c(static_cast<std::size_t>(m * n), nan);
    kernels::gemm<T>(false, false, m, n, k, 1, a.data(), k, b.data(), n, 0, c.data(), n);
    for (T v : c) CHECK(!std::isnan(v));
    std::vector<T> d(c);
    kernels::gemm<T>(false, false, m, n, 0, 1, a.data(), k, b.data(), n, 2, d.data(), n);
    for (std::size_t i = 0; i < c.size(); ++i) CHECK(d[i] == 2 * c[i]);
    kernels::gemm<T>(false, false, m, n, k, 0, a.data(), k, b.data(), n, 1, d.data(), n);
    for (std::size_t i = 0; i < c.size(); ++i) CHECK(d[i] == 2 * c[i]);
    d[0] = nan;
    kernels::gemm<T>(false, false, m, n, 0, 1, nullptr, 1, nullptr, n, 0, d.data(), n);
    for (T v : d) CHECK(v == 0);
  }
  kernels::gemm<T>(false, false, 0, 5, 5, 1, nullptr, 5, nullptr, 5, 0, nullptr, 5);
  kernels::gemm<T>(true, true, 5, 0, 5, 1, nullptr, 5, nullptr, 5, 0, nullptr, 1);
}

TEST_CASE_TEMPLATE("NaN and infinity in the operands reach C, against zeros too", T, float, double) {
  for (I64 side : {2, 16, 80}) {
    for (T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
      auto a = numbers<T>(side * side, 1);
      std::vector<T> b(static_cast<std::size_t>(side * side), T(0)), c(b);
      a[1] = bad;
      kernels::gemm<T>(false, false, side, side, side, 1, a.data(), side, b.data(), side, 0, c.data(), side);
      CHECK(std::isnan(c[0]));
      CHECK(c[static_cast<std::size_t>(side)] == 0);
    }
  }
}

TEST_CASE_TEMPLATE("sides beyond what a provider counts to are cut", T, float, double) {
  for (bool ta : {false, true}) {
    for (bool tb : {false, true}) {
      const Case<T> p{ta, tb, 23, 19, 29, T(0.5), T(2), 1};
      const auto a = p.a(), b = p.b(), before = p.c();
      for (I64 limit : {7, 21, 24, 30, 1000}) {
        auto after = before;
        kernels::detail::gemm_within<T>(limit, ta, tb, p.m, p.n, p.k, p.alpha, a.data(), p.lda(), b.data(), p.ldb(),
                                        p.beta, after.data(), p.ldc());
        INFO("limit ", limit);
        CHECK(p.error(a, b, before, after) == 0);
      }
    }
  }
}

TEST_CASE_TEMPLATE("batches: strided, shared and many operands", T, float, double) {
  for (int threads : {1, 2}) {
    Threads scope(threads);
    for (auto [batch, m, n, k] :
         {std::array<I64, 4>{0, 2, 2, 2}, {1, 3, 4, 5}, {7, 3, 4, 5}, {100, 16, 16, 16}, {3, 100, 110, 90}}) {
      for (bool share_b : {false, true}) {
        for (bool ta : {false, true}) {
          const I64 sa = m * k, sb = share_b ? 0 : k * n, sc = m * n + (ta ? 2 : 0);
          const auto a = numbers<T>(batch * sa + 1, 1), b = numbers<T>(batch * k * n + 1, 2),
                     before = numbers<T>(batch * sc + 1, 3);
          auto got = before, want = before;
          const I64 lda = ta ? m : k;
          kernels::gemm_batched<T>(batch, ta, false, m, n, k, 2, a.data(), lda, sa, b.data(), n, sb, 1, got.data(), n,
                                   sc);
          for (I64 i = 0; i < batch; ++i) {
            const Case<T> p{ta, false, m, n, k, 2, 1, 0};
            const std::vector<T> ai(a.begin() + i * sa, a.begin() + (i + 1) * sa),
                bi(b.begin() + i * sb, b.begin() + i * sb + k * n);
            const std::vector<T> old(before.begin() + i * sc, before.begin() + i * sc + m * n),
                now(got.begin() + i * sc, got.begin() + i * sc + m * n);
            CHECK(p.error(ai, bi, old, now) == 0);
          }
          if (ta && batch > 0) CHECK(got[static_cast<std::size_t>(m * n)] == before[static_cast<std::size_t>(m * n)]);
        }
      }
    }
  }
}

TEST_CASE_TEMPLATE("results repeat at a fixed number of threads, and in strict mode at any", T, float, double) {
  const Case<T> p{false, true, 301, 257, 190};
  const auto a = p.a(), b = p.b();
  const auto run = [&](int threads) {
    Threads scope(threads);
    auto c = p.c();
    kernels::gemm<T>(p.ta, p.tb, p.m, p.n, p.k, 1, a.data(), p.lda(), b.data(), p.ldb(), 0, c.data(), p.ldc());
    return c;
  };
  for (int threads : {1, 2, 3}) CHECK(run(threads) == run(threads));
  set_strict(true);
  const auto one = run(1);
  CHECK(run(2) == one);
  CHECK(run(3) == one);
  set_strict(false);
}
