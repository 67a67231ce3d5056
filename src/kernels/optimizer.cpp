#include "kernels/optimizer.hpp"

#include <algorithm>
#include <array>
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

template <class T>
Adjusted<T> in_type(const Adjustment& a) {
  return {static_cast<T>(a.scale), static_cast<T>(a.limit), static_cast<T>(a.decay)};
}

double power(double base, I64 exponent) { return std::pow(base, static_cast<double>(exponent)); }

}  // namespace

template <class T>
void sgd(I64 n, T* w, const T* g, T* m, const SgdRule& rule) {
  const auto f = table<OptimizerTable<T>>().sgd;
  const T lr = static_cast<T>(rule.learning_rate), mu = static_cast<T>(rule.momentum);
  const auto adjusted = in_type<T>(rule.adjust);
  if (rule.momentum == 0) m = nullptr;
  split(n, kCheapGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, at(m, begin), lr, mu, rule.nesterov, adjusted);
  });
}

template <class T>
void rmsprop(I64 n, T* w, const T* g, T* v, T* m, T* a, const RmspropRule& rule) {
  const auto f = table<OptimizerTable<T>>().rmsprop;
  const T lr = static_cast<T>(rule.learning_rate), mu = static_cast<T>(rule.momentum);
  const T rho = static_cast<T>(rule.rho), rest = static_cast<T>(1 - rule.rho), eps = static_cast<T>(rule.epsilon);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, v + begin, at(m, begin), at(a, begin), lr, rho, rest, mu, eps, adjusted);
  });
}

template <class T>
void adam(I64 n, T* w, const T* g, T* m, T* v, T* largest, const AdamRule& rule) {
  const auto f = table<OptimizerTable<T>>().adam;
  const double correction = std::sqrt(1 - power(rule.beta_2, rule.step)) / (1 - power(rule.beta_1, rule.step));
  const T alpha = static_cast<T>(rule.learning_rate * correction), eps = static_cast<T>(rule.epsilon);
  const T rest_1 = static_cast<T>(1 - rule.beta_1), rest_2 = static_cast<T>(1 - rule.beta_2);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, m + begin, v + begin, at(largest, begin), alpha, rest_1, rest_2, eps,
      adjusted);
  });
}

template <class T>
void adamax(I64 n, T* w, const T* g, T* m, T* u, const AdamRule& rule) {
  const auto f = table<OptimizerTable<T>>().adamax;
  const T alpha = static_cast<T>(rule.learning_rate / (1 - power(rule.beta_1, rule.step)));
  const T rest_1 = static_cast<T>(1 - rule.beta_1), beta_2 = static_cast<T>(rule.beta_2);
  const T eps = static_cast<T>(rule.epsilon);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, m + begin, u + begin, alpha, rest_1, beta_2, eps, adjusted);
  });
}

template <class T>
void nadam(I64 n, T* w, const T* g, T* m, T* v, const NadamRule& rule) {
  const auto f = table<OptimizerTable<T>>().nadam;
  const T for_mean = static_cast<T>(rule.learning_rate * rule.for_mean);
  const T for_gradient = static_cast<T>(rule.learning_rate * rule.for_gradient);
  const T for_square = static_cast<T>(rule.for_square), eps = static_cast<T>(rule.epsilon);
  const T rest_1 = static_cast<T>(1 - rule.beta_1), rest_2 = static_cast<T>(1 - rule.beta_2);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, m + begin, v + begin, for_mean, for_gradient, for_square, rest_1, rest_2, eps,
      adjusted);
  });
}

template <class T>
void adagrad(I64 n, T* w, const T* g, T* sum, const AdagradRule& rule) {
  const auto f = table<OptimizerTable<T>>().adagrad;
  const T lr = static_cast<T>(rule.learning_rate), eps = static_cast<T>(rule.epsilon);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCostlyGrain,
        [&](I64 begin, I64 end) { f(end - begin, w + begin, g + begin, sum + begin, lr, eps, adjusted); });
}

