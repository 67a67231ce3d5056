#include <algorithm>
#include <array>

#include "kernels/elementwise.hpp"
#include "support.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels::test {
namespace {

using Real = long double;
using Byte = std::uint8_t;
using I64 = std::int64_t;

struct Row {
  std::string name;
  Binary f;
  Real (*exact)(Real, Real);
  double lo, hi;
  double ulps;
};

const Row kRows[] = {
    {"add", Binary::add, [](Real a, Real b) { return a + b; }, -9, 9, 0},
    {"sub", Binary::sub, [](Real a, Real b) { return a - b; }, -9, 9, 0},
    {"mul", Binary::mul, [](Real a, Real b) { return a * b; }, -9, 9, 0},
    {"div", Binary::div, [](Real a, Real b) { return a / b; }, -9, 9, 0},
    {"pow", Binary::pow, [](Real a, Real b) { return std::pow(a, b); }, 0, 9, 1},
    {"maximum", Binary::maximum, [](Real a, Real b) { return std::max(a, b); }, -9, 9, 0},
    {"minimum", Binary::minimum, [](Real a, Real b) { return std::min(a, b); }, -9, 9, 0},
    {"hypot", Binary::hypot, [](Real a, Real b) { return std::hypot(a, b); }, -9, 9, 1},
    {"atan2", Binary::atan2, [](Real a, Real b) { return std::atan2(a, b); }, -9, 9, 1},
    {"fmod", Binary::fmod, [](Real a, Real b) { return std::fmod(a, b); }, -9, 9, 0},
    {"absorb_mul", Binary::absorb_mul, [](Real a, Real b) { return a * b; }, -9, 9, 0},
};

template <class T>
void check_accuracy(const Row& row) {
  Numbers numbers(21);
  for (I64 n : {1, 2, 5, 16, 31, 67, 3000}) {
    const auto a = numbers.vector<T>(n, row.lo, row.hi), b = numbers.vector<T>(n, row.lo, row.hi);
    std::vector<T> y(a.size());
    for (I64 sa : {0, 1}) {
      for (I64 sb : {0, 1}) {
        binary(row.f, n, a.data(), sa, b.data(), sb, y.data());
        double worst = 0;
        for (I64 i = 0; i < n; ++i) {
          const auto k = static_cast<std::size_t>(i);
          worst = std::max(worst, ulps(y[k], row.exact(a[sa ? k : 0], b[sb ? k : 0])));
        }
        INFO(row.name, " n = ", n, " strides ", sa, " ", sb);
        CHECK(worst <= row.ulps + .5);
      }
    }
  }
}

TEST_CASE("every binary function, with every pair of strides") {
  under_each_isa([] {
    for (const Row& row : kRows) {
      check_accuracy<float>(row);
      check_accuracy<double>(row);
    }
  });
}

TEST_CASE_TEMPLATE("binary edges are those of libm", T, float, double) {
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const T tiny = std::numeric_limits<T>::denorm_min();
  const std::vector<T> points = {0, -T(0), 1, -1, 2, 3, T(.5), T(-.5), T(-1.5), inf, -inf, nan, tiny, -tiny, T(1e30)};
  struct Libm {
    std::string name;
    Binary f;
    T (*exact)(T, T);
  };
  const Libm table[] = {
      {"pow", Binary::pow, [](T a, T b) { return T(std::pow(a, b)); }},
      {"hypot", Binary::hypot, [](T a, T b) { return T(std::hypot(a, b)); }},
      {"atan2", Binary::atan2, [](T a, T b) { return T(std::atan2(a, b)); }},
      {"fmod", Binary::fmod, [](T a, T b) { return T(std::fmod(a, b)); }},
      {"div", Binary::div, [](T a, T b) { return a / b; }},
      {"maximum", Binary::maximum, [](T a, T b) { return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b); }},
      {"minimum", Binary::minimum, [](T a, T b) { return std::isnan(a) || std::isnan(b) ? a + b : std::min(a, b); }},
      {"absorb_mul", Binary::absorb_mul, [](T a, T b) { return a == 0 ? T(0) : a * b; }},
      {"logaddexp", Binary::logaddexp,
       [](T a, T b) {
         if (std::isnan(a) || std::isnan(b)) return a + b;
         if (std::isinf(a) || std::isinf(b)) return std::max(a, b);
         return T(std::max(Real(a), Real(b)) + std::log1p(std::exp(-std::fabs(Real(a) - Real(b)))));
       }},
  };
  under_each_isa([&] {
    for (const Libm& row : table) {
      for (T a : points) {
        for (T b : points) {
          // one against all (the way of the special exponents), all against one, and pairs
          std::array<T, 20> as, bs, y, u, v;
          as.fill(a);
          bs.fill(b);
          binary(row.f, 20, as.data(), 1, bs.data(), 1, y.data());
          binary(row.f, 20, as.data(), 1, &b, 0, u.data());
          binary(row.f, 20, &a, 0, bs.data(), 1, v.data());
          const T exact = row.exact(a, b);
          INFO(row.name, "(", a, ", ", b, ") = ", exact, "; got ", y[7], " ", u[7], " ", v[7]);
          // logaddexp may cancel: its error goes by its operands
          const bool cancels = row.f == Binary::logaddexp && std::isfinite(exact);
          const auto close = [&](T got) {
            if (!cancels) return ulps(got, exact) <= 1.5;
            const T size = std::max({T(1), std::isfinite(a) ? std::fabs(a) : 0, std::isfinite(b) ? std::fabs(b) : 0});
            return std::fabs(got - exact) <= 2 * std::numeric_limits<T>::epsilon() * size;
          };
          for (const auto& got : {y, u, v}) CHECK((close(got[0]) && close(got[19])));
          // signs of zeros, but for the equal zeros of maximum and minimum
          if (exact == 0 && !cancels && row.name[0] != 'm') {
            CHECK(std::signbit(u[0]) == std::signbit(exact));
            CHECK(std::signbit(y[19]) == std::signbit(exact));
          }
        }
      }
    }
  });
}

