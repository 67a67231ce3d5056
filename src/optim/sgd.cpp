#include "xgrad/optim/sgd.hpp"

#include "kernels/optimizer.hpp"
#include "xgrad/ops/arithmetic.hpp"

namespace xgrad {

Updated SGD::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t) const {
  if (momentum == 0) return {w - lr * g, {}};
  const Var m = momentum * slots[0] - lr * g;
  return {nesterov ? w + momentum * m - lr * g : w + m, {m}};
}

void SGD::step(const Parameters& parameters, Loc loc) {
  const double rate = learning_rate(state.iterations);
  detail::optimizer_step("SGD", state, parameters, slot_count(), loc,
                         [&]<class T>(Array& w, const Array& g, std::vector<Array>& slots) {
                           using detail::memory;
                           T* m = slots.empty() ? nullptr : memory<T>(slots[0]);
                           kernels::sgd(w.size(), memory<T>(w), memory<T>(g), m,
                                        {.learning_rate = rate, .momentum = momentum, .nesterov = nesterov});
                         });
}

}  // namespace xgrad
