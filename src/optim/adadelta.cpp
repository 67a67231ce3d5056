#include "xgrad/optim/adadelta.hpp"

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated Adadelta::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t) const {
  const Var squares = rho * slots[0] + (1 - rho) * square(g);
  const Var move = sqrt(slots[1] + epsilon) / sqrt(squares + epsilon) * g;
  return {w - lr * move, {squares, rho * slots[1] + (1 - rho) * square(move)}};
}

std::vector<std::string> Adadelta::slot_names() const { return {"accumulated_grad", "accumulated_delta_var"}; }

void Adadelta::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step(
      {"Adadelta", learning_rate, options, state, slot_count()}, parameters, loc,
      [this]<class T>(const detail::StepOn<T>& p) {
        kernels::adadelta(p.n, p.w, p.g, p.slot(0), p.slot(1),
                          {.learning_rate = p.plan.learning_rate, .rho = rho, .epsilon = epsilon, .adjust = p.adjust});
      });
}

}  // namespace xgrad
