#include "kernels/blocked_gemm.hpp"
#include "kernels/gemm_tile.hpp"
#include "kernels/isa.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// A tile of C: kRows rows by kWidth vectors, with the operands' vectors in what is left of the registers.
#if defined(__AVX512F__)
constexpr int kRows = 8, kWidth = 3;
#else
constexpr int kRows = 6, kWidth = 2;
#endif
// A panel of B, kDepth by one tile's width, stays in the first cache while all tiles below it are computed; a block of
// A, kBlockRows by kDepth, in the second; what is laid out of B, kDepth by kBlockColumns, in the third.
constexpr I64 kDepth = 192, kBlockRows = 192;
template <class T>
constexpr I64 kTileColumns = kWidth* Vec<T>::size;
template <class T>
constexpr I64 kBlockColumns = 1024 / kTileColumns<T>* kTileColumns<T>;

inline I64 smaller(I64 a, I64 b) { return a < b ? a : b; }

/// Rows [0, m) of op(A), `depth` long: kRows at a time, column by column.
template <class T>
void lay_out_a(const Product<T>& p, I64 row, I64 m, I64 first, I64 depth, T* to) {
  for (I64 i = 0; i < m; i += kRows, to += kRows * depth) {
    const I64 rows = smaller(kRows, m - i);
    if (!p.transpose_a) {
      transpose(rows, depth, p.a + (row + i) * p.lda + first, p.lda, to, rows);
      continue;
    }
    const T* from = p.a + first * p.lda + row + i;
    for (I64 l = 0; l < depth; ++l, from += p.lda) {
      for (I64 r = 0; r < rows; ++r) to[l * rows + r] = from[r];
    }
  }
}

/// Columns [0, n) of op(B), `depth` high: a tile's width at a time, row by row, the last filled up with zeros to whole
/// vectors.
template <class T>
void lay_out_b(const Product<T>& p, I64 column, I64 n, I64 first, I64 depth, T* to) {
  using V = Vec<T>;
  constexpr I64 w = V::size;
  for (I64 j = 0; j < n; j += kTileColumns<T>) {
    const I64 columns = smaller(kTileColumns<T>, n - j), padded = (columns + w - 1) / w * w;
    if (p.transpose_b) {
      if (columns != padded) {
        for (I64 l = 0; l < depth; ++l) store(to + (l + 1) * padded - w, V(T(0)));
      }
      transpose(columns, depth, p.b + (column + j) * p.ldb + first, p.ldb, to, padded);
    } else {
      const T* from = p.b + first * p.ldb + column + j;
      const I64 whole = columns / w * w;
      for (I64 l = 0; l < depth; ++l, from += p.ldb) {
        for (I64 i = 0; i < whole; i += w) store(to + l * padded + i, load(from + i));
        if (whole < columns) {
          store(to + l * padded + whole, load_partial(from + whole, static_cast<int>(columns - whole), T(0)));
        }
      }
    }
    to += padded * depth;
  }
}

/// A block of op(A) as the tiles read it: element (i, l) of the panel that begins at row i₀ is
/// at[i₀ panel_step + i row_step + l step].
template <class T>
struct Block {
  const T* at;
  I64 panel_step, row_step, step;
};

/// All rows of one tile's width.
template <class T, int width>
void tiles(I64 m, I64 depth, Block<T> a, Panel<T> b, int lanes, T alpha, T beta, T* c, I64 ldc) {
  I64 i = 0;
  for (; i + kRows <= m; i += kRows) {
    tile<T, kRows, width>(depth, a.at + i * a.panel_step, a.row_step, a.step, b, lanes, alpha, beta, c + i * ldc, ldc);
  }
  if (i == m) return;
  const I64 step = a.step == kRows ? m - i : a.step;  // a short panel is laid out as narrow as it is
  column<T, kRows / 2, width>(m - i, depth, a.at + i * a.panel_step, a.row_step, step, b, lanes, alpha, beta,
                              c + i * ldc, ldc);
}

template <class T>
void blocked_gemm(const Product<T>& p, T* work) {
  constexpr I64 w = Vec<T>::size;
  T* const packed_b = work + kBlockRows * kDepth;
  // What would be read only a few times is read where it lies.
  const bool a_lies = p.n <= 2 * kTileColumns<T>, b_lies = !p.transpose_b && p.m <= 8 * kRows;
  for (I64 left = 0; left < p.n; left += kBlockColumns<T>) {
    const I64 n = smaller(kBlockColumns<T>, p.n - left);
    const I64 in_place = b_lies ? n / w * w : 0;  // columns of B that stay where they are
    for (I64 first = 0; first < p.k; first += kDepth) {
      const I64 depth = smaller(kDepth, p.k - first);
      const T beta = first == 0 ? p.beta : T(1);
      lay_out_b(p, left + in_place, n - in_place, first, depth, packed_b);
      for (I64 row = 0; row < p.m; row += kBlockRows) {
        const I64 m = smaller(kBlockRows, p.m - row);
        Block<T> a{work, depth, 1, kRows};
        if (a_lies) {
          a = p.transpose_a ? Block<T>{p.a + first * p.lda + row, 1, 1, p.lda}
                            : Block<T>{p.a + row * p.lda + first, p.lda, p.lda, 1};
        } else {
          lay_out_a(p, row, m, first, depth, work);
        }
        const T* b = packed_b;
        for (I64 j = 0; j < n;) {
          const bool lies = j < in_place;
          const I64 columns = smaller(kTileColumns<T>, (lies ? in_place : n) - j), vectors = (columns + w - 1) / w;
          const int lanes = static_cast<int>(columns - (vectors - 1) * w);
          T* c = p.c + row * p.ldc + left + j;
          const Panel<T> panel = lies ? Panel<T>{p.b + first * p.ldb + left + j, p.ldb} : Panel<T>{b, vectors * w};
          if (vectors == 1) {
            tiles<T, 1>(m, depth, a, panel, lanes, p.alpha, beta, c, p.ldc);
          } else if (vectors == 2) {
            tiles<T, 2>(m, depth, a, panel, lanes, p.alpha, beta, c, p.ldc);
          } else {
            tiles<T, kWidth>(m, depth, a, panel, lanes, p.alpha, beta, c, p.ldc);
          }
          if (!lies) b += vectors * w * depth;
          j += columns;
        }
      }
    }
  }
}

template <class T>
I64 work_size(const Product<T>& p) {
  const I64 columns = smaller(p.n, kBlockColumns<T>) + Vec<T>::size;
  return kBlockRows * kDepth + columns * smaller(p.k, kDepth);
}

constexpr BlockedGemmTable<float> f32{blocked_gemm<float>, work_size<float>};
constexpr BlockedGemmTable<double> f64{blocked_gemm<double>, work_size<double>};

}  // namespace

template <>
const BlockedGemmTable<float>& table() {
  return f32;
}
template <>
const BlockedGemmTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
