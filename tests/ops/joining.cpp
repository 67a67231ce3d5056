#include <doctest/doctest.h>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/tape.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using Place = std::vector<std::int64_t>;

const Array f64_23 = zeros({2, 3}, DType::float64), f32_23 = zeros({2, 3}), f64_234 = zeros({2, 3, 4}, DType::float64);
const Array f64_6 = zeros({6}, DType::float64), f64_scalar = zeros({}, DType::float64);
const std::vector<Sample> cube = {{.shape = {2, 3, 4}}};

/// Operands joined along an axis; a new one where `stacks`.
Naive joined(int axis, bool stacks) {
  return [=](const std::vector<Dense>& in) {
    Shape shape = in[0].shape;
    if (stacks) {
      shape.insert(axis, static_cast<std::int64_t>(in.size()));
    } else {
      for (std::size_t k = 1; k < in.size(); ++k) shape[axis] += in[k].shape[axis];
    }
    Dense y(shape);
    numeric::each_index(shape, [&](const Place& i) {
      Place p = i;
      std::size_t k = 0;
      auto& at = p[static_cast<std::size_t>(axis)];
      if (stacks) {
        k = static_cast<std::size_t>(at);
        p.erase(p.begin() + axis);
      } else {
        while (at >= in[k].shape[axis]) at -= in[k++].shape[axis];
      }
      y.at(i) = in[k].at(p);
    });
    return y;
  };
}
Naive cut(int axis, std::vector<std::int64_t> sizes) {
  return [=](const std::vector<Dense>& in) {
    std::vector<Dense> pieces;
    std::int64_t begin = 0;
    for (std::int64_t n : sizes) {
      Shape shape = in[0].shape;
      shape[axis] = n;
      Dense y(shape);
      numeric::each_index(shape, [&](Place i) {
        double& v = y.at(i);
        i[static_cast<std::size_t>(axis)] += begin;
        v = in[0].at(i);
      });
      begin += n;
      pieces.push_back(y);
    }
    return pieces;
  };
}

std::vector<OpRow> joins() {
  std::vector<OpRow> rows;
  for (const int axis : {0, 1, 2}) {
    Shape thin{2, 3, 4};
    thin[axis] = 1;
    rows.push_back({.name = "concat",
                    .variant = "axis " + std::to_string(axis),
                    .call =
                        [axis](const auto& x) {
                          return concat({x[0], x[1], x[2]}, axis - 3);
                        },
                    .operands = {{.shape = {2, 3, 4}}, {.shape = thin}, {.shape = {2, 3, 4}}},
                    .naive = joined(axis, false),
                    .dtypes = all_dtypes,
                    .same_operand = false});
    const std::int64_t extent = Shape{2, 3, 4}[axis];
    rows.push_back({.name = "split",
                    .variant = "sizes, axis " + std::to_string(axis),
                    .call =
                        [=](const auto& x) {
                          return split(x[0], {1, extent - 1}, axis);
                        },
                    .operands = cube,
                    .naive = cut(axis, {1, extent - 1}),
                    .dtypes = all_dtypes});
  }
  for (const int axis : {0, 1, 2})
    rows.push_back({.name = "stack",
                    .variant = "axis " + std::to_string(axis),
                    .call =
                        [axis](const auto& x) {
                          return stack(std::vector{x[0], x[1]}, axis - 3);
                        },
                    .operands = {{.shape = {2, 3}}, {.shape = {2, 3}}},
                    .naive = joined(axis, true),
                    .dtypes = all_dtypes});
  rows.push_back({.name = "split",
                  .variant = "one piece unused",
                  .call =
                      [](const auto& x) {
                        return split(x[0], {1, 1, 2}, -1)[1];
                      },
                  .operands = cube,
                  .naive =
                      [](const std::vector<Dense>& in) {
                        return cut(2, {1, 1, 2})(in)[1];
                      },
                  .dtypes = all_dtypes});
  rows.push_back(
      {.name = "split",
       .variant = "equal parts",
       .call = [](const auto& x) { return split(x[0], 3, 1); },
       .operands = cube,
       .naive = cut(1, {1, 1, 1}),
       .dtypes = all_dtypes,
       .rejections = {
           rejects<ShapeError>({f64_234}, "axis 0 that splits into 3 equal parts; got float64[2,3,4]",
                               [](const auto& x) { return split(x[0], 3, 0); }),
           rejects<ShapeError>({f64_23}, "splits into 0 equal parts", [](const auto& x) { return split(x[0], 0); }),
           rejects<ShapeError>({f64_23}, "needs sizes of at least 0 that add up to 3; got sizes 1,1",
                               [](const auto& x) {
                                 return split(x[0], {1, 1}, 1);
                               }),
           rejects<IndexError>({f64_6}, "needs an axis from -1 to 0; got 1")}});
  rows.push_back({.name = "concat",
                  .variant = "of a vector",
                  .call =
                      [](const auto& x) {
                        return concat(std::vector{x[0], x[1]});
                      },
                  .operands = {{.shape = {2, 3}}, {.shape = {0, 3}}},
                  .naive = joined(0, false),
                  .dtypes = all_dtypes,
                  .same_operand = false,
                  .rejections = {rejects<ShapeError>({f64_23, f64_6}, "needs shapes that agree but along axis 0"),
                                 rejects<DTypeError>({f64_23, f32_23}, "needs operands of one element type"),
                                 rejects<IndexError>({f64_scalar, f64_scalar}, "needs an axis"),
                                 rejects<ArgError>({f64_23}, "needs at least one array; got none", [](const auto& x) {
                                   return concat(std::decay_t<decltype(x)>{});
                                 })}});
  rows[6].rejections = {rejects<ShapeError>(
      {f64_23, f64_6}, "needs arrays of one shape; got [2,3] and, as operand 1, [6]", rows[6].call)};
  return rows;
}

}  // namespace

TEST_CASE("ops: joining and cutting") { check_rows(joins()); }

TEST_CASE("split: any number of pieces") {
  const Array x = arange(0, 1000, 1, DType::float64).reshape({1000, 1});
  Tape tape;
  auto scope = tape.scope();
  const Var v = tape.variable(x);
  const std::vector<Var> pieces = split(v * v, 1000);
  CHECK(pieces[700].item<double>() == 700.0 * 700.0);
  const Array g = grad(pieces[300] + 2 * pieces[999], v).value();
  for (std::int64_t i = 0; i < 1000; ++i) CHECK(g.data<double>()[i] == (i == 300 ? 600.0 : i == 999 ? 4 * 999.0 : 0.0));
}
