#pragma once
// What each instruction set provides for dense.hpp.

#include "kernels/dense.hpp"

namespace xgrad::kernels {

/// Rows a sum takes in one chain before it is added to the total.
inline constexpr std::int64_t kRowsInChain = 1024;

template <class T>
struct DenseTable {
  /// y = act(y + bias) over whole rows.
  void (*bias_activation[static_cast<int>(Act::count)])(std::int64_t rows, std::int64_t n, const T* bias, T* y);
  /// Columns [begin, end) of rows of length n; dbias may be null.
  void (*vjp[static_cast<int>(Act::count)])(std::int64_t rows, std::int64_t n, std::int64_t begin, std::int64_t end,
                                            const T* g, const T* y, T* dz, T* dbias, bool add_bias);
};

}  // namespace xgrad::kernels
