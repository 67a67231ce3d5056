#include "xgrad/ops/softmax.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/op_table.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

/// Row by row: y = x − log Σ eˣ along one axis, or its exponential.
Naive along(int axis, bool logarithm) {
  return [=](const std::vector<Dense>& in) {
    const Dense& x = in[0];
    Dense y(x.shape);
    numeric::each_index(x.shape, [&](std::vector<std::int64_t> at) {
      const double own = x.at(at);
      std::int64_t& i = at[static_cast<std::size_t>(axis < 0 ? axis + x.rank() : axis)];
      const std::int64_t here = i, n = x.shape[axis < 0 ? axis + x.rank() : axis];
      double largest = -inf, sum = 0;
      for (i = 0; i < n; ++i) largest = std::max(largest, x.at(at));
      for (i = 0; i < n; ++i) sum += std::exp(x.at(at) - largest);
      i = here;
      const double v = own - largest - std::log(sum);
      y.at(at) = logarithm ? v : std::exp(v);
    });
    return y;
  };
}

/// The sorted definition: the largest k with z_k > τ_k = (z_1 + … + z_k − 1) / k gives τ.
Naive simplex_along(int axis) {
  return [=](const std::vector<Dense>& in) {
    const Dense& x = in[0];
    Dense y(x.shape);
    numeric::each_index(x.shape, [&](std::vector<std::int64_t> at) {
      const double own = x.at(at);
      const auto place = static_cast<std::size_t>(axis < 0 ? axis + x.rank() : axis);
      const std::vector<std::int64_t> here = at;
      std::vector<double> z;
      for (at[place] = 0; at[place] < x.shape[static_cast<int>(place)]; ++at[place]) z.push_back(x.at(at));
      std::sort(z.rbegin(), z.rend());
      double sum = 0, tau = 0;
      for (std::size_t k = 0; k < z.size(); ++k) {
        sum += z[k];
        const double next = (sum - 1) / static_cast<double>(k + 1);
        if (z[k] > next) tau = next;
      }
      y.at(here) = std::max(own - tau, 0.0);
    });
    return y;
  };
}

/// One loss a row: targets are class numbers, or a distribution.
Dense losses(const Dense& x, const Dense& t, bool labels) {
  const Dense logs = along(-1, true)({x})[0];
  Shape rows = x.shape;
  rows.erase(rows.rank() - 1);
  Dense loss(rows);
  const std::int64_t n = x.shape.back();
  for (std::int64_t r = 0; r < loss.size(); ++r) {
    if (labels) {
      loss[r] = -logs[r * n + static_cast<std::int64_t>(t[r])];
    } else {
      for (std::int64_t j = 0; j < n; ++j) loss[r] -= t[r * n + j] * logs[r * n + j];
    }
  }
  return loss;
}

const Array f64_23 = zeros({2, 3}, DType::float64), f64_ = zeros({}, DType::float64),
            f64_24 = zeros({2, 4}, DType::float64);
const Array i64_3 = zeros({3}, DType::int64), i64_23 = zeros({2, 3}, DType::int64);
Array labels(std::vector<std::int64_t> v) {
  return Array::from<std::int64_t>(v, {static_cast<std::int64_t>(v.size())});
}

