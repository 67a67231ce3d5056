#include "xgrad/ops/reduce.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/op_table.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using Values = std::vector<double>;

struct Variant {
  const char* name;
  Axes axes;
  std::vector<int> list;  // the same, counted from the front, for the naive side
  bool keepdims;
  Shape shape = {2, 3, 4};
};

std::vector<Variant> variants() {
  return {{"all", {}, {0, 1, 2}, false},
          {"all kept", {}, {0, 1, 2}, true},
          {"axis 0", 0, {0}, false},
          {"axis 1", 1, {1}, true},
          {"last axis", -1, {2}, false},
          {"outer axes", {0, 2}, {0, 2}, false},
          {"inner axes", {-1, 1}, {1, 2}, true},
          {"leading axes", {0, 1}, {0, 1}, false},
          {"no axes", Axes(std::vector<int>{}), {}, false},
          {"scalar", {}, {}, false, {}},
          {"a vector longer than a block", 0, {0}, false, {2100}},
          {"columns longer than a block", 0, {0}, false, {300, 3}},
          {"extents of 1", {0, 2}, {0, 2}, true, {1, 3, 1, 2}},
          {"alternating axes", {0, 2}, {0, 2}, false, {3, 2, 2, 5}}};
}
std::vector<Variant> empty_variants() {
  return {{"of nothing", 0, {0}, false, {0, 3}}, {"nothing of something", 1, {1}, false, {0, 3}}};
}

/// f of the elements that become one, in the result's type.
Naive along(const Variant& v, std::function<double(const Values&)> f, std::function<DType(DType)> type = {}) {
  return [v, f, type](const std::vector<Dense>& in) {
    const Dense& x = in[0];
    const auto reduced = [&](int d) { return std::find(v.list.begin(), v.list.end(), d) != v.list.end(); };
    Shape kept, result;
    for (int d = 0; d < x.rank(); ++d) {
      kept.push_back(reduced(d) ? 1 : x.shape[d]);
      if (!reduced(d) || v.keepdims) result.push_back(reduced(d) ? 1 : x.shape[d]);
    }
    std::vector<Values> groups(static_cast<std::size_t>(kept.size()));
    const Dense places(kept);
    numeric::each_index(x.shape, [&](std::vector<std::int64_t> i) {
      const double value = x.at(i);
      for (int d = 0; d < x.rank(); ++d)
        if (reduced(d)) i[static_cast<std::size_t>(d)] = 0;
      groups[static_cast<std::size_t>(places.offset(i))].push_back(value);
    });
    Dense y(result, type ? type(x.dtype) : DType::float64);
    for (std::int64_t i = 0; i < y.size(); ++i) y[i] = f(groups[static_cast<std::size_t>(i)]);
    return y;
  };
}

double total(const Values& x) {
  long double sum = 0;
  for (double v : x) sum += v;
  return static_cast<double>(sum);
}
double mean_of(const Values& x) { return total(x) / static_cast<double>(x.size()); }
double variance(const Values& x) {
  Values squares;
  for (double v : x) squares.push_back((v - mean_of(x)) * (v - mean_of(x)));
  return mean_of(squares);
}
double product(const Values& x) {
  double p = 1;
  for (double v : x) p *= v;
  return p;
}
double length(const Values& x) {
  double s = 0;
  for (double v : x) s += v * v;
  return std::sqrt(s);
}
double log_sum_exp(const Values& x) {
  double s = 0;
  for (double v : x) s += std::exp(v);
  return std::log(s);
}
double largest_of(const Values& x) { return *std::max_element(x.begin(), x.end()); }
double smallest_of(const Values& x) { return *std::min_element(x.begin(), x.end()); }

const Array f64_23 = zeros({2, 3}, DType::float64), i64_23 = zeros({2, 3}, DType::int64), nothing = zeros({0, 3});
const DType to_int64 = DType::int64;
DType counted(DType d) { return is_floating(d) ? DType::float64 : DType::int64; }

