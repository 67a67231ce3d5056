#include "view/story.hpp"

#include <algorithm>
#include <utility>

#include "autodiff/sweep.hpp"
#include "xgrad/core/error.hpp"
#include "xgrad/ops/arithmetic.hpp"

namespace xgrad::view {

namespace {

std::vector<std::size_t> ancestors(const detail::Node& result) {
  const detail::TapeState& tape = *result.tape;
  std::vector<bool> needed(result.index + std::size_t{1});
  needed[result.index] = true;
  std::vector<std::size_t> nodes;
  for (std::size_t i = result.index + std::size_t{1}; i-- > 0;) {
    if (!needed[i]) continue;
    nodes.push_back(i);
    const detail::Node& first = *detail::first_output(tape.node(i));
    needed[first.index] = true;
    for (int k = 0; k < first.inputs; ++k) needed[tape.input(first, k)->index] = true;
  }
  return {nodes.rbegin(), nodes.rend()};
}

}  // namespace

NodeView Story::node(std::size_t index) const { return NodeView(result.node()->tape->node(index)); }

std::vector<const ToldShare*> Story::arrived(std::size_t index, std::size_t rules_run) const {
  std::vector<const ToldShare*> shares;
  for (std::size_t r = 0; r < rules_run && r < rules.size(); ++r)
    for (const ToldShare& s : rules[r].given)
      if (s.to == index) shares.push_back(&s);
  return shares;
}

Array total_of(const std::vector<const ToldShare*>& shares) {
  Array total = shares[0]->share;
  for (std::size_t i = 1; i < shares.size(); ++i) total = total + shares[i]->share;
  return total;
}

Story story_of(const char* operation, const Var& result, Loc loc) {
  detail::Node* root = detail::root_of(operation, result, loc);
  const Var start = detail::seed(operation, result, {}, loc);
  Story story{result, start.value(), ancestors(*root), {}};
  detail::TapeState& tape = *root->tape;
  for (std::size_t i : story.nodes)
    if (const NodeView n(tape.node(i)); !n.live() && n.value().size() > 0)
      throw GraphError(operation,
                       "needs every value of the graph in memory (open the tape with {.keep_values = true}); got " +
                           describe(n) + ", whose value nobody kept",
                       loc);
  const detail::WithoutHooks quiet(tape);
  detail::GradientSweep sweep(root, start, {}, {.retain = true, .observe = true, .keep = false}, loc);
  while (detail::Node* n = sweep.next()) {
    const Array* arrived = sweep.arrived(*n);
    ToldRule rule{n->index, arrived ? *arrived : zeros_like(n->value), {}};
    sweep.advance();
    for (const Contribution& c : sweep.given())
      rule.given.push_back({n->index, c.input, tape.input(*n, c.input)->index, c.cotangent});
    std::stable_sort(rule.given.begin(), rule.given.end(),
                     [](const ToldShare& a, const ToldShare& b) { return a.operand < b.operand; });
    story.rules.push_back(std::move(rule));
  }
  return story;
}

}  // namespace xgrad::view
