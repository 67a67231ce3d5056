#include "xgrad/optim/lion.hpp"

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated Lion::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t) const {
  const Var move = sign(beta_1 * slots[0] + (1 - beta_1) * g);
  return {w - lr * move, {beta_2 * slots[0] + (1 - beta_2) * g}};
}

std::vector<std::string> Lion::slot_names() const { return {"momentum"}; }

void Lion::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step(
      {"Lion", learning_rate, options, state, slot_count()}, parameters, loc,
      [this]<class T>(const detail::StepOn<T>& p) {
        kernels::lion(p.n, p.w, p.g, p.slot(0),
                      {.learning_rate = p.plan.learning_rate, .beta_1 = beta_1, .beta_2 = beta_2, .adjust = p.adjust});
      });
}

}  // namespace xgrad
