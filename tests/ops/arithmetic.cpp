#include "xgrad/ops/arithmetic.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/op_table.hpp"

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

}  // namespace

TEST_CASE("ops: the four operations") { check_rows(four_operations()); }
