#pragma once
// A backward sweep: the chain rule, one node at a time.

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tape/tape_state.hpp"
#include "xgrad/autodiff/backward.hpp"

namespace xgrad::detail {

/// Walks a tape from a node down. Each node's cotangent is complete when the walk reaches it, because everything that
/// reads the node was recorded after it.
///
/// Sweeps may nest: a rule may call `grad` itself. Each has its own table of cotangents.
class GradientSweep final : public Sweep {
 public:
  struct Options {
    bool create_graph = false;  // cotangents are Vars, and the rules are recorded
    bool retain = false;
    bool observe = false;  // remember what each rule gives
    bool keep = true;      // on a tape that keeps values: the gradients are the tape's latest
  };

  /// Ready to walk from `root`; with targets, only towards them.
  GradientSweep(Node* root, const Var& cotangent, std::span<Node* const> targets, Options options, Loc loc);
  GradientSweep(const GradientSweep&) = delete;
  GradientSweep& operator=(const GradientSweep&) = delete;

  /// Runs the vjp of the next node that has a cotangent. An exception leaves the tape with the nodes that it had.
  /// @return false when the walk is over
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
  /// Adds what arrived at the parameters to their gradients: to all of them, or on an exception to none.
  void commit();
  /// What the last rule gave to its operands, where that is observed.
  std::span<const Contribution> given() const noexcept { return memory_->given; }

  // --- Sweep ---
  bool wants(const Node& node, int input) const override;
  bool has_cotangent(const Node& node) const override { return slot(node) != 0; }
  Var cotangent(const Node& node) override;
  const Array& cotangent_array(const Node& node) override;
  void give(const Node& node, int input, const Var& cotangent) override;
  Array& target(const Node& node, int input, bool& add) override;
  bool takes_rows(const Node& node, int input) const override;
  void give_rows(const Node& node, int input, RowGradient g) override;

 private:
  /// The sweep's memory, on loan from the tape, and its place in the tape's list of sweeps.
  class Loan : SweepLink {
   public:
    explicit Loan(TapeState& tape);
    ~Loan();
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    SweepScratch* operator->() const noexcept { return scratch_.get(); }
    /// Whether no other sweep of the tape is under way.
    bool outermost() const noexcept { return next == nullptr; }

   private:
    TapeState& tape_;
    std::unique_ptr<SweepScratch> scratch_;
  };
  /// A node whose rule is being replayed in primitive ops, recorded from `begin` on.
  struct Replay {
    const Node& node;
    std::size_t begin;
    std::size_t given_from;  // its own place in the list of what was given
    const Replay* outer;
  };

  std::uint32_t slot(const Node& node) const noexcept {
    return node.index < memory_->slots.size() ? memory_->slots[node.index] : 0;
  }
  std::uint32_t new_slot(const Node& node);
  ParameterState* parameter(std::uint32_t leaf) const noexcept;
  void clear_slot(std::size_t index) noexcept;
  void mark_paths(std::span<Node* const> targets, std::size_t root);
  std::uint8_t path(std::size_t index) const noexcept {
    return targeted_ && index >= lowest_ && index < paths_end_ ? memory_->paths[index - lowest_] : std::uint8_t{0};
  }
  bool ready(const Node& node) const noexcept;
  void apply_rule(Node& node);
  void call_rule(Node& node, std::size_t given_from);
  void replay(Node& node, std::size_t given_from);
  void walk_range(std::size_t begin, std::size_t end);
  void accumulate(const Node& operand, const Var& cotangent);
  void accumulate(const Node& operand, Array cotangent);
  void settle_given(const Node& node, std::size_t from);
  void check_finite(const Node& node, const Contribution& c) const;
  void release_saved(Node& node) noexcept;
  void keep_gradient(const Node& node);

  static constexpr std::uint8_t leads = 1;      // to a target
  static constexpr std::uint8_t is_target = 2;  // keeps its cotangent
  static constexpr std::uint8_t rule_runs = 4;  // some operand leads to a target

  TapeState& tape_;
  Loan memory_;
  Options options_;
  Loc loc_;
  bool targeted_ = false, mutating_ = false, keeps_ = false, check_nan_ = false, check_inf_ = false;
  std::size_t position_;           // nodes below it are still to come
  std::size_t lowest_ = 0;         // …down to this one
  std::size_t paths_end_ = 0;      // nodes from here on were recorded after the result
  std::size_t size_at_start_ = 0;  // of the tape
  const Replay* replaying_ = nullptr;
};

/// A tape's hooks put aside: a sweep that only shows things is none of theirs.
class WithoutHooks {
 public:
  explicit WithoutHooks(TapeState& tape) : tape_(tape), hooks_(std::exchange(tape.hooks, {})) {}
  ~WithoutHooks() { tape_.hooks = std::move(hooks_); }
  WithoutHooks(const WithoutHooks&) = delete;
  WithoutHooks& operator=(const WithoutHooks&) = delete;

 private:
  TapeState& tape_;
  std::vector<VjpHook> hooks_;
};

/// For the test of the tests: the op whose vjp is to be wrong (its sign flipped), or null.
const char* mutated_op();
/// Which operand of `node` a node is; −1: none.
int operand_place(const Node& node, const Node& operand) noexcept;
/// The cotangent to start from: the user's, or 1. @throws ShapeError
Var seed(const char* operation, const Var& y, const Var& cotangent, Loc loc);
/// The node of a result. @throws NotDifferentiable where no gradient flows through it
Node* root_of(const char* operation, const Var& y, Loc loc);
/// `grad` into places that are there: takes nothing from the heap.
void grad_into(const Var& y, std::span<const Var> x, std::span<Var> result, const GradOptions& options, Loc loc);

}  // namespace xgrad::detail
