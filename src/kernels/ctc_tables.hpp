#pragma once
// What each instruction set provides for ctc.hpp: the same, for one sample.

#include "kernels/ctc.hpp"

namespace xgrad::kernels {

template <class T>
struct CtcTable {
  using I64 = std::int64_t;
  /// Numbers that `work` needs for a sample of that size.
  I64 (*work_size)(I64 frames, I64 labels);
  /// −log P(labels | log_probs).
  T (*nll)(const CtcSample<T>& sample, T* work);
  /// dx[t, k] −= scale · P(class k at frame t | labels); nothing where the labels cannot be aligned.
  void (*vjp)(const CtcSample<T>& sample, T scale, T* dx, T* work);
};

}  // namespace xgrad::kernels
