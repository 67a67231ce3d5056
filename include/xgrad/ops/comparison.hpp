#pragma once
/// \file Comparisons, logic, and choosing by a mask. Masks are bool and carry no gradient.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// @name Comparisons
/// Element by element, broadcasting; operands of one type, numbers adopt it. NaN is unequal to everything and neither
/// less nor greater.
/// @return bool, of the common shape @throws ShapeError, DTypeError
/// @{
Var equal(Arg a, Arg b);
Var not_equal(Arg a, Arg b);
Var less(Arg a, Arg b);
Var less_equal(Arg a, Arg b);
Var greater(Arg a, Arg b);
Var greater_equal(Arg a, Arg b);
/// @}

/// @name Logic
/// On bool operands, broadcasting. @return bool @throws ShapeError, DTypeError for operands that are not bool
/// @{
Var logical_and(Arg a, Arg b);
Var logical_or(Arg a, Arg b);
Var logical_xor(Arg a, Arg b);
Var logical_not(Arg x);
/// @}

/// @name Kinds of numbers
/// On float32 or float64. @return bool, of the same shape @throws DTypeError
/// @{
Var isnan(Arg x);
Var isinf(Arg x);
Var isfinite(Arg x);
/// @}

/// a where the mask is true, else b; all three broadcast. Gradient: ā = ȳ where the mask is true, else 0; b̄ the other
/// way round. What was not chosen passes back exactly 0.
/// @param mask bool @param a,b of one type, numbers adopt it @return the common shape @throws ShapeError, DTypeError
Var where(Arg mask, Arg a, Arg b);

template <ArrayLike A>
Array equal(const A& a, ArrayArg b) {
  return equal(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array not_equal(const A& a, ArrayArg b) {
  return not_equal(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array less(const A& a, ArrayArg b) {
  return less(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array less_equal(const A& a, ArrayArg b) {
  return less_equal(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array greater(const A& a, ArrayArg b) {
  return greater(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array greater_equal(const A& a, ArrayArg b) {
  return greater_equal(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array logical_and(const A& a, ArrayArg b) {
  return logical_and(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array logical_or(const A& a, ArrayArg b) {
  return logical_or(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayLike A>
Array logical_xor(const A& a, ArrayArg b) {
  return logical_xor(Arg(a, b.loc()), b.arg()).value();
}
template <ArrayOrXt A>
Array logical_not(const A& x, Loc loc = Loc::current()) {
  return logical_not(Arg(x, loc)).value();
}
template <IsArray A>
Array isnan(const A& x, Loc loc = Loc::current()) {
  return isnan(Arg(x, loc)).value();
}
template <IsArray A>
Array isinf(const A& x, Loc loc = Loc::current()) {
  return isinf(Arg(x, loc)).value();
}
template <IsArray A>
Array isfinite(const A& x, Loc loc = Loc::current()) {
  return isfinite(Arg(x, loc)).value();
}
template <ArrayOrXt M>
Array where(const M& mask, ArrayArg a, ArrayArg b) {
  return where(Arg(mask, a.loc()), a.arg(), b.arg()).value();
}

namespace operators {

// Two Arrays convert equally well to the parameters of both forms, and then the plain function wins over the template.
// Both parameters have one type, so that the exchanged candidates of C++20 are never better than the straight ones.
inline Array operator==(ArrayArg a, ArrayArg b) { return equal(a.arg(), b.arg()).value(); }
inline Array operator!=(ArrayArg a, ArrayArg b) { return not_equal(a.arg(), b.arg()).value(); }
inline Array operator<(ArrayArg a, ArrayArg b) { return less(a.arg(), b.arg()).value(); }
inline Array operator<=(ArrayArg a, ArrayArg b) { return less_equal(a.arg(), b.arg()).value(); }
inline Array operator>(ArrayArg a, ArrayArg b) { return greater(a.arg(), b.arg()).value(); }
inline Array operator>=(ArrayArg a, ArrayArg b) { return greater_equal(a.arg(), b.arg()).value(); }
inline Array operator!(ArrayArg x) { return logical_not(x.arg()).value(); }

template <class = void>
Var operator==(Arg a, Arg b) {
  return equal(std::move(a), std::move(b));
}
template <class = void>
Var operator!=(Arg a, Arg b) {
  return not_equal(std::move(a), std::move(b));
}
template <class = void>
Var operator<(Arg a, Arg b) {
  return less(std::move(a), std::move(b));
}
template <class = void>
Var operator<=(Arg a, Arg b) {
  return less_equal(std::move(a), std::move(b));
}
template <class = void>
Var operator>(Arg a, Arg b) {
  return greater(std::move(a), std::move(b));
}
template <class = void>
Var operator>=(Arg a, Arg b) {
  return greater_equal(std::move(a), std::move(b));
}
template <class = void>
Var operator!(Arg x) {
  return logical_not(std::move(x));
}

}  // namespace operators

}  // namespace xgrad
