#include "kernels/elementwise_tables.hpp"
#include "kernels/simd/vec.hpp"

// Comparisons, selection and conversion: plain loops that the compiler turns into vector code.

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using Byte = std::uint8_t;
using I64 = std::int64_t;

template <class T, bool (*f)(T, T)>
void compare_kernel(I64 n, const T* a, I64 sa, const T* b, I64 sb, Byte* __restrict y) {
  if (n <= 0) return;
  if (sa != 0 && sb != 0) {
    for (I64 i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  } else if (sa != 0) {
    const T v = b[0];
    for (I64 i = 0; i < n; ++i) y[i] = f(a[i], v);
  } else if (sb != 0) {
    const T u = a[0];
    for (I64 i = 0; i < n; ++i) y[i] = f(u, b[i]);
  } else {
    const Byte r = f(a[0], b[0]);
    for (I64 i = 0; i < n; ++i) y[i] = r;
  }
}

template <class T>
bool eq(T a, T b) {
  return a == b;
}
template <class T>
bool ne(T a, T b) {
  return a != b;
}
template <class T>
bool lt(T a, T b) {
  return a < b;
}
template <class T>
bool le(T a, T b) {
  return a <= b;
}
template <class T>
bool gt(T a, T b) {
  return a > b;
}
template <class T>
bool ge(T a, T b) {
  return a >= b;
}

template <class T>
void where_kernel(I64 n, const Byte* c, I64 sc, const T* a, I64 sa, const T* b, I64 sb, T* y) {
  if (n <= 0) return;
  if (sc == 0) {  // one operand, copied
    const T* x = c[0] != 0 ? a : b;
    const I64 s = c[0] != 0 ? sa : sb;
    if (s != 0) {
      __builtin_memmove(y, x, static_cast<std::size_t>(n) * sizeof(T));
    } else {
      const T v = x[0];
      for (I64 i = 0; i < n; ++i) y[i] = v;
    }
  } else if (sa != 0 && sb != 0) {
    for (I64 i = 0; i < n; ++i) {
      const T u = a[i], v = b[i];
      y[i] = c[i] != 0 ? u : v;
    }
  } else if (sa != 0) {
    const T v = b[0];
    for (I64 i = 0; i < n; ++i) {
      const T u = a[i];
      y[i] = c[i] != 0 ? u : v;
    }
  } else if (sb != 0) {
    const T u = a[0];
    for (I64 i = 0; i < n; ++i) {
      const T v = b[i];
      y[i] = c[i] != 0 ? u : v;
    }
  } else {
    const T u = a[0], v = b[0];
    for (I64 i = 0; i < n; ++i) y[i] = c[i] != 0 ? u : v;
  }
}

template <class T, bool (*f)(T)>
void classify_kernel(I64 n, const T* x, Byte* __restrict y) {
  for (I64 i = 0; i < n; ++i) y[i] = f(x[i]);
}
template <class T>
bool is_nan(T x) {
  return x != x;
}
template <class T>
bool is_inf(T x) {
  return x == T(__builtin_inf()) || x == T(-__builtin_inf());
}
template <class T>
bool is_finite(T x) {
  return x - x == T(0);
}

template <class T>
void fill_kernel(I64 n, T value, T* y) {
  for (I64 i = 0; i < n; ++i) y[i] = value;
}

/// Each of m values n times.
template <class T>
void repeat_kernel(I64 m, I64 n, const T* x, T* y) {
  if constexpr (T(0.5) != T(0)) {
    constexpr I64 w = Vec<T>::size;
    if (n >= w) {
      for (I64 i = 0; i < m; ++i, y += n) {
        const Vec<T> value = x[i];
        for (I64 j = 0; j + w < n; j += w) store(y + j, value);
        store(y + n - w, value);  // overlaps the one before
      }
      return;
    }
  }
  for (I64 i = 0; i < m; ++i) fill_kernel(n, x[i], y + i * n);
}

template <class T>
I64 to_int64(T x) {
  if constexpr (T(0.5) != T(0)) {
    // 2^63 and beyond, and NaN, have no int64
    return x >= T(-9223372036854775808.0) && x < T(9223372036854775808.0) ? static_cast<I64>(x) : INT64_MIN;
  } else {
    return static_cast<I64>(x);
  }
}

template <class From, class To>
void cast_kernel(I64 n, const From* x, To* __restrict y) {
  for (I64 i = 0; i < n; ++i) {
    if constexpr (To(0.5) != To(0)) {
      y[i] = static_cast<To>(x[i]);
    } else {
      y[i] = static_cast<To>(to_int64(x[i]));
    }
  }
}
template <class From>
void cast_bool_kernel(I64 n, const From* x, Byte* __restrict y) {
  for (I64 i = 0; i < n; ++i) y[i] = x[i] != From(0);
}

template <class T>
constexpr MaskTable<T> make_table() {
  MaskTable<T> t{};
  auto set = [&t](Compare f, CompareFn<T> fn) { t.compare[static_cast<int>(f)] = fn; };
  set(Compare::eq, compare_kernel<T, eq<T>>);
  set(Compare::ne, compare_kernel<T, ne<T>>);
  set(Compare::lt, compare_kernel<T, lt<T>>);
  set(Compare::le, compare_kernel<T, le<T>>);
  set(Compare::gt, compare_kernel<T, gt<T>>);
  set(Compare::ge, compare_kernel<T, ge<T>>);
  t.where = where_kernel<T>;
  if constexpr (T(0.5) != T(0)) {
    t.classify[static_cast<int>(Classify::is_nan)] = classify_kernel<T, is_nan<T>>;
    t.classify[static_cast<int>(Classify::is_inf)] = classify_kernel<T, is_inf<T>>;
    t.classify[static_cast<int>(Classify::is_finite)] = classify_kernel<T, is_finite<T>>;
  }
  t.fill = fill_kernel<T>;
  t.repeat = repeat_kernel<T>;
  t.to_float = cast_kernel<T, float>;
  t.to_double = cast_kernel<T, double>;
  t.to_int64 = cast_kernel<T, I64>;
  t.to_uint8 = cast_kernel<T, Byte>;
  t.to_bool = cast_bool_kernel<T>;
  return t;
}

bool byte_and(Byte a, Byte b) { return (a & b) != 0; }
bool byte_or(Byte a, Byte b) { return (a | b) != 0; }
bool byte_xor(Byte a, Byte b) { return (a ^ b) != 0; }
void byte_not(I64 n, const Byte* x, Byte* y) {
  for (I64 i = 0; i < n; ++i) y[i] = x[i] == 0;
}

constexpr MaskTable<float> f32 = make_table<float>();
constexpr MaskTable<double> f64 = make_table<double>();
constexpr MaskTable<I64> i64 = make_table<I64>();
constexpr MaskTable<Byte> u8 = make_table<Byte>();
constexpr LogicalTable bytes = {
    {compare_kernel<Byte, byte_and>, compare_kernel<Byte, byte_or>, compare_kernel<Byte, byte_xor>}, byte_not};

}  // namespace

template <>
const MaskTable<float>& table() {
  return f32;
}
template <>
const MaskTable<double>& table() {
  return f64;
}
template <>
const MaskTable<I64>& table() {
  return i64;
}
template <>
const MaskTable<Byte>& table() {
  return u8;
}
template <>
const LogicalTable& table() {
  return bytes;
}

}  // namespace xgrad::kernels::XGRAD_ISA
