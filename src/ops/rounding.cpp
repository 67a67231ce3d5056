// Magnitude, sign, and rounding; their slopes are constant or 0.

#include "ops/unary_op.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

namespace {

/// A function that is constant between its jumps.
template <class Op, kernels::Unary function>
struct StepOp : UnaryOp<Op, function> {
  void vjp(Vjp& c) const { c.give(0, zeros(c.in_shape(0), c.in_dtype(0))); }
};

struct Abs : UnaryOp<Abs, kernels::Unary::abs> {
  static constexpr OpInfo info{.name = "abs", .saves = Saves::inputs};
  using UnaryOp::forward;
  void forward(Kernel<std::int64_t>& k) const { kernels::unary(kernels::Unary::abs, k.size(), k.in(0), k.out()); }
  void vjp(Vjp& c) const { c.give(0, c.grad() * sign(c.in(0))); }
};
struct Sign : StepOp<Sign, kernels::Unary::sign> {
  static constexpr OpInfo info{.name = "sign"};
  using UnaryOp::forward;
  void forward(Kernel<std::int64_t>& k) const { kernels::unary(kernels::Unary::sign, k.size(), k.in(0), k.out()); }
};
struct Floor : StepOp<Floor, kernels::Unary::floor> {
  static constexpr OpInfo info{.name = "floor"};
};
struct Ceil : StepOp<Ceil, kernels::Unary::ceil> {
  static constexpr OpInfo info{.name = "ceil"};
};
struct Round : StepOp<Round, kernels::Unary::round> {
  static constexpr OpInfo info{.name = "round"};
};
struct Trunc : StepOp<Trunc, kernels::Unary::trunc> {
  static constexpr OpInfo info{.name = "trunc"};
};

}  // namespace

Var abs(Arg x) { return record(Abs{}, x); }
Var sign(Arg x) { return record(Sign{}, x); }
Var floor(Arg x) { return record(Floor{}, x); }
Var ceil(Arg x) { return record(Ceil{}, x); }
Var round(Arg x) { return record(Round{}, x); }
Var trunc(Arg x) { return record(Trunc{}, x); }

}  // namespace xgrad