std::vector<OpRow> normalized() {
  std::vector<OpRow> rows;
  for (const bool logarithm : {false, true}) {
    const std::string name = logarithm ? "log_softmax" : "softmax";
    const auto op = [logarithm](const auto& x, int axis) {
      return logarithm ? log_softmax(x, axis) : softmax(x, axis);
    };
    for (const Shape& s : {Shape{2, 3}, {5}, {2, 1}, {0, 3}, {3, 0}, {2, 3, 4}, {3, 70}, {2, 1100}})
      rows.push_back({.name = name,
                      .variant = s.to_string(),
                      .call = [logarithm](const auto& x) { return logarithm ? log_softmax(x[0]) : softmax(x[0]); },
                      .operands = {{.shape = s}},
                      .naive = along(-1, logarithm)});
    for (const int axis : {0, 1, -1, -2})
      rows.push_back({.name = name,
                      .variant = "axis " + std::to_string(axis),
                      .call = [op, axis](const auto& x) { return op(x[0], axis); },
                      .operands = {{.shape = {2, 3, 4}}},
                      .naive = along(axis, logarithm)});
    rows.back().rejections = {
        rejects<ShapeError>({f64_}, "needs an array of at least one axis",
                            [logarithm](const auto& x) { return logarithm ? log_softmax(x[0]) : softmax(x[0]); }),
        rejects<IndexError>({f64_23}, "needs an axis from -2 to 1; got 2", [logarithm](const auto& x) {
          return logarithm ? log_softmax(x[0], 2) : softmax(x[0], 2);
        })};
  }
  const Dense masked{-inf, -inf}, weights{1, 2};
  rows.push_back(
      {.name = "softmax",
       .variant = "edges",
       .call = [](const auto& x) { return softmax(x[0]); },
       .operands = {{.shape = {3}}},
       .naive = along(-1, false),
       .edges = {
           {.in = {masked}, .out = Dense{0, 0}, .grad = {Dense{0, 0}}, .cotangent = weights},
           {.in = {Dense{-inf, 5}}, .out = Dense{0, 1}, .grad = {Dense{0, 0}}, .cotangent = weights},
           {.in = {Dense{1000, 1000}}, .out = Dense{0.5, 0.5}, .grad = {Dense{-0.25, 0.25}}, .cotangent = weights},
           {.in = {Dense{-1e300, 1e300}},
            .out = Dense{0, 1},
            .grad = {Dense{0, 0}},
            .float32 = false,
            .cotangent = weights},
           {.in = {Dense{NaN, 0}}, .out = Dense{NaN, NaN}}}});
  rows.push_back(
      {.name = "log_softmax",
       .variant = "edges",
       .call = [](const auto& x) { return log_softmax(x[0]); },
       .operands = {{.shape = {3}}},
       .naive = along(-1, true),
       .edges = {{.in = {masked}, .out = Dense{-inf, -inf}, .grad = {weights}, .cotangent = weights},
                 {.in = {Dense{-inf, 5}}, .out = Dense{-inf, 0}, .grad = {Dense{1, -1}}, .cotangent = weights},
                 {.in = {Dense{1000, 0}}, .out = Dense{0, -1000}, .grad = {Dense{-2, 2}}, .cotangent = weights},
                 {.in = {Dense{NaN, 0}}, .out = Dense{NaN, NaN}}}});
  return rows;
}

std::vector<OpRow> on_the_simplex() {
  std::vector<OpRow> rows;
  for (const Shape& s : {Shape{2, 3}, {5}, {2, 1}, {0, 3}, {3, 0}, {2, 3, 4}, {3, 70}, {2, 1100}})
    rows.push_back({.name = "sparsemax",
                    .variant = s.to_string(),
                    .call = [](const auto& x) { return sparsemax(x[0]); },  // a long row: no element near τ
                    .operands = {{.low = s.back() > 100 ? -50. : -2., .high = s.back() > 100 ? 50. : 2., .shape = s}},
                    .naive = simplex_along(-1)});
  for (const int axis : {0, 1, -1, -2})
    rows.push_back({.name = "sparsemax",
                    .variant = "axis " + std::to_string(axis),
                    .call = [axis](const auto& x) { return sparsemax(x[0], axis); },
                    .operands = {{.shape = {2, 3, 4}}},
                    .naive = simplex_along(axis)});
  rows.back().rejections = {
      rejects<ShapeError>({f64_}, "needs an array of at least one axis", [](const auto& x) { return sparsemax(x[0]); }),
      rejects<DTypeError>({i64_3}, "float32 or float64", [](const auto& x) { return sparsemax(x[0]); }),
      rejects<IndexError>({f64_23}, "axis", [](const auto& x) { return sparsemax(x[0], 2); })};
  const Dense weights{1, 2};
  rows.push_back(
      {.name = "sparsemax",
       .variant = "edges",
       .call = [](const auto& x) { return sparsemax(x[0]); },
       .operands = {{.shape = {3}}},
       .naive = simplex_along(-1),
       .edges = {{.in = {Dense{-inf, -inf}}, .out = Dense{0, 0}, .grad = {Dense{0, 0}}, .cotangent = weights},
                 {.in = {Dense{-inf, 5}}, .out = Dense{0, 1}, .grad = {Dense{0, 0}}, .cotangent = weights},
                 {.in = {Dense{1000, 1000}}, .out = Dense{0.5, 0.5}, .grad = {Dense{-0.5, 0.5}}, .cotangent = weights},
                 {.in = {Dense{1, 2}}, .out = Dense{0, 1}, .grad = {Dense{0, 0}}, .cotangent = weights},
                 {.in = {Dense{NaN, 0}}, .out = Dense{NaN, NaN}}}});
  return rows;
}

