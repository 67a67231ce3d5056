#pragma once
// Matrix products: one narrow interface over OpenBLAS (or another CBLAS), oneDNN where it was found and is faster for
// the shape, and a kernel of our own for tiny ones.
//
// All matrices are row-major. The library splits a product over threads itself, so that OpenBLAS and oneDNN follow the
// one thread setting whatever they were built with, and results repeat bit for bit at a fixed number of threads.

#include <cstdint>

namespace xgrad::kernels {

/// C = alpha op(A) op(B) + beta C, with op(A) of shape (m, k), op(B) (k, n), C (m, n).
///
/// lda, ldb, ldc are the distances between rows as they are stored: at least k (m if transpose_a), n (k if
/// transpose_b), n. C is not read where beta = 0. k = 0 gives beta C. T = float, double.
///
/// `work` has room for `gemm_work_size` numbers, aligned to 64 bytes, for who calls within a job of several threads;
/// null: it comes from the memory pool, if need be.
template <class T>
void gemm(bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, T alpha, const T* a,
          std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc, T* work = nullptr);

/// What a product of at most these sizes may need as `work`.
template <class T>
std::int64_t gemm_work_size(std::int64_t m, std::int64_t n, std::int64_t k);

/// The same for `batch` products whose operands lie stride_a, stride_b, stride_c elements apart; a stride of 0 repeats
/// an operand (not C).
template <class T>
void gemm_batched(std::int64_t batch, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n,
                  std::int64_t k, T alpha, const T* a, std::int64_t lda, std::int64_t stride_a, const T* b,
                  std::int64_t ldb, std::int64_t stride_b, T beta, T* c, std::int64_t ldc, std::int64_t stride_c);

/// Who computes a product.
enum class Provider { openblas, onednn, own };

/// Whether this build has oneDNN.
bool has_onednn() noexcept;

/// Sends every product to one provider (doubles, which oneDNN does not have, then to OpenBLAS); our own tiny kernel
/// rests meanwhile. At first the environment variable XGRAD_GEMM decides: openblas, onednn, own, or auto.
/// @throws std::runtime_error for a provider that this build does not have
void force_provider(Provider provider);
/// Back to the fastest for each shape.
void choose_provider_by_shape() noexcept;

/// Whom `gemm<T>` would ask for a product of this shape (apart from tiny ones).
/// @throws std::runtime_error where XGRAD_GEMM is none of the four
template <class T>
Provider provider_for(bool transpose_a, std::int64_t m, std::int64_t n, std::int64_t k);

namespace detail {
/// gemm for providers that count in integers up to `limit`: longer sides are cut. (Of its own so that tests need not
/// allocate matrices with 2³¹ rows.)
template <class T>
void gemm_within(std::int64_t limit, bool transpose_a, bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k,
                 T alpha, const T* a, std::int64_t lda, const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc);
}  // namespace detail

}  // namespace xgrad::kernels
