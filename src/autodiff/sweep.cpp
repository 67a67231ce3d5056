#include "autodiff/sweep.hpp"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>

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

}  // namespace

GradientSweep::GradientSweep(Node* root, const Var& cotangent, std::span<Node* const> targets, Options options, Loc loc)
    : tape_(*root->tape),
      options_(options),
      loc_(loc),
      position_(root->index + std::size_t{1}),
      paths_size_(position_) {
  slots_.swap(tape_.cotangent_slots);
  if (slots_.size() < tape_.size) slots_.resize(tape_.size);
  mutating_ = mutated_op() != nullptr;
  observe_ = !tape_.hooks.empty() || mode().check_nan;
  if (!targets.empty()) mark_paths(targets, root->index);
  if (tape_.options.keep_values) tape_.kept_gradients.assign(tape_.size, Array());
  if (options_.create_graph) {
    accumulate(*root, cotangent);
  } else {
    accumulate(*root, cotangent.value());
  }
}

GradientSweep::~GradientSweep() {
  std::fill(slots_.begin(), slots_.end(), 0u);
  slots_.swap(tape_.cotangent_slots);
}

void GradientSweep::mark_paths(std::span<Node* const> targets, std::size_t root) {
  leads_.assign(root + 1, 0);
  is_target_.assign(root + 1, 0);
  std::size_t first = root;
  for (Node* t : targets) {
    if (t->index > root) continue;
    leads_[t->index] = is_target_[t->index] = 1;
    first = std::min<std::size_t>(first, t->index);
  }
  for (std::size_t i = first + 1; i <= root; ++i) {
    const Node& n = *tape_.node(i);
    const Node& rule = *first_output(tape_.node(i));  // operands belong to the first result
    for (int k = 0; k < rule.inputs && !leads_[i]; ++k)
      if (const Node* in = tape_.input(rule, k); in->needs_grad() && leads_[in->index] && n.needs_grad()) leads_[i] = 1;
  }
}

// --- where cotangents wait ---

std::uint32_t& GradientSweep::new_slot(const Node& node) {
  if (node.index >= slots_.size()) slots_.resize(std::max<std::size_t>(tape_.size, node.index + std::size_t{1}));
  std::uint32_t& s = slots_[node.index];
  if (free_.empty()) {
    if (options_.create_graph) {
      vars_.emplace_back();
      s = static_cast<std::uint32_t>(vars_.size());
    } else {
      arrays_.emplace_back();
      s = static_cast<std::uint32_t>(arrays_.size());
    }
  } else {
    s = free_.back();
    free_.pop_back();
  }
  if (node.op == &parameter_leaf) parameters_.push_back(node.index);
  return s;
}

void GradientSweep::clear_slot(std::uint32_t index) noexcept {
  const std::uint32_t s = std::exchange(slots_[index], 0);
  if (s == 0) return;
  if (options_.create_graph) {
    vars_[s - 1] = Var();
  } else {
    arrays_[s - 1].release();
  }
  free_.push_back(s);
}

const Array* GradientSweep::arrived(const Node& node) const {
  const std::uint32_t s = slot(node);
  if (s == 0) return nullptr;
  return options_.create_graph ? &vars_[s - 1].value() : &arrays_[s - 1];
}

Var GradientSweep::arrived_var(const Node& node) {
  const std::uint32_t s = slot(node);
  if (s == 0) return Var();
  return options_.create_graph ? vars_[s - 1] : Var(arrays_[s - 1], node.loc);
}

Var GradientSweep::cotangent(const Node& node) {
  const Var g = arrived_var(node);
  return mutating_ && std::strcmp(node.op->info.name, mutated_op()) == 0 ? neg(g) : g;
}

const Array& GradientSweep::cotangent_array(const Node& node) {
  Array& g = arrays_[slot(node) - 1];
  if (mutating_ && std::strcmp(node.op->info.name, mutated_op()) == 0) {
    observed_targets_.push_back(neg(g));
    return observed_targets_.back();
  }
  return g;
}

void GradientSweep::accumulate(const Node& operand, const Var& g) {
  if (const std::uint32_t s = slot(operand)) {
    vars_[s - 1] = add(vars_[s - 1], g);
  } else {
    vars_[new_slot(operand) - 1] = g;
  }
}

