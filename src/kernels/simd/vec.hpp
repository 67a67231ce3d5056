#pragma once
// Vectors of the widest registers of the instruction set this file is compiled for, on the compilers' own vector types.
//
// Everything lives in the namespace of the instruction set and nothing of the standard library's is instantiated here:
// a template that the linker merged with the one of another instruction set would crash older machines.
// Nothing here turns a NaN into a number: `max`, `min` and `select` say what they do with it.

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace xgrad::kernels::XGRAD_ISA {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif

// The compilers' vectors, and the integers of the same width. Spelled out per type: g++ drops a vector attribute on a
// dependent type.
template <class T>
struct Lane;
template <>
struct Lane<float> {
  typedef float Raw __attribute__((vector_size(kVectorBytes)));
  using Int = std::int32_t;
};
template <>
struct Lane<double> {
  typedef double Raw __attribute__((vector_size(kVectorBytes)));
  using Int = std::int64_t;
};
template <>
struct Lane<std::int32_t> {
  typedef std::int32_t Raw __attribute__((vector_size(kVectorBytes)));
  typedef std::uint32_t Unsigned __attribute__((vector_size(kVectorBytes)));
  using Int = std::int32_t;
};
template <>
struct Lane<std::int64_t> {
  typedef std::int64_t Raw __attribute__((vector_size(kVectorBytes)));
  typedef std::uint64_t Unsigned __attribute__((vector_size(kVectorBytes)));
  using Int = std::int64_t;
};

template <class T>
struct Vec {
  using Value = T;
  using Mask = Vec<typename Lane<T>::Int>;  // all bits set where true
  static constexpr int size = kVectorBytes / static_cast<int>(sizeof(T));
  using Raw = typename Lane<T>::Raw;

  Raw v;

  Vec() = default;
  Vec(Raw raw) : v(raw) {}
  Vec(T s) : v(s - Raw{}) {}  // s - 0 is s, the sign of zero included

  friend Vec operator+(Vec a, Vec b) { return a.v + b.v; }
  friend Vec operator-(Vec a, Vec b) { return a.v - b.v; }
  friend Vec operator*(Vec a, Vec b) { return a.v * b.v; }
  friend Vec operator/(Vec a, Vec b) { return a.v / b.v; }
  friend Vec operator-(Vec a) { return -a.v; }
  friend Mask operator<(Vec a, Vec b) { return (typename Mask::Raw)(a.v < b.v); }
  friend Mask operator<=(Vec a, Vec b) { return (typename Mask::Raw)(a.v <= b.v); }
  friend Mask operator>(Vec a, Vec b) { return (typename Mask::Raw)(a.v > b.v); }
  friend Mask operator>=(Vec a, Vec b) { return (typename Mask::Raw)(a.v >= b.v); }
  friend Mask operator==(Vec a, Vec b) { return (typename Mask::Raw)(a.v == b.v); }
  friend Mask operator!=(Vec a, Vec b) { return (typename Mask::Raw)(a.v != b.v); }
};

using VecI32 = Vec<std::int32_t>;
using VecI64 = Vec<std::int64_t>;

template <class I>
inline Vec<I> operator&(Vec<I> a, Vec<I> b) {
  return a.v & b.v;
}
template <class I>
inline Vec<I> operator|(Vec<I> a, Vec<I> b) {
  return a.v | b.v;
}
template <class I>
inline Vec<I> operator^(Vec<I> a, Vec<I> b) {
  return a.v ^ b.v;
}
template <class I>
inline Vec<I> operator~(Vec<I> a) {
  return ~a.v;
}
template <class I>
inline Vec<I> shift_left(Vec<I> a, int count) {
  using U = typename Lane<I>::Unsigned;
  return (typename Vec<I>::Raw)((U)a.v << count);
}
template <class I>
inline Vec<I> shift_right_unsigned(Vec<I> a, int count) {
  using U = typename Lane<I>::Unsigned;
  return (typename Vec<I>::Raw)((U)a.v >> count);
}
/// Sum of bit patterns: wraps.
template <class I>
inline Vec<I> add_bits(Vec<I> a, Vec<I> b) {
  using U = typename Lane<I>::Unsigned;
  return (typename Vec<I>::Raw)((U)a.v + (U)b.v);
}
template <class I>
inline Vec<I> sub_bits(Vec<I> a, Vec<I> b) {
  using U = typename Lane<I>::Unsigned;
  return (typename Vec<I>::Raw)((U)a.v - (U)b.v);
}

/// The same bits as integers, and back.
template <class T>
inline typename Vec<T>::Mask bits(Vec<T> a) {
  return (typename Vec<T>::Mask::Raw)a.v;
}
inline Vec<float> from_bits(VecI32 a) { return (Vec<float>::Raw)a.v; }
inline Vec<double> from_bits(VecI64 a) { return (Vec<double>::Raw)a.v; }

/// mask ? a : b, lane by lane.
template <class T>
inline Vec<T> select(typename Vec<T>::Mask mask, Vec<T> a, Vec<T> b) {
  return mask.v ? a.v : b.v;
}

template <class T>
inline Vec<T> load(const T* p) {
  Vec<T> r;
  __builtin_memcpy(&r.v, p, sizeof(r.v));
  return r;
}
template <class T>
inline void store(T* p, Vec<T> a) {
  __builtin_memcpy(p, &a.v, sizeof(a.v));
}

/// The first `count` < size lanes from memory, the others `fill`.
template <class T>
inline Vec<T> load_partial(const T* p, int count, T fill) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm512_mask_loadu_epi32((__m512i)Vec<T>(fill).v, (__mmask16)((1u << count) - 1), p);
  } else {
    return (typename Vec<T>::Raw)_mm512_mask_loadu_epi64((__m512i)Vec<T>(fill).v, (__mmask8)((1u << count) - 1), p);
  }