TEST_CASE_TEMPLATE("logaddexp is accurate beside its own size", T, float, double) {
  under_each_isa([] {
    Numbers numbers(22);
    const auto a = numbers.vector<T>(5000, -30, 30), b = numbers.vector<T>(5000, -30, 30);
    std::vector<T> y(a.size());
    binary(Binary::logaddexp, 5000, a.data(), 1, b.data(), 1, y.data());
    for (std::size_t i = 0; i < y.size(); ++i) {
      const Real top = std::max(a[i], b[i]);
      const Real exact = top + std::log1p(std::exp(-std::fabs(Real(a[i]) - Real(b[i]))));
      CHECK(std::fabs(y[i] - exact) <= 2 * std::numeric_limits<T>::epsilon() * std::max(std::fabs(top), Real(1)));
    }
  });
}

TEST_CASE("integers wrap and never trap") {
  under_each_isa([] {
    const I64 lowest = INT64_MIN, highest = INT64_MAX;
    const std::vector<I64> a = {7, -7, lowest, highest, 0, lowest, 5, -5, 3000000000},
                           b = {3, 3, -1, 1, 5, 0, -3, -3, 3000000000};
    const I64 n = static_cast<I64>(a.size());
    std::vector<I64> y(a.size());
    const auto run = [&](Binary f) {
      binary(f, n, a.data(), 1, b.data(), 1, y.data());
      return y;
    };
    CHECK(run(Binary::add) == std::vector<I64>{10, -4, highest, lowest, 5, lowest, 2, -8, 6000000000});
    CHECK(run(Binary::sub) == std::vector<I64>{4, -10, lowest + 1, highest - 1, -5, lowest, 8, -2, 0});
    CHECK(run(Binary::mul) == std::vector<I64>{21, -21, lowest, highest, 0, 0, -15, 15, 9000000000000000000});
    CHECK(run(Binary::maximum) == std::vector<I64>{7, 3, -1, highest, 5, 0, 5, -3, 3000000000});
    CHECK(run(Binary::minimum) == std::vector<I64>{3, -7, lowest, 1, 0, lowest, -3, -5, 3000000000});
    CHECK(run(Binary::fmod) == std::vector<I64>{1, -1, 0, 0, 0, 0, 2, -2, 0});
    unary(Unary::neg, n, a.data(), y.data());
    CHECK(y == std::vector<I64>{-7, 7, lowest, -highest, 0, lowest, -5, 5, -3000000000});
    unary(Unary::sign, n, a.data(), y.data());
    CHECK(y == std::vector<I64>{1, -1, -1, 1, 0, -1, 1, -1, 1});
    clip<I64>(n, a.data(), -6, 8, y.data());
    CHECK(y == std::vector<I64>{7, -6, -6, 8, 0, -6, 5, -5, 8});
  });
}

