#pragma once
/// \file Tape: records array operations in the order in which they run.

#include <iosfwd>
#include <memory>
#include <string>

#include "xgrad/tape/hooks.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/tape/node_view.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad {

/// How a tape is opened.
struct TapeOptions {
  bool keep_values = false;  ///< keep every value and every gradient, for teaching and drawing
};

/// What a tape holds now, and held at most.
struct TapeStatistics {
  std::size_t nodes = 0;              ///< recorded nodes
  std::size_t live_values = 0;        ///< nodes whose value is still in memory
  std::size_t bytes = 0;              ///< their memory, values shared with parameters and data aside
  std::size_t peak_bytes = 0;         ///< the most that `bytes` has been since the tape was opened or reset
  std::size_t bookkeeping_bytes = 0;  ///< nodes, operand lists, attributes
};

/// Records ops as they run; the order of recording is a topological order, so a backward sweep is a loop.
///
/// A tape holds what a gradient may flow through, and the constants that it read. Ops take the tape from their
/// operands; a scope supplies it where an operand is a Parameter. Values leave memory as soon as no handle and no
/// pending gradient needs them.
///
/// A tape belongs to the thread that made it. Several tapes may be open at once, on one thread or several.
///
/// ```cpp
/// Tape tape;
/// for (…) {
///   auto scope = tape.scope();            // whatever is recorded from here…
///   Var loss = mean(square(matmul(x, w) + b - y));
///   backward(loss);
///   optimizer.step({w, b});
/// }                                       // …is dropped here, and its memory reused
/// ```
class Tape {
 public:
  explicit Tape(TapeOptions options = {}, Loc loc = Loc::current());
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// Makes this tape the open one on its thread; when the scope ends, what was recorded in it is dropped. Scopes nest.
  class [[nodiscard]] Scope {
   public:
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

    /// For the engine: `tape.scope()` is the way to open one.
    Scope(detail::TapeState* tape, Loc loc);

   private:
    detail::TapeState* tape_;
    detail::TapeState* outer_;
    std::size_t mark_;
    Loc loc_;
  };
  Scope scope(Loc loc = Loc::current());

  /// A leaf whose gradient can be asked for. @throws DTypeError for other than float32 and float64
  Var variable(const Array& value, Loc loc = Loc::current());
  /// A leaf without a gradient, shown on the tape. (An Array or number in an expression becomes one by itself.)
  Var constant(const Array& value, Loc loc = Loc::current());

  /// The place where the next node goes. `rewind(mark)` drops everything recorded since: Vars of dropped nodes are
  /// stale.
  std::size_t mark() const noexcept;
  /// @throws ArgError for a mark beyond the end or below an open scope's beginning
  void rewind(std::size_t mark, Loc loc = Loc::current());
  /// Drops everything and keeps the memory for what comes. @throws GraphError inside one of its own scopes
  void reset(Loc loc = Loc::current());

  std::size_t size() const noexcept { return mark(); }
  /// The node at a position: what it is, what it reads, what it holds. @throws IndexError
  NodeView node(std::size_t index, Loc loc = Loc::current()) const;
  TapeStatistics statistics() const noexcept;

  /// One line a node: number, op, signature, label, user's line, operands, what its gradient needs, whether its value
  /// is live.
  void print(std::ostream& out) const;
  void print() const;
  /// The graph in Graphviz's language.
  std::string dot() const;

  /// Calls the functions around every vjp of every sweep over this tape, until `remove_hook`. @return the hook's number
  std::uint64_t add_hook(VjpHook hook);
  void remove_hook(std::uint64_t id) noexcept;

  detail::TapeState* state() const noexcept { return state_.get(); }

 private:
  std::unique_ptr<detail::TapeState> state_;
};

/// The same value, through which no gradient flows.
Var stop_gradient(const Var& v, Loc loc = Loc::current());

}  // namespace xgrad