#else
  T lanes[Vec<T>::size];
  for (int i = 0; i < Vec<T>::size; ++i) lanes[i] = i < count ? p[i] : fill;
  return load(lanes);
#endif
}
/// Stores the first `count` < size lanes.
template <class T>
inline void store_partial(T* p, int count, Vec<T> a) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    _mm512_mask_storeu_epi32(p, (__mmask16)((1u << count) - 1), (__m512i)a.v);
  } else {
    _mm512_mask_storeu_epi64(p, (__mmask8)((1u << count) - 1), (__m512i)a.v);
  }
#else
  T lanes[Vec<T>::size];
  store(lanes, a);
  for (int i = 0; i < count; ++i) p[i] = lanes[i];
#endif
}

/// Whether any lane of the mask is true.
template <class I>
inline bool any(Vec<I> mask) {
#if defined(__AVX512F__)
  return _mm512_test_epi32_mask((__m512i)mask.v, (__m512i)mask.v) != 0;
#elif defined(__AVX2__)
  return _mm256_movemask_epi8((__m256i)mask.v) != 0;
#elif defined(__SSE2__)
  return _mm_movemask_epi8((__m128i)mask.v) != 0;
#else
  I all = 0;
  for (int i = 0; i < Vec<I>::size; ++i) all |= mask.v[i];
  return all != 0;
#endif
}

/// a * b + c: rounded once where the instruction set can, else twice.
template <class T>
inline Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm512_fmadd_ps((__m512)a.v, (__m512)b.v, (__m512)c.v);
  } else {
    return (typename Vec<T>::Raw)_mm512_fmadd_pd((__m512d)a.v, (__m512d)b.v, (__m512d)c.v);
  }
#elif defined(__FMA__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm256_fmadd_ps((__m256)a.v, (__m256)b.v, (__m256)c.v);
  } else {
    return (typename Vec<T>::Raw)_mm256_fmadd_pd((__m256d)a.v, (__m256d)b.v, (__m256d)c.v);
  }
#else
  return a * b + c;
#endif
}

template <class T>
inline Vec<T> sqrt(Vec<T> a) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm512_maskz_sqrt_ps((__mmask16)-1, (__m512)a.v);
  } else {
    return (typename Vec<T>::Raw)_mm512_maskz_sqrt_pd((__mmask8)-1, (__m512d)a.v);
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm256_sqrt_ps((__m256)a.v);
  } else {
    return (typename Vec<T>::Raw)_mm256_sqrt_pd((__m256d)a.v);
  }
#elif defined(__SSE2__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm_sqrt_ps((__m128)a.v);
  } else {
    return (typename Vec<T>::Raw)_mm_sqrt_pd((__m128d)a.v);
  }
#else
  for (int i = 0; i < Vec<T>::size; ++i) a.v[i] = static_cast<T>(__builtin_sqrt(a.v[i]));
  return a;
#endif
}

template <class T>
inline typename Vec<T>::Mask sign_bits(Vec<T> a) {
  return bits(a) & bits(Vec<T>(T(-0.0)));
}
template <class T>
inline Vec<T> abs(Vec<T> a) {
  return from_bits(bits(a) & ~bits(Vec<T>(T(-0.0))));
}
/// |a| with the sign of b.
template <class T>
inline Vec<T> copysign(Vec<T> a, Vec<T> b) {
  return from_bits(bits(abs(a)) | sign_bits(b));
}
/// Larger or smaller of both; b where either is NaN.
template <class T>
inline Vec<T> max_or_second(Vec<T> a, Vec<T> b) {
  return select(a > b, a, b);
}
template <class T>
inline Vec<T> min_or_second(Vec<T> a, Vec<T> b) {
  return select(a < b, a, b);
}
template <class T>
inline typename Vec<T>::Mask is_nan(Vec<T> a) {
  return a != a;
}

/// Where a or b is NaN.
template <class T>
inline typename Vec<T>::Mask unordered(Vec<T> a, Vec<T> b) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Mask::Raw)_mm512_movm_epi32(_mm512_cmp_ps_mask((__m512)a.v, (__m512)b.v, _CMP_UNORD_Q));
  } else {
    return (typename Vec<T>::Mask::Raw)_mm512_movm_epi64(_mm512_cmp_pd_mask((__m512d)a.v, (__m512d)b.v, _CMP_UNORD_Q));
  }
#elif defined(__AVX2__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Mask::Raw)_mm256_cmp_ps((__m256)a.v, (__m256)b.v, _CMP_UNORD_Q);
  } else {
    return (typename Vec<T>::Mask::Raw)_mm256_cmp_pd((__m256d)a.v, (__m256d)b.v, _CMP_UNORD_Q);
  }
#elif defined(__SSE2__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Mask::Raw)_mm_cmpunord_ps((__m128)a.v, (__m128)b.v);
  } else {
    return (typename Vec<T>::Mask::Raw)_mm_cmpunord_pd((__m128d)a.v, (__m128d)b.v);
  }
#else
  return is_nan(a) | is_nan(b);
#endif
}

/// c[0] + c[1] x + ... by Horner's rule, all in registers.
template <class T, int N>
inline Vec<T> polynomial(const T (&c)[N], Vec<T> x) {
  Vec<T> r = c[N - 1];
#pragma GCC unroll 32
  for (int i = N - 2; i >= 0; --i) r = fma(r, x, Vec<T>(c[i]));
  return r;
}

}  // namespace xgrad::kernels::XGRAD_ISA
