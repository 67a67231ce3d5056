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

/// `width` vectors side by side down all rows; the last one of `lanes` lanes. The sums stay in registers.
template <class T, Act act, int width>
inline void strip(I64 rows, I64 n, int lanes, const T* g, const T* y, T* dz, T* dbias, bool add_bias) {
  using V = Vec<T>;
  constexpr int w = V::size;
  const bool whole = lanes == w;
  const auto get = [=](const T* p, int k) {
    return k + 1 < width || whole ? load(p + k * w) : load_partial(p + k * w, lanes, T(0));
  };
  const auto put = [=](T* p, int k, V x) {
    k + 1 < width || whole ? store(p + k * w, x) : store_partial(p + k * w, lanes, x);
  };
  V total[width];
  for (int k = 0; k < width; ++k) total[k] = dbias != nullptr && add_bias ? get(dbias, k) : V(T(0));
  for (I64 first = 0; first < rows; first += kRowsInChain) {
    const I64 end = first + kRowsInChain < rows ? first + kRowsInChain : rows;
    V sum[width];
    for (int k = 0; k < width; ++k) sum[k] = T(0);
    for (I64 i = first; i < end; ++i) {
      for (int k = 0; k < width; ++k) {
        const V d = derivative<act>(get(g + i * n, k), act == Act::linear ? V(T(0)) : get(y + i * n, k));
        if (act != Act::linear || dz != g) put(dz + i * n, k, d);
        sum[k] = sum[k] + d;
      }
    }
    for (int k = 0; k < width; ++k) total[k] = total[k] + sum[k];
  }
  if (dbias != nullptr) {
    for (int k = 0; k < width; ++k) put(dbias, k, total[k]);
  }
}

template <class T, Act act>
void vjp(I64 rows, I64 n, I64 begin, I64 end, const T* g, const T* y, T* dz, T* dbias, bool add_bias) {
  constexpr int w = Vec<T>::size, width = 4;
  const auto at = [](auto* p, I64 j) { return p == nullptr ? nullptr : p + j; };
  I64 j = begin;
  for (; j + width * w <= end; j += width * w) {
    strip<T, act, width>(rows, n, w, g + j, at(y, j), dz + j, at(dbias, j), add_bias);
  }
  for (; j < end; j += w) {
    const int lanes = j + w <= end ? w : static_cast<int>(end - j);
    strip<T, act, 1>(rows, n, lanes, g + j, at(y, j), dz + j, at(dbias, j), add_bias);
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
