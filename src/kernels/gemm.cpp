#include "kernels/gemm.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels/blocked_gemm.hpp"
#include "kernels/gemm_providers.hpp"
#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"
#include "kernels/small_gemm.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

// Measured on Zen 5: waking a second thread costs about 2 µs, and below half a million operations each it does not pay.
constexpr double kFlopsPerThread = 0.5e6;

template <class T>
void scale(I64 m, I64 n, T beta, T* c, I64 ldc) {
  if (beta == T(1)) return;
  for (I64 i = 0; i < m; ++i) {
    T* row = c + i * ldc;
    if (beta == T(0)) {
      std::fill_n(row, n, T(0));
    } else {
      for (I64 j = 0; j < n; ++j) row[j] *= beta;
    }
  }
}

/// The product of one row with one column, or of one of them with a matrix, on one thread.
template <class T>
void vector_product(const Product<T>& p) {
  scale(p.m, p.n, p.beta, p.c, p.ldc);  // here, since not every BLAS leaves C unread for beta = 0
  const I64 step_a = p.transpose_a ? p.lda : 1, step_b = p.transpose_b ? 1 : p.ldb;  // between neighbours along k
  if (p.m == 1 && p.n == 1) {
    *p.c += p.alpha * blas_dot(p.k, p.a, step_a, p.b, step_b);
  } else if (p.n == 1) {
    blas_gemv(p.transpose_a, p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k, p.alpha, p.a, p.lda, p.b, step_b,
              p.c, p.ldc);
  } else {
    blas_gemv(!p.transpose_b, p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n, p.alpha, p.b, p.ldb, p.a, step_a,
              p.c, I64{1});
  }
}

/// Room for the blocks of our own product, for each piece of a job.
template <class T>
class Workspaces {
 public:
  Workspaces(Provider provider, const Product<T>& largest, I64 pieces)
      : needed_(provider == Provider::own && !largest.work && largest.m > 1 && largest.n > 1),
        memory_(needed_ ? table<BlockedGemmTable<T>>().work_size(largest) : 0, needed_ ? pieces : 0) {}
  Product<T> serve(Product<T> p) {
    if (needed_) p.work = memory_.take();
    return p;
  }

 private:
  bool needed_;
  PieceMemory<T> memory_;
};

template <class T>
void on_one_thread(Provider provider, const Product<T>& p) {
  if (p.m == 1 || p.n == 1) return vector_product(p);
#ifdef XGRAD_HAVE_ONEDNN
  if constexpr (std::is_same_v<T, float>) {
    if (provider == Provider::onednn) return onednn_gemm(p);
  }
#endif
  if (provider == Provider::own) return table<BlockedGemmTable<T>>().gemm(p, p.work);
  blas_gemm(p);
}

/// Rows [begin, end) of C.
template <class T>
Product<T> rows(Product<T> p, I64 begin, I64 end) {
  p.a += p.transpose_a ? begin : begin * p.lda;
  p.c += begin * p.ldc;
  p.m = end - begin;
  return p;
}
/// Columns [begin, end) of C.
template <class T>
Product<T> columns(Product<T> p, I64 begin, I64 end) {
  p.b += p.transpose_b ? begin * p.ldb : begin;
  p.c += begin;
  p.n = end - begin;
  return p;
}
/// The part of the inner sum over [begin, end).
template <class T>
Product<T> part_of_sum(Product<T> p, I64 begin, I64 end) {
  p.a += p.transpose_a ? begin * p.lda : begin;
  p.b += p.transpose_b ? begin : begin * p.ldb;
  p.k = end - begin;
  if (begin > 0) p.beta = T(1);
  return p;
}

template <class T>
void run(const Product<T>& p) {
  if (fits_small_gemm(p.m, p.n, p.k) && by_shape()) {
    const SmallGemmTable<T>& small = table<SmallGemmTable<T>>();
    if (p.m * p.n * p.k <= small.limit) return small.gemm(p);
  }
  const double flops = 2.0 * static_cast<double>(p.m) * static_cast<double>(p.n) * static_cast<double>(p.k);
  const Provider provider = provider_for<T>(p.transpose_a, p.m, p.n, p.k);
  I64 threads = 1;
  if (flops >= 2 * kFlopsPerThread && num_threads() > 1 && !strict() && !in_parallel_region()) {
    threads = static_cast<I64>(std::min<double>(num_threads(), flops / kFlopsPerThread));
  }
  if (threads > 1) {
    // Cutting rows keeps all of B in each thread and costs the least; only few rows make columns better. Neither cut
    // touches the order of any sum along k.
    const bool by_rows = p.m >= 32 * threads || p.m >= p.n;
    const I64 side = by_rows ? p.m : p.n;
    const I64 align = side >= 64 * threads ? 16 : side >= 16 * threads ? 8 : 1;
    if (side > 1) {
      Workspaces<T> work(provider, p, num_threads());
      auto piece = [&](I64 begin, I64 end) {
        on_one_thread(provider, work.serve(by_rows ? rows(p, begin, end) : columns(p, begin, end)));
      };
      return parallel_for(side, std::max<I64>(1, side / threads), piece, align);
    }
  }
  const OneThread scope;
  on_one_thread(provider, Workspaces<T>(provider, p, 1).serve(p));
}

