#pragma once
// Optimizer rules as one pass over a parameter's memory, on several threads where that pays. Each agrees with the rule
// in ops (src/optim); the element order is free of threads, and so is the result.

#include <cstdint>
#include <limits>

namespace xgrad::kernels {

/// What happens before a rule, in the same pass: g = scale g, then cut to ±limit; w -= decay w.
struct Adjustment {
  double scale = 1, limit = std::numeric_limits<double>::infinity(), decay = 0;
};

struct SgdRule {
  double learning_rate, momentum = 0;
  bool nesterov = false;
  Adjustment adjust = {};
};
/// w -= lr g. With m: m = mu m - lr g; w += m, after Nesterov w += mu m - lr g. m may be null where momentum = 0.
/// T = float, double.
template <class T>
void sgd(std::int64_t n, T* w, const T* g, T* m, const SgdRule& rule);

struct RmspropRule {
  double learning_rate, rho, momentum = 0, epsilon;
  Adjustment adjust = {};
};
/// v = rho v + (1 - rho) g²; d = v + eps; w -= lr g / sqrt(d). With a, centered: a = rho a + (1 - rho) g; d = v - a² +
/// eps. With m: m = mu m + lr g / sqrt(d); w -= m. m and a may be null.
template <class T>
void rmsprop(std::int64_t n, T* w, const T* g, T* v, T* m, T* a, const RmspropRule& rule);

struct AdamRule {
  double learning_rate, beta_1, beta_2, epsilon;
  std::int64_t step;  // from 1
  Adjustment adjust = {};
};
/// m += (1 - b1)(g - m); v += (1 - b2)(g² - v); w -= alpha m / (sqrt(v) + eps) with alpha = lr sqrt(1 - b2^t) / (1 -
/// b1^t). With `largest`, amsgrad: largest = max(largest, v) stands in the root. It may be null.
template <class T>
void adam(std::int64_t n, T* w, const T* g, T* m, T* v, T* largest, const AdamRule& rule);

/// m += (1 - b1)(g - m); u = max(b2 u, |g|); w -= lr m / ((1 - b1^t)(u + eps)).
template <class T>
void adamax(std::int64_t n, T* w, const T* g, T* m, T* u, const AdamRule& rule);

struct NadamRule {
  double learning_rate, for_mean, for_gradient, for_square, beta_1, beta_2, epsilon;
  Adjustment adjust = {};
};
/// m, v as Adam's; w -= lr (for_mean m + for_gradient g) / (sqrt(for_square v) + eps).
template <class T>
void nadam(std::int64_t n, T* w, const T* g, T* m, T* v, const NadamRule& rule);

struct AdagradRule {
  double learning_rate, epsilon;
  Adjustment adjust = {};
};
/// sum += g²; w -= lr g / sqrt(sum + eps).
template <class T>
void adagrad(std::int64_t n, T* w, const T* g, T* sum, const AdagradRule& rule);

struct AdadeltaRule {
  double learning_rate, rho, epsilon;
  Adjustment adjust = {};
};
/// squares = rho squares + (1 - rho) g²; d = sqrt(moves + eps) / sqrt(squares + eps) g; moves = rho moves + (1 - rho)
/// d²; w -= lr d.
template <class T>
void adadelta(std::int64_t n, T* w, const T* g, T* squares, T* moves, const AdadeltaRule& rule);

struct LionRule {
  double learning_rate, beta_1, beta_2;
  Adjustment adjust = {};
};
/// w -= lr sign(b1 m + (1 - b1) g); then m = b2 m + (1 - b2) g.
template <class T>
void lion(std::int64_t n, T* w, const T* g, T* m, const LionRule& rule);

/// sum += g.
template <class T>
void accumulate(std::int64_t n, T* sum, const T* g);
/// mean = momentum mean + (1 - momentum) w; with `overwrite` w = mean as well.
template <class T>
void average(std::int64_t n, T* mean, T* w, double momentum, bool overwrite);
/// The sum of squares in double, in an order that is free of threads; takes no memory.
template <class T>
double sum_squares(std::int64_t n, const T* x);

}  // namespace xgrad::kernels
