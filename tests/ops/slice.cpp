#include "xgrad/ops/slice.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "support/op_table.hpp"
#include "xgrad/ops/shaping.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using Place = std::vector<std::int64_t>;
/// For each axis of the operand, the places that a slice takes, in order.
using Taken = std::vector<std::vector<std::int64_t>>;

const Array f64_23 = zeros({2, 3}, DType::float64), f32_23 = zeros({2, 3}), f64_6 = zeros({6}, DType::float64);
const std::vector<Sample> cube = {{.shape = {2, 3, 4}}};
constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

Shape extents(const Taken& taken) {
  Shape shape;
  for (const auto& places : taken) shape.push_back(static_cast<std::int64_t>(places.size()));
  return shape;
}
Place in_operand(const Taken& taken, const Place& i) {
  Place p;
  for (std::size_t d = 0; d < taken.size(); ++d) p.push_back(taken[d][static_cast<std::size_t>(i[d])]);
  return p;
}
Naive part(Taken taken, Shape result) {
  return [=](const std::vector<Dense>& in) {
    Dense y(extents(taken));
    numeric::each_index(y.shape, [&](const Place& i) { y.at(i) = in[0].at(in_operand(taken, i)); });
    y.shape = result;
    return y;
  };
}
Naive part_replaced(Taken taken, Shape result) {
  return [=](const std::vector<Dense>& in) {
    Dense y = in[0], values(result);
    y.dtype = DType::float64;
    numeric::each_index(result, [&](const Place& i) { values.at(i) = numeric::broadcast_at(in[1], i); });
    values.shape = extents(taken);
    numeric::each_index(values.shape, [&](const Place& i) { y.at(in_operand(taken, i)) = values.at(i); });
    return y;
  };
}

struct Variant {
  const char* name;
  std::vector<SliceIndex> index;
  Taken taken;
  Shape result;
};

std::vector<Variant> variants() {
  return {
      {"rows", {Slice{1, 2}}, {{1}, {0, 1, 2}, {0, 1, 2, 3}}, {1, 3, 4}},
      {"a row", {-1}, {{1}, {0, 1, 2}, {0, 1, 2, 3}}, {3, 4}},
      {"part of a row", {1, Slice{1}}, {{1}, {1, 2}, {0, 1, 2, 3}}, {2, 4}},
      {"one element", {0, 2, -3}, {{0}, {2}, {1}}, {}},
      {"ranges", {Slice{0, 2}, Slice{1, 3}, Slice{}}, {{0, 1}, {1, 2}, {0, 1, 2, 3}}, {2, 2, 4}},
      {"steps", {Slice{}, Slice{.step = 2}, Slice{1, 4, 2}}, {{0, 1}, {0, 2}, {1, 3}}, {2, 2, 2}},
      {"backwards", {Slice{.step = -1}, ellipsis, Slice{.step = -2}}, {{1, 0}, {0, 1, 2}, {3, 1}}, {2, 3, 2}},
      {"from the end", {Slice{-1}, Slice{-3, -1}, Slice{-2}}, {{1}, {0, 1}, {2, 3}}, {1, 2, 2}},
      {"back to a place", {ellipsis, Slice{3, 0, -1}}, {{0, 1}, {0, 1, 2}, {3, 2, 1}}, {2, 3, 3}},
      {"beyond the edges", {Slice{-9, 9}, Slice{7, -9, -1}}, {{0, 1}, {2, 1, 0}, {0, 1, 2, 3}}, {2, 3, 4}},
      {"a huge step", {Slice{.step = huge}, Slice{.step = -huge - 1}}, {{0}, {2}, {0, 1, 2, 3}}, {1, 1, 4}},
      {"a column", {ellipsis, 2}, {{0, 1}, {0, 1, 2}, {2}}, {2, 3}},
      {"new axes", {newaxis, 1, newaxis, Slice{1}}, {{1}, {1, 2}, {0, 1, 2, 3}}, {1, 1, 2, 4}},
      {"all", {ellipsis}, {{0, 1}, {0, 1, 2}, {0, 1, 2, 3}}, {2, 3, 4}},
      {"nothing", {Slice{1, 1}}, {{}, {0, 1, 2}, {0, 1, 2, 3}}, {0, 3, 4}},
  };
}

