#include "xgrad/autodiff/stepper.hpp"

#include "autodiff/sweep.hpp"

namespace xgrad {

struct Stepper::State {
  Var result;
  detail::GradientSweep sweep;
  detail::Node* node = nullptr;
  Array cotangent;
  bool committed = false;
  /// @throws StaleHandle, WrongThread: below a live result every node is alive
  void check(Loc loc) const { result.node(loc); }
};

Stepper::Stepper(const Var& result, const Var& cotangent, Loc loc) {
  detail::Node* root = detail::root_of("Stepper", result, loc);
  const Var start = detail::seed("Stepper", result, cotangent, loc);
  state_.reset(new State{result, {root, start, {}, {.retain = true, .observe = true}, loc}, nullptr, {}, false});
}
Stepper::Stepper(Stepper&&) noexcept = default;
Stepper::~Stepper() = default;

bool Stepper::next(Loc loc) {
  state_->check(loc);
  detail::Node* n = state_->sweep.next();
  if (!n) return state_->sweep.advance();
  const Array* arrived = state_->sweep.arrived(*n);
  state_->cotangent = arrived ? *arrived : zeros_like(n->value);  // another of the op's results has one
  state_->node = n;
  return state_->sweep.advance();
}

bool Stepper::done(Loc loc) const {
  state_->check(loc);
  return state_->sweep.next() == nullptr;
}

NodeView Stepper::node(Loc loc) const {
  state_->check(loc);
  if (!state_->node) throw GraphError("Stepper::node", "needs a step; got none yet (call next())", loc);
  return NodeView(state_->node);
}
const Array& Stepper::cotangent(Loc loc) const {
  node(loc);
  return state_->cotangent;
}
std::span<const Contribution> Stepper::given(Loc loc) const {
  node(loc);
  return state_->sweep.given();
}

const Array* Stepper::arrived(const Var& v, Loc loc) const {
  state_->check(loc);
  const detail::Node* n = v.node(loc);
  if (n->tape != state_->result.node(loc)->tape)
    throw ForeignTape("Stepper::arrived",
                      "needs a value on the tape of the result; got " + describe(NodeView(v.node())), loc);
  return state_->sweep.arrived(*n);
}

void Stepper::commit(Loc loc) {
  if (!done(loc)) throw GraphError("Stepper::commit", "needs a sweep that is done; got one with nodes left", loc);
  if (state_->committed)
    throw GraphError("Stepper::commit", "needs gradients that were not added yet; got added ones", loc);
  state_->sweep.commit();
  state_->committed = true;
}

}  // namespace xgrad
