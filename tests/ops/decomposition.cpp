#include "xgrad/ops/decomposition.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/matrices.hpp"
#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

using namespace xgrad;
using namespace op_table;
using namespace matrices_of;

namespace {

using Row = std::vector<double>;

double inner(const Row& a, const Row& b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

/// The sign by which a vector is multiplied: its first entry of at least half the largest size becomes positive.
double sign_of(const Row& x) {
  double largest = 0;
  for (const double v : x) largest = std::max(largest, std::abs(v));
  for (const double v : x)
    if (2 * std::abs(v) >= largest) return v < 0 ? -1 : 1;
  return 1;
}

/// By Jacobi's rotations: eigenvalues, and eigenvectors as rows, in ascending order.
std::pair<Row, Matrix> naive_eigen(const Matrix& given) {
  const std::size_t n = given.size();
  Matrix a = given, v = identity(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) a[i][j] = (given[i][j] + given[j][i]) / 2;
  for (int sweep = 0; sweep < 30; ++sweep)
    for (std::size_t p = 0; p < n; ++p)
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p][q] == 0) continue;
        const double angle = 0.5 * std::atan2(2 * a[p][q], a[q][q] - a[p][p]), c = std::cos(angle), s = std::sin(angle);
        for (std::size_t k = 0; k < n; ++k) {
          const double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y, a[k][q] = s * x + c * y;
        }
        for (Matrix* m : {&a, &v})
          for (std::size_t k = 0; k < n; ++k) {
            const double x = (*m)[p][k], y = (*m)[q][k];
            (*m)[p][k] = c * x - s * y, (*m)[q][k] = s * x + c * y;
          }
      }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&a](std::size_t i, std::size_t j) { return a[i][i] < a[j][j]; });
  Row values;
  Matrix vectors;
  for (const std::size_t i : order) {
    values.push_back(a[i][i]);
    vectors.push_back(v[i]);
    const double sign = sign_of(v[i]);
    for (double& x : vectors.back()) x *= sign;
  }
  return {values, vectors};
}

/// By Gram and Schmidt, twice: q's columns as rows.
Matrix orthogonal_rows(Matrix rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (int twice = 0; twice < 2; ++twice)
      for (std::size_t j = 0; j < i; ++j) {
        const double share = inner(rows[i], rows[j]);
        for (std::size_t k = 0; k < rows[i].size(); ++k) rows[i][k] -= share * rows[j][k];
      }
    const double length = std::sqrt(inner(rows[i], rows[i]));
    for (double& x : rows[i]) x /= length;
  }
  return rows;
}

/// By rotating the rows of aᵀ (or of a, if it is wide) until they stand at right angles (Hestenes 1958).
struct NaiveSvd {
  Matrix u, vt;
  Row s;
  explicit NaiveSvd(const Matrix& a) {
    const bool wide = a.size() < a[0].size();
    Matrix x = wide ? a : transposed(a), w = identity(x.size());  // x = wᵀ rotated rows
    for (int sweep = 0; sweep < 40; ++sweep)
      for (std::size_t p = 0; p < x.size(); ++p)
        for (std::size_t q = p + 1; q < x.size(); ++q) {
          const double angle = 0.5 * std::atan2(2 * inner(x[p], x[q]), inner(x[p], x[p]) - inner(x[q], x[q]));
          const double c = std::cos(angle), sn = std::sin(angle);
          for (Matrix* m : {&x, &w})
            for (std::size_t k = 0; k < (*m)[p].size(); ++k) {
              const double one = (*m)[p][k], two = (*m)[q][k];
              (*m)[p][k] = c * one + sn * two, (*m)[q][k] = c * two - sn * one;
            }
        }
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&x](std::size_t i, std::size_t j) { return inner(x[i], x[i]) > inner(x[j], x[j]); });
    Matrix left;
    for (const std::size_t i : order) {
      const double length = std::sqrt(inner(x[i], x[i]));
      s.push_back(length);
      for (double& e : x[i]) e /= length;
      left.push_back(wide ? w[i] : x[i]);
      vt.push_back(wide ? x[i] : w[i]);
      const double sign = sign_of(left.back());
      for (double& e : left.back()) e *= sign;
      for (double& e : vt.back()) e *= sign;
    }
    u = transposed(left);
  }
};

Shape with(const Shape& a, std::initializer_list<std::int64_t> last) {
  Shape s(a.extents().first(static_cast<std::size_t>(a.rank() - 2)));
  for (const std::int64_t n : last) s.push_back(n);
  return s;
}

