#include "xgrad/autodiff/checkpoint.hpp"

#include <algorithm>
#include <cstring>

#include "tape/tape_state.hpp"

namespace xgrad::detail {

struct CheckpointLists {
  std::vector<Var> inputs, results;
  std::vector<Arg> operands;
  std::vector<const Arg*> operand_list;
  std::vector<Array> outputs;
  std::vector<std::uint32_t> outer;

  void clear() noexcept {
    inputs.clear();
    results.clear();
    operands.clear();
    operand_list.clear();
    outputs.clear();
    outer.clear();
  }
};

namespace {

/// Lists of this thread's that no checkpoint uses now: one for each that may be nested.
struct FreeLists {
  std::vector<CheckpointLists*> free;
  ~FreeLists() {
    for (CheckpointLists* lists : free) delete lists;
  }
};
thread_local FreeLists free_lists;

#ifdef NDEBUG
constexpr bool debug_build = false;
#else
constexpr bool debug_build = true;
#endif

/// FNV-1a over words: equal for equal bits.
std::uint64_t mix(std::uint64_t digest, const Array& a) noexcept {
  constexpr std::uint64_t prime = 0x100000001B3u;
  const auto* bytes = static_cast<const unsigned char*>(a.raw());
  std::size_t left = a.bytes();
  for (; left > 0; left -= std::min<std::size_t>(left, 8), bytes += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, std::min<std::size_t>(left, 8));
    digest = (digest ^ word) * prime;
    digest ^= digest >> 29;
  }
  return digest;
}
std::uint64_t digest_of(std::span<const Var> results) {
  std::uint64_t digest = 0xCBF29CE484222325u;
  for (const Var& r : results) digest = mix(digest, r.value());
  return digest;
}

std::size_t ops_since(const TapeState& tape, std::size_t begin) noexcept {
  std::size_t count = 0;
  for (std::size_t i = begin; i < tape.size; ++i) count += !tape.node(i)->op->leaf;
  return count;
}

TapeState* tape_for(std::span<const Arg> inputs) {
  if (!mode().grad) return nullptr;
  for (const Arg& a : inputs)
    if (!a.parameter())
      if (TapeState* tape = a.var().node(a.loc())->tape) return tape;
  return mode().tape;
}

}  // namespace

// --- what the node says of itself while it is recorded ---

void CheckpointFacts::infer(Infer& i) const {
  for (const Array& a : outputs) i.result(a.shape(), a.dtype());
}
void CheckpointFacts::forward(Run& run) const {
  for (int j = 0; j < run.outputs(); ++j) run.out(j) = std::move(outputs[static_cast<std::size_t>(j)]);
}

// --- the first run ---

CheckpointRecording::CheckpointRecording(std::span<const Arg> inputs, Loc loc) : loc_(loc) {
  Mode& now = mode();
  TapeState* tape = tape_for(inputs);
  if (tape) {
    now.tape = tape;
    mark_ = tape->size;
    facts_ = {.tape = tape,
              .path = now.path,
              .training = now.training,
              .fusion = now.fusion,
              .verify = debug_build || now.check_nan,
              .random_seed = now.random_seed,
              .stream_before = now.random_stream};
  }
  if (free_lists.free.empty()) {
    free_lists.free.reserve(16);
    free_lists.free.push_back(new CheckpointLists);
  }
  lists_ = free_lists.free.back();
  lists_->clear();
  try {
    for (const Arg& a : inputs) {
      lists_->operands.push_back(a);
      lists_->inputs.push_back(a.parameter() ? Var(Parameter(a.parameter()), a.loc()) : a.var());
    }
  } catch (...) {
    if (tape) tape->drop(mark_, Death::rewind, loc_);
    throw;
  }
  free_lists.free.pop_back();
}

CheckpointRecording::~CheckpointRecording() {
  if (facts_.tape && !finished_) facts_.tape->drop(mark_, Death::rewind, loc_);
  lists_->clear();
  if (free_lists.free.size() < free_lists.free.capacity()) {
    free_lists.free.push_back(lists_);
  } else {
    delete lists_;
  }
}

std::span<const Var> CheckpointRecording::inputs() const noexcept { return lists_->inputs; }
std::vector<Var>& CheckpointRecording::results() noexcept { return lists_->results; }
std::span<const Arg* const> CheckpointRecording::operands() const noexcept { return lists_->operand_list; }

