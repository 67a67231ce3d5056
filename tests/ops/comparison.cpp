#include "xgrad/ops/comparison.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/ops/arithmetic.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

const Array f32_23 = zeros({2, 3}), f32_4 = zeros({4}), f64_23 = zeros({2, 3}, DType::float64);
const std::vector<DType> numbers = {DType::float32, DType::float64, DType::int64, DType::uint8};
const Array bool_23 = zeros({2, 3}, DType::boolean), bool_4 = zeros({4}, DType::boolean);

/// A comparison, as function, as operator, and with a number on either side.
std::vector<OpRow> comparison(const OpRow& function, Call straight, Call left, Call right, Naive naive,
                              Naive naive_left, Naive naive_right, double at_tie, double less) {
  const Sample whole = {.values = {-1, 0, 1, 1, 2, 0}};  // ties, at every element type
  const Sample other = {.values = {0, 0, -1, 1, 2}};
  const std::vector<Rejection> refused = {
      rejects<ShapeError>({f32_23, f32_4}, "needs shapes that broadcast to one; got [2,3] and [4]"),
      rejects<DTypeError>({f32_23, f64_23}, "needs operands of one element type")};
  const std::string& name = function.name;
  const double unequal = name == "not_equal";
  return {{.name = name,
           .call = function.call,
           .operands = {whole, other},
           .naive = naive,
           .order = 0,
           .dtypes = all_dtypes,
           .result = DType::boolean,
           .edges = {{.in = {0.0, -0.0}, .out = Dense(at_tie)},
                     {.in = {NaN, NaN}, .out = Dense(unequal)},
                     {.in = {1.0, NaN}, .out = Dense(unequal)},
                     {.in = {-inf, inf}, .out = Dense(less)},
                     {.in = {inf, inf}, .out = Dense(at_tie)},
                     {.in = {0.0, 5e-324}, .out = Dense(less)}},
           .rejections = refused},
          {.name = name,
           .variant = "operator",
           .call = straight,
           .operands = {whole, other},
           .naive = naive,
           .order = 0,
           .dtypes = all_dtypes,
           .result = DType::boolean,
           .rejections = refused},
          {.name = name,
           .variant = "number on the left",
           .call = left,
           .operands = {whole},
           .naive = naive_left,
           .order = 0,
           .dtypes = numbers,
           .result = DType::boolean},
          {.name = name,
           .variant = "number on the right",
           .call = right,
           .operands = {whole},
           .naive = naive_right,
           .order = 0,
           .dtypes = numbers,
           .result = DType::boolean}};
}

std::vector<OpRow> logic() {
  const Sample bits = {.dtype = DType::boolean};
  const std::vector<Rejection> refused = {rejects<ShapeError>({bool_23, bool_4}, "shapes that broadcast"),
                                          rejects<DTypeError>({bool_23, f32_23}, "float32[2,3]")};
  return {
      {.name = "logical_and",
       .call = [](const auto& x) { return logical_and(x[0], x[1]); },
       .operands = {bits, bits},
       .naive = each([](double a, double b) { return a != 0 && b != 0; }),
       .order = 0,
       .dtypes = {DType::boolean},
       .rejections = refused},
      {.name = "logical_or",
       .call = [](const auto& x) { return logical_or(x[0], x[1]); },
       .operands = {bits, bits},
       .naive = each([](double a, double b) { return a != 0 || b != 0; }),
       .order = 0,
       .dtypes = {DType::boolean},
       .rejections = refused},
      {.name = "logical_xor",
       .call = [](const auto& x) { return logical_xor(x[0], x[1]); },
       .operands = {bits, bits},
       .naive = each([](double a, double b) { return (a != 0) != (b != 0); }),
       .order = 0,
       .dtypes = {DType::boolean},
       .rejections = refused},
      {.name = "logical_not",
       .call = [](const auto& x) { return logical_not(x[0]); },
       .operands = {bits},
       .naive = each([](double a) { return a == 0; }),
       .order = 0,
       .dtypes = {DType::boolean},
       .rejections = {rejects<DTypeError>({f32_23}, "bool")}},
      {.name = "logical_not",
       .variant = "operator",
       .call = [](const auto& x) { return !x[0]; },
       .operands = {bits},
       .naive = each([](double a) { return a == 0; }),
       .order = 0,
       .dtypes = {DType::boolean}},
  };
}

std::vector<OpRow> classification() {
  const Sample kinds = {.values = {0, NaN, inf, 1, -inf, -2, 5e-324, 1e308}};
  return {
      {.name = "isnan",
       .call = [](const auto& x) { return isnan(x[0]); },
       .operands = {kinds},
       .naive = each([](double x) { return x != x; }),
       .order = 0,
       .result = DType::boolean},
      {.name = "isinf",
       .call = [](const auto& x) { return isinf(x[0]); },
       .operands = {kinds},
       .naive = each([](double x) { return x == inf || x == -inf; }),
       .order = 0,
       .result = DType::boolean},
      {.name = "isfinite",
       .call = [](const auto& x) { return isfinite(x[0]); },
       .operands = {kinds},
       .naive = each([](double x) { return x - x == 0; }),
       .order = 0,
       .result = DType::boolean},
  };
}

