#include "xgrad/optim/adam.hpp"

#include <cmath>

#include "optim/adam_step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

Updated Adam::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const {
  const Var m = slots[0] + (1 - beta_1) * (g - slots[0]);
  const Var v = slots[1] + (1 - beta_2) * (square(g) - slots[1]);
  const double correction =
      std::sqrt(1 - std::pow(beta_2, static_cast<double>(t))) / (1 - std::pow(beta_1, static_cast<double>(t)));
  Updated result{{}, {m, v}};
  Var root = v;
  if (amsgrad) {
    root = maximum(slots[2], v);
    result.slots.push_back(root);
  }
  result.value = w - lr * correction * m / (sqrt(root) + epsilon);
  return result;
}

std::vector<std::string> Adam::slot_names() const { return detail::adam_slot_names(*this); }

void Adam::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step({"Adam", learning_rate, options, state, slot_count()}, parameters, loc,
                         [this](const auto& p) { detail::adam_step(*this, p); });
}

}  // namespace xgrad
