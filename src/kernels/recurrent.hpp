#pragma once
// LSTM and GRU over a whole sequence: one product for all inputs, one for each step, and a pass over the gates. The
// backward pass stores the cotangents of all steps, so that the weights' gradients are one product each.
//
// Time comes first: x [steps, n, features], states [steps, n, units]. Rows are independent, and threads take rows.

#include <cstdint>

namespace xgrad::kernels {

/// The sizes of a sequence.
struct SequenceSize {
  std::int64_t steps, n, features, units;
};

/// What both directions read. `mask` [steps, n] or null: where it is false, the state of a row stays as it is.
template <class T>
struct LstmOperands {
  SequenceSize size;
  const T *x, *kernel, *recurrent_kernel, *bias, *h0, *c0;  // kernels [features | units, 4 units]: i, f, g, o
  const bool* mask;
};

/// h, c [steps, n, units] and gates [steps, n, 4 units]: i, f, g, o after their activations.
template <class T>
void lstm_forward(const LstmOperands<T>& in, T* h, T* c, T* gates);

/// From gh, gc (either may be null: no cotangent) to dz [steps, n, 4 units], the cotangents of the gates before their
/// activations, and to dh, dc [n, units], those of the first states.
template <class T>
void lstm_backward(const LstmOperands<T>& in, const T* c, const T* gates, const T* gh, const T* gc, T* dz, T* dh,
                   T* dc);

/// The GRU that applies its reset gate after the product, with a bias of its own for it: bias [2, 3 units].
template <class T>
struct GruOperands {
  SequenceSize size;
  const T *x, *kernel, *recurrent_kernel, *bias, *h0;  // kernels [features | units, 3 units]: z, r, candidate
  const bool* mask;
};

/// h [steps, n, units] and gates [steps, n, 4 units]: z, r, the candidate, and the candidate's part from the state.
template <class T>
void gru_forward(const GruOperands<T>& in, T* h, T* gates);

/// From gh to dx, dr [steps, n, 3 units], the cotangents of x W + b₀ and of h U + b₁, and to dh [n, units].
template <class T>
void gru_backward(const GruOperands<T>& in, const T* h, const T* gates, const T* gh, T* dx, T* dr, T* dh);

}  // namespace xgrad::kernels
