#pragma once
/// \file Arithmetic: the four operations, and how their operators are found.
///
/// Operands broadcast by NumPy's rule and share one element type; a plain number takes the type of the array it meets.
/// Each function also takes Arrays, numbers and xtensor expressions alone (at least one Array), and then computes at
/// once, records nothing and returns an Array.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// a + b. Gradient: ā = ȳ, b̄ = ȳ.
/// @param a,b any number type, broadcasting @return the common shape @throws ShapeError, DTypeError
Var add(Arg a, Arg b);
/// a − b. Gradient: ā = ȳ, b̄ = −ȳ.
Var subtract(Arg a, Arg b);
/// a · b, elementwise. Gradient: ā = ȳ b, b̄ = ȳ a.
Var multiply(Arg a, Arg b);
/// a / b, elementwise, of floating types. Gradient: ā = ȳ / b, b̄ = −ȳ y / b; 0 where ȳ is 0 and the factor is not
/// finite.
/// @throws DTypeError for integers: `astype` first
Var divide(Arg a, Arg b);
/// −x. Gradient: x̄ = −ȳ.
Var neg(Arg x);

/// a · b, but 0 wherever a is 0 and b is not finite: the product that gradients of ops with singular slopes are made
/// of.
///
/// With it `where(x > 0, sqrt(x), 0)` has the derivative 0 at 0, where 0 · ∞ would give NaN, at every order.
/// Gradient: ā = ȳ ⊘ b (b masked in the same way), b̄ = ȳ ⊘ a.
Var absorb_multiply(Arg a, Arg b);

/// aᵇ, elementwise; edges as in C: a⁰ is 1 for every a. Gradient: ā = ȳ ⊘ (b ⊘ aᵇ⁻¹), b̄ = ȳ ⊘ y ⊘ ln a, 0 where a is 0
/// and b ≥ 0. A negative a needs a whole b, and then has no gradient by b (NaN).
Var pow(Arg a, Arg b);
/// With a plain number as exponent: 0, 1, 2, 3, −1, ½ and −½ are products, a quotient and roots. int64 too, for whole
/// exponents from 0 to 62; it wraps. @throws DTypeError for other exponents of int64
Var pow(Arg a, double exponent);
/// The larger; NaN if either is NaN. Gradient: ȳ to the larger, half to each at a tie.
Var maximum(Arg a, Arg b);
/// The smaller; NaN if either is NaN. Gradient: ȳ to the smaller, half to each at a tie.
Var minimum(Arg a, Arg b);
/// min(max(x, low), high); NaN stays. Gradient: x̄ = ȳ where low ≤ x ≤ high, else 0.
/// @throws ArgError where low > high
Var clip(Arg x, double low, double high);
/// The same with bounds that broadcast and may carry gradients: minimum(maximum(x, low), high).
Var clip(Arg x, Arg low, Arg high);
/// ln(eᵃ + eᵇ), without overflow. Gradient: ā = ȳ sigmoid(a − b), b̄ = ȳ sigmoid(b − a); 0 where both
/// are −∞.
Var logaddexp(Arg a, Arg b);
/// √(a² + b²), without overflow. Gradient: ā = ȳ a / y, b̄ = ȳ b / y; 0 at the origin.
Var hypot(Arg a, Arg b);
/// The angle of the point (b, a), in radians from −π to π. Gradient: ā = ȳ b / (a² + b²), b̄ = −ȳ a / (a² + b²);
/// 0 at the origin.
Var atan2(Arg a, Arg b);
/// The remainder of a / b with the sign of a, as in C. Gradient: ā = ȳ, b̄ = −ȳ trunc(a / b). int64 too: 0 where b is 0.
Var fmod(Arg a, Arg b);

