#include "xgrad/nn/constraints.hpp"

#include <array>

#include "core/near.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {
constexpr double epsilon = 1e-7;
Var length(const Var& w, const Axes& axes) { return sqrt(sum(square(w), axes, true)); }
}  // namespace

Var MaxNorm::operator()(Var w) const {
  const Var n = length(w, axes);
  return w * (clip(n, 0, max_value) / (epsilon + n));
}
Var NonNeg::operator()(Var w) const { return maximum(w, 0); }
Var UnitNorm::operator()(Var w) const { return w / (epsilon + length(w, axes)); }
Var MinMaxNorm::operator()(Var w) const {
  const Var n = length(w, axes);
  return w * ((rate * clip(n, min_value, max_value) + (1 - rate) * n) / (epsilon + n));
}

Constraint::Constraint(std::string_view name, Loc loc) {
  static constexpr std::array<std::string_view, 4> known{"max_norm", "non_neg", "unit_norm", "min_max_norm"};
  const std::string wanted = detail::folded(name);
  if (wanted == "maxnorm") {
    restore_ = MaxNorm{};
  } else if (wanted == "nonneg") {
    restore_ = NonNeg{};
  } else if (wanted == "unitnorm") {
    restore_ = UnitNorm{};
  } else if (wanted == "minmaxnorm") {
    restore_ = MinMaxNorm{};
  } else {
    throw ArgError(
        "constraint",
        "needs the name of a constraint; got '" + std::string(name) + "'" + detail::near_matches(name, known), loc);
  }
}

Array Constraint::operator()(const Array& w) const {
  const NoGrad off;
  const Array value = restore_(w).value();
  if (value.shape() != w.shape() || value.dtype() != w.dtype())
    throw ShapeError("constraint", "needs a function that gives " + signature(w) + "; got " + signature(value),
                     detail::user_line());
  return value;
}

}  // namespace xgrad