/// A row for each variant. `op` takes an operand, axes and keepdims.
template <class Op>
std::vector<OpRow> each_variant(OpRow model, std::vector<Variant> list, Op op, std::function<double(const Values&)> f,
                                std::function<DType(DType)> type = {}) {
  std::vector<OpRow> rows;
  for (const Variant& v : list) {
    OpRow row = model;
    row.variant = v.name;
    row.call = [op, v](const auto& x) { return op(x[0], v.axes, v.keepdims); };
    row.operands[0].shape = v.shape;
    row.naive = along(v, f, type);
    // Of very many elements the differences themselves are inexact: a step moves all of them.
    if (v.shape.size() > 100) row.order = std::min(row.order, v.shape.size() > 1000 ? 1 : 2);
    if (v.shape.size() == 0 && row.name != "sum" && row.name != "prod" && row.name != "norm")
      row.order = 0;  // the value is no number
    rows.push_back(row);
  }
  return rows;
}

void extend(std::vector<OpRow>& rows, const std::vector<OpRow>& more) {
  rows.insert(rows.end(), more.begin(), more.end());
}

std::vector<OpRow> with_gradients() {
  std::vector<OpRow> rows;
  const auto add = [&](OpRow model, auto op, auto f, bool of_nothing, std::function<DType(DType)> type = {}) {
    extend(rows, each_variant(model, variants(), op, f, type));
    std::vector<Variant> empty = empty_variants();
    if (!of_nothing) empty.erase(empty.begin());
    extend(rows, each_variant(model, empty, op, f, type));
  };
  add(
      {.name = "sum", .operands = {{-2, 2}}, .dtypes = all_dtypes, .float32_tolerance = 1e-5},
      [](const auto& x, const Axes& a, bool k) { return sum(x, a, k); }, total, true, counted);
  add(
      {.name = "mean", .operands = {{-2, 2}}}, [](const auto& x, const Axes& a, bool k) { return mean(x, a, k); },
      mean_of, true);
  add(
      {.name = "var", .operands = {{-2, 2}}, .float32_tolerance = 1e-5},
      [](const auto& x, const Axes& a, bool k) { return var(x, a, k); }, variance, true);
  add(
      {.name = "prod", .operands = {{0.9, 1.1}}, .dtypes = all_numbers, .float32_tolerance = 1e-4},
      [](const auto& x, const Axes& a, bool k) { return prod(x, a, k); }, product, true);
  add(
      {.name = "amax", .operands = {{.low = -100, .high = 100, .distinct = true}}, .dtypes = all_dtypes},
      [](const auto& x, const Axes& a, bool k) { return amax(x, a, k); }, largest_of, false);
  add(
      {.name = "amin", .operands = {{.low = -100, .high = 100, .distinct = true}}, .dtypes = all_dtypes},
      [](const auto& x, const Axes& a, bool k) { return amin(x, a, k); }, smallest_of, false);
  add(
      {.name = "logsumexp", .operands = {{-2, 2}}, .float32_tolerance = 1e-5},
      [](const auto& x, const Axes& a, bool k) { return logsumexp(x, a, k); }, log_sum_exp, true);
  add(
      {.name = "norm", .operands = {{0.5, 2}}, .float32_tolerance = 1e-5},
      [](const auto& x, const Axes& a, bool k) { return norm(x, a, k); }, length, true);
  // A standard deviation has no derivative where one element is the whole group.
  std::vector<Variant> groups = variants();
  std::erase_if(groups, [](const Variant& v) { return v.list.empty(); });
  extend(rows, each_variant(
                   {.name = "stddev", .operands = {{-2, 2}}, .float32_tolerance = 2e-5, .numeric_tolerance = 1e-6},
                   groups, [](const auto& x, const Axes& a, bool k) { return stddev(x, a, k); },
                   [](const Values& x) { return std::sqrt(variance(x)); }));
  return rows;
}

