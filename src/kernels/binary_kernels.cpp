#include "kernels/elementwise_tables.hpp"
#include "kernels/simd/exp_log.hpp"
#include "kernels/simd/libm.hpp"
#include "kernels/simd/loops.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class T>
void fill_with(std::int64_t n, T value, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = value;
}

/// A function of two vectors as a kernel.
template <class T, auto f>
void vector_kernel(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y) {
  using V = Vec<T>;
  if (n <= 0) return;
  if (sa != 0 && sb != 0) {
    map2(n, a, b, y, [](V u, V v) { return f(u, v); });
  } else if (sa != 0) {
    const V v = b[0];
    map(n, a, y, [v](V u) { return f(u, v); });
  } else if (sb != 0) {
    const V u = a[0];
    map(n, b, y, [u](V v) { return f(u, v); });
  } else {
    const V r = f(V(a[0]), V(b[0]));
    fill_with(n, r.v[0], y);
  }
}

/// The same, row by row, for a matrix and a row or a column.
template <class T, auto f>
void vector_rows(std::int64_t rows, std::int64_t n, const T* a, std::int64_t step_a, std::int64_t sa, const T* b,
                 std::int64_t step_b, std::int64_t sb, T* y) {
  using V = Vec<T>;
  if (n <= 0) return;
  if (n % V::size == 0 && sa != 0 && sb != 0) {  // no last vector to care for: short rows notice
    for (std::int64_t i = 0; i < rows; ++i, a += step_a, b += step_b, y += n) {
      for (std::int64_t j = 0; j < n; j += V::size) store(y + j, f(load(a + j), load(b + j)));
    }
    return;
  }
  for (std::int64_t i = 0; i < rows; ++i, a += step_a, b += step_b, y += n) {
    if (sa != 0 && sb != 0) {
      map2(n, a, b, y, [](V u, V v) { return f(u, v); });
    } else if (sa != 0) {
      const V v = b[0];
      map(n, a, y, [v](V u) { return f(u, v); });
    } else {
      const V u = a[0];
      map(n, b, y, [u](V v) { return f(u, v); });
    }
  }
}

/// A function of two numbers as a kernel: one call per element.
template <class T, T (*f)(T, T)>
void scalar_kernel(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y) {
  if (sa == 0 && sb == 0 && n > 0) return fill_with(n, f(a[0], b[0]), y);
  for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i * sa], b[i * sb]);
}

template <class T>
Vec<T> v_maximum(Vec<T> a, Vec<T> b) {
  return select((a > b) | is_nan(a), a, b);  // b where b is NaN
}
template <class T>
Vec<T> v_minimum(Vec<T> a, Vec<T> b) {
  return select((a < b) | is_nan(a), a, b);
}
template <class T>
Vec<T> v_absorb_mul(Vec<T> a, Vec<T> b) {
  const Vec<T> zero = T(0);
  return select(a == zero, zero, a * b);
}
template <class T>
Vec<T> v_logaddexp(Vec<T> a, Vec<T> b) {
  const Vec<T> top = v_maximum(a, b);
  const Vec<T> gap = -abs(a - b);
  const Vec<T> y = top + log1p_unit(exp(gap));
  return select(a == b, a + Vec<T>(T(0.69314718055994530942)), y);  // also where both are the same infinity
}

/// pow with the exponents that have a shorter way to the same value.
template <class T>
void pow_kernel(std::int64_t n, const T* a, std::int64_t sa, const T* b, std::int64_t sb, T* y) {
  using V = Vec<T>;
  if (sb == 0 && n > 0) {
    const T e = b[0];
    if (e == T(2)) return vector_kernel<T, [](V u, V) { return u * u; }>(n, a, sa, b, 0, y);
    if (e == T(3)) return vector_kernel<T, [](V u, V) { return u * u * u; }>(n, a, sa, b, 0, y);
    if (e == T(1)) return vector_kernel<T, [](V u, V) { return u; }>(n, a, sa, b, 0, y);
    if (e == T(-1)) return vector_kernel<T, [](V u, V) { return V(T(1)) / u; }>(n, a, sa, b, 0, y);
    if (e == T(0.5)) {
      // pow(-0, 1/2) is 0 and pow(-inf, 1/2) is inf
      return vector_kernel<T, [](V u, V) {
        const V inf = Format<T>::infinity;
        return select(u == -inf, inf, sqrt(u + V(T(0))));
      }>(n, a, sa, b, 0, y);
    }
  }
  scalar_kernel<T, libm::pow>(n, a, sa, b, sb, y);
}

