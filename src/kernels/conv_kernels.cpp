#include "kernels/conv_tables.hpp"
#include "kernels/gemm_tile.hpp"
#include "kernels/isa.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// Rows of C at once: with two vectors each, what the registers hold.
#if defined(__AVX512F__)
constexpr int kRows = 14;
#else
constexpr int kRows = 6;
#endif

// Results at once of a convolution in which every channel stands alone: enough sums to hide the latency of one.
constexpr int kPlaces = 4;

/// How a tile's rows of A lie: `near`, next to each other; `run`, anywhere, read number by number; `apart`, anywhere.
enum class Rows { near, run, apart };

/// `rows` rows by `width` vectors of C, their sums in registers. The last vector has `lanes` lanes.
template <class T, int rows, int width, Rows how>
inline void gathered_tile(const GatheredProduct<T>& p, const I64* row, const T* b, int lanes, T* c, const I64* to) {
  using V = Vec<T>;
  constexpr int w = V::size;
  V sum[rows][width];
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < width; ++j) sum[i][j] = T(0);
  }
  const I64 ldb = p.ldb, length = p.length, step = how == Rows::run ? 1 : p.step;
  for (I64 s = 0; s < p.segments; ++s) {
    const T* a = p.a + p.segment[s];
    if constexpr (how == Rows::near) {
      a += row[0];
      for (I64 l = 0; l < length; ++l, a += step, b += ldb) {
        V right[width];
        for (int j = 0; j < width; ++j) right[j] = load(b + j * w);
        for (int i = 0; i < rows; ++i) {
          const V left = a[i];
          for (int j = 0; j < width; ++j) sum[i][j] = fma(left, right[j], sum[i][j]);
        }
      }
    } else {
      const T* left_row[rows];
      for (int i = 0; i < rows; ++i) left_row[i] = a + row[i];
#pragma GCC unroll 4
      for (I64 l = 0; l < length; ++l, b += ldb) {
        V right[width];
        for (int j = 0; j < width; ++j) right[j] = load(b + j * w);
        for (int i = 0; i < rows; ++i) {
          const V left = left_row[i][l * step];
          for (int j = 0; j < width; ++j) sum[i][j] = fma(left, right[j], sum[i][j]);
        }
      }
    }
  }
  const T beta = p.add ? T(1) : T(0);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < width; ++j) put(c + to[i] + j * w, j + 1 < width ? w : lanes, sum[i][j], T(1), beta);
  }
}

template <int rows>
inline bool lie_near(const I64* row) {
  for (int i = 1; i < rows; ++i) {
    if (row[i] != row[0] + i) return false;
  }
  return true;
}

/// `width` vectors of all rows: as many rows at once as can be, then half as many, …
template <class T, int rows, int width>
inline void gathered_column(const GatheredProduct<T>& p, I64 first, const T* b, int lanes, T* c) {
  for (; p.m - first >= rows; first += rows) {
    const I64 *row = p.row + first, *to = p.to + first;
    if (lie_near<rows>(row)) {
      gathered_tile<T, rows, width, Rows::near>(p, row, b, lanes, c, to);
    } else if (p.step == 1) {
      gathered_tile<T, rows, width, Rows::run>(p, row, b, lanes, c, to);
    } else {
      gathered_tile<T, rows, width, Rows::apart>(p, row, b, lanes, c, to);
    }
  }
  if constexpr (rows > 1) {
    if (first < p.m) gathered_column<T, rows / 2, width>(p, first, b, lanes, c);
  }
}

template <class T>
void product(const GatheredProduct<T>& p) {
  constexpr I64 w = Vec<T>::size;
  const T* b = p.b;
  for (I64 j = 0; j < p.n; j += 2 * w, b += p.panel_step) {
    const I64 left = p.n - j;
    if (left > w) {
      gathered_column<T, kRows, 2>(p, 0, b, static_cast<int>(left < 2 * w ? left - w : w), p.c + j);
    } else {
      gathered_column<T, kRows, 1>(p, 0, b, static_cast<int>(left), p.c + j);
    }
  }
}

/// A vector, whole or the first lanes of one.
template <class T, bool whole>
inline Vec<T> part(const T* p, int lanes) {
  if constexpr (whole) return load(p);
  return load_partial(p, lanes, T(0));
}
template <class T, bool whole>
inline void put_part(T* p, int lanes, Vec<T> v) {
  if constexpr (whole) return store(p, v);
  store_partial(p, lanes, v);
}