void GradientSweep::accumulate(const Node& operand, const Array& g) {
  if (const std::uint32_t s = slot(operand)) {
    arrays_[s - 1].detach();
    add_into(arrays_[s - 1], g);
  } else {
    arrays_[new_slot(operand) - 1] = g;
  }
}

// --- what a rule sees ---

bool GradientSweep::wants(const Node& node, int input) const {
  const Node& in = *tape_.input(node, input);
  return in.needs_grad() && (leads_.empty() || in.index >= paths_size_ || leads_[in.index]);
}

void GradientSweep::give(const Node& node, int input, const Var& g) {
  const Node& in = *tape_.input(node, input);
  if (!wants(node, input)) return;
  const Shape& shape = in.value.shape();
  if (g.dtype() != in.value.dtype() || !broadcasts_to(shape, g.shape()))
    throw ShapeError(node.op->info.name,
                     "needs a cotangent of " + signature(in.value) + " for operand " + std::to_string(input) +
                         " from its vjp; got " + name_of(g.dtype()) + g.shape().to_string(),
                     node.loc);
  const Var fitting = g.shape() == shape ? g : sum_to(g, shape);  // undoes broadcasting, for every op, here alone
  if (observe_) given_.push_back({input, fitting.value()});
  if (options_.create_graph) {
    accumulate(in, fitting);
  } else if (!observe_) {
    accumulate(in, fitting.value());
  }
}

Array& GradientSweep::target(const Node& node, int input, bool& add) {
  const Node& in = *tape_.input(node, input);
  add = false;
  if (observe_) {  // each share by itself, added up afterwards
    given_.push_back({input, Array::empty(in.value.shape(), in.value.dtype())});
    return given_.back().cotangent;
  }
  if (const std::uint32_t s = slot(in)) {
    add = true;
    arrays_[s - 1].detach();
    return arrays_[s - 1];
  }
  Array fresh = Array::empty(in.value.shape(), in.value.dtype());
  Array& place = arrays_[new_slot(in) - 1];
  place = std::move(fresh);
  return place;
}

// --- the walk ---

bool GradientSweep::ready(const Node& n) const noexcept {
  if (n.op->leaf || n.output != 0) return false;
  if (slot(n)) return true;
  // A cotangent may have arrived at another of its op's results only.
  for (std::size_t i = n.index + std::size_t{1}; i < tape_.size && tape_.node(i)->output > 0; ++i)
    if (slot(*tape_.node(i))) return true;
  return false;
}

Node* GradientSweep::next() {
  while (position_ > 0) {
    Node* n = tape_.node(position_ - 1);
    if (ready(*n)) return n;
    --position_;
  }
  return nullptr;
}

bool GradientSweep::advance() {
  Node* n = next();
  if (!n) {
    if (tape_.options.keep_values)
      for (std::size_t i = 0; i < paths_size_; ++i) keep_gradient(*tape_.node(i));
    return false;
  }
  --position_;
  apply_rule(*n);
  return true;
}

void GradientSweep::walk_range(std::size_t begin, std::size_t end) {
  while (end > begin) {
    Node* n = tape_.node(--end);
    if (ready(*n)) apply_rule(*n);
  }
}

void GradientSweep::apply_rule(Node& n) {
  if (n.flags & Node::freed_flag)
    throw GraphFreed(n.op->info.name,
                     "needs its saved values; got a graph that an earlier sweep has released (pass {.retain = true} to "
                     "the first one)",
                     loc_, xgrad::describe(NodeView(&n)));
  const int outputs = output_count(n);
  given_.clear();
  observed_targets_.clear();
  observed_targets_.reserve(static_cast<std::size_t>(outputs));
  const Array* arrived_here = observe_ ? arrived(n) : nullptr;
  const Array g = arrived_here ? *arrived_here : Array();
  if (observe_)
    for (const VjpHook& hook : tape_.hooks)
      if (hook.before) hook.before(NodeView(&n), g);
  call_rule(n);
  if (observe_) {
    settle_given(n);
    for (const VjpHook& hook : tape_.hooks)
      if (hook.after) hook.after(NodeView(&n), g, given_);
  }
  for (int j = 0; j < outputs; ++j) {
    Node& out = *tape_.node(n.index + static_cast<std::size_t>(j));
    if (!is_target_.empty() && out.index < paths_size_ && is_target_[out.index]) continue;
    keep_gradient(out);
    clear_slot(out.index);
  }
  if (!options_.retain) release_saved(n);
}

