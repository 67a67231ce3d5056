#pragma once
/// \file Scaled dot-product attention: each query's mean of the values, weighted by how well its key fits.
///
/// A. Vaswani et al., "Attention is all you need", NeurIPS 2017.

#include <optional>

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// How `attention` weighs.
struct AttentionOptions {
  bool causal = false;  ///< query i attends to keys j ≤ i alone, both counted from the start, also where T ≠ S
  std::optional<double> scale = {};  ///< of the scores; 1 / √d where none is given
};

/// y = p v with p = softmax(scale · q kᵀ) over the keys.
///
/// Gradient: v̄ = pᵀ ȳ, and with s = p (ȳ vᵀ − Σ ȳ y): q̄ = scale · s k, k̄ = scale · sᵀ q. A query that attends to
/// nothing gives 0 and has no gradient (in Keras such a row is the plain mean of all values, or 0, depending on the
/// path it takes).
///
/// The T × S weights are never stored: forward and backward go through tiles of 64 × 64, and what is kept between them
/// is y and two numbers a query (T. Dao et al., "FlashAttention", NeurIPS 2022; the softmax over tiles is M. Milakov's
/// and N. Gimelshein's, 2018). Causal tiles above the diagonal are left out, and
/// tiles that a mask empties. Results do not depend on the number of threads.
/// @param q float [..., T, d], for example [n, heads, T, d] @param k [..., S, d] @param v [..., S, dv], the leading
/// axes those of q @return [..., T, dv] @throws ShapeError; DTypeError
Var attention(Arg q, Arg k, Arg v, AttentionOptions options = {});
/// The same where `mask` is true, and where causal allows it too.
/// @param mask bool, broadcasts to [..., T, S]; has no gradient
Var attention(Arg q, Arg k, Arg v, Arg mask, AttentionOptions options = {});

template <ArrayOrXt A>
Array attention(const A& q, ArrayArg k, ArrayArg v, AttentionOptions options = {}) {
  return attention(Arg(q, k.loc()), k.arg(), v.arg(), options).value();
}
template <ArrayOrXt A>
Array attention(const A& q, ArrayArg k, ArrayArg v, ArrayArg mask, AttentionOptions options = {}) {
  return attention(Arg(q, k.loc()), k.arg(), v.arg(), mask.arg(), options).value();
}

}  // namespace xgrad
