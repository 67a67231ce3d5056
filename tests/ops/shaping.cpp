#include "xgrad/ops/shaping.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/op_table.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using Place = std::vector<std::int64_t>;

const Array f64_23 = zeros({2, 3}, DType::float64), f32_23 = zeros({2, 3}), f64_234 = zeros({2, 3, 4}, DType::float64);
const Array f64_6 = zeros({6}, DType::float64), f64_scalar = zeros({}, DType::float64);

/// A result of this shape whose element at i is operand 0's at from(i), or `otherwise` where from gives nothing.
Naive picked(std::function<Shape(const Shape&)> shape, std::function<Place(const Place&, const Shape&)> from,
             double otherwise = 0) {
  return [=](const std::vector<Dense>& in) {
    Dense y(shape(in[0].shape));
    numeric::each_index(y.shape, [&](const Place& i) {
      const Place p = from(i, in[0].shape);
      y.at(i) = p.size() == static_cast<std::size_t>(in[0].rank()) ? in[0].at(p) : otherwise;
    });
    return y;
  };
}
/// Axis d of the result is axis order[d] of the operand.
Naive reordered(std::vector<int> order) {
  return picked(
      [order](const Shape& x) {
        Shape shape;
        for (int axis : order) shape.push_back(x[axis]);
        return shape;
      },
      [order](const Place& i, const Shape&) {
        Place p(i.size());
        for (std::size_t d = 0; d < order.size(); ++d) p[static_cast<std::size_t>(order[d])] = i[d];
        return p;
      });
}
/// The same elements under another shape.
Naive as(const Shape& shape) {
  return [shape](const std::vector<Dense>& in) { return Dense(shape, in[0].data); };
}
std::int64_t modulo(std::int64_t a, std::int64_t b) { return (a % b + b) % b; }

const std::vector<Sample> cube = {{.shape = {2, 3, 4}}};

