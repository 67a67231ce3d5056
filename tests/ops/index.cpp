#include "xgrad/ops/index.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/ops/elementwise.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

const Array f64_23 = zeros({2, 3}, DType::float64), f32_23 = zeros({2, 3}), f64_3 = zeros({3}, DType::float64);

Array indices(std::vector<std::int64_t> places, const Shape& shape) { return Array::from<std::int64_t>(places, shape); }
Sample index_sample(std::vector<double> places, const Shape& shape) {
  return {.shape = shape, .dtype = DType::int64, .values = std::move(places)};
}
std::int64_t counted(double place, std::int64_t n) {
  const auto p = static_cast<std::int64_t>(place);
  return p < 0 ? p + n : p;
}

/// Calls f(place in x, place in what `take` along the axis gives) for all of the latter, and returns its shape.
template <class F>
Shape each_taken(const Shape& x, int axis, const Dense& index, F f) {
  Shape taken;
  for (int d = 0; d < axis; ++d) taken.push_back(x[d]);
  for (std::int64_t extent : index.shape) taken.push_back(extent);
  for (int d = axis + 1; d < x.rank(); ++d) taken.push_back(x[d]);
  numeric::each_index(taken, [&](const std::vector<std::int64_t>& i) {
    const auto first = i.begin() + axis, last = first + index.rank();
    std::vector<std::int64_t> from(i.begin(), first);
    from.push_back(counted(index.at(std::vector<std::int64_t>(first, last)), x[axis]));
    from.insert(from.end(), last, i.end());
    f(from, i);
  });
  return taken;
}

Naive taken(int axis) {
  return [axis](const std::vector<Dense>& in) {
    Dense y;
    y.data.clear();
    y.shape =
        each_taken(in[0].shape, axis, in[1], [&](const auto& from, const auto&) { y.data.push_back(in[0].at(from)); });
    return y;
  };
}
/// x with the updates added, or put in their places.
Naive changed(int axis, bool adds) {
  return [=](const std::vector<Dense>& in) {
    Dense y = in[0];
    y.dtype = DType::float64;
    each_taken(y.shape, axis, in[1],
               [&](const auto& from, const auto& i) { y.at(from) = (adds ? y.at(from) : 0) + in[2].at(i); });
    return y;
  };
}
Naive taken_along(int axis) {
  return [axis](const std::vector<Dense>& in) {
    Shape shape = in[0].shape;
    shape[axis] = in[1].shape[axis];
    Dense y(shape);
    numeric::each_index(shape, [&](const std::vector<std::int64_t>& i) {
      std::vector<std::int64_t> from = i;
      from[static_cast<std::size_t>(axis)] = counted(numeric::broadcast_at(in[1], i), in[0].shape[axis]);
      y.at(i) = in[0].at(from);
    });
    return y;
  };
}

/// Bag after bag, column after column.
Naive bagged(BagOptions options) {
  return [=](const std::vector<Dense>& in) {
    Shape shape = in[1].shape;
    const std::int64_t count = shape.back(), n = in[0].shape[1], rows = in[0].shape[0];
    shape[shape.rank() - 1] = n;
    Dense y(shape);
    for (std::int64_t i = 0; i < y.size(); ++i) {
      double sum = 0, largest = -inf, used = 0;
      for (std::int64_t k = 0; k < count; ++k) {
        const std::int64_t row = counted(in[1][i / n * count + k], rows);
        if (options.mask_zero && row == 0) continue;
        const double v = in[0][row * n + i % n];
        sum += v;
        largest = std::isnan(v) || v > largest ? v : largest;
        ++used;
      }
      y[i] = used == 0 ? 0 : options.combine == Bag::sum ? sum : options.combine == Bag::max ? largest : sum / used;
    }
    return y;
  };
}

