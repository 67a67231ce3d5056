#include "kernels/elementwise.hpp"

#include <algorithm>
#include <numbers>

#include "support.hpp"

namespace xgrad::kernels::test {
namespace {

using Real = long double;
constexpr Real kPi = std::numbers::pi_v<Real>;

Real r_sigmoid(Real x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
Real r_softplus(Real x) { return std::max(x, Real(0)) + std::log1p(std::exp(-std::fabs(x))); }
Real r_cdf(Real x) { return std::erfc(-x / std::numbers::sqrt2_v<Real>) / 2; }
Real r_hard_sigmoid(Real x) { return std::min(std::max(x + 3, Real(0)), Real(6)) / 6; }

/// By recurrence up to 40 and the asymptotic series, in long double; reflection below 0.
Real r_digamma(Real x) {
  if (x < 0) return r_digamma(1 - x) - kPi / std::tan(kPi * (x - std::nearbyint(x)));
  Real shift = 0;
  for (; x < 40; x += 1) shift -= 1 / x;
  const Real z = 1 / (x * x);
  return shift + std::log(x) - 1 / (2 * x) -
         z * (1 / Real(12) - z * (1 / Real(120) - z * (1 / Real(252) - z * (1 / Real(240) - z / 132))));
}
Real r_trigamma(Real x) {
  if (x < 0) {
    const Real s = std::sin(kPi * (x - std::nearbyint(x)));
    return kPi * kPi / (s * s) - r_trigamma(1 - x);
  }
  Real shift = 0;
  for (; x < 40; x += 1) shift += 1 / (x * x);
  const Real z = 1 / (x * x);
  return shift + 1 / x + z / 2 + z / x * (1 / Real(6) - z * (1 / Real(30) - z * (1 / Real(42) - z / 30)));
}

/// x − tanh x by its continued fraction, where nothing cancels.
Real r_tanh_shrink(Real x) {
  Real c = 99;
  for (int k = 97; k >= 3; k -= 2) c = k + x * x / c;
  return x * x * x / (x * x + c);
}
Real r_sparse_sigmoid(Real x) { return std::min(std::max((x + 1) / 2, Real(0)), Real(1)); }

struct Row {
  std::string name;
  Unary f;
  Real (*exact)(Real);
  double lo, hi;              // where errors are measured
  double ulps_f32, ulps_f64;  // largest allowed
  Real (*slope)(Real) = nullptr;
};

// Ranges reach what a float holds; larger arguments follow in the test of edges.
const Row kRows[] = {
    {"neg", Unary::neg, [](Real x) { return -x; }, -9, 9, 0, 0, [](Real) { return Real(-1); }},
    {"abs", Unary::abs, [](Real x) { return std::fabs(x); }, -9, 9, 0, 0, [](Real x) { return Real(x > 0) - (x < 0); }},
    {"sign", Unary::sign, [](Real x) { return Real(x > 0) - (x < 0); }, -9, 9, 0, 0},
    {"square", Unary::square, [](Real x) { return x * x; }, -9, 9, .5, .5, [](Real x) { return 2 * x; }},
    {"sqrt", Unary::sqrt, [](Real x) { return std::sqrt(x); }, 0, 9, .5, .5,
     [](Real x) { return 1 / (2 * std::sqrt(x)); }},
    {"rsqrt", Unary::rsqrt, [](Real x) { return 1 / std::sqrt(x); }, .01, 9, 1, 1,
     [](Real x) { return -1 / (2 * x * std::sqrt(x)); }},
    {"cbrt", Unary::cbrt, [](Real x) { return std::cbrt(x); }, -9, 9, 1, 3.5,
     [](Real x) { return 1 / (3 * std::cbrt(x) * std::cbrt(x)); }},
    {"reciprocal", Unary::reciprocal, [](Real x) { return 1 / x; }, -9, 9, .5, .5, [](Real x) { return -1 / (x * x); }},
    {"exp", Unary::exp, [](Real x) { return std::exp(x); }, -110, 90, 1.1, 1.1, [](Real x) { return std::exp(x); }},
    {"exp", Unary::exp, [](Real x) { return std::exp(x); }, -760, 715, 1.1, 1.1},
    {"exp", Unary::exp, [](Real x) { return std::exp(x); }, -1, 1, 1.1, 1.1},
    {"exp2", Unary::exp2, [](Real x) { return std::exp2(x); }, -155, 130, 1.1, 1.1,
     [](Real x) { return std::exp2(x) * std::numbers::ln2_v<Real>; }},
    {"exp2", Unary::exp2, [](Real x) { return std::exp2(x); }, -1080, 1030, 1.1, 1.1},
    {"expm1", Unary::expm1, [](Real x) { return std::expm1(x); }, -2, 2, 2, 2, [](Real x) { return std::exp(x); }},
    {"expm1", Unary::expm1, [](Real x) { return std::expm1(x); }, -50, 90, 2, 2},
    {"expm1", Unary::expm1, [](Real x) { return std::expm1(x); }, -1e-5, 1e-5, 2, 2},
    {"log", Unary::log, [](Real x) { return std::log(x); }, 0, 9, 1, 1, [](Real x) { return 1 / x; }},
    {"log", Unary::log, [](Real x) { return std::log(x); }, .9, 1.1, 1, 1},
    {"log", Unary::log, [](Real x) { return std::log(x); }, 0, 1e38, 1, 1},
    {"log", Unary::log, [](Real x) { return std::log(x); }, 0, 1e-38, 1, 1},
    {"log2", Unary::log2, [](Real x) { return std::log2(x); }, 0, 9, 2, 2,
     [](Real x) { return 1 / (x * std::numbers::ln2_v<Real>); }},
    {"log2", Unary::log2, [](Real x) { return std::log2(x); }, .9, 1.1, 2, 2},
    {"log10", Unary::log10, [](Real x) { return std::log10(x); }, 0, 9, 2, 2,
     [](Real x) { return 1 / (x * std::numbers::ln10_v<Real>); }},
    {"log1p", Unary::log1p, [](Real x) { return std::log1p(x); }, -1, 9, 2, 2, [](Real x) { return 1 / (1 + x); }},
    {"log1p", Unary::log1p, [](Real x) { return std::log1p(x); }, -1e-3, 1e-3, 2, 2},
    {"log1p", Unary::log1p, [](Real x) { return std::log1p(x); }, 0, 1e38, 2, 2},
    {"sin", Unary::sin, [](Real x) { return std::sin(x); }, -10, 10, 1.2, 1.2, [](Real x) { return std::cos(x); }},
    {"sin", Unary::sin, [](Real x) { return std::sin(x); }, -5000, 5000, 1.6, 1.6},
    {"cos", Unary::cos, [](Real x) { return std::cos(x); }, -10, 10, 1.2, 1.2, [](Real x) { return -std::sin(x); }},
    {"cos", Unary::cos, [](Real x) { return std::cos(x); }, -5000, 5000, 1.6, 1.6},
    {"tan", Unary::tan, [](Real x) { return std::tan(x); }, -1.5, 1.5, 1.5, 1.5,
     [](Real x) { return 1 + std::tan(x) * std::tan(x); }},
    {"asin", Unary::asin, [](Real x) { return std::asin(x); }, -1, 1, 1.5, 1.5,
     [](Real x) { return 1 / std::sqrt(1 - x * x); }},
    {"acos", Unary::acos, [](Real x) { return std::acos(x); }, -1, 1, 1.5, 1.5,
     [](Real x) { return -1 / std::sqrt(1 - x * x); }},
    {"atan", Unary::atan, [](Real x) { return std::atan(x); }, -9, 9, 1.5, 1.5, [](Real x) { return 1 / (1 + x * x); }},
    {"sinh", Unary::sinh, [](Real x) { return std::sinh(x); }, -9, 9, 2.5, 2.5},
    {"cosh", Unary::cosh, [](Real x) { return std::cosh(x); }, -9, 9, 2.5, 2.5},
    {"tanh", Unary::tanh, [](Real x) { return std::tanh(x); }, -12, 12, 2.5, 2.5,
     [](Real x) { return 1 / (std::cosh(x) * std::cosh(x)); }},
    {"tanh", Unary::tanh, [](Real x) { return std::tanh(x); }, -.5, .5, 2.5, 2.5},
    {"asinh", Unary::asinh, [](Real x) { return std::asinh(x); }, -9, 9, 2.5, 2.5},
    {"acosh", Unary::acosh, [](Real x) { return std::acosh(x); }, 1, 9, 2.5, 2.5},
    {"atanh", Unary::atanh, [](Real x) { return std::atanh(x); }, -1, 1, 2.5, 2.5},
    {"erf", Unary::erf, [](Real x) { return std::erf(x); }, -4, 4, 1.5, 1.5,
     [](Real x) { return 2 / std::sqrt(kPi) * std::exp(-x * x); }},
    {"erf", Unary::erf, [](Real x) { return std::erf(x); }, -.1, .1, 1.5, 1.5},
    {"erfc", Unary::erfc, [](Real x) { return std::erfc(x); }, -4, 10.5, 3, 4,
     [](Real x) { return -2 / std::sqrt(kPi) * std::exp(-x * x); }},
    {"erfc", Unary::erfc, [](Real x) { return std::erfc(x); }, 0, 27.5, 3, 4},
    {"lgamma", Unary::lgamma, [](Real x) { return std::lgamma(x); }, .01, 50, 1, 4},
    {"digamma", Unary::digamma, r_digamma, .01, 1.3, 1, 8},
    {"digamma", Unary::digamma, r_digamma, 1.6, 50, 1, 8},
    {"trigamma", Unary::trigamma, r_trigamma, .01, 50, 1, 8},
    {"trigamma", Unary::trigamma, r_trigamma, -5, 0, 1, 40},
    {"floor", Unary::floor, [](Real x) { return std::floor(x); }, -9, 9, 0, 0},
    {"ceil", Unary::ceil, [](Real x) { return std::ceil(x); }, -9, 9, 0, 0},
    {"round", Unary::round, [](Real x) { return std::nearbyint(x); }, -9, 9, 0, 0},
    {"trunc", Unary::trunc, [](Real x) { return std::trunc(x); }, -9, 9, 0, 0},
    {"sigmoid", Unary::sigmoid, r_sigmoid, -100, 100, 2.5, 2.5, [](Real x) { return r_sigmoid(x) * r_sigmoid(-x); }},
    {"log_sigmoid", Unary::log_sigmoid, [](Real x) { return -r_softplus(-x); }, -100, 100, 2.5, 2.5,
     [](Real x) { return r_sigmoid(-x); }},
    {"softplus", Unary::softplus, r_softplus, -100, 100, 2.5, 2.5, r_sigmoid},
    {"relu", Unary::relu, [](Real x) { return std::max(x, Real(0)); }, -9, 9, 0, 0, [](Real x) { return Real(x > 0); }},
    {"gelu", Unary::gelu, [](Real x) { return x * r_cdf(x); }, -13, 13, 4, 6,
     [](Real x) { return r_cdf(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * kPi); }},
    {"gelu_tanh", Unary::gelu_tanh,
     [](Real x) { return x * r_sigmoid(2 * std::sqrt(2 / kPi) * (x + Real(.044715) * x * x * x)); }, -3, 9, 12, 12,
     [](Real x) {
       const Real c = 2 * std::sqrt(2 / kPi), s = r_sigmoid(c * (x + Real(.044715) * x * x * x));
       return s + x * s * (1 - s) * c * (1 + 3 * Real(.044715) * x * x);
     }},
    {"silu", Unary::silu, [](Real x) { return x * r_sigmoid(x); }, -80, 80, 3, 3,
     [](Real x) { return r_sigmoid(x) * (1 + x * r_sigmoid(-x)); }},
    {"mish", Unary::mish, [](Real x) { return x * std::tanh(r_softplus(x)); }, -80, 80, 4, 4,
     [](Real x) {
       const Real t = std::tanh(r_softplus(x));
       return t + x * (1 - t * t) * r_sigmoid(x);
     }},
    {"softsign", Unary::softsign, [](Real x) { return x / (1 + std::fabs(x)); }, -9, 9, 1, 1,
     [](Real x) { return 1 / ((1 + std::fabs(x)) * (1 + std::fabs(x))); }},
    {"hard_sigmoid", Unary::hard_sigmoid, r_hard_sigmoid, -2.5, 9, 2.5, 2.5,
     [](Real x) { return std::fabs(x) < 3 ? 1 / Real(6) : Real(0); }},
    {"hard_silu", Unary::hard_silu, [](Real x) { return x * r_hard_sigmoid(x); }, -2.5, 9, 2.5, 2.5,
     [](Real x) { return x >= 3    ? Real(1)
                         : x <= -3 ? Real(0)
                                   : x / 3 + Real(.5); }},
    {"relu6", Unary::relu6, [](Real x) { return std::min(std::max(x, Real(0)), Real(6)); }, -9, 9, 0, 0,
     [](Real x) { return Real(x > 0 && x < 6); }},
    {"hard_tanh", Unary::hard_tanh, [](Real x) { return std::min(std::max(x, Real(-1)), Real(1)); }, -3, 3, 0, 0,
     [](Real x) { return Real(std::fabs(x) < 1); }},
    {"tanh_shrink", Unary::tanh_shrink, r_tanh_shrink, -9, 9, 5, 5, [](Real x) { return std::tanh(x) * std::tanh(x); }},
    {"tanh_shrink", Unary::tanh_shrink, r_tanh_shrink, -1, 1, 5, 5},
    {"tanh_shrink", Unary::tanh_shrink, r_tanh_shrink, -1e-6, 1e-6, 5, 5},
    {"sparse_plus", Unary::sparse_plus, [](Real x) { return x >= 1    ? x
                                                            : x <= -1 ? Real(0)
                                                                      : (x + 1) * (x + 1) / 4; },
     -.5, 3, 2, 2, r_sparse_sigmoid},
    {"sparse_sigmoid", Unary::sparse_sigmoid, r_sparse_sigmoid, -.5, 3, 1, 1,
     [](Real x) { return std::fabs(x) < 1 ? Real(.5) : Real(0); }},
};

template <class T>
void check_accuracy(const Row& row, double allowed) {
  Numbers numbers(7);
  std::vector<T> x = numbers.vector<T>(20000, row.lo, row.hi), y(x.size());
  unary(row.f, static_cast<std::int64_t>(x.size()), x.data(), y.data());
  double worst = 0;
  T at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double e = ulps(y[i], row.exact(x[i]));
    if (e > worst) worst = e, at = x[i];
  }
  INFO(row.name, " on ", sizeof(T) * 8, " bits: ", worst, " ulps at ", at);
  CHECK(worst <= allowed);
}

/// The rule's product against the exact slope; errors in units of g, since many slopes cancel to nearly 0.
template <class T>
void check_vjp(const Row& row) {
  REQUIRE(has_unary_vjp(row.f));
  Numbers numbers(11);
  const double lo = std::max(row.lo, -20.), hi = std::min(row.hi, 20.);
  for (std::int64_t n : {1, 3, 17, 67, 1000}) {
    const std::vector<T> x = numbers.vector<T>(n, lo, hi), g = numbers.vector<T>(n, -2, 2);
    std::vector<T> y(x.size()), dx(x.size());
    unary(row.f, n, x.data(), y.data());
    const VjpReads reads = unary_vjp_reads(row.f);
    const T* px = reads.x ? x.data() : nullptr;
    const T* py = reads.y ? y.data() : nullptr;
    unary_vjp(row.f, n, g.data(), px, py, dx.data(), false);
    std::vector<T> sum = g;
    unary_vjp(row.f, n, g.data(), px, py, sum.data(), true);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Real slope = row.slope(x[i]);
      const Real scale = std::max(std::fabs(slope), Real(1)) * std::fabs(static_cast<Real>(g[i]));
      const Real tolerance = 8 * std::numeric_limits<T>::epsilon() * (scale + Real(1e-30));
      INFO(row.name, " n = ", n, " at ", x[i]);
      CHECK(std::fabs(dx[i] - slope * g[i]) <= tolerance);
      CHECK(std::fabs(sum[i] - (g[i] + dx[i])) <=
            std::numeric_limits<T>::epsilon() * (std::fabs(g[i]) + std::fabs(dx[i])));
    }
  }
}

TEST_CASE("every unary function is accurate") {
  under_each_isa([] {
    for (const Row& row : kRows) {
      check_accuracy<float>(row, row.ulps_f32 + .5);  // half an ulp of rounding
      check_accuracy<double>(row, row.ulps_f64 + .5);
    }
  });
}

TEST_CASE("every fused derivative is the exact slope times g, written or added") {
  under_each_isa([] {
    for (const Row& row : kRows) {
      if (row.slope == nullptr) continue;
      check_vjp<float>(row);
      check_vjp<double>(row);
    }
  });
}

TEST_CASE("digamma keeps its digits at its root") {
  // values of mpmath at these doubles
  const double x[] = {1.46, 1.4616, 1.4616321449683622, 1.4616321449683625, 1.4617, -0.25, -3.75, 9.99, 10.5};
  const double exact[] = {-0.0015805619870834521062, -0.000031106251230341649658, -9.2412655217294275168e-17,
                          1.2245374622004069031e-16, 0.000065659392293676495502,  2.9141391202135278304,
                          -1.6923885983113303432,    2.250700372831201122,        2.3030010342976863753};
  double y[9];
  unary(Unary::digamma, 9, x, y);
  for (int i = 0; i < 9; ++i) CHECK(ulps(y[i], exact[i]) <= 8);
}

TEST_CASE("each function has a row") {
  for (int f = 0; f < static_cast<int>(Unary::count); ++f) {
    CHECK(std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& r) { return static_cast<int>(r.f) == f; }));
  }
}