std::vector<OpRow> slices() {
  std::vector<OpRow> rows;
  for (const Variant& v : variants()) {
    const int order = v.result.size() == 0 ? 0 : 3;
    rows.push_back({.name = "slice",
                    .variant = v.name,
                    .call = [v](const auto& x) { return slice(x[0], v.index); },
                    .operands = cube,
                    .naive = part(v.taken, v.result),
                    .order = order,
                    .dtypes = all_dtypes});
    rows.push_back({.name = "index_update",
                    .variant = v.name,
                    .call = [v](const auto& x) { return index_update(x[0], v.index, x[1]); },
                    .operands = {{.shape = {2, 3, 4}}, {.shape = v.result}},
                    .naive = part_replaced(v.taken, v.result),
                    .dtypes = all_dtypes,
                    .same_operand = false});
  }
  rows.push_back(
      {.name = "slice",
       .variant = "refused",
       .call = [](const auto& x) { return slice(x[0], {0}); },
       .operands = cube,
       .naive = part({{0}, {0, 1, 2}, {0, 1, 2, 3}}, {3, 4}),
       .dtypes = all_dtypes,
       .rejections = {rejects<IndexError>({f64_23}, "needs a place from -3 to 2 on axis 1 of float64[2,3]; got -4",
                                          [](const auto& x) {
                                            return slice(x[0], {0, -4});
                                          }),
                      rejects<IndexError>({f64_23}, "needs at most 2 indices for float64[2,3]; got 3",
                                          [](const auto& x) {
                                            return slice(x[0], {0, 0, 0});
                                          }),
                      rejects<IndexError>({zeros({0, 3})}, "needs elements along axis 0; got float32[0,3]"),
                      rejects<ArgError>({f64_23}, "needs one ellipsis at the most; got 2",
                                        [](const auto& x) {
                                          return slice(x[0], {ellipsis, ellipsis});
                                        }),
                      rejects<ArgError>({f64_23}, "needs a step other than 0",
                                        [](const auto& x) { return slice(x[0], {Slice{.step = 0}}); })}});
  rows.push_back(
      {.name = "index_update",
       .variant = "updates that broadcast",
       .call =
           [](const auto& x) {
             return index_update(x[0], {Slice{1}, Slice{.step = 2}}, x[1]);
           },
       .operands = {{.shape = {2, 3, 4}}, {.shape = {2, 1}}},
       .naive = part_replaced({{1}, {0, 2}, {0, 1, 2, 3}}, {1, 2, 4}),
       .dtypes = all_dtypes,
       .same_operand = false,
       .rejections = {rejects<ShapeError>({f64_23, f64_6}, "needs updates that broadcast to [3]; got",
                                          [](const auto& x) { return index_update(x[0], {1}, x[1]); }),
                      rejects<DTypeError>({f64_23, f32_23}, "needs operands of one element type",
                                          [](const auto& x) { return index_update(x[0], {ellipsis}, x[1]); }),
                      rejects<IndexError>({f64_23, f64_23}, "needs a place from -2 to 1 on axis 0",
                                          [](const auto& x) { return index_update(x[0], {2}, x[1]); })}});
  return rows;
}

/// x with a margin; `shown` says which place of an axis of n stands at a place that may lie outside, −1 for `value`.
Naive padded(Place before, Place after, std::function<std::int64_t(std::int64_t, std::int64_t)> shown, double value) {
  return [=](const std::vector<Dense>& in) {
    Shape shape = in[0].shape;
    for (int d = 0; d < shape.rank(); ++d)
      shape[d] += before[static_cast<std::size_t>(d)] + after[static_cast<std::size_t>(d)];
    Dense y(shape);
    numeric::each_index(shape, [&](const Place& i) {
      Place p;
      for (std::size_t d = 0; d < i.size(); ++d) {
        const std::int64_t place = i[d] - before[d], n = in[0].shape[static_cast<int>(d)];
        p.push_back(place >= 0 && place < n ? place : shown(place, n));
      }
      bool outside = false;
      for (std::int64_t place : p) outside |= place < 0;
      y.at(i) = outside ? value : in[0].at(p);
    });
    return y;
  };
}

