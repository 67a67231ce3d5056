#include "xgrad/ops/activation.hpp"

#include <cmath>
#include <numbers>

#include "core/number_text.hpp"
#include "ops/axes.hpp"
#include "ops/unary_op.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using kernels::Unary;
using kernels::UnaryP;

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
struct TanhShrink : UnaryOp<TanhShrink, Unary::tanh_shrink> {
  static constexpr OpInfo info{.name = "tanh_shrink", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * square(tanh(c.in(0)))); }
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

/// g where |x| < bound, else 0, or NaN where x is: 0 · sign keeps it.
Var inside(const Var& x, double bound, const Var& g) { return where(abs(x) < bound, g, 0 * sign(x.detach())); }

struct HardSigmoid : UnaryOp<HardSigmoid, Unary::hard_sigmoid> {
  static constexpr OpInfo info{.name = "hard_sigmoid", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, inside(c.in(0), 3, c.grad() / 6)); }
};
struct HardSilu : UnaryOp<HardSilu, Unary::hard_silu> {
  static constexpr OpInfo info{.name = "hard_silu", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    const Var x = c.in(0);
    c.give(0, where(x >= 3, c.grad(), where(x <= -3, 0, c.grad() * (x / 3 + 0.5))));
  }
};

struct Relu6 : UnaryOp<Relu6, Unary::relu6> {
  static constexpr OpInfo info{.name = "relu6", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    const Var x = c.in(0);
    c.give(0, where(x > 0, where(x < 6, c.grad(), 0), 0 * sign(x.detach())));
  }
};
struct HardTanh : UnaryOp<HardTanh, Unary::hard_tanh> {
  static constexpr OpInfo info{.name = "hard_tanh", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, inside(c.in(0), 1, c.grad())); }
};
struct SparseSigmoid : UnaryOp<SparseSigmoid, Unary::sparse_sigmoid> {
  static constexpr OpInfo info{.name = "sparse_sigmoid", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, inside(c.in(0), 1, c.grad() / 2)); }
};
struct SparsePlus : UnaryOp<SparsePlus, Unary::sparse_plus> {
  static constexpr OpInfo info{.name = "sparse_plus", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * sparse_sigmoid(c.in(0))); }
};

// --- with a parameter ---

