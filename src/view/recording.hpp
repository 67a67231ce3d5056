#pragma once
// One graph and one sweep, looked at without leaving a trace.

#include <cstddef>
#include <string>
#include <vector>

#include "autodiff/sweep.hpp"
#include "view/array_view.hpp"
#include "view/json_writer.hpp"
#include "view/sources.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/view/html.hpp"

namespace xgrad::view {

/// A recording of what `result` was computed from, as JSON.
/// @param operation for errors @throws as `record`
std::string recording_json(const char* operation, const Var& result, const HtmlOptions& options, Loc loc);

/// While it lives, a tape may be recorded on and swept; afterwards it is as it was.
class Undisturbed : ModeGuard {
 public:
  explicit Undisturbed(detail::TapeState& tape);
  ~Undisturbed();
  /// Where what is recorded meanwhile begins.
  std::size_t mark() const noexcept { return mark_; }
  /// Meanwhile what is computed from a constant is recorded, too.
  void follow(detail::Node* constant);

 private:
  detail::TapeState& tape_;
  std::size_t mark_, peak_bytes_;
  std::uint64_t seed_, stream_;
  std::vector<VjpHook> hooks_;
  std::vector<Array> gradients_;
  std::vector<detail::Node*> followed_;
};

/// The graphs of gradients that the user has recorded, as layers: 1 for that of a function, 2 for that of a gradient, …
class Layers {
 public:
  explicit Layers(const detail::TapeState& tape);
  /// 0 for what no rule has recorded.
  int of(const detail::Node* node) const noexcept { return layers_[node->index]; }

 private:
  std::vector<int> layers_;  // by index on the tape
};

/// Nodes and their numbers in the file.
class Numbering {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  Numbering() = default;
  /// A node and what it was computed from; with what rules have recorded, the nodes whose rules they were.
  explicit Numbering(const detail::Node* result);
  /// Takes the nodes on a tape from `begin` on that are marked, in order.
  void take_marked(const detail::TapeState& tape, const std::vector<bool>& marked, std::size_t begin);
  std::size_t of(const detail::Node* node) const noexcept {
    return node->index < numbers_.size() ? numbers_[node->index] : none;
  }
  std::size_t size() const noexcept { return nodes_.size(); }
  const std::vector<detail::Node*>& nodes() const noexcept { return nodes_; }

 private:
  std::vector<detail::Node*> nodes_;
  std::vector<std::size_t> numbers_;
};

/// Marks what a node was computed from, down to `begin`; with it all results of every op on the way, and whose rules
/// recorded it.
void mark_ancestors(const detail::TapeState& tape, const detail::Node* from, std::size_t begin,
                    std::vector<bool>& marked);

/// What the writer of a node knows beside the node itself.
struct NodeFacts {
  const Array* grad = nullptr;
  Loc loc = {};           // the user's line, where it is not the node's own
  bool constant = false;  // a leaf that is one here, whatever its tape calls it
  int order = 0;
  std::size_t made_by = Numbering::none;
  double time = -1;  // microseconds; negative: not measured
  std::string decomposition = {};
};
void write_node(JsonWriter& to, detail::Node* node, const Numbering& numbers, const NodeFacts& facts,
                const ArrayDetail& detail, Sources& sources);

/// Microseconds that an op's kernel takes; negative where it cannot be run again.
double time_of(detail::Node* node);

/// What a fused op stands for, as JSON, with the gradients inside where `cotangent` is given; empty where it is more
/// than `max_nodes`.
std::string decomposition_of(detail::Node* node, const Array* cotangent, std::size_t max_nodes,
                             const ArrayDetail& detail, Sources& sources);

/// The graph of the gradient, recorded behind the function's own.
struct GradientGraph {
  detail::Node* seed = nullptr;      // the result's cotangent
  std::vector<Var> cotangents;       // by number of the node; empty where none arrived
  std::vector<std::size_t> made_by;  // by index on the tape from `seed` on: the number of the node whose rule it was
};
GradientGraph record_gradient(detail::Node* result, const Array& cotangent, const Numbering& numbers, Loc loc);

}  // namespace xgrad::view
