#include "xgrad/ops/arithmetic.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/tape/mode.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

const Array f32_23 = zeros({2, 3}), f32_4 = zeros({4}), f64_23 = zeros({2, 3}, DType::float64);
const Array i64_23 = zeros({2, 3}, DType::int64);

std::vector<OpRow> four_operations() {
  const std::vector<Rejection> binary = {
      rejects<ShapeError>({f32_23, f32_4}, "needs shapes that broadcast to one; got [2,3] and [4]"),
      rejects<DTypeError>({f32_23, f64_23}, "needs operands of one element type; got float32[2,3] and float64[2,3]"),
      rejects<DTypeError>({f32_23, i64_23}, "astype converts"),
  };
  return {
      {.name = "add",
       .call = [](const auto& x) { return add(x[0], x[1]); },
       .operands = {{-2, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return a + b; }),
       .dtypes = all_numbers,
       .edges = {{.in = {inf, -inf}, .out = NaN, .grad = {1.0, 1.0}},
                 {.in = {-0.0, -0.0}, .out = -0.0},
                 {.in = {5e-324, 5e-324}, .out = 1e-323, .grad = {1.0, 1.0}},
                 {.in = {1.0, 2.0}, .out = 3.0, .grad = {-0.5, -0.5}, .cotangent = -0.5}},
       .rejections = binary},
      {.name = "add",
       .variant = "operator",
       .call = [](const auto& x) { return x[0] + x[1]; },
       .operands = {{-2, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return a + b; }),
       .dtypes = all_numbers,
       .rejections = binary},
      {.name = "add",
       .variant = "number on the left",
       .call = [](const auto& x) { return 3 + x[0]; },
       .operands = {{-2, 2}},
       .naive = each([](double a) { return 3 + a; }),
       .dtypes = all_numbers,
       .rejections = {rejects<DTypeError>({i64_23}, "needs a number that int64 can hold; got 0.5",
                                          [](const auto& x) { return 0.5 + x[0]; })}},
      {.name = "subtract",
       .call = [](const auto& x) { return subtract(x[0], x[1]); },
       .operands = {{-2, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return a - b; }),
       .dtypes = all_numbers,
       .edges = {{.in = {inf, inf}, .out = NaN, .grad = {1.0, -1.0}}, {.in = {0.0, 0.0}, .out = 0.0}},
       .rejections = binary},
      {.name = "subtract",
       .variant = "operator, number on the right",
       .call = [](const auto& x) { return x[0] - 1; },
       .operands = {{-2, 2}},
       .naive = each([](double a) { return a - 1; }),
       .dtypes = all_numbers},
      {.name = "multiply",
       .call = [](const auto& x) { return multiply(x[0], x[1]); },
       .operands = {{-2, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return a * b; }),
       .dtypes = all_numbers,
       .edges = {{.in = {0.0, inf}, .out = NaN, .grad = {inf, 0.0}},
                 {.in = {-0.0, 3.0}, .out = -0.0, .grad = {3.0, 0.0}},
                 {.in = {NaN, 0.0}, .out = NaN, .grad = {0.0, NaN}},
                 {.in = {1e200, 1e200}, .out = inf, .grad = {1e200, 1e200}}},
       .rejections = binary},
      {.name = "multiply",
       .variant = "number on the left",
       .call = [](const auto& x) { return 3 * x[0]; },
       .operands = {{-2, 2}},
       .naive = each([](double a) { return 3 * a; }),
       .dtypes = all_numbers},
      {.name = "divide",
       .call = [](const auto& x) { return divide(x[0], x[1]); },
       .operands = {{-2, 2}, {0.5, 2}},
       .naive = each([](double a, double b) { return a / b; }),
       .same_operand = false,
       .edges = {{.in = {1.0, 0.0}, .out = inf, .grad = {inf, -inf}},
                 {.in = {1.0, 0.0}, .out = inf, .grad = {0.0, 0.0}, .cotangent = 0.0},
                 {.in = {0.0, 0.0}, .out = NaN, .grad = {0.0, 0.0}, .cotangent = 0.0},
                 {.in = {1.0, -0.0}, .out = -inf},
                 {.in = {inf, 2.0}, .out = inf, .grad = {0.5, -inf}},
                 {.in = {1.0, inf}, .out = 0.0, .grad = {0.0, 0.0}}},
       .rejections = binary},
      {.name = "divide",
       .variant = "number on the left",
       .call = [](const auto& x) { return 2 / x[0]; },
       .operands = {{0.5, 2}},
       .naive = each([](double a) { return 2 / a; })},
      {.name = "neg",
       .call = [](const auto& x) { return neg(x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double a) { return -a; }),
       .dtypes = all_numbers,
       .edges = {{.in = {0.0}, .out = -0.0, .grad = {-1.0}}, {.in = {inf}, .out = -inf}, {.in = {NaN}, .out = NaN}}},
      {.name = "absorb_multiply",
       .call = [](const auto& x) { return absorb_multiply(x[0], x[1]); },
       .operands = {{-2, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return a * b; }),
       .edges = {{.in = {0.0, inf}, .out = 0.0, .grad = {0.0, 0.0}},
                 {.in = {-0.0, NaN}, .out = 0.0, .grad = {0.0, 0.0}},
                 {.in = {2.0, inf}, .out = inf, .grad = {inf, 2.0}},
                 {.in = {2.0, inf}, .out = inf, .grad = {0.0, 0.0}, .cotangent = 0.0},
                 {.in = {inf, 0.0}, .out = NaN},
                 {.in = {0.0, 5.0}, .out = 0.0, .grad = {5.0, 0.0}}},
       .rejections = binary},
  };
}

