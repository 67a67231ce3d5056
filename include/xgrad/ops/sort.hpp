#pragma once
/// \file Order along an axis.
///
/// Stable: equal elements keep their order, ascending and descending; NaN comes last in both. Each function also takes
/// an Array alone and then records nothing.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The elements in order along `axis`. Gradient: each element of ȳ goes where its element came from.
/// @param x any type but bool @return x's shape @throws IndexError for an axis out of range
Var sort(Arg x, int axis = -1, bool descending = false);
/// The places of the elements in order: `take_along_axis(x, argsort(x), axis)` is `sort(x)`. No gradient.
/// @return int64, of x's shape
Var argsort(Arg x, int axis = -1, bool descending = false);

/// What `topk` gives.
template <class V>
struct TopK {
  V values;   ///< the k largest (or smallest) along the axis, in order
  V indices;  ///< int64: their places
};
/// The k largest elements along `axis` in descending order (the smallest, ascending, with `largest` false) and their
/// places. Gradient: each value's goes where its element came from.
/// @return both of x's shape with extent k along the axis @throws ArgError for k below 0 or above the extent
TopK<Var> topk(Arg x, std::int64_t k, int axis = -1, bool largest = true);

/// What `cummax` gives.
template <class V>
struct CumMax {
  V values;   ///< the largest element so far
  V indices;  ///< int64: its place along the axis
};
/// Along an axis, the largest element up to each place, and where it stands: the first of equals. From a NaN on, that
/// NaN. Gradient: each ȳ goes where its value came from.
/// @param x any type but bool @return both of x's shape @throws IndexError for an axis out of range
CumMax<Var> cummax(Arg x, int axis = -1);

template <IsArray A>
Array sort(const A& x, int axis = -1, bool descending = false, Loc loc = Loc::current()) {
  return sort(Arg(x, loc), axis, descending).value();
}
template <IsArray A>
Array argsort(const A& x, int axis = -1, bool descending = false, Loc loc = Loc::current()) {
  return argsort(Arg(x, loc), axis, descending).value();
}
template <ArrayOrXt A>
TopK<Array> topk(const A& x, std::int64_t k, int axis = -1, bool largest = true, Loc loc = Loc::current()) {
  const TopK<Var> t = topk(Arg(x, loc), k, axis, largest);
  return {t.values.value(), t.indices.value()};
}
template <IsArray A>
CumMax<Array> cummax(const A& x, int axis = -1, Loc loc = Loc::current()) {
  const CumMax<Var> c = cummax(Arg(x, loc), axis);
  return {c.values.value(), c.indices.value()};
}

}  // namespace xgrad