std::vector<OpRow> from_labels() {
  std::vector<OpRow> rows;
  struct Variant {
    Shape logits, labels;
    DType type = DType::int64;
  };
  for (const Variant& v : std::vector<Variant>{
           {{4, 3}, {4}}, {{3}, {}}, {{2, 2, 3}, {2, 2}}, {{0, 3}, {0}}, {{4, 3}, {4}, DType::uint8}, {{5, 70}, {5}}})
    rows.push_back({.name = "softmax_cross_entropy",
                    .variant = "labels " + v.logits.to_string(),
                    .call = [](const auto& x) { return softmax_cross_entropy(x[0], x[1]); },
                    .operands = {{.shape = v.logits}, {.low = 0, .high = 3, .shape = v.labels, .dtype = v.type}},
                    .naive = [](const std::vector<Dense>& in) { return losses(in[0], in[1], true); }});
  const Dense one = {Shape{1}, {0}, DType::int64};
  OpRow& row = rows.front();
  row.edges = {
      {.in = {Dense(Shape{1, 2}, {-inf, -inf}), one}, .out = Dense{0.0}, .grad = {Dense(Shape{1, 2}, {0, 0})}},
      {.in = {Dense(Shape{1, 2}, {-inf, 1}), one}, .out = Dense{inf}, .grad = {Dense(Shape{1, 2}, {-1, 1})}},
      {.in = {Dense(Shape{1, 2}, {1000, -1000}), one}, .out = Dense{0.0}, .grad = {Dense(Shape{1, 2}, {0, 0})}},
      {.in = {Dense(Shape{1, 2}, {-1000, 1000}), one}, .out = Dense{2000.0}, .grad = {Dense(Shape{1, 2}, {-1, 1})}},
      {.in = {Dense(Shape{1, 2}, {1, 1}), one},
       .out = Dense{std::log(2.0)},
       .grad = {Dense(Shape{1, 2}, {-1.5, 1.5})},
       .cotangent = Dense{3.0}}};
  row.rejections = {
      rejects<ShapeError>({f64_23, i64_3},
                          "needs labels of shape [2], or targets like the logits; got float64[2,3] and int64[3]"),
      rejects<ShapeError>({f64_23, i64_23}, "needs labels of shape [2]"),
      rejects<ShapeError>({f64_, zeros({}, DType::int64)}, "needs an array of at least one axis"),
      rejects<IndexError>({f64_23, labels({1, 3})}, "needs labels from 0 to 2; got 3 at place 1"),
      rejects<IndexError>({f64_23, labels({-1, 0})}, "needs labels from 0 to 2; got -1 at place 0"),
      rejects<DTypeError>({f64_23, zeros({2}, DType::boolean)}, "")};
  return rows;
}

