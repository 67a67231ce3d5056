#include "kernels/attention_tables.hpp"
#include "kernels/gemm_tile.hpp"
#include "kernels/isa.hpp"
#include "kernels/simd/exp_log.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

constexpr I64 kBlock = kAttentionBlock;

// Rows of a product at once where it is two vectors wide: what the registers hold. Divides kBlock and a vector pair.
#if defined(__AVX512F__)
constexpr I64 kRows = 8;
#else
constexpr I64 kRows = 4;
#endif

template <class T>
constexpr T infinity = static_cast<T>(__builtin_inf());

// While no score exceeds the row's shift by more than this, the shift stays as it is and nothing is scaled anew; no
// exponential is larger than e to this.
constexpr int kSlack = 8;

inline I64 smaller(I64 a, I64 b) { return a < b ? a : b; }
inline I64 blocks_of(I64 n) { return (n + kBlock - 1) / kBlock; }
template <class T>
inline I64 whole_vectors(I64 n) {
  constexpr I64 w = Vec<T>::size;
  return (n + w - 1) / w * w;
}

/// f over all lanes, folded in halves.
template <class T, class F>
inline T fold(Vec<T> a, F f) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)));
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)));
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)));
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)));
  } else {
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 4, 5, 6, 7, 0, 1, 2, 3)));
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 2, 3, 0, 1, 6, 7, 4, 5)));
    a = f(a, Vec<T>(__builtin_shufflevector(a.v, a.v, 1, 0, 3, 2, 5, 4, 7, 6)));
  }
  return a.v[0];
#else
  T lanes[Vec<T>::size];
  store(lanes, a);
  for (int half = Vec<T>::size / 2; half > 0; half /= 2)
    for (int i = 0; i < half; ++i) lanes[i] = f(lanes[i], lanes[i + half]);
  return lanes[0];
#endif
}
template <class T>
inline T largest_lane(Vec<T> a) {
  return fold(a, [](auto x, auto y) {
    if constexpr (sizeof(x) == sizeof(T)) {
      return x > y ? x : y;
    } else {
      return max_or_second(x, y);
    }
  });
}
template <class T>
inline T sum_of_lanes(Vec<T> a) {
  return fold(a, [](auto x, auto y) { return x + y; });
}

/// A matrix whose rows can be read in whole vectors.
template <class T>
struct Matrix {
  const T* at;
  I64 step;
  Matrix from(I64 row) const { return {at + row * step, step}; }
};

/// x as it lies, if its rows are whole vectors; else copied to `to`, which is moved behind.
template <class T>
Matrix<T> in_vectors(const T* x, I64 rows, I64 columns, T*& to) {
  const I64 step = whole_vectors<T>(columns);
  if (step == columns) return {x, columns};
  T* const copy = to;
  to += rows * step;
  for (I64 i = 0; i < rows; ++i, x += columns) {
    for (I64 j = 0; j < columns; ++j) copy[i * step + j] = x[j];
    for (I64 j = columns; j < step; ++j) copy[i * step + j] = T(0);
  }
  return {copy, step};
}
template <class T>
I64 size_in_vectors(I64 rows, I64 columns) {
  const I64 step = whole_vectors<T>(columns);
  return step == columns ? 0 : rows * step;
}

/// Blocks of rows of x, each transposed: [depth, kBlock], filled up with zeros.
template <class T>
void lay_out_columns(const T* x, I64 rows, I64 depth, T* to) {
  for (I64 row = 0; row < rows; row += kBlock, to += depth * kBlock) {
    const I64 n = smaller(kBlock, rows - row);
    transpose(n, depth, x + row * depth, depth, to, kBlock);
    for (I64 l = 0; n < kBlock && l < depth; ++l)
      for (I64 j = n; j < kBlock; ++j) to[l * kBlock + j] = T(0);
  }
}

/// Where a tile lies. With `diagonal`, its element (i, j) counts only where j ≤ i.
struct Tile {
  I64 row, column, m, n;
  bool diagonal;

  /// Columns that count in row i.
  I64 columns(I64 i) const { return diagonal ? smaller(n, i + 1) : n; }
  /// Columns of row i that a product of whole bands of rows reads.
  I64 columns_read(I64 i) const { return diagonal ? smaller(n, (i / kRows + 1) * kRows) : n; }
};
template <class T>
Tile tile_at(const AttentionHead<T>& h, I64 block_of_rows, I64 block_of_columns) {
  const I64 row = block_of_rows * kBlock, column = block_of_columns * kBlock;
  return {row, column, smaller(kBlock, h.rows - row), smaller(kBlock, h.columns - column),
          h.causal && block_of_rows == block_of_columns};
}

