#pragma once
// What happened on a tape, from the leaves to a result and back: the material of traces and steppers.

#include <vector>

#include "xgrad/tape/hooks.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad::view {

/// One term of the sum that a value's gradient is.
struct ToldShare {
  std::size_t reader;  ///< whose rule gives it
  int operand;         ///< as which operand the reader reads the value
  std::size_t to;      ///< the value's node
  Array share;
};

/// One rule of the sweep.
struct ToldRule {
  std::size_t node;  ///< the op's first result
  Array cotangent;   ///< what had arrived there
  std::vector<ToldShare> given;
};

/// The ops behind a result, and a sweep over them.
struct Story {
  Var result;
  Array start;                     ///< the cotangent of the result
  std::vector<std::size_t> nodes;  ///< of the tape: what the result was computed from, and it; in order of recording
  std::vector<ToldRule> rules;     ///< in the order of the sweep

  NodeView node(std::size_t index) const;
  /// What arrives at a node in the first `rules_run` rules: the shares in order.
  std::vector<const ToldShare*> arrived(std::size_t index, std::size_t rules_run) const;
};

/// Runs the sweep on the side: nothing that others see changes.
/// @throws GraphError where a value is gone; and as `grad`
Story story_of(const char* operation, const Var& result, Loc loc);

/// The sum of shares. Never called with none.
Array total_of(const std::vector<const ToldShare*>& shares);

}  // namespace xgrad::view
