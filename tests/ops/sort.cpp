#include "xgrad/ops/sort.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "support/op_table.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

/// Values and places in order along an axis, `keep` of them; which of the two.
Naive ordered(int axis, bool descending, std::int64_t keep, bool values, bool places) {
  return [=](const std::vector<Dense>& in) {
    const Dense& x = in[0];
    const std::int64_t n = x.shape[axis];
    Shape shape = x.shape;
    shape[axis] = keep < 0 ? n : keep;
    Dense v(shape), p(shape, DType::int64);
    numeric::each_index(shape, [&](std::vector<std::int64_t> i) {
      std::int64_t& k = i[static_cast<std::size_t>(axis)];
      const std::int64_t rank = k;
      std::vector<double> line;
      for (k = 0; k < n; ++k) line.push_back(x.at(i));
      // The element before which exactly `rank` others stand.
      const auto before = [&](std::size_t a, std::size_t b) {
        if (std::isnan(line[a]) != std::isnan(line[b])) return std::isnan(line[b]);
        if (line[a] == line[b] || std::isnan(line[a])) return a < b;
        return descending ? line[a] > line[b] : line[a] < line[b];
      };
      for (std::size_t a = 0; a < line.size(); ++a) {
        std::int64_t others = 0;
        for (std::size_t b = 0; b < line.size(); ++b) others += b != a && before(b, a);
        if (others != rank) continue;
        k = rank;
        v.at(i) = line[a];
        p.at(i) = static_cast<double>(a);
      }
    });
    std::vector<Dense> out;
    if (values) out.push_back(v);
    if (places) out.push_back(p);
    return out;
  };
}

const std::vector<DType> sortable = {DType::float32, DType::float64, DType::int64, DType::uint8};
const Array f64_23 = zeros({2, 3}, DType::float64), flags = zeros({3}, DType::boolean);
const Dense mixed{3, NaN, 1, 3, -inf, 1};

template <class V>
std::vector<V> both(TopK<V> t) {
  return {t.values, t.indices};
}

std::vector<OpRow> rows() {
  std::vector<OpRow> rows;
  for (const int axis : {0, 1, 2}) {
    for (const bool down : {false, true}) {
      const std::string variant = "axis " + std::to_string(axis) + (down ? ", descending" : "");
      const Sample sample{.low = 0, .high = 100, .shape = {2, 3, 4}, .distinct = true};
      rows.push_back({.name = "sort",
                      .variant = variant,
                      .call = [=](const auto& x) { return sort(x[0], axis, down); },
                      .operands = {sample},
                      .naive = ordered(axis, down, -1, true, false),
                      .dtypes = sortable});
      rows.push_back({.name = "argsort",
                      .variant = variant,
                      .call = [=](const auto& x) { return argsort(x[0], axis - 3, down); },
                      .operands = {sample},
                      .naive = ordered(axis, down, -1, false, true),
                      .order = 0,
                      .dtypes = sortable});
      rows.push_back({.name = "topk",
                      .variant = variant,
                      .call = [=](const auto& x) { return both(topk(x[0], 2, axis, down)); },
                      .operands = {sample},
                      .naive = ordered(axis, down, 2, true, true),
                      .dtypes = sortable});
    }
  }
  rows.push_back(
      {.name = "sort",
       .variant = "edges",
       .call = [](const auto& x) { return sort(x[0]); },
       .operands = {{.shape = {0}}},
       .naive = ordered(0, false, -1, true, false),
       .dtypes = sortable,
       .edges = {{.in = {mixed}, .out = Dense{-inf, 1, 1, 3, 3, NaN}},
                 {.in = {Dense{2, 3, 2, 1}}, .grad = {Dense{20, 40, 30, 10}}, .cotangent = Dense{10, 20, 30, 40}}},
       .rejections = {rejects<DTypeError>({flags}, "got bool[3]"),
                      rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2",
                                          [](const auto& x) { return sort(x[0], 2); })}});
  rows.push_back({.name = "argsort",
                  .variant = "stable, NaN last",
                  .call = [](const auto& x) { return argsort(x[0]); },
                  .operands = {{.low = 0, .high = 4, .shape = {3, 40}, .grid = 1}},
                  .naive = ordered(1, false, -1, false, true),
                  .order = 0,
                  .dtypes = sortable,
                  .edges = {{.in = {mixed}, .out = Dense{4, 2, 5, 0, 3, 1}},
                            {.in = {mixed},
                             .out = Dense{0, 3, 2, 5, 4, 1},
                             .call = [](const Vars& x) { return argsort(x[0], 0, true); }}},
                  .rejections = {rejects<DTypeError>({flags}, "got bool[3]")}});
  rows.push_back(
      {.name = "topk",
       .variant = "edges",
       .call = [](const auto& x) { return both(topk(x[0], 3)); },
       .operands = {{.low = 0, .high = 8, .shape = {2, 30}, .distinct = true}},
       .naive = ordered(1, true, 3, true, true),
       .dtypes = sortable,
       .edges = {{.in = {mixed}, .out = Dense{3, 3, 1}, .grad = {Dense{1, 0, 1, 1, 0, 0}}}},
       .rejections = {rejects<ArgError>({f64_23}, "needs k from 0 to 3 for float64[2,3]; got 4",
                                        [](const auto& x) { return both(topk(x[0], 4)); }),
                      rejects<ArgError>({f64_23}, "got -1", [](const auto& x) { return both(topk(x[0], -1)); })}});
  return rows;
}