std::vector<OpRow> margins() {
  const Place before{5, 0}, after{1, 4};
  const auto padding = [=](PadMode mode) { return [=](const auto& x) { return pad(x[0], before, after, mode); }; };
  const std::vector<Sample> matrix = {{.shape = {3, 2}}};
  return {
      {.name = "pad",
       .call =
           [](const auto& x) {
             return pad(x[0], {1, 0, 2}, {0, 1, 0}, 1);
           },
       .operands = cube,
       .naive = padded(
           {1, 0, 2}, {0, 1, 0}, [](auto, auto) { return -1; }, 1),
       .dtypes = all_dtypes,
       .rejections = {rejects<ArgError>({f64_23}, "needs a width for each axis of float64[2,3]; got 3"),
                      rejects<ArgError>({f64_6}, "needs widths of at least 0; got -1",
                                        [](const auto& x) { return pad(x[0], {-1}, {0}); })}},
      {.name = "pad",
       .variant = "edge",
       .call = padding(PadMode::edge),
       .operands = matrix,
       .naive = padded(
           before, after, [](std::int64_t p, std::int64_t n) { return p < 0 ? 0 : n - 1; }, 0),
       .dtypes = all_dtypes,
       .rejections = {rejects<ShapeError>({zeros({0, 3})}, "needs elements to copy into the margin; got float32[0,3]",
                                          [](const auto& x) {
                                            return pad(x[0], {1, 0}, {0, 0}, PadMode::edge);
                                          })}},
      {.name = "pad",
       .variant = "wrap",
       .call = padding(PadMode::wrap),
       .operands = matrix,
       .naive = padded(
           before, after, [](std::int64_t p, std::int64_t n) { return ((p % n) + n) % n; }, 0),
       .dtypes = all_dtypes},
      {.name = "pad",
       .variant = "reflect",  // walked step by step, turning at the ends
       .call = padding(PadMode::reflect),
       .operands = matrix,
       .naive = padded(
           before, after,
           [](std::int64_t p, std::int64_t n) {
             while (p < 0 || p >= n) p = p < 0 ? -p : 2 * (n - 1) - p;
             return p;
           },
           0),
       .dtypes = all_dtypes},
      {.name = "pad",
       .variant = "symmetric",
       .call = padding(PadMode::symmetric),
       .operands = matrix,
       .naive = padded(
           before, after,
           [](std::int64_t p, std::int64_t n) {
             while (p < 0 || p >= n) p = p < 0 ? -p - 1 : 2 * n - 1 - p;
             return p;
           },
           0),
       .dtypes = all_dtypes},
  };
}

Naive masked(std::function<bool(std::int64_t, std::int64_t)> keep) {
  return [keep](const std::vector<Dense>& in) {
    Dense y = in[0];
    y.dtype = DType::float64;
    numeric::each_index(y.shape, [&](const Place& i) {
      if (!keep(i[i.size() - 2], i.back())) y.at(i) = 0;
    });
    return y;
  };
}
/// The k-th diagonal of the last two axes, or its sum.
Naive diagonal(std::int64_t k, bool sums) {
  return [=](const std::vector<Dense>& in) {
    const Shape& x = in[0].shape;
    Shape shape;
    for (int d = 0; d + 2 < x.rank(); ++d) shape.push_back(x[d]);
    std::vector<double> values;
    std::int64_t length = 0;
    numeric::each_index(shape, [&](const Place& outer) {
      length = 0;
      if (sums) values.push_back(0);
      for (std::int64_t r = 0; r < x[x.rank() - 2]; ++r) {
        if (r + k < 0 || r + k >= x.back()) continue;
        Place p = outer;
        p.insert(p.end(), {r, r + k});
        if (sums) {
          values.back() += in[0].at(p);
        } else {
          values.push_back(in[0].at(p));
        }
        ++length;
      }
    });
    if (!sums) shape.push_back(length);
    return Dense(shape, values, sums && !is_floating(in[0].dtype) ? DType::int64 : DType::float64);
  };
}

