// Every op that a row records, its gradient's and its decomposition's included, has a formula and a rule for each of
// its operands.

#include "support/op_checks.hpp"
#include "view/formulas.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/tape/mode.hpp"

namespace op_table {

namespace {

using xgrad::NodeView;

bool begins_with_cotangent_of(const std::string& rule, const std::string& name) {
  // A letter with its bar is one character where Unicode has it; "by" and "the" begin no rule.
  static const std::vector<std::pair<std::string, std::string>> composed{{"a", "ā"}, {"A", "Ā"}, {"u", "ū"}};
  for (const auto& [letter, bar] : composed)
    if (name == letter) return rule.rfind(bar, 0) == 0;
  return rule.rfind(name.substr(0, 1) + "\xCC\x84" + name.substr(1), 0) == 0;
}

void check_node(const Case& c, const NodeView& n) {
  const std::string name = n.op();
  const int operands = n.input_count();
  if (n.output() > 0) return;  // the operands are its op's first result's
  expect(c.row.name.rfind("my_", 0) == 0 || xgrad::view::formula_of(name, operands) != nullptr, c,
         "needs a formula for " + name + " of " + std::to_string(operands) + " operands in src/view/formulas_*.cpp");
  const xgrad::view::NodeFormulas f = xgrad::view::formulas_of(n);
  expect(f.names.size() == static_cast<std::size_t>(operands) && f.backward.size() == f.names.size(), c,
         "a name and a rule for each operand of " + name);
  for (int i = 0; i < operands; ++i) {
    const std::string &letter = f.names[static_cast<std::size_t>(i)], &rule = f.backward[static_cast<std::size_t>(i)];
    expect(f.forward.find(letter) != std::string::npos, c, "the formula of " + name + " names operand " + letter);
    expect(!rule.empty() || !n.needs_grad() || !n.input(i).needs_grad(), c, name + " has a rule for " + letter);
    if (rule.empty()) continue;
    expect(n.node()->op->differentiable(), c, name + " has a gradient, as its rule claims: " + rule);
    expect(begins_with_cotangent_of(rule, letter), c, "the rule of " + letter + " says its cotangent: " + rule);
  }
}

}  // namespace

void check_formulas(const Case& c) {
  if (c.row.order == 0)
    expect(xgrad::view::formula_of(c.row.name) != nullptr, c, "needs a formula in src/view/formulas_*.cpp");
  for (const bool fused : {true, false}) {
    const xgrad::Fusion mode(fused);
    xgrad::Tape tape;
    auto scope = tape.scope();
    const Leaves l = leaves(tape, c.row, c.x);
    const Vars results = c.row.call(l.operands);
    Vars kept;
    if (c.row.order > 0)
      kept = xgrad::grad(weighted_results(results), l.targets, {.create_graph = true, .allow_unused = true});
    for (std::size_t i = 0; i < tape.size(); ++i)
      if (const NodeView n = tape.node(i); !n.is_leaf()) check_node(c, n);
  }
}

}  // namespace op_table
