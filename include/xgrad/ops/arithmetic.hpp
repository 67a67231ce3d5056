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
template <IsArray A>
Array neg(const A& x, Loc loc = Loc::current()) {
  return neg(Arg(x, loc)).value();
}

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
