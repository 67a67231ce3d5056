#include "xgrad/ops/elementwise.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/reduce.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

std::vector<OpRow> roots_and_powers() {
  return {
      {.name = "abs",
       .call = [](const auto& x) { return abs(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x < 0 ? -x : x; }),
       .dtypes = all_numbers,
       .edges = {{.in = {-0.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {-inf}, .out = inf, .grad = {-1.0}},
                 {.in = {NaN}, .out = NaN},
                 {.in = {-5e-324}, .out = 5e-324, .grad = {-1.0}}}},
      {.name = "sign",
       .call = [](const auto& x) { return sign(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return (x > 0) - (x < 0); }),
       .dtypes = all_numbers,
       .edges = {{.in = {-0.0}, .out = -0.0, .grad = {0.0}}, {.in = {inf}, .out = 1.0}, {.in = {NaN}, .out = NaN}}},
      {.name = "square",
       .call = [](const auto& x) { return square(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return x * x; }),
       .dtypes = all_numbers,
       .edges = {{.in = {-inf}, .out = inf, .grad = {-inf}}, {.in = {-3.0}, .out = 9.0, .grad = {-6.0}}}},
      {.name = "sqrt",
       .call = [](const auto& x) { return sqrt(x[0]); },
       .operands = {{0.4, 3}},
       .naive = each([](double x) { return std::sqrt(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {inf}},
                 {.in = {0.0}, .out = 0.0, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-1.0}, .out = NaN, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-0.0}, .out = -0.0},
                 {.in = {inf}, .out = inf, .grad = {0.0}},
                 {.in = {0x1p-1074}, .out = 0x1p-537, .grad = {0x1p536}},
                 {.in = {4.0}, .out = 2.0, .grad = {0.25}}}},
      {.name = "rsqrt",
       .call = [](const auto& x) { return rsqrt(x[0]); },
       .operands = {{0.4, 3}},
       .naive = each([](double x) { return 1 / std::sqrt(x); }),
       .edges = {{.in = {0.0}, .out = inf, .grad = {-inf}},
                 {.in = {0.0}, .out = inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {-1.0}, .out = NaN},
                 {.in = {4.0}, .out = 0.5, .grad = {-0.0625}}}},
      {.name = "cbrt",
       .call = [](const auto& x) { return cbrt(x[0]); },
       .operands = {{0.4, 3}},
       .naive = each([](double x) { return std::cbrt(x); }),
       .edges = {{.in = {-27.0}, .out = -3.0, .grad = {1. / 27}},
                 {.in = {0.0}, .out = 0.0, .grad = {inf}},
                 {.in = {-0.0}, .out = -0.0, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-inf}, .out = -inf, .grad = {0.0}}}},
      {.name = "cbrt",
       .variant = "negative",
       .call = [](const auto& x) { return cbrt(x[0]); },
       .operands = {{-3, -0.4}},
       .naive = each([](double x) { return std::cbrt(x); })},
      {.name = "reciprocal",
       .call = [](const auto& x) { return reciprocal(x[0]); },
       .operands = {{0.5, 3}},
       .naive = each([](double x) { return 1 / x; }),
       .edges = {{.in = {0.0}, .out = inf, .grad = {-inf}},
                 {.in = {-0.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-inf}, .out = -0.0, .grad = {0.0}},
                 {.in = {-2.0}, .out = -0.5, .grad = {-0.25}}}},
  };
}

