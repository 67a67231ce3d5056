#pragma once
// Reductions of contiguous arrays, and scans along an axis. Results do not depend on the number of threads: sums run in
// blocks of fixed size whose totals are added in a fixed order.

#include <cstdint>

namespace xgrad::kernels {

enum class Reduce : std::uint8_t {
  sum,
  prod,
  amax,
  amin,  // NaN where there is one; of nothing: the smallest and the largest value
  sum_square,
  any,
  all,  // of bytes that are 0 or 1
  count
};

/// y = f over the axes whose bit is set in `axes`; y has the other axes' shape. T: float, double, int64_t but for
/// sum_square, uint8_t for any and all.
template <class T>
void reduce(Reduce f, const std::int64_t* shape, int rank, std::uint32_t axes, const T* x, T* y);

/// Place along the middle axis of [outer, n, inner] of the largest (smallest) element: the first of equals, or the
/// first NaN. n > 0. T: float, double, int64_t, uint8_t.
template <class T>
void argmax(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y);
template <class T>
void argmin(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t* y);

/// Running sums and products along the middle axis of [outer, n, inner], from the end with `reverse`. T: float, double,
/// int64_t.
template <class T>
void cumsum(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y, bool reverse);
template <class T>
void cumprod(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, T* y, bool reverse);

/// dx (=|+=) the gradient of the product along the middle axis, without dividing. g: [outer, inner]. T: float, double.
template <class T>
void prod_vjp(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* g, const T* x, T* dx, bool add);
/// dx (=|+=) the gradient of `cumprod`, without dividing. T: float, double.
template <class T>
void cumprod_vjp(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* g, const T* x, T* dx, bool reverse,
                 bool add);

}  // namespace xgrad::kernels
