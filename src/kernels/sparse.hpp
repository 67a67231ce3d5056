#pragma once
// Products of a sparse matrix in compressed rows (CSR) with a dense one, and their adjoints.
//
// Row r of S holds the entries row_ptr[r] … row_ptr[r + 1]: columns `col`, values `val` (all 1 where null). Columns of
// a row may come in any order and repeat; then they add up. Every sum runs in the order of the entries, whatever the
// threads.

#include <cstdint>

namespace xgrad::kernels {

/// Y = S X, added where `add`: S is (rows, cols), X (cols, n), Y (rows, n). T = float, double.
template <class T>
void spmm(std::int64_t rows, std::int64_t cols, std::int64_t n, const std::int64_t* row_ptr, const std::int64_t* col,
          const T* val, const T* x, T* y, bool add = false);

/// Y = Sᵀ X, added where `add`: X is (rows, n), Y (cols, n).
template <class T>
void spmm_t(std::int64_t rows, std::int64_t cols, std::int64_t n, const std::int64_t* row_ptr, const std::int64_t* col,
            const T* val, const T* x, T* y, bool add = false);

/// The gradient of S's values: dval[e] = Σ_j G[r, j] X[col[e], j] for each entry e of row r, added where `add`. G is
/// (rows, n), X (cols, n).
template <class T>
void sddmm(std::int64_t rows, std::int64_t n, const std::int64_t* row_ptr, const std::int64_t* col, const T* g,
           const T* x, T* dval, bool add = false);

}  // namespace xgrad::kernels