std::vector<OpRow> without_gradients() {
  std::vector<OpRow> rows;
  const auto boolean = [](DType) { return DType::boolean; };
  const OpRow model{.name = "any",
                    .operands = {{.low = -1, .high = 1, .values = {0, 2, 0, 0, 3, 1, 0}}},
                    .order = 0,
                    .dtypes = all_dtypes,
                    .result = DType::boolean};
  for (const auto& list : {variants(), empty_variants()}) {
    OpRow row = model;
    row.name = "any";
    extend(rows, each_variant(
                     row, list, [](const auto& x, const Axes& a, bool k) { return any(x, a, k); },
                     [](const Values& x) { return std::any_of(x.begin(), x.end(), [](double v) { return v != 0; }); },
                     boolean));
    row.name = "all";
    extend(rows, each_variant(
                     row, list, [](const auto& x, const Axes& a, bool k) { return all(x, a, k); },
                     [](const Values& x) { return std::all_of(x.begin(), x.end(), [](double v) { return v != 0; }); },
                     boolean));
  }
  const auto place = [](DType) { return DType::int64; };
  for (const Variant& v :
       {Variant{"axis 0", 0, {0}, false}, Variant{"axis 1", 1, {1}, true}, Variant{"last", -1, {2}, false}}) {
    OpRow row{.name = "argmax",
              .operands = {{.shape = v.shape, .distinct = true}},
              .order = 0,
              .dtypes = all_dtypes,
              .result = to_int64};
    row.variant = v.name;
    row.name = "argmax";
    row.naive = along(
        v, [](const Values& x) { return std::max_element(x.begin(), x.end()) - x.begin(); }, place);
    row.call = [v](const auto& x) { return argmax(x[0], v.axes[0], v.keepdims); };
    rows.push_back(row);
    row.name = "argmin";
    row.naive = along(
        v, [](const Values& x) { return std::min_element(x.begin(), x.end()) - x.begin(); }, place);
    row.call = [v](const auto& x) { return argmin(x[0], v.axes[0], v.keepdims); };
    rows.push_back(row);
  }
  return rows;
}

