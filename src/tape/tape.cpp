#include "xgrad/tape/tape.hpp"

#include <atomic>
#include <mutex>

#include "tape/tape_state.hpp"

namespace xgrad {
namespace detail {

namespace {

/// Chunks are never given back: a stale Var may still look at the node it was made for.
struct ChunkPool {
  std::mutex mutex;
  std::vector<NodeChunk*> free, all;
};
ChunkPool& chunk_pool() {
  static auto* pool = new ChunkPool;
  return *pool;
}

void forward_of_leaf(const void*, Run&, DType) {}
constexpr OpClass leaf(const char* name) {
  OpClass c{.info = {.name = name}};
  c.leaf = true;
  c.forward = forward_of_leaf;
  return c;
}
constexpr OpClass make_parameter_leaf() {
  OpClass c = leaf("parameter");
  c.size = sizeof(ParameterLeaf);
  c.alignment = alignof(ParameterLeaf);
  c.destroy = [](void* p) noexcept { static_cast<ParameterLeaf*>(p)->~ParameterLeaf(); };
  return c;
}

}  // namespace

constinit const OpClass variable_leaf = leaf("variable");
constinit const OpClass constant_leaf = leaf("constant");
constinit const OpClass parameter_leaf = make_parameter_leaf();

NodeChunk* acquire_chunk() {
  ChunkPool& pool = chunk_pool();
  std::lock_guard lock(pool.mutex);
  if (pool.free.empty()) {
    pool.free.reserve(pool.all.size() + 1);  // so that giving it back cannot fail
    pool.all.reserve(pool.all.size() + 1);
    pool.all.push_back(new NodeChunk);
    return pool.all.back();
  }
  NodeChunk* chunk = pool.free.back();
  pool.free.pop_back();
  return chunk;
}

void release_chunk(NodeChunk* chunk) noexcept {
  ChunkPool& pool = chunk_pool();
  std::lock_guard lock(pool.mutex);
  pool.free.push_back(chunk);
}

std::uint64_t next_serial() noexcept {
  static std::atomic<std::uint64_t> blocks{0};
  constexpr std::uint64_t block = std::uint64_t{1} << 32;
  static thread_local std::uint64_t next = 0;
  if (next % block == 0) next = blocks.fetch_add(1, std::memory_order_relaxed) * block + 1;
  return next++;
}

void LeafTable::reserve(std::size_t more) {
  if (2 * (used_ + more) <= entries_.size()) return;
  std::vector<Entry> old = std::move(entries_);
  std::size_t alive = more;
  for (const Entry& e : old) alive += e.node && e.node->serial == e.serial;
  std::size_t size = 16;
  while (size < 4 * alive) size *= 2;
  entries_ = std::vector<Entry>(size);
  used_ = 0;
  for (const Entry& e : old) {
    if (!e.node || e.node->serial != e.serial) continue;
    Entry& slot = at(e.parameter);
    claim(slot, e.parameter);
    slot = e;
  }
}

void TapeState::reserve(std::size_t nodes, std::size_t operand_count) {
  while (chunks.size() * NodeChunk::size < size + nodes) {
    chunks.reserve(chunks.size() + 1);
    chunks.push_back(acquire_chunk());
  }
  if (operands.capacity() < operands.size() + operand_count)
    operands.reserve(std::max(2 * operands.capacity(), operands.size() + operand_count + 64));
}

Node* TapeState::push(const OpClass& op, Array&& value, Loc loc) noexcept {
  Node* n = node(size);
  const bool own = value.unique();
  n->value = std::move(value);
  n->op = &op;
  n->attributes = nullptr;
  n->tape = this;
  n->label = nullptr;
  n->path = mode().path;
  n->loc = loc;
  n->serial = next_serial();
  n->index = static_cast<std::uint32_t>(size++);
  n->first_input = static_cast<std::uint32_t>(operands.size());
  n->handles = n->saved = 0;
  n->inputs = 0;
  n->output = 0;
  n->flags = 0;
  ++live_values;
  if (own) {
    n->flags |= Node::counted_flag;
    bytes += n->value.bytes();
    if (bytes > peak_bytes) peak_bytes = bytes;
  }
  return n;
}

Node* TapeState::push_leaf(const OpClass& op, const Array& value, Loc loc) {
  reserve(1, 0);
  return push(op, Array(value), loc);
}

Node* TapeState::leaf_of(const std::shared_ptr<ParameterState>& parameter, Loc loc) {
  leaves.reserve(1);
  LeafTable::Entry& entry = leaves.at(parameter->id);
  if (entry.parameter == parameter->id && entry.node->serial == entry.serial && entry.version == parameter->version) {
    if (!entry.node->value.has_memory()) {
      entry.node->value = parameter->value;
      ++live_values;
    }
    return entry.node;
  }
  void* memory = arena.allocate(sizeof(ParameterLeaf), alignof(ParameterLeaf));
  Node* n = push_leaf(parameter_leaf, parameter->value, loc);
  n->attributes = new (memory) ParameterLeaf(parameter);
  n->label = parameter->label;
  if (parameter->trainable) n->flags |= Node::needs_grad_flag;
  leaves.claim(entry, parameter->id);
  entry = {parameter->id, parameter->version, n, n->serial};
  return n;
}

void TapeState::release_value(Node* n) noexcept {
  if (!n->value.has_memory()) return;
  --live_values;
  if (n->flags & Node::counted_flag) {
    bytes -= n->value.bytes();
    n->flags &= static_cast<std::uint8_t>(~Node::counted_flag);
  }
  n->value.release();
}

void TapeState::forget_saved(const Node& n, std::size_t below) noexcept {
  for (int i = 0; i < n.inputs; ++i) {
    Node* in = input(n, i);
    if (in->index < below && saves_input(n, i) && --in->saved == 0) release_if_dead(in);
  }
}

void TapeState::drop(std::size_t mark, Death how, Loc loc) noexcept {
  if (mark >= size) return;
  const void* lowest_attribute = nullptr;
  const std::uint32_t operands_left = node(mark)->first_input;
  while (size > mark) {
    Node* n = node(--size);
    release_value(n);
    if (mark > 0 && n->inputs && !(n->flags & Node::freed_flag)) forget_saved(*n, mark);
    if (n->attributes) {
      lowest_attribute = n->attributes;
      if (n->op->destroy) n->op->destroy(n->attributes);
    }
    // What a StaleHandle will say of it, for as long as the place is not taken by another node.
    n->serial |= Node::dead_bit;
    n->attributes = const_cast<char*>(loc.file);
    n->first_input = loc.line;
    n->inputs = static_cast<std::uint16_t>(how);
  }
  operands.resize(operands_left);
  if (lowest_attribute) arena.rewind_to(lowest_attribute);
  if (kept_gradients.size() > mark) kept_gradients.resize(mark);
}

void TapeState::remember_rule(std::size_t begin, const Node& rule, std::size_t root) {
  while (!rule_records.empty() && rule_records.back().end > begin) rule_records.pop_back();  // of nodes long dropped
  const auto index = [](std::size_t i) { return static_cast<std::uint32_t>(i); };
  rule_records.push_back(
      {index(begin), index(size), node(begin)->serial, node(size - 1)->serial, rule.index, index(root)});
}

const RuleRecord* TapeState::rule_record_of(const Node& n) const noexcept {
  const auto after = std::upper_bound(rule_records.begin(), rule_records.end(), n.index,
                                      [](std::uint32_t i, const RuleRecord& r) { return i < r.begin; });
  if (after == rule_records.begin()) return nullptr;
  const RuleRecord& r = *std::prev(after);
  return n.index < r.end && n.serial >= r.first && n.serial <= r.last ? &r : nullptr;
}

std::size_t TapeState::bookkeeping() const noexcept {
  std::size_t total = chunks.size() * sizeof(NodeChunk) + operands.capacity() * sizeof(std::uint32_t) +
                      arena.capacity() + rule_records.capacity() * sizeof(RuleRecord);
  for (const auto& s : scratch) total += s->bytes();
  return total;
}

const void* thread_of(const Node* n) noexcept { return n->tape ? n->tape->thread : this_thread(); }

int output_count(const Node& first) noexcept {
  const TapeState& tape = *first.tape;
  int count = 1;
  while (first.index + static_cast<std::size_t>(count) < tape.size &&
         tape.node(first.index + static_cast<std::size_t>(count))->output == static_cast<std::uint32_t>(count))
    ++count;
  return count;
}

}  // namespace detail

Tape::Tape(TapeOptions options, Loc loc) : state_(std::make_unique<detail::TapeState>()) {
  state_->options = options;
  state_->opened = loc;
}

Tape::~Tape() {
  if (detail::mode().tape == state_.get()) detail::mode().tape = nullptr;
  for (detail::SweepLink* s = state_->sweeps; s; s = s->next) s->tape_gone = true;
  state_->drop(0, detail::Death::tape_end, state_->opened);
  for (detail::NodeChunk* chunk : state_->chunks) detail::release_chunk(chunk);
}

namespace {
void check_thread(const char* operation, const detail::TapeState& tape, Loc loc) {
  if (tape.thread != detail::this_thread())
    throw WrongThread(operation, "needs the thread that made the tape; got another", loc,
                      "tape opened at " + to_string(tape.opened));
}
}  // namespace

Tape::Scope::Scope(detail::TapeState* tape, Loc loc)
    : tape_(tape), outer_(detail::mode().tape), mark_(tape->floor), loc_(loc) {
  check_thread("Tape::scope", *tape, loc);
  tape->floor = tape->size;
  ++tape->scopes;
  detail::mode().tape = tape;
}

Tape::Scope::~Scope() {
  detail::mode().tape = outer_;
  tape_->drop(tape_->floor, detail::Death::scope_end, loc_);
  tape_->floor = mark_;
  --tape_->scopes;
}

Tape::Scope Tape::scope(Loc loc) { return Scope(state_.get(), loc); }

Var Tape::variable(const Array& value, Loc loc) {
  check_thread("Tape::variable", *state_, loc);
  if (!is_floating(value.dtype()))
    throw DTypeError("Tape::variable",
                     "needs float32 or float64, the types that carry a gradient; got " + signature(value), loc);
  detail::Node* n = state_->push_leaf(detail::variable_leaf, value, loc);
  n->flags |= detail::Node::needs_grad_flag;
  return Var(n);
}

Var Tape::constant(const Array& value, Loc loc) {
  check_thread("Tape::constant", *state_, loc);
  return Var(state_->push_leaf(detail::constant_leaf, value, loc));
}

std::size_t Tape::mark() const noexcept { return state_->size; }

void Tape::rewind(std::size_t mark, Loc loc) {
  check_thread("Tape::rewind", *state_, loc);
  if (mark < state_->sweep_floor)
    throw GraphError("Tape::rewind", "needs a mark set during the sweep that is under way; got an earlier one", loc);
  if (mark > state_->size || mark < state_->floor)
    throw ArgError("Tape::rewind",
                   "needs a mark from " + std::to_string(state_->floor) + " to " + std::to_string(state_->size) +
                       "; got " + std::to_string(mark),
                   loc);
  state_->drop(mark, detail::Death::rewind, loc);
}

void Tape::reset(Loc loc) {
  check_thread("Tape::reset", *state_, loc);
  if (state_->sweep_floor) throw GraphError("Tape::reset", "needs a tape that no sweep is under way on; got one", loc);
  if (state_->scopes)
    throw GraphError("Tape::reset",
                     "needs a tape without open scopes; got one with " + std::to_string(state_->scopes) +
                         " (the end of a scope drops what was recorded in it)",
                     loc);
  state_->drop(0, detail::Death::reset, loc);
  state_->peak_bytes = state_->bytes;
}

NodeView Tape::node(std::size_t index, Loc loc) const {
  if (index >= state_->size)
    throw IndexError("Tape::node",
                     "needs an index below " + std::to_string(state_->size) + "; got " + std::to_string(index), loc);
  return NodeView(state_->node(index));
}

std::uint64_t Tape::add_hook(VjpHook hook) {
  hook.id = ++state_->next_hook;
  state_->hooks.push_back(std::move(hook));
  return state_->next_hook;
}
void Tape::remove_hook(std::uint64_t id) noexcept {
  std::erase_if(state_->hooks, [id](const VjpHook& h) { return h.id == id; });
}

TapeStatistics Tape::statistics() const noexcept {
  return {state_->size, state_->live_values, state_->bytes, state_->peak_bytes, state_->bookkeeping()};
}

}  // namespace xgrad