std::vector<OpRow> orders_of_axes() {
  return {
      {.name = "reshape",
       .call =
           [](const auto& x) {
             return reshape(x[0], {4, -1});
           },
       .operands = cube,
       .naive = as({4, 6}),
       .dtypes = all_dtypes,
       .rejections = {rejects<ShapeError>({f64_23}, "needs a shape of 6 elements, with one -1 at the most; got"),
                      rejects<ShapeError>({f64_23}, "to [-1,-1]",
                                          [](const auto& x) {
                                            return reshape(x[0], {-1, -1});
                                          }),
                      rejects<ShapeError>({zeros({0, 3})}, "needs a shape of 0 elements",
                                          [](const auto& x) {
                                            return reshape(x[0], {-1, 0});
                                          })}},
      {.name = "reshape",
       .variant = "nothing",
       .call =
           [](const auto& x) {
             return reshape(x[0], {-1, 5});
           },
       .operands = {{.shape = {0, 3}}},
       .naive = as({0, 5}),
       .dtypes = all_dtypes},
      {.name = "transpose",
       .call = [](const auto& x) { return transpose(x[0]); },
       .operands = {{.shape = {2, 3, 4}}},
       .naive = reordered({2, 1, 0}),
       .dtypes = all_dtypes},
      {.name = "transpose",
       .variant = "in turn",
       .call =
           [](const auto& x) {
             return transpose(x[0], {2, 0, -2});
           },
       .operands = {{.shape = {2, 3, 4}}},
       .naive = reordered({2, 0, 1}),
       .dtypes = all_dtypes,
       .rejections = {rejects<ArgError>({f64_234}, "needs each axis once; got axes (0,1,0)",
                                        [](const auto& x) {
                                          return transpose(x[0], {0, 1, 0});
                                        }),
                      rejects<ArgError>({f64_23}, "needs each of 2 axes once; got axes 1",
                                        [](const auto& x) { return transpose(x[0], 1); }),
                      rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2")}},
      {.name = "transpose",
       .variant = "axes of extent 1 alone move",
       .call =
           [](const auto& x) {
             return transpose(x[0], {1, 0, 2});
           },
       .operands = {{.shape = {3, 1, 2}}},
       .naive = reordered({1, 0, 2}),
       .dtypes = all_dtypes},
      {.name = "transpose",
       .variant = "a matrix of several tiles",
       .call = [](const auto& x) { return transpose(x[0]); },
       .operands = {{.shape = {70, 45}}},
       .naive = reordered({1, 0}),
       .order = 1,
       .dtypes = all_dtypes},
      {.name = "transpose",
       .variant = "matrices of several tiles",
       .call =
           [](const auto& x) {
             return transpose(x[0], {0, 3, 2, 1});
           },
       .operands = {{.shape = {2, 33, 3, 34}}},
       .naive = reordered({0, 3, 2, 1}),
       .order = 1,
       .dtypes = all_dtypes},
      {.name = "swapaxes",
       .call = [](const auto& x) { return swapaxes(x[0], 0, -1); },
       .operands = cube,
       .naive = reordered({2, 1, 0}),
       .dtypes = all_dtypes,
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2",
                                          [](const auto& x) { return swapaxes(x[0], 0, 2); })}},
      {.name = "moveaxis",
       .call = [](const auto& x) { return moveaxis(x[0], 0, 2); },
       .operands = cube,
       .naive = reordered({1, 2, 0}),
       .dtypes = all_dtypes,
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2")}},
      {.name = "moveaxis",
       .variant = "forwards",
       .call = [](const auto& x) { return moveaxis(x[0], -1, 1); },
       .operands = cube,
       .naive = reordered({0, 2, 1}),
       .dtypes = all_dtypes},
      {.name = "expand_dims",
       .call =
           [](const auto& x) {
             return expand_dims(x[0], {0, -1});
           },
       .operands = cube,
       .naive = as({1, 2, 3, 4, 1}),
       .dtypes = all_dtypes,
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis from -3 to 2; got 5",
                                          [](const auto& x) { return expand_dims(x[0], 5); }),
                      rejects<ArgError>({zeros({1, 1, 1, 1, 1, 1, 1, 1})}, "at most 8 axes in all",
                                        [](const auto& x) { return expand_dims(x[0], 0); })}},
      {.name = "squeeze",
       .call = [](const auto& x) { return squeeze(x[0]); },
       .operands = {{.shape = {1, 3, 1, 2}}},
       .naive = as({3, 2}),
       .dtypes = all_dtypes},
      {.name = "squeeze",
       .variant = "one axis",
       .call = [](const auto& x) { return squeeze(x[0], -2); },
       .operands = {{.shape = {1, 3, 1, 2}}},
       .naive = as({1, 3, 2}),
       .dtypes = all_dtypes,
       .rejections = {rejects<ShapeError>({f64_23}, "needs extent 1 along axes -2; got float64[2,3]")}},
      {.name = "broadcast_to",
       .call =
           [](const auto& x) {
             return broadcast_to(x[0], {2, 3, 2});
           },
       .operands = {{.shape = {3, 1}}},
       .naive = picked(
           [](const Shape&) {
             return Shape{2, 3, 2};
           },
           [](const Place& i, const Shape&) {
             return Place{i[1], 0};
           }),
       .dtypes = all_dtypes,
       .rejections = {rejects<ShapeError>({f64_23}, "needs an array that broadcasts to [2,3,2]"),
                      rejects<ShapeError>({f64_scalar}, "needs extents of at least 0",
                                          [](const auto& x) { return broadcast_to(x[0], {-1}); })}},
      {.name = "astype",
       .call = [](const auto& x) { return astype(x[0], DType::float32); },
       .operands = cube,
       .naive =
           [](const std::vector<Dense>& in) {
             Dense y = numeric::rounded_to_float(in[0]);
             y.dtype = DType::float32;
             return y;
           },
       .order = 0,  // differences in float64 do not see what single precision rounds away
       .dtypes = all_dtypes,
       .result = DType::float32,
       .edges = {{.in = {Dense{1.5, -2.25}}, .out = Dense{1.5, -2.25}, .grad = {Dense{1, 1}}}}},
      {.name = "astype",
       .variant = "to integers",
       .call = [](const auto& x) { return astype(x[0], DType::int64); },
       .operands = {{.values = {1.75, -1.75, 0.5, 3, -2, 7}}},
       .naive =
           [](const std::vector<Dense>& in) {
             Dense y = in[0];
             for (double& v : y.data) v = std::trunc(v);
             y.dtype = DType::int64;
             return y;
           },
       .order = 0,
       .dtypes = all_dtypes},
      {.name = "astype",
       .variant = "to the same type",
       .call = [](const auto& x) { return astype(x[0], DType::float64); },
       .operands = cube,
       .naive = as({2, 3, 4}),
       .dtypes = all_dtypes,
       .result = DType::float64},
  };
}

