#pragma once
// What each instruction set provides for pool.hpp.

#include "kernels/pool.hpp"

namespace xgrad::kernels {

/// Of one picture: x (or dx) is its first number, y and g the first of row `row` of its results.
template <class T>
struct PoolTable {
  void (*max)(const PoolShape& s, std::int64_t row, const T* x, T* y);
  /// dx += g; with windows apart dx may be written instead (`add` false) where a window reads.
  void (*max_vjp)(const PoolShape& s, std::int64_t row, const T* x, const T* y, const T* g, T* dx, bool add);
  void (*avg)(const PoolShape& s, std::int64_t row, const T* x, T* y, bool add);
  void (*avg_input)(const PoolShape& s, std::int64_t row, const T* g, T* dx, bool add);
};

}  // namespace xgrad::kernels