template <class T>
void clip(std::int64_t n, const T* x, T lo, T hi, T* y) {
  const Vec<T> l = lo, h = hi;
  map(n, x, y, [l, h](Vec<T> v) { return min_or_second(h, max_or_second(l, v)); });
}

template <class T>
void axpy(std::int64_t n, T alpha, const T* x, T* y) {
  const Vec<T> a = alpha;
  map2(n, x, y, y, [a](Vec<T> u, Vec<T> v) { return fma(a, u, v); });
}

template <class T>
void scale_by(std::int64_t n, T alpha, const T* x, T* y) {
  const Vec<T> a = alpha;
  map(n, x, y, [a](Vec<T> u) { return a * u; });
}

template <class T>
constexpr BinaryTable<T> make_table() {
  using V = Vec<T>;
  using B = Binary;
  BinaryTable<T> t{};
  auto set = [&t](B f, BinaryFn<T> fn, BinaryRowsFn<T> rows = nullptr) {
    t.binary[static_cast<int>(f)] = fn;
    t.rows[static_cast<int>(f)] = rows;
  };
  constexpr auto add = [](V a, V b) { return a + b; };
  constexpr auto sub = [](V a, V b) { return a - b; };
  constexpr auto mul = [](V a, V b) { return a * b; };
  constexpr auto div = [](V a, V b) { return a / b; };
  set(B::add, vector_kernel<T, add>, vector_rows<T, add>);
  set(B::sub, vector_kernel<T, sub>, vector_rows<T, sub>);
  set(B::mul, vector_kernel<T, mul>, vector_rows<T, mul>);
  set(B::div, vector_kernel<T, div>, vector_rows<T, div>);
  set(B::pow, pow_kernel<T>);
  set(B::maximum, vector_kernel<T, v_maximum<T>>, vector_rows<T, v_maximum<T>>);
  set(B::minimum, vector_kernel<T, v_minimum<T>>, vector_rows<T, v_minimum<T>>);
  set(B::hypot, scalar_kernel<T, libm::hypot>);
  set(B::atan2, scalar_kernel<T, libm::atan2>);
  set(B::fmod, scalar_kernel<T, libm::fmod>);
  set(B::logaddexp, vector_kernel<T, v_logaddexp<T>>);
  set(B::absorb_mul, vector_kernel<T, v_absorb_mul<T>>, vector_rows<T, v_absorb_mul<T>>);
  t.clip = clip<T>;
  t.axpy = axpy<T>;
  t.scale = scale_by<T>;
  return t;
}

using I64 = std::int64_t;

I64 wrapping_mul(I64 a, I64 b) {
  return static_cast<I64>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
I64 int_fmod(I64 a, I64 b) { return b == 0 || b == -1 ? 0 : a % b; }

constexpr BinaryTable<I64> make_int_table() {
  using V = Vec<I64>;
  using B = Binary;
  BinaryTable<I64> t{};
  auto set = [&t](B f, BinaryFn<I64> fn) { t.binary[static_cast<int>(f)] = fn; };
  set(B::add, vector_kernel<I64, [](V a, V b) { return add_bits(a, b); }>);
  set(B::sub, vector_kernel<I64, [](V a, V b) { return sub_bits(a, b); }>);
  set(B::mul, scalar_kernel<I64, wrapping_mul>);
  set(B::maximum, vector_kernel<I64, [](V a, V b) { return max_or_second(a, b); }>);
  set(B::minimum, vector_kernel<I64, [](V a, V b) { return min_or_second(a, b); }>);
  set(B::fmod, scalar_kernel<I64, int_fmod>);
  set(B::absorb_mul, scalar_kernel<I64, wrapping_mul>);
  t.clip = clip<I64>;
  return t;
}

constexpr BinaryTable<float> f32 = make_table<float>();
constexpr BinaryTable<double> f64 = make_table<double>();
constexpr BinaryTable<I64> i64 = make_int_table();

}  // namespace

template <>
const BinaryTable<float>& table() {
  return f32;
}
template <>
const BinaryTable<double>& table() {
  return f64;
}
template <>
const BinaryTable<I64>& table() {
  return i64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