/// Small n, tails and in place: every element as in a long array, and nothing beyond n is touched.
template <class T>
void check_tails(Unary f, const std::string& name, double lo, double hi) {
  Numbers numbers(3);
  const std::vector<T> x = numbers.vector<T>(200, lo, hi);
  std::vector<T> all(x.size());
  unary(f, 200, x.data(), all.data());
  for (std::int64_t n = 0; n <= 67; ++n) {
    std::vector<T> y(72, T(-77)), in_place(x.begin(), x.begin() + 72);
    unary(f, n, x.data() + 1, y.data() + 1);
    unary(f, n, in_place.data() + 1, in_place.data() + 1);
    INFO(name, " n = ", n);
    bool good = y[0] == T(-77) && in_place[0] == x[0];
    for (std::int64_t i = 1; i <= n; ++i) good = good && same(y[i], all[i]) && same(in_place[i], all[i]);
    for (std::int64_t i = n + 1; i < 72; ++i) good = good && y[i] == T(-77) && in_place[i] == x[i];
    CHECK(good);
  }
}

TEST_CASE("tails and in place") {
  under_each_isa([] {
    for (const Row& row : kRows) {
      check_tails<float>(row.f, row.name, row.lo, row.hi);
      check_tails<double>(row.f, row.name, row.lo, row.hi);
    }
  });
}

