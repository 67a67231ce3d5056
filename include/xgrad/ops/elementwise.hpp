#pragma once
/// \file Functions of one operand, element by element.
///
/// @param x float32 or float64, of any shape @return the same shape and type @throws DTypeError for other types (abs,
/// sign and square take int64 too). Where a slope is not finite and the cotangent is 0, the product is 0 (see
/// absorb_multiply), so that a masked branch passes back 0 at every order. On Arrays alone they compute at once; on
/// xtensor expressions alone the names are xtensor's.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// |x|. Gradient: x̄ = ȳ sign(x), 0 at 0.
Var abs(Arg x);
/// −1, 0 or 1 with the sign of x; NaN stays. Gradient: 0.
Var sign(Arg x);
/// x². Gradient: x̄ = 2 ȳ x.
Var square(Arg x);
/// √x. Gradient: x̄ = ȳ / (2y); 0 where ȳ is 0, so that masked roots are safe.
Var sqrt(Arg x);
/// 1/√x. Gradient: x̄ = −ȳ y³ / 2.
Var rsqrt(Arg x);
/// ∛x. Gradient: x̄ = ȳ / (3y²).
Var cbrt(Arg x);
/// 1/x. Gradient: x̄ = −ȳ y².
Var reciprocal(Arg x);
/// eˣ. Gradient: x̄ = ȳ y.
Var exp(Arg x);
/// 2ˣ. Gradient: x̄ = ȳ y ln 2.
Var exp2(Arg x);
/// eˣ − 1, accurate near 0. Gradient: x̄ = ȳ (y + 1).
Var expm1(Arg x);
/// ln x. Gradient: x̄ = ȳ / x.
Var log(Arg x);
/// log₂ x. Gradient: x̄ = ȳ / (x ln 2).
Var log2(Arg x);
/// log₁₀ x. Gradient: x̄ = ȳ / (x ln 10).
Var log10(Arg x);
/// ln(1 + x), accurate near 0. Gradient: x̄ = ȳ / (1 + x).
Var log1p(Arg x);
/// sin x, in radians. Gradient: x̄ = ȳ cos x.
Var sin(Arg x);
/// cos x, in radians. Gradient: x̄ = −ȳ sin x.
Var cos(Arg x);
/// tan x, in radians. Gradient: x̄ = ȳ (1 + y²).
Var tan(Arg x);
/// arcsin x, in radians. Gradient: x̄ = ȳ / √(1 − x²).
Var asin(Arg x);
/// arccos x, in radians. Gradient: x̄ = −ȳ / √(1 − x²).
Var acos(Arg x);
/// arctan x, in radians. Gradient: x̄ = ȳ / (1 + x²).
Var atan(Arg x);
/// sinh x. Gradient: x̄ = ȳ cosh x.
Var sinh(Arg x);
/// cosh x. Gradient: x̄ = ȳ sinh x.
Var cosh(Arg x);
/// tanh x. Gradient: x̄ = ȳ (1 − y²).
Var tanh(Arg x);
/// arsinh x. Gradient: x̄ = ȳ / √(1 + x²).
Var asinh(Arg x);
/// arcosh x. Gradient: x̄ = ȳ / √(x² − 1).
Var acosh(Arg x);
/// artanh x. Gradient: x̄ = ȳ / (1 − x²).
Var atanh(Arg x);
/// the error function, 2/√π ∫₀ˣ e^(−t²) dt. Gradient: x̄ = ȳ 2/√π e^(−x²).
Var erf(Arg x);
/// 1 − erf x, accurate where it is small. Gradient: x̄ = −ȳ 2/√π e^(−x²).
Var erfc(Arg x);
/// ln |Γ(x)|. Gradient: x̄ = ȳ digamma(x).
Var lgamma(Arg x);
/// ψ(x) = d ln Γ / dx. Gradient: x̄ = ȳ polygamma(1, x).
Var digamma(Arg x);
/// the largest integer not above x. Gradient: 0.
Var floor(Arg x);
/// the smallest integer not below x. Gradient: 0.
Var ceil(Arg x);
/// the nearest integer, halves to the even one. Gradient: 0.
Var round(Arg x);
/// x without its fraction. Gradient: 0.
Var trunc(Arg x);
/// ψ⁽ⁿ⁾(x), the n-th derivative of digamma; n = 0 is digamma itself. Gradient: x̄ = ȳ ψ⁽ⁿ⁺¹⁾(x).
/// Source: Abramowitz, Stegun 6.4.1, 6.4.6, 6.4.11. @throws ArgError for n < 0
Var polygamma(int n, Arg x);