std::vector<OpRow> exponentials_and_logarithms() {
  return {
      {.name = "exp",
       .call = [](const auto& x) { return exp(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::exp(x); }),
       .edges = {{.in = {-inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf, .grad = {inf}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}},
                 {.in = {-0.0}, .out = 1.0, .grad = {1.0}},
                 {.in = {709.0}, .out = std::exp(709.0), .grad = {std::exp(709.0)}, .float32 = false},
                 {.in = {-740.0}, .out = std::exp(-740.0), .tolerance = 1e-2, .float32 = false},
                 {.in = {88.5}, .out = std::exp(88.5)},
                 {.in = {710.0}, .out = inf},
                 {.in = {-746.0}, .out = 0.0}}},
      {.name = "exp2",
       .call = [](const auto& x) { return exp2(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::exp2(x); }),
       .edges = {{.in = {-inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf},
                 {.in = {10.0}, .out = 1024.0, .grad = {1024 * std::log(2.0)}},
                 {.in = {-1074.0}, .out = 0x1p-1074, .float32 = false}}},
      {.name = "expm1",
       .call = [](const auto& x) { return expm1(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::expm1(x); }),
       .edges = {{.in = {-inf}, .out = -1.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {0x1p-40}, .out = std::expm1(0x1p-40), .grad = {std::exp(0x1p-40)}}}},
      {.name = "log",
       .call = [](const auto& x) { return log(x[0]); },
       .operands = {{0.5, 3}},
       .naive = each([](double x) { return std::log(x); }),
       .edges = {{.in = {0.0}, .out = -inf, .grad = {inf}},
                 {.in = {0.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-1.0}, .out = NaN, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {1.0}, .out = 0.0, .grad = {1.0}},
                 {.in = {inf}, .out = inf, .grad = {0.0}},
                 {.in = {0x1p-1074}, .out = std::log(0x1p-1074), .grad = {inf}}}},
      {.name = "log2",
       .call = [](const auto& x) { return log2(x[0]); },
       .operands = {{0.5, 3}},
       .naive = each([](double x) { return std::log2(x); }),
       .edges = {{.in = {0.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {8.0}, .out = 3.0, .grad = {1 / (8 * std::log(2.0))}},
                 {.in = {-1.0}, .out = NaN},
                 {.in = {inf}, .out = inf, .grad = {0.0}}}},
      {.name = "log10",
       .call = [](const auto& x) { return log10(x[0]); },
       .operands = {{0.5, 3}},
       .naive = each([](double x) { return std::log10(x); }),
       .edges = {{.in = {0.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {1000.0}, .out = 3.0, .grad = {1 / (1000 * std::log(10.0))}},
                 {.in = {-1.0}, .out = NaN},
                 {.in = {inf}, .out = inf, .grad = {0.0}}}},
      {.name = "log1p",
       .call = [](const auto& x) { return log1p(x[0]); },
       .operands = {{-0.5, 3}},
       .naive = each([](double x) { return std::log1p(x); }),
       .edges = {{.in = {-1.0}, .out = -inf, .grad = {inf}},
                 {.in = {-1.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {0x1p-60}, .out = 0x1p-60, .grad = {1.0}},
                 {.in = {-2.0}, .out = NaN},
                 {.in = {inf}, .out = inf, .grad = {0.0}}}},
  };
}

std::vector<OpRow> trigonometric() {
  return {
      {.name = "sin",
       .call = [](const auto& x) { return sin(x[0]); },
       .operands = {{-4, 4}},
       .naive = each([](double x) { return std::sin(x); }),
       .edges = {{.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {inf}, .out = NaN, .grad = {NaN}},
                 {.in = {0x1p60}, .out = std::sin(0x1p60), .grad = {std::cos(0x1p60)}}}},
      {.name = "cos",
       .call = [](const auto& x) { return cos(x[0]); },
       .operands = {{-4, 4}},
       .naive = each([](double x) { return std::cos(x); }),
       .edges = {{.in = {0.0}, .out = 1.0, .grad = {0.0}},
                 {.in = {-inf}, .out = NaN, .grad = {NaN}},
                 {.in = {0x1p60}, .out = std::cos(0x1p60), .grad = {-std::sin(0x1p60)}}}},
      {.name = "tan",
       .call = [](const auto& x) { return tan(x[0]); },
       .operands = {{-1, 1}},
       .naive = each([](double x) { return std::tan(x); }),
       .edges = {{.in = {-0.0}, .out = -0.0, .grad = {1.0}}, {.in = {inf}, .out = NaN}}},
      {.name = "asin",
       .call = [](const auto& x) { return asin(x[0]); },
       .operands = {{-0.7, 0.7}},
       .naive = each([](double x) { return std::asin(x); }),
       .edges = {{.in = {1.0}, .out = std::asin(1.0), .grad = {inf}},
                 {.in = {-1.0}, .out = std::asin(-1.0), .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {1.5}, .out = NaN}}},
      {.name = "acos",
       .call = [](const auto& x) { return acos(x[0]); },
       .operands = {{-0.7, 0.7}},
       .naive = each([](double x) { return std::acos(x); }),
       .edges = {{.in = {1.0}, .out = 0.0, .grad = {-inf}},
                 {.in = {1.0}, .out = 0.0, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-1.0}, .out = numeric::pi},
                 {.in = {-1.5}, .out = NaN}}},
      {.name = "atan",
       .call = [](const auto& x) { return atan(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::atan(x); }),
       .edges = {{.in = {inf}, .out = numeric::pi / 2, .grad = {0.0}},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {-1.0}, .out = -numeric::pi / 4, .grad = {0.5}},
                 {.in = {1e200}, .out = numeric::pi / 2, .grad = {0.0}}}},
      {.name = "sinh",
       .call = [](const auto& x) { return sinh(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::sinh(x); }),
       .edges = {{.in = {-inf}, .out = -inf, .grad = {inf}},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {710.0}, .out = std::sinh(710.0), .float32 = false}}},
      {.name = "cosh",
       .call = [](const auto& x) { return cosh(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::cosh(x); }),
       .edges = {{.in = {-inf}, .out = inf, .grad = {-inf}},
                 {.in = {0.0}, .out = 1.0, .grad = {0.0}},
                 {.in = {710.0}, .out = std::cosh(710.0), .float32 = false}}},
      {.name = "tanh",
       .call = [](const auto& x) { return tanh(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::tanh(x); }),
       .edges = {{.in = {-inf}, .out = -1.0, .grad = {0.0}},
                 {.in = {inf}, .out = 1.0, .grad = {0.0}},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}},
                 {.in = {0x1p-30}, .out = std::tanh(0x1p-30)}}},
      {.name = "asinh",
       .call = [](const auto& x) { return asinh(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::asinh(x); }),
       .edges = {{.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {-inf}, .out = -inf, .grad = {0.0}},
                 {.in = {1e200}, .out = std::asinh(1e200), .grad = {1e-200}}}},
      {.name = "acosh",
       .call = [](const auto& x) { return acosh(x[0]); },
       .operands = {{1.4, 3}},
       .naive = each([](double x) { return std::acosh(x); }),
       .edges = {{.in = {1.0}, .out = 0.0, .grad = {inf}},
                 {.in = {1.0}, .out = 0.0, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {0.5}, .out = NaN},
                 {.in = {inf}, .out = inf, .grad = {0.0}},
                 {.in = {1e200}, .out = std::acosh(1e200), .grad = {1e-200}}}},
      {.name = "atanh",
       .call = [](const auto& x) { return atanh(x[0]); },
       .operands = {{-0.7, 0.7}},
       .naive = each([](double x) { return std::atanh(x); }),
       .edges = {{.in = {1.0}, .out = inf, .grad = {inf}},
                 {.in = {-1.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-0.0}, .out = -0.0, .grad = {1.0}},
                 {.in = {1.5}, .out = NaN}}},
  };
}