/// Whether the mask leaves nothing of a tile.
template <class T>
bool is_empty(const AttentionHead<T>& h, const Tile& t) {
  if (h.mask == nullptr) return false;
  const I64 rows = h.mask_row == 0 ? 1 : t.m, columns = h.mask_column == 0 ? 1 : t.n;
  for (I64 i = 0; i < rows; ++i) {
    const bool* m = h.mask + (t.row + i) * h.mask_row + t.column * h.mask_column;
    for (I64 j = 0; j < columns; ++j)
      if (m[j]) return false;
  }
  return true;
}

/// C [rows, n] (+)= A B where A is [rows, k], two vectors of C at a time.
template <class T>
inline void band(I64 rows, I64 n, I64 k, const T* a, I64 row_step, I64 step, Matrix<T> b, T beta, T* c, I64 ldc) {
  constexpr I64 w = Vec<T>::size;
  I64 j = 0;
  for (; j + w < n; j += 2 * w) {
    const int lanes = static_cast<int>(smaller(w, n - j - w));
    column<T, kRows, 2>(rows, k, a, row_step, step, {b.at + j, b.step}, lanes, T(1), beta, c + j, ldc);
  }
  if (j < n) {
    column<T, kRows, 1>(rows, k, a, row_step, step, {b.at + j, b.step}, static_cast<int>(n - j), T(1), beta, c + j,
                        ldc);
  }
}

/// s = alpha A Bᵀ on a tile, from what lay_out_columns made of B. What lies above the diagonal is not written in whole.
template <class T>
void scores(const Tile& t, I64 depth, const T* a, const T* b, T alpha, T* s) {
  constexpr I64 w = Vec<T>::size;
  for (I64 j = 0; j < t.n; j += 2 * w) {
    const I64 i = t.diagonal ? j / kRows * kRows : 0;
    if (i >= t.m) break;
    const Panel<T> panel{b + j, kBlock};
    if (j + w < t.n) {
      column<T, kRows, 2>(t.m - i, depth, a + i * depth, depth, 1, panel, w, alpha, T(0), s + i * kBlock + j, kBlock);
    } else {
      column<T, kRows, 1>(t.m - i, depth, a + i * depth, depth, 1, panel, w, alpha, T(0), s + i * kBlock + j, kBlock);
    }
  }
}

/// C [m, n] = beta C + P B.
template <class T>
void rows_times(const Tile& t, const T* p, Matrix<T> b, I64 n, T beta, T* c) {
  for (I64 i = 0; i < t.m; i += kRows)
    band(smaller(kRows, t.m - i), n, t.columns_read(i), p + i * kBlock, kBlock, 1, b, beta, c + i * n, n);
}

/// C [t.n, n] += Pᵀ B.
template <class T>
void columns_times(const Tile& t, const T* p, Matrix<T> b, I64 n, T* c) {
  for (I64 j = 0; j < t.n; j += kRows) {
    const I64 first = t.diagonal ? j : 0;
    if (first >= t.m) break;
    band(smaller(kRows, t.n - j), n, t.m - first, p + first * kBlock + j, 1, kBlock, b.from(first), T(1), c + j * n, n);
  }
}

/// Scores that the mask forbids become −∞.
template <class T>
void apply_mask(const AttentionHead<T>& h, const Tile& t, T* s) {
  if (h.mask == nullptr) return;
  for (I64 i = 0; i < t.m; ++i, s += kBlock) {
    const bool* m = h.mask + (t.row + i) * h.mask_row + t.column * h.mask_column;
    const I64 n = t.columns(i);
    if (h.mask_column == 0) {
      if (!*m)
        for (I64 j = 0; j < n; ++j) s[j] = -infinity<T>;
    } else {
      for (I64 j = 0; j < n; ++j) s[j] = m[j] ? s[j] : -infinity<T>;
    }
  }
}

/// The vector at column j of a row of which n columns count; the others are `fill`.
template <class T>
inline Vec<T> counted(const T* row, I64 j, I64 n, T fill) {
  constexpr I64 w = Vec<T>::size;
  if (j + w <= n) return load(row + j);
  return load_partial(row + j, static_cast<int>(n > j ? n - j : 0), fill);
}

template <class T>
struct Forward {
  Forward(const AttentionHead<T>& h, T* work) {
    columns_of_k = work, work += blocks_of(h.columns) * kBlock * h.depth;
    s = work, work += kBlock * kBlock;
    shift = work, work += kBlock;
    sum = work, work += kBlock * Vec<T>::size;
    copies = work;
  }
  static I64 size(const AttentionHead<T>& h) {
    return blocks_of(h.columns) * kBlock * h.depth + kBlock * (kBlock + 1 + Vec<T>::size) +
           size_in_vectors<T>(h.columns, h.values);
  }
  Matrix<T> v(const AttentionHead<T>& h) const {
    const I64 step = whole_vectors<T>(h.values);
    return {step == h.values ? h.v : copies, step};
  }

