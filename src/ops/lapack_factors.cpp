// Eigenvalues, QR and singular values: what of LAPACK works in rooms of its own.

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "kernels/gemm_providers.hpp"
#include "ops/lapack.hpp"
#include "ops/stacks.hpp"
#include "xgrad/core/array.hpp"
#include "xgrad/core/threads.hpp"

#ifdef XGRAD_HAVE_ACCELERATE
#include <Accelerate/Accelerate.h>
#else
extern "C" {
// LAPACK's own names: OpenBLAS has them without a header. The last arguments are Fortran's hidden lengths of
// characters.
void ssyevd_(char* job, char* uplo, int* n, float* a, int* lda, float* w, float* work, int* size, int* iwork,
             int* isize, int* info, std::size_t, std::size_t);
void dsyevd_(char* job, char* uplo, int* n, double* a, int* lda, double* w, double* work, int* size, int* iwork,
             int* isize, int* info, std::size_t, std::size_t);
void sgeqrf_(int* m, int* n, float* a, int* lda, float* tau, float* work, int* size, int* info);
void dgeqrf_(int* m, int* n, double* a, int* lda, double* tau, double* work, int* size, int* info);
void sorgqr_(int* m, int* n, int* k, float* a, int* lda, float* tau, float* work, int* size, int* info);
void dorgqr_(int* m, int* n, int* k, double* a, int* lda, double* tau, double* work, int* size, int* info);
void sgesdd_(char* job, int* m, int* n, float* a, int* lda, float* s, float* u, int* ldu, float* vt, int* ldvt,
             float* work, int* size, int* iwork, int* info, std::size_t);
void dgesdd_(char* job, int* m, int* n, double* a, int* lda, double* s, double* u, int* ldu, double* vt, int* ldvt,
             double* work, int* size, int* iwork, int* info, std::size_t);
}
#endif

namespace xgrad::detail {

namespace {

/// While it lives, LAPACK runs on the calling thread alone.
struct Alone {
  Alone() { kernels::tame_blas(); }
  OneThread scope;
};

/// Room for a call, from the pool.
template <class T>
class Room {
 public:
  explicit Room(std::int64_t count) : memory_(Array::empty({std::max<std::int64_t>(count, 1)}, dtype_of<T>())) {}
  T* data() { return static_cast<T*>(memory_.raw()); }

 private:
  Array memory_;
};
/// The same for LAPACK's whole numbers, of which two stand in one of ours.
class WholeRoom {
 public:
  explicit WholeRoom(std::int64_t count) : memory_(Array::empty({count / 2 + 1}, DType::int64)) {}
  int* data() { return static_cast<int*>(memory_.raw()); }