/// ψ⁽ⁿ⁾ for n ≥ 1 and x > 0: the series, and Euler and Maclaurin's tail after 30 terms.
double naive_polygamma(int n, double x) {
  long double sum = 0;
  const long double s = n + 1;
  for (int k = 0; k < 30; ++k) sum += std::pow(static_cast<long double>(x) + k, -s);
  const long double a = static_cast<long double>(x) + 30;
  sum += std::pow(a, 1 - s) / (s - 1) + std::pow(a, -s) / 2 + s * std::pow(a, -s - 1) / 12 -
         s * (s + 1) * (s + 2) * std::pow(a, -s - 3) / 720 +
         s * (s + 1) * (s + 2) * (s + 3) * (s + 4) * std::pow(a, -s - 5) / 30240;
  const long double value = std::tgamma(s) * sum;
  return static_cast<double>(n % 2 ? value : -value);
}
/// ψ for x > 0: 30 steps of its recurrence, then the asymptotic series.
double naive_digamma(double x) {
  long double sum = 0, a = x;
  for (int k = 0; k < 30; ++k, a += 1) sum -= 1 / a;
  const long double q = 1 / (a * a);
  return static_cast<double>(sum + std::log(a) - 1 / (2 * a) - q * (1.0L / 12 - q * (1.0L / 120 - q / 252)));
}

