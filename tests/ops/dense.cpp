#include "xgrad/ops/dense.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

Naive layer(std::function<double(double)> f) {
  return [f](const std::vector<Dense>& in) {
    const Dense &x = in[0], &w = in[1];
    Shape shape = x.shape;
    const std::int64_t k = w.shape[0], n = w.shape[1], rows = k ? x.size() / k : 0;
    shape[shape.rank() - 1] = n;
    Dense y(shape);
    for (std::int64_t r = 0; r < (k ? rows : y.size() / std::max<std::int64_t>(n, 1)); ++r)
      for (std::int64_t j = 0; j < n; ++j) {
        double z = in.size() == 3 ? in[2][j] : 0;
        for (std::int64_t i = 0; i < k; ++i) z += x[r * k + i] * w[i * n + j];
        y[r * n + j] = f(z);
      }
    return y;
  };
}

Var doubled(Arg x) { return x * 2; }

const Array f64_23 = zeros({2, 3}, DType::float64), f64_24 = zeros({2, 4}, DType::float64),
            f64_34 = zeros({3, 4}, DType::float64);
const Array f64_3 = zeros({3}, DType::float64), f64_ = zeros({}, DType::float64);

std::vector<OpRow> rows() {
  struct Choice {
    const char* name;
    ActivationFn activation;
    std::function<double(double)> f;
  };
  const std::vector<Choice> choices = {{"linear", {}, [](double z) { return z; }},
                                       {"relu", relu, [](double z) { return z > 0 ? z : 0; }},
                                       {"tanh", tanh, [](double z) { return std::tanh(z); }},
                                       {"sigmoid", sigmoid, [](double z) { return 1 / (1 + std::exp(-z)); }},
                                       {"softplus", softplus, [](double z) { return std::log1p(std::exp(z)); }},
                                       {"one's own", doubled, [](double z) { return 2 * z; }}};
  std::vector<OpRow> rows;
  for (const Choice& c : choices) {
    const ActivationFn f = c.activation;
    for (const bool bias : {true, false}) {
      OpRow row{.name = "dense",
                .variant = std::string(c.name) + (bias ? "" : ", no bias"),
                .operands = {{.low = -1, .high = 1, .shape = {4, 3}}, {.low = -1, .high = 1, .shape = {3, 2}}},
                .naive = layer(c.f),
                .float32_tolerance = 5e-6,
                .step = 3e-4};  // relu: no sign changes within a step
      if (bias) {
        row.operands.push_back({.low = -1, .high = 1, .shape = {2}});
        row.call = [f](const auto& x) { return dense(x[0], x[1], x[2], f); };
      } else {
        row.call = [f](const auto& x) { return dense(x[0], x[1], f); };
      }
      row.numeric_tolerance = 1e-7;
      rows.push_back(row);
    }
  }
  const auto shaped = [&](const char* variant, Shape x, Shape w, double size = 1) {
    rows.push_back({.name = "dense",
                    .variant = variant,
                    .call = [](const auto& v) { return dense(v[0], v[1], v[2]); },
                    .operands = {{.low = -size, .high = size, .shape = x},
                                 {.low = -size, .high = size, .shape = w},
                                 {.shape = {w[1]}}},
                    .naive = layer([](double z) { return z; }),
                    .float32_tolerance = 5e-6});
    rows.push_back({.name = "dense",
                    .variant = std::string(variant) + ", tanh",
                    .call = [](const auto& v) { return dense(v[0], v[1], v[2], tanh); },
                    .operands = {{.low = -size, .high = size, .shape = x},
                                 {.low = -size, .high = size, .shape = w},
                                 {.shape = {w[1]}}},
                    .naive = layer([](double z) { return std::tanh(z); }),
                    .float32_tolerance = 5e-6});
  };
  shaped("a vector", {3}, {3, 2});
  shaped("more axes", {2, 2, 3}, {3, 2});
  shaped("no rows", {0, 3}, {3, 2});
  shaped("no inputs", {2, 0}, {0, 3});
  shaped("no outputs", {2, 3}, {3, 0});
  shaped("wide", {19, 33}, {33, 37}, 0.4);
  rows.push_back(
      {.name = "dense",
       .call = [](const auto& x) { return dense(x[0], x[1]); },
       .operands = {{.shape = {3, 3}}, {.shape = {3, 3}}},
       .naive = layer([](double z) { return z; }),
       .rejections = {rejects<ShapeError>({f64_23, f64_24}, "needs x [..., in] and w [in, out]; got [2,3] and [2,4]"),
                      rejects<ShapeError>({f64_23, f64_3}, "needs x [..., in] and w [in, out]"),
                      rejects<ShapeError>({f64_, f64_23}, "needs x [..., in] and w [in, out]"),
                      rejects<ShapeError>({f64_23, f64_34, f64_3}, "needs a bias of shape [4]",
                                          [](const auto& x) { return dense(x[0], x[1], x[2]); }),
                      rejects<DTypeError>({f64_23, zeros({3, 4})}, "needs operands of one element type")}});
  return rows;
}

}  // namespace

TEST_CASE("ops: dense") { check_rows(rows()); }

TEST_CASE("ops: dense is one node for the activations that it fuses") {
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(ones({2, 3})), w = tape.variable(ones({3, 4})), b = tape.variable(zeros({4}));
  const auto nodes = [&](ActivationFn f) {
    const std::size_t before = tape.size();
    const Var y = dense(x, w, b, f);
    return tape.size() - before;
  };
  CHECK(nodes({}) == 1);
  CHECK(nodes(relu) == 1);
  CHECK(nodes(tanh) == 1);
  CHECK(nodes(sigmoid) == 1);
  CHECK(nodes(softplus) == 2);
}

TEST_CASE("an activation by function, by name, or as any callable") {
  const Array x = linspace(-2, 2, 12, DType::float64).reshape({3, 4}),
              w = linspace(-1, 1, 8, DType::float64).reshape({4, 2});
  const auto same = [](const Array& a, const Array& b) {
    return std::ranges::equal(a.span<double>(), b.span<double>());
  };
  for (const char* name : {"relu", "softmax", "Swish", "leaky_relu", "hard-sigmoid", "exponential", "linear"}) {
    const ActivationFn f(name);
    CHECK(same(dense(x, w, f), f(dense(x, w)).value()));
  }
  CHECK(ActivationFn("swish").name() == "silu");
  CHECK(ActivationFn(relu).name() == "relu");
  CHECK(ActivationFn().name() == "linear");
  CHECK(ActivationFn([](Var v) { return v * 2; }).name() == "lambda");
  CHECK(same(dense(x, w, [](Var v) { return v * sigmoid(v); }), dense(x, w, silu)));
  CHECK_THROWS_WITH_AS(ActivationFn("rleu"), doctest::Contains("did you mean 'relu'"), ArgError);
}
