#include "view/formulas.hpp"

#include <cstdint>

#include "tape/tape_state.hpp"
#include "view/formula_tables.hpp"

namespace xgrad::view {

namespace {

/// x₀, x₁, …
std::string numbered(std::string name, int i) {
  for (const char digit : std::to_string(i)) name += "\xE2\x82" + std::string(1, static_cast<char>(0x80 + digit - '0'));
  return name;
}
std::string with_bar(std::string_view letter) {
  return std::string(letter.substr(0, 1)) + "\xCC\x84" + std::string(letter.substr(1));
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// A user's op may have the name of one of ours, and another rule.
bool is_custom(const NodeView& node) {
  const detail::OpClass& op = *node.node()->op;
  return op.vjp && op.info.view && !op.info.uniform;  // as ops/custom has it, and no other
}

/// What is decided by operands and result and not by an op's settings.
std::string all_settings(const NodeView& node) {
  std::string settings = node.attributes();
  const int n = node.input_count();
  if (n == 2 && node.input(1).dtype() == DType::int64) settings += " labels";
  if (n == 1 && node.shape().rank() > node.input(0).shape().rank()) settings += " placed";
  return settings;
}

NodeFormulas formulas_of_many(const Formula& f, int operands) {
  NodeFormulas all;
  for (int i = 0; i < operands; ++i) {
    all.names.push_back(numbered(f.names[0], i));
    all.backward.push_back(with_bar(all.names.back()) + " = " + f.backward[0]);
  }
  all.forward = "y = " + list_of(all.names) + " " + f.forward;
  return all;
}

/// A user's op: how it computes is known to nobody else.
NodeFormulas formulas_of_unknown(const NodeView& node) {
  NodeFormulas all;
  const int n = node.input_count();
  for (int i = 0; i < n; ++i) {
    all.names.push_back(n == 1 ? "x" : n == 2 ? (i == 0 ? "a" : "b") : numbered("x", i));
    all.backward.push_back((all.names.back() == "a" ? "ā" : with_bar(all.names.back())) + " = by the rule of " +
                           node.op() + ", from ȳ");
  }
  all.forward = std::string("y = ") + node.op() + "(" + list_of(all.names) + ")";
  return all;
}

}  // namespace

const Formula* formula_of(std::string_view op, int operands, std::string_view settings) {
  for (const std::span<const Formula> rows : {elementwise_formulas(), array_formulas()}) {
    for (const Formula& row : rows) {
      if (op != row.op) continue;
      if (operands != Formula::any_number && row.operands != Formula::any_number && row.operands != operands) continue;
      if (settings.find(row.setting) != std::string_view::npos) return &row;
    }
  }
  return nullptr;
}

NodeFormulas formulas_of(const NodeView& any_output) {
  if (any_output.is_leaf()) return {};
  const NodeView node(detail::first_output(any_output.node()));  // the operands are its
  const int n = node.input_count();
  const Formula* f = is_custom(node) ? nullptr : formula_of(node.op(), n, all_settings(node));
  if (!f) return formulas_of_unknown(node);
  if (f->operands == Formula::any_number) return formulas_of_many(*f, n);
  const std::span<const Formula> each = elementwise_formulas();
  NodeFormulas all{f->forward, {}, {}, f >= each.data() && f < each.data() + each.size()};
  for (int i = 0; i < n; ++i) {
    all.names.emplace_back(f->names[i]);
    all.backward.emplace_back(f->backward[i]);
  }
  return all;
}

}  // namespace xgrad::view
