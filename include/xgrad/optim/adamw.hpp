#pragma once
/// \file AdamW: Adam with weight decay of its own.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// AdamW: Adam on weights that decay by themselves, whatever the gradient.
///
/// ```
/// w ← w − w d lr, then Adam's rule
/// ```
/// d is `weight_decay`; as an option it may not be set once more. `options.exclude_from_weight_decay` holds; `update`,
/// which knows no names, always decays. Slots: Adam's. Source: Loshchilov, Hutter 2019, algorithm 2; Keras's form.
struct AdamW {
  static constexpr const char* name = "adamw";

  Schedule learning_rate = 1e-3;
  double weight_decay = 0.004;
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
