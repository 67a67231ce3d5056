#pragma once
/// \file LSTM and GRU over a whole sequence, each one op.
///
/// Time is the first axis: a step's batch is one block of memory. Layers with the batch first are in
/// `nn/layers/recurrent.hpp`. The kernels have Keras's layout.

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// The states of an LSTM after every step, each [steps, n, units].
struct LstmStates {
  Var h;  ///< what it gives
  Var c;  ///< what it carries on
};

/// A long short-term memory: z = x W + h₋ U + b in four blocks i, f, g, o; c = σ(f) c₋ + σ(i) tanh(g);
/// h = σ(o) tanh(c).
///
/// One product for all inputs, one for each step; backward likewise, and one for each gradient of a weight. Gradients
/// of higher order go through the single steps. Sources: S. Hochreiter and J. Schmidhuber, "Long short-term memory",
/// Neural Computation 9, 1997; F. Gers et al., "Learning to forget", 2000.
/// @param x float [steps, n, features]
/// @param kernel,recurrent_kernel [features, 4 units], [units, 4 units]: W and U
/// @param bias [4 units] @param h,c [n, units]: the states before the first step
/// @throws ShapeError; DTypeError unless all are of one floating type
LstmStates lstm(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h, Arg c);
/// The same where `mask` (bool [steps, n]) says at which steps each sample goes on; at others its states stay as they
/// are.
LstmStates lstm(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h, Arg c, Arg mask);

/// A gated recurrent unit that resets after the product: x̂ = x W + b₀ and ĥ = h₋ U + b₁ in three blocks z, r and
/// candidate; z = σ(x̂ + ĥ), r = σ(x̂ + ĥ), h̃ = tanh(x̂ + r ĥ); h = z h₋ + (1 − z) h̃.
///
/// Products and gradients as in `lstm`. Source: K. Cho et al., EMNLP 2014, in the form of Keras's `reset_after=True`.
/// @param x float [steps, n, features]
/// @param kernel,recurrent_kernel [features, 3 units], [units, 3 units]: W and U
/// @param bias [2, 3 units]: b₀ and b₁ @param h [n, units]: the state before the first step
/// @return h after every step, [steps, n, units] @throws ShapeError; DTypeError unless all are of one floating type
Var gru(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h);
/// The same with a mask (bool [steps, n]).
Var gru(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h, Arg mask);

}  // namespace xgrad