std::vector<OpRow> bags() {
  std::vector<OpRow> rows;
  const Sample several = index_sample({0, 3, 2, 4, -2, 4, 0, 0, 0, -5, 1, 3}, {4, 3});
  for (const Bag combine : {Bag::sum, Bag::mean, Bag::max})
    for (const bool mask_zero : {false, true}) {
      const BagOptions options{combine, mask_zero};
      const std::string variant = std::vector<std::string>{"sum", "mean", "max"}[static_cast<std::size_t>(combine)] +
                                  (mask_zero ? ", 0 is padding" : "");
      const auto add = [&](const char* shape, Sample table, Sample index) {
        table.distinct = true;
        rows.push_back({.name = "embedding_bag",
                        .variant = variant + ", " + shape,
                        .call = [=](const auto& x) { return embedding_bag(x[0], x[1], options); },
                        .operands = {table, index},
                        .naive = bagged(options),
                        .same_operand = false});
      };
      add("rows of bags", {.shape = {5, 3}}, several);
      add("one bag", {.shape = {4, 2}}, index_sample({3, 1, 1}, {3}));
      add("bags of bags", {.shape = {4, 2}}, index_sample({3, 0, 2, 1, 0, 2, 2, 3}, {2, 2, 2}));
      add("wide", {.shape = {3, 70}}, index_sample({2, 0, 1, 0}, {2, 2}));
      add("no bags", {.shape = {4, 2}}, index_sample({}, {0, 3}));
      if (combine != Bag::max) add("empty bags", {.shape = {4, 2}}, index_sample({}, {3, 0}));
    }
  const Call largest([](const auto& x) { return embedding_bag(x[0], x[1], {.combine = Bag::max}); });
  rows.push_back({.name = "embedding_bag",
                  .call = [](const auto& x) { return embedding_bag(x[0], x[1]); },
                  .operands = {{.shape = {5, 3}}, several},
                  .naive = bagged({}),
                  .same_operand = false,
                  .edges = {{.in = {Dense(Shape{3, 1}, {2, 2, 1}), Dense({0, 1, 2}, DType::int64)},
                             .out = Dense{2},
                             .grad = {Dense(Shape{3, 1}, {0.5, 0.5, 0})},
                             .call = largest},
                            {.in = {Dense(Shape{3, 1}, {2, NaN, 1}), Dense({0, 1, 2}, DType::int64)},
                             .out = Dense{NaN},
                             .grad = {Dense(Shape{3, 1}, {0, 1, 0})},
                             .call = largest}},
                  .rejections = {rejects<ShapeError>({f64_3, indices({0}, {1})}, "needs a table [rows, n]"),
                                 rejects<ShapeError>({f64_23, indices({0}, {})}, "needs bags of indices [..., count]"),
                                 rejects<ShapeError>({f64_23, indices({}, {2, 0})},
                                                     "needs at least one index in each bag", largest),
                                 rejects<DTypeError>({f64_23, f64_3}, "needs int64 indices (astype converts)"),
                                 rejects<IndexError>({f64_23, indices({0, 1, 1, 2}, {2, 2})},
                                                     "needs indices from -2 to 1; got 2 at [1,1]")}});
  return rows;
}

