#include "xgrad/nn/constraints.hpp"

#include <array>

#include "core/kinds.hpp"
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

/// Null stands for all axes.
void exchange(Settings& s, Axes& axes) {
  std::optional<std::vector<int>> list;
  if (!axes.all()) {
    list.emplace();
    for (int i = 0; i < axes.count(); ++i) list->push_back(axes[i]);
  }
  s("axes", list);
  if (s.reading()) axes = list ? Axes(*list) : Axes();
}
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

void Constraint::settings(Settings& s) {
  bool there = static_cast<bool>(restore_);
  s.nothing(there);
  if (!there) {
    restore_ = nullptr;
    return;
  }
  using detail::KindOf;
  detail::exchange_kind(s, "a constraint", detail::HeldFunction{restore_},  //
                        KindOf<MaxNorm>{"MaxNorm",
                                        [](Settings& c, MaxNorm& k) {
                                          c("max_value", k.max_value);
                                          exchange(c, k.axes);
                                        }},
                        KindOf<NonNeg>{"NonNeg"},
                        KindOf<UnitNorm>{"UnitNorm", [](Settings& c, UnitNorm& k) { exchange(c, k.axes); }},
                        KindOf<MinMaxNorm>{"MinMaxNorm", [](Settings& c, MinMaxNorm& k) {
                                             c("min_value", k.min_value)("max_value", k.max_value)("rate", k.rate);
                                             exchange(c, k.axes);
                                           }});
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
