#pragma once
// A product of our own for matrices of any size, cut into blocks that fit the caches (K. Goto and R. van de Geijn,
// "Anatomy of high-performance matrix multiplication", ACM TOMS 34, 2008).

#include <cstdint>

#include "kernels/gemm_providers.hpp"

namespace xgrad::kernels {

template <class T>
struct BlockedGemmTable {
  /// The product on the calling thread; `work` has room for `work_size(p)` numbers, 64-byte aligned.
  void (*gemm)(const Product<T>& p, T* work);
  std::int64_t (*work_size)(const Product<T>& p);
};

}  // namespace xgrad::kernels
