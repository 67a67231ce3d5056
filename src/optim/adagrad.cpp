#include "xgrad/optim/adagrad.hpp"

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated Adagrad::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t) const {
  const Var sum = slots[0] + square(g);
  return {w - lr * g / sqrt(sum + epsilon), {sum}};
}

std::vector<std::string> Adagrad::slot_names() const { return {"accumulator"}; }

void Adagrad::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step(
      {"Adagrad", learning_rate, options, state, slot_count(), initial_accumulator_value, std::nullopt, true},
      parameters, loc, [this]<class T>(const detail::StepOn<T>& p) {
        kernels::adagrad(p.n, p.w, p.g, p.slot(0),
                         {.learning_rate = p.plan.learning_rate, .epsilon = epsilon, .adjust = p.adjust});
      });
}

}  // namespace xgrad
