#pragma once
/// \file Adamax: Adam by the largest gradient.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Adamax: momentum, divided by a decaying maximum of the gradient's size.
///
/// ```
/// m ← m + (1 − β₁)(g − m);   u ← max(β₂ u, |g|)
/// w ← w − lr m / ((1 − β₁ᵗ)(u + ε))
/// ```
/// Slots: m, u. Where both operands of the maximum are equal, its derivative is shared as in `maximum`. Source: Kingma,
/// Ba 2015, section 7.1.
struct Adamax {
  static constexpr const char* name = "adamax";

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
