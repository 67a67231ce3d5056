#include "xgrad/ops/solve.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/matrices.hpp"
#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"

using namespace xgrad;
using namespace op_table;
using namespace matrices_of;

namespace {

/// x of `reading(a)` x = b, for stacks whose batch is b's, or one a for all.
Naive solution(std::function<Matrix(Matrix)> reading) {
  return [reading](const std::vector<Dense>& in) {
    Dense b = in[1];
    const bool vector = b.rank() == 1;
    Shape shape = vector ? Shape{b.shape[0], 1} : b.shape;
    b.shape = shape;
    const std::int64_t ma = matrices(in[0]), mb = matrices(b), count = std::max(ma, mb);
    Shape result;
    for (int axis = 0; axis < in[0].rank() - 2 && mb != count; ++axis) result.push_back(in[0].shape[axis]);
    for (int axis = 0; axis < b.rank() - 2 && mb == count; ++axis) result.push_back(b.shape[axis]);
    result.push_back(shape[shape.rank() - 2]);
    result.push_back(shape.back());
    Dense x(result);
    for (std::int64_t m = 0; m < count; ++m) {
      Matrix side = matrix(b, mb == 1 ? 0 : m);
      eliminate(reading(matrix(in[0], ma == 1 ? 0 : m)), side);
      put(x, m, side);
    }
    if (vector) {
      result.erase(result.rank() - 1);
      x.shape = result;
    }
    return x;
  };
}

Matrix triangle(Matrix a, TriangularOptions o) {
  Matrix t = a;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) {
      const std::size_t r = o.transpose ? j : i, c = o.transpose ? i : j;
      t[i][j] = r == c ? (o.unit_diagonal ? 1 : a[r][c]) : (o.lower ? c < r : c > r) ? a[r][c] : 0;
    }
  return t;
}

/// Samples around a matrix that is far from singular.
Sample regular(Shape shape) {
  const std::int64_t n = shape.back();
  Sample s{.shape = shape};
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const std::int64_t row = i / n % n, column = i % n;
    s.values.push_back(row == column ? (row % 2 ? -3 : 3) + 0.1 * static_cast<double>(row)
                                     : std::sin(1.7 * static_cast<double>(i) + 0.4));
  }
  return s;
}

const Array f64_23 = zeros({2, 3}, DType::float64), f64_33 = zeros({3, 3}, DType::float64);
const Array f64_3 = zeros({3}, DType::float64), f64_4 = zeros({4}, DType::float64),
            f64_42 = zeros({4, 2}, DType::float64);
const Array two = Array::from<double>(std::vector<double>{1, 0, 0, 1, 1, 2, 2, 4}, {2, 2, 2});  // the second: singular
const Array f64_22 = ones({2, 2}, DType::float64), f64_233 = zeros({2, 3, 3}, DType::float64);

