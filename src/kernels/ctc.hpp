#pragma once
// The negative log-likelihood of connectionist temporal classification (A. Graves et al., "Connectionist temporal
// classification: labelling unsegmented sequence data with recurrent neural networks", ICML 2006), and its gradient.

#include <cstdint>

namespace xgrad::kernels {

/// One sequence: the first `frames` rows of `log_probs` [.., classes], and `count` labels, none of which is the blank.
template <class T>
struct CtcSample {
  std::int64_t frames, classes;
  const T* log_probs;
  const std::int64_t* labels;
  std::int64_t count, blank;
};

/// A batch, as the op has it: log_probs [n, frames, classes], labels [n, width], lengths [n] of both.
template <class T>
struct CtcBatch {
  std::int64_t n, frames, classes, width, blank;
  const T* log_probs;
  const std::int64_t *labels, *input_lengths, *label_lengths;

  CtcSample<T> sample(std::int64_t i) const {
    return {input_lengths[i], classes, log_probs + i * frames * classes, labels + i * width, label_lengths[i], blank};
  }
};

/// nll[i] for each sample; +∞ where no alignment has a probability.
template <class T>
void ctc_nll(const CtcBatch<T>& batch, T* nll);

/// dx [n, frames, classes] (= or +=) −g[i] γ, with γ the probability of each class at each frame given the labels.
/// Frames beyond a sample's length, and samples that cannot be aligned, get 0.
template <class T>
void ctc_nll_vjp(const CtcBatch<T>& batch, const T* g, T* dx, bool add);

}  // namespace xgrad::kernels