  T *columns_of_k, *s;
  T *shift, *sum;  // of each row in the block: what is taken from its scores; its sum, lane by lane
  T* copies;
};

template <class T>
void prepare(const AttentionHead<T>& h, T* work) {
  Forward<T> f(h, work);
  lay_out_columns(h.k, h.columns, h.depth, f.columns_of_k);
  in_vectors(h.v, h.columns, h.values, f.copies);
}

/// Scores become exponentials, the sums grow; where a row's shift has to, what the row has so far is scaled.
template <class T>
void exponentials(const Tile& t, const Forward<T>& f, I64 values, T* out) {
  using V = Vec<T>;
  constexpr I64 w = V::size;
  for (I64 i = 0; i < t.m; ++i) {
    T* const s = f.s + i * kBlock;
    const I64 n = t.columns(i), end = t.columns_read(i);
    V top = V(-infinity<T>);
    for (I64 j = 0; j < n; j += w) top = max_or_second(counted(s, j, n, -infinity<T>), top);  // skips NaN
    V sum = load(f.sum + i * w);
    if (any(top > V(f.shift[i] + T(kSlack)))) {
      const T largest = largest_lane(top);
      const V factor = exp(V(f.shift[i] - largest));
      f.shift[i] = largest;
      sum = sum * factor;
      if (t.column > 0)
        for (I64 j = 0; j < values; ++j) out[i * values + j] *= factor.v[0];
    }
    const V shift = f.shift[i] == -infinity<T> ? T(0) : f.shift[i];
    for (I64 j = 0; j < end; j += w) {
      const V e = exp(counted(s, j, n, -infinity<T>) - shift);
      store(s + j, e);
      sum = sum + e;
    }
    store(f.sum + i * w, sum);
  }
}

template <class T>
void forward(const AttentionHead<T>& h, I64 block, T* out, T* sums, T* work) {
  constexpr I64 w = Vec<T>::size;
  const Forward<T> f(h, work);
  const Matrix<T> v = f.v(h);
  const I64 row = block * kBlock, m = smaller(kBlock, h.rows - row);
  out += row * h.values;
  sums += 2 * row;
  for (I64 i = 0; i < m; ++i) f.shift[i] = -infinity<T>;
  for (I64 i = 0; i < m * w; ++i) f.sum[i] = T(0);
  bool begun = false;
  const I64 all = blocks_of(h.columns), last = h.causal ? smaller(all, block + 1) : all;
  for (I64 b = 0; b < last; ++b) {
    const Tile t = tile_at(h, block, b);
    if (is_empty(h, t)) continue;
    scores(t, h.depth, h.q + row * h.depth, f.columns_of_k + b * kBlock * h.depth, h.scale, f.s);
    apply_mask(h, t, f.s);
    if (!begun)  // so that a row that is scaled before it was written is no NaN
      for (I64 i = 0; i < m * h.values; ++i) out[i] = T(0);
    begun = true;
    exponentials(t, f, h.values, out);
    rows_times(t, f.s, v.from(t.column), h.values, T(1), out);
  }
  for (I64 i = 0; i < m; ++i) {
    const T sum = sum_of_lanes(load(f.sum + i * w)), factor = sum == T(0) ? T(0) : T(1) / sum;
    sums[2 * i] = sum == T(0) ? T(0) : f.shift[i];
    sums[2 * i + 1] = factor;
    for (I64 j = 0; j < h.values; ++j) out[i * h.values + j] = begun ? out[i * h.values + j] * factor : T(0);
  }
}

template <class T>
struct Backward {
  Backward(const AttentionHead<T>& h, const AttentionGradient<T>& g, T* work) {
    columns_of_k = work, work += blocks_of(h.columns) * kBlock * h.depth;
    columns_of_v = work, work += blocks_of(h.columns) * kBlock * h.values;
    p = work, work += kBlock * kBlock;
    ds = work, work += kBlock * kBlock;
    dot = work, work += whole_vectors<T>(h.rows);
    const auto vectors = [&](const T* x, I64 rows, I64 columns) {
      Matrix<T> m{x, whole_vectors<T>(columns)};
      if (m.step != columns) m.at = work, work += rows * m.step;
      return m;
    };
    q = vectors(h.q, h.rows, h.depth);
    k = vectors(h.k, h.columns, h.depth);
    out_grad = vectors(g.g, h.rows, h.values);
  }
  static I64 size(const AttentionHead<T>& h) {
    return blocks_of(h.columns) * kBlock * (h.depth + h.values) + 2 * kBlock * kBlock + whole_vectors<T>(h.rows) +
           size_in_vectors<T>(h.rows + h.columns, h.depth) + size_in_vectors<T>(h.rows, h.values);
  }