template <ArrayLike A>
Array add(const A& a, ArrayArg b) {
  return add(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array subtract(const A& a, ArrayArg b) {
  return subtract(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array multiply(const A& a, ArrayArg b) {
  return multiply(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array divide(const A& a, ArrayArg b) {
  return divide(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array absorb_multiply(const A& a, ArrayArg b) {
  return absorb_multiply(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array maximum(const A& a, ArrayArg b) {
  return maximum(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array minimum(const A& a, ArrayArg b) {
  return minimum(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array logaddexp(const A& a, ArrayArg b) {
  return logaddexp(Arg(a, b.loc()), b.arg()).value();
}
// Names that <cmath> has as well: two plain numbers stay with it.
template <ArrayOrXt A>
Array hypot(const A& a, ArrayArg b) {
  return hypot(Arg(a, b.loc()), b.arg()).value();
}
template <Number A>
Array hypot(A a, const Array& b, Loc loc = Loc::current()) {
  return hypot(Arg(a, loc), Arg(b, loc)).value();
}
template <ArrayOrXt A>
Array atan2(const A& a, ArrayArg b) {
  return atan2(Arg(a, b.loc()), b.arg()).value();
}
template <Number A>
Array atan2(A a, const Array& b, Loc loc = Loc::current()) {
  return atan2(Arg(a, loc), Arg(b, loc)).value();
}
template <ArrayOrXt A>
Array fmod(const A& a, ArrayArg b) {
  return fmod(Arg(a, b.loc()), b.arg()).value();
}
template <Number A>
Array fmod(A a, const Array& b, Loc loc = Loc::current()) {
  return fmod(Arg(a, loc), Arg(b, loc)).value();
}
template <ArrayOrXt A>
Array pow(const A& a, ArrayArg b) {
  return pow(Arg(a, b.loc()), b.arg()).value();
}
template <Number A>
Array pow(A a, const Array& b, Loc loc = Loc::current()) {
  return pow(Arg(a, loc), Arg(b, loc)).value();
}
template <IsArray A>
Array pow(const A& a, double exponent, Loc loc = Loc::current()) {
  return pow(Arg(a, loc), exponent).value();
}
template <IsArray A>
Array clip(const A& x, double low, double high, Loc loc = Loc::current()) {
  return clip(Arg(x, loc), low, high).value();
}
template <ArrayOrXt A>
Array clip(const A& x, ArrayArg low, ArrayArg high) {
  return clip(Arg(x, low.loc()), low.arg(), high.arg()).value();
}
template <IsArray A>
Array neg(const A& x, Loc loc = Loc::current()) {
  return neg(Arg(x, loc)).value();
}

namespace detail {
/// a + b, … into the memory of `a`, where nobody else shares it and b fits it.
Array add_in_place(Array&& a, const ArrayArg& b);
Array subtract_in_place(Array&& a, const ArrayArg& b);
Array multiply_in_place(Array&& a, const ArrayArg& b);
Array divide_in_place(Array&& a, const ArrayArg& b);
}  // namespace detail

/// The operators. They are found through the operands' common base, whichever side a number or an xtensor expression is
/// on.
namespace operators {

inline Var operator+(Arg a, Arg b) { return add(std::move(a), std::move(b)); }
inline Var operator-(Arg a, Arg b) { return subtract(std::move(a), std::move(b)); }
inline Var operator*(Arg a, Arg b) { return multiply(std::move(a), std::move(b)); }
inline Var operator/(Arg a, Arg b) { return divide(std::move(a), std::move(b)); }
inline Var operator-(Arg x) { return neg(std::move(x)); }
inline Var operator+(Arg x) { return x.parameter() ? Var(Parameter(x.parameter()), x.loc()) : x.var(); }

template <ArrayLike A>
Array operator+(const A& a, ArrayArg b) {
  return add(a, std::move(b));
}
template <ArrayLike A>
Array operator-(const A& a, ArrayArg b) {
  return subtract(a, std::move(b));
}
template <ArrayLike A>
Array operator*(const A& a, ArrayArg b) {
  return multiply(a, std::move(b));
}
template <ArrayLike A>
Array operator/(const A& a, ArrayArg b) {
  return divide(a, std::move(b));
}
template <IsArray A>
Array operator-(const A& x) {
  return neg(x);
}

// A temporary on the left gives its memory to the result: `images.astype(DType::float32) / 255.f` needs no room twice.
template <class A>
requires IsArray<A> Array operator+(A&& a, ArrayArg b) { return detail::add_in_place(std::move(a), b); }
template <class A>
requires IsArray<A> Array operator-(A&& a, ArrayArg b) { return detail::subtract_in_place(std::move(a), b); }
template <class A>
requires IsArray<A> Array operator*(A&& a, ArrayArg b) { return detail::multiply_in_place(std::move(a), b); }
template <class A>
requires IsArray<A> Array operator/(A&& a, ArrayArg b) { return detail::divide_in_place(std::move(a), b); }

/// There is no in-place arithmetic: the left side becomes the new value.
inline Var& operator+=(Var& a, Arg b) { return a = add(a, std::move(b)); }
inline Var& operator-=(Var& a, Arg b) { return a = subtract(a, std::move(b)); }
inline Var& operator*=(Var& a, Arg b) { return a = multiply(a, std::move(b)); }
inline Var& operator/=(Var& a, Arg b) { return a = divide(a, std::move(b)); }
inline Array& operator+=(Array& a, ArrayArg b) { return a = add(a, std::move(b)); }
inline Array& operator-=(Array& a, ArrayArg b) { return a = subtract(a, std::move(b)); }
inline Array& operator*=(Array& a, ArrayArg b) { return a = multiply(a, std::move(b)); }
inline Array& operator/=(Array& a, ArrayArg b) { return a = divide(a, std::move(b)); }

}  // namespace operators

// So that names in xgrad itself find them too.
using namespace operators;

}  // namespace xgrad
