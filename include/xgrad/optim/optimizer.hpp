#pragma once
/// \file What all optimizers share: slots per parameter and the step counter.
///
/// A rule is written once, in ops, as `update`: so a training step is a graph like any other and can be differentiated
/// (through the learning rate, say). `step` runs the same rule as one pass over each parameter's memory; the two must
/// agree. What surrounds the rule (clipping, decay, …) is UpdateOptions, and part of `step` alone.

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "xgrad/optim/options.hpp"
#include "xgrad/optim/schedule.hpp"
#include "xgrad/tape/parameter.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad {

/// What one application of a rule gives: the new value, and the new slots in the rule's order.
struct Updated {
  Var value;
  std::vector<Var> slots;
};

/// An optimizer's memory: for each parameter its slots (momentum, running averages), and how many steps were taken.
class OptimizerState {
 public:
  /// Steps taken so far: calls of `step`, also those that only accumulated.
  std::int64_t iterations = 0;

  /// The slots of a parameter: the rule's in the rule's order, then the average of the weights (`use_ema`), then the
  /// sum of the gradients (`gradient_accumulation_steps`); none before its first step.
  std::span<const Array> slots(const Parameter& parameter) const;
  /// Replaces them, for example from a file. @throws ShapeError, DTypeError where they do not fit the parameter
  void set_slots(const Parameter& parameter, std::vector<Array> slots, Loc loc = Loc::current());

  // --- for rules ---
  /// A parameter's memory.
  struct Entry {
    std::vector<Array> slots;
    bool averaged = false;  ///< whether the average has begun
  };
  /// The memory to be written in place: on first use `count` slots, the first of `first_value`, the others zeros.
  Entry& ready(const Parameter& parameter, std::size_t count, double first_value = 0);
  /// The memory, or null before the first use.
  Entry* find(const Parameter& parameter);
  /// A number that a rule carries from step to step beside the slots, and the step it belongs to; made again from the
  /// step where they do not follow on each other.
  struct Carried {
    std::int64_t step = 0;
    double value = 1;
  } carried;

 private:
  std::unordered_map<std::uint64_t, Entry> entries_;
};

/// What an optimizer's rule is: a struct with these members. `name` is Keras's; `slot_names()` gives as many names as
/// `slot_count()` says; `step` changes the parameters in place.
template <class R>
concept OptimizerRule = requires(R rule, const R& fixed, const Parameters& parameters, Loc loc) {
  { rule.learning_rate } -> std::same_as<Schedule&>;
  { rule.options } -> std::same_as<UpdateOptions&>;
  { rule.state } -> std::same_as<OptimizerState&>;
  { fixed.slot_count() } -> std::convertible_to<std::size_t>;
  { fixed.slot_names() } -> std::convertible_to<std::vector<std::string>>;
  { R::name } -> std::convertible_to<const char*>;
  rule.step(parameters, loc);
}
&&std::copyable<R>;  // asked last: whether an Optimizer is copyable depends on the answer

namespace detail {
void check_gradients(const char* name, const Parameters& parameters, Loc loc);
void use_averages(OptimizerState& state, std::size_t place, const Parameters& parameters);
}  // namespace detail

/// Replaces the parameters by their averages, as at the end of training; nothing without `use_ema`, nor for a parameter
/// that has no average.
template <OptimizerRule R>
void finalize(R& rule, const Parameters& parameters) {
  if (rule.options.use_ema) detail::use_averages(rule.state, rule.slot_count(), parameters);
}

/// Scales the gradients of the parameters together so that their joint L2 norm is at most `max_norm`; call it between
/// `backward` and `step`. Source: Pascanu, Mikolov, Bengio 2013, section 3.2.
/// @return the norm before @throws ArgError for a norm that is not positive; NonFiniteError where it is NaN or infinite
/// (the
///         gradients stay as they are)
double clip_grad_norm(const Parameters& parameters, double max_norm, Loc loc = Loc::current());

}  // namespace xgrad
