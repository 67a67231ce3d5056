#include "kernels/gemm_providers.hpp"

#include <cstring>
#include <new>
#include <optional>
#include <type_traits>

#ifdef XGRAD_HAVE_ACCELERATE
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif
#ifdef XGRAD_HAVE_ONEDNN
#include <oneapi/dnnl/dnnl.h>
#endif

#include "kernels/isa.hpp"
#include "kernels/provider_choice.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

// --- which provider ---

#ifdef XGRAD_HAVE_ONEDNN
constexpr bool kOneDnn = true;
#else
constexpr bool kOneDnn = false;
#endif

constexpr NamedProvider<Provider> kKnown[] = {
    {"openblas", Provider::openblas, true}, {"onednn", Provider::onednn, kOneDnn}, {"own", Provider::own, true}};
constinit ProviderChoice<Provider> choice("XGRAD_GEMM", kKnown);

#ifdef XGRAD_HAVE_ONEDNN
enum class Lead { none, narrow, most, nearly_all };

/// How far oneDNN is ahead on this processor. Measured with OpenBLAS 0.3.21 and oneDNN 2.6.3.
Lead onednn_lead() {
#ifndef XGRAD_X86_64
  return Lead::none;
#else
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512f")) return __builtin_cpu_supports("avx2") ? Lead::narrow : Lead::none;
#ifdef XGRAD_HAVE_OPENBLAS
  // OpenBLAS knows processors by name and meets newer ones with kernels for older ones: half the vector width.
  const char* core = openblas_get_corename();
  for (const char* wide : {"SkylakeX", "Cooperlake", "SapphireRapids"}) {
    if (std::strcmp(core, wide) == 0) return Lead::most;
  }
#endif
  return Lead::nearly_all;
#endif
}
#endif

/// Our own kernel on 512-bit vectors, measured on Zen 5: as fast as oneDNN (0.8 to 1.4 ×), and 1.5 to 3 × OpenBLAS
/// 0.3.21, which takes that processor for one with half the width; where OpenBLAS uses all of it 0.7 to 1.5 ×. On
/// narrower vectors OpenBLAS is a little ahead.
Provider own_or_openblas() { return active() == Isa::v4 ? Provider::own : Provider::openblas; }

template <class T>
Provider fastest([[maybe_unused]] bool transpose_a, [[maybe_unused]] I64 m, [[maybe_unused]] I64 n,
                 [[maybe_unused]] I64 k) {
#ifdef XGRAD_HAVE_ONEDNN
  if constexpr (std::is_same_v<T, float>) {
    static const Lead lead = onednn_lead();
    const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    switch (lead) {
      case Lead::none:
        return Provider::openblas;
      case Lead::narrow:  // even on the whole (0.7 to 1.05 ×), but 1.1 to 1.4 × where C is narrow
        return flops > 1e6 && n <= 64 ? Provider::onednn : Provider::openblas;
      case Lead::most:  // 1.0 to 1.9 × for larger products, 0.6 × where Aᵀ meets a narrow B over a short sum
        return flops > 1e6 && !(transpose_a && n <= 16 && k <= 256) ? Provider::onednn : Provider::openblas;
      case Lead::nearly_all:  // 1.6 to 2.7 ×
        return flops > 40e3 ? Provider::onednn : own_or_openblas();
    }
  }
#endif
  return own_or_openblas();
}

// --- CBLAS ---

CBLAS_TRANSPOSE flag(bool transpose) { return transpose ? CblasTrans : CblasNoTrans; }
int narrow(I64 n) { return static_cast<int>(n); }

}  // namespace

#if defined(XGRAD_HAVE_OPENBLAS)
void tame_blas() {
  static const bool done = [] {
    const OneThread scope;
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}
#else
void tame_blas() {}
#endif

template <class T>
void blas_gemm(const Product<T>& p) {
  tame_blas();
  const auto call = [&p](auto f) {
    f(CblasRowMajor, flag(p.transpose_a), flag(p.transpose_b), narrow(p.m), narrow(p.n), narrow(p.k), p.alpha, p.a,
      narrow(p.lda), p.b, narrow(p.ldb), p.beta, p.c, narrow(p.ldc));
  };
  if constexpr (std::is_same_v<T, float>) {
    call(cblas_sgemm);
  } else {
    call(cblas_dgemm);
  }
}

template <class T>
T blas_dot(I64 n, const T* x, I64 step_x, const T* y, I64 step_y) {
  tame_blas();
  if constexpr (std::is_same_v<T, float>) {
    return cblas_sdot(narrow(n), x, narrow(step_x), y, narrow(step_y));
  } else {
    return cblas_ddot(narrow(n), x, narrow(step_x), y, narrow(step_y));
  }
}

template <class T>
void blas_gemv(bool transpose, I64 rows, I64 columns, T alpha, const T* a, I64 lda, const T* x, I64 step_x, T* y,
               I64 step_y) {
  tame_blas();
  const auto call = [&](auto f) {
    f(CblasRowMajor, flag(transpose), narrow(rows), narrow(columns), alpha, a, narrow(lda), x, narrow(step_x), T(1), y,
      narrow(step_y));
  };
  if constexpr (std::is_same_v<T, float>) {
    call(cblas_sgemv);
  } else {
    call(cblas_dgemv);
  }
}

template void blas_gemm(const Product<float>&);
template void blas_gemm(const Product<double>&);
template float blas_dot(I64, const float*, I64, const float*, I64);
template double blas_dot(I64, const double*, I64, const double*, I64);
template void blas_gemv(bool, I64, I64, float, const float*, I64, const float*, I64, float*, I64);
template void blas_gemv(bool, I64, I64, double, const double*, I64, const double*, I64, double*, I64);

#ifdef XGRAD_HAVE_ONEDNN
void onednn_gemm(const Product<float>& p) {
  const dnnl_status_t status = dnnl_sgemm(p.transpose_a ? 'T' : 'N', p.transpose_b ? 'T' : 'N', p.m, p.n, p.k, p.alpha,
                                          p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc);
  if (status == dnnl_out_of_memory) throw std::bad_alloc();
  if (status != dnnl_success) blas_gemm(p);
}
#endif

bool has_onednn() noexcept { return kOneDnn; }

void force_provider(Provider provider) { choice.force("force_provider", provider); }

void choose_provider_by_shape() noexcept { choice.by_shape(); }

bool by_shape() { return !choice.forced(); }

template <class T>
Provider provider_for(bool transpose_a, I64 m, I64 n, I64 k) {
  const std::optional<Provider> forced = choice.forced();
  if (!forced) return fastest<T>(transpose_a, m, n, k);
  return forced == Provider::onednn && !std::is_same_v<T, float> ? Provider::openblas : *forced;
}
template Provider provider_for<float>(bool, I64, I64, I64);
template Provider provider_for<double>(bool, I64, I64, I64);

}  // namespace xgrad::kernels
