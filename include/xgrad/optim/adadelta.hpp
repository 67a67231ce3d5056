#pragma once
/// \file Adadelta.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Adadelta: each step has the size of the steps before it, relative to the gradients before it.
///
/// ```
/// a ← ρ a + (1 − ρ) g²;   d = √(b + ε) / √(a + ε) g;   b ← ρ b + (1 − ρ) d²
/// w ← w − lr d
/// ```
/// Slots: a, b. Source: Zeiler 2012, who has lr = 1; Keras's default is 0.001.
struct Adadelta {
  static constexpr const char* name = "adadelta";

  Schedule learning_rate = 1e-3;
  double rho = 0.95;
  double epsilon = 1e-7;
  /// Clipping, weight decay, averages, accumulation.
  UpdateOptions options = {};
  OptimizerState state = {};

  std::size_t slot_count() const noexcept { return 2; }
  /// Keras's names of the slots, in order.
  std::vector<std::string> slot_names() const;
  /// The rule in ops, for step `t` (from 1): `w`, `g` and the slots give the new ones. Differentiable in all of them.
  Updated update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const;
  /// One step as UpdateOptions has it: every trainable parameter that has a gradient changes, in place.
  /// @throws GraphError where none has one; ArgError for options that cannot be
  void step(const Parameters& parameters, Loc loc = Loc::current());
};

}  // namespace xgrad
