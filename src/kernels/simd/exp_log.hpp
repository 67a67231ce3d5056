#pragma once
// exp, log and what follows from them: about 1 ulp, denormals kept, edges as libm.

#include "kernels/simd/coefficients.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {

template <class T>
struct Format;
template <>
struct Format<float> {
  using Int = std::int32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Int one = 127 << 23;               // the bits of 1
  static constexpr Int sqrt_half = 0x3f3504f3;        // the bits of sqrt(1/2)
  static constexpr Int two_to_mantissa = 0x4b000000;  // the bits of 2^23
  static constexpr float exponent_offset = 8388608.f + 127.f;
  static constexpr float to_int = 12582912.f;  // adding 1.5 * 2^23 leaves the rounded integer in the low bits
  static constexpr float ln2_hi = 0.693359375f, ln2_lo = -2.12194440e-4f;
  static constexpr float exp_top = 90.f, exp_bottom = -105.f, expm1_top = 89.f, expm1_bottom = -20.f;
  static constexpr float tanh_top = 10.f;
  static constexpr float smallest_normal = 1.17549435e-38f;
  static constexpr float infinity = __builtin_inff(), nan = __builtin_nanf(""), largest = 3.40282347e+38f;
};
template <>
struct Format<double> {
  using Int = std::int64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Int one = std::int64_t{1023} << 52;
  static constexpr Int sqrt_half = 0x3fe6a09e667f3bcd;
  static constexpr Int two_to_mantissa = 0x4330000000000000;
  static constexpr double exponent_offset = 4503599627370496.0 + 1023.0;
  static constexpr double to_int = 6755399441055744.0;
  static constexpr double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10;
  static constexpr double exp_top = 710.0, exp_bottom = -746.0, expm1_top = 709.8, expm1_bottom = -40.0;
  static constexpr double tanh_top = 20.0;
  static constexpr double smallest_normal = 2.2250738585072014e-308;
  static constexpr double infinity = __builtin_inf(), nan = __builtin_nan(""), largest = 1.7976931348623157e+308;
};

/// Nearest integer (ties to even) for |x| < 2^(mantissa_bits - 1).
template <class T>
inline Vec<T> nearest(Vec<T> x) {
  return (x + Vec<T>(Format<T>::to_int)) - Vec<T>(Format<T>::to_int);
}

/// 2^k for an integer k with a normal result.
template <class T>
inline Vec<T> pow2(Vec<T> k) {
  using F = Format<T>;
  return from_bits(add_bits(shift_left(bits(k + Vec<T>(F::to_int)), F::mantissa_bits), typename Vec<T>::Mask(F::one)));
}

/// p * 2^k for an integer k, rounded once, also where the result is denormal or overflows.
template <class T>
inline Vec<T> scale(Vec<T> p, Vec<T> k) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4) {
    return (typename Vec<T>::Raw)_mm512_maskz_scalef_ps((__mmask16)-1, (__m512)p.v, (__m512)k.v);
  } else {
    return (typename Vec<T>::Raw)_mm512_maskz_scalef_pd((__mmask8)-1, (__m512d)p.v, (__m512d)k.v);
  }
#else
  const Vec<T> half = nearest(k * Vec<T>(T(0.5)));
  return p * pow2(half) * pow2(k - half);
#endif
}

/// x = k ln 2 + r with an integer k; returns r and k.
template <class T>
inline Vec<T> reduce_ln2(Vec<T> x, Vec<T>& k) {
  using F = Format<T>;
  k = nearest(x * Vec<T>(T(1.44269504088896340736)));
  return fma(k, Vec<T>(-F::ln2_lo), fma(k, Vec<T>(-F::ln2_hi), x));
}

template <class T>
inline Vec<T> exp(Vec<T> x) {
  using F = Format<T>;
  x = max_or_second(Vec<T>(F::exp_bottom), min_or_second(Vec<T>(F::exp_top), x));
  Vec<T> k;
  const Vec<T> r = reduce_ln2(x, k);
  return scale(fma(r * r, polynomial(coefficients::exp_q<T>, r), r) + Vec<T>(T(1)), k);
}

template <class T>
inline Vec<T> exp2(Vec<T> x) {
  using F = Format<T>;
  const T log2e = T(1.44269504088896340736);
  x = max_or_second(Vec<T>(F::exp_bottom * log2e), min_or_second(Vec<T>(F::exp_top * log2e), x));
  const Vec<T> k = nearest(x);
  const Vec<T> f = x - k;  // exact
  const Vec<T> r = f * Vec<T>(T(0.69314718055994530942));
  return scale(fma(r * r, polynomial(coefficients::exp_q<T>, r), r) + Vec<T>(T(1)), k);
}

template <class T>
inline Vec<T> expm1(Vec<T> x) {
  using F = Format<T>;
  const Vec<T> c = max_or_second(Vec<T>(F::expm1_bottom), min_or_second(Vec<T>(F::expm1_top), x));
  Vec<T> k;
  const Vec<T> r = reduce_ln2(c, k);
  const Vec<T> e = fma(r * r, polynomial(coefficients::exp_q<T>, r), r);
  const Vec<T> t = pow2(k - Vec<T>(T(1)));  // half of 2^k: 2^k itself may overflow
  const Vec<T> y = fma(e, t, t - Vec<T>(T(0.5)));
  return copysign(y + y, x);
}

