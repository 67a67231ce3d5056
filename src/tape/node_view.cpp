#include "xgrad/tape/node_view.hpp"

#include "tape/tape_state.hpp"

namespace xgrad {

const char* NodeView::op() const noexcept { return node_->op->info.name; }

std::string NodeView::attributes() const {
  const detail::Node* first = node_->tape ? detail::first_output(node_) : node_;
  if (!node_->op->attributes) return {};
  // An op without members has no place of its own in the arena.
  return node_->op->attributes(first->attributes ? first->attributes : node_);
}

bool NodeView::is_leaf() const noexcept { return node_->op->leaf; }
bool NodeView::is_fused() const noexcept { return node_->op->decompose != nullptr; }
NodeView NodeView::input(int i) const noexcept { return NodeView(node_->tape->input(*node_, i)); }
bool NodeView::saves_input(int i) const noexcept { return detail::saves_input(*node_, i); }
bool NodeView::saves_output() const noexcept { return node_->op->info.saves & Saves::output; }

const Array* NodeView::grad() const noexcept {
  const detail::TapeState* tape = node_->tape;
  if (!tape || node_->index >= tape->kept_gradients.size()) return nullptr;
  const Array& kept = tape->kept_gradients[node_->index];
  return kept.has_memory() ? &kept : nullptr;
}

std::string describe(const NodeView& n) {
  std::string text = n.node()->tape ? "#" + std::to_string(n.index()) + " " : "";
  text += std::string(n.op()) + " " + signature(n.value());
  if (n.node()->path) text += " " + std::string(n.node()->path);
  if (!n.label().empty()) text += " '" + n.label() + "'";
  if (n.loc().known()) text += ", " + to_string(n.loc());
  return text;
}

}  // namespace xgrad
