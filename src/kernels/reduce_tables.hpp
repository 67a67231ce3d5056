#pragma once
// What each instruction set provides for reduce.hpp.

#include "kernels/reduce.hpp"

namespace xgrad::kernels {

/// Functions that the vector kernels know: sum, prod, amax, amin, sum_square.
inline constexpr int kReduceFunctions = 5;
/// Elements that a sum takes before its total joins the tree; rows likewise for sums down columns.
inline constexpr std::int64_t kSumBlock = 1024;
inline constexpr std::int64_t kRowBlock = 128;

template <class T>
struct ReduceTable {
  /// y[i] = f of row i of [rows, n], n > 0.
  void (*rows[kReduceFunctions])(std::int64_t rows, std::int64_t n, const T* x, T* y);
  /// y[j] = f down column j of `rows` > 0 rows, `stride` apart, for j < n.
  void (*columns[kReduceFunctions])(std::int64_t rows, std::int64_t stride, std::int64_t n, const T* x, T* y);
};

}  // namespace xgrad::kernels
