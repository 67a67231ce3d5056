#include "autodiff/sweep.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "kernels/elementwise.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"

namespace xgrad::detail {

namespace {

/// For the test of the tests: the op whose vjp is to be wrong (its sign flipped), or null.
const char* mutated_op() {
  static const char* name = std::getenv("XGRAD_MUTATE");
  return name;
}

/// y += x
void add_into(Array& y, const Array& x) {
  if (y.dtype() == DType::float32) {
    kernels::add_into(y.size(), static_cast<const float*>(x.raw()), static_cast<float*>(y.raw()));
  } else {
    kernels::add_into(y.size(), static_cast<const double*>(x.raw()), static_cast<double*>(y.raw()));
  }
}

const void* attributes_of(const Node& n) noexcept {
  return n.attributes ? n.attributes : &n;  // an op without members has no place of its own
}

/// Which operand of `node` a node is; −1: none.
int operand_place(const Node& node, const Node& operand) noexcept {
  for (int i = 0; i < node.inputs; ++i)
    if (node.tape->input(node, i) == &operand) return i;
  return -1;
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

// --- where cotangents wait ---

std::uint32_t GradientSweep::new_slot(const Node& node) {
  SweepScratch& s = *memory_.operator->();
  if (node.index >= s.slots.size()) s.slots.resize(std::max<std::size_t>(tape_.size, node.index + std::size_t{1}));
  if (node.op == &parameter_leaf) s.parameters.push_back(node.index);
  std::uint32_t place;
  if (s.free.empty()) {
    s.owners.push_back(node.index);
    s.free.reserve(s.owners.capacity());
    if (options_.create_graph) {
      s.vars.resize(s.owners.size());
    } else {
      s.arrays.resize(s.owners.size());
    }
    place = static_cast<std::uint32_t>(s.owners.size());
  } else {
    place = s.free.back();
    s.free.pop_back();
    s.owners[place - 1] = node.index;
  }
  return s.slots[node.index] = place;
}

void GradientSweep::clear_slot(std::size_t index) noexcept {
  SweepScratch& s = *memory_.operator->();
  if (index >= s.slots.size()) return;
  const std::uint32_t place = std::exchange(s.slots[index], 0);
  if (place == 0) return;
  if (options_.create_graph) {
    s.vars[place - 1] = Var();
  } else {
    s.arrays[place - 1].release();
  }
  s.free.push_back(place);
}

const Array* GradientSweep::arrived(const Node& node) const {
  const std::uint32_t s = slot(node);
  if (s == 0) return nullptr;
  return options_.create_graph ? &memory_->vars[s - 1].value() : &memory_->arrays[s - 1];
}

Var GradientSweep::arrived_var(const Node& node) {
  const std::uint32_t s = slot(node);
  if (s == 0) return Var();
  return options_.create_graph ? memory_->vars[s - 1] : Var(memory_->arrays[s - 1], node.loc);
}

Var GradientSweep::cotangent(const Node& node) {
  const Var g = arrived_var(node);
  return mutating_ && std::strcmp(node.op->info.name, mutated_op()) == 0 ? neg(g) : g;
}

const Array& GradientSweep::cotangent_array(const Node& node) {
  Array& g = memory_->arrays[slot(node) - 1];
  if (mutating_ && std::strcmp(node.op->info.name, mutated_op()) == 0) {
    memory_->negated.push_back(neg(g));
    return memory_->negated.back();
  }
  return g;
}

void GradientSweep::accumulate(const Node& operand, const Var& g) {
  if (const std::uint32_t s = slot(operand)) {
    Var total = add(memory_->vars[s - 1], g);
    memory_->vars[s - 1] = std::move(total);
  } else {
    const std::uint32_t place = new_slot(operand);
    memory_->vars[place - 1] = g;
  }
}

void GradientSweep::accumulate(const Node& operand, Array g) {
  if (const std::uint32_t s = slot(operand)) {
    Array& total = memory_->arrays[s - 1];
    if (!total.unique() && g.unique()) std::swap(total, g);
    total.detach();
    add_into(total, g);
  } else {
    const std::uint32_t place = new_slot(operand);
    memory_->arrays[place - 1] = std::move(g);
  }
}

// --- what a rule sees ---

bool GradientSweep::wants(const Node& node, int input) const {
  const Node& in = *tape_.input(node, input);
  return in.needs_grad() && (!targeted_ || in.index >= paths_end_ || (path(in.index) & leads));
}

void GradientSweep::give(const Node& node, int input, const Var& g) {
  if (input < 0 || input >= node.inputs)
    throw ArgError(
        node.op->info.name,
        "needs a vjp that gives to operands 0 to " + std::to_string(node.inputs - 1) + "; got " + std::to_string(input),
        node.loc);
  const Node& in = *tape_.input(node, input);
  if (!wants(node, input)) return;
  const Shape& shape = in.value.shape();
  if (g.dtype() != in.value.dtype() || !broadcasts_to(shape, g.shape()))
    throw ShapeError(node.op->info.name,
                     "needs a cotangent of " + signature(in.value) + " for operand " + std::to_string(input) +
                         " from its vjp; got " + name_of(g.dtype()) + g.shape().to_string(),
                     node.loc);
  const Var fitting = g.shape() == shape ? g : sum_to(g, shape);  // undoes broadcasting, for every op, here alone
  if (options_.observe) memory_->given.push_back({input, fitting.value()});
  if (options_.create_graph) {
    accumulate(in, fitting);
  } else if (!options_.observe) {
    accumulate(in, fitting.value());
  }
}

Array& GradientSweep::target(const Node& node, int input, bool& add) {
  const Node& in = *tape_.input(node, input);
  add = false;
  if (options_.observe) {  // each share by itself, added up afterwards
    memory_->given.push_back({input, Array::empty(in.value.shape(), in.value.dtype())});
    return memory_->given.back().cotangent;
  }
  if (const std::uint32_t s = slot(in)) {
    add = true;
    memory_->arrays[s - 1].detach();
    return memory_->arrays[s - 1];
  }
  Array fresh = Array::empty(in.value.shape(), in.value.dtype());
  Array& place = memory_->arrays[new_slot(in) - 1];
  place = std::move(fresh);
  return place;
}

// --- the walk ---

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
  if (!options_.create_graph) tape_.drop(mark, Death::rewind, n.loc);  // what the rule has recorded for itself
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

/// Brings what a rule gave to where it belongs: the operands' cotangents, or, in a replay, what the replayed node
/// gives.
void GradientSweep::settle_given(const Node& n, std::size_t from) {
  std::vector<Contribution>& given = memory_->given;
  std::size_t kept = from;
  for (std::size_t i = from; i < given.size(); ++i) {
    if (check_nan_) check_finite(n, given[i]);
    const Node& in = *tape_.input(n, given[i].input);
    if (!replaying_) {
      if (!options_.create_graph) accumulate(in, given[i].cotangent);
    } else if (in.index >= replaying_->begin) {
      if (!options_.create_graph) accumulate(in, std::move(given[i].cotangent));
    } else {
      Contribution c{operand_place(replaying_->node, in), std::move(given[i].cotangent)};
      if (c.input < 0) continue;
      std::size_t same = replaying_->given_from;
      while (same < kept && given[same].input != c.input) ++same;
      if (same < kept) {
        given[same].cotangent.detach();
        add_into(given[same].cotangent, c.cotangent);
      } else {
        given[kept++] = std::move(c);
      }
    }
  }
  if (replaying_) given.resize(kept);
}

void GradientSweep::check_finite(const Node& n, const Contribution& c) const {
  const auto first_bad = [&]<class T>() -> std::int64_t {
    const T* v = static_cast<const T*>(c.cotangent.raw());
    for (std::int64_t i = 0; i < c.cotangent.size(); ++i) {
      const double x = static_cast<double>(v[i]);
      if (std::isnan(x) || (check_inf_ && std::isinf(x))) return i;
    }
    return -1;
  };
  const std::int64_t bad = visit_dtype(c.cotangent.dtype(), first_bad);
  if (bad < 0) return;
  const bool nan = visit_dtype(c.cotangent.dtype(), [&]<class T>() {
    return std::isnan(static_cast<double>(static_cast<const T*>(c.cotangent.raw())[bad]));
  });
  throw NonFiniteError(n.op->info.name,
                       std::string("needs finite gradients in anomaly mode; got ") + (nan ? "NaN" : "infinity") +
                           " at element " + std::to_string(bad) + " of the cotangent " + signature(c.cotangent) +
                           " that it gives to operand " + std::to_string(c.input),
                       n.loc,
                       "node: " + xgrad::describe(NodeView(const_cast<Node*>(&n))) + "\n  operand " +
                           std::to_string(c.input) + ": " + xgrad::describe(NodeView(tape_.input(n, c.input))));
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

void GradientSweep::commit() {
  const auto parameter = [this](std::uint32_t i) -> ParameterState& {
    return **static_cast<ParameterLeaf*>(tape_.node(i)->attributes);
  };
  const auto gradient = [this](std::uint32_t i) -> Array& { return memory_->arrays[memory_->slots[i] - 1]; };
  // First what can fail: memory of their own for what will be added to.
  for (std::uint32_t i : memory_->parameters) {
    ParameterState& p = parameter(i);
    (p.has_gradient ? p.gradient : gradient(i)).detach();
  }
  for (std::uint32_t i : memory_->parameters) {
    ParameterState& p = parameter(i);
    if (p.has_gradient) {
      add_into(p.gradient, gradient(i));
    } else {
      p.gradient = std::move(gradient(i));
      p.has_gradient = true;
    }
  }
}

}  // namespace xgrad::detail
