#include "kernels/isa.hpp"
#include "kernels/simd/vec.hpp"
#include "kernels/sparse_tables.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// y[0 … width vectors] (+)= Σ over the entries of one row of S; the last vector has `lanes` lanes. Sums stay in
/// registers.
template <class T, int width>
inline void gather(I64 n, int lanes, I64 begin, I64 end, const I64* col, const T* val, const T* x, T* y, bool add) {
  using V = Vec<T>;
  constexpr int w = V::size;
  const bool whole = lanes == w;
  const auto get = [=](const T* p, int k) {
    return k + 1 < width || whole ? load(p + k * w) : load_partial(p + k * w, lanes, T(0));
  };
  V sum[width];
  for (int k = 0; k < width; ++k) sum[k] = add ? get(y, k) : V(T(0));
  if (val == nullptr) {
    for (I64 e = begin; e < end; ++e) {
      const T* row = x + col[e] * n;
      for (int k = 0; k < width; ++k) sum[k] = sum[k] + get(row, k);
    }
  } else {
    for (I64 e = begin; e < end; ++e) {
      const T* row = x + col[e] * n;
      const V v = val[e];
      for (int k = 0; k < width; ++k) sum[k] = fma(v, get(row, k), sum[k]);
    }
  }
  for (int k = 0; k < width; ++k) {
    k + 1 < width || whole ? store(y + k * w, sum[k]) : store_partial(y + k * w, lanes, sum[k]);
  }
}

template <class T>
void spmm(I64 begin, I64 end, I64 n, const I64* row_ptr, const I64* col, const T* val, const T* x, T* y, bool add) {
  constexpr int w = Vec<T>::size;
  const T nothing[1] = {};
  const bool empty = x == nullptr;  // no columns, so no entries: x is never read, and null must not be moved
  for (I64 r = begin; r < end; ++r) {
    T* row = y + r * n;
    I64 j = 0;
    for (; j + 4 * w <= n; j += 4 * w)
      gather<T, 4>(n, w, row_ptr[r], row_ptr[r + 1], col, val, empty ? nothing : x + j, row + j, add);
    for (; j < n; j += w) {
      const int lanes = j + w <= n ? w : static_cast<int>(n - j);
      gather<T, 1>(n, lanes, row_ptr[r], row_ptr[r + 1], col, val, empty ? nothing : x + j, row + j, add);
    }
  }
}

/// Entries between fetching a row of Y and adding to it: halves the time where Y is in the second-level cache.
constexpr I64 kAhead = 8;

/// The rows of Y that the entries name += their values times x, `width` vectors wide; the last has `lanes` lanes.
template <class T, int width>
inline void scatter(I64 n, int lanes, I64 begin, I64 end, const I64* col, const T* val, const T* x, T* y) {
  using V = Vec<T>;
  constexpr int w = V::size;
  const bool whole = lanes == w;
  const auto get = [=](const T* p, int k) {
    return k + 1 < width || whole ? load(p + k * w) : load_partial(p + k * w, lanes, T(0));
  };
  V row[width];
  for (int k = 0; k < width; ++k) row[k] = get(x, k);
  for (I64 e = begin; e < end; ++e) {
    T* to = y + col[e] * n;
    if (e + kAhead < end) __builtin_prefetch(y + col[e + kAhead] * n, 1);
    const V v = val == nullptr ? T(1) : val[e];
    for (int k = 0; k < width; ++k) {
      const V sum = fma(v, row[k], get(to, k));
      k + 1 < width || whole ? store(to + k * w, sum) : store_partial(to + k * w, lanes, sum);
    }
  }
}

/// The first of the ascending numbers in [begin, end) that is not below `wanted`.
inline I64 first_from(const I64* col, I64 begin, I64 end, I64 wanted) {
  while (begin < end) {
    const I64 middle = begin + (end - begin) / 2;
    if (col[middle] < wanted) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

template <class T>
inline void scatter_row(I64 n, I64 width, I64 begin, I64 end, const I64* col, const T* val, const T* x, T* y) {
  constexpr int w = Vec<T>::size;
  I64 j = 0;
  for (; j + 4 * w <= width; j += 4 * w) scatter<T, 4>(n, w, begin, end, col, val, x + j, y + j);
  for (; j < width; j += w) {
    const int lanes = j + w <= width ? w : static_cast<int>(width - j);
    scatter<T, 1>(n, lanes, begin, end, col, val, x + j, y + j);
  }
}

template <class T>
void spmm_t(I64 rows, I64 cols, I64 n, I64 width, I64 first, I64 last, const I64* row_ptr, const I64* col, const T* val,
            const T* x, T* y) {
  const bool all = first == 0 && last == cols;
  for (I64 r = 0; r < rows; ++r) {
    I64 begin = row_ptr[r], end = row_ptr[r + 1];
    if (!all) {
      I64 descents = 0;
      for (I64 e = begin + 1; e < end; ++e) descents += col[e] < col[e - 1] ? 1 : 0;
      if (descents > 0) {  // rare: entry by entry
        for (I64 e = begin; e < end; ++e) {
          if (col[e] >= first && col[e] < last) scatter_row(n, width, e, e + 1, col, val, x + r * n, y);
        }
        continue;
      }
      begin = first_from(col, begin, end, first);
      end = first_from(col, begin, end, last);
    }
    scatter_row(n, width, begin, end, col, val, x + r * n, y);
  }
}

template <class T>
void sddmm(I64 begin, I64 end, I64 n, const I64* row_ptr, const I64* col, const T* g, const T* x, T* dval, bool add) {
  using V = Vec<T>;
  constexpr int w = V::size;
  for (I64 r = begin; r < end; ++r) {
    for (I64 e = row_ptr[r]; e < row_ptr[r + 1]; ++e) {
      const T *u = g + r * n, *v = x + col[e] * n;
      V sum = T(0);
      I64 j = 0;
      for (; j + w <= n; j += w) sum = fma(load(u + j), load(v + j), sum);
      const int rest = static_cast<int>(n - j);
      if (rest > 0) sum = fma(load_partial(u + j, rest, T(0)), load_partial(v + j, rest, T(0)), sum);
      T total = add ? dval[e] : T(0);
      for (int k = 0; k < w; ++k) total += sum.v[k];
      dval[e] = total;
    }
  }
}

constexpr SparseTable<float> f32{spmm<float>, spmm_t<float>, sddmm<float>};
constexpr SparseTable<double> f64{spmm<double>, spmm_t<double>, sddmm<double>};

}  // namespace

template <>
const SparseTable<float>& table() {
  return f32;
}
template <>
const SparseTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
