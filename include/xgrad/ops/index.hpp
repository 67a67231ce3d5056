#pragma once
/// \file Elements and rows by index.
///
/// Indices are int64 and carry no gradient; negative ones count from the end. One out of range is an IndexError that
/// names it and its place. Where indices repeat, sums run in their order. Each function also takes Arrays alone and
/// then returns an Array and records nothing.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The slices of x along `axis` that the indices name: y[…, i, …] = x[…, indices[i], …] for indices of any shape, which
/// takes the place of the axis. Gradient: x̄ = the slices of ȳ added up where they came from (`scatter_add` to zeros).
/// @param x any type @param indices int64 @return shape[:axis] + shape of indices + shape[axis + 1:]
/// @throws IndexError, DTypeError, ShapeError where the result has more than eight axes
Var take(Arg x, Arg indices, int axis);
/// The rows of x that the indices name: `take` along the first axis. The look-up of an embedding.
Var gather(Arg x, Arg indices);

/// How the rows of a bag become one.
enum class Bag : std::uint8_t { sum, mean, max };
/// What `embedding_bag` does with a bag.
struct BagOptions {
  Bag combine = Bag::mean;
  bool mask_zero = false;  ///< index 0 is padding and counts in no bag; a bag of nothing has 0
};
/// The rows that each bag of indices names, summed, averaged, or the largest of each column: `gather` and a reduction
/// over the bag, without the rows in between. An empty bag's sum and mean are 0.
///
/// Gradient: each row of the table gets what its bags have, added up in its own gradient at once: ȳ for a sum, ȳ /
/// count for a mean, for max ȳ shared equally among the largest.
/// @param table float [rows, n] @param indices int64 [..., count] @return [..., n]
/// @throws IndexError for an index out of range; DTypeError; ShapeError, also for the largest of an empty bag
Var embedding_bag(Arg table, Arg indices, BagOptions options = {});

/// x with each slice of `updates` added to the slice of x along `axis` that the index names; repeated indices add up.
/// Gradient: x̄ = ȳ; that of the updates is `take(ȳ, indices, axis)`.
/// @param x float32, float64 or int64 @param updates of x's type and the shape of `take(x, indices, axis)`
Var scatter_add(Arg x, Arg indices, Arg updates, int axis = 0);
/// x with the slices along `axis` that the indices name replaced by those of `updates`; of equal indices the last wins.
/// Gradient: x̄ is ȳ, and 0 where replaced; each update that stayed gets its slice of ȳ.
/// @param updates of x's type and the shape of `take(x, indices, axis)`
Var index_update(Arg x, Arg indices, Arg updates, int axis = 0);

/// One element of x along `axis` for each index: y[i, k, j] = x[i, indices[i, k, j], j], as argsort and argmax give
/// them. Gradient: each element of ȳ added up where it came from.
/// @param indices int64, of x's rank; along the other axes of x's extent, or 1
Var take_along_axis(Arg x, Arg indices, int axis);

/// Rows of zeros with a 1 at each label: y[…, labels[…]] = 1. No gradient.
/// @param labels int64 or uint8, of any shape; each from 0 to n − 1
/// @return shape of labels + [n] @throws IndexError for a label out of range; ArgError for n below 1
Var one_hot(Arg labels, std::int64_t n, DType dtype = DType::float32);

// --- on Arrays alone ---

template <ArrayOrXt A>
Array take(const A& x, ArrayArg indices, int axis) {
  return take(Arg(x, indices.loc()), indices.arg(), axis).value();
}
template <ArrayOrXt A>
Array gather(const A& x, ArrayArg indices) {
  return gather(Arg(x, indices.loc()), indices.arg()).value();
}
template <ArrayOrXt A>
Array embedding_bag(const A& table, ArrayArg indices, BagOptions options = {}) {
  return embedding_bag(Arg(table, indices.loc()), indices.arg(), options).value();
}
template <ArrayOrXt A>
Array scatter_add(const A& x, ArrayArg indices, ArrayArg updates, int axis = 0) {
  return scatter_add(Arg(x, indices.loc()), indices.arg(), updates.arg(), axis).value();
}
template <ArrayOrXt A>
Array index_update(const A& x, ArrayArg indices, ArrayArg updates, int axis = 0) {
  return index_update(Arg(x, indices.loc()), indices.arg(), updates.arg(), axis).value();
}
template <ArrayOrXt A>
Array take_along_axis(const A& x, ArrayArg indices, int axis) {
  return take_along_axis(Arg(x, indices.loc()), indices.arg(), axis).value();
}
template <ArrayOrXt A>
Array one_hot(const A& labels, std::int64_t n, DType dtype = DType::float32, Loc loc = Loc::current()) {
  return one_hot(Arg(labels, loc), n, dtype).value();
}

}  // namespace xgrad
