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

}  // namespace

TEST_CASE("ops: smooth activations") { check_rows(smooth()); }
TEST_CASE("ops: piecewise activations") { check_rows(piecewise()); }

TEST_CASE("ops: an activation passes as a function") {
  Var (*const f)(Arg) = gelu;
  CHECK(f(Var(0.0)).item<double>() == 0);
}
