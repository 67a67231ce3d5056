#include "xgrad/optim/adamw.hpp"

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/optim/adam.hpp"

namespace xgrad {

Updated AdamW::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const {
  const Adam adam{.beta_1 = beta_1, .beta_2 = beta_2, .epsilon = epsilon, .amsgrad = amsgrad};
  return adam.update(w - w * weight_decay * lr, g, slots, lr, t);
}

std::vector<std::string> AdamW::slot_names() const {
  if (amsgrad) return {"momentum", "velocity", "velocity_hat"};
  return {"momentum", "velocity"};
}

void AdamW::step(const Parameters& parameters, Loc loc) {
  if (options.weight_decay) throw ArgError("AdamW", "needs its weight_decay once; got it in the options too", loc);
  detail::optimizer_step({"AdamW", learning_rate, options, state, slot_count(), 0, weight_decay}, parameters, loc,
                         [this]<class T>(const detail::StepOn<T>& p) {
                           kernels::adam(p.n, p.w, p.g, p.slot(0), p.slot(1), amsgrad ? p.slot(2) : nullptr,
                                         {.learning_rate = p.plan.learning_rate,
                                          .beta_1 = beta_1,
                                          .beta_2 = beta_2,
                                          .epsilon = epsilon,
                                          .step = p.plan.step,
                                          .adjust = p.adjust});
                         });
}

}  // namespace xgrad