/// The base of an activation with a parameter, which `Op::parameter_name` names.
template <class Op, kernels::UnaryP function>
struct ParameterOp {
  double parameter;
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::unary_p(function, k.size(), k.in(0), static_cast<T>(parameter), k.out());
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    if (!k.wants(0)) return;
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::unary_p_vjp(function, k.size(), g, k.in(0), static_cast<T>(parameter), to.data, to.add);
  }
  std::string attributes() const { return std::string(Op::parameter_name) + '=' + detail::number_text(parameter); }
};
struct LeakyRelu : ParameterOp<LeakyRelu, UnaryP::leaky_relu> {
  static constexpr OpInfo info{.name = "leaky_relu", .saves = Saves::inputs};
  static constexpr const char* parameter_name = "alpha";
  void vjp(Vjp& c) const { c.give(0, where(c.in(0) > 0, c.grad(), parameter * c.grad())); }
};
struct Elu : ParameterOp<Elu, UnaryP::elu> {
  static constexpr OpInfo info{.name = "elu", .saves = Saves::inputs | Saves::output};
  static constexpr const char* parameter_name = "alpha";
  void vjp(Vjp& c) const {  // α eˣ = y + α on the left
    c.give(0, where(c.in(0) > 0, c.grad(), c.grad() * (c.out() + parameter)));
  }
};
struct Celu : ParameterOp<Celu, UnaryP::celu> {
  static constexpr OpInfo info{.name = "celu", .saves = Saves::inputs};
  static constexpr const char* parameter_name = "alpha";
  void vjp(Vjp& c) const {
    const Var x = c.in(0), left = where(x > 0, 0, x), g = c.grad();
    c.give(0, where(x > 0, g, g * exp(left / parameter)));
  }
};
/// The two shrinks differ by a constant on either side: one gradient.
template <class Op, kernels::UnaryP function>
struct Shrink : ParameterOp<Op, function> {
  static constexpr const char* parameter_name = "threshold";
  void vjp(Vjp& c) const {
    const Var x = c.in(0);
    c.give(0, where(abs(x) > this->parameter, c.grad(), 0 * x.detach()));
  }
};
struct HardShrink : Shrink<HardShrink, UnaryP::hard_shrink> {
  static constexpr OpInfo info{.name = "hard_shrink", .saves = Saves::inputs};
};
struct SoftShrink : Shrink<SoftShrink, UnaryP::soft_shrink> {
  static constexpr OpInfo info{.name = "soft_shrink", .saves = Saves::inputs};
};
struct Squareplus : ParameterOp<Squareplus, UnaryP::squareplus> {
  static constexpr OpInfo info{.name = "squareplus", .saves = Saves::inputs | Saves::output};
  static constexpr const char* parameter_name = "b";
  void vjp(Vjp& c) const {  // ½ (1 + x / r) = y / r, r = √(x² + b)
    c.give(0, c.grad() * (c.out() / hypot(c.in(0), std::sqrt(parameter))));
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

/// For what is made of other ops: its own name in the error. @throws DTypeError
void need_floating(const char* operation, const Arg& x) {
  if (!is_floating(x.dtype()))
    throw DTypeError(operation, "needs float32 or float64; got " + std::string(name_of(x.dtype())),
                     detail::user_line(x.loc()));
}
/// @throws ArgError naming the parameter, unless it is `good`
void need_parameter(const char* operation, bool good, const char* needs, double got, const Arg& x) {
  if (!good)
    throw ArgError(operation, std::string("needs ") + needs + "; got " + detail::number_text(got),
                   detail::user_line(x.loc()));
}

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
Var relu6(Arg x) { return record(Relu6{}, x); }
Var hard_tanh(Arg x) { return record(HardTanh{}, x); }
Var tanh_shrink(Arg x) { return record(TanhShrink{}, x); }
Var sparse_plus(Arg x) { return record(SparsePlus{}, x); }
Var sparse_sigmoid(Arg x) { return record(SparseSigmoid{}, x); }
Var leaky_relu(Arg x) { return leaky_relu(std::move(x), 0.2); }
Var leaky_relu(Arg x, double alpha) { return record(LeakyRelu{{alpha}}, x); }
Var elu(Arg x) { return elu(std::move(x), 1); }
Var elu(Arg x, double alpha) { return record(Elu{{alpha}}, x); }
Var selu(Arg x) { return record(Selu{}, x); }
Var celu(Arg x) { return celu(std::move(x), 1); }
Var celu(Arg x, double alpha) {
  need_parameter("celu", alpha > 0, "an alpha above 0", alpha, x);
  return record(Celu{{alpha}}, x);
}
Var hard_shrink(Arg x) { return hard_shrink(std::move(x), 0.5); }
Var hard_shrink(Arg x, double threshold) {
  need_parameter("hard_shrink", threshold >= 0, "a threshold of at least 0", threshold, x);
  return record(HardShrink{{{threshold}}}, x);
}
Var soft_shrink(Arg x) { return soft_shrink(std::move(x), 0.5); }
Var soft_shrink(Arg x, double threshold) {
  need_parameter("soft_shrink", threshold >= 0, "a threshold of at least 0", threshold, x);
  return record(SoftShrink{{{threshold}}}, x);
}
Var squareplus(Arg x) { return squareplus(std::move(x), 4); }
Var squareplus(Arg x, double b) {
  need_parameter("squareplus", b > 0, "a b above 0", b, x);
  return record(Squareplus{{b}}, x);
}
Var threshold(Arg x, double threshold, double value) {
  need_floating("threshold", x);
  const Var below = x <= threshold;
  return where(below, value, x);
}

Var glu(Arg x) { return glu(std::move(x), -1); }
Var glu(Arg x, int axis) {
  const int at = detail::checked_axis("glu", x, axis, x.rank());
  const std::int64_t n = x.shape()[at];
  if (n % 2 != 0)
    throw ShapeError(
        "glu", "needs an even extent along axis " + std::to_string(at) + "; got x of shape " + x.shape().to_string(),
        detail::user_line(x.loc()));
  need_floating("glu", x);
  const Loc loc = x.loc();
  const std::vector<Var> halves = split(std::move(x), 2, at);
  return operators::operator*(Arg(halves[0], loc), Arg(sigmoid(Arg(halves[1], loc)), loc));
}

}  // namespace xgrad
