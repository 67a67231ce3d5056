#pragma once
/// \file Adagrad.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Adagrad: each step is divided by the root of the sum of all squares so far.
///
/// ```
/// s ← s + g²;   w ← w − lr g / √(s + ε)
/// ```
/// s starts at `initial_accumulator_value`. Slots: s. Source: Duchi, Hazan, Singer 2011.
struct Adagrad {
  static constexpr const char* name = "adagrad";

  Schedule learning_rate = 1e-3;
  double initial_accumulator_value = 0.1;
  double epsilon = 1e-7;
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
