#include "xgrad/tape/var.hpp"

#include <mutex>
#include <ostream>
#include <set>

#include "tape/tape_state.hpp"

namespace xgrad {
namespace detail {

namespace {

/// Nodes of loose constants, recycled. What a finished thread leaves goes to the next one.
struct LoosePool {
  Node* free = nullptr;  // linked through attributes
  ~LoosePool();
  static LoosePool& shared() {
    static auto* pool = new LoosePool;
    return *pool;
  }
  static std::mutex& mutex() {
    static auto* m = new std::mutex;
    return *m;
  }
};
LoosePool::~LoosePool() {
  std::lock_guard lock(mutex());
  while (free) {
    Node* n = free;
    free = static_cast<Node*>(n->attributes);
    n->attributes = shared().free;
    shared().free = n;
  }
}
thread_local LoosePool loose_pool;

Node* take_loose() {
  if (!loose_pool.free) {
    std::lock_guard lock(LoosePool::mutex());
    std::swap(loose_pool.free, LoosePool::shared().free);
  }
  if (!loose_pool.free) {
    NodeChunk* chunk = acquire_chunk();
    for (Node& n : chunk->nodes) {
      n.tape = nullptr;
      n.attributes = loose_pool.free;
      loose_pool.free = &n;
    }
  }
  Node* n = loose_pool.free;
  loose_pool.free = static_cast<Node*>(n->attributes);
  return n;
}

std::string how_it_died(const Node& n) {
  const Loc at{static_cast<const char*>(n.attributes), n.first_input};
  switch (static_cast<Death>(n.inputs)) {
    case Death::reset:
      return "after tape.reset() at " + to_string(at);
    case Death::rewind:
      return "after tape.rewind() at " + to_string(at);
    case Death::scope_end:
      return "after the end of the scope opened at " + to_string(at);
    default:
      return "after the end of the tape opened at " + to_string(at);
  }
}

}  // namespace

Node* make_loose(Array&& value, Loc loc, bool weak) {
  Node* n = take_loose();
  n->value = std::move(value);
  n->op = &constant_leaf;
  n->attributes = nullptr;
  n->label = nullptr;
  n->path = mode().path;
  n->loc = loc;
  n->serial = next_serial();
  n->index = n->handles = n->saved = 0;
  n->inputs = 0;
  n->output = 0;
  n->flags = weak ? Node::weak_flag : 0;
  return n;
}

void last_handle_gone(Node* n) noexcept {
  if (!n->tape) {
    n->value.release();
    n->serial = 0;
    n->attributes = loose_pool.free;
    loose_pool.free = n;
  } else if (n->tape->thread == this_thread()) {
    n->tape->release_if_dead(n);
  }
}

void refuse_handle(const Node* n, std::uint64_t serial, Loc loc) {
  if (!n) throw StaleHandle("Var", "needs a Var that holds a value; got an empty one", loc);
  const bool dead = n->serial != serial;
  const bool told = n->serial == (serial | Node::dead_bit);  // the place still remembers who it was
  if (!dead)
    throw WrongThread("Var", "needs the thread that made its tape; got another", loc,
                      std::string(n->op->info.name) + ", " + to_string(n->loc));
  if (!told) throw StaleHandle("Var", "needs a live value; got one that its tape has dropped and replaced", loc);
  const std::string name = n->label
                               ? "'" + std::string(n->label) + "' (" + n->op->info.name + ", " + to_string(n->loc) + ")"
                               : std::string(n->op->info.name) + " (" + to_string(n->loc) + ")";
  throw StaleHandle("Var", "needs a live value; got " + name + ", used " + how_it_died(*n), loc);
}

const char* intern(std::string_view text) {
  static auto* mutex = new std::mutex;
  static auto* strings = new std::set<std::string, std::less<>>;
  std::lock_guard lock(*mutex);
  auto found = strings->find(text);
  if (found == strings->end()) found = strings->emplace(text).first;
  return found->c_str();
}

}  // namespace detail

Var::Var(const Array& value, Loc loc) : Var(detail::make_loose(Array(value), loc)) {}

Var::Var(const Parameter& p, Loc loc) {
  detail::TapeState* tape = detail::mode().tape;
  if (!detail::mode().grad || !p.trainable()) {
    *this = Var(p.value(), loc);
    return;
  }
  if (!tape)
    throw NoTape("Var",
                 "needs an open tape for parameter '" + p.name() +
                     "'; got none (open a scope: auto scope = tape.scope(); or compute under NoGrad)",
                 loc);
  tape->reserve(1, 0);
  *this = Var(tape->leaf_of(p.state(), loc));
}

Var Var::weak(const Array& number, Loc loc) { return Var(detail::make_loose(Array(number), loc, true)); }

Var& Var::label(std::string_view name, Loc loc) {
  node(loc)->label = detail::intern(name);
  return *this;
}

std::string Var::label(Loc loc) const {
  const char* text = node(loc)->label;
  return text ? text : "";
}

std::int64_t Var::index(Loc loc) const {
  const detail::Node* n = node(loc);
  return n->tape ? static_cast<std::int64_t>(n->index) : -1;
}

const Array& Var::grad(Loc loc) const {
  const detail::Node* n = node(loc);
  const Array* kept = n->tape ? NodeView(node_).grad() : nullptr;
  if (!kept)
    throw GraphError("Var::grad",
                     "needs a tape opened with {.keep_values = true} and a sweep that reached this node; got none kept "
                     "(grad(y, x) gives any gradient; parameters keep theirs)",
                     loc, describe(NodeView(node_)));
  return *kept;
}

std::string to_string(const Var& v) {
  const std::string label = v.label();
  return "Var " + (label.empty() ? "" : "'" + label + "' ") + to_string(v.value());
}

std::ostream& operator<<(std::ostream& out, const Var& v) { return out << to_string(v); }

Var stop_gradient(const Var& v, Loc loc) { return v.detach(loc); }

LabelScope::LabelScope(std::string_view name) {
  const char* outer = detail::mode().path;
  detail::mode().path = detail::intern(outer ? std::string(outer) + "/" + std::string(name) : std::string(name));
}

}  // namespace xgrad
