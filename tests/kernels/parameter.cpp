// Functions of a number and a parameter, with their derivatives, against their definitions in long double.

#include <algorithm>

#include "kernels/elementwise.hpp"
#include "support.hpp"

namespace xgrad::kernels::test {
namespace {

using Real = long double;

struct ParameterRow {
  std::string name;
  UnaryP f;
  double parameter, lo, hi;
  Real (*exact)(Real x, Real p);
  double ulps;
  Real (*slope)(Real x, Real p);
};
Real r_root(Real x, Real b) { return std::hypot(x, std::sqrt(b)); }
const ParameterRow kParameterRows[] = {
    {"leaky_relu", UnaryP::leaky_relu, .25, -9, 9, [](Real x, Real a) { return x > 0 ? x : a * x; }, .5,
     [](Real x, Real a) { return x > 0 ? Real(1) : a; }},
    {"elu", UnaryP::elu, .5, -40, 9, [](Real x, Real a) { return x > 0 ? x : a * std::expm1(x); }, 2.5,
     [](Real x, Real a) { return x > 0 ? Real(1) : a * std::exp(x); }},
    {"celu", UnaryP::celu, .5, -20, 9, [](Real x, Real a) { return x > 0 ? x : a * std::expm1(x / a); }, 2.5,
     [](Real x, Real a) { return x > 0 ? Real(1) : std::exp(x / a); }},
    {"hard_shrink", UnaryP::hard_shrink, .5, -2, 2, [](Real x, Real a) { return std::fabs(x) > a ? x : Real(0); }, 0,
     [](Real x, Real a) { return Real(std::fabs(x) > a); }},
    {"soft_shrink", UnaryP::soft_shrink, .5, -2, 2,
     [](Real x, Real a) { return std::fabs(x) > a ? x - std::copysign(a, x) : Real(0); }, .5,
     [](Real x, Real a) { return Real(std::fabs(x) > a); }},
    {"squareplus", UnaryP::squareplus, 4, -9, 9,
     [](Real x, Real b) { return x < 0 ? b / (r_root(x, b) - x) / 2 : (x + r_root(x, b)) / 2; }, 4,
     [](Real x, Real b) { return (1 + x / r_root(x, b)) / 2; }},
    {"squareplus", UnaryP::squareplus, .25, -1e5, 1e5,
     [](Real x, Real b) { return x < 0 ? b / (r_root(x, b) - x) / 2 : (x + r_root(x, b)) / 2; }, 4,
     [](Real x, Real b) { return (1 + x / r_root(x, b)) / 2; }},
};

template <class T>
void check_parameter_row(const ParameterRow& row) {
  Numbers numbers(13);
  for (const std::int64_t n : {1, 3, 17, 67, 5000}) {
    const std::vector<T> x = numbers.vector<T>(n, row.lo, row.hi), g = numbers.vector<T>(n, -2, 2);
    std::vector<T> y(x.size()), dx(x.size()), sum = g;
    unary_p(row.f, n, x.data(), static_cast<T>(row.parameter), y.data());
    unary_p_vjp(row.f, n, g.data(), x.data(), static_cast<T>(row.parameter), dx.data(), false);
    unary_p_vjp(row.f, n, g.data(), x.data(), static_cast<T>(row.parameter), sum.data(), true);
    double worst = 0;
    bool slopes = true, sums = true;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Real eps = std::numeric_limits<T>::epsilon(), exact = row.slope(x[i], row.parameter) * g[i];
      worst = std::max(worst, ulps(y[i], row.exact(x[i], row.parameter)));
      slopes = slopes && std::fabs(dx[i] - exact) <= 8 * eps * std::fabs(static_cast<Real>(g[i]));
      sums = sums && std::fabs(sum[i] - (g[i] + dx[i])) <= eps * (std::fabs(g[i]) + std::fabs(dx[i]));
    }
    INFO(row.name, " on ", sizeof(T) * 8, " bits, n = ", n, ": ", worst, " ulps");
    CHECK(worst <= row.ulps + .5);
    CHECK(slopes);
    CHECK(sums);
  }
}

TEST_CASE("every function with a parameter is accurate, and so is its derivative") {
  under_each_isa([] {
    for (const ParameterRow& row : kParameterRows) {
      check_parameter_row<float>(row);
      check_parameter_row<double>(row);
    }
  });
  for (int f = 0; f < static_cast<int>(UnaryP::count); ++f)
    CHECK(std::any_of(std::begin(kParameterRows), std::end(kParameterRows),
                      [&](const ParameterRow& r) { return static_cast<int>(r.f) == f; }));
}

TEST_CASE_TEMPLATE("functions with a parameter keep NaN", T, float, double) {
  under_each_isa([] {
    for (const ParameterRow& row : kParameterRows) {
      const T x = std::numeric_limits<T>::quiet_NaN();
      T y = 0;
      unary_p(row.f, 1, &x, static_cast<T>(row.parameter), &y);
      CHECK(std::isnan(y));
    }
  });
}

TEST_CASE("squareplus overflows nowhere") {
  under_each_isa([] {
    const auto check = []<class T>(T big) {
      const T inf = std::numeric_limits<T>::infinity();
      const T x[] = {big, -big, inf, -inf, std::numeric_limits<T>::quiet_NaN()}, ones[] = {1, 1, 1, 1, 1};
      T y[5], dx[5];
      unary_p(UnaryP::squareplus, 5, x, T(4), y);
      unary_p_vjp(UnaryP::squareplus, 5, ones, x, T(4), dx, false);
      CHECK(y[0] == big);
      CHECK(y[1] <= 1 / big);
      CHECK(y[2] == inf);
      CHECK(y[3] == 0);
      CHECK(dx[0] == 1);
      CHECK(dx[1] == 0);
      CHECK(dx[2] == 1);
      CHECK(dx[3] == 0);
      CHECK(std::isnan(y[4]));
      CHECK(std::isnan(dx[4]));
    };
    check(3e38f);
    check(1.7e308);
  });
}

}  // namespace
}  // namespace xgrad::kernels::test
