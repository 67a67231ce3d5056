#include "xgrad/optim/rmsprop.hpp"

#include "kernels/optimizer.hpp"
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

void RMSprop::step(const Parameters& parameters, Loc loc) {
  const double rate = learning_rate(state.iterations);
  detail::optimizer_step("RMSprop", state, parameters, slot_count(), loc,
                         [&]<class T>(Array& w, const Array& g, std::vector<Array>& slots) {
                           using detail::memory;
                           T* m = momentum > 0 ? memory<T>(slots[1]) : nullptr;
                           T* a = centered ? memory<T>(slots.back()) : nullptr;
                           kernels::rmsprop(
                               w.size(), memory<T>(w), memory<T>(g), memory<T>(slots[0]), m, a,
                               {.learning_rate = rate, .rho = rho, .momentum = momentum, .epsilon = epsilon});
                         });
}

}  // namespace xgrad
