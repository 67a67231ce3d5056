// The error function, the gamma function and its derivatives.

#include <numbers>

#include "kernels/polygamma.hpp"
#include "ops/unary_op.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

namespace {

struct Erf : UnaryOp<Erf, kernels::Unary::erf> {
  static constexpr OpInfo info{.name = "erf", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * (2 * std::numbers::inv_sqrtpi) * exp(neg(square(c.in(0))))); }
};
struct Erfc : UnaryOp<Erfc, kernels::Unary::erfc> {
  static constexpr OpInfo info{.name = "erfc", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, c.grad() * (-2 * std::numbers::inv_sqrtpi) * exp(neg(square(c.in(0))))); }
};
struct Lgamma : UnaryOp<Lgamma, kernels::Unary::lgamma> {
  static constexpr OpInfo info{.name = "lgamma", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), digamma(c.in(0)))); }
};
struct Digamma : UnaryOp<Digamma, kernels::Unary::digamma> {
  static constexpr OpInfo info{.name = "digamma", .saves = Saves::inputs};
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), polygamma(1, c.in(0)))); }
};

struct Polygamma {
  static constexpr OpInfo info{.name = "polygamma", .saves = Saves::inputs};
  int n;
  void infer(Infer& i) const {
    if (n < 0) i.arg_error("an order of at least 0", std::to_string(n));
    i.result(i.shape(0), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::polygamma(n, k.size(), k.in(0), k.out());
  }
  void vjp(Vjp& c) const { c.give(0, absorb_multiply(c.grad(), polygamma(n + 1, c.in(0)))); }
  std::string attributes() const { return "n=" + std::to_string(n); }
};

}  // namespace

Var erf(Arg x) { return record(Erf{}, x); }
Var erfc(Arg x) { return record(Erfc{}, x); }
Var lgamma(Arg x) { return record(Lgamma{}, x); }
Var digamma(Arg x) { return record(Digamma{}, x); }
Var polygamma(int n, Arg x) { return record(Polygamma{n}, x); }

}  // namespace xgrad