/// `places` neighbouring results of one vector of channels.
template <class T, int places, bool whole>
inline void depthwise_tile(const DepthwiseRow<T>& r, const T* a, I64 channel, int lanes, T* c) {
  using V = Vec<T>;
  const auto get = [=](const T* p) { return part<T, whole>(p, lanes); };
  V sum[places];
  for (int i = 0; i < places; ++i) sum[i] = T(0);
  if (r.add) {
    for (int i = 0; i < places; ++i) sum[i] = get(c + i * r.c_step);
  }
  for (I64 t = 0; t < r.taps; ++t) {
    const V weight = get(r.w + r.weight[t] + channel);
    const T* from = a + r.tap[t];
    for (int i = 0; i < places; ++i) sum[i] = fma(get(from + i * r.a_step), weight, sum[i]);
  }
  for (int i = 0; i < places; ++i) {
    put_part<T, whole>(c + i * r.c_step, lanes, sum[i]);
  }
}

/// All channels: as many places at once as can be, then half as many, … Place by place, so that memory is read in its
/// order.
template <class T, int places>
inline void depthwise_places(const DepthwiseRow<T>& r, I64 first) {
  constexpr I64 w = Vec<T>::size;
  for (; first + places <= r.count; first += places) {
    const T* a = r.a + first * r.a_step;
    T* c = r.c + first * r.c_step;
    I64 k = 0;
    for (; k + w <= r.channels; k += w) depthwise_tile<T, places, true>(r, a + k, k, static_cast<int>(w), c + k);
    if (k < r.channels) depthwise_tile<T, places, false>(r, a + k, k, static_cast<int>(r.channels - k), c + k);
  }
  if constexpr (places > 1) {
    if (first < r.count) depthwise_places<T, places / 2>(r, first);
  }
}

template <class T>
void depthwise_row(const DepthwiseRow<T>& r) {
  depthwise_places<T, kPlaces>(r, 0);
}

/// The sums of `taps` taps over a row, for `width` vectors of channels; the last has `lanes` lanes.
template <class T, int taps, int width, bool whole>
inline void depthwise_sum_tile(const DepthwiseSum<T>& s, I64 first, I64 channel, int lanes) {
  using V = Vec<T>;
  constexpr int w = V::size;
  const auto get = [=](const T* p, int j) {
    return j + 1 < width ? load(p + j * w) : part<T, whole>(p + j * w, lanes);
  };
  T* to = s.dw + first * s.channels + channel;
  V sum[taps][width];
  const T* from[taps];
  for (int t = 0; t < taps; ++t) {
    for (int j = 0; j < width; ++j) sum[t][j] = get(to + t * s.channels, j);
    from[t] = s.a + channel + s.tap[first + t];
  }
  const T* g = s.g + channel;
  for (I64 i = 0, at = 0; i < s.count; ++i, at += s.a_step, g += s.g_step) {
    V right[width];
    for (int j = 0; j < width; ++j) right[j] = get(g, j);
    for (int t = 0; t < taps; ++t) {
      for (int j = 0; j < width; ++j) sum[t][j] = fma(get(from[t] + at, j), right[j], sum[t][j]);
    }
  }
  for (int t = 0; t < taps; ++t) {
    for (int j = 0; j < width; ++j) {
      T* p = to + t * s.channels + j * w;
      j + 1 < width ? store(p, sum[t][j]) : put_part<T, whole>(p, lanes, sum[t][j]);
    }
  }
}

template <class T, int width, bool whole>
inline void depthwise_sum_vector(const DepthwiseSum<T>& s, I64 channel, int lanes) {
  I64 t = 0;
  for (; t + 9 <= s.taps; t += 9) depthwise_sum_tile<T, 9, width, whole>(s, t, channel, lanes);
  for (; t + 3 <= s.taps; t += 3) depthwise_sum_tile<T, 3, width, whole>(s, t, channel, lanes);
  for (; t < s.taps; ++t) depthwise_sum_tile<T, 1, width, whole>(s, t, channel, lanes);
}

template <class T>
void depthwise_sum(const DepthwiseSum<T>& s) {
  constexpr I64 w = Vec<T>::size;
  I64 k = 0;
#if defined(__AVX512F__)  // whose registers hold nine taps of two vectors
  for (; k + 2 * w <= s.channels; k += 2 * w) depthwise_sum_vector<T, 2, true>(s, k, static_cast<int>(w));
#endif
  for (; k + w <= s.channels; k += w) depthwise_sum_vector<T, 1, true>(s, k, static_cast<int>(w));
  if (k < s.channels) depthwise_sum_vector<T, 1, false>(s, k, static_cast<int>(s.channels - k));
}

template <class T>
constexpr ConvTable<T> make_table() {
  return {2 * Vec<T>::size, Vec<T>::size, product<T>, transpose<T>, depthwise_row<T>, depthwise_sum<T>};
}
constexpr ConvTable<float> f32 = make_table<float>();
constexpr ConvTable<double> f64 = make_table<double>();

}  // namespace

template <>
const ConvTable<float>& table() {
  return f32;
}
template <>
const ConvTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