std::vector<OpRow> solutions() {
  std::vector<OpRow> rows;
  const auto row = [&](const char* variant, Shape a, Shape b) {
    rows.push_back({.name = "solve",
                    .variant = variant,
                    .call = [](const auto& x) { return solve(x[0], x[1]); },
                    .operands = {regular(a), {.shape = b}},
                    .naive = solution([](Matrix m) { return m; }),
                    .float32_tolerance = 1e-5,
                    .same_operand = false});
  };
  row("matrix", {3, 3}, {3, 2});
  row("square right side", {3, 3}, {3, 3});
  row("vector", {3, 3}, {3});
  row("batch", {2, 2, 2}, {2, 2, 3});
  row("one matrix, many sides", {2, 2}, {3, 2, 1});
  row("many matrices, one side", {3, 2, 2}, {2, 2});
  row("many matrices, one vector", {3, 2, 2}, {2});
  row("one by one", {1, 1}, {1, 2});
  row("larger", {20, 20}, {20, 3});
  row("no sides", {2, 2}, {2, 0});
  row("no matrices", {0, 2, 2}, {0, 2, 1});
  rows.front().rejections = {
      rejects<ShapeError>({f64_23, f64_23}, "needs square matrices [..., n, n]"),
      rejects<ShapeError>({f64_3, f64_23}, "needs square matrices [..., n, n]"),
      rejects<ShapeError>({f64_33, f64_42}, "needs b [..., 3, k] or a vector [3]; got [3,3] and [4,2]"),
      rejects<ShapeError>({f64_33, f64_4}, "needs b [..., 3, k] or a vector [3]; got [3,3] and [4]"),
      rejects<ShapeError>({f64_233, zeros({3, 3, 1}, DType::float64)}, "needs batch axes that broadcast"),
      rejects<ArgError>({two, f64_22},
                        "needs matrices that are not singular; got a singular one, number 1 of float64[2,2,2]")};

  struct Variant {
    const char* name;
    TriangularOptions o;
    Shape a = {3, 3}, b = {3, 2};
  };
  for (const Variant& v :
       std::vector<Variant>{{"lower", {}},
                            {"upper", {.lower = false}},
                            {"lower transposed", {.transpose = true}},
                            {"upper transposed", {.lower = false, .transpose = true}},
                            {"lower, ones", {.unit_diagonal = true}},
                            {"upper transposed, ones", {.lower = false, .transpose = true, .unit_diagonal = true}},
                            {"vector", {.lower = false}, {3, 3}, {3}},
                            {"batch", {.transpose = true}, {2, 2, 2}, {2, 2, 2}},
                            {"one matrix, many sides", {}, {2, 2}, {3, 2, 1}},
                            {"many matrices, one side", {}, {3, 2, 2}, {2, 2}}})
    rows.push_back({.name = "triangular_solve",
                    .variant = v.name,
                    .call = [o = v.o](const auto& x) { return triangular_solve(x[0], x[1], o); },
                    .operands = {regular(v.a), {.shape = v.b}},
                    .naive = solution([o = v.o](Matrix m) { return triangle(m, o); }),
                    .float32_tolerance = 1e-5,
                    .same_operand = false});
  rows.push_back({.name = "triangular_solve",
                  .call = [](const auto& x) { return triangular_solve(x[0], x[1]); },
                  .operands = {regular({3, 3}), {.shape = {3, 2}}},
                  .naive = solution([](Matrix m) { return triangle(m, {}); }),
                  .float32_tolerance = 1e-5,
                  .same_operand = false,
                  .rejections = {rejects<ShapeError>({f64_23, f64_23}, "needs square matrices [..., n, n]"),
                                 rejects<ShapeError>({f64_33, f64_4}, "needs b [..., 3, k] or a vector [3]"),
                                 rejects<ArgError>(
                                     {Array::from<double>(std::vector<double>{1, 0, 1, 0}, {2, 2}), f64_22},
                                     "needs a diagonal without zeros; got 0 at place 1 of matrix 0 of float64[2,2]")}});
  return rows;
}

