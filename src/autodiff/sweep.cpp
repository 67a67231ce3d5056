#include "autodiff/sweep.hpp"

namespace xgrad::detail {

namespace {

const void* attributes_of(const Node& n) noexcept {
  return n.attributes ? n.attributes : &n;  // an op without members has no place of its own
}

/// The element type that a rule on raw memory runs in: that of the cotangents.
DType rule_dtype(const Node& first) noexcept {
  const Node* n = &first;
  for (std::size_t i = first.index; !is_floating(n->value.dtype()); n = first.tape->node(++i)) {
    if (i + 1 >= first.tape->size || first.tape->node(i + 1)->output == 0) break;
  }
  return n->value.dtype();
}

}  // namespace

GradientSweep::Loan::Loan(TapeState& tape) : tape_(tape) {
  if (tape.scratch.empty()) {
    tape.scratch.reserve(8);  // so that giving it back cannot fail
    scratch_ = std::make_unique<SweepScratch>();
  } else {
    scratch_ = std::move(tape.scratch.back());
    tape.scratch.pop_back();
  }
  next = tape.sweeps;
  tape.sweeps = this;
}

GradientSweep::Loan::~Loan() {
  if (tape_gone) return;
  SweepLink** link = &tape_.sweeps;
  while (*link != this) link = &(*link)->next;
  *link = next;
  SweepScratch& s = *scratch_;
  for (std::uint32_t node : s.owners) s.slots[node] = 0;
  s.owners.clear();
  s.arrays.clear();
  s.vars.clear();
  s.free.clear();
  s.parameters.clear();
  s.rows.clear();
  s.given.clear();
  s.negated.clear();
  if (tape_.scratch.size() < tape_.scratch.capacity()) tape_.scratch.push_back(std::move(scratch_));
}

GradientSweep::GradientSweep(Node* root, const Var& cotangent, std::span<Node* const> targets, Options options, Loc loc)
    : tape_(*root->tape),
      memory_(tape_),
      options_(options),
      loc_(loc),
      targeted_(!targets.empty()),
      mutating_(mutated_op() != nullptr),
      keeps_(options.keep && tape_.options.keep_values && memory_.outermost()),
      check_nan_(mode().check_nan),
      check_inf_(mode().check_inf),
      position_(root->index + std::size_t{1}),
      paths_end_(position_),
      size_at_start_(tape_.size) {
  if (memory_->slots.size() < tape_.size) memory_->slots.resize(tape_.size);
  options_.observe |= !tape_.hooks.empty() || check_nan_;
  if (targeted_) mark_paths(targets, root->index);
  if (keeps_) tape_.kept_gradients.assign(tape_.size, Array());
  if (options_.create_graph) {
    accumulate(*root, cotangent);
  } else {
    accumulate(*root, cotangent.value());
  }
}

void GradientSweep::mark_paths(std::span<Node* const> targets, std::size_t root) {
  lowest_ = root;
  for (const Node* t : targets) lowest_ = std::min<std::size_t>(lowest_, t->index);
  std::vector<std::uint8_t>& paths = memory_->paths;
  paths.assign(root - lowest_ + 1, 0);
  for (const Node* t : targets)
    if (t->index <= root) paths[t->index - lowest_] = leads | is_target;
  for (std::size_t i = lowest_ + 1; i <= root; ++i) {
    if (!tape_.node(i)->needs_grad()) continue;
    const Node& rule = *first_output(tape_.node(i));  // operands belong to the first result
    for (int k = 0; k < rule.inputs; ++k) {
      const Node& in = *tape_.input(rule, k);
      if (!in.needs_grad() || !(path(in.index) & leads)) continue;
      paths[i - lowest_] |= leads;
      if (rule.index >= lowest_) paths[rule.index - lowest_] |= rule_runs;
      break;
    }
  }
}

bool GradientSweep::ready(const Node& n) const noexcept {
  if (n.op->leaf || n.output != 0) return false;
  if (targeted_ && n.index < paths_end_ && !(path(n.index) & rule_runs)) return false;
  if (slot(n)) return true;
  // A cotangent may have arrived at another of its op's results only.
  for (std::size_t i = n.index + std::size_t{1}; i < tape_.size && tape_.node(i)->output > 0; ++i)
    if (slot(*tape_.node(i))) return true;
  return false;
}

Node* GradientSweep::next() {
  while (position_ > lowest_) {
    Node* n = tape_.node(position_ - 1);
    if (ready(*n)) return n;
    --position_;
  }
  return nullptr;
}

bool GradientSweep::advance() {
  Node* n = next();
  if (!n) {
    if (keeps_)
      for (std::size_t i = lowest_; i < paths_end_; ++i) keep_gradient(*tape_.node(i));
    return false;
  }
  --position_;
  const std::size_t mark = options_.create_graph ? size_at_start_ : tape_.size;
  const std::size_t floor = std::exchange(tape_.sweep_floor, std::max(tape_.sweep_floor, tape_.size));
  try {
    memory_->given.clear();
    apply_rule(*n);
  } catch (...) {
    tape_.sweep_floor = floor;
    tape_.drop(mark, Death::rewind, loc_);
    throw;
  }
  tape_.sweep_floor = floor;
  return true;
}

void GradientSweep::walk_range(std::size_t begin, std::size_t end) {
  while (end > begin) {
    Node* n = tape_.node(--end);
    if (ready(*n)) apply_rule(*n);
  }
}

void GradientSweep::apply_rule(Node& n) {
  if (n.flags & Node::freed_flag && !tape_.options.keep_values)
    throw GraphFreed(n.op->info.name,
                     "needs its saved values; got a graph that an earlier sweep has released (pass {.retain = true} to "
                     "the first one)",
                     loc_, xgrad::describe(NodeView(&n)));
  if (mutating_) {
    memory_->negated.clear();
    memory_->negated.reserve(8);  // references to them stay good
  }
  const std::size_t given_from = memory_->given.size();
  // Whoever looks on sees a fused node as one, not what it is replayed as.
  if (!options_.observe || replaying_ || tape_.hooks.empty()) {
    call_rule(n, given_from);
    if (options_.observe) settle_given(n, given_from);
  } else {
    const std::vector<VjpHook> hooks = tape_.hooks;  // one may add or remove others
    const Array* arrived_here = arrived(n);
    const Array g = arrived_here ? *arrived_here : zeros_like(n.value);
    for (const VjpHook& hook : hooks)
      if (hook.before) hook.before(NodeView(&n), g);
    call_rule(n, given_from);
    settle_given(n, given_from);
    for (const VjpHook& hook : hooks)
      if (hook.after) hook.after(NodeView(&n), g, given());
  }
  for (int j = 0, outputs = output_count(n); j < outputs; ++j) {
    const Node& out = *tape_.node(n.index + static_cast<std::size_t>(j));
    if (path(out.index) & is_target) continue;
    keep_gradient(out);
    clear_slot(out.index);
  }
  if (!options_.retain) release_saved(n);
}

/// Chooses the form of the rule: on raw memory where no graph of the gradient is wanted, else in ops, else by replaying
/// what a fused op stands for.
void GradientSweep::call_rule(Node& n, std::size_t given_from) {
  const OpClass& op = *n.op;
  if (!options_.create_graph && op.fast_vjp && op.fast_vjp(attributes_of(n), n, *this, rule_dtype(n))) return;
  const ModeGuard restore;
  Mode& now = mode();
  now.origin = n.loc;
  now.path = n.path;
  now.grad = options_.create_graph;
  now.check_nan = false;  // what a rule gives is checked, not what it computes on the way: 1 / x may be infinite there
  const std::size_t mark = tape_.size;
  if (op.vjp) {
    Vjp context(n, *this);
    op.vjp(attributes_of(n), context);
  } else if (op.decompose) {
    replay(n, given_from);
  } else {
    throw NotDifferentiable(
        op.info.name,
        "needs a gradient written in ops where a graph of the gradient is wanted; got a kernel with a "
        "raw backward alone",
        loc_, xgrad::describe(NodeView(&n)));
  }
  if (!options_.create_graph) {
    tape_.drop(mark, Death::rewind, n.loc);  // what the rule has recorded for itself
  } else if (keeps_ && !replaying_ && tape_.size > mark) {
    tape_.remember_rule(mark, n, paths_end_ - 1);  // whoever looks at the tape will want to know
  }
}

/// Records what a fused op stands for at the end of the tape and sweeps that range.
void GradientSweep::replay(Node& n, std::size_t given_from) {
  const auto take = [this] {
    std::vector<Var> vars;
    if (!memory_->replays.empty()) {
      vars = std::move(memory_->replays.back());
      memory_->replays.pop_back();
    }
    return vars;
  };
  const auto put_back = [this](std::vector<Var>& vars) {
    vars.clear();
    memory_->replays.push_back(std::move(vars));
  };
  struct Restore {
    const Replay*& place;
    const Replay* before;
    ~Restore() { place = before; }
  };
  const Replay here{n, tape_.size, given_from, replaying_};
  std::vector<Var> in = take(), out = take();
  {
    const EnableGrad on;
    for (int i = 0; i < n.inputs; ++i) in.push_back(Var(tape_.input(n, i)));
    n.op->decompose(attributes_of(n), in, out);
    in.clear();
  }
  const std::size_t end = tape_.size;
  for (int j = 0, outputs = output_count(n); j < outputs; ++j) {
    Node& whole = *tape_.node(n.index + static_cast<std::size_t>(j));
    if (static_cast<int>(out.size()) != outputs || out[static_cast<std::size_t>(j)].shape() != whole.value.shape())
      throw RecomputeMismatch(n.op->info.name,
                              "needs a replay that gives " + std::to_string(outputs) + " of " + signature(whole.value) +
                                  "; got " + std::to_string(out.size()) +
                                  (out.empty() ? "" : " of " + signature(out[0].value())),
                              n.loc, xgrad::describe(NodeView(&n)));
    const Node* part = out[static_cast<std::size_t>(j)].node();
    if (!slot(whole) || !part->tape || !part->needs_grad()) continue;
    const Var g = cotangent(whole);
    const int operand = part->index < here.begin ? operand_place(n, *part) : -1;
    if (operand >= 0) {  // the result is an operand, as it came
      give(n, operand, g);
    } else if (options_.create_graph) {
      accumulate(*part, g);
    } else {
      accumulate(*part, g.value());
    }
  }
  out.clear();
  const Restore restore{replaying_, replaying_};
  replaying_ = &here;
  walk_range(here.begin, end);
  for (std::size_t i = here.begin; i < end; ++i) {
    const Node& leaf = *tape_.node(i);
    if (leaf.op == &parameter_leaf && slot(leaf))
      throw GraphError(n.op->info.name,
                       "needs every parameter that it reads as an operand; got " +
                           xgrad::describe(NodeView(tape_.node(i))) + " in its decomposition alone",
                       n.loc, xgrad::describe(NodeView(&n)));
    clear_slot(i);
  }
  put_back(in);
  put_back(out);
}

void GradientSweep::release_saved(Node& n) noexcept {
  if (n.flags & Node::freed_flag) return;  // a second sweep over a tape that keeps values
  n.flags |= Node::freed_flag;
  for (int i = 0; i < n.inputs; ++i) {
    Node* in = tape_.input(n, i);
    if (xgrad::detail::saves_input(n, i) && --in->saved == 0) tape_.release_if_dead(in);
  }
  if (n.op->info.saves & Saves::output) {
    for (int j = 0, count = output_count(n); j < count; ++j) {
      Node* out = tape_.node(n.index + static_cast<std::size_t>(j));
      if (--out->saved == 0) tape_.release_if_dead(out);
    }
  }
}

void GradientSweep::keep_gradient(const Node& n) {
  if (!keeps_ || n.index >= tape_.kept_gradients.size()) return;
  if (const Array* g = arrived(n)) tape_.kept_gradients[n.index] = *g;
}

}  // namespace xgrad::detail