std::vector<OpRow> taking() {
  std::vector<OpRow> rows;
  struct Variant {
    const char* name;
    int axis;
    Shape shape;
    Sample index;
  };
  for (const Variant& v :
       {Variant{"rows, one twice", 0, {3, 4}, index_sample({2, 0, 2, -1}, {4})},
        Variant{"columns", 1, {3, 4}, index_sample({3, 1, -4}, {3})},
        Variant{"a grid of indices", 1, {2, 3, 2}, index_sample({0, 1, 2, 2, -3, 0}, {2, 3})},
        Variant{"one index", 0, {3, 2}, index_sample({1}, {})}, Variant{"no index", 1, {2, 3}, index_sample({0}, {0})},
        Variant{"long rows", 0, {3, 70}, index_sample({1, 1, 0}, {3})}})
    rows.push_back({.name = "take",
                    .variant = v.name,
                    .call = [v](const auto& x) { return take(x[0], x[1], v.axis); },
                    .operands = {{.shape = v.shape}, v.index},
                    .naive = taken(v.axis),
                    .order = v.index.shape.size() == 0 ? 0 : 3,
                    .dtypes = all_dtypes});
  rows.back().rejections = {
      rejects<IndexError>({f64_23, indices({0, 3}, {2, 1})}, "needs indices from -3 to 2; got 3 at [1,0]",
                          [](const auto& x) { return take(x[0], x[1], 1); }),
      rejects<IndexError>({f64_23, indices({0, -3, 9}, {3})}, "needs indices from -2 to 1; got -3 at [1]",
                          [](const auto& x) { return take(x[0], x[1], 0); }),
      rejects<DTypeError>({f64_23, f64_23}, "needs int64 indices", [](const auto& x) { return take(x[0], x[1], 0); }),
      rejects<IndexError>({f64_23, indices({0}, {1})}, "needs an axis from -2 to 1; got 2",
                          [](const auto& x) { return take(x[0], x[1], 2); }),
      rejects<ShapeError>({zeros({2, 1, 1, 1, 1, 1}), indices({0}, {1, 1, 1, 1})}, "needs a result of at most 8 axes",
                          [](const auto& x) { return take(x[0], x[1], 0); }),
      rejects<IndexError>({zeros({0, 3}), indices({0}, {1})}, "needs no index into an axis of extent 0; got 0 at [0]",
                          [](const auto& x) { return take(x[0], x[1], 0); })};
  rows.push_back({.name = "gather",
                  .call = [](const auto& x) { return gather(x[0], x[1]); },
                  .operands = {{.shape = {4, 3}}, index_sample({1, 3, 1, -4, 0, 0}, {3, 2})},
                  .naive = taken(0),
                  .dtypes = all_dtypes,
                  .rejections = {rejects<IndexError>({f64_23, indices({5}, {1})}, "got 5 at [0]")}});
  rows.push_back({.name = "take_along_axis",
                  .variant = "axis 1",
                  .call = [](const auto& x) { return take_along_axis(x[0], x[1], 1); },
                  .operands = {{.shape = {3, 4}}, index_sample({3, 0, 1, 1, -4, 2}, {3, 2})},
                  .naive = taken_along(1),
                  .dtypes = all_dtypes});
  rows.push_back({.name = "take_along_axis",
                  .variant = "axis 0, indices that stretch",
                  .call = [](const auto& x) { return take_along_axis(x[0], x[1], 0); },
                  .operands = {{.shape = {3, 4}}, index_sample({2, 0, 2}, {3, 1})},
                  .naive = taken_along(0),
                  .dtypes = all_dtypes,
                  .rejections = {rejects<ShapeError>({f64_23, indices({0, 0}, {2})},
                                                     "needs indices of the array's shape but along axis 0"),
                                 rejects<IndexError>({f64_23, indices({0, 2, 0}, {1, 3})}, "got 2 at [0,1]"),
                                 rejects<DTypeError>({f64_23, f64_23}, "needs int64 indices")}});
  // Squared, so that the cotangent depends on x and the gradient's own gradient is seen.
  const auto squared = [](Naive naive) {
    return [naive](const std::vector<Dense>& in) {
      Dense y = naive(in)[0];
      for (double& v : y.data) v *= v;
      return y;
    };
  };
  rows.push_back({.name = "square",
                  .variant = "of take",
                  .call = [](const auto& x) { return square(take(x[0], x[1], 1)); },
                  .operands = {{.shape = {2, 3}}, index_sample({2, 0, 2, -1}, {4})},
                  .naive = squared(taken(1)),
                  .dtypes = all_numbers});
  rows.push_back({.name = "square",
                  .variant = "of take_along_axis",
                  .call = [](const auto& x) { return square(take_along_axis(x[0], x[1], 1)); },
                  .operands = {{.shape = {2, 3}}, index_sample({2, 0, 2, -1}, {2, 2})},
                  .naive = squared(taken_along(1)),
                  .dtypes = all_numbers});
  return rows;
}

