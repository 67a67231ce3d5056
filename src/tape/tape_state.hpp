#pragma once
// The insides of a tape: nodes in chunks, operand list, arena of attributes, parameter leaves.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "xgrad/tape/hooks.hpp"
#include "xgrad/tape/op.hpp"
#include "xgrad/tape/tape.hpp"

namespace xgrad::detail {

struct NodeChunk {
  static constexpr std::size_t size = 256;
  Node nodes[size];
};
NodeChunk* acquire_chunk();
void release_chunk(NodeChunk* chunk) noexcept;
std::uint64_t next_serial() noexcept;

/// The OpClasses of leaves.
extern const OpClass variable_leaf, constant_leaf, parameter_leaf;
using ParameterLeaf = std::shared_ptr<ParameterState>;

/// Bump allocation for the ops' own data; rewound with the tape.
class Arena {
 public:
  void* allocate(std::size_t bytes, std::size_t alignment) {
    for (;; ++block_, used_ = 0) {
      if (block_ == blocks_.size())
        blocks_.push_back({std::make_unique<std::byte[]>(std::max(block_bytes, bytes + alignment)),
                           std::max(block_bytes, bytes + alignment)});
      const auto base = reinterpret_cast<std::uintptr_t>(blocks_[block_].memory.get());
      const std::size_t at = (base + used_ + alignment - 1) / alignment * alignment - base;
      if (at + bytes > blocks_[block_].bytes) continue;
      used_ = at + bytes;
      return blocks_[block_].memory.get() + at;
    }
  }
  /// Frees `p` and everything allocated after it.
  void rewind_to(const void* p) noexcept {
    const auto* byte = static_cast<const std::byte*>(p);
    for (std::size_t b = block_ + 1; b-- > 0;) {
      if (byte >= blocks_[b].memory.get() && byte < blocks_[b].memory.get() + blocks_[b].bytes) {
        block_ = b;
        used_ = static_cast<std::size_t>(byte - blocks_[b].memory.get());
        return;
      }
    }
  }
  std::size_t capacity() const noexcept {
    std::size_t total = 0;
    for (const Block& b : blocks_) total += b.bytes;
    return total;
  }

 private:
  static constexpr std::size_t block_bytes = std::size_t{16} << 10;
  struct Block {
    std::unique_ptr<std::byte[]> memory;
    std::size_t bytes;
  };
  std::vector<Block> blocks_;
  std::size_t block_ = 0, used_ = 0;
};

/// Which leaf stands for which parameter on this tape. Entries of dropped leaves are told by their serial and
/// overwritten.
class LeafTable {
 public:
  struct Entry {
    std::uint64_t parameter = 0;  // id; 0: empty
    std::uint64_t version = 0;
    Node* node = nullptr;
    std::uint64_t serial = 0;
  };
  /// The entry of a parameter, empty or stale where there is none yet. Never fails after `reserve_one`.
  Entry& at(std::uint64_t id) noexcept {
    std::size_t i = id * 0x9E3779B97F4A7C15u & (entries_.size() - 1);
    while (entries_[i].parameter != 0 && entries_[i].parameter != id) i = (i + 1) & (entries_.size() - 1);
    return entries_[i];
  }
  void reserve(std::size_t more);
  void claim(Entry& entry, std::uint64_t id) noexcept {
    if (entry.parameter == 0) ++used_;
    entry.parameter = id;
  }

 private:
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

/// The memory of a sweep, kept between sweeps so that a training step takes nothing from the heap.
struct SweepScratch {
  std::vector<std::uint32_t> slots;   // by node: 1 + the place of its cotangent; all zero between sweeps
  std::vector<std::uint32_t> owners;  // the other way round
  std::vector<Array> arrays;          // cotangents, where no graph of them is wanted
  std::vector<Var> vars;              // cotangents, where one is
  std::vector<std::uint32_t> free;    // places to use again
  std::vector<std::uint32_t> parameters;
  std::vector<std::pair<std::uint32_t, RowGradient>> rows;  // of parameters, beside their cotangents or without
  std::vector<std::uint8_t> paths;
  std::vector<Contribution> given;
  std::vector<Array> negated;
  std::vector<std::vector<Var>> replays;

