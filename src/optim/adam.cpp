#include "xgrad/optim/adam.hpp"

#include <cmath>

#include "kernels/optimizer.hpp"
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

void Adam::step(const Parameters& parameters, Loc loc) {
  const double rate = learning_rate(state.iterations);
  detail::optimizer_step(
      "Adam", state, parameters, slot_count(), loc, [&]<class T>(Array& w, const Array& g, std::vector<Array>& slots) {
        using detail::memory;
        T* largest = amsgrad ? memory<T>(slots[2]) : nullptr;
        kernels::adam(w.size(), memory<T>(w), memory<T>(g), memory<T>(slots[0]), memory<T>(slots[1]), largest,
                      {.learning_rate = rate,
                       .beta_1 = beta_1,
                       .beta_2 = beta_2,
                       .epsilon = epsilon,
                       .step = state.iterations + 1});
      });
}

}  // namespace xgrad
