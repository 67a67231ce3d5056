#pragma once
// A backward sweep: the chain rule, one node at a time.

#include <span>
#include <vector>

#include "tape/tape_state.hpp"
#include "xgrad/autodiff/backward.hpp"

namespace xgrad::detail {

/// Walks a tape from a node down. Each node's cotangent is complete when the walk reaches it, because everything that
/// reads the node was recorded after it.
class GradientSweep final : public Sweep {
 public:
  struct Options {
    bool create_graph = false;  // cotangents are Vars, and the rules are recorded
    bool retain = false;
  };

  /// Ready to walk from `root`; with targets, only towards them.
  GradientSweep(Node* root, const Var& cotangent, std::span<Node* const> targets, Options options, Loc loc);
  ~GradientSweep() override;
  GradientSweep(const GradientSweep&) = delete;
  GradientSweep& operator=(const GradientSweep&) = delete;

  /// Runs the vjp of the next node that has a cotangent. @return false when the walk is over
  bool advance();
  /// The node that `advance` will handle next, or null.
  Node* next();
  void run() {
    while (advance()) {
    }
  }
  /// The cotangent that has arrived at a node so far; null where none has.
  const Array* arrived(const Node& node) const;
  Var arrived_var(const Node& node);
  /// Adds what arrived at the parameters to their gradients.
  void commit();
  /// What the last vjp gave to its operands; recorded only where `observe` is on.
  std::span<const Contribution> given() const noexcept { return given_; }
  void observe() noexcept { observe_ = true; }

  // --- Sweep ---
  bool wants(const Node& node, int input) const override;
  bool has_cotangent(const Node& node) const override { return slot(node) != 0; }
  Var cotangent(const Node& node) override;
  const Array& cotangent_array(const Node& node) override;
  void give(const Node& node, int input, const Var& cotangent) override;
  Array& target(const Node& node, int input, bool& add) override;

 private:
  std::uint32_t slot(const Node& node) const noexcept { return node.index < slots_.size() ? slots_[node.index] : 0; }
  std::uint32_t& new_slot(const Node& node);
  void clear_slot(std::uint32_t index) noexcept;
  void mark_paths(std::span<Node* const> targets, std::size_t root);
  void apply_rule(Node& node);
  void call_rule(Node& node);
  void replay(Node& node);
  void walk_range(std::size_t begin, std::size_t end);
  bool ready(const Node& node) const noexcept;
  void accumulate(const Node& operand, const Var& cotangent);
  void accumulate(const Node& operand, const Array& cotangent);
  void settle_given(const Node& node);
  void release_saved(Node& node) noexcept;
  void keep_gradient(const Node& node);

  TapeState& tape_;
  Options options_;
  Loc loc_;
  bool observe_ = false, mutating_ = false;
  std::size_t position_ = 0;          // nodes below it are still to come
  std::size_t paths_size_ = 0;        // nodes from here on were recorded during the sweep
  std::vector<std::uint32_t> slots_;  // by node: 1 + its place in cotangents_; 0: none arrived
  std::vector<Var> vars_;             // with create_graph
  std::vector<Array> arrays_;         // without
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> parameters_;        // leaves with a cotangent
  std::vector<std::uint8_t> is_target_, leads_;  // empty: everything that needs a gradient is wanted
  std::vector<Contribution> given_;
  std::vector<Array> observed_targets_;
};

}  // namespace xgrad::detail
