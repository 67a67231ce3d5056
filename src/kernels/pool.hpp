#pragma once
// Pooling in two dimensions, on arrays with the channels last.

#include <cstdint>

namespace xgrad::kernels {

/// Windows of kh × kw places of x [n, h, w, c], whose results are y [n, oh, ow, c]: result (p, q) reads the places
/// (p s₀ − b₀ + a, q s₁ − b₁ + b) that x has, at least one.
struct PoolShape {
  std::int64_t n, h, w, c;
  std::int64_t kh, kw, oh, ow;
  std::int64_t stride[2], before[2];

  /// Whether no place is read twice.
  bool apart() const noexcept { return stride[0] >= kh && stride[1] >= kw; }
  friend bool operator==(const PoolShape&, const PoolShape&) = default;
};

/// y = the largest of each window; NaN where there is one. T = float, double.
template <class T>
void max_pool2d(const PoolShape& s, const T* x, T* y);
/// Where in its window the largest stands, a kw + b: the first of equals, in that order.
template <class T>
void max_pool2d_place(const PoolShape& s, const T* x, std::int64_t* place);
/// dx (+)= g where x was the window's largest, y; the first of equals.
template <class T>
void max_pool2d_vjp(const PoolShape& s, const T* x, const T* y, const T* g, T* dx, bool add);

/// dx (+)= g at its place in each window; and back: y (+)= x at the place.
template <class T>
void pool_scatter(const PoolShape& s, const T* g, const std::int64_t* place, T* dx, bool add);
template <class T>
void pool_gather(const PoolShape& s, const T* x, const std::int64_t* place, T* y, bool add);

/// y (+)= the mean of each window's places; and its transpose, dx (+)= the shares of g.
template <class T>
void avg_pool2d(const PoolShape& s, const T* x, T* y, bool add);
template <class T>
void avg_pool2d_input(const PoolShape& s, const T* g, T* dx, bool add);

}  // namespace xgrad::kernels
