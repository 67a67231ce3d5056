#include "ops/lapack.hpp"

#include <cstddef>
#include <type_traits>

#include "kernels/gemm_providers.hpp"
#include "xgrad/core/threads.hpp"

#ifdef XGRAD_HAVE_ACCELERATE
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
extern "C" {
// LAPACK's own names: OpenBLAS has them without a header. The last arguments are Fortran's hidden lengths of
// characters.
void sgetrf_(const int* m, const int* n, float* a, const int* lda, int* pivots, int* info);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* pivots, int* info);
void sgetrs_(const char* trans, const int* n, const int* count, const float* a, const int* lda, const int* pivots,
             float* b, const int* ldb, int* info, std::size_t);
void dgetrs_(const char* trans, const int* n, const int* count, const double* a, const int* lda, const int* pivots,
             double* b, const int* ldb, int* info, std::size_t);
void sgetri_(const int* n, float* a, const int* lda, const int* pivots, float* work, const int* size, int* info);
void dgetri_(const int* n, double* a, const int* lda, const int* pivots, double* work, const int* size, int* info);
void spotrf_(const char* uplo, const int* n, float* a, const int* lda, int* info, std::size_t);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda, int* info, std::size_t);
}
#endif

namespace xgrad::detail {

namespace {
template <class T>
constexpr bool single = std::is_same_v<T, float>;

/// While it lives, LAPACK runs on the calling thread alone.
struct Alone {
  Alone() { kernels::tame_blas(); }
  OneThread scope;
};

#ifdef XGRAD_HAVE_ACCELERATE
// Accelerate declares them without the hidden lengths, and takes what it does not write as non-const.
void getrs(float, const char* t, const int* n, const int* k, const float* a, const int* p, float* b, int* info) {
  sgetrs_(const_cast<char*>(t), const_cast<int*>(n), const_cast<int*>(k), const_cast<float*>(a), const_cast<int*>(n),
          const_cast<int*>(p), b, const_cast<int*>(n), info);
}
void getrs(double, const char* t, const int* n, const int* k, const double* a, const int* p, double* b, int* info) {
  dgetrs_(const_cast<char*>(t), const_cast<int*>(n), const_cast<int*>(k), const_cast<double*>(a), const_cast<int*>(n),
          const_cast<int*>(p), b, const_cast<int*>(n), info);
}
void potrf(const char* u, int* n, float* a, int* info) { spotrf_(const_cast<char*>(u), n, a, n, info); }
void potrf(const char* u, int* n, double* a, int* info) { dpotrf_(const_cast<char*>(u), n, a, n, info); }
#else
void getrs(float, const char* t, const int* n, const int* k, const float* a, const int* p, float* b, int* info) {
  sgetrs_(t, n, k, a, n, p, b, n, info, 1);
}
void getrs(double, const char* t, const int* n, const int* k, const double* a, const int* p, double* b, int* info) {
  dgetrs_(t, n, k, a, n, p, b, n, info, 1);
}
void potrf(const char* u, int* n, float* a, int* info) { spotrf_(u, n, a, n, info, 1); }
void potrf(const char* u, int* n, double* a, int* info) { dpotrf_(u, n, a, n, info, 1); }
#endif
}  // namespace

template <class T>
bool lu_factor(std::int64_t n, T* a, int* pivots) {
  const Alone scope;
  int size = static_cast<int>(n), info = 0;
  if constexpr (single<T>) {
    sgetrf_(&size, &size, a, &size, pivots, &info);
  } else {
    dgetrf_(&size, &size, a, &size, pivots, &info);
  }
  return info == 0;
}

template <class T>
void lu_solve(std::int64_t n, std::int64_t count, bool transpose, const T* lu, const int* pivots, T* b) {
  const Alone scope;
  const int size = static_cast<int>(n), columns = static_cast<int>(count);
  int info = 0;
  // The factors are those of aᵀ.
  getrs(T{}, transpose ? "N" : "T", &size, &columns, lu, pivots, b, &info);
}

template <class T>
void lu_invert(std::int64_t n, T* a, const int* pivots, T* work) {
  const Alone scope;
  int size = static_cast<int>(n), room = size * 64, info = 0;
  int* p = const_cast<int*>(pivots);  // read only
  if constexpr (single<T>) {
    sgetri_(&size, a, &size, p, work, &room, &info);
  } else {
    dgetri_(&size, a, &size, p, work, &room, &info);
  }
}

template <class T>
std::int64_t cholesky_factor(std::int64_t n, T* a) {
  const Alone scope;
  int size = static_cast<int>(n), info = 0;
  potrf("U", &size, a, &info);  // a column's upper triangle is a row's lower one
  return info;
}

template <class T>
void triangular(bool lower, bool transpose, bool unit_diagonal, std::int64_t n, std::int64_t columns, const T* a,
                T* b) {
  const Alone scope;
  const auto uplo = lower ? CblasLower : CblasUpper;
  const auto trans = transpose ? CblasTrans : CblasNoTrans;
  const auto diag = unit_diagonal ? CblasUnit : CblasNonUnit;
  const int m = static_cast<int>(n), k = static_cast<int>(columns);
  if constexpr (single<T>) {
    cblas_strsm(CblasRowMajor, CblasLeft, uplo, trans, diag, m, k, 1, a, m, b, k);
  } else {
    cblas_dtrsm(CblasRowMajor, CblasLeft, uplo, trans, diag, m, k, 1, a, m, b, k);
  }
}

template bool lu_factor(std::int64_t, float*, int*);
template bool lu_factor(std::int64_t, double*, int*);
template void lu_solve(std::int64_t, std::int64_t, bool, const float*, const int*, float*);
template void lu_solve(std::int64_t, std::int64_t, bool, const double*, const int*, double*);
template void lu_invert(std::int64_t, float*, const int*, float*);
template void lu_invert(std::int64_t, double*, const int*, double*);
template std::int64_t cholesky_factor(std::int64_t, float*);
template std::int64_t cholesky_factor(std::int64_t, double*);
template void triangular(bool, bool, bool, std::int64_t, std::int64_t, const float*, float*);
template void triangular(bool, bool, bool, std::int64_t, std::int64_t, const double*, double*);

}  // namespace xgrad::detail
