#pragma once
/// \file Connectionist temporal classification: the likelihood of labels of which it is not known when they occur.
///
/// A path gives each frame a class or the blank; merging repeats and then dropping blanks makes labels of it. The
/// probability of labels is that of all paths that lead to them (A. Graves et al., ICML 2006).

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// What the loss is for labels that no path leads to: there are fewer frames than labels and blanks between equal ones,
/// or a class on every path is impossible.
enum class Infeasible : std::uint8_t {
  infinity,  ///< +∞, and no gradient: no step makes it better
  zero       ///< 0, and no gradient: the sample does not count
};

/// How `ctc_nll` and `ctc_loss` read their operands.
struct CtcOptions {
  std::int64_t blank = 0;                        ///< the class that stands for no label; negative: counted from the end
  Infeasible infeasible = Infeasible::infinity;  ///< the policy for labels without a path
};

/// The negative log-likelihood of labels, one a sample: nll = −log Σ over paths Π over frames P(class of the path).
///
/// Gradient: x̄[t, k] = −ȳ γ[t, k], where γ is the probability that a path which leads to the labels has class k at
/// frame t. That is the derivative with respect to each log-probability by itself; some libraries give softmax − γ
/// here, which is the derivative with respect to logits. Frames from a sample's length on get exactly 0. Computed in
/// log space, each frame relative to the one before, so that sequences of any length do not underflow.
/// @param log_probs float [n, frames, classes]
/// @param labels int64 [n, width]: each row's first label_lengths[i] entries count, the rest is padding of any value
/// @param input_lengths,label_lengths int64 [n]: frames and labels of each sample; a sample may have no label
/// @return [n] @throws ShapeError; DTypeError; IndexError for a label that is no class; ArgError for a label that is
/// the blank, a length out of range, a blank that is no class
Var ctc_nll(Arg log_probs, Arg labels, Arg input_lengths, Arg label_lengths, CtcOptions options = {});
/// The same where every frame counts.
Var ctc_nll(Arg log_probs, Arg labels, Arg label_lengths, CtcOptions options = {});

/// The same from logits: ctc_nll(log_softmax(logits), …). Gradient: x̄ = ȳ (softmax(x) − γ).
Var ctc_loss(Arg logits, Arg labels, Arg input_lengths, Arg label_lengths, CtcOptions options = {});
/// The same where every frame counts.
Var ctc_loss(Arg logits, Arg labels, Arg label_lengths, CtcOptions options = {});

template <ArrayLike A>
Array ctc_nll(const A& log_probs, ArrayArg labels, ArrayArg input_lengths, ArrayArg label_lengths,
              CtcOptions options = {}) {
  return ctc_nll(Arg(log_probs, labels.loc()), labels.arg(), input_lengths.arg(), label_lengths.arg(), options).value();
}
template <ArrayLike A>
Array ctc_loss(const A& logits, ArrayArg labels, ArrayArg input_lengths, ArrayArg label_lengths,
               CtcOptions options = {}) {
  return ctc_loss(Arg(logits, labels.loc()), labels.arg(), input_lengths.arg(), label_lengths.arg(), options).value();
}

}  // namespace xgrad