  T *columns_of_k, *columns_of_v;
  T *p, *ds;
  T* dot;  // ȳ·y of each row
  Matrix<T> q, k, out_grad;
};

template <class T>
void prepare_vjp(const AttentionHead<T>& h, const AttentionGradient<T>& g, T* work) {
  const Backward<T> b(h, g, work);
  lay_out_columns(h.k, h.columns, h.depth, b.columns_of_k);
  lay_out_columns(h.v, h.columns, h.values, b.columns_of_v);
  for (I64 i = 0; i < h.rows; ++i) {
    Vec<T> sum = T(0);
    for (I64 j = 0; j < h.values; j += Vec<T>::size)
      sum = fma(counted(g.g + i * h.values, j, h.values, T(0)), counted(g.out + i * h.values, j, h.values, T(0)), sum);
    b.dot[i] = sum_of_lanes(sum);
  }
  const auto copy = [](const T* x, I64 rows, I64 columns, Matrix<T> to) {
    T* at = const_cast<T*>(to.at);  // in work, where it is not x itself
    if (to.at != x) in_vectors(x, rows, columns, at);
  };
  copy(h.q, h.rows, h.depth, b.q);
  copy(h.k, h.columns, h.depth, b.k);
  copy(g.g, h.rows, h.values, b.out_grad);
}

/// One tile's part: p = e^(s − shift) / sum, dv += pᵀ ȳ, ds = scale p (ȳ vᵀ − ȳ·y), dq += ds k, dk += dsᵀ q.
template <class T>
void backward_tile(const AttentionHead<T>& h, const AttentionGradient<T>& g, const Backward<T>& b, I64 rows,
                   I64 columns, bool to_queries, bool to_keys) {
  using V = Vec<T>;
  constexpr I64 w = V::size;
  const Tile t = tile_at(h, rows, columns);
  if (is_empty(h, t)) return;
  const bool to_dq = to_queries && g.dq != nullptr, to_dk = to_keys && g.dk != nullptr;
  const bool to_dv = to_keys && g.dv != nullptr;
  scores(t, h.depth, h.q + t.row * h.depth, b.columns_of_k + columns * kBlock * h.depth, h.scale, b.p);
  apply_mask(h, t, b.p);
  if (to_dq || to_dk)
    scores(t, h.values, g.g + t.row * h.values, b.columns_of_v + columns * kBlock * h.values, T(1), b.ds);
  for (I64 i = 0; i < t.m; ++i) {
    T *const p = b.p + i * kBlock, *const ds = b.ds + i * kBlock;
    const I64 n = t.columns(i), end = t.columns_read(i);
    const V shift = g.sums[2 * (t.row + i)], factor = g.sums[2 * (t.row + i) + 1];
    const V dot = b.dot[t.row + i], scale = h.scale;
    for (I64 j = 0; j < end; j += w) {
      const V e = exp(counted(p, j, n, -infinity<T>) - shift) * factor;
      store(p + j, e);
      if (to_dq || to_dk) store(ds + j, scale * e * (counted(ds, j, n, T(0)) - dot));
    }
  }
  if (to_dv) columns_times(t, b.p, b.out_grad.from(t.row), h.values, g.dv + t.column * h.values);
  if (to_dk) columns_times(t, b.ds, b.q.from(t.row), h.depth, g.dk + t.column * h.depth);
  if (to_dq) rows_times(t, b.ds, b.k.from(t.column), h.depth, T(1), g.dq + t.row * h.depth);
}

template <class T>
void vjp_of_queries(const AttentionHead<T>& h, const AttentionGradient<T>& g, I64 block, T* work) {
  const Backward<T> b(h, g, work);
  const I64 all = blocks_of(h.columns), last = h.causal ? smaller(all, block + 1) : all;
  for (I64 columns = 0; columns < last; ++columns) backward_tile(h, g, b, block, columns, true, false);
}
template <class T>
void vjp_of_keys(const AttentionHead<T>& h, const AttentionGradient<T>& g, I64 block, T* work) {
  const Backward<T> b(h, g, work);
  for (I64 rows = h.causal ? block : 0; rows < blocks_of(h.rows); ++rows)
    backward_tile(h, g, b, rows, block, true, true);
}

template <class T>
constexpr AttentionTable<T> attention_table{Forward<T>::size, Backward<T>::size, prepare<T>,    prepare_vjp<T>,
                                            forward<T>,       vjp_of_queries<T>, vjp_of_keys<T>};
constexpr AttentionTable<float> f32 = attention_table<float>;
constexpr AttentionTable<double> f64 = attention_table<double>;

}  // namespace

template <>
const AttentionTable<float>& table() {
  return f32;
}
template <>
const AttentionTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
