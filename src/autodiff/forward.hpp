#pragma once
// Forward mode: tangents pushed along a recording.

#include <optional>
#include <span>

#include "xgrad/tape/var.hpp"

namespace xgrad::detail {

/// How y moves when each x moves along its tangent, recorded like any value: Σ ∂y/∂xᵢ ẋᵢ. Nothing where an op on the
/// way has no forward rule. The values that the rules read must not have been released yet.
std::optional<Var> push_forward(const Var& y, std::span<const Var> x, std::span<const Var> tangents);

}  // namespace xgrad::detail