Naive flipped(std::vector<std::size_t> axes) {
  return picked([](const Shape& x) { return x; },
                [axes](Place i, const Shape& x) {
                  for (std::size_t d : axes) i[d] = x[static_cast<int>(d)] - 1 - i[d];
                  return i;
                });
}
Naive rolled(std::int64_t shift, std::size_t axis) {
  return picked([](const Shape& x) { return x; },
                [=](Place i, const Shape& x) {
                  i[axis] = modulo(i[axis] - shift, x[static_cast<int>(axis)]);
                  return i;
                });
}

std::vector<OpRow> repeats() {
  const auto tiled = [](std::vector<std::int64_t> counts) {
    return picked(
        [counts](const Shape& x) {
          Shape shape(std::span<const std::int64_t>(counts.data(), counts.size()));
          for (int d = 1; d <= x.rank(); ++d) shape[shape.rank() - d] *= x[x.rank() - d];
          return shape;
        },
        [](const Place& i, const Shape& x) {
          Place p;
          for (int d = 0; d < x.rank(); ++d) p.push_back(i[i.size() - static_cast<std::size_t>(x.rank() - d)] % x[d]);
          return p;
        });
  };
  return {
      {.name = "flip",
       .call = [](const auto& x) { return flip(x[0]); },
       .operands = cube,
       .naive = flipped({0, 1, 2}),
       .dtypes = all_dtypes},
      {.name = "flip",
       .variant = "some axes",
       .call =
           [](const auto& x) {
             return flip(x[0], {0, -1});
           },
       .operands = cube,
       .naive = flipped({0, 2}),
       .dtypes = all_dtypes,
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis", [](const auto& x) { return flip(x[0], 2); })}},
      {.name = "roll",
       .call = [](const auto& x) { return roll(x[0], 1, 2); },
       .operands = cube,
       .naive = rolled(1, 2),
       .dtypes = all_dtypes,
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis")}},
      {.name = "roll",
       .variant = "back, more than once round",
       .call = [](const auto& x) { return roll(x[0], -7, 1); },
       .operands = cube,
       .naive = rolled(-7, 1),
       .dtypes = all_dtypes},
      {.name = "roll",
       .variant = "nothing",
       .call = [](const auto& x) { return roll(x[0], 2, 0); },
       .operands = {{.shape = {0, 2}}},
       .naive = as({0, 2}),
       .dtypes = all_dtypes},
      {.name = "tile",
       .call =
           [](const auto& x) {
             return tile(x[0], {2, 1, 3});
           },
       .operands = cube,
       .naive = tiled({2, 1, 3}),
       .dtypes = all_dtypes,
       .rejections = {rejects<ArgError>({f64_23}, "needs counts of at least 0; got -1",
                                        [](const auto& x) {
                                          return tile(x[0], {2, -1});
                                        })}},
      {.name = "tile",
       .variant = "more counts than axes",
       .call =
           [](const auto& x) {
             return tile(x[0], {2, 3});
           },
       .operands = {{.shape = {3}}},
       .naive = tiled({2, 3}),
       .dtypes = all_dtypes},
      {.name = "repeat",
       .call = [](const auto& x) { return repeat(x[0], 3, -2); },
       .operands = cube,
       .naive = picked(
           [](const Shape& x) {
             return Shape{x[0], 3 * x[1], x[2]};
           },
           [](Place i, const Shape&) {
             i[1] /= 3;
             return i;
           }),
       .dtypes = all_dtypes,
       .rejections = {rejects<ArgError>({f64_23}, "needs a count of at least 0; got -2",
                                        [](const auto& x) { return repeat(x[0], -2, 0); }),
                      rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 3",
                                          [](const auto& x) { return repeat(x[0], 2, 3); })}},
  };
}

}  // namespace

TEST_CASE("ops: shapes and orders of axes") { check_rows(orders_of_axes()); }
TEST_CASE("ops: turning and repeating") { check_rows(repeats()); }

TEST_CASE("shaping: what can share memory does") {
  const Array x = arange(0, 24).reshape({4, 6});
  CHECK(reshape(x, {6, 4}).shares_memory_with(x));
  CHECK(expand_dims(x, 0).shares_memory_with(x));
  CHECK(transpose(x.reshape({1, 24})).shares_memory_with(x));
  CHECK(split(x, 2)[1].shares_memory_with(x));
  CHECK(astype(x, DType::float32).shares_memory_with(x));
  CHECK_FALSE(transpose(x).shares_memory_with(x));
}