 private:
  Array memory_;
};

char with_vectors[] = "V", upper[] = "U", reduced_form[] = "S";

#ifdef XGRAD_HAVE_ACCELERATE
void syevd(int* n, float* a, float* w, float* work, int* size, int* iwork, int* isize, int* info) {
  ssyevd_(with_vectors, upper, n, a, n, w, work, size, iwork, isize, info);
}
void syevd(int* n, double* a, double* w, double* work, int* size, int* iwork, int* isize, int* info) {
  dsyevd_(with_vectors, upper, n, a, n, w, work, size, iwork, isize, info);
}
void gesdd(int* m, int* n, float* a, float* s, float* u, float* vt, int* k, float* work, int* size, int* iwork,
           int* info) {
  sgesdd_(reduced_form, m, n, a, m, s, u, m, vt, k, work, size, iwork, info);
}
void gesdd(int* m, int* n, double* a, double* s, double* u, double* vt, int* k, double* work, int* size, int* iwork,
           int* info) {
  dgesdd_(reduced_form, m, n, a, m, s, u, m, vt, k, work, size, iwork, info);
}
#else
void syevd(int* n, float* a, float* w, float* work, int* size, int* iwork, int* isize, int* info) {
  ssyevd_(with_vectors, upper, n, a, n, w, work, size, iwork, isize, info, 1, 1);
}
void syevd(int* n, double* a, double* w, double* work, int* size, int* iwork, int* isize, int* info) {
  dsyevd_(with_vectors, upper, n, a, n, w, work, size, iwork, isize, info, 1, 1);
}
void gesdd(int* m, int* n, float* a, float* s, float* u, float* vt, int* k, float* work, int* size, int* iwork,
           int* info) {
  sgesdd_(reduced_form, m, n, a, m, s, u, m, vt, k, work, size, iwork, info, 1);
}
void gesdd(int* m, int* n, double* a, double* s, double* u, double* vt, int* k, double* work, int* size, int* iwork,
           int* info) {
  dgesdd_(reduced_form, m, n, a, m, s, u, m, vt, k, work, size, iwork, info, 1);
}
#endif
void geqrf(int* m, int* n, float* a, float* tau, float* work, int* size, int* info) {
  sgeqrf_(m, n, a, m, tau, work, size, info);
}
void geqrf(int* m, int* n, double* a, double* tau, double* work, int* size, int* info) {
  dgeqrf_(m, n, a, m, tau, work, size, info);
}
void orgqr(int* m, int* k, float* a, float* tau, float* work, int* size, int* info) {
  sorgqr_(m, k, k, a, m, tau, work, size, info);
}
void orgqr(int* m, int* k, double* a, double* tau, double* work, int* size, int* info) {
  dorgqr_(m, k, k, a, m, tau, work, size, info);
}

/// What LAPACK asks for, as it says it: a number that single precision may have rounded down.
template <class T>
int room_for(T asked) {
  return static_cast<int>(static_cast<double>(asked) * (1 + 2e-7)) + 1;
}

}  // namespace

template <class T>
bool symmetric_eigen(std::int64_t n, T* a, T* values) {
  const Alone scope;
  int size = static_cast<int>(n), ask = -1, info = 0, whole = 0;
  T best = 0;
  syevd(&size, a, values, &best, &ask, &whole, &ask, &info);
  int room = room_for(best);
  Room<T> work(room);
  WholeRoom iwork(whole);
  syevd(&size, a, values, work.data(), &room, iwork.data(), &whole, &info);
  return info == 0;
}

template <class T>
void qr_factor(std::int64_t m, std::int64_t n, const T* a, T* q, T* r) {
  const Alone scope;
  const std::int64_t k = std::min(m, n);
  int rows = static_cast<int>(m), columns = static_cast<int>(n), count = static_cast<int>(k), ask = -1, info = 0;
  Room<T> factors(m * n), tau(k);
  T* f = factors.data();
  transpose_into(m, n, a, f);  // columns, as LAPACK stores them
  T best = 0, more = 0;
  geqrf(&rows, &columns, f, tau.data(), &best, &ask, &info);
  orgqr(&rows, &count, f, tau.data(), &more, &ask, &info);
  int room = room_for(std::max(best, more));
  Room<T> work(room);
  geqrf(&rows, &columns, f, tau.data(), work.data(), &room, &info);
  Room<T> signs(k);
  for (std::int64_t i = 0; i < k; ++i) {
    const T sign = signs.data()[i] = f[i * m + i] < 0 ? T{-1} : T{1};
    for (std::int64_t j = 0; j < n; ++j) r[i * n + j] = j < i ? T{0} : sign * f[j * m + i] + T{0};
  }
  orgqr(&rows, &count, f, tau.data(), work.data(), &room, &info);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < k; ++j) q[i * k + j] = signs.data()[j] * f[j * m + i] + T{0};  // no −0
}

template <class T>
bool singular_values(std::int64_t m, std::int64_t n, T* a, T* u, T* s, T* vt) {
  const Alone scope;
  // To LAPACK a is its own transpose, v diag(s) uᵀ, and what it stores as columns is vt and u as they are wanted here.
  int rows = static_cast<int>(n), columns = static_cast<int>(m), k = std::min(rows, columns), ask = -1, info = 0;
  WholeRoom iwork(8 * k);
  T best = 0;
  gesdd(&rows, &columns, a, s, vt, u, &k, &best, &ask, iwork.data(), &info);
  int room = room_for(best);
  Room<T> work(room);
  gesdd(&rows, &columns, a, s, vt, u, &k, work.data(), &room, iwork.data(), &info);
  return info == 0;
}

template bool symmetric_eigen(std::int64_t, float*, float*);
template bool symmetric_eigen(std::int64_t, double*, double*);
template void qr_factor(std::int64_t, std::int64_t, const float*, float*, float*);
template void qr_factor(std::int64_t, std::int64_t, const double*, double*, double*);
template bool singular_values(std::int64_t, std::int64_t, float*, float*, float*, float*);
template bool singular_values(std::int64_t, std::int64_t, double*, double*, double*, double*);

}  // namespace xgrad::detail
