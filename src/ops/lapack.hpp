#pragma once
// LAPACK and BLAS on one row-major matrix. To LAPACK, which stores columns, a row-major matrix is its own transpose.

#include <cstdint>

namespace xgrad::detail {

/// LU of the n×n matrix in place, with n pivots. @return false where it is singular
template <class T>
bool lu_factor(std::int64_t n, T* a, int* pivots);
/// From its factors: b := a⁻¹ b, or a⁻ᵀ b, for `count` right sides, each contiguous: [count, n].
template <class T>
void lu_solve(std::int64_t n, std::int64_t count, bool transpose, const T* lu, const int* pivots, T* b);
/// From its factors: a := a⁻¹, in place. @param work n·64 elements
template <class T>
void lu_invert(std::int64_t n, T* a, const int* pivots, T* work);
/// The lower factor of a symmetric positive definite matrix, in place of its lower triangle.
/// @return 0, or the order of the first leading minor that is not positive
template <class T>
std::int64_t cholesky_factor(std::int64_t n, T* a);
/// b := op(a)⁻¹ b for a triangular a, b [n, columns].
template <class T>
void triangular(bool lower, bool transpose, bool unit_diagonal, std::int64_t n, std::int64_t columns, const T* a, T* b);
/// Eigenvalues of a symmetric matrix, ascending, and its eigenvectors as the rows of a, in its place.
/// @return false where the iteration did not end
template <class T>
bool symmetric_eigen(std::int64_t n, T* a, T* values);
/// a [m, n] = q r with no negative number on r's diagonal: q [m, k], r [k, n], k = min(m, n).
template <class T>
void qr_factor(std::int64_t m, std::int64_t n, const T* a, T* q, T* r);
/// a [m, n] = u diag(s) vt: u [m, k], s [k] descending, vt [k, n]. a is destroyed.
/// @return false where the iteration did not end
template <class T>
bool singular_values(std::int64_t m, std::int64_t n, T* a, T* u, T* s, T* vt);

}  // namespace xgrad::detail