template <class T>
void check_comparisons() {
  Numbers numbers(23);
  for (I64 n : {1, 3, 16, 33, 67, 500}) {
    auto a = numbers.vector<T>(n, 0, 4), b = numbers.vector<T>(n, 0, 4);
    if constexpr (std::is_floating_point_v<T>) {
      for (std::size_t i = 0; i < a.size(); i += 3) a[i] = std::round(a[i]), b[i] = std::round(b[i]);
      if (n > 5) a[1] = b[4] = std::numeric_limits<T>::quiet_NaN();
    }
    std::vector<Byte> y(a.size());
    for (I64 sa : {0, 1}) {
      for (I64 sb : {0, 1}) {
        for (int f = 0; f < static_cast<int>(Compare::count); ++f) {
          compare(static_cast<Compare>(f), n, a.data(), sa, b.data(), sb, y.data());
          std::size_t wrong = 0;
          for (std::size_t i = 0; i < y.size(); ++i) {
            const T u = a[sa ? i : 0], v = b[sb ? i : 0];
            const bool exact[] = {u == v, u != v, u<v, u <= v, u> v, u >= v};
            wrong += y[i] != exact[f];
          }
          INFO("comparison ", f, " n = ", n);
          CHECK(wrong == 0);
        }
        for (I64 sc : {0, 1}) {
          std::vector<Byte> c(a.size());
          for (Byte& m : c) m = numbers.next() & 1;
          std::vector<T> z(a.size());
          where(n, c.data(), sc, a.data(), sa, b.data(), sb, z.data());
          std::size_t wrong = 0;
          for (std::size_t i = 0; i < z.size(); ++i) {
            const T exact = c[sc ? i : 0] ? a[sa ? i : 0] : b[sb ? i : 0];
            if constexpr (std::is_floating_point_v<T>) {
              wrong += !same(z[i], exact);
            } else {
              wrong += z[i] != exact;
            }
          }
          CHECK(wrong == 0);
        }
      }
    }
  }
}

TEST_CASE("comparisons and where") {
  under_each_isa([] {
    check_comparisons<float>();
    check_comparisons<double>();
    check_comparisons<I64>();
    check_comparisons<Byte>();
  });
}

TEST_CASE("logic on bytes") {
  under_each_isa([] {
    const std::vector<Byte> a = {0, 0, 1, 1}, b = {0, 1, 0, 1};
    std::vector<Byte> y(4);
    logical(Logical::logical_and, 4, a.data(), 1, b.data(), 1, y.data());
    CHECK(y == std::vector<Byte>{0, 0, 0, 1});
    logical(Logical::logical_or, 4, a.data(), 1, b.data(), 1, y.data());
    CHECK(y == std::vector<Byte>{0, 1, 1, 1});
    logical(Logical::logical_xor, 4, a.data(), 1, b.data(), 1, y.data());
    CHECK(y == std::vector<Byte>{0, 1, 1, 0});
    logical_not(4, b.data(), y.data());
    CHECK(y == std::vector<Byte>{1, 0, 1, 0});
  });
}

