#pragma once
/// \file Adam.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Adam: momentum, divided by a running root mean square of the gradient, both corrected for their start at zero.
///
/// ```
/// m ← m + (1 − β₁)(g − m);   v ← v + (1 − β₂)(g² − v)
/// α = lr √(1 − β₂ᵗ) / (1 − β₁ᵗ)
/// w ← w − α m / (√v + ε)                     amsgrad:  v̂ ← max(v̂, v) in place of v
/// ```
/// ε is added to the uncorrected root, as in Keras. Slots: m, v, then v̂ with amsgrad.
/// Source: Kingma, Ba 2015, section 2, last paragraph; Reddi, Kale, Kumar 2018 for amsgrad.
struct Adam {
  static constexpr const char* name = "adam";

  Schedule learning_rate = 1e-3;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
  bool amsgrad = false;
  /// Clipping, weight decay, averages, accumulation.
  UpdateOptions options = {};
  OptimizerState state = {};

  std::size_t slot_count() const noexcept { return amsgrad ? 3 : 2; }
  /// Keras's names of the slots, in order.
  std::vector<std::string> slot_names() const;
  /// The rule in ops, for step `t` (from 1): `w`, `g` and the slots give the new ones. Differentiable in all of them.
  Updated update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const;
  /// One step as UpdateOptions has it: every trainable parameter that has a gradient changes, in place.
  /// @throws GraphError where none has one; ArgError for options that cannot be
  void step(const Parameters& parameters, Loc loc = Loc::current());
};

}  // namespace xgrad
