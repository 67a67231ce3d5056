#pragma once
/// \file What all optimizers share: slots per parameter, the step counter, and the order of one step.
///
/// A rule is written once, in ops, as `update`: so a training step is a graph like any other and can be differentiated
/// (through the learning rate, say). `step` runs the same rule as one pass over each parameter's memory; the two must
/// agree.

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

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
  /// Steps taken so far.
  std::int64_t iterations = 0;

  /// The slots of a parameter; none before its first step.
  std::span<const Array> slots(const Parameter& parameter) const;
  /// Replaces them, for example from a file. @throws ShapeError, DTypeError where they do not fit the parameter
  void set_slots(const Parameter& parameter, std::vector<Array> slots, Loc loc = Loc::current());

  // --- for rules ---
  /// The slots to be written in place, zeros on first use.
  std::vector<Array>& ready(const Parameter& parameter, std::size_t count);

 private:
  std::unordered_map<std::uint64_t, std::vector<Array>> slots_;
};

namespace detail {

/// The parameters that a step will change: trainable and with a gradient.
/// @throws GraphError where none has a gradient
template <class Fused>
void optimizer_step(const char* name, OptimizerState& state, const Parameters& parameters, std::size_t slot_count,
                    Loc loc, Fused fused);

void check_gradients(const char* name, const Parameters& parameters, Loc loc);

template <class Fused>
void optimizer_step(const char* name, OptimizerState& state, const Parameters& parameters, std::size_t slot_count,
                    Loc loc, Fused fused) {
  check_gradients(name, parameters, loc);
  // Whatever can fail comes before the first parameter changes.
  for (const Parameter& p : parameters) {
    if (!p.trainable() || !p.has_grad()) continue;
    for (Array& slot : state.ready(p, slot_count)) slot.detach();
    p.state()->value.detach();
  }
  for (const Parameter& p : parameters) {
    if (!p.trainable() || !p.has_grad()) continue;
    std::vector<Array>& slots = state.ready(p, slot_count);
    Array& value = p.mutable_value();
    if (value.dtype() == DType::float32) {
      fused.template operator()<float>(value, p.grad(), slots);
    } else {
      fused.template operator()<double>(value, p.grad(), slots);
    }
  }
  ++state.iterations;
}

template <class T>
T* memory(Array& a) noexcept {
  return static_cast<T*>(a.raw());
}
template <class T>
const T* memory(const Array& a) noexcept {
  return static_cast<const T*>(a.raw());
}

}  // namespace detail

/// Scales the gradients of the parameters together so that their joint L2 norm is at most `max_norm`; call it between
/// `backward` and `step`. Source: Pascanu, Mikolov, Bengio 2013, section 3.2.
/// @return the norm before @throws ArgError for a norm that is not positive; NonFiniteError where it is NaN or infinite
/// (the
///         gradients stay as they are)
double clip_grad_norm(const Parameters& parameters, double max_norm, Loc loc = Loc::current());

}  // namespace xgrad
