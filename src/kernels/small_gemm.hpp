#pragma once
// A product of our own for matrices that fit the first-level cache, where a library's call costs as much as the work.

#include <cstdint>

#include "kernels/gemm_providers.hpp"

namespace xgrad::kernels {

/// Numbers of B that can be laid out anew on the stack.
inline constexpr std::int64_t kSmallPanel = 4096;

template <class T>
struct SmallGemmTable {
  /// The product; for sizes that `fits_small_gemm` admits.
  void (*gemm)(const Product<T>& p);
  /// m n k up to which it is the fastest.
  std::int64_t limit;
};

inline bool fits_small_gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
  return m <= 64 && n <= 64 && k <= 64 && k * ((n + 15) & ~std::int64_t{15}) <= kSmallPanel;
}

}  // namespace xgrad::kernels