template <class T>
void check_edges() {
  const T tiny = std::numeric_limits<T>::denorm_min(), small = std::numeric_limits<T>::min();
  const T large = std::numeric_limits<T>::max(), inf = std::numeric_limits<T>::infinity();
  const T nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> points = {0,          -T(0),   tiny,     -tiny, small,      -small, small / 4,
                                 -small / 4, 1,       -1,       T(.5), T(-.5),     T(1.5), T(2.5),
                                 T(-2.5),    1e10,    -1e10,    large, -large,     inf,    -inf,
                                 nan,        T(1e30), T(-1e30), 4097,  T(1e6 + 1), -3,     3};
  struct Libm {
    std::string name;
    Unary f;
    T (*exact)(T);
  };
  const Libm table[] = {
      {"abs", Unary::abs, [](T x) { return std::fabs(x); }},
      {"sqrt", Unary::sqrt, [](T x) { return std::sqrt(x); }},
      {"cbrt", Unary::cbrt, [](T x) { return std::cbrt(x); }},
      {"exp", Unary::exp, [](T x) { return std::exp(x); }},
      {"exp2", Unary::exp2, [](T x) { return std::exp2(x); }},
      {"expm1", Unary::expm1, [](T x) { return std::expm1(x); }},
      {"log", Unary::log, [](T x) { return std::log(x); }},
      {"log2", Unary::log2, [](T x) { return std::log2(x); }},
      {"log10", Unary::log10, [](T x) { return std::log10(x); }},
      {"log1p", Unary::log1p, [](T x) { return std::log1p(x); }},
      {"sin", Unary::sin, [](T x) { return std::sin(x); }},
      {"cos", Unary::cos, [](T x) { return std::cos(x); }},
      {"tan", Unary::tan, [](T x) { return std::tan(x); }},
      {"asin", Unary::asin, [](T x) { return std::asin(x); }},
      {"acos", Unary::acos, [](T x) { return std::acos(x); }},
      {"atan", Unary::atan, [](T x) { return std::atan(x); }},
      {"sinh", Unary::sinh, [](T x) { return std::sinh(x); }},
      {"cosh", Unary::cosh, [](T x) { return std::cosh(x); }},
      {"tanh", Unary::tanh, [](T x) { return std::tanh(x); }},
      {"asinh", Unary::asinh, [](T x) { return std::asinh(x); }},
      {"acosh", Unary::acosh, [](T x) { return std::acosh(x); }},
      {"atanh", Unary::atanh, [](T x) { return std::atanh(x); }},
      {"erf", Unary::erf, [](T x) { return std::erf(x); }},
      {"erfc", Unary::erfc, [](T x) { return std::erfc(x); }},
      {"lgamma", Unary::lgamma, [](T x) { return std::lgamma(x); }},
      {"floor", Unary::floor, [](T x) { return std::floor(x); }},
      {"ceil", Unary::ceil, [](T x) { return std::ceil(x); }},
      {"round", Unary::round, [](T x) { return std::nearbyint(x); }},
      {"trunc", Unary::trunc, [](T x) { return std::trunc(x); }},
      {"sigmoid", Unary::sigmoid, [](T x) { return T(r_sigmoid(x)); }},
      {"softplus", Unary::softplus, [](T x) { return T(r_softplus(x)); }},
  };
  for (const auto& row : table) {
    std::vector<T> y(points.size());
    unary(row.f, static_cast<std::int64_t>(points.size()), points.data(), y.data());
    for (std::size_t i = 0; i < points.size(); ++i) {
      const T exact = row.exact(points[i]);
      INFO(row.name, "(", points[i], ") is ", y[i], ", libm has ", exact);
      CHECK(ulps(y[i], exact) <= 3);
      if (!std::isnan(exact)) CHECK(std::signbit(y[i]) == std::signbit(exact));
    }
  }
}

TEST_CASE("edges are those of libm") {
  under_each_isa([] {
    check_edges<float>();
    check_edges<double>();
  });
}

}  // namespace
}  // namespace xgrad::kernels::test