template <IsArray A>
Array abs(const A& x, Loc loc = Loc::current()) {
  return abs(Arg(x, loc)).value();
}
template <IsArray A>
Array sign(const A& x, Loc loc = Loc::current()) {
  return sign(Arg(x, loc)).value();
}
template <IsArray A>
Array square(const A& x, Loc loc = Loc::current()) {
  return square(Arg(x, loc)).value();
}
template <IsArray A>
Array sqrt(const A& x, Loc loc = Loc::current()) {
  return sqrt(Arg(x, loc)).value();
}
template <IsArray A>
Array rsqrt(const A& x, Loc loc = Loc::current()) {
  return rsqrt(Arg(x, loc)).value();
}
template <IsArray A>
Array cbrt(const A& x, Loc loc = Loc::current()) {
  return cbrt(Arg(x, loc)).value();
}
template <IsArray A>
Array reciprocal(const A& x, Loc loc = Loc::current()) {
  return reciprocal(Arg(x, loc)).value();
}
template <IsArray A>
Array exp(const A& x, Loc loc = Loc::current()) {
  return exp(Arg(x, loc)).value();
}
template <IsArray A>
Array exp2(const A& x, Loc loc = Loc::current()) {
  return exp2(Arg(x, loc)).value();
}
template <IsArray A>
Array expm1(const A& x, Loc loc = Loc::current()) {
  return expm1(Arg(x, loc)).value();
}
template <IsArray A>
Array log(const A& x, Loc loc = Loc::current()) {
  return log(Arg(x, loc)).value();
}
template <IsArray A>
Array log2(const A& x, Loc loc = Loc::current()) {
  return log2(Arg(x, loc)).value();
}
template <IsArray A>
Array log10(const A& x, Loc loc = Loc::current()) {
  return log10(Arg(x, loc)).value();
}
template <IsArray A>
Array log1p(const A& x, Loc loc = Loc::current()) {
  return log1p(Arg(x, loc)).value();
}
template <IsArray A>
Array sin(const A& x, Loc loc = Loc::current()) {
  return sin(Arg(x, loc)).value();
}
template <IsArray A>
Array cos(const A& x, Loc loc = Loc::current()) {
  return cos(Arg(x, loc)).value();
}
template <IsArray A>
Array tan(const A& x, Loc loc = Loc::current()) {
  return tan(Arg(x, loc)).value();
}
template <IsArray A>
Array asin(const A& x, Loc loc = Loc::current()) {
  return asin(Arg(x, loc)).value();
}
template <IsArray A>
Array acos(const A& x, Loc loc = Loc::current()) {
  return acos(Arg(x, loc)).value();
}
template <IsArray A>
Array atan(const A& x, Loc loc = Loc::current()) {
  return atan(Arg(x, loc)).value();
}
template <IsArray A>
Array sinh(const A& x, Loc loc = Loc::current()) {
  return sinh(Arg(x, loc)).value();
}
template <IsArray A>
Array cosh(const A& x, Loc loc = Loc::current()) {
  return cosh(Arg(x, loc)).value();
}
template <IsArray A>
Array tanh(const A& x, Loc loc = Loc::current()) {
  return tanh(Arg(x, loc)).value();
}
template <IsArray A>
Array asinh(const A& x, Loc loc = Loc::current()) {
  return asinh(Arg(x, loc)).value();
}
template <IsArray A>
Array acosh(const A& x, Loc loc = Loc::current()) {
  return acosh(Arg(x, loc)).value();
}
template <IsArray A>
Array atanh(const A& x, Loc loc = Loc::current()) {
  return atanh(Arg(x, loc)).value();
}
template <IsArray A>
Array erf(const A& x, Loc loc = Loc::current()) {
  return erf(Arg(x, loc)).value();
}
template <IsArray A>
Array erfc(const A& x, Loc loc = Loc::current()) {
  return erfc(Arg(x, loc)).value();
}
template <IsArray A>
Array lgamma(const A& x, Loc loc = Loc::current()) {
  return lgamma(Arg(x, loc)).value();
}
template <IsArray A>
Array digamma(const A& x, Loc loc = Loc::current()) {
  return digamma(Arg(x, loc)).value();
}
template <IsArray A>
Array floor(const A& x, Loc loc = Loc::current()) {
  return floor(Arg(x, loc)).value();
}
template <IsArray A>
Array ceil(const A& x, Loc loc = Loc::current()) {
  return ceil(Arg(x, loc)).value();
}
template <IsArray A>
Array round(const A& x, Loc loc = Loc::current()) {
  return round(Arg(x, loc)).value();
}
template <IsArray A>
Array trunc(const A& x, Loc loc = Loc::current()) {
  return trunc(Arg(x, loc)).value();
}
template <IsArray A>
Array polygamma(int n, const A& x, Loc loc = Loc::current()) {
  return polygamma(n, Arg(x, loc)).value();
}

}  // namespace xgrad