std::vector<OpRow> diagonals() {
  std::vector<OpRow> rows;
  for (const std::int64_t k : {0, 1, -1, 3, -5}) {
    const std::string variant = "diagonal " + std::to_string(k);
    rows.push_back({.name = "triu",
                    .variant = variant,
                    .call = [k](const auto& x) { return triu(x[0], k); },
                    .operands = cube,
                    .naive = masked([k](std::int64_t r, std::int64_t c) { return c - r >= k; }),
                    .dtypes = all_dtypes});
    rows.push_back({.name = "tril",
                    .variant = variant,
                    .call = [k](const auto& x) { return tril(x[0], k); },
                    .operands = cube,
                    .naive = masked([k](std::int64_t r, std::int64_t c) { return c - r <= k; }),
                    .dtypes = all_dtypes});
    rows.push_back({.name = "diag",
                    .variant = variant,
                    .call = [k](const auto& x) { return diag(x[0], k); },
                    .operands = cube,
                    .naive = diagonal(k, false),
                    .order = k < -2 ? 0 : 3,
                    .dtypes = all_dtypes});
    rows.push_back({.name = "diag",
                    .variant = "of a vector, " + variant,
                    .call = [k](const auto& x) { return diag(x[0], k); },
                    .operands = {{.shape = {3}}},
                    .naive =
                        [k](const std::vector<Dense>& in) {
                          const std::int64_t n = 3 + std::abs(k);
                          Dense y(Shape{n, n});
                          for (std::int64_t i = 0; i < 3; ++i)
                            y[(i + std::max<std::int64_t>(-k, 0)) * n + i + std::max<std::int64_t>(k, 0)] = in[0][i];
                          return y;
                        },
                    .dtypes = all_dtypes});
    rows.push_back({.name = "trace",
                    .variant = variant,
                    .call = [k](const auto& x) { return trace(x[0], k); },
                    .operands = cube,
                    .naive = diagonal(k, true),
                    .dtypes = all_dtypes});
  }
  rows[0].rejections = {rejects<ShapeError>({f64_6}, "needs an array of rank 2 or more; got float64[6]",
                                            [](const auto& x) { return triu(x[0]); })};
  rows[1].rejections = {rejects<ShapeError>({f64_6}, "needs an array of rank 2 or more; got float64[6]",
                                            [](const auto& x) { return tril(x[0]); })};
  rows[2].rejections = {rejects<ShapeError>({zeros({})}, "needs a vector or a matrix; got float32[]",
                                            [](const auto& x) { return diag(x[0]); })};
  rows[4].rejections = {rejects<ShapeError>({f64_6}, "needs an array of rank 2 or more; got float64[6]",
                                            [](const auto& x) { return trace(x[0]); })};
  return rows;
}

}  // namespace

TEST_CASE("ops: slices and parts replaced") { check_rows(slices()); }
TEST_CASE("ops: margins") { check_rows(margins()); }
TEST_CASE("ops: triangles and diagonals") { check_rows(diagonals()); }

TEST_CASE("slice: what is one run of memory shares it") {
  const Array x = arange(0, 24).reshape({4, 3, 2});
  CHECK(slice(x, {Slice{1, 3}}).shares_memory_with(x));
  CHECK(slice(x, {2, Slice{1, 3}}).shares_memory_with(x));
  CHECK(slice(x, {2, newaxis, 1}).shares_memory_with(x));
  CHECK_FALSE(slice(x, {ellipsis, 0}).shares_memory_with(x));
  CHECK_FALSE(slice(x, {Slice{.step = 2}}).shares_memory_with(x));
}

TEST_CASE("index_update: what it was made from stays as it is") {
  const Array x = zeros({3}), y = index_update(x, {1}, 5);
  CHECK(x.data<float>()[1] == 0);
  CHECK(y.data<float>()[1] == 5);
}
