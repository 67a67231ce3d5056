#include "xgrad/ops/activation.hpp"

#include <cmath>
#include <numbers>

#include "core/number_text.hpp"
#include "ops/unary_op.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

namespace {

using kernels::Unary;

struct Sigmoid : UnaryOp<Sigmoid, Unary::sigmoid> {
  static constexpr OpInfo info{.name = "sigmoid", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, c.grad() * (c.out() * (1 - c.out()))); }
};
struct LogSigmoid : UnaryOp<LogSigmoid, Unary::log_sigmoid> {
  static constexpr OpInfo info{.name = "log_sigmoid", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * sigmoid(neg(c.in(0)))); }
};
struct Softplus : UnaryOp<Softplus, Unary::softplus> {
  static constexpr OpInfo info{.name = "softplus", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * sigmoid(c.in(0))); }
};
struct Relu : UnaryOp<Relu, Unary::relu> {
  static constexpr OpInfo info{.name = "relu", .saves = Saves::output};
  void vjp(Vjp& c) const {  // y > 0 exactly where x > 0; 0 · y is 0, or NaN where y is
    c.give(0, where(c.out() > 0, c.grad(), 0 * c.out().detach()));
  }
};

// --- fused: one pass with a gradient of its own, and the primitive ops that it stands for ---

struct Gelu : UnaryOp<Gelu, Unary::gelu> {
  static constexpr OpInfo info{.name = "gelu", .saves = Saves::inputs};
  Var decompose(std::span<const Var> in) const {  // Φ(x) = erfc(−x/√2) / 2 keeps its accuracy in the left tail
    return 0.5 * in[0] * erfc(in[0] * (-1 / std::numbers::sqrt2));
  }
};
struct GeluTanh : UnaryOp<GeluTanh, Unary::gelu_tanh> {
  static constexpr OpInfo info{.name = "gelu", .saves = Saves::inputs};
  Var decompose(std::span<const Var> in) const {
    const Var& x = in[0];
    const double scale = std::sqrt(2 / std::numbers::pi);
    return 0.5 * x * (1 + tanh(scale * (x + 0.044715 * x * square(x))));
  }
  std::string attributes() const { return "approximate"; }
};
struct Silu : UnaryOp<Silu, Unary::silu> {
  static constexpr OpInfo info{.name = "silu", .saves = Saves::inputs};
  Var decompose(std::span<const Var> in) const { return in[0] * sigmoid(in[0]); }
};
struct Mish : UnaryOp<Mish, Unary::mish> {
  static constexpr OpInfo info{.name = "mish", .saves = Saves::inputs};
  Var decompose(std::span<const Var> in) const { return in[0] * tanh(softplus(in[0])); }
};
struct Softsign : UnaryOp<Softsign, Unary::softsign> {
  static constexpr OpInfo info{.name = "softsign", .saves = Saves::inputs};
  Var decompose(std::span<const Var> in) const { return in[0] / (1 + abs(in[0])); }
};

// --- piecewise: which piece decides the slope ---

struct HardSigmoid : UnaryOp<HardSigmoid, Unary::hard_sigmoid> {
  static constexpr OpInfo info{.name = "hard_sigmoid", .saves = Saves::inputs};
  void vjp(Vjp& c) const {  // 0 · sign is 0, or NaN where x is
    c.give(0, where(abs(c.in(0)) < 3, c.grad() / 6, 0 * sign(c.in(0).detach())));
  }
};
struct HardSilu : UnaryOp<HardSilu, Unary::hard_silu> {
  static constexpr OpInfo info{.name = "hard_silu", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    const Var x = c.in(0);
    c.give(0, where(x >= 3, c.grad(), where(x <= -3, 0, c.grad() * (x / 3 + 0.5))));
  }
};

/// The base of an activation with a parameter.
template <kernels::UnaryP function>
struct ParameterOp {
  double alpha;
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::unary_p(function, k.size(), k.in(0), static_cast<T>(alpha), k.out());
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    if (!k.wants(0)) return;
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::unary_p_vjp(function, k.size(), g, k.in(0), k.out(), static_cast<T>(alpha), to.data, to.add);
  }
  std::string attributes() const { return "alpha=" + detail::number_text(alpha); }
};
struct LeakyRelu : ParameterOp<kernels::UnaryP::leaky_relu> {
  static constexpr OpInfo info{.name = "leaky_relu", .saves = Saves::inputs | Saves::output};
  void vjp(Vjp& c) const { c.give(0, where(c.in(0) > 0, c.grad(), alpha * c.grad())); }
};
struct Elu : ParameterOp<kernels::UnaryP::elu> {
  static constexpr OpInfo info{.name = "elu", .saves = Saves::inputs | Saves::output};
  void vjp(Vjp& c) const {  // α eˣ = y + α on the left
    c.give(0, where(c.in(0) > 0, c.grad(), c.grad() * (c.out() + alpha)));
  }
};

/// Two constants that make mean 0 and variance 1 a fixed point.
struct Selu {
  static constexpr OpInfo info{.name = "selu", .saves = Saves::inputs};
  static constexpr double scale = 1.0507009873554804934, alpha = 1.6732632423543772848;
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::unary_p(kernels::UnaryP::elu, k.size(), k.in(0), static_cast<T>(alpha), k.out());
    kernels::scale(k.size(), static_cast<T>(scale), k.out(), k.out());
  }
  void vjp(Vjp& c) const {
    const Var x = c.in(0), left = where(x > 0, 0, x), g = c.grad();
    c.give(0, where(x > 0, scale * g, (scale * alpha) * g * exp(left)));
  }
};

}  // namespace

Var sigmoid(Arg x) { return record(Sigmoid{}, x); }
Var log_sigmoid(Arg x) { return record(LogSigmoid{}, x); }
Var softplus(Arg x) { return record(Softplus{}, x); }
Var relu(Arg x) { return record(Relu{}, x); }
Var gelu(Arg x) { return record(Gelu{}, x); }
Var gelu(Arg x, GeluOptions options) { return options.approximate ? record(GeluTanh{}, x) : record(Gelu{}, x); }
Var silu(Arg x) { return record(Silu{}, x); }
Var mish(Arg x) { return record(Mish{}, x); }
Var softsign(Arg x) { return record(Softsign{}, x); }
Var hard_sigmoid(Arg x) { return record(HardSigmoid{}, x); }
Var hard_silu(Arg x) { return record(HardSilu{}, x); }
Var leaky_relu(Arg x) { return leaky_relu(std::move(x), 0.2); }
Var leaky_relu(Arg x, double alpha) { return record(LeakyRelu{{alpha}}, x); }
Var elu(Arg x) { return elu(std::move(x), 1); }
Var elu(Arg x, double alpha) { return record(Elu{{alpha}}, x); }
Var selu(Arg x) { return record(Selu{}, x); }

}  // namespace xgrad
