#include "xgrad/optim/nadam.hpp"

#include <cmath>

#include "optim/step.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {
namespace {

/// The momentum of step t: it rises from β₁ / 2 towards β₁.
double momentum_of(double beta_1, std::int64_t t) {
  return beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t)));
}
double product_of_momentums(double beta_1, std::int64_t t) {
  double product = 1;
  for (std::int64_t i = 1; i <= t && product != 0; ++i) product *= momentum_of(beta_1, i);
  return product;
}

/// What stands before m, g and v at step t, where the product of all momentums up to t is known.
struct Factors {
  double mean, gradient, square;
  Factors(double beta_1, double beta_2, double product, std::int64_t t) {
    const double now = momentum_of(beta_1, t), next = momentum_of(beta_1, t + 1);
    mean = next / (1 - product * next);
    gradient = (1 - now) / (1 - product);
    square = 1 / (1 - std::pow(beta_2, static_cast<double>(t)));
  }
};

}  // namespace

Updated Nadam::update(const Var& w, const Var& g, std::span<const Var> slots, const Var& lr, std::int64_t t) const {
  const Factors factor(beta_1, beta_2, product_of_momentums(beta_1, t), t);
  const Var m = slots[0] + (1 - beta_1) * (g - slots[0]);
  const Var v = slots[1] + (1 - beta_2) * (square(g) - slots[1]);
  return {w - lr * (factor.mean * m + factor.gradient * g) / (sqrt(factor.square * v) + epsilon), {m, v}};
}

std::vector<std::string> Nadam::slot_names() const { return {"momentum", "velocity"}; }

void Nadam::step(const Parameters& parameters, Loc loc) {
  detail::optimizer_step({"Nadam", learning_rate, options, state, slot_count()}, parameters, loc,
                         [this]<class T>(const detail::StepOn<T>& p) {
                           // The product goes on from the step before; after a restart it is made again.
                           auto& product = state.carried;
                           if (product.step + 1 == p.plan.step) {
                             product = {p.plan.step, product.value * momentum_of(beta_1, p.plan.step)};
                           } else if (product.step != p.plan.step) {
                             product = {p.plan.step, product_of_momentums(beta_1, p.plan.step)};
                           }
                           const Factors factor(beta_1, beta_2, product.value, p.plan.step);
                           kernels::nadam(p.n, p.w, p.g, p.slot(0), p.slot(1),
                                          {.learning_rate = p.plan.learning_rate,
                                           .for_mean = factor.mean,
                                           .for_gradient = factor.gradient,
                                           .for_square = factor.square,
                                           .beta_1 = beta_1,
                                           .beta_2 = beta_2,
                                           .epsilon = epsilon,
                                           .adjust = p.adjust});
                         });
}

}  // namespace xgrad
