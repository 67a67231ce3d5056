#pragma once
/// \file Taking and placing elements by index.
///
/// Indices are int64 and may be negative, counting from the end; one out of range is an IndexError that names it and
/// its place. Gradients flow to and from the elements, never the indices.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The slices of x at the indices along an axis: y[…, j…, …] = x[…, index[j…], …]. Gradient: x̄ = zeros, with ȳ's slices
/// added at the indices (scatter_add), so that one taken twice gets both.
/// @param x any type @param index int64, of any shape @return x's shape with the axis replaced by index's shape
/// @throws IndexError, DTypeError
Var take(Arg x, Arg index, int axis);
/// Rows by index, as in an embedding: take along axis 0.
Var gather(Arg x, Arg index);
/// One index for every element: y[i, j] = x[i, index[i, j]] for axis 1, and so on. Gradient: added back at the indices.
/// @param index int64, of x's shape but along the axis @return index's shape
Var take_along_axis(Arg x, Arg index, int axis);

/// x with slices of `values` added at the indices along an axis, in the order of the indices: y = x, then y[index[j]]
/// += values[j]. Gradient: x̄ = ȳ; of the values, take(ȳ, index).
/// @param values x's shape with the axis replaced by index's shape @throws ShapeError, IndexError, DTypeError
Var scatter_add(Arg x, Arg index, Arg values, int axis = 0);
/// x with its rows at the indices replaced by `values`. Gradient: x̄ = ȳ with those rows 0; of the values, take(ȳ,
/// index).
/// @param index int64 [n], each place once @param values [n, …], the rest as x's rows, broadcasting
/// @throws ArgError for an index that comes twice; ShapeError, IndexError, DTypeError
Var index_update(Arg x, Arg index, Arg values);

/// Rows of zeros with a one: y[…, c] = (labels[…] == c). No gradient.
/// @param labels int64 or uint8, each from 0 to classes − 1 @return labels' shape and one axis more
/// @throws IndexError for a label out of range; ArgError for no classes
Var one_hot(Arg labels, std::int64_t classes, DType dtype = DType::float32);

template <ArrayOrXt A>
Array take(const A& x, ArrayArg index, int axis) {
  return take(Arg(x, index.loc()), index.arg(), axis).value();
}
template <ArrayOrXt A>
Array gather(const A& x, ArrayArg index) {
  return gather(Arg(x, index.loc()), index.arg()).value();
}
template <ArrayOrXt A>
Array take_along_axis(const A& x, ArrayArg index, int axis) {
  return take_along_axis(Arg(x, index.loc()), index.arg(), axis).value();
}
template <ArrayOrXt A>
Array scatter_add(const A& x, ArrayArg index, ArrayArg values, int axis = 0) {
  return scatter_add(Arg(x, index.loc()), index.arg(), values.arg(), axis).value();
}
template <ArrayOrXt A>
Array index_update(const A& x, ArrayArg index, ArrayArg values) {
  return index_update(Arg(x, index.loc()), index.arg(), values.arg()).value();
}
template <ArrayOrXt A>
Array one_hot(const A& labels, std::int64_t classes, DType dtype = DType::float32, Loc loc = Loc::current()) {
  return one_hot(Arg(labels, loc), classes, dtype).value();
}

}  // namespace xgrad
