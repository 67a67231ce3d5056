#pragma once
// One step of any optimizer: what comes before the rule, the rule on each parameter's memory, what comes after.

#include <optional>

#include "kernels/optimizer.hpp"
#include "xgrad/optim/optimizer.hpp"

namespace xgrad::detail {

/// A rule as the step sees it.
struct StepRule {
  const char* name;  // for errors
  const Schedule& learning_rate;
  const UpdateOptions& options;
  OptimizerState& state;
  std::size_t slot_count;
  double first_value = 0;                             // of the first slot, when it is new
  std::optional<double> weight_decay = std::nullopt;  // in place of the option
  bool rests = false;                                 // where the gradient is zero nothing changes
};

/// What has been found out before the first parameter changes.
struct StepPlan {
  double learning_rate = 0;
  std::int64_t step = 0;  // the update's number, from 1
  bool updates = true;    // false where gradients are only added up
  double scale = 1;       // of all gradients
  bool plain = true;      // nothing but the rule: no options are set
};

/// Checks, makes all memory ready, adds up gradients, measures the norm of all. Whatever can fail happens here.
StepPlan begin_step(const StepRule& rule, const Parameters& parameters, Loc loc);
/// Whether an update changes the parameter.
bool takes_part(const StepRule& rule, const Parameter& p);
/// The rows that an update changes, where it leaves the others of a table as they are; else null.
const RowGradient* rows_to_update(const StepRule& rule, const Parameter& p);
/// What the rule takes for the gradient: the parameter's own (of `rows_to_update` alone), or the sum.
const Array& gradient_of(const StepRule& rule, const Parameter& p, const std::vector<Array>& slots);
kernels::Adjustment adjustment(const StepRule& rule, const StepPlan& plan, const Parameter& p, const Array& gradient);
/// Averages, clears sums.
void end_step(const StepRule& rule, const StepPlan& plan, const Parameters& parameters);

double sum_squares(const Array& a);

template <class T>
T* memory(Array& a) noexcept {
  return static_cast<T*>(a.raw());
}
template <class T>
const T* memory(const Array& a) noexcept {
  return static_cast<const T*>(a.raw());
}

/// What a fused rule is given: n elements of one parameter, `at` of its memory on.
template <class T>
struct StepOn {
  std::int64_t n;
  T* w;
  const T* g;
  std::vector<Array>& slots;
  const StepPlan& plan;
  kernels::Adjustment adjust;
  std::int64_t at = 0;

  T* slot(std::size_t i) const { return memory<T>(slots[i]) + at; }
};

/// The rule on each of some rows of a table.
template <class T, class Fused>
void update_rows(const RowGradient& g, Array& table, std::vector<Array>& slots, const StepPlan& plan,
                 const kernels::Adjustment& adjust, Fused& fused) {
  const std::int64_t count = g.indices.size(), n = count > 0 ? g.rows.size() / count : 0;
  const auto* row = static_cast<const std::int64_t*>(g.indices.raw());
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t at = row[k] * n;
    fused(StepOn<T>{n, memory<T>(table) + at, memory<T>(g.rows) + k * n, slots, plan, adjust, at});
  }
}

/// A whole step; `fused` is called with StepOn<float> or StepOn<double> for every parameter that takes part.
template <class Fused>
void optimizer_step(const StepRule& rule, const Parameters& parameters, Loc loc, Fused fused) {
  const StepPlan plan = begin_step(rule, parameters, loc);
  if (plan.updates) {
    for (const Parameter& p : parameters) {
      if (plan.plain ? !p.trainable() || !p.has_grad() : !takes_part(rule, p)) continue;
      std::vector<Array>& slots = rule.state.find(p)->slots;
      const RowGradient* rows = rows_to_update(rule, p);
      const Array& gradient = rows ? rows->rows : plan.plain ? p.grad() : gradient_of(rule, p, slots);
      const kernels::Adjustment adjust = plan.plain ? kernels::Adjustment{} : adjustment(rule, plan, p, gradient);
      Array& value = p.mutable_value();
      const auto update = [&]<class T>(T) {
        if (rows) {
          update_rows<T>(*rows, value, slots, plan, adjust, fused);
        } else {
          fused(StepOn<T>{value.size(), memory<T>(value), memory<T>(gradient), slots, plan, adjust});
        }
      };
      if (value.dtype() == DType::float32) {
        update(float{});
      } else {
        update(double{});
      }
    }
  }
  if (!plan.plain) end_step(rule, plan, parameters);
  ++rule.state.iterations;
}

}  // namespace xgrad::detail
