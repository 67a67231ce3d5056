// The cotangents of a sweep: where they wait, and how a rule adds to them.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "autodiff/sweep.hpp"
#include "kernels/elementwise.hpp"
#include "tape/row_gradient.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"

namespace xgrad::detail {

namespace {
/// y += x
void add_into(Array& y, const Array& x) {
  if (y.dtype() == DType::float32) {
    kernels::add_into(y.size(), static_cast<const float*>(x.raw()), static_cast<float*>(y.raw()));
  } else {
    kernels::add_into(y.size(), static_cast<const double*>(x.raw()), static_cast<double*>(y.raw()));
  }
}
}  // namespace

const char* mutated_op() {
  static const char* name = std::getenv("XGRAD_MUTATE");
  return name;
}

int operand_place(const Node& node, const Node& operand) noexcept {
  for (int i = 0; i < node.inputs; ++i)
    if (node.tape->input(node, i) == &operand) return i;
  return -1;
}

ParameterState* GradientSweep::parameter(std::uint32_t leaf) const noexcept {
  return static_cast<ParameterLeaf*>(tape_.node(leaf)->attributes)->get();
}

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

/// Only parameters keep rows, and only where nobody looks at cotangents on the way.
bool GradientSweep::takes_rows(const Node& node, int input) const {
  const Node& in = *tape_.input(node, input);
  return in.op == &parameter_leaf && !options_.create_graph && !options_.observe && !targeted_ && !keeps_ && !slot(in);
}

void GradientSweep::give_rows(const Node& node, int input, RowGradient g) {
  const std::uint32_t in = tape_.input(node, input)->index;
  for (auto& [index, rows] : memory_->rows) {
    if (parameter(index) != parameter(in)) continue;
    rows = sum_of(rows, g);
    return;
  }
  memory_->rows.emplace_back(in, std::move(g));
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

void GradientSweep::commit() {
  const auto gradient = [this](std::uint32_t i) -> Array& { return memory_->arrays[memory_->slots[i] - 1]; };
  // First what can fail: memory of their own for what will be added to.
  for (std::uint32_t i : memory_->parameters) {
    ParameterState& p = *parameter(i);
    (p.has_gradient && !p.rows ? p.gradient : gradient(i)).detach();
  }
  for (auto& [i, rows] : memory_->rows) {
    ParameterState& p = *parameter(i);
    if (std::any_of(memory_->parameters.begin(), memory_->parameters.end(),
                    [&](std::uint32_t j) { return parameter(j) == &p; }))
      continue;  // they go into the whole table
    if (p.rows) {
      rows = sum_of(*p.rows, rows);
    } else if (p.has_gradient) {
      p.gradient.detach();
    }
  }
  for (std::uint32_t i : memory_->parameters) {
    ParameterState& p = *parameter(i);
    if (p.has_gradient && !p.rows) {
      add_into(p.gradient, gradient(i));
    } else {
      p.gradient = std::move(gradient(i));
      if (p.rows) add_rows(p.gradient, *p.rows);
      p.rows.reset();
      p.has_gradient = true;
    }
  }
  for (auto& [i, rows] : memory_->rows) {
    ParameterState& p = *parameter(i);
    if (p.has_gradient && !p.rows) {  // with other gradients, of this sweep or before
      add_rows(p.gradient, rows);
    } else {
      p.gradient.release();
      p.rows = std::move(rows);
      p.has_gradient = true;
    }
  }
}

}  // namespace xgrad::detail