  std::size_t bytes() const noexcept {
    return (slots.capacity() + owners.capacity() + free.capacity() + parameters.capacity()) * sizeof(std::uint32_t) +
           arrays.capacity() * sizeof(Array) + vars.capacity() * sizeof(Var) + paths.capacity();
  }
};

/// A sweep that is under way, as its tape knows it. A Stepper's may outlive the tape.
struct SweepLink {
  SweepLink* next = nullptr;
  bool tape_gone = false;
};

/// What one rule recorded while a sweep made a graph of the gradient.
struct RuleRecord {
  std::uint32_t begin, end;  // its nodes; those that are gone by now have serials out of the range below
  std::uint64_t first, last;
  std::uint32_t rule, root;  // the node whose rule it was, and what was differentiated
};

enum class Death : std::uint16_t { reset, rewind, scope_end, tape_end };

struct TapeState {
  TapeOptions options;
  const void* thread = this_thread();
  Loc opened;
  std::vector<NodeChunk*> chunks;
  std::size_t size = 0;
  std::vector<std::uint32_t> operands;
  Arena arena;
  LeafTable leaves;
  std::vector<Array> kept_gradients;                   // by node, on a tape that keeps values
  std::vector<std::unique_ptr<SweepScratch>> scratch;  // of sweeps to come
  SweepLink* sweeps = nullptr;                         // under way, the latest first
  std::size_t sweep_floor = 0;                         // nodes below it are being swept and must stay
  std::vector<VjpHook> hooks;
  std::uint64_t next_hook = 0;
  std::size_t scopes = 0, floor = 0;  // open scopes of this tape; where the innermost began
  std::size_t live_values = 0, bytes = 0, peak_bytes = 0;
  std::vector<RuleRecord> rule_records;  // in the order of the tape, on a tape that keeps values

  Node* node(std::size_t i) const noexcept { return &chunks[i / NodeChunk::size]->nodes[i % NodeChunk::size]; }
  Node* input(const Node& n, int i) const noexcept {
    return node(operands[n.first_input + static_cast<std::uint32_t>(i)]);
  }

  /// Room for so many more nodes and operands: pushing them then cannot fail.
  void reserve(std::size_t nodes, std::size_t operand_count);
  /// Appends a node; room must be there.
  Node* push(const OpClass& op, Array&& value, Loc loc) noexcept;
  Node* push_leaf(const OpClass& op, const Array& value, Loc loc);
  /// The leaf of a parameter; room for one node must be there.
  Node* leaf_of(const std::shared_ptr<ParameterState>& parameter, Loc loc);
  void release_value(Node* n) noexcept;
  void release_if_dead(Node* n) noexcept {
    if (n->handles == 0 && n->saved == 0 && !options.keep_values) release_value(n);
  }
  /// Takes back what node `n` asked the operands below a mark to keep.
  void forget_saved(const Node& n, std::size_t below) noexcept;
  /// Drops every node from `mark` on.
  void drop(std::size_t mark, Death how, Loc loc) noexcept;
  /// Remembers that all nodes from `begin` on were recorded by a rule of a sweep from `root`.
  void remember_rule(std::size_t begin, const Node& rule, std::size_t root);
  /// The rule that recorded a node, or null.
  const RuleRecord* rule_record_of(const Node& n) const noexcept;
  std::size_t bookkeeping() const noexcept;
};

/// The tape of a user's Tape or of its open scope.
inline bool saves_input(const Node& n, int i) noexcept {
  const Saves saves = n.op->info.saves;
  if (saves & Saves::inputs || (saves & Saves::first && i == 0) || (saves & Saves::second && i == 1)) return true;
  if (saves & Saves::others)
    for (int j = 0; j < n.inputs; ++j)
      if (j != i && n.tape->input(n, j)->needs_grad()) return true;
  return false;
}

/// A loose constant: a value on no tape.
Node* make_loose(Array&& value, Loc loc, bool weak = false);
const char* intern(std::string_view text);
/// The results of an op stand next to each other; the first is the one with the rule.
inline Node* first_output(Node* n) noexcept { return n->output == 0 ? n : n->tape->node(n->index - n->output); }
int output_count(const Node& first) noexcept;

}  // namespace xgrad::detail