std::vector<OpRow> choice() {
  const auto naive = each([](double c, double a, double b) { return c != 0 ? a : b; });
  return {
      {.name = "where",
       .call = [](const auto& x) { return where(x[0], x[1], x[2]); },
       .operands = {{.dtype = DType::boolean}, {-2, 2}, {-2, 2}},
       .naive = naive,
       .dtypes = all_dtypes,
       .edges = {{.in = {Dense(1.0, DType::boolean), 2.0, NaN}, .out = 2.0, .grad = {0.0, 1.0, 0.0}},
                 {.in = {Dense(0.0, DType::boolean), NaN, -0.0}, .out = -0.0, .grad = {0.0, 0.0, 1.0}},
                 {.in = {Dense(0.0, DType::boolean), 1.0, 2.0}, .out = 2.0, .grad = {0.0, 0.0, inf}, .cotangent = inf}},
       .rejections = {rejects<DTypeError>({f32_23, f32_23, f32_23}, "float32[2,3]"),
                      rejects<DTypeError>({bool_23, f32_23, f64_23}, "one element type"),
                      rejects<ShapeError>({bool_23, f32_4, f32_4}, "shapes that broadcast")}},
      {.name = "where",
       .variant = "number as choice",
       .call = [](const auto& x) { return where(x[0], x[1], 3); },
       .operands = {{.dtype = DType::boolean}, {-2, 2}},
       .naive = each([](double c, double a) { return c != 0 ? a : 3; }),
       .dtypes = numbers,
       .same_operand = false},
      {.name = "where",
       .variant = "number as first choice",
       .call = [](const auto& x) { return where(x[0], 0, x[1]); },
       .operands = {{.dtype = DType::boolean}, {-2, 2}},
       .naive = each([](double c, double a) { return c != 0 ? 0 : a; }),
       .dtypes = numbers,
       .same_operand = false},
  };
}

/// `f` on two operands, and on one and the number 1 on either side.
template <class F>
std::vector<OpRow> family(const OpRow& function, Call straight, Call left, Call right, F f, double at_tie,
                          double less) {
  return comparison(function, std::move(straight), std::move(left), std::move(right),
                    each([f](double a, double b) { return f(a, b); }), each([f](double a) { return f(1.0, a); }),
                    each([f](double a) { return f(a, 1.0); }), at_tie, less);
}

std::vector<OpRow> comparisons() {
  std::vector<OpRow> rows;
  const auto append = [&rows](std::vector<OpRow> more) {
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  append(family(
      {.name = "equal", .call = [](const auto& x) { return equal(x[0], x[1]); }},
      [](const auto& x) { return x[0] == x[1]; }, [](const auto& x) { return 1 == x[0]; },
      [](const auto& x) { return x[0] == 1; }, [](double a, double b) { return a == b; }, 1, 0));
  append(family(
      {.name = "not_equal", .call = [](const auto& x) { return not_equal(x[0], x[1]); }},
      [](const auto& x) { return x[0] != x[1]; }, [](const auto& x) { return 1 != x[0]; },
      [](const auto& x) { return x[0] != 1; }, [](double a, double b) { return a != b; }, 0, 1));
  append(family(
      {.name = "less", .call = [](const auto& x) { return less(x[0], x[1]); }},
      [](const auto& x) { return x[0] < x[1]; }, [](const auto& x) { return 1 < x[0]; },
      [](const auto& x) { return x[0] < 1; }, [](double a, double b) { return a < b; }, 0, 1));
  append(family(
      {.name = "less_equal", .call = [](const auto& x) { return less_equal(x[0], x[1]); }},
      [](const auto& x) { return x[0] <= x[1]; }, [](const auto& x) { return 1 <= x[0]; },
      [](const auto& x) { return x[0] <= 1; }, [](double a, double b) { return a <= b; }, 1, 1));
  append(family(
      {.name = "greater", .call = [](const auto& x) { return greater(x[0], x[1]); }},
      [](const auto& x) { return x[0] > x[1]; }, [](const auto& x) { return 1 > x[0]; },
      [](const auto& x) { return x[0] > 1; }, [](double a, double b) { return a > b; }, 0, 0));
  append(family(
      {.name = "greater_equal", .call = [](const auto& x) { return greater_equal(x[0], x[1]); }},
      [](const auto& x) { return x[0] >= x[1]; }, [](const auto& x) { return 1 >= x[0]; },
      [](const auto& x) { return x[0] >= 1; }, [](double a, double b) { return a >= b; }, 1, 0));
  return rows;
}

}  // namespace

TEST_CASE("ops: comparisons") { check_rows(comparisons()); }
TEST_CASE("ops: logic") { check_rows(logic()); }
TEST_CASE("ops: classification") { check_rows(classification()); }
TEST_CASE("ops: choice") { check_rows(choice()); }
