#pragma once
/// \file Nadam: Adam with Nesterov's momentum.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Nadam: Adam that looks ahead along its momentum, as Nesterov's descent does.
///
/// ```
/// μₜ = β₁ (1 − ½ 0.96ᵗ);   Πₜ = μ₁ μ₂ … μₜ
/// m ← m + (1 − β₁)(g − m);   v ← v + (1 − β₂)(g² − v)
/// w ← w − lr (μₜ₊₁ m / (1 − Πₜ μₜ₊₁) + (1 − μₜ) g / (1 − Πₜ)) / (√(v / (1 − β₂ᵗ)) + ε)
/// ```
/// Slots: m, v; Π follows from the number of steps. Source: Dozat 2016.
struct Nadam {
  static constexpr const char* name = "nadam";

  Schedule learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
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
