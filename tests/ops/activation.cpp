#include "xgrad/ops/activation.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/ops/arithmetic.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

constexpr double selu_scale = 1.0507009873554804934, selu_alpha = 1.6732632423543772848;

double naive_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
double naive_softplus(double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }

/// a sigmoid(b) for halves a and b of n numbers each, one after the other.
Dense gated(const Dense& x, Shape shape, std::int64_t n) {
  Dense y(shape);
  for (std::int64_t k = 0; k < y.size(); ++k) {
    const std::int64_t a = k / n * 2 * n + k % n;
    y[k] = x[a] * naive_sigmoid(x[a + n]);
  }
  return y;
}

std::vector<OpRow> smooth() {
  return {
      {.name = "sigmoid",
       .call = [](const auto& x) { return sigmoid(x[0]); },
       .operands = {{-4, 4}},
       .naive = each(naive_sigmoid),
       .edges = {{.in = {0.0}, .out = 0.5, .grad = {0.25}},
                 {.in = {-inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {inf}, .out = 1.0, .grad = {0.0}},
                 {.in = {NaN}, .out = NaN},
                 {.in = {-700.0}, .out = std::exp(-700.0), .grad = {std::exp(-700.0)}, .float32 = false},
                 {.in = {-60.0}, .out = std::exp(-60.0), .grad = {std::exp(-60.0)}}}},
      {.name = "log_sigmoid",
       .call = [](const auto& x) { return log_sigmoid(x[0]); },
       .operands = {{-4, 4}},
       .naive = each([](double x) { return -naive_softplus(-x); }),
       .edges = {{.in = {-1000.0}, .out = -1000.0, .grad = {1.0}},
                 {.in = {60.0}, .out = -std::exp(-60.0), .grad = {std::exp(-60.0)}},
                 {.in = {-inf}, .out = -inf, .grad = {1.0}},
                 {.in = {inf}, .grad = {0.0}}}},
      {.name = "softplus",
       .call = [](const auto& x) { return softplus(x[0]); },
       .operands = {{-4, 4}},
       .naive = each(naive_softplus),
       .edges = {{.in = {1000.0}, .out = 1000.0, .grad = {1.0}},
                 {.in = {-60.0}, .out = std::exp(-60.0), .grad = {std::exp(-60.0)}},
                 {.in = {-inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf, .grad = {1.0}},
                 {.in = {0.0}, .out = std::log(2.0), .grad = {0.5}}}},
      {.name = "gelu",
       .call = [](const auto& x) { return gelu(x[0]); },
       .operands = {{-3, 3}},
       .naive = each([](double x) { return x * std::erfc(-x / std::sqrt(2.0)) / 2; }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.5}},
                 {.in = {40.0}, .out = 40.0, .grad = {1.0}},
                 {.in = {-6.0}, .out = -3 * std::erfc(6 / std::sqrt(2.0)), .tolerance = 1e-13}}},
      {.name = "gelu",
       .variant = "approximate",
       .call = [](const auto& x) { return gelu(x[0], {.approximate = true}); },
       .operands = {{-3, 3}},
       .naive = each(
           [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / numeric::pi) * (x + 0.044715 * x * x * x))); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.5}}, {.in = {40.0}, .out = 40.0, .grad = {1.0}}}},
      {.name = "silu",
       .call = [](const auto& x) { return silu(x[0]); },
       .operands = {{-4, 4}},
       .naive = each([](double x) { return x * naive_sigmoid(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.5}}, {.in = {100.0}, .out = 100.0, .grad = {1.0}}}},
      {.name = "mish",
       .call = [](const auto& x) { return mish(x[0]); },
       .operands = {{-4, 4}},
       .naive = each([](double x) { return x * std::tanh(naive_softplus(x)); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.6}}, {.in = {100.0}, .out = 100.0, .grad = {1.0}}}},
      {.name = "softsign",
       .call = [](const auto& x) { return softsign(x[0]); },
       .operands = {{.low = -3, .high = 3, .kinks = {0}}},
       .naive = each([](double x) { return x / (1 + std::fabs(x)); }),
       .edges = {{.in = {-0.0}, .out = -0.0, .grad = {1.0}}, {.in = {-3.0}, .out = -0.75, .grad = {0.0625}}}},
  };
}

