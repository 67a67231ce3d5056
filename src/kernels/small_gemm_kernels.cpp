#include "kernels/gemm_tile.hpp"
#include "kernels/isa.hpp"
#include "kernels/small_gemm.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// Rows of C at once where it is two vectors wide, and one vector wide: what the registers hold, and enough sums to hide
// the latency of one.
#if defined(__AVX512F__)
constexpr int kRows = 8;
#else
constexpr int kRows = 4;
#endif
constexpr int kRowsOneWide = 8;

// Products (m n k) up to which this beats OpenBLAS and oneDNN. Measured on Zen 5; the baseline's short vectors are not
// what those libraries use.
#if defined(__AVX512F__)
constexpr I64 kLimit = 64 * 64 * 64;
#elif defined(__AVX2__)
constexpr I64 kLimit = 64 * 64 * 16;
#else
constexpr I64 kLimit = 16 * 16 * 16;
#endif

/// One row times a matrix stored by columns: a scalar product for each entry.
template <class T>
inline void scalar_products(const Product<T>& p) {
  using V = Vec<T>;
  constexpr int w = V::size;
  T copy[kSmallPanel / 64];
  const T* a = p.a;
  if (p.transpose_a && p.lda != 1) {
    for (I64 l = 0; l < p.k; ++l) copy[l] = p.a[l * p.lda];
    a = copy;
  }
  for (I64 j = 0; j < p.n; ++j) {
    const T* b = p.b + j * p.ldb;
    V sum = T(0);
    I64 l = 0;
    for (; l + w <= p.k; l += w) sum = fma(load(a + l), load(b + l), sum);
    const int rest = static_cast<int>(p.k - l);
    if (rest > 0) sum = fma(load_partial(a + l, rest, T(0)), load_partial(b + l, rest, T(0)), sum);
    T total = T(0);
    for (int i = 0; i < w; ++i) total += sum.v[i];
    p.c[j] = p.alpha * total + (p.beta == T(0) ? T(0) : p.beta * p.c[j]);
  }
}

template <class T>
void small_gemm(const Product<T>& p) {
  constexpr I64 w = Vec<T>::size;
  if (p.n == 1 && p.m > 1 && p.ldc == 1) {  // a column: the transposed product, a row
    return small_gemm(
        Product<T>{!p.transpose_b, !p.transpose_a, 1, p.m, p.k, p.alpha, p.b, p.ldb, p.a, p.lda, p.beta, p.c, p.m});
  }
  if (p.m == 1 && p.transpose_b) return scalar_products(p);
  alignas(64) T laid_out[kSmallPanel];
  Panel<T> panel{p.b, p.ldb};
  const I64 padded = (p.n + w - 1) / w * w;
  if (p.transpose_b) {
    if (padded != p.n) {
      for (I64 l = 0; l < p.k; ++l) {
        for (I64 j = p.n; j < padded; ++j) laid_out[l * padded + j] = T(0);
      }
    }
    transpose(p.n, p.k, p.b, p.ldb, laid_out, padded);
    panel = {laid_out, padded};
  } else if (padded != p.n) {
    const I64 whole = p.n / w * w;
    for (I64 l = 0; l < p.k; ++l) {
      for (I64 j = 0; j < whole; j += w) store(laid_out + l * padded + j, load(p.b + l * p.ldb + j));
      store(laid_out + l * padded + whole, load_partial(p.b + l * p.ldb + whole, static_cast<int>(p.n - whole), T(0)));
    }
    panel = {laid_out, padded};
  }
  const I64 row_step = p.transpose_a ? 1 : p.lda, step = p.transpose_a ? p.lda : 1;
  I64 j = 0;
  for (; j + w < p.n; j += 2 * w) {
    const int lanes = static_cast<int>(p.n - j - w < w ? p.n - j - w : w);
    column<T, kRows, 2>(p.m, p.k, p.a, row_step, step, {panel.b + j, panel.step}, lanes, p.alpha, p.beta, p.c + j,
                        p.ldc);
  }
  if (j < p.n) {
    column<T, kRowsOneWide, 1>(p.m, p.k, p.a, row_step, step, {panel.b + j, panel.step}, static_cast<int>(p.n - j),
                               p.alpha, p.beta, p.c + j, p.ldc);
  }
}

constexpr SmallGemmTable<float> f32{small_gemm<float>, kLimit};
constexpr SmallGemmTable<double> f64{small_gemm<double>, kLimit};

}  // namespace

template <>
const SmallGemmTable<float>& table() {
  return f32;
}
template <>
const SmallGemmTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
