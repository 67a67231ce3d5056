#pragma once
/// \file Learning-rate schedules: the rate as a function of the step.

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "xgrad/core/error.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad {

class Settings;

/// A learning rate: a number, or a function of the step. Made from a double, from one of the schedules below, or from
/// any callable `(std::int64_t step) -> double`; the first step is step 0.
///
/// ```
/// Adam{1e-3};   SGD{CosineDecay{0.1, 1000}};   RMSprop{[](std::int64_t step) { return 1e-3 / (1.0 + step); }};
/// ```
/// A constant reads as a number and as a Var where one is wanted, and is replaced by assigning a number. Copies share a
/// callable, and so what it captures by reference or changes.
class Schedule {
 public:
  /// The same rate at every step.
  Schedule(double rate) noexcept : rate_(rate) {}  // NOLINT(google-explicit-constructor): .learning_rate = 1e-3
  /// @param f one of the schedules below, or any callable @throws ArgError for a schedule's parameters out of range
  template <class F>
  requires(std::is_invocable_r_v<double, F&, std::int64_t> && !std::same_as<std::decay_t<F>, Schedule>)
      Schedule(F f, Loc loc = Loc::current()) {  // NOLINT(google-explicit-constructor)
    if constexpr (requires { f.check(loc); }) f.check(loc);
    function_ = std::make_shared<std::function<double(std::int64_t)>>(std::move(f));
  }

  /// The rate of a step, counted from 0.
  double operator()(std::int64_t step) const { return function_ ? (*function_)(step) : rate_; }
  /// Whether it is a number and not a function of the step.
  bool constant() const noexcept { return function_ == nullptr; }
  /// For files. @return false where it is a function of the user's own: a file notes that alone
  bool settings(Settings& s);
  /// The number. @throws ArgError where the rate is a function of the step
  operator double() const;  // NOLINT(google-explicit-constructor)
  /// The number, as a rule's `update` takes it. @throws ArgError where the rate is a function of the step
  operator Var() const { return Var(static_cast<double>(*this)); }  // NOLINT(google-explicit-constructor)

 private:
  double rate_ = 0;
  std::shared_ptr<std::function<double(std::int64_t)>> function_;
};

/// lr(s) = lr₀ r^(s / D), with `staircase` r^⌊s / D⌋: the rate falls by the factor r every D steps.
struct ExponentialDecay {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;  ///< D, at least 1
  double decay_rate = 1;         ///< r, not negative
  bool staircase = false;

  double operator()(std::int64_t step) const;
  /// @throws ArgError for parameters out of range
  void check(Loc loc = Loc::current()) const;
};

/// lr(s) = v₀ for s ≤ b₀, vᵢ for bᵢ₋₁ < s ≤ bᵢ, the last value after the last boundary: a boundary's own step still has
/// the old value.
struct PiecewiseConstantDecay {
  std::vector<std::int64_t> boundaries = {};  ///< rising
  std::vector<double> values = {};            ///< one more than there are boundaries

  double operator()(std::int64_t step) const;
  /// @throws ArgError where the boundaries do not rise or the counts do not go together
  void check(Loc loc = Loc::current()) const;
};

/// lr(s) = (lr₀ − e)(1 − s / D)ᵖ + e, and e from step D on. With `cycle` D is stretched to its first multiple that is
/// not below s, so that the rate jumps up after each multiple of D and comes down again more slowly.
struct PolynomialDecay {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;     ///< D, at least 1
  double end_learning_rate = 1e-4;  ///< e
  double power = 1;                 ///< p
  bool cycle = false;

  double operator()(std::int64_t step) const;
  /// @throws ArgError for parameters out of range
  void check(Loc loc = Loc::current()) const;
};

/// lr(s) = lr₀ / (1 + r s / D), with `staircase` ⌊s / D⌋ in place of s / D.
struct InverseTimeDecay {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;  ///< D, at least 1
  double decay_rate = 1;         ///< r, not negative
  bool staircase = false;

  double operator()(std::int64_t step) const;
  /// @throws ArgError for parameters out of range
  void check(Loc loc = Loc::current()) const;
};

/// Half a cosine from lr₀ down to α lr₀ over D steps, and α lr₀ from there on: lr(s) = lr₀ ((1 − α) ½ (1 + cos(π s /
/// D)) + α). With `warmup_target` the rate first rises in a straight line from lr₀ to the target over `warmup_steps`,
/// and the cosine then falls from the target. Source: Loshchilov, Hutter 2017; Goyal et al. 2017 for the warmup.
struct CosineDecay {
  double initial_learning_rate = 0.01;
  std::int64_t decay_steps = 1;                        ///< D, at least 1, not counting the warmup
  double alpha = 0;                                    ///< α, the last rate as a part of the highest
  std::optional<double> warmup_target = std::nullopt;  ///< the rate after the warmup; without it there is none
  std::int64_t warmup_steps = 0;                       ///< not negative

  double operator()(std::int64_t step) const;
  /// @throws ArgError for parameters out of range
  void check(Loc loc = Loc::current()) const;
};

/// Cosines one after another: the i-th (from 0) is D t_mulⁱ steps long and falls from lr₀ m_mulⁱ to, with α, α lr₀:
/// lr₀ ((1 − α) ½ m_mulⁱ (1 + cos π f) + α), f the part of it that has passed. The step that begins a cosine has its
/// full rate. Source: Loshchilov, Hutter 2017.
struct CosineDecayRestarts {
  double initial_learning_rate = 0.01;
  std::int64_t first_decay_steps = 1;  ///< D, at least 1
  double t_mul = 2;                    ///< at least 1
  double m_mul = 1;
  double alpha = 0;

  double operator()(std::int64_t step) const;
  /// @throws ArgError for parameters out of range
  void check(Loc loc = Loc::current()) const;
};

}  // namespace xgrad