/// (e^2x - 1) / (e^2x + 1) from |x|.
template <class T>
inline Vec<T> tanh(Vec<T> x) {
  const Vec<T> a = min_or_second(Vec<T>(Format<T>::tanh_top), abs(x));
  const Vec<T> e = expm1(a + a);
  return copysign(e / (e + Vec<T>(T(2))), x);
}

/// sqrt(x^2 + b), b >= 0, where x^2 may overflow; the largest number for an infinite x.
template <class T>
inline Vec<T> root_of_sum(Vec<T> x, Vec<T> b) {
  const Vec<T> a = min_or_second(Vec<T>(Format<T>::largest), abs(x)), m = max_or_second(Vec<T>(T(1)), a), u = a / m;
  return m * sqrt(fma(u, u, b / m / m));
}

/// x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for normal positive x; returns f and k.
template <class T>
inline Vec<T> split_exponent(Vec<T> x, Vec<T>& k) {
  using F = Format<T>;
  using I = typename Vec<T>::Mask;
  const I b = bits(x);
  const I u = add_bits(b, I(F::one - F::sqrt_half));
  const I biased = shift_right_unsigned(u, F::mantissa_bits);
  k = from_bits(biased | I(F::two_to_mantissa)) - Vec<T>(F::exponent_offset);
  const I mantissa = u & I((typename F::Int{1} << F::mantissa_bits) - 1);
  return from_bits(add_bits(mantissa, I(F::sqrt_half))) - Vec<T>(T(1));
}

/// log(1 + f) + k ln 2.
inline Vec<float> log_reduced(Vec<float> f, Vec<float> k) {
  using F = Format<float>;
  const Vec<float> z = f * f;
  Vec<float> y = f * z * polynomial(coefficients::log_q<float>, f);
  y = fma(k, Vec<float>(F::ln2_lo), y);
  y = fma(z, Vec<float>(-0.5f), y);
  return fma(k, Vec<float>(F::ln2_hi), f + y);
}
inline Vec<double> log_reduced(Vec<double> f, Vec<double> k) {
  using F = Format<double>;
  const Vec<double> s = f / (f + Vec<double>(2.0));
  const Vec<double> z = s * s;
  const Vec<double> half_square = f * f * Vec<double>(0.5);
  const Vec<double> tail = s * fma(z, polynomial(coefficients::log_r<double>, z), half_square);
  return fma(k, Vec<double>(F::ln2_hi), f - (half_square - fma(k, Vec<double>(F::ln2_lo), tail)));
}

/// log of a normal positive finite x.
template <class T>
inline Vec<T> log_normal(Vec<T> x) {
  Vec<T> k;
  const Vec<T> f = split_exponent(x, k);
  return log_reduced(f, k);
}

/// y where 0 < x < inf; -inf at 0, NaN below, x itself at +inf and NaN.
template <class T>
inline Vec<T> log_edges(Vec<T> x, Vec<T> y) {
  using F = Format<T>;
  const Vec<T> zero = T(0);
  const Vec<T> edge = select(x == zero, Vec<T>(-F::infinity), select(x < zero, Vec<T>(F::nan), x));
  return select((x > zero) & (x < Vec<T>(F::infinity)), y, edge);
}

/// A denormal x times 2^(mantissa_bits + 1); others unchanged. `shift` gets what the logarithm to base 2 gained.
template <class T>
inline Vec<T> normalise(Vec<T> x, Vec<T>& shift) {
  using F = Format<T>;
  constexpr T gained = T(F::mantissa_bits + 1);
  const auto denormal = x < Vec<T>(F::smallest_normal);
  const T factor = T(std::int64_t{2} << F::mantissa_bits);
  shift = select(denormal, Vec<T>(gained), Vec<T>(T(0)));
  return select(denormal, x * Vec<T>(factor), x);
}

template <class T>
inline Vec<T> log(Vec<T> x) {
  Vec<T> shift, k;
  const Vec<T> f = split_exponent(normalise(x, shift), k);
  return log_edges(x, log_reduced(f, k - shift));
}

template <class T>
inline Vec<T> log2(Vec<T> x) {
  Vec<T> shift, k;
  const Vec<T> f = split_exponent(normalise(x, shift), k);
  const Vec<T> y = log_reduced(f, Vec<T>(T(0)));
  return log_edges(x, fma(y, Vec<T>(T(1.44269504088896340736)), k - shift));
}

/// log(1 + x) for 0 <= x <= 1.
template <class T>
inline Vec<T> log1p_unit(Vec<T> x) {
  const Vec<T> u = x + Vec<T>(T(1));
  const Vec<T> lost = x - (u - Vec<T>(T(1)));  // exact: what the sum rounded away
  return log_normal(u) + lost / u;
}

template <class T>
inline Vec<T> log1p(Vec<T> x) {
  const Vec<T> one = T(1);
  const Vec<T> u = x + one;
  const Vec<T> lost = select(abs(x) > one, one - (u - x), x - (u - one));
  const Vec<T> y = copysign(log_normal(u) + lost / u, x);  // the sign matters at -0
  return log_edges(u, y);
}

template <class T>
inline Vec<T> sigmoid(Vec<T> x) {
  const Vec<T> one = T(1);
  const Vec<T> e = exp(-abs(x));
  return select(x < Vec<T>(T(0)), e, one) / (one + e);
}

template <class T>
inline Vec<T> softplus(Vec<T> x) {
  const Vec<T> zero = T(0);
  return select(x < zero, zero, x) + log1p_unit(exp(-abs(x)));
}

}  // namespace xgrad::kernels::XGRAD_ISA