std::vector<OpRow> special() {
  return {
      {.name = "erf",
       .call = [](const auto& x) { return erf(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::erf(x); }),
       .edges = {{.in = {-inf}, .out = -1.0, .grad = {0.0}},
                 {.in = {-0.0}, .out = -0.0, .grad = {2 / std::sqrt(numeric::pi)}},
                 {.in = {NaN}, .out = NaN}}},
      {.name = "erfc",
       .call = [](const auto& x) { return erfc(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double x) { return std::erfc(x); }),
       .edges = {{.in = {inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {-inf}, .out = 2.0, .grad = {0.0}},
                 {.in = {5.0}, .out = std::erfc(5.0), .grad = {-2 / std::sqrt(numeric::pi) * std::exp(-25.0)}},
                 {.in = {20.0}, .out = std::erfc(20.0), .tolerance = 1e-13, .float32 = false}}},
      {.name = "lgamma",
       .call = [](const auto& x) { return lgamma(x[0]); },
       .operands = {{0.7, 4}},
       .naive = each([](double x) { return std::lgamma(x); }),
       .edges = {{.in = {1.0}, .out = 0.0, .grad = {-0.57721566490153286}},
                 {.in = {0.0}, .out = inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-2.0}, .out = inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {inf}, .out = inf, .grad = {inf}},
                 {.in = {0.5}, .out = std::log(numeric::pi) / 2}}},
      {.name = "lgamma",
       .variant = "negative",
       .call = [](const auto& x) { return lgamma(x[0]); },
       .operands = {{-1.7, -1.3}},
       .naive = each([](double x) { return std::lgamma(x); }),
       .step = 2e-4},
      {.name = "digamma",
       .call = [](const auto& x) { return digamma(x[0]); },
       .operands = {{0.7, 4}},
       .naive = each(naive_digamma),
       .edges = {{.in = {1.0}, .out = -0.57721566490153286, .grad = {numeric::pi * numeric::pi / 6}},
                 {.in = {0.5}, .out = -0.57721566490153286 - 2 * std::log(2.0)},
                 {.in = {0.0}, .out = -inf, .grad = {0.0}, .cotangent = 0.0},
                 {.in = {-1.0}, .out = NaN}}},
      {.name = "polygamma",
       .variant = "0",
       .call = [](const auto& x) { return polygamma(0, x[0]); },
       .operands = {{0.7, 4}},
       .naive = each(naive_digamma)},
      {.name = "polygamma",
       .variant = "1",
       .call = [](const auto& x) { return polygamma(1, x[0]); },
       .operands = {{0.7, 4}},
       .naive = each([](double x) { return naive_polygamma(1, x); }),
       .edges = {{.in = {1.0}, .out = numeric::pi * numeric::pi / 6, .grad = {-2 * 1.2020569031595942}},
                 {.in = {0.0}, .out = inf, .grad = {0.0}, .cotangent = 0.0}},
       .rejections = {rejects<ArgError>({zeros({2})}, "needs an order of at least 0; got -1",
                                        [](const auto& x) { return polygamma(-1, x[0]); })}},
      {.name = "polygamma",
       .variant = "4",
       .call = [](const auto& x) { return polygamma(4, x[0]); },
       .operands = {{0.9, 4}},
       .naive = each([](double x) { return naive_polygamma(4, x); }),
       .order = 2},
  };
}

