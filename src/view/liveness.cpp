#include "view/liveness.hpp"

#include <algorithm>

#include "tape/tape_state.hpp"

namespace xgrad::view {

std::size_t Liveness::place(const detail::Node* node) const { return places_[node->index]; }

template <class F>
void Liveness::for_saved(std::size_t i, F f) {
  const detail::Node& n = *nodes_[i];
  if (n.op->leaf || n.output != 0) return;
  for (int k = 0; k < n.inputs; ++k)
    if (detail::saves_input(n, k)) f(values_[place(n.tape->input(n, k))]);
  if (n.op->info.saves & Saves::output)
    for (int j = 0, outputs = detail::output_count(n); j < outputs; ++j) f(values_[i + static_cast<std::size_t>(j)]);
}

Liveness::Liveness(std::span<detail::Node* const> nodes) : nodes_(nodes), values_(nodes.size()) {
  if (nodes.empty()) return;
  places_.resize(nodes.back()->index + std::size_t{1});
  for (std::size_t i = 0; i < nodes.size(); ++i) places_[nodes[i]->index] = i;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const detail::Node& n = *nodes[i];
    Value& v = values_[i];
    v.bytes = n.flags & detail::Node::counted_flag ? static_cast<std::int64_t>(n.value.bytes()) : 0;
    v.held = n.handles > 0;
    v.last_reader = i;
    for (int k = 0; k < n.inputs; ++k) values_[place(n.tape->input(n, k))].last_reader = i;
    for_saved(i, [](Value& saved) { ++saved.pending; });
  }
  std::vector<std::int64_t> released(nodes.size());
  for (const Value& v : values_)
    if (!v.held && v.pending == 0) released[v.last_reader] += v.bytes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    bytes_ += values_[i].bytes - released[i];
    forward_.push_back(bytes_);
  }
}

void Liveness::rule_ran(std::size_t i) {
  for_saved(i, [this](Value& v) {
    if (--v.pending == 0 && !v.held) bytes_ -= v.bytes;
  });
  backward_.push_back(bytes_);
}

}  // namespace xgrad::view