/// The largest so far along an axis, the first of equals, and its place; a NaN is above all.
Naive running_largest(int axis) {
  return [=](const std::vector<Dense>& in) {
    Dense v(in[0].shape), p(in[0].shape, DType::int64);
    numeric::each_index(v.shape, [&](std::vector<std::int64_t> i) {
      std::int64_t& k = i[static_cast<std::size_t>(axis)];
      const std::int64_t here = k;
      std::int64_t place = k = 0;
      double largest = in[0].at(i);
      for (k = 1; k <= here; ++k)
        if (const double x = in[0].at(i); x > largest || (std::isnan(x) && !std::isnan(largest))) {
          largest = x;
          place = k;
        }
      k = here;
      v.at(i) = largest;
      p.at(i) = static_cast<double>(place);
    });
    return std::vector{v, p};
  };
}

std::vector<OpRow> largest_so_far() {
  std::vector<OpRow> rows;
  const auto pair = [](const auto& c) { return std::vector{c.values, c.indices}; };
  for (const int axis : {0, 1, 2})
    rows.push_back({.name = "cummax",
                    .variant = "axis " + std::to_string(axis),
                    .call = [=](const auto& x) { return pair(cummax(x[0], axis - 3)); },
                    .operands = {{.low = 0, .high = 100, .shape = {3, 4, 5}, .distinct = true}},
                    .naive = running_largest(axis),
                    .dtypes = sortable});
  rows.push_back({.name = "cummax",
                  .variant = "edges",
                  .call = [=](const auto& x) { return pair(cummax(x[0])); },
                  .operands = {{.shape = {0}}},
                  .naive = running_largest(0),
                  .dtypes = sortable,
                  .edges = {{.in = {Dense{2, 1, 2, 3, NaN, 4}}, .out = Dense{2, 2, 2, 3, NaN, NaN}},
                            {.in = {Dense{-inf, -inf, 1, 1}}, .grad = {Dense{2, 0, 2, 0}}},
                            {.in = {Dense{2, 1, 2, 3, 3}},
                             .out = Dense{0, 0, 0, 3, 3},
                             .call = [](const Vars& x) { return cummax(x[0]).indices; }}},
                  .rejections = {rejects<DTypeError>({flags}, "got bool[3]"),
                                 rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2",
                                                     [=](const auto& x) { return pair(cummax(x[0], 2)); })}});
  return rows;
}

