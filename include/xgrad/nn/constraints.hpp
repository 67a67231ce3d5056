#pragma once
/// \file What a weight must satisfy, restored after each step of an optimizer.

#include <functional>
#include <string_view>
#include <type_traits>

#include "xgrad/ops/axes.hpp"
#include "xgrad/tape/arg.hpp"

namespace xgrad {

class Settings;

/// w clip(n, 0, max_value) / (ε + n), with n the length of w along `axes`, ε = 1e-7: lengths of at most max_value.
struct MaxNorm {
  double max_value = 2;
  Axes axes = 0;
  Var operator()(Var w) const;
};
/// max(w, 0)
struct NonNeg {
  Var operator()(Var w) const;
};
/// w / (ε + n): length 1 along `axes`.
struct UnitNorm {
  Axes axes = 0;
  Var operator()(Var w) const;
};
/// w (rate clip(n, min_value, max_value) + (1 − rate) n) / (ε + n): lengths drawn between two bounds.
struct MinMaxNorm {
  double min_value = 0, max_value = 1, rate = 1;
  Axes axes = 0;
  Var operator()(Var w) const;
};

/// A constraint as an option: none, one of the above, `"max_norm"`, `"non_neg"`, `"unit_norm"`, `"min_max_norm"`, or
/// any function that gives a weight of the same shape.
class Constraint {
 public:
  Constraint() = default;
  /// @throws ArgError for an unknown name
  Constraint(std::string_view name, Loc loc = Loc::current());                                         // NOLINT
  Constraint(const char* name, Loc loc = Loc::current()) : Constraint(std::string_view(name), loc) {}  // NOLINT
  template <class F>
  requires(std::is_invocable_r_v<Var, F&, Var> && !std::is_same_v<std::decay_t<F>, Constraint>) Constraint(F f)
      : restore_(std::move(f)) {}  // NOLINT

  explicit operator bool() const noexcept { return static_cast<bool>(restore_); }
  /// The nearest (or near) weight that satisfies it. @throws ShapeError where the function changes the shape
  Array operator()(const Array& w) const;
  /// For files. @throws ArgError for a function of one's own
  void settings(Settings& s);

 private:
  std::function<Var(Var)> restore_;
};

}  // namespace xgrad
