#pragma once
// What each instruction set provides for sparse.hpp.

#include <cstdint>

namespace xgrad::kernels {

template <class T>
struct SparseTable {
  /// Rows [begin, end) of Y = S X.
  void (*spmm)(std::int64_t begin, std::int64_t end, std::int64_t n, const std::int64_t* row_ptr,
               const std::int64_t* col, const T* val, const T* x, T* y, bool add);
  /// Adds `width` columns of Y += Sᵀ X from the entries whose column lies in [first, last). Rows of X and Y are n long.
  void (*spmm_t)(std::int64_t rows, std::int64_t cols, std::int64_t n, std::int64_t width, std::int64_t first,
                 std::int64_t last, const std::int64_t* row_ptr, const std::int64_t* col, const T* val, const T* x,
                 T* y);
  void (*sddmm)(std::int64_t begin, std::int64_t end, std::int64_t n, const std::int64_t* row_ptr,
                const std::int64_t* col, const T* g, const T* x, T* dval, bool add);
};

}  // namespace xgrad::kernels