/// By counting, of all elements whose coordinates along the other axes agree.
Naive naive_median(std::vector<int> axes, bool keepdims) {
  return [=](const std::vector<Dense>& in) {
    const auto reduced = [&](int d) { return axes.empty() || std::count(axes.begin(), axes.end(), d) > 0; };
    Shape shape, kept;
    for (int d = 0; d < in[0].rank(); ++d) {
      if (!reduced(d)) shape.push_back(in[0].shape[d]);
      kept.push_back(reduced(d) ? 1 : in[0].shape[d]);
    }
    Dense y(kept);
    std::vector<std::vector<double>> groups(static_cast<std::size_t>(y.size()));
    numeric::each_index(in[0].shape, [&](std::vector<std::int64_t> i) {
      const double v = in[0].at(i);
      for (int d = 0; d < in[0].rank(); ++d)
        if (reduced(d)) i[static_cast<std::size_t>(d)] = 0;
      groups[static_cast<std::size_t>(y.offset(i))].push_back(v);
    });
    for (std::size_t g = 0; g < groups.size(); ++g) {
      std::sort(groups[g].begin(), groups[g].end());
      const std::size_t n = groups[g].size();
      y.data[g] = n == 0 ? NaN : (groups[g][n / 2] + groups[g][(n - 1) / 2]) / 2;
    }
    if (!keepdims) y.shape = shape;
    return y;
  };
}

std::vector<OpRow> medians() {
  std::vector<OpRow> rows;
  for (const bool keepdims : {false, true})
    for (const std::vector<int>& axes : std::vector<std::vector<int>>{{0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1, 2}})
      rows.push_back({.name = "median",
                      .variant = "axes " + Axes(axes).to_string() + (keepdims ? ", kept" : ""),
                      .call = [=](const auto& x) { return median(x[0], Axes(axes), keepdims); },
                      .operands = {{.low = 0, .high = 100, .shape = {3, 4, 5}, .distinct = true}},
                      .naive = naive_median(axes, keepdims)});
  rows.push_back({.name = "median",
                  .variant = "of nothing",
                  .call = [](const auto& x) { return median(x[0], 0); },
                  .operands = {{.shape = {0, 2}}},
                  .naive = naive_median({0}, false),
                  .order = 0});
  rows.push_back(
      {.name = "median",
       .call = [](const auto& x) { return median(x[0]); },
       .operands = {{.low = 0, .high = 100, .shape = {5, 5}, .distinct = true}},
       .naive = naive_median({}, false),
       .edges = {{.in = {Dense{3, 1, 2}}, .out = 2.0, .grad = {Dense{0, 0, 1}}},
                 {.in = {Dense{4, 1, 3, 2}}, .out = 2.5, .grad = {Dense{0, 0, 0.5, 0.5}}},
                 {.in = {Dense{2, 2, 2}}, .out = 2.0, .grad = {Dense{0, 1, 0}}},
                 {.in = {Dense{3, NaN, 1}}, .out = NaN},
                 {.in = {Dense{-inf, inf, 1, inf}}, .out = inf},
                 {.in = {Dense{1e308, 1.5e308}}, .out = 1.25e308, .float32 = false},
                 {.in = {Dense(7.0)}, .out = 7.0, .grad = {Dense(1.0)}}},
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2",
                                          [](const auto& x) { return median(x[0], 2); }),
                      rejects<ArgError>({f64_23}, "needs each axis once; got axes (1,-1)", [](const auto& x) {
                        return median(x[0], {1, -1});
                      })}});
  return rows;
}

}  // namespace

TEST_CASE("ops: order") { check_rows(rows()); }
TEST_CASE("ops: cummax") { check_rows(largest_so_far()); }
TEST_CASE("ops: median") { check_rows(medians()); }

TEST_CASE("order: a long row is sorted, and taken along its places it is the sorted row") {
  numeric::Random random(3);
  Dense x = random.uniform({2, 5000}, -1, 1);
  for (double& v : x.data) v = std::round(v * 100);
  const Array a = numeric::to_array(x), places = argsort(a);
  const Dense sorted = numeric::to_dense(sort(a));
  CHECK(numeric::difference(numeric::to_dense(take_along_axis(a, places, 1)), sorted, {}).empty());
  const std::int64_t* p = places.data<std::int64_t>();
  for (std::int64_t i = 1; i < 5000; ++i) {
    CHECK_UNARY(sorted[i - 1] <= sorted[i]);
    if (sorted[i - 1] == sorted[i]) CHECK_UNARY(p[i - 1] < p[i]);
  }
}
