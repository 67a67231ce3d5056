#pragma once
/// \file Optimizer: any rule, behind one type.

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "xgrad/optim/optimizer.hpp"

namespace xgrad {

class Settings;

/// Any optimizer: made from a rule's struct, or from a Keras name with Keras's defaults.
///
/// ```
/// Optimizer a = Adam{1e-3};   Optimizer b = "rmsprop";   Optimizer c = SGD{CosineDecay{0.1, 1000}, 0.9};
/// ```
/// It owns the rule and its state. A copy is an optimizer of its own, with settings, slots and counter as they are now:
/// the two share the slots' memory only until either writes it, and a schedule that is a callable (as copies of a
/// Schedule do). So a model that is compiled with an optimizer trains a copy.
class Optimizer {
 public:
  /// @throws ArgError for options that cannot be
  template <class R>
  requires(!std::same_as<R, Optimizer> && OptimizerRule<R>)
      Optimizer(R rule, Loc loc = Loc::current())  // NOLINT(google-explicit-constructor): .optimizer = Adam{}
      : Optimizer(std::make_unique<Held<R>>(std::move(rule)), loc) {}
  /// By name: sgd, rmsprop, adam, adamw, adamax, nadam, adagrad, adadelta, lion; upper and lower case are one.
  /// @throws ArgError for an unknown name, with the near ones
  Optimizer(std::string_view name, Loc loc = Loc::current());                                               // NOLINT
  Optimizer(const char* name, Loc loc = Loc::current()) : Optimizer(std::string_view(name), loc) {}         // NOLINT
  Optimizer(const std::string& name, Loc loc = Loc::current()) : Optimizer(std::string_view(name), loc) {}  // NOLINT
  Optimizer(const Optimizer& other) : held_(other.held_->clone()), name_(other.name_) {}
  Optimizer(Optimizer&&) noexcept = default;
  Optimizer& operator=(Optimizer other) noexcept {
    std::swap(held_, other.held_);
    std::swap(name_, other.name_);
    return *this;
  }
  ~Optimizer() = default;

  /// The rule's name, as Keras has it: "adam".
  const std::string& name() const noexcept { return name_; }
  /// One step: every trainable parameter that has a gradient changes, in place. @throws GraphError where none has one
  void step(const Parameters& parameters, Loc loc = Loc::current()) { held_->step(parameters, loc); }
  /// Ends the training: with `use_ema` the parameters become their averages; else nothing.
  void finalize(const Parameters& parameters);

  /// The rate that the next step takes.
  double learning_rate() const { return held_->rate()(iterations()); }
  /// Replaces a constant rate. @throws ArgError where it is a schedule
  void set_learning_rate(double rate, Loc loc = Loc::current());
  /// Whether the rate is a function of the step, so that it cannot be set.
  bool has_schedule() const noexcept { return !held_->rate().constant(); }

  /// Calls of `step` so far.
  std::int64_t iterations() const noexcept { return held_->state().iterations; }
  /// Sets the counter, for example from a file. @throws ArgError for a negative one
  void set_iterations(std::int64_t iterations, Loc loc = Loc::current());

  /// What is kept for each parameter, in order: the rule's slots by Keras's names, then "average" with `use_ema` and
  /// "gradient_accumulator" with accumulation. With these, the counter and the rate, training goes on to the same bits.
  std::vector<std::string> slot_names() const;
  /// A parameter's slots in that order; none before its first step.
  std::span<const Array> slots(const Parameter& parameter) const {
    return std::as_const(*held_).state().slots(parameter);
  }
  /// Replaces a parameter's slots; set the counter first. @throws ArgError for another number of them than there are
  /// names; ShapeError, DTypeError where one does not fit the parameter
  void set_slots(const Parameter& parameter, std::vector<Array> slots, Loc loc = Loc::current());

  /// For files: the rule and its settings, without its memory (`iterations`, `slots`). @return false where the rule, or
  /// its schedule, is one of the user's own: a file notes that alone, and reading leaves the optimizer as it is
  bool settings(Settings& s);

  /// What stands around the rule.
  const UpdateOptions& options() const noexcept { return held_->options(); }
  /// The rule where it is an R, else null.
  template <OptimizerRule R>
  R* get_if() noexcept {
    auto* held = dynamic_cast<Held<R>*>(held_.get());
    return held ? &held->rule : nullptr;
  }

 private:
  struct AnyRule {
    virtual ~AnyRule() = default;
    virtual std::unique_ptr<AnyRule> clone() const = 0;
    virtual void step(const Parameters& parameters, Loc loc) = 0;
    virtual const char* name() const noexcept = 0;
    virtual std::size_t slot_count() const = 0;
    virtual std::vector<std::string> slot_names() const = 0;
    virtual Schedule& rate() noexcept = 0;
    virtual const UpdateOptions& options() const noexcept = 0;
    virtual OptimizerState& state() noexcept = 0;
    virtual const OptimizerState& state() const noexcept = 0;
  };
  template <class R>
  struct Held final : AnyRule {
    explicit Held(R r) : rule(std::move(r)) {}
    std::unique_ptr<AnyRule> clone() const override { return std::make_unique<Held>(rule); }
    void step(const Parameters& parameters, Loc loc) override { rule.step(parameters, loc); }
    const char* name() const noexcept override { return R::name; }
    std::size_t slot_count() const override { return rule.slot_count(); }
    std::vector<std::string> slot_names() const override { return rule.slot_names(); }
    Schedule& rate() noexcept override { return rule.learning_rate; }
    const UpdateOptions& options() const noexcept override { return rule.options; }
    OptimizerState& state() noexcept override { return rule.state; }
    const OptimizerState& state() const noexcept override { return rule.state; }
    R rule;
  };

  Optimizer(std::unique_ptr<AnyRule> held, Loc loc);
  static std::unique_ptr<AnyRule> named(std::string_view name, Loc loc);

  std::unique_ptr<AnyRule> held_;
  std::string name_;
};

}  // namespace xgrad
