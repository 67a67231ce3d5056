#include "kernels/dense_tables.hpp"
#include "kernels/isa.hpp"
#include "kernels/simd/exp_log.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// act(z).
template <Act act, class T>
inline Vec<T> value(Vec<T> z) {
  if constexpr (act == Act::relu) return select(z <= Vec<T>(T(0)), Vec<T>(T(0)), z);  // keeps NaN
  if constexpr (act == Act::tanh) return tanh(z);
  if constexpr (act == Act::sigmoid) return sigmoid(z);
  return z;
}

/// g act'(z), from y = act(z).
template <Act act, class T>
inline Vec<T> derivative(Vec<T> g, Vec<T> y) {
  const Vec<T> one = T(1), zero = T(0);
  if constexpr (act == Act::relu) return select(y > zero, g, select(is_nan(y), y, zero));
  if constexpr (act == Act::tanh) return g * (one - y * y);
  if constexpr (act == Act::sigmoid) return g * (y * (one - y));
  return g;
}

template <class T, Act act>
void bias_activation(I64 rows, I64 n, const T* bias, T* y) {
  using V = Vec<T>;
  constexpr int w = V::size;
  if (n == 1 || bias == nullptr) {  // one long row
    const V b = bias == nullptr ? T(-0.0) : bias[0];
    const I64 count = rows * n;
    I64 j = 0;
    for (; j + w <= count; j += w) store(y + j, value<act>(load(y + j) + b));
    const int rest = static_cast<int>(count - j);
    if (rest > 0) store_partial(y + j, rest, value<act>(load_partial(y + j, rest, T(0)) + b));
    return;
  }
  for (I64 i = 0; i < rows; ++i, y += n) {
    I64 j = 0;
    for (; j + w <= n; j += w) store(y + j, value<act>(load(y + j) + load(bias + j)));
    const int rest = static_cast<int>(n - j);
    if (rest > 0) {
      store_partial(y + j, rest, value<act>(load_partial(y + j, rest, T(0)) + load_partial(bias + j, rest, T(0))));
    }
  }
}

/// Columns whose sums fit the first-level cache beside what streams past them.
constexpr I64 kStrip = 512;

/// dz over `width` columns of one row, and sums += dz where wanted.
template <class T, Act act, bool sum>
inline void row_of_vjp(I64 width, const T* g, const T* y, T* dz, bool store_dz, T* sums) {
  using V = Vec<T>;
  constexpr int w = V::size;
  I64 j = 0;
  for (; j + w <= width; j += w) {
    const V d = derivative<act>(load(g + j), act == Act::linear ? V(T(0)) : load(y + j));
    if (store_dz) store(dz + j, d);
    if constexpr (sum) store(sums + j, load(sums + j) + d);
  }
  const int rest = static_cast<int>(width - j);
  if (rest == 0) return;
  const V d =
      derivative<act>(load_partial(g + j, rest, T(0)), act == Act::linear ? V(T(0)) : load_partial(y + j, rest, T(0)));
  if (store_dz) store_partial(dz + j, rest, d);
  if constexpr (sum) store(sums + j, load(sums + j) + d);  // the strip has room for a whole vector
}

template <class T, Act act>
void vjp(I64 rows, I64 n, I64 begin, I64 end, const T* g, const T* y, T* dz, T* dbias, bool add_bias) {
  constexpr int w = Vec<T>::size;
  const bool store_dz = act != Act::linear || dz != g;
  if (act == Act::linear) y = g;  // not read, but moved along
  if (dbias == nullptr) {
    for (I64 i = 0; i < rows; ++i) {
      row_of_vjp<T, act, false>(end - begin, g + i * n + begin, y + i * n + begin, dz + i * n + begin, store_dz,
                                nullptr);
    }
    return;
  }
  for (I64 first = begin; first < end; first += kStrip) {
    const I64 width = end - first < kStrip ? end - first : kStrip;
    T total[kStrip];
    for (I64 j = 0; j < width; ++j) total[j] = add_bias ? dbias[first + j] : T(0);
    for (I64 row = 0; row < rows; row += kRowsInChain) {
      const I64 last = row + kRowsInChain < rows ? row + kRowsInChain : rows;
      alignas(64) T sums[kStrip];
      for (I64 j = 0; j < (width + w - 1) / w * w; ++j) sums[j] = T(0);
      for (I64 i = row; i < last; ++i) {
        const I64 at = i * n + first;
        row_of_vjp<T, act, true>(width, g + at, y + at, dz + at, store_dz, sums);
      }
      for (I64 j = 0; j < width; ++j) total[j] += sums[j];
    }
    for (I64 j = 0; j < width; ++j) dbias[first + j] = total[j];
  }
}

template <class T>
constexpr DenseTable<T> make_table() {
  return {{bias_activation<T, Act::linear>, bias_activation<T, Act::relu>, bias_activation<T, Act::tanh>,
           bias_activation<T, Act::sigmoid>},
          {vjp<T, Act::linear>, vjp<T, Act::relu>, vjp<T, Act::tanh>, vjp<T, Act::sigmoid>}};
}

constexpr DenseTable<float> f32 = make_table<float>();
constexpr DenseTable<double> f64 = make_table<double>();

}  // namespace

template <>
const DenseTable<float>& table() {
  return f32;
}
template <>
const DenseTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
