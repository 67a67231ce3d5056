#include "kernels/optimizer.hpp"

#include <cmath>

#include "kernels/isa.hpp"
#include "kernels/optimizer_tables.hpp"
#include "kernels/parallel.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// p + i, and null for null.
template <class T>
T* at(T* p, I64 i) {
  return p == nullptr ? nullptr : p + i;
}

}  // namespace

template <class T>
void sgd(I64 n, T* w, const T* g, T* m, const SgdRule& rule) {
  const auto f = table<OptimizerTable<T>>().sgd;
  const T lr = static_cast<T>(rule.learning_rate), mu = static_cast<T>(rule.momentum);
  if (rule.momentum == 0) m = nullptr;
  split(n, kCheapGrain,
        [&](I64 begin, I64 end) { f(end - begin, w + begin, g + begin, at(m, begin), lr, mu, rule.nesterov); });
}

template <class T>
void rmsprop(I64 n, T* w, const T* g, T* v, T* m, T* a, const RmspropRule& rule) {
  const auto f = table<OptimizerTable<T>>().rmsprop;
  const T lr = static_cast<T>(rule.learning_rate), mu = static_cast<T>(rule.momentum);
  const T rho = static_cast<T>(rule.rho), rest = static_cast<T>(1 - rule.rho), eps = static_cast<T>(rule.epsilon);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, v + begin, at(m, begin), at(a, begin), lr, rho, rest, mu, eps);
  });
}

template <class T>
void adam(I64 n, T* w, const T* g, T* m, T* v, T* largest, const AdamRule& rule) {
  const auto f = table<OptimizerTable<T>>().adam;
  const double t = static_cast<double>(rule.step);
  const double correction = std::sqrt(1 - std::pow(rule.beta_2, t)) / (1 - std::pow(rule.beta_1, t));
  const T alpha = static_cast<T>(rule.learning_rate * correction), eps = static_cast<T>(rule.epsilon);
  const T rest_1 = static_cast<T>(1 - rule.beta_1), rest_2 = static_cast<T>(1 - rule.beta_2);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, m + begin, v + begin, at(largest, begin), alpha, rest_1, rest_2, eps);
  });
}

template void sgd(I64, float*, const float*, float*, const SgdRule&);
template void sgd(I64, double*, const double*, double*, const SgdRule&);
template void rmsprop(I64, float*, const float*, float*, float*, float*, const RmspropRule&);
template void rmsprop(I64, double*, const double*, double*, double*, double*, const RmspropRule&);
template void adam(I64, float*, const float*, float*, float*, float*, const AdamRule&);
template void adam(I64, double*, const double*, double*, double*, double*, const AdamRule&);

}  // namespace xgrad::kernels
