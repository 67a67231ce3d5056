#pragma once
/// \file RMSprop.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// RMSprop: each step is divided by a running root mean square of the gradient.
///
/// ```
/// v ← ρ v + (1 − ρ) g²
/// d = v + ε                         centered:  a ← ρ a + (1 − ρ) g,  d = v − a² + ε
/// w ← w − lr g / √d                 momentum:  m ← μ m + lr g / √d,  w ← w − m
/// ```
/// ε stands inside the root, as in Keras. Slots: v, then m with momentum, then a when centered.
/// Source: Hinton, Srivastava, Swersky 2012, lecture 6e; Graves 2013 for the centered form.
struct RMSprop {
  static constexpr const char* name = "rmsprop";

  Schedule learning_rate = 1e-3;
  double rho = 0.9;
  double momentum = 0;
  double epsilon = 1e-7;
  bool centered = false;
  /// Clipping, weight decay, averages, accumulation.
  UpdateOptions options = {};
  OptimizerState state = {};

  std::size_t slot_count() const noexcept { return 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0); }
  /// Keras's names of the slots, in order.
  std::vector<std::string> slot_names() const;
  /// The rule in ops, for step `t` (from 1): `w`, `g` and the slots give the new ones. Differentiable in all of them.
  Updated update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const;
  /// One step as UpdateOptions has it: every trainable parameter that has a gradient changes, in place.
  /// @throws GraphError where none has one; ArgError for options that cannot be
  void step(const Parameters& parameters, Loc loc = Loc::current());
};

}  // namespace xgrad
