#include "xgrad/optim/rmsprop.hpp"

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated RMSprop::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t) const {
  const Var v = rho * slots[0] + (1 - rho) * square(g);
  Updated result{{}, {v}};
  Var a;
  Var d = v + epsilon;
  if (centered) {
    a = rho * slots[slots.size() - 1] + (1 - rho) * g;
    d = v - square(a) + epsilon;
  }
  Var move = lr * g / sqrt(d);
  if (momentum > 0) {
    move = momentum * slots[1] + move;
    result.slots.push_back(move);
  }
  if (centered) result.slots.push_back(a);
  result.value = w - move;
  return result;
}

std::vector<std::string> RMSprop::slot_names() const {
  std::vector<std::string> names{"velocity"};
  if (momentum > 0) names.emplace_back("momentum");
  if (centered) names.emplace_back("average_gradient");
  return names;
}

void RMSprop::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step({"RMSprop", learning_rate, options, state, slot_count()}, parameters, loc,
                         [this]<class T>(const detail::StepOn<T>& p) {
                           kernels::rmsprop(p.n, p.w, p.g, p.slot(0), momentum > 0 ? p.slot(1) : nullptr,
                                            centered ? p.slot(slot_count() - 1) : nullptr,
                                            {.learning_rate = p.plan.learning_rate,
                                             .rho = rho,
                                             .momentum = momentum,
                                             .epsilon = epsilon,
                                             .adjust = p.adjust});
                         });
}

}  // namespace xgrad
