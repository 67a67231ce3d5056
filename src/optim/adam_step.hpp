#pragma once
// What Adam and AdamW share: AdamW differs in when the weights decay alone.

#include "optim/step.hpp"

namespace xgrad::detail {

/// The slots of a rule with Adam's settings.
template <class Rule>
std::vector<std::string> adam_slot_names(const Rule& rule) {
  if (rule.amsgrad) return {"momentum", "velocity", "velocity_hat"};
  return {"momentum", "velocity"};
}

/// The fused pass over one parameter.
template <class Rule, class T>
void adam_step(const Rule& rule, const StepOn<T>& p) {
  kernels::adam(p.n, p.w, p.g, p.slot(0), p.slot(1), rule.amsgrad ? p.slot(2) : nullptr,
                {.learning_rate = p.plan.learning_rate,
                 .beta_1 = rule.beta_1,
                 .beta_2 = rule.beta_2,
                 .epsilon = rule.epsilon,
                 .step = p.plan.step,
                 .adjust = p.adjust});
}

}  // namespace xgrad::detail
