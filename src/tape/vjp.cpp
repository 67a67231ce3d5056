// What vjp and fast_vjp see of a node.

#include "tape/tape_state.hpp"

namespace xgrad {
namespace detail {
namespace {
const Node& output(const Node& node, int j) {
  return j == 0 ? node : *node.tape->node(node.index + static_cast<std::size_t>(j));
}
}  // namespace

const Array& input_value(const Node& node, int i) { return node.tape->input(node, i)->value; }
const Array& output_value(const Node& node, int j) { return output(node, j).value; }
bool output_has_cotangent(const Node& node, int j, const Sweep& sweep) { return sweep.has_cotangent(output(node, j)); }
const Array& output_cotangent(const Node& node, int j, Sweep& sweep) { return sweep.cotangent_array(output(node, j)); }
const Shape& input_shape(const Node& node, int i) noexcept { return node.tape->input(node, i)->value.shape(); }
}  // namespace detail

Var Vjp::grad(int j) const {
  const detail::Node& out = detail::output(node_, j);
  if (!sweep_.has_cotangent(out)) return Var(zeros_like(out.value), node_.loc);
  return sweep_.cotangent(out);
}
bool Vjp::has_grad(int j) const { return sweep_.has_cotangent(detail::output(node_, j)); }
Var Vjp::in(int i) const { return Var(node_.tape->input(node_, i)); }
Var Vjp::out(int j) const { return Var(const_cast<detail::Node*>(&detail::output(node_, j))); }
Var Jvp::in(int i) const { return Var(node_.tape->input(node_, i)); }
Var Jvp::out() const { return Var(const_cast<detail::Node*>(&node_)); }
const Shape& Vjp::in_shape(int i) const noexcept { return detail::input_shape(node_, i); }
DType Vjp::in_dtype(int i) const noexcept { return node_.tape->input(node_, i)->value.dtype(); }
const Shape& Vjp::out_shape(int j) const noexcept { return detail::output(node_, j).value.shape(); }

}  // namespace xgrad