CheckpointFacts CheckpointRecording::finish() {
  TapeState& tape = *facts_.tape;
  CheckpointLists& l = *lists_;
  facts_.stream_after = mode().random_stream;
  facts_.ops = ops_since(tape, mark_);
  if (facts_.verify) facts_.digest = digest_of(l.results);
  // What f has read from outside: nodes below the mark, and parameters.
  const std::size_t inputs = l.operands.size();
  for (std::size_t i = mark_; i < tape.size; ++i) {
    const Node& n = *tape.node(i);
    if (n.op == &parameter_leaf) {
      const ParameterLeaf& p = *static_cast<const ParameterLeaf*>(n.attributes);
      if (std::none_of(l.operands.begin(), l.operands.end(), [&](const Arg& a) { return a.parameter() == p; }))
        l.operands.emplace_back(Parameter(p), loc_);
    }
    for (int k = 0; k < n.inputs; ++k)
      if (const Node& in = *tape.input(n, k); in.index < mark_) l.outer.push_back(in.index);
  }
  for (const Var& r : l.results) {
    Node* n = r.node(loc_);
    if (n->tape && n->tape != &tape)
      throw ForeignTape("checkpoint",
                        "needs a function that records on the tape of its inputs (or, where they are constants, on the "
                        "open one); got " +
                            xgrad::describe(NodeView(n)) + " of another",
                        loc_);
    if (n->tape && n->index < mark_) l.outer.push_back(n->index);
    l.outputs.push_back(n->value);
  }
  std::sort(l.outer.begin(), l.outer.end());
  l.outer.erase(std::unique(l.outer.begin(), l.outer.end()), l.outer.end());
  for (std::uint32_t i : l.outer) {
    Node* n = tape.node(i);
    const auto is_input = [n](const Arg& a) { return !a.parameter() && a.var().node() == n; };
    if (std::none_of(l.operands.begin(), l.operands.begin() + static_cast<std::ptrdiff_t>(inputs), is_input))
      l.operands.emplace_back(Var(n), loc_);
  }
  for (const Arg& a : l.operands) l.operand_list.push_back(&a);
  l.results.clear();
  l.inputs.clear();
  tape.drop(mark_, Death::rewind, loc_);
  finished_ = true;
  facts_.outputs = l.outputs;
  return facts_;
}

// --- the replay ---

CheckpointReplay::CheckpointReplay(const CheckpointFacts& facts, std::span<const Var> operands)
    : facts_(facts),
      seed_(mode().random_seed),
      stream_(mode().random_stream),
      begin_(facts.tape->size),
      loc_(mode().origin) {
  Mode& now = mode();
  for (const Var& v : operands) {
    const Node& n = *v.node();
    if (n.op != &parameter_leaf) continue;
    const ParameterState& p = **static_cast<const ParameterLeaf*>(n.attributes);
    const LeafTable::Entry& entry = facts.tape->leaves.at(p.id);
    if (entry.node != &n || entry.version != p.version)
      throw ParamModified("checkpoint",
                          "needs parameter '" + p.name +
                              "' as it was when the function ran; got one that was changed since (call backward before "
                              "the optimizer's step)",
                          loc_, xgrad::describe(NodeView(const_cast<Node*>(&n))));
  }
  now.tape = facts.tape;
  now.path = facts.path;
  now.training = facts.training;
  now.fusion = facts.fusion;
  now.random_seed = facts.random_seed;
  now.random_stream = facts.stream_before;
  now.origin = {};
}

CheckpointReplay::~CheckpointReplay() {
  mode().random_seed = seed_;
  mode().random_stream = stream_;
}

void CheckpointReplay::check(std::span<const Var> results) const {
  const auto refuse = [this](const std::string& what, const std::string& needs, const std::string& got) {
    throw RecomputeMismatch(
        "checkpoint",
        "needs a function that does the same when it runs again (it may read what it was given, and "
        "what does not change); got " +
            what + " " + got + " instead of " + needs,
        loc_);
  };
  const std::size_t ops = ops_since(*facts_.tape, begin_);
  if (ops != facts_.ops) refuse("a number of ops:", std::to_string(facts_.ops), std::to_string(ops));
  const std::uint64_t draws = mode().random_stream - facts_.stream_before;
  if (draws != facts_.stream_after - facts_.stream_before)
    refuse("a number of random draws:", std::to_string(facts_.stream_after - facts_.stream_before),
           std::to_string(draws));
  if (facts_.verify && digest_of(results) != facts_.digest)
    refuse("other results,", "the same bit for bit", results.empty() ? "none" : to_string(results[0].value()));
}

std::vector<Arg> arguments(const std::vector<Var>& inputs, Loc loc) {
  std::vector<Arg> list;
  list.reserve(inputs.size());
  for (const Var& v : inputs) list.emplace_back(v, loc);
  return list;
}

}  // namespace xgrad::detail