/// Samples around a matrix whose singular values are well apart, the diagonal 4, 3, 2, …: derivatives divide by the
/// differences of squares.
Sample apart(Shape shape) {
  const std::int64_t n = shape.back(), m = shape[shape.rank() - 2], few = std::min(m, n);
  Sample s{.shape = shape};
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const std::int64_t row = i / n % m, column = i % n;
    s.values.push_back((row == column ? 1.5 * static_cast<double>(few - row) : 0) +
                       0.5 * std::sin(1.7 * static_cast<double>(i) + 0.4));
  }
  return s;
}

const Array f64_3 = zeros({3}, DType::float64), f64_23 = zeros({2, 3}, DType::float64);
const Array with_nan = Array::from<double>(std::vector<double>{1, 0, 0, 1, 1, NaN, 2, 4}, {2, 2, 2});

std::vector<OpRow> eigen() {
  std::vector<OpRow> rows;
  for (const Shape& s : {Shape{3, 3}, {1, 1}, {2, 2, 2}, {0, 0}, {0, 2, 2}, {6, 6}})
    rows.push_back({.name = "eigh",
                    .variant = s.to_string(),
                    .call =
                        [](const auto& x) {
                          const auto e = eigh(x[0]);
                          return std::vector{e.values, e.vectors};
                        },
                    .operands = {apart(s)},
                    .naive =
                        [](const std::vector<Dense>& in) {
                          const std::int64_t n = in[0].shape.back();
                          Dense values(with(in[0].shape, {n})), vectors(in[0].shape);
                          for (std::int64_t m = 0; n > 0 && m < matrices(in[0]); ++m) {
                            const auto [w, v] = naive_eigen(matrix(in[0], m));
                            for (std::int64_t i = 0; i < n; ++i) values[m * n + i] = w[static_cast<std::size_t>(i)];
                            put(vectors, m, transposed(v));
                          }
                          return std::vector{values, vectors};
                        },
                    .tolerance = 1e-12,
                    .float32_tolerance = 2e-5});
  const Call values([](const auto& x) { return eigh(x[0]).values; });
  rows.front().edges = {{.in = {Dense(Shape{2, 2}, {2, 1, 1, 2})}, .out = Dense{1, 3}, .call = values},
                        // Only the symmetric part counts, and equal eigenvalues do no harm to the values' gradient.
                        {.in = {Dense(Shape{2, 2}, {2, 2, 0, 2})}, .out = Dense{1, 3}, .call = values},
                        {.in = {Dense(Shape{2, 2}, {3, 0, 0, 3})},
                         .out = Dense{3, 3},
                         .grad = {Dense(Shape{2, 2}, {1, 0, 0, 1})},
                         .call = values},
                        {.in = {Dense(Shape{2, 2}, {0, 1, 1, 0})},
                         .out = Dense(Shape{2, 2}, {std::sqrt(0.5), std::sqrt(0.5), -std::sqrt(0.5), std::sqrt(0.5)}),
                         .call = [](const auto& x) { return eigh(x[0]).vectors; }}};
  rows.front().rejections = {
      rejects<ShapeError>({f64_23}, "needs square matrices [..., n, n]; got float64[2,3]"),
      rejects<ShapeError>({f64_3}, "needs square matrices [..., n, n]; got float64[3]"),
      rejects<ArgError>({with_nan}, "needs finite matrices; got nan in number 1 of float64[2,2,2]")};
  return rows;
}

std::vector<OpRow> orthogonal() {
  std::vector<OpRow> rows;
  for (const Shape& s :
       {Shape{3, 3}, {4, 2}, {2, 4}, {1, 1}, {3, 1}, {1, 3}, {2, 3, 2}, {2, 2, 3}, {0, 2, 2}, {3, 0}, {12, 7}})
    rows.push_back({.name = "qr",
                    .variant = s.to_string(),
                    .call =
                        [](const auto& x) {
                          const auto f = qr(x[0]);
                          return std::vector{f.q, f.r};
                        },
                    .operands = {apart(s)},
                    .naive =
                        [](const std::vector<Dense>& in) {
                          const Shape& a = in[0].shape;
                          const std::int64_t m = a[a.rank() - 2], n = a.back(), k = std::min(m, n);
                          Dense q(with(a, {m, k})), r(with(a, {k, n}));
                          for (std::int64_t i = 0; k > 0 && i < matrices(in[0]); ++i) {
                            const Matrix x = matrix(in[0], i);
                            Matrix columns = transposed(x);
                            columns.resize(static_cast<std::size_t>(k));
                            const Matrix qt = orthogonal_rows(columns);
                            put(q, i, transposed(qt));
                            Matrix upper = product(qt, x);
                            for (std::size_t row = 0; row < upper.size(); ++row)
                              std::fill_n(upper[row].begin(), row, 0.0);
                            put(r, i, upper);
                          }
                          return std::vector{q, r};
                        },
                    .tolerance = 1e-12,
                    .float32_tolerance = 2e-5});
  rows.front().edges = {{.in = {Dense(Shape{2, 2}, {0, -2, -3, 1})},
                         .out = Dense(Shape{2, 2}, {0, -1, -1, 0}),
                         .call = [](const auto& x) { return qr(x[0]).q; }},
                        {.in = {Dense(Shape{2, 2}, {0, -2, -3, 1})},
                         .out = Dense(Shape{2, 2}, {3, -1, 0, 2}),
                         .call = [](const auto& x) { return qr(x[0]).r; }}};
  rows.front().rejections = {rejects<ShapeError>({f64_3}, "needs matrices [..., m, n]; got float64[3]")};
  return rows;
}