std::vector<OpRow> from_targets() {
  std::vector<OpRow> rows;
  for (const bool constant : {true, false})
    for (const Shape& s : {Shape{4, 3}, {3}, {2, 2, 3}, {0, 3}, {3, 40}})
      rows.push_back({.name = "softmax_cross_entropy",
                      .variant = std::string("targets ") + (constant ? "constant " : "") + s.to_string(),
                      .call = [](const auto& x) { return softmax_cross_entropy(x[0], x[1]); },
                      .operands = {{.shape = s}, {.low = 0, .high = 1, .shape = s, .constant = constant}},
                      .naive = [](const std::vector<Dense>& in) { return losses(in[0], in[1], false); }});
  rows.front().edges = {
      {.in = {Dense{-inf, 0.0}, Dense{0, 1}}, .out = 0.0, .grad = {Dense{0, 0}}},  // 0 · ∞ counts as 0
      {.in = {Dense{-inf, -inf}, Dense{0.5, 0.5}}, .out = 0.0, .grad = {Dense{0, 0}}},
      {.in = {Dense{1000, 0}, Dense{0, 2}}, .out = 2000.0, .grad = {Dense{2, -2}}}};
  rows.front().rejections = {
      rejects<ShapeError>({f64_23, f64_24}, "needs labels without the last axis, or targets like the logits"),
      rejects<DTypeError>({f64_23, zeros({2, 3})}, "needs operands of one element type")};
  return rows;
}

std::vector<OpRow> binary() {
  const auto loss = [](double x, double t) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))) - x * t; };
  std::vector<OpRow> rows = {
      {.name = "sigmoid_cross_entropy",
       .call = [](const auto& x) { return sigmoid_cross_entropy(x[0], x[1]); },
       .operands = {{-4, 4}, {0, 1}},
       .naive = each(loss),
       .edges = {{.in = {0.0, 1.0}, .out = std::log(2.0), .grad = {-0.5, -0.0}},
                 {.in = {1000.0, 0.0}, .out = 1000.0, .grad = {1.0, -1000.0}},
                 {.in = {-1000.0, 1.0}, .out = 1000.0, .grad = {-1.0, 1000.0}},
                 {.in = {1000.0, 1.0}, .out = 0.0, .grad = {0.0, -1000.0}},
                 {.in = {-60.0, 0.0}, .out = std::exp(-60.0), .grad = {std::exp(-60.0), 60.0}},
                 {.in = {NaN, 1.0}, .out = NaN}},
       .rejections = {rejects<ShapeError>({f64_23, f64_24}, "needs shapes that broadcast"),
                      rejects<DTypeError>({f64_23, zeros({2, 3})}, "needs operands of one element type")}}};
  for (const DType type : {DType::int64, DType::uint8, DType::boolean})
    rows.push_back({.name = "sigmoid_cross_entropy",
                    .variant = std::string("targets of ") + name_of(type),
                    .call = [](const auto& x) { return sigmoid_cross_entropy(x[0], x[1]); },
                    .operands = {{-4, 4}, {.low = 0, .high = 2, .dtype = type}},
                    .naive =
                        [loss](const std::vector<Dense>& in) {
                          Dense y(in[0].shape);
                          for (std::int64_t i = 0; i < y.size(); ++i) y[i] = loss(in[0][i], in[1][i]);
                          return y;
                        }});
  return rows;
}

}  // namespace

TEST_CASE("ops: softmax, log_softmax") { check_rows(normalized()); }
TEST_CASE("ops: sparsemax") { check_rows(on_the_simplex()); }
TEST_CASE("ops: softmax_cross_entropy of labels") { check_rows(from_labels()); }
TEST_CASE("ops: softmax_cross_entropy of targets") { check_rows(from_targets()); }
TEST_CASE("ops: sigmoid_cross_entropy") { check_rows(binary()); }