/// Without a provider: leading dimensions that no provider can count.
template <class T>
void plain(const Product<T>& p) {
  scale(p.m, p.n, p.beta, p.c, p.ldc);
  for (I64 i = 0; i < p.m; ++i) {
    for (I64 l = 0; l < p.k; ++l) {
      const T factor = p.alpha * p.a[p.transpose_a ? l * p.lda + i : i * p.lda + l];
      for (I64 j = 0; j < p.n; ++j) p.c[i * p.ldc + j] += factor * p.b[p.transpose_b ? j * p.ldb + l : l * p.ldb + j];
    }
  }
}

template <class T>
void cut(I64 limit, const Product<T>& p) {
  if (std::max({p.m, p.n, p.k, p.lda, p.ldb, p.ldc}) <= limit) return run(p);
  if (p.m > limit) {
    for (I64 i = 0; i < p.m; i += limit) cut(limit, rows(p, i, std::min(p.m, i + limit)));
  } else if (p.n > limit) {
    for (I64 j = 0; j < p.n; j += limit) cut(limit, columns(p, j, std::min(p.n, j + limit)));
  } else if (p.k > limit) {
    for (I64 l = 0; l < p.k; l += limit) cut(limit, part_of_sum(p, l, std::min(p.k, l + limit)));
  } else {
    plain(p);
  }
}

template <class T>
void product(I64 limit, Product<T> p) {
  if (p.m <= 0 || p.n <= 0) return;
  if (p.k <= 0 || p.alpha == T(0)) return scale(p.m, p.n, p.beta, p.c, p.ldc);
  // A matrix of one row is stored with any distance to the next; providers want a plausible one.
  p.lda = std::max(p.lda, p.transpose_a ? p.m : p.k);
  p.ldb = std::max(p.ldb, p.transpose_b ? p.k : p.n);
  p.ldc = std::max(p.ldc, p.n);
  cut(limit, p);
}

constexpr I64 kIntegers = std::numeric_limits<int>::max();  // what BLAS counts in

}  // namespace

template <class T>
void detail::gemm_within(I64 limit, bool transpose_a, bool transpose_b, I64 m, I64 n, I64 k, T alpha, const T* a,
                         I64 lda, const T* b, I64 ldb, T beta, T* c, I64 ldc) {
  product(limit, Product<T>{transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc});
}

template <class T>
void gemm(bool transpose_a, bool transpose_b, I64 m, I64 n, I64 k, T alpha, const T* a, I64 lda, const T* b, I64 ldb,
          T beta, T* c, I64 ldc, T* work) {
  product(kIntegers, Product<T>{transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, work});
}

template <class T>
I64 gemm_work_size(I64 m, I64 n, I64 k) {
  Product<T> p{};
  p.m = m;
  p.n = n;
  p.k = k;
  return table<BlockedGemmTable<T>>().work_size(p);
}

template <class T>
void gemm_batched(I64 batch, bool transpose_a, bool transpose_b, I64 m, I64 n, I64 k, T alpha, const T* a, I64 lda,
                  I64 stride_a, const T* b, I64 ldb, I64 stride_b, T beta, T* c, I64 ldc, I64 stride_c) {
  if (batch <= 0 || m <= 0 || n <= 0) return;
  if (batch > 1 && stride_b == 0 && !transpose_a && stride_a == m * lda && stride_c == m * ldc) {
    return gemm(false, transpose_b, batch * m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);  // one tall product
  }
  Product<T> first{transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc};
  const auto each = [&](Product<T> p, I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) {
      p.a = a + i * stride_a;
      p.b = b + i * stride_b;
      p.c = c + i * stride_c;
      product(kIntegers, p);
    }
  };
  // Whole products on each thread where they suffice to keep all busy; else the threads share each product.
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  if (batch < 4 * num_threads() && flops > 4 * kFlopsPerThread) return each(first, 0, batch);
  const double grain = kFlopsPerThread / std::max(flops, 1.0);
  Workspaces<T> work(provider_for<T>(transpose_a, m, n, k), first, num_threads());
  parallel_for(
      batch, static_cast<I64>(std::clamp(grain, 1.0, 1e12)),
      [&](I64 begin, I64 end) { each(work.serve(first), begin, end); }, 1);
}

template void detail::gemm_within(I64, bool, bool, I64, I64, I64, float, const float*, I64, const float*, I64, float,
                                  float*, I64);
template void gemm(bool, bool, I64, I64, I64, float, const float*, I64, const float*, I64, float, float*, I64, float*);
template I64 gemm_work_size<float>(I64, I64, I64);
template void gemm_batched(I64, bool, bool, I64, I64, I64, float, const float*, I64, I64, const float*, I64, I64, float,
                           float*, I64, I64);
template void detail::gemm_within(I64, bool, bool, I64, I64, I64, double, const double*, I64, const double*, I64,
                                  double, double*, I64);
template void gemm(bool, bool, I64, I64, I64, double, const double*, I64, const double*, I64, double, double*, I64,
                   double*);
template I64 gemm_work_size<double>(I64, I64, I64);
template void gemm_batched(I64, bool, bool, I64, I64, I64, double, const double*, I64, I64, const double*, I64, I64,
                           double, double*, I64, I64);

}  // namespace xgrad::kernels
