#pragma once
/// \file Lion: steps of one size, by the sign of the momentum.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Lion: every weight moves by lr, in the direction of the sign.
///
/// ```
/// w ← w − lr sign(β₁ m + (1 − β₁) g);   m ← β₂ m + (1 − β₂) g
/// ```
/// sign(0) = 0, and its derivative is 0 everywhere. Slots: m. Source: Chen et al. 2023.
struct Lion {
  static constexpr const char* name = "lion";

  Schedule learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
  /// Clipping, weight decay, averages, accumulation.
  UpdateOptions options = {};
  OptimizerState state = {};

  std::size_t slot_count() const noexcept { return 1; }
  /// Keras's names of the slots, in order.
  std::vector<std::string> slot_names() const;
  /// The rule in ops, for step `t` (from 1): `w`, `g` and the slots give the new ones. Differentiable in all of them.
  Updated update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const;
  /// One step as UpdateOptions has it: every trainable parameter that has a gradient changes, in place.
  /// @throws GraphError where none has one; ArgError for options that cannot be
  void step(const Parameters& parameters, Loc loc = Loc::current());
};

}  // namespace xgrad
