#pragma once
/// \file Losses of sequences: connectionist temporal classification. Forms and errors are those of
/// nn/losses/regression.hpp.

#include <cstdint>

#include "xgrad/nn/losses/reduction.hpp"
#include "xgrad/ops/ctc.hpp"

namespace xgrad {

/// The negative log-likelihood of labels of which it is not known when they occur, one value a sample: `ctc_loss` of
/// logits, every frame of which counts.
///
/// A row of y_true is labels, then padding: what equals the blank, or is negative. So with the blank at 0, as it is
/// unless told, labels are from 1 on and rows are filled up with 0; labels may be none. The mean over a batch is that
/// of the samples, whatever the number of their labels. In what a loss of Keras's does differently: a label after
/// padding is refused here (Keras counts what is not 0 and takes as many from the left), and labels for which there
/// are too few frames have the loss +∞ and no gradient unless `infeasible` says that they do not count (Keras on JAX:
/// about 1e5, with a gradient).
/// Gradient: ȳ (softmax(x) − γ), see `ctc_nll`; of any order.
/// @param y_true whole numbers of any type, [n, width] @param y_pred logits, float [n, frames, classes] @return [n]
/// @throws ShapeError; DTypeError; IndexError for a label that is no class; ArgError for one that is not whole or
/// stands after padding, and for a blank that is no class
/// Source: A. Graves et al., "Connectionist temporal classification: labelling unsegmented sequence data with
/// recurrent neural networks", ICML 2006.
Var ctc(Arg y_true, Arg y_pred);
Var ctc(Arg y_true, Arg y_pred, CtcOptions options);

/// `ctc` as the class form of a Loss.
struct CTC {
  std::int64_t blank = 0;                        ///< the class that stands for no label; negative: from the end
  Infeasible infeasible = Infeasible::infinity;  ///< the policy for labels without a path
  Reduction reduction = Reduction::sum_over_batch_size;
  static constexpr const char* name = "ctc";
  Var per_sample(const Var& y_true, const Var& y_pred) const;
};

}  // namespace xgrad
