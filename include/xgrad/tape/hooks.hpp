#pragma once
/// \file Hooks: functions of the user's that a sweep calls around every vjp.

#include <cstdint>
#include <functional>
#include <span>

#include "xgrad/tape/node_view.hpp"

namespace xgrad {

/// One term of a chain-rule sum: what a node adds to the cotangent of its operand `input`.
struct Contribution {
  int input;
  Array cotangent;  ///< has the operand's shape
};

/// What to call around a vjp. Either may be empty. An exception stops the sweep and leaves every parameter's gradient
/// as it was.
struct VjpHook {
  /// Before a node's vjp: the node and the cotangent that arrived.
  std::function<void(const NodeView& node, const Array& cotangent)> before = {};
  /// After it: the same, and what the node gives to each operand, before it is added up.
  std::function<void(const NodeView& node, const Array& cotangent, std::span<const Contribution> given)> after = {};
  std::uint64_t id = 0;  ///< set by `Tape::add_hook`
};

}  // namespace xgrad
