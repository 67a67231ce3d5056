#pragma once
/// \file Gradient descent, plain, with momentum, and after Nesterov.

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

/// Stochastic gradient descent.
///
/// ```
/// plain:     w ← w − lr g
/// momentum:  m ← μ m − lr g;   w ← w + m
/// Nesterov:  m ← μ m − lr g;   w ← w + μ m − lr g
/// ```
/// Slots: m, with momentum only. Source: Sutskever, Martens, Dahl, Hinton 2013; Keras's form.
struct SGD {
  static constexpr const char* name = "sgd";

  Schedule learning_rate = 0.01;
  double momentum = 0;
  bool nesterov = false;
  /// Clipping, weight decay, averages, accumulation.
  UpdateOptions options = {};
  OptimizerState state = {};

  std::size_t slot_count() const noexcept { return momentum != 0 ? 1 : 0; }
  /// Keras's names of the slots, in order.
  std::vector<std::string> slot_names() const;
  /// The rule in ops, for step `t` (from 1): `w`, `g` and the slots give the new ones. Differentiable in all of them.
  Updated update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const;
  /// One step as UpdateOptions has it: every trainable parameter that has a gradient changes, in place.
  /// @throws GraphError where none has one; ArgError for options that cannot be
  void step(const Parameters& parameters, Loc loc = Loc::current());
};

}  // namespace xgrad