std::vector<OpRow> powers_and_geometry() {
  return {
      {.name = "pow",
       .call = [](const auto& x) { return pow(x[0], x[1]); },
       .operands = {{0.5, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return std::pow(a, b); }),
       .numeric_tolerance = 3e-8,
       .same_operand = false,
       .edges = {{.in = {0.0, 0.0}, .out = 1.0, .grad = {0.0, 0.0}},
                 {.in = {0.0, 2.0}, .out = 0.0, .grad = {0.0, 0.0}},
                 {.in = {0.0, 1.0}, .out = 0.0, .grad = {1.0, 0.0}},
                 {.in = {0.0, 0.5}, .out = 0.0, .grad = {inf, 0.0}},
                 {.in = {0.0, 0.5}, .out = 0.0, .grad = {0.0, 0.0}, .cotangent = 0.0},
                 {.in = {0.0, -1.0}, .out = inf, .grad = {0.0, 0.0}, .cotangent = 0.0},
                 {.in = {-2.0, 3.0}, .out = -8.0, .grad = {12.0, NaN}},
                 {.in = {-2.0, 0.5}, .out = NaN},
                 {.in = {NaN, 0.0}, .out = 1.0},
                 {.in = {inf, 2.0}, .out = inf, .grad = {inf, inf}},
                 {.in = {3.0, 0.0}, .out = 1.0, .grad = {0.0, std::log(3.0)}}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "pow",
       .variant = "exponent 0, operand",  // the mixed derivative is 1 / a
       .call = [](const auto& x) { return pow(x[0], x[1]); },
       .operands = {{0.5, 2}, {.values = {0}}},
       .naive = each([](double a, double b) { return std::pow(a, b); }),
       .same_operand = false},
      {.name = "pow",
       .variant = "2",
       .call = [](const auto& x) { return pow(x[0], 2); },
       .operands = {{-2, 2}},
       .naive = each([](double a) { return a * a; }),
       .dtypes = all_numbers,
       .edges = {{.in = {-3.0}, .out = 9.0, .grad = {-6.0}, .tolerance = 0}}},
      {.name = "pow",
       .variant = "3",
       .call = [](const auto& x) { return pow(x[0], 3); },
       .operands = {{-2, 2}},
       .naive = each([](double a) { return a * a * a; }),
       .order = 4,
       .dtypes = all_numbers,
       .edges = {{.in = {-3.0}, .out = -27.0, .grad = {27.0}, .tolerance = 0},
                 {.in = {0.0}, .out = 0.0, .grad = {0.0}}}},
      {.name = "pow",
       .variant = "-1",
       .call = [](const auto& x) { return pow(x[0], -1); },
       .operands = {{0.5, 2}},
       .naive = each([](double a) { return 1 / a; }),
       .rejections = {rejects<DTypeError>({i64_23}, "to the power -1")}},
      {.name = "pow",
       .variant = "0.5",
       .call = [](const auto& x) { return pow(x[0], 0.5); },
       .operands = {{0.5, 2}},
       .naive = each([](double a) { return std::sqrt(a); })},
      {.name = "pow",
       .variant = "0",
       .call = [](const auto& x) { return pow(x[0], 0); },
       .operands = {{-2, 2}},
       .naive = each([](double) { return 1.0; }),
       .dtypes = all_numbers,
       .edges = {{.in = {0.0}, .out = 1.0, .grad = {0.0}}, {.in = {inf}, .out = 1.0, .grad = {0.0}}}},
      {.name = "pow",
       .variant = "1.7",
       .call = [](const auto& x) { return pow(x[0], 1.7); },
       .operands = {{0.5, 2}},
       .naive = each([](double a) { return std::pow(a, 1.7); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.0}}}},
      {.name = "pow",
       .variant = "number on the left",
       .call = [](const auto& x) { return pow(2, x[0]); },
       .operands = {{-2, 2}},
       .naive = each([](double b) { return std::exp2(b); })},
      {.name = "hypot",
       .call = [](const auto& x) { return hypot(x[0], x[1]); },
       .operands = {{0.3, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return std::hypot(a, b); }),
       .edges = {{.in = {0.0, 0.0}, .out = 0.0, .grad = {0.0, 0.0}},
                 {.in = {3.0, -4.0}, .out = 5.0, .grad = {0.6, -0.8}},
                 {.in = {3e200, 4e200}, .out = 5e200, .grad = {0.6, 0.8}},
                 {.in = {3e-200, 4e-200}, .out = 5e-200, .grad = {0.6, 0.8}},
                 {.in = {-inf, NaN}, .out = inf}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "atan2",
       .call = [](const auto& x) { return atan2(x[0], x[1]); },
       .operands = {{0.4, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return std::atan2(a, b); }),
       .edges = {{.in = {0.0, -0.0}, .out = numeric::pi, .grad = {0.0, 0.0}},
                 {.in = {-0.0, 1.0}, .out = -0.0, .grad = {1.0, 0.0}},
                 {.in = {1.0, 0.0}, .out = numeric::pi / 2, .grad = {0.0, -1.0}},
                 {.in = {-2.0, -2.0}, .out = -3 * numeric::pi / 4, .grad = {-0.25, 0.25}},
                 {.in = {1e200, 1e200}, .out = numeric::pi / 4, .grad = {5e-201, -5e-201}}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "fmod",
       .call = [](const auto& x) { return fmod(x[0], x[1]); },
       .operands = {{2.3, 2.8}, {1.0, 1.1}},
       .naive = each([](double a, double b) { return std::fmod(a, b); }),
       .dtypes = all_numbers,
       .same_operand = false,
       .edges = {{.in = {-7.0, 3.0}, .out = -1.0, .grad = {1.0, 2.0}},
                 {.in = {7.0, -3.0}, .out = 1.0, .grad = {1.0, 2.0}},
                 {.in = {1.0, 0.1}, .out = std::fmod(1.0, 0.1), .grad = {1.0, -9.0}},
                 {.in = {1.0, inf}, .out = 1.0},
                 {.in = {1.0, 0.0}, .out = NaN}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "logaddexp",
       .call = [](const auto& x) { return logaddexp(x[0], x[1]); },
       .operands = {{-2, 2}, {-2, 2}},
       .naive = each([](double a, double b) { return std::log(std::exp(a) + std::exp(b)); }),
       .edges = {{.in = {1000.0, 1000.0}, .out = 1000 + std::log(2.0), .grad = {0.5, 0.5}},
                 {.in = {-1000.0, 0.0}, .out = 0.0, .grad = {0.0, 1.0}},
                 {.in = {-inf, 2.0}, .out = 2.0, .grad = {0.0, 1.0}},
                 {.in = {-inf, -inf}, .out = -inf, .grad = {0.0, 0.0}},
                 {.in = {inf, inf}, .out = inf, .grad = {0.5, 0.5}},
                 {.in = {inf, 1.0}, .out = inf, .grad = {1.0, 0.0}},
                 {.in = {inf, -inf}, .out = inf, .grad = {1.0, 0.0}},
                 {.in = {NaN, 1.0}, .out = NaN}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "logaddexp",
       .variant = "equal operands",
       .call = [](const auto& x) { return logaddexp(x[0], x[1]); },
       .operands = {{.values = {0.5}}, {.values = {0.5}}},
       .naive = each([](double a, double b) { return std::log(std::exp(a) + std::exp(b)); })},
  };
}

std::vector<OpRow> extremes() {
  return {
      {.name = "maximum",
       .call = [](const auto& x) { return maximum(x[0], x[1]); },
       .operands = {{.grid = 0.4}, {.grid = 0.4, .shift = 0.2}},
       .naive = each([](double a, double b) { return a > b ? a : b; }),
       .dtypes = all_numbers,
       .edges = {{.in = {2.0, 2.0}, .out = 2.0, .grad = {0.5, 0.5}},
                 {.in = {NaN, 1.0}, .out = NaN},
                 {.in = {1.0, NaN}, .out = NaN},
                 {.in = {-inf, inf}, .out = inf, .grad = {0.0, 1.0}},
                 {.in = {1.0, 0.0}, .out = 1.0, .grad = {inf, 0.0}, .cotangent = inf}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "maximum",
       .variant = "number on the left",
       .call = [](const auto& x) { return maximum(0, x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double a) { return a > 0 ? a : 0; }),
       .dtypes = all_numbers},
      {.name = "minimum",
       .call = [](const auto& x) { return minimum(x[0], x[1]); },
       .operands = {{.grid = 0.4}, {.grid = 0.4, .shift = 0.2}},
       .naive = each([](double a, double b) { return a < b ? a : b; }),
       .dtypes = all_numbers,
       .edges = {{.in = {2.0, 2.0}, .out = 2.0, .grad = {0.5, 0.5}},
                 {.in = {NaN, 1.0}, .out = NaN},
                 {.in = {-inf, inf}, .out = -inf, .grad = {1.0, 0.0}}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4}, "shapes that broadcast")}},
      {.name = "clip",
       .call = [](const auto& x) { return clip(x[0], -1, 1); },
       .operands = {{.kinks = {-1, 1}}},
       .naive = each([](double a) { return a < -1  ? -1
                                           : a > 1 ? 1
                                                   : a; }),
       .dtypes = all_numbers,
       .edges = {{.in = {1.0}, .out = 1.0, .grad = {1.0}},
                 {.in = {-1.0}, .out = -1.0, .grad = {1.0}},
                 {.in = {1.5}, .out = 1.0, .grad = {0.0}, .cotangent = inf},
                 {.in = {NaN}, .out = NaN},
                 {.in = {-inf}, .out = -1.0, .grad = {0.0}}},
       .rejections = {rejects<ArgError>({f32_23}, "needs low <= high; got 2.0",
                                        [](const auto& x) { return clip(x[0], 2, 1); }),
                      rejects<ArgError>({f32_23}, "needs low <= high; got nan",
                                        [](const auto& x) { return clip(x[0], numeric::NaN, 1.0); }),
                      rejects<DTypeError>({i64_23}, "whole bounds for int64",
                                          [](const auto& x) { return clip(x[0], 0.5, 1); })}},
      {.name = "clip",
       .variant = "one bound",
       .call = [](const auto& x) { return clip(x[0], 0, inf); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double a) { return a < 0 ? 0 : a; }),
       .dtypes = all_numbers},
      {.name = "clip",
       .variant = "operands as bounds",
       .call = [](const auto& x) { return clip(x[0], x[1], x[2]); },
       .operands = {{.grid = 0.5},
                    {.low = -1.5, .high = 0, .grid = 0.5, .shift = 0.15},
                    {.low = 0, .high = 1.5, .grid = 0.5, .shift = 0.35}},
       .naive = each([](double x, double low, double high) { return std::fmin(std::fmax(x, low), high); }),
       .order = 2,
       .dtypes = {DType::float32, DType::float64, DType::int64},
       .edges = {{.in = {5.0, 0.0, 1.0}, .out = 1.0, .grad = {0.0, 0.0, 1.0}},
                 {.in = {-5.0, 0.0, 1.0}, .out = 0.0, .grad = {0.0, 1.0, 0.0}},
                 {.in = {1.0, 0.0, 1.0}, .out = 1.0, .grad = {0.5, 0.0, 0.5}}},
       .rejections = {rejects<ShapeError>({f32_23, f32_4, f32_4}, "shapes that broadcast")}},
  };
}

}  // namespace

TEST_CASE("ops: the four operations") { check_rows(four_operations()); }
TEST_CASE("ops: powers and geometry") { check_rows(powers_and_geometry()); }
TEST_CASE("ops: extremes") { check_rows(extremes()); }

TEST_CASE("a temporary on the left gives its memory to the result, and only then") {
  const auto values = [](const Array& a) {
    const auto s = a.span<float>();
    return std::vector<float>(s.begin(), s.end());
  };
  const Array kept = Array::from(std::span<const float>(std::array{1.f, 2.f, 4.f}), {3});
  Array fresh = kept.copy();
  const void* memory = fresh.raw();
  Array y = ((std::move(fresh) / 2 + 1.f) * kept - Array::scalar(1.f)) / 4.0;
  CHECK(y.raw() == memory);
  CHECK(values(y) == std::vector<float>{0.125f, 0.75f, 2.75f});

  Array shared = y;  // somebody else reads it
  const Array z = std::move(y) * 4;
  CHECK(z.raw() != memory);
  CHECK(values(shared) == std::vector<float>{0.125f, 0.75f, 2.75f});
  CHECK(values(z) == std::vector<float>{0.5f, 3, 11});

  Array itself = kept.copy();
  CHECK(values(std::move(itself) * itself) == std::vector<float>{1, 4, 16});
  CHECK((kept.copy() + zeros({2, 3})).shape() == Shape{2, 3});
  CHECK((kept.copy() + zeros({1, 1})).shape() == Shape{1, 3});
  CHECK(values(kept.rows(0, 2) + 1) == std::vector<float>{2, 3});
  CHECK(values(kept) == std::vector<float>{1, 2, 4});
  CHECK((zeros({2}, DType::int64) + 1).dtype() == DType::int64);
  CHECK_THROWS_AS(zeros({2}, DType::int64) / 2, DTypeError);
  CHECK_THROWS_AS(kept.copy() + zeros({2}), ShapeError);
  CHECK_THROWS_AS(kept.copy() + zeros({3}, DType::float64), DTypeError);
  const Anomaly watch(true);
  CHECK_THROWS_AS(kept.copy() / 0, NonFiniteError);
}