std::vector<OpRow> singular() {
  std::vector<OpRow> rows;
  for (const Shape& s :
       {Shape{3, 3}, {4, 2}, {2, 4}, {1, 1}, {3, 1}, {1, 3}, {2, 3, 2}, {2, 2, 3}, {0, 2, 2}, {3, 0}, {7, 5}})
    rows.push_back({.name = "svd",
                    .variant = s.to_string(),
                    .call =
                        [](const auto& x) {
                          const auto f = svd(x[0]);
                          return std::vector{f.u, f.s, f.vt};
                        },
                    .operands = {apart(s)},
                    .naive =
                        [](const std::vector<Dense>& in) {
                          const Shape& a = in[0].shape;
                          const std::int64_t m = a[a.rank() - 2], n = a.back(), k = std::min(m, n);
                          Dense u(with(a, {m, k})), values(with(a, {k})), vt(with(a, {k, n}));
                          for (std::int64_t i = 0; k > 0 && i < matrices(in[0]); ++i) {
                            const NaiveSvd f(matrix(in[0], i));
                            put(u, i, f.u);
                            for (std::int64_t j = 0; j < k; ++j) values[i * k + j] = f.s[static_cast<std::size_t>(j)];
                            put(vt, i, f.vt);
                          }
                          return std::vector{u, values, vt};
                        },
                    .tolerance = 1e-12,
                    .float32_tolerance = 5e-5});
  const Call values([](const auto& x) { return svd(x[0]).s; });
  rows.front().edges = {{.in = {Dense(Shape{2, 2}, {0, -2, 3, 0})},
                         .out = Dense{3, 2},
                         .grad = {Dense(Shape{2, 2}, {0, -1, 1, 0})},
                         .call = values},
                        {.in = {Dense(Shape{2, 2}, {2, 0, 0, 2})},
                         .out = Dense{2, 2},
                         .grad = {Dense(Shape{2, 2}, {1, 0, 0, 1})},
                         .call = values},
                        {.in = {Dense(Shape{2, 2}, {0, 0, 0, 0})}, .out = Dense{0, 0}, .call = values}};
  rows.front().rejections = {
      rejects<ShapeError>({f64_3}, "needs matrices [..., m, n]; got float64[3]"),
      rejects<ArgError>({with_nan}, "needs finite matrices; got nan in number 1 of float64[2,2,2]")};
  return rows;
}