std::vector<OpRow> rounding() {
  const std::vector<double> halves = {-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.25, -3.75, 0x1p52};
  return {
      {.name = "floor",
       .call = [](const auto& x) { return floor(x[0]); },
       .operands = {{.kinks = {-2, -1, 0, 1, 2}}},
       .naive = each([](double x) { return std::floor(x); }),
       .edges = {{.in = {-0.5}, .out = -1.0, .grad = {0.0}},
                 {.in = {-0.0}, .out = -0.0},
                 {.in = {inf}, .out = inf, .grad = {0.0}},
                 {.in = {NaN}, .out = NaN},
                 {.in = {Dense({9}, halves)}, .out = Dense({-3, -2, -1, 0, 1, 2, 3, -4, 0x1p52})}}},
      {.name = "ceil",
       .call = [](const auto& x) { return ceil(x[0]); },
       .operands = {{.kinks = {-2, -1, 0, 1, 2}}},
       .naive = each([](double x) { return std::ceil(x); }),
       .edges = {{.in = {-0.5}, .out = -0.0, .grad = {0.0}},
                 {.in = {-inf}, .out = -inf},
                 {.in = {Dense({9}, halves)}, .out = Dense({-2, -1, -0.0, 1, 2, 3, 4, -3, 0x1p52})}}},
      {.name = "round",
       .call = [](const auto& x) { return round(x[0]); },
       .operands = {{.kinks = {-1.5, -0.5, 0.5, 1.5}}},
       .naive = each([](double x) { return std::nearbyint(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {Dense({9}, halves)}, .out = Dense({-2, -2, -0.0, 0, 2, 2, 3, -4, 0x1p52})}}},
      {.name = "trunc",
       .call = [](const auto& x) { return trunc(x[0]); },
       .operands = {{.kinks = {-1, 0, 1}}},
       .naive = each([](double x) { return std::trunc(x); }),
       .edges = {{.in = {-0.5}, .out = -0.0, .grad = {0.0}},
                 {.in = {Dense({9}, halves)}, .out = Dense({-2, -1, -0.0, 0, 1, 2, 3, -3, 0x1p52})}}},
  };
}

}  // namespace

TEST_CASE("ops: roots and powers") { check_rows(roots_and_powers()); }
TEST_CASE("ops: exponentials and logarithms") { check_rows(exponentials_and_logarithms()); }
TEST_CASE("ops: trigonometric functions") { check_rows(trigonometric()); }
TEST_CASE("ops: special functions") { check_rows(special()); }
TEST_CASE("ops: rounding") { check_rows(rounding()); }

TEST_CASE("ops: a masked branch with a singular slope passes back 0 at every order") {
  struct Masked {
    const char* name;
    Var (*f)(Arg);
    std::vector<double> outside;  // where f or a slope is not finite, and the mask is false
    double inside;
  };
  const std::vector<Masked> all = {
      {"sqrt", sqrt, {0, -1}, 2},         {"rsqrt", rsqrt, {0, -1}, 2},    {"cbrt", cbrt, {0}, 2},
      {"reciprocal", reciprocal, {0}, 2}, {"log", log, {0, -1}, 2},        {"log2", log2, {0, -1}, 2},
      {"log10", log10, {0, -1}, 2},       {"log1p", log1p, {-1, -2}, 2},   {"asin", asin, {1, -1, 2}, 0.5},
      {"acos", acos, {1, -1, 2}, 0.5},    {"acosh", acosh, {1, 0.5}, 2},   {"atanh", atanh, {1, -1, 2}, 0.5},
      {"lgamma", lgamma, {0, -1}, 2},     {"digamma", digamma, {0, -1}, 2}};
  for (const Masked& m : all) {
    std::vector<double> at = m.outside;
    at.push_back(m.inside);
    std::vector<double> use(at.size(), 0);
    use.back() = 1;
    const std::int64_t n = static_cast<std::int64_t>(at.size());
    Tape tape;
    auto scope = tape.scope();
    const Var x = tape.variable(numeric::to_array(Dense({n}, at)));
    const Var mask = Var(numeric::to_array(Dense({n}, use, DType::boolean)));
    const Var alone = tape.variable(numeric::to_array(Dense({m.inside})));
    Var y = where(mask, m.f(x), 0), want = m.f(alone);
    for (int order = 1; order <= 4; ++order) {
      y = grad(sum_to(y, {}), x, {.create_graph = true});
      want = grad(sum_to(want, {}), alone, {.create_graph = true});
      const Dense g = numeric::to_dense(y.value());
      for (std::int64_t i = 0; i + 1 < n; ++i)
        CHECK_MESSAGE(g[i] == 0, std::string(m.name)
                                     << " order " << order << " at " << at[static_cast<std::size_t>(i)]);
      CHECK_MESSAGE(numeric::near(g[n - 1], want.item<double>(), {.relative = 1e-12}), std::string(m.name)
                                                                                           << " order " << order);
    }
  }
}
