#pragma once
/// \file explain: the chain rule at one node, spelled out; the paths that a gradient is the sum over.

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
/// The graph keeps what it needs for other sweeps, and hooks are not called.
/// @param result what was differentiated: one element, or any shape with `cotangent`
/// @throws Unreachable where `result` does not depend on v; and as `grad`
Explanation explain(const Var& v, const Var& result, const Var& cotangent = {}, Loc loc = Loc::current());

/// The same for the last sweep over a tape that was opened with `{.keep_values = true}`: from the gradients it kept.
/// @throws GraphError where no gradient is kept for v
Explanation explain(const Var& v, Loc loc = Loc::current());

/// One edge of a path: an op on the way, and what has come to it.
struct PathStep {
  std::size_t node;  ///< the op's place on the tape
  std::string name;  ///< the op in a line: "#5 multiply float64[], example.cpp:12"
  int operand;       ///< as which operand it reads the value before it on the path
  Array cotangent;   ///< what comes to it from the result along the rest of the path alone
};

/// One way on which a value enters a result, and what it brings to the value's gradient.
struct GradientPath {
  std::vector<PathStep> steps;  ///< from the value to the result: the first reads the value, the last gives the result
  Array contribution;           ///< what comes to the value along this path alone, of the value's shape
  double size;                  ///< its elements' absolute values, summed

  /// A line without its end: "+ 8 = 4 · 2  along #1 square, #2 multiply (operand 0)".
  std::string to_string() const;
};

/// The largest of the paths that a gradient is the sum over.
struct PathExplanation {
  std::string node;                 ///< the value in a line
  Array cotangent;                  ///< its gradient: the sum over all paths
  std::vector<GradientPath> paths;  ///< the largest first
  double count = 0;                 ///< how many paths there are (a double, since some graphs have 10¹⁰⁰)
  bool exact = true;                ///< no path that was left out is larger than one of these

  /// Several lines: the value, a line for each path, then the sum and what the paths left out make of it.
  std::string to_string() const;
};
std::ostream& operator<<(std::ostream& out, const PathExplanation& e);

/// How `explain_paths` searches.
struct PathOptions {
  std::size_t width = 64;  ///< at each array so many partial paths are followed on, or k where that is more
  Var cotangent = {};      ///< of the result, of its shape; 1 for a scalar where absent
};

/// The k largest paths behind the gradient of a value.
///
/// A path p leads from v over ops that read each other's results to `result`; an op that reads a value twice makes two
/// paths of it. Its contribution is the gradient that arrives at v when p's edges alone carry cotangents,
/// c_p = J₁ᵀ J₂ᵀ … Jₙᵀ ȳ with the Jacobian Jᵢ of the i-th op for the operand by which p enters it; in a graph of
/// scalars the product of the local derivatives. Rules are linear in the cotangent, so that v̄ = Σ_p c_p over all paths.
/// (Unless a rule of the user's own is not: one that clips, say.) Paths are ranked by Σ|c_p| over the elements; of
/// equal ones the path through later readers comes first.
///
/// The search goes down from the result, through every node once, with the largest partial paths first: at a value of
/// one element the k largest are followed, for the smaller ones cannot catch up; at an array the `width` largest. It
/// runs at most width rules for each op, however many paths there are. `exact` is false where at an array partial paths
/// other than zeros were left behind; one of theirs may be larger than what was found.
///
/// Gradients, those of Parameters and those that the tape keeps, stay as they were, the graph keeps what other sweeps
/// need, and hooks are not called.
/// @param k how many, at least 1 @param result one element, or any shape with `.cotangent`
/// @throws ArgError for k or a width of 0; and as `explain`
PathExplanation explain_paths(const Var& v, const Var& result, std::size_t k, const PathOptions& options = {},
                              Loc loc = Loc::current());

/// The same for the last sweep over a tape that was opened with `{.keep_values = true}`: from the result it began at.
/// @throws GraphError where no gradient is kept for v; ArgError for k of 0
PathExplanation explain_paths(const Var& v, std::size_t k, Loc loc = Loc::current());

}  // namespace xgrad
