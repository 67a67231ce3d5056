#pragma once
// sin, cos, erf, erfc and the Gaussian activations.

#include "kernels/simd/exp_log.hpp"

namespace xgrad::kernels::XGRAD_ISA {

/// Replaces the lanes of y where the mask is set by f of the same lane of x: the rare arguments that the fast way
/// leaves.
template <class T, class F>
inline Vec<T> patch(typename Vec<T>::Mask mask, Vec<T> x, Vec<T> y, F f) {
  if (__builtin_expect(any(mask), 0)) {
    for (int i = 0; i < Vec<T>::size; ++i) {
      if (mask.v[i]) y.v[i] = f(x.v[i]);
    }
  }
  return y;
}

/// x = k pi/2 + r, |r| <= pi/4, for |x| <= `trig_top`; returns r and the bits whose lowest two are k mod 4. pi/2 is cut
/// into pieces whose product with k is exact, so that r keeps its relative accuracy near multiples of pi/2.
inline constexpr float trig_top(float) { return 4096.f; }
inline constexpr double trig_top(double) { return 1e6; }

inline Vec<float> reduce_half_pi(Vec<float> x, VecI32& quadrant) {
  const Vec<float> k = nearest(x * Vec<float>(0.63661977236758134308f));
  quadrant = bits(k + Vec<float>(Format<float>::to_int));
  Vec<float> r = fma(k, Vec<float>(-0x1.920000p+0f), x);
  r = fma(k, Vec<float>(-0x1.fb4000p-12f), r);
  r = fma(k, Vec<float>(-0x1.444000p-24f), r);
  return fma(k, Vec<float>(-0x1.68c234p-39f), r);
}
inline Vec<double> reduce_half_pi(Vec<double> x, VecI64& quadrant) {
  const Vec<double> k = nearest(x * Vec<double>(0.63661977236758134308));
  quadrant = bits(k + Vec<double>(Format<double>::to_int));
  Vec<double> r = fma(k, Vec<double>(-0x1.921fb54400000p+0), x);
  r = fma(k, Vec<double>(-0x1.0b4611a600000p-34), r);
  return fma(k, Vec<double>(-0x1.3198a2e037073p-69), r);
}

template <class T>
inline Vec<T> sin_polynomial(Vec<T> r, Vec<T> z) {
  return fma(r * z, polynomial(coefficients::sin_s<T>, z), r);
}
template <class T>
inline Vec<T> cos_polynomial(Vec<T> z) {
  const Vec<T> one = T(1);
  const Vec<T> half = z * Vec<T>(T(0.5));
  const Vec<T> w = one - half;
  return w + fma(z * z, polynomial(coefficients::cos_c<T>, z), (one - w) - half);
}

/// sin for shift 0, cos for shift 1.
template <int shift, class T>
inline Vec<T> sin_or_cos(Vec<T> x) {
  using I = typename Vec<T>::Mask;
  using Int = typename I::Value;
  I quadrant;
  const Vec<T> r = reduce_half_pi(x, quadrant);
  const Vec<T> z = r * r;
  if constexpr (shift == 1) quadrant = add_bits(quadrant, I(Int{1}));
  const I use_cos = (quadrant & I(Int{1})) == I(Int{1});
  const I sign = shift_left(quadrant & I(Int{2}), static_cast<int>(sizeof(T)) * 8 - 2);
  return from_bits(bits(select(use_cos, cos_polynomial(z), sin_polynomial(r, z))) ^ sign);
}

inline float libm_sin(float x) { return __builtin_sinf(x); }
inline double libm_sin(double x) { return __builtin_sin(x); }
inline float libm_cos(float x) { return __builtin_cosf(x); }
inline double libm_cos(double x) { return __builtin_cos(x); }

template <class T>
inline Vec<T> sin(Vec<T> x) {
  const Vec<T> y = select(x == Vec<T>(T(0)), x, sin_or_cos<0>(x));  // keeps -0
  return patch(~(abs(x) <= Vec<T>(trig_top(T()))), x, y, [](T s) { return libm_sin(s); });
}
template <class T>
inline Vec<T> cos(Vec<T> x) {
  return patch(~(abs(x) <= Vec<T>(trig_top(T()))), x, sin_or_cos<1>(x), [](T s) { return libm_cos(s); });
}

/// t^2 = hi + lo, exactly up to the last bits.
inline Vec<float> square_exactly(Vec<float> t, Vec<float>& lo) {
  const Vec<float> hi = t * t;
#if defined(__FMA__)
  lo = fma(t, t, -hi);
#else
  const Vec<float> a = from_bits(bits(t) & VecI32(static_cast<std::int32_t>(0xfffff000))), b = t - a;
  lo = ((a * a - hi) + Vec<float>(2.f) * a * b) + b * b;
#endif
  return hi;
}
inline Vec<double> square_exactly(Vec<double> t, Vec<double>& lo) {
  const Vec<double> hi = t * t;
#if defined(__FMA__)
  lo = fma(t, t, -hi);
#else
  const Vec<double> a = from_bits(bits(t) & VecI64(static_cast<std::int64_t>(0xfffffffff8000000))), b = t - a;
  lo = ((a * a - hi) + Vec<double>(2.0) * a * b) + b * b;
#endif
  return hi;
}

inline constexpr float erfc_top(float) { return 10.2f; }
inline constexpr double erfc_top(double) { return 27.3; }

/// exp(-s t^2), to full relative accuracy although t^2 may be large; s = 1 or 1/2.
template <class T>
inline Vec<T> exp_minus_square(Vec<T> t, T s) {
  Vec<T> lo;
  const Vec<T> hi = square_exactly(t, lo);
  const Vec<T> e = exp(hi * Vec<T>(-s));
  return fma(e, lo * Vec<T>(-s), e);
}

/// exp(t^2) erfc(t) for t >= 0.45.
template <class T>
inline Vec<T> erfcx(Vec<T> t) {
  const Vec<T> u = (t - Vec<T>(T(2))) / (t + Vec<T>(T(2)));
  return polynomial(coefficients::erfcx_p<T>, u) / fma(t, Vec<T>(T(2)), Vec<T>(T(1)));
}

/// erf for |x| <= 0.9.
template <class T>
inline Vec<T> erf_small(Vec<T> x) {
  return fma(x, polynomial(coefficients::erf_p<T>, x * x), x);
}

template <class T>
inline Vec<T> erf(Vec<T> x) {
  const Vec<T> a = abs(x);
  const Vec<T> t = min_or_second(Vec<T>(T(7)), max_or_second(Vec<T>(T(0.45)), a));
  const Vec<T> large = Vec<T>(T(1)) - exp_minus_square(t, T(1)) * erfcx(t);
  return copysign(select(a < Vec<T>(T(0.9)), erf_small(a), large), x);
}

template <class T>
inline Vec<T> erfc(Vec<T> x) {
  const Vec<T> a = abs(x);
  const Vec<T> t = min_or_second(Vec<T>(erfc_top(T())), max_or_second(Vec<T>(T(0.45)), a));
  const Vec<T> tail = exp_minus_square(t, T(1)) * erfcx(t);
  const Vec<T> far = select(x < Vec<T>(T(0)), Vec<T>(T(2)) - tail, tail);
  return select(a < Vec<T>(T(0.5)), Vec<T>(T(1)) - erf_small(x), far);
}

/// The normal distribution function, erfc(-x / sqrt 2) / 2, and exp(-x^2 / 2) for its derivative. The exponent is taken
/// from x itself: rounding x / sqrt 2 first would cost x^2 ulps in the tail.
template <class T>
inline Vec<T> normal_cdf(Vec<T> x, Vec<T>& gauss) {
  const T top = erfc_top(T()) * T(1.4142135623730951);
  const Vec<T> a = min_or_second(Vec<T>(top), abs(x));
  const Vec<T> half = T(0.5);
  const Vec<T> v = x * Vec<T>(T(0.70710678118654752440));
  const Vec<T> t = max_or_second(Vec<T>(T(0.45)), a * Vec<T>(T(0.70710678118654752440)));
  gauss = exp_minus_square(a, T(0.5));
  const Vec<T> tail = half * gauss * erfcx(t);
  const Vec<T> far = select(x < Vec<T>(T(0)), tail, Vec<T>(T(1)) - tail);
  return select(abs(v) < Vec<T>(T(0.5)), fma(half, erf_small(v), half), far);
}

template <class T>
inline Vec<T> gelu(Vec<T> x) {
  Vec<T> gauss;
  return x * normal_cdf(x, gauss);
}

}  // namespace xgrad::kernels::XGRAD_ISA
