#pragma once
// Optimizer rules as one pass over a parameter's memory, on several threads where that pays. Each agrees with the rule
// in ops (src/optim); the element order is free of threads, and so is the result.

#include <cstdint>

namespace xgrad::kernels {

struct SgdRule {
  double learning_rate, momentum = 0;
  bool nesterov = false;
};
/// w -= lr g. With m: m = mu m - lr g; w += m, after Nesterov w += mu m - lr g. m may be null where momentum = 0.
/// T = float, double.
template <class T>
void sgd(std::int64_t n, T* w, const T* g, T* m, const SgdRule& rule);

struct RmspropRule {
  double learning_rate, rho, momentum = 0, epsilon;
};
/// v = rho v + (1 - rho) g²; d = v + eps; w -= lr g / sqrt(d). With a, centered: a = rho a + (1 - rho) g; d = v - a² +
/// eps. With m: m = mu m + lr g / sqrt(d); w -= m. m and a may be null.
template <class T>
void rmsprop(std::int64_t n, T* w, const T* g, T* v, T* m, T* a, const RmspropRule& rule);

struct AdamRule {
  double learning_rate, beta_1, beta_2, epsilon;
  std::int64_t step;  // from 1
};
/// m += (1 - b1)(g - m); v += (1 - b2)(g² - v); w -= alpha m / (sqrt(v) + eps) with alpha = lr sqrt(1 - b2^t) / (1 -
/// b1^t). With `largest`, amsgrad: largest = max(largest, v) stands in the root. It may be null.
template <class T>
void adam(std::int64_t n, T* w, const T* g, T* m, T* v, T* largest, const AdamRule& rule);

}  // namespace xgrad::kernels
