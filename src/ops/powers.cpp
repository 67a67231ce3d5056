// Roots, powers, exponentials and logarithms.

#include <numbers>

#include "ops/unary_op.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

namespace {

struct Square : UnaryOp<Square, kernels::Unary::square> {
  static constexpr OpInfo info{.name = "square", .saves = Saves::inputs};
  using UnaryOp::forward;
  void forward(Kernel<std::int64_t>& k) const { kernels::unary(kernels::Unary::square, k.size(), k.in(0), k.out()); }
  void vjp(Vjp& c) const { c.give(0, 2 * c.grad() * c.in(0)); }
};
struct Sqrt : UnaryOp<Sqrt, kernels::Unary::sqrt> {
  static constexpr OpInfo info{.name = "sqrt", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), 0.5 * reciprocal(c.out()))); }
};
struct Rsqrt : UnaryOp<Rsqrt, kernels::Unary::rsqrt> {
  static constexpr OpInfo info{.name = "rsqrt", .saves = Saves::output};
  void vjp(Vjp& c) const {
    const Var y = c.out();
    c.give(0, absorb_multiply(absorb_multiply(absorb_multiply(c.grad(), y), y), -0.5 * y));
  }
};
struct Cbrt : UnaryOp<Cbrt, kernels::Unary::cbrt> {
  static constexpr OpInfo info{.name = "cbrt", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), reciprocal(3 * square(c.out())))); }
};
struct Reciprocal : UnaryOp<Reciprocal, kernels::Unary::reciprocal> {
  static constexpr OpInfo info{.name = "reciprocal", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, neg(absorb_multiply(absorb_multiply(c.grad(), c.out()), c.out()))); }
};
struct Exp : UnaryOp<Exp, kernels::Unary::exp> {
  static constexpr OpInfo info{.name = "exp", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, c.grad() * c.out()); }
};
struct Exp2 : UnaryOp<Exp2, kernels::Unary::exp2> {
  static constexpr OpInfo info{.name = "exp2", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, c.grad() * c.out() * std::numbers::ln2); }
};
struct Expm1 : UnaryOp<Expm1, kernels::Unary::expm1> {
  static constexpr OpInfo info{.name = "expm1", .saves = Saves::output};
  void vjp(Vjp& c) const { c.give(0, c.grad() * (c.out() + 1)); }
};
struct Log : UnaryOp<Log, kernels::Unary::log> {
  static constexpr OpInfo info{.name = "log", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), reciprocal(c.in(0)))); }
};
struct Log2 : UnaryOp<Log2, kernels::Unary::log2> {
  static constexpr OpInfo info{.name = "log2", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), std::numbers::log2e * reciprocal(c.in(0)))); }
};
struct Log10 : UnaryOp<Log10, kernels::Unary::log10> {
  static constexpr OpInfo info{.name = "log10", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), std::numbers::log10e * reciprocal(c.in(0)))); }
};
struct Log1p : UnaryOp<Log1p, kernels::Unary::log1p> {
  static constexpr OpInfo info{.name = "log1p", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), reciprocal(1 + c.in(0)))); }
};

}  // namespace

Var square(Arg x) { return record(Square{}, x); }
Var sqrt(Arg x) { return record(Sqrt{}, x); }
Var rsqrt(Arg x) { return record(Rsqrt{}, x); }
Var cbrt(Arg x) { return record(Cbrt{}, x); }
Var reciprocal(Arg x) { return record(Reciprocal{}, x); }
Var exp(Arg x) { return record(Exp{}, x); }
Var exp2(Arg x) { return record(Exp2{}, x); }
Var expm1(Arg x) { return record(Expm1{}, x); }
Var log(Arg x) { return record(Log{}, x); }
Var log2(Arg x) { return record(Log2{}, x); }
Var log10(Arg x) { return record(Log10{}, x); }
Var log1p(Arg x) { return record(Log1p{}, x); }

}  // namespace xgrad
