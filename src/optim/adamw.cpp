#include "xgrad/optim/adamw.hpp"

#include "optim/adam_step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/optim/adam.hpp"

namespace xgrad {

Updated AdamW::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const {
  const Adam adam{.beta_1 = beta_1, .beta_2 = beta_2, .epsilon = epsilon, .amsgrad = amsgrad};
  return adam.update(w - w * weight_decay * lr, g, slots, lr, t);
}

std::vector<std::string> AdamW::slot_names() const { return detail::adam_slot_names(*this); }

void AdamW::step(const Parameters& parameters, Loc loc) {
  if (options.weight_decay) throw ArgError("AdamW", "needs its weight_decay once; got it in the options too", loc);
  detail::optimizer_step({"AdamW", learning_rate, options, state, slot_count(), 0, weight_decay}, parameters, loc,
                         [this](const auto& p) { detail::adam_step(*this, p); });
}

}  // namespace xgrad
