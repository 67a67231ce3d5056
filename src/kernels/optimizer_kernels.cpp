#include "kernels/optimizer_tables.hpp"

#include "kernels/isa.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// Calls body(i, count) for whole vectors, then once for the rest.
template <class T, class Body>
inline void vectors(I64 n, Body body) {
  constexpr int w = Vec<T>::size;
  I64 i = 0;
  for (; i + w <= n; i += w) body(i, w);
  if (i < n) body(i, static_cast<int>(n - i));
}
template <class T>
inline Vec<T> get(const T* p, int count) {
  return count == Vec<T>::size ? load(p) : load_partial(p, count, T(1));
}
template <class T>
inline void put(T* p, int count, Vec<T> x) {
  count == Vec<T>::size ? store(p, x) : store_partial(p, count, x);
}

template <class T>
void sgd(I64 n, T* w, const T* g, T* m, T lr, T mu, bool nesterov) {
  using V = Vec<T>;
  if (m == nullptr) {
    vectors<T>(n, [=](I64 i, int c) { put(w + i, c, fma(V(-lr), get(g + i, c), get(w + i, c))); });
    return;
  }
  vectors<T>(n, [=](I64 i, int c) {
    const V move = V(lr) * get(g + i, c);
    const V velocity = fma(V(mu), get(m + i, c), -move);
    put(m + i, c, velocity);
    put(w + i, c, get(w + i, c) + (nesterov ? fma(V(mu), velocity, -move) : velocity));
  });
}

template <class T, bool centered, bool momentum>
void rmsprop_as(I64 n, T* w, const T* g, T* v, T* m, T* a, T lr, T rho, T rest, T mu, T epsilon) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = get(g + i, c);
    const V square = fma(V(rho), get(v + i, c), V(rest) * (gradient * gradient));
    put(v + i, c, square);
    V d = square + V(epsilon);
    if constexpr (centered) {
      const V mean = fma(V(rho), get(a + i, c), V(rest) * gradient);
      put(a + i, c, mean);
      d = square - mean * mean + V(epsilon);
    }
    V move = V(lr) * gradient / sqrt(d);
    if constexpr (momentum) {
      move = fma(V(mu), get(m + i, c), move);
      put(m + i, c, move);
    }
    put(w + i, c, get(w + i, c) - move);
  });
}

template <class T>
void rmsprop(I64 n, T* w, const T* g, T* v, T* m, T* a, T lr, T rho, T rest, T mu, T epsilon) {
  const auto f = a == nullptr   ? m == nullptr ? rmsprop_as<T, false, false> : rmsprop_as<T, false, true>
                   : m == nullptr ? rmsprop_as<T, true, false>
                                : rmsprop_as<T, true, true>;
  f(n, w, g, v, m, a, lr, rho, rest, mu, epsilon);
}

template <class T, bool amsgrad>
void adam_as(I64 n, T* w, const T* g, T* m, T* v, T* largest, T alpha, T rest_1, T rest_2, T epsilon) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = get(g + i, c), m_before = get(m + i, c), v_before = get(v + i, c);
    const V mean = fma(V(rest_1), gradient - m_before, m_before);
    V square = fma(V(rest_2), fma(gradient, gradient, -v_before), v_before);
    put(m + i, c, mean);
    put(v + i, c, square);
    if constexpr (amsgrad) {
      const V top = get(largest + i, c);
      square = select((top > square) | is_nan(top), top, square);  // NaN stays, as in `maximum`
      put(largest + i, c, square);
    }
    put(w + i, c, get(w + i, c) - V(alpha) * mean / (sqrt(square) + V(epsilon)));
  });
}

template <class T>
void adam(I64 n, T* w, const T* g, T* m, T* v, T* largest, T alpha, T rest_1, T rest_2, T epsilon) {
  const auto f = largest == nullptr ? adam_as<T, false> : adam_as<T, true>;
  f(n, w, g, m, v, largest, alpha, rest_1, rest_2, epsilon);
}

constexpr OptimizerTable<float> f32{sgd<float>, rmsprop<float>, adam<float>};
constexpr OptimizerTable<double> f64{sgd<double>, rmsprop<double>, adam<double>};

}  // namespace

template <>
const OptimizerTable<float>& table() {
  return f32;
}
template <>
const OptimizerTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