std::vector<OpRow> placing() {
  std::vector<OpRow> rows;
  for (const int axis : {0, 1}) {
    // Indices that repeat: sums in scatter_add, the last in index_update.
    const Sample index = index_sample({1, 0, -2, 1}, {4});
    const Shape x = axis ? Shape{2, 3} : Shape{3, 2}, updates = axis ? Shape{2, 4} : Shape{4, 2};
    const std::string variant = axis ? "columns" : "rows";
    rows.push_back({.name = "scatter_add",
                    .variant = variant,
                    .call = [axis](const auto& v) { return scatter_add(v[0], v[1], v[2], axis); },
                    .operands = {{.shape = x}, index, {.shape = updates}},
                    .naive = changed(axis, true),
                    .dtypes = all_numbers,
                    .same_operand = false});
    rows.push_back({.name = "index_update",
                    .variant = variant,
                    .call = [axis](const auto& v) { return index_update(v[0], v[1], v[2], axis); },
                    .operands = {{.shape = x}, index, {.shape = updates}},
                    .naive = changed(axis, false),
                    .dtypes = all_dtypes,
                    .same_operand = false});
  }
  rows.push_back({.name = "index_update",
                  .variant = "a grid of indices",
                  .call = [](const auto& v) { return index_update(v[0], v[1], v[2], 1); },
                  .operands = {{.shape = {2, 4, 2}}, index_sample({3, 1, 0, -2}, {2, 2}), {.shape = {2, 2, 2, 2}}},
                  .naive = changed(1, false),
                  .dtypes = all_dtypes,
                  .same_operand = false});
  const auto refused = [](auto call) {
    const Array one = indices({0}, {1}), row = zeros({1, 3}, DType::float64);
    return std::vector<Rejection>{
        rejects<ShapeError>({f64_23, one, f64_23}, "needs updates of shape [1,3] for these indices", call),
        rejects<DTypeError>({f64_23, one, zeros({1, 3})}, "needs updates of the array's element type", call),
        rejects<DTypeError>({f64_23, f64_3, row}, "needs int64 indices", call),
        rejects<IndexError>({f64_23, indices({2}, {1}), row}, "needs indices from -2 to 1; got 2 at [0]", call)};
  };
  rows[0].rejections = refused(rows[0].call);
  rows[1].rejections = refused(rows[1].call);
  const auto one_hots = [](const std::vector<Dense>& x) {
    Shape shape = x[0].shape;
    shape.push_back(3);
    Dense y(shape, DType::float32);
    for (std::int64_t i = 0; i < x[0].size(); ++i) y[i * 3 + static_cast<std::int64_t>(x[0][i])] = 1;
    return y;
  };
  for (const DType labels : {DType::int64, DType::uint8})
    rows.push_back(
        {.name = "one_hot",
         .variant = name_of(labels),
         .call = [](const auto& x) { return one_hot(x[0], 3); },
         .operands = {{.shape = {2, 2}, .dtype = labels, .values = {0, 2, 1, 1}}},
         .naive = one_hots,
         .order = 0,
         .rejections = {rejects<IndexError>({indices({0, 3}, {2})}, "needs labels from 0 to 2; got 3 at [1]"),
                        rejects<IndexError>({indices({-1}, {1})}, "got -1 at [0]"),
                        rejects<DTypeError>({f64_3}, "needs labels of type int64 or uint8"),
                        rejects<ArgError>({indices({0}, {1})}, "needs at least one class; got 0",
                                          [](const auto& x) { return one_hot(x[0], 0); })}});
  return rows;
}

}  // namespace

TEST_CASE("ops: taking by index") { check_rows(taking()); }
TEST_CASE("ops: placing by index") { check_rows(placing()); }

TEST_CASE("one_hot: in the type that is asked for") {
  CHECK(one_hot(indices({1}, {1}), 2, DType::boolean).data<bool>()[1]);
  CHECK(one_hot(indices({1}, {1}), 2, DType::float64).dtype() == DType::float64);
}
TEST_CASE("ops: embedding_bag") { check_rows(bags()); }
