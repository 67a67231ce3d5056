#pragma once
// The formula of every op and the rule for each of its operands, as text to print beside numbers.
//
// Notation. An op's result is y, its one operand x, its two operands a and b; where custom has other letters (x W + b,
// A x = B) it is followed, and `names` says which letter is which operand. A bar marks a cotangent: ȳ is what has
// arrived at the result, x̄ the share that goes to x. Between arrays · and / and powers work element by element and
// broadcast; two letters side by side, A B, are a matrix product, and ᵀ exchanges the last two axes. [x > 0] is 1 where
// the condition holds, else 0. σ is the sigmoid. Each operand
// appears as a letter of its own (exp(x), not eˣ), so that numbers can be put in its place. Where an operand was
// broadcast, its share is summed over the axes that it was stretched along: the engine does that for every op alike,
// and no formula repeats it.
//
// Text is UTF-8, letters with bars composed where Unicode has them (ȳ, ā), else with a combining macron (x̄, b̄).

#include <string>
#include <string_view>
#include <vector>

#include "xgrad/tape/node_view.hpp"

namespace xgrad::view {

/// One row of the table.
struct Formula {
  static constexpr int any_number = -1;

  const char* op;           ///< the op's name
  const char* setting;      ///< text that its settings contain where this row holds; "" for all others
  int operands;             ///< how many; `any_number`: names[0] and backward[0] hold for each of them
  const char* forward;      ///< "y = a · b"
  const char* names[8];     /// what the formulas call the operands
  const char* backward[8];  /// "ā = ȳ · b", one for each operand; "" where no gradient flows
};

/// The formula of an op; of several with that name, the one for this number of operands (`any_number`: the first) and
/// these settings. Null for ops that the library does not know, as a user's own.
const Formula* formula_of(std::string_view op, int operands = Formula::any_number, std::string_view settings = {});

/// The formulas of a recorded node, one name and one rule for each operand of its op. A leaf has none; a user's op is
/// shown as y = name(a, b), and its rules as its own.
struct NodeFormulas {
  std::string forward;
  std::vector<std::string> names, backward;
  bool broadcasts = false;  ///< works element by element, and stretches its operands: shares are summed back
};
NodeFormulas formulas_of(const NodeView& node);

}  // namespace xgrad::view
