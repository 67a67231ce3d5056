#pragma once
/// \file Stepper: a backward sweep, one vjp at a time.

#include <memory>
#include <span>
#include <vector>

#include "xgrad/autodiff/backward.hpp"

namespace xgrad {

/// Walks back from a result, one node's rule a step, and shows what each does: for teaching and debugging.
///
/// ```cpp
/// for (Stepper step(loss); step.next();)
///   std::cout << describe(step.node()) << "  cotangent " << step.cotangent() << '\n';
/// ```
/// The graph keeps what it needs for other sweeps, and Parameters keep their gradients (until `commit`). Every use
/// throws StaleHandle once the result is no longer on its tape.
class Stepper {
 public:
  /// @param cotangent of the result; 1 for a scalar where absent @throws as `backward`
  explicit Stepper(const Var& result, const Var& cotangent = {}, Loc loc = Loc::current());
  Stepper(Stepper&&) noexcept;
  ~Stepper();

  /// Runs the rule of the next node: of the latest one on the tape whose cotangent has arrived in full.
  /// @return false, and nothing happens, when there is none left
  bool next(Loc loc = Loc::current());
  /// Whether no node is left.
  bool done(Loc loc = Loc::current()) const;

  /// The node whose rule ran last, its cotangent, and what it gave to each operand.
  /// @throws GraphError before the first step
  NodeView node(Loc loc = Loc::current()) const;
  const Array& cotangent(Loc loc = Loc::current()) const;
  std::span<const Contribution> given(Loc loc = Loc::current()) const;

  /// What has arrived so far at a value that is yet to come, or at a leaf; null where nothing has, and after its own
  /// step.
  const Array* arrived(const Var& v, Loc loc = Loc::current()) const;
  /// Adds what has arrived at Parameters to their gradients, as `backward` does at its end. @throws GraphError unless
  /// `done`, and the second time
  void commit(Loc loc = Loc::current());

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace xgrad
