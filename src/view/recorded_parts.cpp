// What is recorded only to be looked at: what a fused op stands for, and the graph of the gradient.

#include <algorithm>

#include "view/recording.hpp"
#include "xgrad/autodiff/stepper.hpp"

namespace xgrad::view {

Undisturbed::Undisturbed(detail::TapeState& tape)
    : tape_(tape),
      mark_(tape.size),
      peak_bytes_(tape.peak_bytes),
      seed_(detail::mode().random_seed),
      stream_(detail::mode().random_stream) {
  hooks_.swap(tape.hooks);
  gradients_.swap(tape.kept_gradients);
  detail::Mode& now = detail::mode();
  now.grad = true;
  now.check_nan = now.check_inf = false;  // what is not finite is to be seen
  now.origin = {};
}

Undisturbed::~Undisturbed() {
  tape_.drop(mark_, detail::Death::rewind, {});
  for (detail::Node* n : followed_) n->flags &= static_cast<std::uint8_t>(~detail::Node::needs_grad_flag);
  tape_.kept_gradients.swap(gradients_);
  tape_.hooks.swap(hooks_);
  tape_.peak_bytes = peak_bytes_;
  detail::mode().random_seed = seed_;
  detail::mode().random_stream = stream_;
}

void Undisturbed::follow(detail::Node* constant) {
  followed_.push_back(constant);
  constant->flags |= detail::Node::needs_grad_flag;
}

Layers::Layers(const detail::TapeState& tape) : layers_(tape.size) {
  std::vector<int> depths(tape.size);  // of the highest layer that a node was computed from
  for (std::size_t i = 0; i < tape.size; ++i) {
    const detail::Node& n = *tape.node(i);
    if (const detail::RuleRecord* r = tape.rule_record_of(n)) {
      layers_[i] = depths[i] = depths[r->root] + 1;
    } else {
      const detail::Node& first = *detail::first_output(tape.node(i));
      for (int k = 0; k < first.inputs; ++k) depths[i] = std::max(depths[i], depths[tape.input(first, k)->index]);
    }
  }
}

std::string decomposition_of(detail::Node* node, const Array* cotangent, std::size_t max_nodes,
                             const ArrayDetail& detail, Sources& sources) {
  const detail::OpClass& op = *node->op;
  // A checkpoint is its function, on the tape that it was recorded on: not to be replayed elsewhere.
  if (!op.decompose || op.info.view || node->output != 0) return {};
  Tape scratch({.keep_values = true});
  const ModeGuard restore;
  detail::Mode& now = detail::mode();
  now.tape = scratch.state();
  now.grad = true;
  now.fusion = false;
  now.origin = node->loc;
  now.path = node->path;
  std::vector<Var> in, out;
  for (int i = 0; i < node->inputs; ++i) {
    const detail::Node& operand = *node->tape->input(*node, i);
    in.push_back(operand.needs_grad() ? scratch.variable(operand.value, operand.loc)
                                      : scratch.constant(operand.value, operand.loc));
    if (operand.label) in.back().label(operand.label);
  }
  op.decompose(node->attributes ? node->attributes : node, in, out);
  const detail::Node* result = out.empty() ? nullptr : out[0].node();
  if (!result || result->tape != scratch.state()) return {};
  std::vector<bool> marked;
  mark_ancestors(*scratch.state(), result, 0, marked);
  for (const Var& operand : in) marked[operand.node()->index] = true;
  Numbering numbers;
  numbers.take_marked(*scratch.state(), marked, 0);
  if (numbers.size() > max_nodes) return {};
  if (cotangent && out.size() == 1 && result->needs_grad()) {
    Stepper sweep(out[0], Var(*cotangent, node->loc));
    while (sweep.next()) {
    }
  }
  JsonWriter to;
  to.begin_object().key("inputs").number(in.size()).key("nodes").begin_list();
  for (detail::Node* n : numbers.nodes()) write_node(to, n, numbers, {.grad = NodeView(n).grad()}, detail, sources);
  to.end_list().key("result").number(numbers.of(result)).end_object();
  return to.take();
}

GradientGraph record_gradient(detail::Node* result, const Array& cotangent, const Numbering& numbers, Loc loc) {
  detail::TapeState& tape = *result->tape;
  GradientGraph graph;
  graph.cotangents.resize(numbers.size());
  // A seed that carries a gradient, so that whatever is computed from it is recorded.
  graph.seed = tape.push_leaf(detail::variable_leaf, cotangent, loc);
  graph.seed->flags |= detail::Node::needs_grad_flag;
  Var seed(graph.seed);
  seed.label("seed");
  std::vector<detail::Node*> leaves;
  for (detail::Node* n : numbers.nodes())
    if (n->op->leaf && n->op != &detail::constant_leaf && n->needs_grad()) leaves.push_back(n);
  detail::GradientSweep sweep(result, seed, leaves, {.create_graph = true, .retain = true, .keep = false}, loc);
  while (detail::Node* n = sweep.next()) {
    for (std::size_t i = numbers.of(n), j = 0; j < static_cast<std::size_t>(detail::output_count(*n)); ++j)
      graph.cotangents[i + j] = sweep.arrived_var(*numbers.nodes()[i + j]);
    graph.made_by.resize(tape.size - graph.seed->index, Numbering::none);
    sweep.advance();
    graph.made_by.resize(tape.size - graph.seed->index, numbers.of(n));
  }
  for (detail::Node* leaf : leaves) graph.cotangents[numbers.of(leaf)] = sweep.arrived_var(*leaf);
  return graph;
}

}  // namespace xgrad::view
