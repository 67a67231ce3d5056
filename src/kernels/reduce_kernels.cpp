#include "kernels/isa.hpp"
#include "kernels/reduce_tables.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// What is done to an element before it joins, and how two join.
template <Reduce f, class A>
inline A prepare(A x) {
  if constexpr (f == Reduce::sum_square) return x * x;
  return x;
}
template <Reduce f, class T>
inline Vec<T> join(Vec<T> a, Vec<T> b) {
  if constexpr (f == Reduce::prod) return a * b;
  if constexpr (f == Reduce::amax) return select(a >= b, a, select(is_nan(a), a, b));
  if constexpr (f == Reduce::amin) return select(a <= b, a, select(is_nan(a), a, b));
  return a + b;
}
template <Reduce f, class T>
inline T join(T a, T b) {
  if constexpr (f == Reduce::prod) return a * b;
  if constexpr (f == Reduce::amax) return a >= b || a != a ? a : b;
  if constexpr (f == Reduce::amin) return a <= b || a != a ? a : b;
  return a + b;
}
template <Reduce f, class T>
constexpr T identity() {
  if constexpr (f == Reduce::prod) return T(1);
  if constexpr (f == Reduce::amax) return -__builtin_inf();
  if constexpr (f == Reduce::amin) return __builtin_inf();
  return T(0);
}

/// The larger or smaller, one instruction; b where either is NaN.
template <Reduce f, class T>
inline Vec<T> join_numbers(Vec<T> a, Vec<T> b) {
  return f == Reduce::amax ? max_or_second(a, b) : min_or_second(a, b);
}

/// Extremes of the first vectors into `most`, four at a time, with one look for NaN at two of them; a NaN among them
/// goes to `nan`. Returns how many numbers it took.
template <Reduce f, class T>
inline I64 extreme(I64 n, const T* x, Vec<T>& most, bool& nan) {
  using V = Vec<T>;
  constexpr int w = V::size;
  V a = load(x), b = load(x + w), c = load(x + 2 * w), d = load(x + 3 * w);
  auto seen = unordered(a, b) | unordered(c, d);
  I64 i = 4 * w;
  for (; i + 4 * w <= n; i += 4 * w) {
    const V p = load(x + i), q = load(x + i + w), r = load(x + i + 2 * w), s = load(x + i + 3 * w);
    seen = seen | unordered(p, q) | unordered(r, s);
    a = join_numbers<f>(a, p);
    b = join_numbers<f>(b, q);
    c = join_numbers<f>(c, r);
    d = join_numbers<f>(d, s);
  }
  nan = any(seen);
  most = join_numbers<f>(join_numbers<f>(a, b), join_numbers<f>(c, d));
  return i;
}

/// One block of a row: four vectors at a time, then the lanes pairwise.
template <Reduce f, class T>
T block(I64 n, const T* x) {
  using V = Vec<T>;
  constexpr int w = V::size;
  if (n < w) {
    T r = prepare<f>(x[0]);
    for (I64 i = 1; i < n; ++i) r = join<f>(r, prepare<f>(x[i]));
    return r;
  }
  V a = prepare<f>(load(x));
  I64 i = w;
  if constexpr (f == Reduce::amax || f == Reduce::amin) {
    if (n >= 8 * w) {
      bool nan = false;
      i = extreme<f>(n, x, a, nan);
      if (nan) return __builtin_nan("");
    }
  } else if (n >= 8 * w) {
    V b = prepare<f>(load(x + w)), c = prepare<f>(load(x + 2 * w)), d = prepare<f>(load(x + 3 * w));
    for (i = 4 * w; i + 4 * w <= n; i += 4 * w) {
      a = join<f>(a, prepare<f>(load(x + i)));
      b = join<f>(b, prepare<f>(load(x + i + w)));
      c = join<f>(c, prepare<f>(load(x + i + 2 * w)));
      d = join<f>(d, prepare<f>(load(x + i + 3 * w)));
    }
    a = join<f>(join<f>(a, b), join<f>(c, d));
  }
  for (; i + w <= n; i += w) a = join<f>(a, prepare<f>(load(x + i)));
  if (i < n) {
    const int rest = static_cast<int>(n - i);
    // The lanes that are not there must not change the result: squares of 0 are 0, so that the identity serves all.
    a = join<f>(a, prepare<f>(load_partial(x + i, rest, identity<f, T>())));
  }
  T lanes[w];
  store(lanes, a);
  for (int half = w / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) lanes[k] = join<f>(lanes[k], lanes[k + half]);
  return lanes[0];
}