std::vector<OpRow> piecewise() {
  return {
      {.name = "relu",
       .call = [](const auto& x) { return relu(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : 0; }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {-0.0}, .grad = {0.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}},
                 {.in = {-inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf, .grad = {1.0}},
                 {.in = {5e-324}, .out = 5e-324, .grad = {1.0}},
                 {.in = {-2.0}, .out = 0.0, .grad = {0.0}, .cotangent = inf}}},
      {.name = "leaky_relu",
       .call = [](const auto& x) { return leaky_relu(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : 0.2 * x; }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.2}}, {.in = {-5.0}, .out = -1.0, .grad = {0.2}}}},
      {.name = "leaky_relu",
       .variant = "alpha",
       .call = [](const auto& x) { return leaky_relu(x[0], 0.5); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : 0.5 * x; }),
       .edges = {{.in = {-inf}, .out = -inf, .grad = {0.5}}, {.in = {inf}, .out = inf, .grad = {1.0}}}},
      {.name = "elu",
       .call = [](const auto& x) { return elu(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : std::expm1(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {1.0}},
                 {.in = {-inf}, .out = -1.0, .grad = {0.0}},
                 {.in = {1000.0}, .out = 1000.0, .grad = {1.0}}}},
      {.name = "elu",
       .variant = "alpha",
       .call = [](const auto& x) { return elu(x[0], 0.7); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : 0.7 * std::expm1(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.7}}}},
      {.name = "selu",
       .call = [](const auto& x) { return selu(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return selu_scale * (x > 0 ? x : selu_alpha * std::expm1(x)); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {selu_scale * selu_alpha}},
                 {.in = {-inf}, .out = -selu_scale * selu_alpha, .grad = {0.0}},
                 {.in = {1000.0}, .out = 1000 * selu_scale, .grad = {selu_scale}}}},
      {.name = "hard_sigmoid",
       .call = [](const auto& x) { return hard_sigmoid(x[0]); },
       .operands = {{.low = -4.5, .high = 4.5, .kinks = {-3, 3}}},
       .naive = each([](double x) { return std::fmin(std::fmax(x + 3, 0), 6) / 6; }),
       .edges = {{.in = {3.0}, .out = 1.0, .grad = {0.0}},
                 {.in = {-3.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {0.0}, .out = 0.5, .grad = {1. / 6}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}},
                 {.in = {4.0}, .out = 1.0, .grad = {0.0}, .cotangent = inf},
                 {.in = {-inf}, .out = 0.0, .grad = {0.0}}}},
      {.name = "hard_silu",
       .call = [](const auto& x) { return hard_silu(x[0]); },
       .operands = {{.low = -4.5, .high = 4.5, .kinks = {-3, 3}}},
       .naive = each([](double x) { return x * std::fmin(std::fmax(x + 3, 0), 6) / 6; }),
       .edges = {{.in = {3.0}, .out = 3.0, .grad = {1.0}},
                 {.in = {-3.0}, .out = -0.0, .grad = {0.0}},
                 {.in = {0.0}, .out = 0.0, .grad = {0.5}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
  };
}

std::vector<OpRow> clamped() {
  return {
      {.name = "relu6",
       .call = [](const auto& x) { return relu6(x[0]); },
       .operands = {{.low = -3, .high = 9, .kinks = {0, 6}}},
       .naive = each([](double x) { return std::fmin(std::fmax(x, 0), 6); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {6.0}, .out = 6.0, .grad = {0.0}},
                 {.in = {5e-324}, .out = 5e-324, .grad = {1.0}, .float32 = false},
                 {.in = {inf}, .out = 6.0, .grad = {0.0}},
                 {.in = {-inf}, .out = 0.0, .grad = {0.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
      {.name = "hard_tanh",
       .call = [](const auto& x) { return hard_tanh(x[0]); },
       .operands = {{.low = -3, .high = 3, .kinks = {-1, 1}}},
       .naive = each([](double x) { return std::fmin(std::fmax(x, -1), 1); }),
       .edges = {{.in = {1.0}, .out = 1.0, .grad = {0.0}},
                 {.in = {-inf}, .out = -1.0, .grad = {0.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
      {.name = "sparse_plus",
       .call = [](const auto& x) { return sparse_plus(x[0]); },
       .operands = {{.low = -3, .high = 3, .kinks = {-1, 1}}},
       .naive = each([](double x) { return x >= 1    ? x
                                           : x <= -1 ? 0
                                                     : (x + 1) * (x + 1) / 4; }),
       .edges = {{.in = {1.0}, .out = 1.0, .grad = {1.0}},
                 {.in = {-1.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf, .grad = {1.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
      {.name = "sparse_sigmoid",
       .call = [](const auto& x) { return sparse_sigmoid(x[0]); },
       .operands = {{.low = -3, .high = 3, .kinks = {-1, 1}}},
       .naive = each([](double x) { return std::fmin(std::fmax((x + 1) / 2, 0), 1); }),
       .edges = {{.in = {1.0}, .out = 1.0, .grad = {0.0}},
                 {.in = {0.0}, .out = 0.5, .grad = {0.5}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
      {.name = "tanh_shrink",
       .call = [](const auto& x) { return tanh_shrink(x[0]); },
       .operands = {{-3, 3}},
       .naive = each([](double x) { return x - std::tanh(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {0.0}},
                 {.in = {1e-5}, .out = 1e-15 / 3, .tolerance = 1e-9, .float32 = false},
                 {.in = {inf}, .out = inf, .grad = {1.0}},
                 {.in = {NaN}, .out = NaN}}},
      {.name = "threshold",
       .call = [](const auto& x) { return threshold(x[0], 0.5, -2); },
       .operands = {{.low = -2, .high = 2, .kinks = {0.5}}},
       .naive = each([](double x) { return x > 0.5 ? x : -2; }),
       .edges = {{.in = {0.5}, .out = -2.0, .grad = {0.0}},
                 {.in = {inf}, .out = inf, .grad = {1.0}},
                 {.in = {NaN}, .out = NaN}}},
  };
}

std::vector<OpRow> with_a_parameter() {
  const Array f64 = zeros({2}, DType::float64), i64 = zeros({2}, DType::int64);
  return {
      {.name = "celu",
       .call = [](const auto& x) { return celu(x[0]); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : std::expm1(x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {1.0}}, {.in = {-inf}, .out = -1.0, .grad = {0.0}}}},
      {.name = "celu",
       .variant = "alpha",
       .call = [](const auto& x) { return celu(x[0], 0.5); },
       .operands = {{.kinks = {0}}},
       .naive = each([](double x) { return x > 0 ? x : 0.5 * std::expm1(2 * x); }),
       .edges = {{.in = {0.0}, .out = 0.0, .grad = {1.0}}, {.in = {1000.0}, .out = 1000.0, .grad = {1.0}}},
       .rejections = {rejects<ArgError>({f64}, "needs an alpha above 0; got 0",
                                        [](const auto& x) { return celu(x[0], 0); })}},
      {.name = "hard_shrink",
       .call = [](const auto& x) { return hard_shrink(x[0]); },
       .operands = {{.kinks = {-0.5, 0.5}}},
       .naive = each([](double x) { return std::fabs(x) > 0.5 ? x : 0; }),
       .edges = {{.in = {0.5}, .out = 0.0, .grad = {0.0}},
                 {.in = {-inf}, .out = -inf, .grad = {1.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
      {.name = "hard_shrink",
       .variant = "threshold",
       .call = [](const auto& x) { return hard_shrink(x[0], 1); },
       .operands = {{.kinks = {-1, 1}}},
       .naive = each([](double x) { return std::fabs(x) > 1 ? x : 0; }),
       .rejections = {rejects<ArgError>({f64}, "needs a threshold of at least 0; got -1",
                                        [](const auto& x) { return hard_shrink(x[0], -1); })}},
      {.name = "soft_shrink",
       .call = [](const auto& x) { return soft_shrink(x[0]); },
       .operands = {{.kinks = {-0.5, 0.5}}},
       .naive = each([](double x) { return std::fabs(x) > 0.5 ? x - std::copysign(0.5, x) : 0; }),
       .edges = {{.in = {0.5}, .out = 0.0, .grad = {0.0}},
                 {.in = {-inf}, .out = -inf, .grad = {1.0}},
                 {.in = {NaN}, .out = NaN, .grad = {NaN}}}},
      {.name = "soft_shrink",
       .variant = "threshold",
       .call = [](const auto& x) { return soft_shrink(x[0], 0.25); },
       .operands = {{.kinks = {-0.25, 0.25}}},
       .naive = each([](double x) { return std::fabs(x) > 0.25 ? x - std::copysign(0.25, x) : 0; }),
       .rejections = {rejects<ArgError>({f64}, "needs a threshold of at least 0; got -1",
                                        [](const auto& x) { return soft_shrink(x[0], -1); })}},
      {.name = "squareplus",
       .call = [](const auto& x) { return squareplus(x[0]); },
       .operands = {{-3, 3}},
       .naive = each([](double x) { return (x + std::sqrt(x * x + 4)) / 2; }),
       .edges = {{.in = {0.0}, .out = 1.0, .grad = {0.5}},
                 {.in = {-1e8}, .out = 1e-8, .grad = {1e-16}},
                 {.in = {NaN}, .out = NaN}}},
      {.name = "squareplus",
       .variant = "b",
       .call = [](const auto& x) { return squareplus(x[0], 0.25); },
       .operands = {{-3, 3}},
       .naive = each([](double x) { return (x + std::sqrt(x * x + 0.25)) / 2; }),
       .rejections = {rejects<ArgError>({f64}, "needs a b above 0; got 0",
                                        [](const auto& x) { return squareplus(x[0], 0); })}},
      {.name = "glu",
       .call = [](const auto& x) { return glu(x[0]); },
       .operands = {{.shape = {3, 4}}},
       .naive =
           [](const std::vector<Dense>& in) {
             return gated(in[0], {3, 2}, 2);
           }},
      {.name = "glu",
       .variant = "axis",
       .call = [](const auto& x) { return glu(x[0], 0); },
       .operands = {{.shape = {2, 3}}},
       .naive =
           [](const std::vector<Dense>& in) {
             return gated(in[0], {1, 3}, 3);
           },
       .rejections = {rejects<ShapeError>({zeros({3}, DType::float64)}, "needs an even extent along axis 0",
                                          [](const auto& x) { return glu(x[0]); }),
                      rejects<DTypeError>({i64}, "float32 or float64", [](const auto& x) { return glu(x[0]); }),
                      rejects<IndexError>({f64}, "axis", [](const auto& x) { return glu(x[0], 1); })}},
  };
}

}  // namespace

TEST_CASE("ops: smooth activations") { check_rows(smooth()); }
TEST_CASE("ops: piecewise activations") { check_rows(piecewise()); }
TEST_CASE("ops: clamped activations") { check_rows(clamped()); }
TEST_CASE("ops: activations with a parameter") { check_rows(with_a_parameter()); }

TEST_CASE("ops: an activation passes as a function") {
  Var (*const f)(Arg) = gelu;
  CHECK(f(Var(0.0)).item<double>() == 0);
}