std::vector<OpRow> pseudo_inverse() {
  std::vector<OpRow> rows;
  for (const Shape& s :
       {Shape{3, 3}, {4, 2}, {2, 4}, {1, 1}, {3, 1}, {1, 3}, {2, 3, 2}, {2, 2, 3}, {0, 2, 2}, {3, 0}, {7, 5}})
    rows.push_back({.name = "pinv",
                    .variant = s.to_string(),
                    .call = [](const auto& x) { return pinv(x[0]); },
                    .operands = {apart(s)},
                    .naive =
                        [](const std::vector<Dense>& in) {  // of full rank: (aᵀ a)⁻¹ aᵀ, or the same of aᵀ
                          const Shape& a = in[0].shape;
                          const std::int64_t m = a[a.rank() - 2], n = a.back();
                          Dense y(with(a, {n, m}));
                          for (std::int64_t i = 0; y.size() > 0 && i < matrices(in[0]); ++i) {
                            const Matrix x = matrix(in[0], i), tall = m < n ? transposed(x) : x;
                            Matrix side = transposed(tall);
                            eliminate(product(side, tall), side);
                            put(y, i, m < n ? transposed(side) : side);
                          }
                          return y;
                        },
                    .tolerance = 1e-12,
                    .float32_tolerance = 2e-5});
  rows.front().edges = {
      // Of rank 1, and what lies below rcond counts as 0.
      {.in = {Dense(Shape{2, 2}, {1, 1, 1, 1})}, .out = Dense(Shape{2, 2}, {0.25, 0.25, 0.25, 0.25})},
      {.in = {Dense(Shape{2, 2}, {0, 0, 0, 0})}, .out = Dense(Shape{2, 2}, {0, 0, 0, 0})},
      {.in = {Dense(Shape{2, 2}, {4, 0, 0, 1})}, .out = Dense(Shape{2, 2}, {0.25, 0, 0, 0}), .call = [](const auto& x) {
         return pinv(x[0], 0.5);
       }}};
  rows.front().rejections = {
      rejects<ShapeError>({f64_3}, "needs matrices [..., m, n]; got float64[3]"),
      rejects<ArgError>({with_nan}, "needs finite matrices; got nan in number 1 of float64[2,2,2]")};
  return rows;
}

}  // namespace

TEST_CASE("ops: eigh") { check_rows(eigen()); }
TEST_CASE("ops: qr") { check_rows(orthogonal()); }
TEST_CASE("ops: svd") { check_rows(singular()); }
TEST_CASE("ops: pinv") { check_rows(pseudo_inverse()); }

TEST_CASE("ops: a larger matrix is the product of its factors") {
  numeric::Random random(5);
  for (const auto& [m, n] : std::vector<std::pair<std::int64_t, std::int64_t>>{{90, 70}, {70, 90}, {130, 130}}) {
    const Array a = numeric::to_array(random.uniform({m, n}));
    const auto is_a = [&a](const Array& b) { return amax(norm(a - b)).item<double>() < 1e-11; };
    const auto is_one = [](const Array& b) { return norm(b - eye(b.shape(0), DType::float64)).item<double>() < 1e-11; };
    const auto f = qr(a);
    CHECK(is_a(matmul(f.q, f.r)));
    CHECK(is_one(matmul(f.q, f.q, {.transpose_a = true})));
    const auto d = svd(a);
    CHECK(is_a(matmul(d.u * d.s, d.vt)));
    CHECK(is_one(matmul(d.u, d.u, {.transpose_a = true})));
    CHECK(is_one(matmul(d.vt, d.vt, {.transpose_b = true})));
    CHECK(is_a(matmul(a, matmul(pinv(a), a))));
    if (m != n) continue;
    const auto e = eigh(a);
    const Array symmetric = 0.5 * (a + transpose(a));
    CHECK(norm(matmul(e.vectors * e.values, e.vectors, {.transpose_b = true}) - symmetric).item<double>() < 1e-11);
  }
}

TEST_CASE("ops: where all eigenvalues meet, the second derivative of their sum is 0") {
  Tape tape;
  auto scope = tape.scope();
  const Var a = tape.variable(eye(3, DType::float64));
  const Var g = grad(sum(eigh(a).values), a, {.create_graph = true});
  const Array second = grad(sum(g * g), a).value();
  CHECK(norm(second).item<double>() == 0);
}

TEST_CASE("ops: pinv of a matrix of lower rank has the gradient along matrices of that rank") {
  // a = x yᵀ has a⁺ = y xᵀ / (|x|² |y|²), whose derivatives by x and y must come through a.
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(Array::from<double>(std::vector<double>{1, 2, -1}, {3, 1}));
  const Var y = tape.variable(Array::from<double>(std::vector<double>{0.5, -2}, {1, 2}));
  const Array weights = Array::from<double>(std::vector<double>{1, -2, 0.5, 3, 0.25, -1}, {2, 3});
  const auto gradients = [&](const Var& inverse_of) { return grad(sum(weights * inverse_of), {x, y}); };
  const auto got = gradients(pinv(matmul(x, y)));
  const auto want = gradients(transpose(matmul(x, y)) / (sum(x * x) * sum(y * y)));
  for (std::size_t i = 0; i < 2; ++i) CHECK(norm(got[i].value() - want[i].value()).item<double>() < 1e-13);
}

TEST_CASE("ops: where columns depend on each other, the gradient of qr is refused") {
  Tape tape;
  auto scope = tape.scope();
  const Var a = tape.variable(zeros({2, 2}, DType::float64));
  const Var y = sum(qr(a).r);
  CHECK_THROWS_AS(grad(y, a), ArgError);
}
