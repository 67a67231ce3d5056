#pragma once
/// \file Optimizer: any rule, as an option.

#include <memory>
#include <string>
#include <string_view>

#include "xgrad/optim/optimizer.hpp"
#include "xgrad/optim/schedule.hpp"

namespace xgrad {

/// A struct that is a rule: `RMSprop`, `Adam`, or one of your own with the same members.
template <class R>
concept OptimizerRule = requires(R rule, const Parameters& parameters, Loc loc) {
  rule.step(parameters, loc);
  { rule.learning_rate } -> std::convertible_to<Schedule>;
  { rule.state } -> std::convertible_to<OptimizerState>;
};

/// An optimizer by rule or by Keras's name: `RMSprop{1e-3}`, `"adam"`. Copies share one state.
class Optimizer {
 public:
  template <class R>
  requires(!std::same_as<R, Optimizer>) && OptimizerRule<R> Optimizer(R rule)
      : body_(std::make_shared<Of<R>>(std::move(rule))) {}  // NOLINT(google-explicit-constructor)
  /// @throws ArgError for an unknown name, with the near ones
  Optimizer(std::string_view name, Loc loc = Loc::current());                                        // NOLINT
  Optimizer(const char* name, Loc loc = Loc::current()) : Optimizer(std::string_view(name), loc) {}  // NOLINT

  /// Applies the rule to every trainable parameter that has a gradient.
  void step(const Parameters& parameters, Loc loc = Loc::current()) { body_->step(parameters, loc); }
  /// The rate of the next step.
  double learning_rate() const { return body_->rate()(body_->state().iterations); }
  /// @throws ArgError where the rate is a function of the step
  void set_learning_rate(double rate, Loc loc = Loc::current());
  std::int64_t iterations() const noexcept { return body_->state().iterations; }
  /// To be called after the last step.
  void finalize(const Parameters&) {}

 private:
  struct Body {
    virtual ~Body() = default;
    virtual void step(const Parameters& parameters, Loc loc) = 0;
    virtual Schedule& rate() = 0;
    virtual OptimizerState& state() = 0;
  };
  template <class R>
  struct Of final : Body {
    explicit Of(R r) : rule(std::move(r)) {}
    void step(const Parameters& parameters, Loc loc) override { rule.step(parameters, loc); }
    Schedule& rate() override { return rule.learning_rate; }
    OptimizerState& state() override { return rule.state; }
    R rule;
  };
  std::shared_ptr<Body> body_;
};

}  // namespace xgrad