std::vector<OpRow> factors() {
  std::vector<OpRow> rows;
  const auto cholesky_naive = [](const std::vector<Dense>& in) {
    Dense y(in[0].shape);
    const std::int64_t n = y.shape.back();
    for (std::int64_t m = 0; m < matrices(y) && n > 0; ++m) {
      double* l = y.data.data() + m * n * n;
      const double* a = in[0].data.data() + m * n * n;
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j <= i; ++j) {
          double s = (a[i * n + j] + a[j * n + i]) / 2;
          for (std::int64_t k = 0; k < j; ++k) s -= l[i * n + k] * l[j * n + k];
          l[i * n + j] = i == j ? std::sqrt(s) : s / l[j * n + j];
        }
    }
    return y;
  };
  for (const Shape& s : {Shape{3, 3}, {1, 1}, {2, 2, 2}, {0, 0}, {0, 2, 2}, {12, 12}})
    rows.push_back({.name = "cholesky",
                    .variant = s.to_string(),
                    .call = [](const auto& x) { return cholesky(x[0]); },
                    .operands = {{.low = -1, .high = 1, .shape = s, .positive_definite = true}},
                    .naive = cholesky_naive,
                    .float32_tolerance = 1e-5});
  rows.front().edges = {{.in = {Dense(Shape{2, 2}, {4, 1, 3, 5})}, .out = Dense(Shape{2, 2}, {2, 0, 1, 2})}};
  rows.front().rejections = {
      rejects<ShapeError>({f64_23}, "needs square matrices [..., n, n]; got float64[2,3]"),
      rejects<ArgError>({two},
                        "needs positive definite matrices; got one whose leading minor of order 2 is not "
                        "positive, number 1 of float64[2,2,2]")};

  for (const Shape& s : {Shape{3, 3}, {1, 1}, {2, 2, 2}, {0, 0}, {20, 20}})
    rows.push_back({.name = "inverse",
                    .variant = s.to_string(),
                    .call = [](const auto& x) { return inverse(x[0]); },
                    .operands = {regular(s)},
                    .naive =
                        [](const std::vector<Dense>& in) {
                          Dense y(in[0].shape);
                          for (std::int64_t m = 0; m < matrices(y) && y.size() > 0; ++m) {
                            const Matrix a = matrix(in[0], m);
                            Matrix e = identity(a.size());
                            eliminate(a, e);
                            put(y, m, e);
                          }
                          return y;
                        },
                    .float32_tolerance = 1e-5});
  rows.back().rejections = {
      rejects<ShapeError>({f64_3}, "needs square matrices [..., n, n]; got float64[3]"),
      rejects<ArgError>({two}, "needs matrices that are not singular; got a singular one, number 1 of float64[2,2,2]")};

  for (const Shape& s : {Shape{3, 3}, {2, 2}, {1, 1}, {2, 3, 3}, {0, 0}, {0, 2, 2}})
    rows.push_back({.name = "slogdet",
                    .variant = s.to_string(),
                    .call =
                        [](const auto& x) {
                          const auto d = slogdet(x[0]);
                          return std::vector{d.sign, d.log_abs};
                        },
                    .operands = {regular(s)},
                    .naive =
                        [](const std::vector<Dense>& in) {
                          Shape batch(in[0].shape.extents().first(static_cast<std::size_t>(in[0].rank() - 2)));
                          Dense sign(batch), log_abs(batch);
                          for (std::int64_t m = 0; m < sign.size(); ++m) {
                            const Matrix a = matrix(in[0], m);
                            Matrix none(a.size());
                            const double det = eliminate(a, none);
                            sign[m] = det < 0 ? -1 : 1;
                            log_abs[m] = std::log(std::abs(det));
                          }
                          return std::vector{sign, log_abs};
                        },
                    .float32_tolerance = 1e-5});
  const Call log_abs([](const auto& x) { return slogdet(x[0]).log_abs; });
  rows.back().edges = {
      {.in = {Dense(Shape{2, 2}, {1, 2, 2, 4})}, .out = 0.0},
      {.in = {Dense(Shape{2, 2}, {1, 2, 2, 4})}, .out = -inf, .call = log_abs},
      {.in = {Dense(Shape{2, 2}, {0, 1, 1, 0})}, .out = -1.0, .grad = {Dense(Shape{2, 2}, {0, 0, 0, 0})}},
      {.in = {Dense(Shape{2, 2}, {1e200, 0, 0, 1e200})},
       .out = 400 * std::log(10.0),
       .grad = {Dense(Shape{2, 2}, {1e-200, 0, 0, 1e-200})},
       .float32 = false,
       .call = log_abs}};
  rows.back().rejections = {rejects<ShapeError>({f64_23}, "needs square matrices [..., n, n]; got float64[2,3]")};
  return rows;
}

}  // namespace

TEST_CASE("ops: solve, triangular_solve") { check_rows(solutions()); }
TEST_CASE("ops: cholesky, inverse, slogdet") { check_rows(factors()); }

TEST_CASE("ops: the gradient of a singular matrix's determinant is refused") {
  Tape tape;
  auto scope = tape.scope();
  const Var a = tape.variable(f64_22);
  const Var y = slogdet(a).log_abs;
  CHECK_THROWS_AS(grad(y, a), ArgError);
}
