#include "autodiff/forward.hpp"

#include <algorithm>

#include "tape/tape_state.hpp"
#include "xgrad/autodiff/functional.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad::detail {

namespace {

const void* attributes_of(const Node& n) noexcept { return n.attributes ? n.attributes : &n; }

/// Runs an elementwise op's vjp forward: the Jacobian is diagonal, so that it is its own transpose. One operand at a
/// time.
class Diagonal final : public Sweep {
 public:
  Diagonal(int operand, Var tangent) : operand_(operand), tangent_(std::move(tangent)) {}
  bool wants(const Node&, int input) const override { return input == operand_; }
  bool has_cotangent(const Node&) const override { return true; }
  Var cotangent(const Node&) override { return tangent_; }
  const Array& cotangent_array(const Node&) override { return tangent_.value(); }
  void give(const Node&, int input, const Var& g) override {
    if (input == operand_) result = result.valid() ? result + g : g;
  }
  Array& target(const Node& node, int, bool&) override {
    throw GraphError(node.op->info.name, "needs a rule written in ops; got one on raw memory", node.loc);
  }
  Var result;

 private:
  int operand_;
  Var tangent_;
};

Var through_diagonal(const Node& n, std::span<const Var> tangents) {
  Var total;
  for (int i = 0; i < n.inputs; ++i) {
    const Var& t = tangents[static_cast<std::size_t>(i)];
    if (!t.valid()) continue;
    Diagonal forward(i, t.shape() == n.value.shape() ? t : broadcast_to(t, n.value.shape()));
    Vjp rule(n, forward);
    n.op->vjp(attributes_of(n), rule);
    if (forward.result.valid()) total = total.valid() ? total + forward.result : forward.result;
  }
  return total;
}

}  // namespace

std::optional<Var> push_forward(const Var& y, std::span<const Var> x, std::span<const Var> tangents) {
  TapeState* tape = y.node()->tape;
  const std::size_t last = y.node()->index;
  if (!tape) return Var(zeros_like(y.value()));
  std::size_t first = last;
  for (const Var& v : x)
    if (v.node()->tape == tape) first = std::min<std::size_t>(first, v.node()->index);
  Vars moving(last - first + 1);
  for (std::size_t i = 0; i < x.size(); ++i)
    if (x[i].node()->tape == tape && x[i].node()->index <= last) moving[x[i].node()->index - first] = tangents[i];

  ModeGuard restore;
  Vars of_inputs;
  for (std::size_t i = first; i <= last; ++i) {
    const Node& n = *tape->node(i);
    if (n.op->leaf || moving[i - first].valid()) continue;
    const Node& rule = *first_output(tape->node(i));
    of_inputs.assign(rule.inputs, Var());
    bool moves = false;
    for (int k = 0; k < rule.inputs; ++k) {
      const std::size_t in = tape->input(rule, k)->index;
      if (in < first || !moving[in - first].valid()) continue;
      of_inputs[static_cast<std::size_t>(k)] = moving[in - first];
      moves = true;
    }
    if (!moves || !is_floating(n.value.dtype())) continue;
    if (n.output != 0 || output_count(n) > 1) return std::nullopt;
    mode().origin = n.loc;
    mode().path = n.path;
    if (n.op->jvp) {
      moving[i - first] = n.op->jvp(attributes_of(n), Jvp(n, of_inputs));
    } else if (n.op->elementwise && n.op->vjp) {
      moving[i - first] = through_diagonal(n, of_inputs);
    } else {
      return std::nullopt;
    }
  }
  const Var& result = moving[last - first];
  return result.valid() ? result : Var(zeros_like(y.value()));
}

}  // namespace xgrad::detail