TEST_CASE_TEMPLATE("classification, clip and conversion at the edges", T, float, double) {
  under_each_isa([] {
    const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    const T tiny = std::numeric_limits<T>::denorm_min(), large = std::numeric_limits<T>::max();
    std::vector<T> x = {0, -T(0), T(1.9), T(-1.9), T(300.5), -1, inf, -inf, nan, tiny, large};
    const auto n = static_cast<I64>(x.size());
    std::vector<Byte> y(x.size());
    classify(Classify::is_nan, n, x.data(), y.data());
    CHECK(y == std::vector<Byte>{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0});
    classify(Classify::is_inf, n, x.data(), y.data());
    CHECK(y == std::vector<Byte>{0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0});
    classify(Classify::is_finite, n, x.data(), y.data());
    CHECK(y == std::vector<Byte>{1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1});
    cast_bool(n, x.data(), y.data());
    CHECK(y == std::vector<Byte>{0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    cast(n, x.data(), y.data());
    CHECK(y == std::vector<Byte>{0, 0, 1, 255, 44, 255, 0, 0, 0, 0, 0});
    std::vector<I64> i(x.size());
    cast(n, x.data(), i.data());
    CHECK(i == std::vector<I64>{0, 0, 1, -1, 300, -1, INT64_MIN, INT64_MIN, INT64_MIN, 0, INT64_MIN});
    std::vector<T> z(x.size());
    clip(n, x.data(), T(-1), T(2), z.data());
    const std::vector<T> clipped = {0, 0, T(1.9), -1, 2, -1, 2, -1, nan, tiny, 2};
    for (std::size_t k = 0; k < z.size(); ++k) CHECK((z[k] == clipped[k] || (k == 8 && std::isnan(z[k]))));
  });
}

TEST_CASE("conversions between all types keep what both hold") {
  under_each_isa([] {
    std::vector<Byte> bytes(256);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<Byte>(i);
    std::vector<float> f(256);
    std::vector<double> d(256);
    std::vector<I64> l(256);
    std::vector<Byte> back(256);
    cast(256, bytes.data(), f.data());
    cast(256, f.data(), d.data());
    cast(256, d.data(), l.data());
    cast(256, l.data(), back.data());
    CHECK(back == bytes);
    CHECK((f[200] == 200.f && d[201] == 201. && l[202] == 202));
    cast(256, bytes.data(), l.data());
    cast(256, l.data(), d.data());
    cast(256, d.data(), f.data());
    cast(256, f.data(), back.data());
    CHECK(back == bytes);
    const I64 big[] = {INT64_MAX, INT64_MIN, (I64{1} << 53) + 1};
    double rounded[3];
    cast(3, big, rounded);
    CHECK((rounded[0] == 0x1p63 && rounded[1] == -0x1p63 && rounded[2] == 0x1p53));
  });
}

TEST_CASE_TEMPLATE("axpy, scale, add_into, multiply_add, fill and copy", T, float, double) {
  under_each_isa([] {
    Numbers numbers(24);
    for (I64 n = 0; n <= 67; ++n) {
      const auto x = numbers.vector<T>(n, -1, 1), y = numbers.vector<T>(n, -1, 1);
      auto a = y, s = x, sum = y, product = y, filled = y, copied = y;
      axpy(n, T(3), x.data(), a.data());
      scale(n, T(3), x.data(), s.data());
      add_into(n, x.data(), sum.data());
      multiply_add(n, x.data(), x.data(), product.data());
      fill(n, T(3), filled.data());
      copy(n, x.data(), copied.data());
      bool good = copied == x;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const T eps = 4 * std::numeric_limits<T>::epsilon();
        good = good && std::fabs(a[i] - (y[i] + 3 * x[i])) <= eps && s[i] == 3 * x[i] && sum[i] == y[i] + x[i] &&
               std::fabs(product[i] - (y[i] + x[i] * x[i])) <= eps && filled[i] == 3;
      }
      CHECK(good);
    }
  });
}

TEST_CASE_TEMPLATE("a cotangent of 0 stays 0 at a pole of the derivative", T, float, double) {
  under_each_isa([] {
    const T zero = 0, nan = std::numeric_limits<T>::quiet_NaN();
    const std::pair<Unary, T> poles[] = {{Unary::sqrt, 0}, {Unary::sqrt, -1}, {Unary::rsqrt, 0},     {Unary::log, 0},
                                         {Unary::log2, 0}, {Unary::log10, 0}, {Unary::log1p, -1},    {Unary::cbrt, 0},
                                         {Unary::asin, 1}, {Unary::acos, 1},  {Unary::reciprocal, 0}};
    for (const auto& pole : poles) {
      const Unary f = pole.first;
      const T x = pole.second;
      T y, dx = nan, one = 1;
      unary(f, 1, &x, &y);
      INFO("function ", static_cast<int>(f), " at ", x);
      unary_vjp(f, 1, &zero, &x, &y, &dx, false);
      CHECK(dx == 0);
      T kept = 5;
      unary_vjp(f, 1, &zero, &x, &y, &kept, true);
      CHECK(kept == 5);
      unary_vjp(f, 1, &one, &x, &y, &dx, false);
      CHECK_FALSE(std::isfinite(dx));
    }
  });
}

TEST_CASE("results do not depend on the number of threads") {
  const int before = num_threads();
  under_each_isa([] {
    Numbers numbers(25);
    const I64 n = 300001;  // several blocks and a tail
    const auto x = numbers.vector<float>(n, -6000, 6000), b = numbers.vector<float>(n, 0, 3);
    std::vector<float> one(x.size()), two(x.size());
    for (Unary f :
         {Unary::exp, Unary::sin, Unary::cos, Unary::tanh, Unary::erf, Unary::gelu, Unary::relu, Unary::atan}) {
      set_num_threads(1);
      unary(f, n, x.data(), one.data());
      set_num_threads(2);
      unary(f, n, x.data(), two.data());
      CHECK(std::equal(one.begin(), one.end(), two.begin(), same<float>));
    }
    for (Binary f : {Binary::mul, Binary::logaddexp, Binary::hypot}) {
      set_num_threads(1);
      binary(f, n, x.data(), 1, b.data(), 1, one.data());
      set_num_threads(2);
      binary(f, n, x.data(), 1, b.data(), 1, two.data());
      CHECK(one == two);
    }
  });
  set_num_threads(before);
}

TEST_CASE("an instruction set that is not there is refused") {
  const std::string before = active_isa();
  CHECK_FALSE(has_isa("v9"));
  CHECK_FALSE(select_isa("v9"));
  CHECK(active_isa() == before);
  CHECK(has_isa("baseline"));
  CHECK(select_isa(before.c_str()));
}

}  // namespace
}  // namespace xgrad::kernels::test
