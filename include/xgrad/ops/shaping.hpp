#pragma once
/// \file Broadcasting and its inverse.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The same elements under another shape; one extent may be −1 and is computed. Shares x's memory. Gradient: x̄ = ȳ in
/// x's shape.
/// @throws ShapeError where the number of elements differs
Var reshape(Arg x, const Shape& shape);

/// x repeated along the axes where its extent is 1, or that it lacks at the left. Gradient: x̄ = sum_to(ȳ, shape of x).
/// @throws ShapeError where x does not broadcast to `shape`
Var broadcast_to(Arg x, const Shape& shape);

template <ArrayOrXt A>
Array reshape(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return reshape(Arg(x, loc), shape).value();
}
template <ArrayOrXt A>
Array broadcast_to(const A& x, const Shape& shape, Loc loc = Loc::current()) {
  return broadcast_to(Arg(x, loc), shape).value();
}
}  // namespace xgrad