/// Blocks joined in a balanced tree: after block k, as many totals stand on the stack as k + 1 has ones.
template <Reduce f, class T>
T whole(I64 n, const T* x) {
  if (n <= kSumBlock || f == Reduce::amax || f == Reduce::amin) return block<f>(n, x);  // extremes do not round
  T stack[64];
  int depth = 0;
  I64 done = 0;
  for (I64 i = 0; i < n; i += kSumBlock) {
    stack[depth++] = block<f>(n - i < kSumBlock ? n - i : kSumBlock, x + i);
    for (I64 k = ++done; (k & 1) == 0; k >>= 1, --depth) stack[depth - 2] = join<f>(stack[depth - 2], stack[depth - 1]);
  }
  T r = stack[--depth];
  while (depth > 0) r = join<f>(stack[--depth], r);
  return r;
}

template <Reduce f, class T>
void rows(I64 count, I64 n, const T* x, T* y) {
  for (I64 i = 0; i < count; ++i) y[i] = whole<f>(n, x + i * n);
}

/// `width` vectors side by side down all rows; the last one of `lanes` lanes.
template <Reduce f, class T, int width>
inline void strip(I64 count, I64 stride, int lanes, const T* x, T* y) {
  using V = Vec<T>;
  constexpr int w = V::size;
  const bool all_lanes = lanes == w;
  const auto get = [=](const T* p, int k) {
    return prepare<f>(k + 1 < width || all_lanes ? load(p + k * w) : load_partial(p + k * w, lanes, T(0)));
  };
  V total[width], part[width];
  const auto block = [&](I64 first, V* sum) {
    const I64 end = first + kRowBlock < count ? first + kRowBlock : count;
    for (int k = 0; k < width; ++k) sum[k] = get(x + first * stride, k);
    for (I64 i = first + 1; i < end; ++i)
      for (int k = 0; k < width; ++k) sum[k] = join<f>(sum[k], get(x + i * stride, k));
  };
  block(0, total);
  for (I64 first = kRowBlock; first < count; first += kRowBlock) {
    block(first, part);
    for (int k = 0; k < width; ++k) total[k] = join<f>(total[k], part[k]);
  }
  for (int k = 0; k < width; ++k) {
    if (k + 1 < width || all_lanes) {
      store(y + k * w, total[k]);
    } else {
      store_partial(y + k * w, lanes, total[k]);
    }
  }
}

template <Reduce f, class T>
void columns(I64 count, I64 stride, I64 n, const T* x, T* y) {
  constexpr int w = Vec<T>::size, width = 4;
  I64 j = 0;
  for (; j + width * w <= n; j += width * w) strip<f, T, width>(count, stride, w, x + j, y + j);
  for (; j < n; j += w) strip<f, T, 1>(count, stride, j + w <= n ? w : static_cast<int>(n - j), x + j, y + j);
}

template <class T>
constexpr ReduceTable<T> make_table() {
  return {{rows<Reduce::sum, T>, rows<Reduce::prod, T>, rows<Reduce::amax, T>, rows<Reduce::amin, T>,
           rows<Reduce::sum_square, T>},
          {columns<Reduce::sum, T>, columns<Reduce::prod, T>, columns<Reduce::amax, T>, columns<Reduce::amin, T>,
           columns<Reduce::sum_square, T>}};
}

constexpr ReduceTable<float> f32 = make_table<float>();
constexpr ReduceTable<double> f64 = make_table<double>();

}  // namespace

template <>
const ReduceTable<float>& table() {
  return f32;
}
template <>
const ReduceTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
