#pragma once
// What gemm.cpp asks of a provider: a product on the calling thread, all sizes within int, none of them 0.

#include <cstdint>

#include "kernels/gemm.hpp"

namespace xgrad::kernels {

/// One product; the fields are gemm's parameters.
template <class T>
struct Product {
  bool transpose_a, transpose_b;
  std::int64_t m, n, k;
  T alpha;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T beta;
  T* c;
  std::int64_t ldc;
  T* work = nullptr;  // where our own product packs its blocks
};

/// Before BLAS or LAPACK is called: one thread, for good, since the library cuts products itself. Built on POSIX
/// threads OpenBLAS would keep a pool that fights with ours. Built on OpenMP it follows `OneThread`, and this spares it
/// from setting itself up anew on two threads at once.
void tame_blas();

/// Whether no provider is forced. @throws as `provider_for`
bool by_shape();

template <class T>
void blas_gemm(const Product<T>& p);
/// Σ x[i step_x] y[i step_y]
template <class T>
T blas_dot(std::int64_t n, const T* x, std::int64_t step_x, const T* y, std::int64_t step_y);
/// y += alpha op(A) x for A as stored: (rows, columns).
template <class T>
void blas_gemv(bool transpose, std::int64_t rows, std::int64_t columns, T alpha, const T* a, std::int64_t lda,
               const T* x, std::int64_t step_x, T* y, std::int64_t step_y);

#ifdef XGRAD_HAVE_ONEDNN
void onednn_gemm(const Product<float>& p);
#endif

}  // namespace xgrad::kernels
