#pragma once
/// \file NodeView: a recorded node, to look at.

#include <string>

#include "xgrad/tape/node.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad {

/// What a node is, for hooks, steppers, traces and drawings. Valid while the node is on its tape.
class NodeView {
 public:
  explicit NodeView(detail::Node* node) noexcept : node_(node) {}

  /// Position on the tape.
  std::size_t index() const noexcept { return node_->index; }
  /// The op's name, as errors and drawings print it: "matmul"; "parameter", "variable", "constant" for leaves.
  const char* op() const noexcept;
  /// The op's own settings, e.g. "axis=1, keepdims"; "" where it has none.
  std::string attributes() const;
  std::string label() const { return node_->label ? node_->label : ""; }
  Loc loc() const noexcept { return node_->loc; }
  const Shape& shape() const noexcept { return node_->value.shape(); }
  DType dtype() const noexcept { return node_->value.dtype(); }
  bool is_leaf() const noexcept;
  bool is_fused() const noexcept;
  bool needs_grad() const noexcept { return node_->needs_grad(); }
  /// Which output of its op it is; 0 for nearly all.
  int output() const noexcept { return node_->output; }

  int input_count() const noexcept { return node_->inputs; }
  NodeView input(int i) const noexcept;
  /// Whether the op's gradient reads operand i; whether it reads the result.
  bool saves_input(int i) const noexcept;
  bool saves_output() const noexcept;

  /// Whether the value is in memory; the value.
  bool live() const noexcept { return node_->value.has_memory(); }
  const Array& value() const noexcept { return node_->value; }
  /// Handles and pending vjps that keep the value.
  std::size_t handles() const noexcept { return node_->handles; }
  std::size_t pending() const noexcept { return node_->saved; }
  /// On a tape that keeps values, after a sweep: the cotangent, or null.
  const Array* grad() const noexcept;

  /// A handle to the value.
  Var var() const noexcept { return Var(node_); }
  detail::Node* node() const noexcept { return node_; }

 private:
  detail::Node* node_;
};

/// `#7 dense f32[128,512] 'h' train.cpp:41`: how errors and traces name a node in a line.
std::string describe(const NodeView& node);

}  // namespace xgrad
