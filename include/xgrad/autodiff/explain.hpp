#pragma once
/// \file explain: the chain rule at one node, spelled out.

#include <iosfwd>
#include <string>
#include <vector>

#include "xgrad/autodiff/backward.hpp"

namespace xgrad {

/// What one reader of a value adds to the value's cotangent.
struct Share {
  std::size_t consumer;  ///< the reader's place on the tape
  std::string name;      ///< the reader in a line: "#5 multiply float64[], example.cpp:12"
  int operand;           ///< as which operand it reads the value
  Array cotangent;       ///< what had arrived at the reader
  Array share;           ///< what its rule makes of that for the value
};

/// The cotangent of a value as the sum that it is: one share for each place where the value is read.
struct Explanation {
  std::string node;           ///< the value in a line
  Array cotangent;            ///< the sum
  bool is_result = false;     ///< the value is the result itself, whose cotangent is where the sweep starts
  std::vector<Share> shares;  ///< in the order of the sweep: the latest reader first

  /// Several lines: the value, then a line for each share, then the sum.
  std::string to_string() const;
};
std::ostream& operator<<(std::ostream& out, const Explanation& e);

/// Spells out the cotangent x̄ = Σ ȳ ∂y/∂x of a value: the sum over everything that reads it on the way to `result`.
///
/// The graph keeps what it needs for other sweeps.
/// @param result what was differentiated: one element, or any shape with `cotangent`
/// @throws Unreachable where `result` does not depend on v; and as `grad`
Explanation explain(const Var& v, const Var& result, const Var& cotangent = {}, Loc loc = Loc::current());

/// The same for the last sweep over a tape that was opened with `{.keep_values = true}`: from the gradients it kept.
/// @throws GraphError where no gradient is kept for v
Explanation explain(const Var& v, Loc loc = Loc::current());

}  // namespace xgrad
