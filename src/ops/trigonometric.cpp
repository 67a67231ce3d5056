// Trigonometric and hyperbolic functions and their inverses.

#include <numbers>

#include "ops/unary_op.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

namespace {

struct Sin : UnaryOp<Sin, kernels::Unary::sin> {
  static constexpr OpInfo info{.name = "sin", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * cos(c.in(0))); }
};
struct Cos : UnaryOp<Cos, kernels::Unary::cos> {
  static constexpr OpInfo info{.name = "cos", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, neg(c.grad() * sin(c.in(0)))); }
};
struct Tan : UnaryOp<Tan, kernels::Unary::tan> {
  static constexpr OpInfo info{.name = "tan", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, c.grad() * (1 + square(c.out()))); }
};
struct Asin : UnaryOp<Asin, kernels::Unary::asin> {
  static constexpr OpInfo info{.name = "asin", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), rsqrt((1 - c.in(0)) * (1 + c.in(0))))); }
};
struct Acos : UnaryOp<Acos, kernels::Unary::acos> {
  static constexpr OpInfo info{.name = "acos", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, neg(absorb_multiply(c.grad(), rsqrt((1 - c.in(0)) * (1 + c.in(0)))))); }
};
struct Atan : UnaryOp<Atan, kernels::Unary::atan> {
  static constexpr OpInfo info{.name = "atan", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() / (1 + square(c.in(0)))); }
};
struct Sinh : UnaryOp<Sinh, kernels::Unary::sinh> {
  static constexpr OpInfo info{.name = "sinh", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * cosh(c.in(0))); }
};
struct Cosh : UnaryOp<Cosh, kernels::Unary::cosh> {
  static constexpr OpInfo info{.name = "cosh", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * sinh(c.in(0))); }
};
struct Tanh : UnaryOp<Tanh, kernels::Unary::tanh> {
  static constexpr OpInfo info{.name = "tanh", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, c.grad() * ((1 - c.out()) * (1 + c.out()))); }
};
struct Asinh : UnaryOp<Asinh, kernels::Unary::asinh> {
  static constexpr OpInfo info{.name = "asinh", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() / hypot(1, c.in(0))); }
};
struct Acosh : UnaryOp<Acosh, kernels::Unary::acosh> {
  static constexpr OpInfo info{.name = "acosh", .saves = Saves::inputs};
  void vjp(Vjp& c) const {
    c.give(0, absorb_multiply(absorb_multiply(c.grad(), rsqrt(c.in(0) - 1)), rsqrt(c.in(0) + 1)));
  }
};
struct Atanh : UnaryOp<Atanh, kernels::Unary::atanh> {
  static constexpr OpInfo info{.name = "atanh", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), reciprocal((1 - c.in(0)) * (1 + c.in(0))))); }
};

}  // namespace

Var sin(Arg x) { return record(Sin{}, x); }
Var cos(Arg x) { return record(Cos{}, x); }
Var tan(Arg x) { return record(Tan{}, x); }
Var asin(Arg x) { return record(Asin{}, x); }
Var acos(Arg x) { return record(Acos{}, x); }
Var atan(Arg x) { return record(Atan{}, x); }
Var sinh(Arg x) { return record(Sinh{}, x); }
Var cosh(Arg x) { return record(Cosh{}, x); }
Var tanh(Arg x) { return record(Tanh{}, x); }
Var asinh(Arg x) { return record(Asinh{}, x); }
Var acosh(Arg x) { return record(Acosh{}, x); }
Var atanh(Arg x) { return record(Atanh{}, x); }

}  // namespace xgrad