std::vector<OpRow> edges() {
  const Dense ties({2, 3}, {1, 3, 3, 2, 2, 2}), nan({2, 3}, {1, NaN, 3, -inf, -inf, -inf});
  return {
      {.name = "sum",
       .variant = "edges",
       .call = [](const auto& x) { return sum(x[0], 1); },
       .operands = {{-2, 2}},
       .naive = along({"", 1, {1}, false, {2, 3}}, total, counted),
       .dtypes = all_dtypes,
       .edges = {{.in = {Dense({2, 2}, {inf, -inf, 1, 2})},
                  .out = Dense{NaN, 3},
                  .grad = {Dense({2, 2}, {1, 1, 1, 1})}}},
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2",
                                          [](const auto& x) { return sum(x[0], 2); }),
                      rejects<ArgError>({f64_23}, "needs each axis once; got axes (0,-2)",
                                        [](const auto& x) {
                                          return sum(x[0], {0, -2});
                                        })}},
      {.name = "mean",
       .variant = "edges",
       .call = [](const auto& x) { return mean(x[0]); },
       .operands = {{-2, 2}},
       .naive = along({"", {}, {0, 1}, false, {2, 3}}, mean_of),
       .edges = {{.in = {Dense(Shape{0})}, .out = NaN}},
       .rejections = {rejects<DTypeError>({i64_23}, "needs float32 or float64; got int64[2,3]")}},
      {.name = "var",
       .variant = "edges",
       .call = [](const auto& x) { return var(x[0], 1); },
       .operands = {{-2, 2}},
       .naive = along({"", 1, {1}, false, {2, 3}}, variance),
       .edges = {{.in = {Dense({1, 4}, {1e6 + 0.25, 1e6 + 0.5, 1e6 + 1.75, 1e6 - 0.5})},
                  .out = Dense{0.65625},
                  .float32 = false},
                 {.in = {Dense({1, 3}, {2, 2, 2})}, .out = Dense{0}, .grad = {Dense({1, 3}, {0, 0, 0})}}},
       .rejections = {rejects<DTypeError>({i64_23}, "needs float32 or float64")}},
      {.name = "stddev",
       .variant = "edges",
       .call = [](const auto& x) { return stddev(x[0], 1); },
       .operands = {{-2, 2}},
       .naive = along({"", 1, {1}, false, {2, 3}}, [](const Values& x) { return std::sqrt(variance(x)); }),
       .edges = {{.in = {Dense({1, 3}, {2, 2, 2})}, .out = Dense{0}, .grad = {Dense({1, 3}, {0, 0, 0})}},
                 {.in = {Dense({1, 2}, {1e200, -1e200})},
                  .out = Dense{1e200},
                  .grad = {Dense({1, 2}, {0.5, -0.5})},
                  .float32 = false}},
       .rejections = {rejects<DTypeError>({i64_23}, "needs float32 or float64")}},
      {.name = "prod",
       .variant = "edges",  // zeros: the others' product, without a division
       .call = [](const auto& x) { return prod(x[0], 1); },
       .operands = {{.low = 0.5, .high = 2, .shape = {2, 3}, .values = {2, 0, 3, 0, 4, 0}}},
       .naive = along({"", 1, {1}, false, {2, 3}}, product),
       .dtypes = all_numbers,
       .edges = {{.in = {Dense({3, 3}, {2, 0, 3, 0, 4, 0, -1, 2, 5})},
                  .out = Dense{0, 0, -10},
                  .grad = {Dense({3, 3}, {0, 6, 0, 0, 0, 0, 10, -5, -2})}}},
       .rejections = {rejects<IndexError>({f64_23}, "needs an axis", [](const auto& x) { return prod(x[0], -3); })}},
      {.name = "amax",
       .variant = "edges",  // ties share; NaN is the largest
       .call = [](const auto& x) { return amax(x[0], 1); },
       .operands = {{.distinct = true}},
       .naive = along({"", 1, {1}, false, {2, 3}}, largest_of),
       .dtypes = all_dtypes,
       .edges = {{.in = {ties},
                  .out = Dense{3, 2},
                  .grad = {Dense({2, 3}, {0, 0.5, 0.5, 1 / 3., 1 / 3., 1 / 3.})},
                  .float32 = false},
                 {.in = {nan},
                  .out = Dense{NaN, -inf},
                  .grad = {Dense({2, 3}, {0, 1, 0, 1 / 3., 1 / 3., 1 / 3.})},
                  .float32 = false}},
       .rejections = {rejects<ShapeError>({nothing}, "needs at least one element along axes 0",
                                          [](const auto& x) { return amax(x[0], 0); })}},
      {.name = "amin",
       .variant = "edges",
       .call = [](const auto& x) { return amin(x[0], 1); },
       .operands = {{.distinct = true}},
       .naive = along({"", 1, {1}, false, {2, 3}}, smallest_of),
       .dtypes = all_dtypes,
       .edges = {{.in = {ties},
                  .out = Dense{1, 2},
                  .grad = {Dense({2, 3}, {1, 0, 0, 1 / 3., 1 / 3., 1 / 3.})},
                  .float32 = false},
                 {.in = {nan}, .out = Dense{NaN, -inf}}},
       .rejections = {rejects<ShapeError>({nothing}, "needs at least one element",
                                          [](const auto& x) { return amin(x[0]); })}},
      {.name = "logsumexp",
       .variant = "edges",  // nothing overflows; an all-masked row has no gradient
       .call = [](const auto& x) { return logsumexp(x[0], 1); },
       .operands = {{-2, 2}},
       .naive = along({"", 1, {1}, false, {2, 3}}, log_sum_exp),
       .float32_tolerance = 1e-5,
       .edges = {{.in = {Dense({1, 2}, {1000, 1000})},
                  .out = Dense{1000 + std::log(2)},
                  .grad = {Dense({1, 2}, {0.5, 0.5})}},
                 {.in = {Dense({1, 2}, {-inf, -inf})}, .out = Dense{-inf}, .grad = {Dense({1, 2}, {0, 0})}},
                 {.in = {Dense({1, 2}, {-inf, 3})}, .out = Dense{3}, .grad = {Dense({1, 2}, {0, 1})}},
                 {.in = {Dense({1, 2}, {inf, 3})}, .out = Dense{inf}, .grad = {Dense({1, 2}, {1, 0})}},
                 {.in = {Dense({1, 2}, {NaN, 3})}, .out = Dense{NaN}, .grad = {Dense({1, 2}, {NaN, NaN})}},
                 {.in = {Dense(Shape{1, 0})}, .out = Dense{-inf}}},
       .rejections = {rejects<DTypeError>({i64_23}, "needs float32 or float64")}},
      {.name = "norm",
       .variant = "edges",  // gradient 0 at 0; no overflow on the way
       .call = [](const auto& x) { return norm(x[0], 1); },
       .operands = {{0.5, 2}},
       .naive = along({"", 1, {1}, false, {2, 3}}, length),
       .edges = {{.in = {Dense({1, 3}, {0, 0, 0})}, .out = Dense{0}, .grad = {Dense({1, 3}, {0, 0, 0})}},
                 {.in = {Dense({2, 2}, {3e200, 4e200, 3e-200, 4e-200})},
                  .out = Dense{5e200, 5e-200},
                  .grad = {Dense({2, 2}, {0.6, 0.8, 0.6, 0.8})},
                  .float32 = false},
                 {.in = {Dense({1, 2}, {-inf, 3})}, .out = Dense{inf}},
                 {.in = {Dense({1, 2}, {NaN, 3})}, .out = Dense{NaN}}},
       .rejections = {rejects<ArgError>({f64_23}, "needs order 1, 2 or infinity; got 3",
                                        [](const auto& x) { return norm(x[0], {}, false, 3); }),
                      rejects<ShapeError>({nothing}, "needs at least one element",
                                          [](const auto& x) { return norm(x[0], {}, false, inf); })}},
      {.name = "norm",
       .variant = "order 1",
       .call = [](const auto& x) { return norm(x[0], 1, false, 1); },
       .operands = {{.kinks = {0}}},
       .naive = along({"", 1, {1}, false, {2, 3}},
                      [](const Values& x) {
                        double s = 0;
                        for (double v : x) s += std::abs(v);
                        return s;
                      }),
       .edges = {{.in = {Dense({1, 3}, {0, -2, 3})}, .out = Dense{5}, .grad = {Dense({1, 3}, {0, -1, 1})}}}},
      {.name = "norm",
       .variant = "order infinity",
       .call = [](const auto& x) { return norm(x[0], 1, false, inf); },
       .operands = {{.values = {0.5, -2, 1.25, 1, 0.75, -0.25}}},
       .naive = along({"", 1, {1}, false, {2, 3}},
                      [](const Values& x) {
                        double s = 0;
                        for (double v : x) s = std::max(s, std::abs(v));
                        return s;
                      }),
       .edges = {{.in = {Dense({1, 3}, {3, -3, 1})}, .out = Dense{3}, .grad = {Dense({1, 3}, {0.5, -0.5, 0})}}}},
      {.name = "argmax",
       .variant = "flattened, edges",
       .call = [](const auto& x) { return argmax(x[0]); },
       .operands = {{.distinct = true}},
       .naive = along({"", {}, {0, 1}, false, {2, 3}},
                      [](const Values& x) { return std::max_element(x.begin(), x.end()) - x.begin(); }),
       .order = 0,
       .dtypes = all_dtypes,
       .result = to_int64,
       .edges = {{.in = {ties}, .out = 1.0}, {.in = {nan}, .out = 1.0}, {.in = {Dense{-inf, -inf}}, .out = 0.0}},
       .rejections = {rejects<ShapeError>({nothing}, "needs at least one element"),
                      rejects<ShapeError>({nothing}, "along axis 0", [](const auto& x) { return argmax(x[0], 0); }),
                      rejects<IndexError>({f64_23}, "needs an axis", [](const auto& x) { return argmax(x[0], 2); })}},
      {.name = "argmin",
       .variant = "flattened, edges",
       .call = [](const auto& x) { return argmin(x[0]); },
       .operands = {{.distinct = true}},
       .naive = along({"", {}, {0, 1}, false, {2, 3}},
                      [](const Values& x) { return std::min_element(x.begin(), x.end()) - x.begin(); }),
       .order = 0,
       .dtypes = all_dtypes,
       .result = to_int64,
       .edges = {{.in = {ties}, .out = 0.0}, {.in = {nan}, .out = 1.0}},
       .rejections = {rejects<ShapeError>({nothing}, "needs at least one element")}},
      {.name = "any",
       .variant = "NaN is not 0",
       .call = [](const auto& x) { return any(x[0]); },
       .operands = {{.values = {0, 0, 0, 0}}},
       .naive = [](const std::vector<Dense>&) { return Dense(0.0, DType::boolean); },
       .order = 0,
       .dtypes = {DType::float32, DType::float64, DType::int64, DType::uint8, DType::boolean},
       .result = DType::boolean,
       .edges = {{.in = {Dense{0, NaN}}, .out = 1.0}, {.in = {Dense{0, -0.0}}, .out = 0.0}}},
      {.name = "sum_to",
       .call =
           [](const auto& x) {
             return sum_to(x[0], {3, 1});
           },
       .operands = {{.shape = {2, 3, 4}}},
       .naive =
           [](const std::vector<Dense>& x) {
             return numeric::sum_to(x[0], {3, 1});
           },
       .dtypes = all_numbers,
       .rejections = {rejects<ShapeError>({f64_23}, "needs an array that [3,1] broadcasts to; got float64[2,3]")}},
  };
}

}  // namespace

