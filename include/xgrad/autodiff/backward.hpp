#pragma once
/// \file backward and grad: one sweep over the tape, from a result down to what it was computed from.

#include <vector>

#include "xgrad/tape/tape.hpp"

namespace xgrad {

/// How `grad` sweeps.
struct GradOptions {
  bool create_graph = false;  ///< record the gradient itself, so that it can be differentiated again; implies `retain`
  bool retain = false;        ///< keep what another sweep over the same graph needs
  bool allow_unused =
      false;           ///< a target that the result does not depend on gets zeros instead of an Unreachable error
  Var cotangent = {};  ///< the cotangent of the result, of its shape; ones for a scalar where absent
};

/// How `backward` sweeps.
struct BackwardOptions {
  bool retain = false;  ///< keep what another sweep over the same graph needs
  Var cotangent = {};   ///< the cotangent of the result, of its shape; 1 for a scalar where absent
};

/// Adds the gradient of a scalar to the gradients of all trainable Parameters that it was computed from.
///
/// The chain rule, summed over every path: for each node from the result down, its cotangent ȳ gives each operand x the
/// share ȳ · ∂y/∂x. Parameters change only when the whole sweep has succeeded: after an exception from its middle
/// gradients and nodes are as before, but values that it had passed are released unless `retain` is set.
///
/// @param loss a value of one element (or any shape, with `cotangent`)
/// @throws ShapeError for a loss of several elements without a cotangent; NotDifferentiable where it depends on no
/// parameter or
///         variable; GraphFreed where an earlier sweep has released what this one needs
void backward(const Var& loss, const BackwardOptions& options = {}, Loc loc = Loc::current());

/// ∂y/∂x, as a value: a constant, or with `create_graph` a Var that can be differentiated again. Parameters' gradients
/// stay as they are. Targets may be any values that y depends on, intermediate ones included.
///
/// @param y a value of one element (or any shape, with `cotangent`: then the vector-Jacobian product)
/// @param x the target or targets: variables, parameters, intermediate values
/// @return for each target an array of its shape and dtype
/// @throws Unreachable where y does not depend on a target and `allow_unused` is not set; and as `backward`
Var grad(const Var& y, const Var& x, const GradOptions& options = {}, Loc loc = Loc::current());
std::vector<Var> grad(const Var& y, const std::vector<Var>& x, const GradOptions& options = {},
                      Loc loc = Loc::current());

}  // namespace xgrad