/// Chooses the form of the rule: on raw memory where no graph of the gradient is wanted, else in ops, else by replaying
/// what a fused op stands for.
void GradientSweep::call_rule(Node& n) {
  const OpClass& op = *n.op;
  if (!options_.create_graph && op.fast_vjp && op.fast_vjp(attributes_of(n), n, *this, n.value.dtype())) return;
  ModeGuard restore;
  Mode& now = mode();
  now.origin = n.loc;
  now.path = n.path;
  now.grad = options_.create_graph;
  if (op.vjp) {
    Vjp context(n, *this);
    op.vjp(attributes_of(n), context);
  } else if (op.decompose) {
    replay(n);
  } else {
    throw NotDifferentiable(
        op.info.name,
        "needs a gradient written in ops where a graph of the gradient is wanted; got a kernel with a "
        "raw backward alone",
        loc_, xgrad::describe(NodeView(&n)));
  }
}

/// Records what a fused op stands for at the end of the tape, sweeps that range, and drops it again unless the graph is
/// wanted.
void GradientSweep::replay(Node& n) {
  const std::size_t begin = tape_.size;
  std::vector<Var> cotangents;
  const int outputs = output_count(n);
  for (int j = 0; j < outputs; ++j) {
    Node& out = *tape_.node(n.index + static_cast<std::size_t>(j));
    cotangents.push_back(slot(out) ? cotangent(out) : Var());
  }
  {
    EnableGrad on;
    std::vector<Var> in, out;
    for (int i = 0; i < n.inputs; ++i) in.push_back(Var(tape_.input(n, i)));
    n.op->decompose(attributes_of(n), in, out);
    in.clear();
    const std::size_t end = tape_.size;
    for (int j = 0; j < outputs; ++j) {
      const Var& result = out[static_cast<std::size_t>(j)];
      const Var& g = cotangents[static_cast<std::size_t>(j)];
      const Node* r = result.node();
      if (!g.valid() || !r->tape || !r->needs_grad()) continue;
      if (options_.create_graph) {
        accumulate(*r, g);
      } else {
        accumulate(*r, g.value());
      }
    }
    mode().grad = options_.create_graph;
    walk_range(begin, end);
  }
  if (!options_.create_graph) tape_.drop(begin, Death::rewind, n.loc);
}

void GradientSweep::settle_given(const Node& n) {
  for (const Contribution& c : given_) {
    if (mode().check_nan) {
      const auto bad = [&]<class T>() {
        const T* v = static_cast<const T*>(c.cotangent.raw());
        for (std::int64_t i = 0; i < c.cotangent.size(); ++i)
          if (std::isnan(static_cast<double>(v[i])) || (mode().check_inf && std::isinf(static_cast<double>(v[i]))))
            return true;
        return false;
      };
      if (visit_dtype(c.cotangent.dtype(), bad))
        throw NonFiniteError(
            n.op->info.name,
            "needs finite gradients in anomaly mode; got NaN or infinity in the cotangent of operand " +
                std::to_string(c.input),
            n.loc, xgrad::describe(NodeView(const_cast<Node*>(&n))));
    }
    if (!options_.create_graph) accumulate(*tape_.input(n, c.input), c.cotangent);
  }
}

void GradientSweep::release_saved(Node& n) noexcept {
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
  if (!tape_.options.keep_values || n.index >= tape_.kept_gradients.size()) return;
  if (const Array* g = arrived(n)) tape_.kept_gradients[n.index] = *g;
}

void GradientSweep::commit() {
  // First what can fail: memory for gradients that somebody else also holds.
  for (std::uint32_t i : parameters_) {
    ParameterState& p = **static_cast<ParameterLeaf*>(tape_.node(i)->attributes);
    if (p.has_gradient) p.gradient.detach();
  }
  for (std::uint32_t i : parameters_) {
    ParameterState& p = **static_cast<ParameterLeaf*>(tape_.node(i)->attributes);
    Array& g = arrays_[slots_[i] - 1];
    if (p.has_gradient) {
      add_into(p.gradient, g);
    } else {
      p.gradient = std::move(g);
      p.has_gradient = true;
    }
  }
}

}  // namespace xgrad::detail