TEST_CASE("ops: reductions with gradients") { check_rows(with_gradients()); }
TEST_CASE("ops: reductions without gradients") { check_rows(without_gradients()); }
TEST_CASE("ops: reductions at the edges") { check_rows(edges()); }

TEST_CASE("reductions: long sums are near the exact ones, whatever the axes") {
  const std::int64_t rows = 700, columns = 333;
  numeric::Random random(5);
  const Dense x = random.uniform({rows, columns}, 0, 1);
  const Array single = numeric::to_array(x, DType::float32);
  const double exact = total(numeric::rounded_to_float(x).data);
  CHECK(sum(single).item<double>() == doctest::Approx(exact).epsilon(1e-6));
  CHECK(sum(sum(single, 0)).item<double>() == doctest::Approx(exact).epsilon(1e-6));
  CHECK(sum(sum(single, 1)).item<double>() == doctest::Approx(exact).epsilon(1e-6));
  CHECK(sum(sum(single.reshape({7, 100, 9, 37}), {0, 2})).item<double>() == doctest::Approx(exact).epsilon(1e-6));
}

TEST_CASE("reductions: bytes keep their type in the extremes, and are counted in sums") {
  const std::vector<std::uint8_t> bytes{3, 250, 7, 7, 0, 255};
  const Array x = Array::from<std::uint8_t>(bytes, {2, 3});
  CHECK(amax(x).dtype() == DType::uint8);
  CHECK(amax(x, 1).data<std::uint8_t>()[0] == 250);
  CHECK(amin(x, 0).data<std::uint8_t>()[1] == 0);
  CHECK(sum(x).item<int>() == 522);
}
