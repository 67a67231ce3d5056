#pragma once
// Loops over contiguous arrays a vector at a time. `y` may be an operand: the last, overlapping vector is loaded first.

#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {

/// y[i] = f(x[i]) with f on vectors.
template <class T, class F>
inline void map(std::int64_t n, const T* x, T* y, F f) {
  using V = Vec<T>;
  constexpr int w = V::size;
  if (n >= w) {
    const V last = load(x + n - w);
    std::int64_t i = 0;
#pragma GCC unroll 2
    for (; i + w <= n; i += w) store(y + i, f(load(x + i)));
    if (i < n) store(y + n - w, f(last));
  } else if (n == 1) {
    y[0] = f(V(x[0])).v[0];
  } else if (n > 0) {
    store_partial(y, static_cast<int>(n), f(load_partial(x, static_cast<int>(n), T(1))));
  }
}

/// y[i] = f(a[i], b[i]).
template <class T, class F>
inline void map2(std::int64_t n, const T* a, const T* b, T* y, F f) {
  using V = Vec<T>;
  constexpr int w = V::size;
  if (n >= w) {
    const V last_a = load(a + n - w), last_b = load(b + n - w);
    std::int64_t i = 0;
#pragma GCC unroll 2
    for (; i + w <= n; i += w) store(y + i, f(load(a + i), load(b + i)));
    if (i < n) store(y + n - w, f(last_a, last_b));
  } else if (n == 1) {
    y[0] = f(V(a[0]), V(b[0])).v[0];
  } else if (n > 0) {
    const int k = static_cast<int>(n);
    store_partial(y, k, f(load_partial(a, k, T(1)), load_partial(b, k, T(1))));
  }
}

/// y[i] = f(a[i], b[i], c[i]).
template <class T, class F>
inline void map3(std::int64_t n, const T* a, const T* b, const T* c, T* y, F f) {
  using V = Vec<T>;
  constexpr int w = V::size;
  if (n >= w) {
    const V last_a = load(a + n - w), last_b = load(b + n - w), last_c = load(c + n - w);
    std::int64_t i = 0;
#pragma GCC unroll 2
    for (; i + w <= n; i += w) store(y + i, f(load(a + i), load(b + i), load(c + i)));
    if (i < n) store(y + n - w, f(last_a, last_b, last_c));
  } else if (n == 1) {
    y[0] = f(V(a[0]), V(b[0]), V(c[0])).v[0];
  } else if (n > 0) {
    const int k = static_cast<int>(n);
    store_partial(y, k, f(load_partial(a, k, T(1)), load_partial(b, k, T(1)), load_partial(c, k, T(1))));
  }
}

}  // namespace xgrad::kernels::XGRAD_ISA
