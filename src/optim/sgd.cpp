#include "xgrad/optim/sgd.hpp"

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated SGD::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t) const {
  if (momentum == 0) return {w - lr * g, {}};
  const Var m = momentum * slots[0] - lr * g;
  return {nesterov ? w + momentum * m - lr * g : w + m, {m}};
}

std::vector<std::string> SGD::slot_names() const {
  if (momentum == 0) return {};
  return {"momentum"};
}

void SGD::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step(
      {"SGD", learning_rate, options, state, slot_count(), 0, std::nullopt, momentum == 0}, parameters, loc,
      [this]<class T>(const detail::StepOn<T>& p) {
        kernels::sgd(
            p.n, p.w, p.g, p.slots.empty() || momentum == 0 ? nullptr : p.slot(0),
            {.learning_rate = p.plan.learning_rate, .momentum = momentum, .nesterov = nesterov, .adjust = p.adjust});
      });
}

}  // namespace xgrad
