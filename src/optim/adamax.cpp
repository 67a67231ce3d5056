#include "xgrad/optim/adamax.hpp"

#include <cmath>

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated Adamax::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const {
  const Var m = slots[0] + (1 - beta_1) * (g - slots[0]);
  const Var u = maximum(beta_2 * slots[1], abs(g));
  return {w - lr / (1 - std::pow(beta_1, static_cast<double>(t))) * m / (u + epsilon), {m, u}};
}

std::vector<std::string> Adamax::slot_names() const { return {"momentum", "norm"}; }

void Adamax::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step({"Adamax", learning_rate, options, state, slot_count()}, parameters, loc,
                         [this]<class T>(const detail::StepOn<T>& p) {
                           kernels::adamax(p.n, p.w, p.g, p.slot(0), p.slot(1),
                                           {.learning_rate = p.plan.learning_rate,
                                            .beta_1 = beta_1,
                                            .beta_2 = beta_2,
                                            .epsilon = epsilon,
                                            .step = p.plan.step,
                                            .adjust = p.adjust});
                         });
}

}  // namespace xgrad
