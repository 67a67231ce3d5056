#include "xgrad/ops/sparse.hpp"

#include <doctest/doctest.h>

#include "support/op_table.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using Integers = std::vector<std::int64_t>;
Array integers(const Integers& v) { return Array::from<std::int64_t>(v, {static_cast<std::int64_t>(v.size())}); }

// 4 × 3, with an empty row, columns out of order and one that stands twice.
const Integers row_of = {0, 0, 2, 2, 2, 3}, column_of = {2, 0, 1, 0, 1, 2};
Csr places(DType type = DType::float64) {
  const Array values = Array::from<double>(std::vector<double>{0.5, -1, 2, 1.5, 0.25, -2}, {6});
  return Csr(4, 3, integers({0, 2, 2, 5, 6}), integers(column_of), values.astype(type));
}

/// y = s x, or sᵀ x, entry by entry; operands: values, x.
Naive product(bool transpose) {
  return [transpose](const std::vector<Dense>& in) {
    const Dense &v = in[0], &x = in[1];
    const std::int64_t n = x.rank() == 1 ? 1 : x.shape[1], m = transpose ? 3 : 4;
    Dense y(x.rank() == 1 ? Shape{m} : Shape{m, n});
    for (std::int64_t e = 0; e < v.size(); ++e) {
      const std::int64_t r = row_of[static_cast<std::size_t>(e)], c = column_of[static_cast<std::size_t>(e)];
      for (std::int64_t j = 0; j < n; ++j) y[(transpose ? c : r) * n + j] += v[e] * x[(transpose ? r : c) * n + j];
    }
    return y;
  };
}
Naive constant_product(bool transpose) {
  return [f = product(transpose)](const std::vector<Dense>& in) {
    return f({numeric::to_dense(places().values()), in[0]});
  };
}

const Array f64_23 = zeros({2, 3}, DType::float64), f64_6 = zeros({6}, DType::float64),
            f64_33 = zeros({3, 3}, DType::float64);

std::vector<OpRow> rows() {
  std::vector<OpRow> rows;
  for (const bool transpose : {false, true})
    for (const std::int64_t n : {-1, 1, 2, 19}) {
      const std::int64_t k = transpose ? 4 : 3;
      const Shape x = n < 0 ? Shape{k} : Shape{k, n};
      const std::string variant = std::string(transpose ? "transposed, " : "") + x.to_string();
      rows.push_back({.name = "spmm",
                      .variant = variant,
                      .call = [transpose](const auto& v) { return spmm(places(), v[0], v[1], transpose); },
                      .operands = {{.shape = {6}}, {.shape = x}},
                      .naive = product(transpose),
                      .same_operand = false});
      rows.push_back({.name = "spmm",
                      .variant = "constant, " + variant,
                      .call =
                          [transpose](const auto& v) {
                            const DType t = v[0].dtype();
                            return matmul(places(is_floating(t) ? t : DType::float64), v[0],
                                          {.transpose_a = transpose});
                          },
                      .operands = {{.shape = x}},
                      .naive = constant_product(transpose),
                      .dtypes = {DType::float32, DType::float64}});
    }
  rows.push_back(
      {.name = "spmm",
       .call = [](const auto& v) { return spmm(places(), v[0], v[1]); },
       .operands = {{.shape = {6}}, {.shape = {3, 2}}},
       .naive = product(false),
       .same_operand = false,
       .rejections = {
           rejects<ShapeError>({f64_6, f64_23}, "needs inner dimensions that agree; got sparse [4,3] x [2,3]"),
           rejects<ShapeError>({f64_6, f64_33}, "got sparse [4,3] transposed x [3,3]",
                               [](const auto& v) { return spmm(places(), v[0], v[1], true); }),
           rejects<ShapeError>({zeros({5}, DType::float64), f64_33}, "needs values of shape [6]; got [5]"),
           rejects<ShapeError>({f64_6, zeros({2, 3, 1}, DType::float64)}, "needs x of one or two axes"),
           rejects<ArgError>({f64_33}, "got transpose_b",
                             [](const auto& v) { return matmul(places(), v[0], {.transpose_b = true}); }),
           rejects<DTypeError>({zeros({3, 2})}, "needs operands of one element type",
                               [](const auto& v) { return matmul(places(), v[0]); })}});
  for (const std::int64_t n : {1, 3, 18})
    rows.push_back({.name = "sddmm",
                    .variant = std::to_string(n),
                    .call = [](const auto& x) { return sddmm(places(), x[0], x[1]); },
                    .operands = {{.shape = {4, n}}, {.shape = {3, n}}},
                    .naive =
                        [n](const std::vector<Dense>& in) {
                          Dense v(Shape{6});
                          for (std::int64_t e = 0; e < 6; ++e)
                            for (std::int64_t j = 0; j < n; ++j)
                              v[e] += in[0][row_of[static_cast<std::size_t>(e)] * n + j] *
                                      in[1][column_of[static_cast<std::size_t>(e)] * n + j];
                          return v;
                        }});
  rows.back().rejections = {
      rejects<ShapeError>({f64_23, f64_33}, "needs matrices [4,n] and [3,n]; got [2,3] and [3,3]")};
  return rows;
}

}  // namespace

TEST_CASE("ops: sparse") { check_rows(rows()); }

TEST_CASE("ops: sparse matrices without rows, columns or entries") {
  const Csr none(2, 3, integers({0, 0, 0}), integers({}), zeros({0}));
  CHECK(to_string(matmul(none, ones({3, 2}))) == to_string(zeros({2, 2})));
  const Csr flat(0, 3, integers({0}), integers({}), zeros({0}));
  CHECK(matmul(flat, ones({3, 2})).shape() == Shape{0, 2});
  CHECK(to_string(matmul(flat, ones({0, 2}), {.transpose_a = true})) == to_string(zeros({3, 2})));
}