template <class T>
void adadelta(I64 n, T* w, const T* g, T* squares, T* moves, const AdadeltaRule& rule) {
  const auto f = table<OptimizerTable<T>>().adadelta;
  const T lr = static_cast<T>(rule.learning_rate), rho = static_cast<T>(rule.rho);
  const T rest = static_cast<T>(1 - rule.rho), eps = static_cast<T>(rule.epsilon);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCostlyGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, squares + begin, moves + begin, lr, rho, rest, eps, adjusted);
  });
}

template <class T>
void lion(I64 n, T* w, const T* g, T* m, const LionRule& rule) {
  const auto f = table<OptimizerTable<T>>().lion;
  const T lr = static_cast<T>(rule.learning_rate);
  const T beta_1 = static_cast<T>(rule.beta_1), rest_1 = static_cast<T>(1 - rule.beta_1);
  const T beta_2 = static_cast<T>(rule.beta_2), rest_2 = static_cast<T>(1 - rule.beta_2);
  const auto adjusted = in_type<T>(rule.adjust);
  split(n, kCheapGrain, [&](I64 begin, I64 end) {
    f(end - begin, w + begin, g + begin, m + begin, lr, beta_1, rest_1, beta_2, rest_2, adjusted);
  });
}

template <class T>
void accumulate(I64 n, T* sum, const T* g) {
  const auto f = table<OptimizerTable<T>>().accumulate;
  split(n, kCheapGrain, [&](I64 begin, I64 end) { f(end - begin, sum + begin, g + begin); });
}

template <class T>
void average(I64 n, T* mean, T* w, double momentum, bool overwrite) {
  const auto f = table<OptimizerTable<T>>().average;
  const T old = static_cast<T>(momentum), rest = static_cast<T>(1 - momentum);
  split(n, kCheapGrain, [&](I64 begin, I64 end) { f(end - begin, mean + begin, w + begin, old, rest, overwrite); });
}

template <class T>
double sum_squares(I64 n, const T* x) {
  const auto f = table<OptimizerTable<T>>().sum_squares;
  // Pieces of a size that only n decides, added in order: the sum does not depend on the number of threads.
  constexpr I64 most = 64;
  const I64 piece = std::max<I64>(kCostlyGrain, (n + most - 1) / most), pieces = (n + piece - 1) / piece;
  std::array<double, most> sums{};
  split(pieces, 1, [&](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i)
      sums[static_cast<std::size_t>(i)] = f(std::min(piece, n - i * piece), x + i * piece);
  });
  double total = 0;
  for (I64 i = 0; i < pieces; ++i) total += sums[static_cast<std::size_t>(i)];
  if (std::isfinite(total)) return total;
  // A square may have left the range of T.
  total = 0;
  for (I64 i = 0; i < n; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return total;
}

template void sgd(I64, float*, const float*, float*, const SgdRule&);
template void rmsprop(I64, float*, const float*, float*, float*, float*, const RmspropRule&);
template void adam(I64, float*, const float*, float*, float*, float*, const AdamRule&);
template void adamax(I64, float*, const float*, float*, float*, const AdamRule&);
template void nadam(I64, float*, const float*, float*, float*, const NadamRule&);
template void adagrad(I64, float*, const float*, float*, const AdagradRule&);
template void adadelta(I64, float*, const float*, float*, float*, const AdadeltaRule&);
template void lion(I64, float*, const float*, float*, const LionRule&);
template void accumulate(I64, float*, const float*);
template void average(I64, float*, float*, double, bool);
template double sum_squares(I64, const float*);
template void sgd(I64, double*, const double*, double*, const SgdRule&);
template void rmsprop(I64, double*, const double*, double*, double*, double*, const RmspropRule&);
template void adam(I64, double*, const double*, double*, double*, double*, const AdamRule&);
template void adamax(I64, double*, const double*, double*, double*, const AdamRule&);
template void nadam(I64, double*, const double*, double*, double*, const NadamRule&);
template void adagrad(I64, double*, const double*, double*, const AdagradRule&);
template void adadelta(I64, double*, const double*, double*, double*, const AdadeltaRule&);
template void lion(I64, double*, const double*, double*, const LionRule&);
template void accumulate(I64, double*, const double*);
template void average(I64, double*, double*, double, bool);
template double sum_squares(I64, const double*);

}  // namespace xgrad::kernels
