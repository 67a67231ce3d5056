#pragma once
/// \file Recurrent layers: cells, and the layers that run them over time.
///
/// A sequence is [n, steps, features]. A mask that travels with it (nn/mask.hpp) says at which steps a sample goes on:
/// at others its states, and what the layer gives, stay as they are.

#include <memory>
#include <vector>

#include "xgrad/nn/layers/core.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/elementwise.hpp"

namespace xgrad {

/// What a cell does at every step. Derive from it to write one of your own, and run it with `RNN`.
///
/// ```cpp
/// struct Decay : CellBody {
///   Decay() : CellBody("Decay") {}
///   std::vector<std::int64_t> state_sizes() const override { return {sample_shape()[0]}; }
///   Var step(const Var& x, std::vector<Var>& states) override { return states[0] = 0.9 * states[0] + 0.1 * x; }
/// };
/// RNN smooth{make_layer<Decay>(), {.return_sequences = true}};
/// ```
class CellBody : public LayerBody {
 public:
  using LayerBody::LayerBody;
  /// How many numbers each state has per sample.
  virtual std::vector<std::int64_t> state_sizes() const = 0;
  /// One step: what it gives for x [n, features]; `states` are those before and become those after.
  virtual Var step(const Var& x, std::vector<Var>& states) = 0;
  /// Before the steps of x [steps, n, features]: x as the steps are to see it (with dropout, say).
  virtual Var begin(const Var& x) { return x; }
  /// All steps at once, where the cell has an op for them: what it gives after each, [steps, n, units], with the last
  /// states in `states`. An empty Var where it has none. `mask` [steps, n] may be empty.
  virtual Var sequence(const Var& x, std::vector<Var>& states, const Var& mask);
  /// A cell with the same settings and weights of its own. Default: throws ArgError.
  virtual std::shared_ptr<CellBody> fresh() const;
  /// As a layer: one step from states of 0.
  Var call(const Var& x) final;
};

/// What a cell of the library is made of besides its units.
struct CellOptions {
  ActivationFn activation = tanh;
  ActivationFn recurrent_activation = sigmoid;  ///< of the gates; SimpleRNN has none
  bool use_bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer recurrent_initializer = Orthogonal{};
  Initializer bias_initializer = zeros;
  bool unit_forget_bias = true;  ///< LSTM: the forget gate's bias begins at 1
  bool reset_after = true;       ///< GRU: resets after the product with the state, which has a bias of its own
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;            ///< of x, in training; the same places at every step and gate
  double recurrent_dropout = 0;  ///< of the state that goes into the product, likewise
  std::string name = "";
};

/// How a cell runs over time.
struct SequenceOptions {
  bool return_sequences = false;      ///< gives [n, steps, units], not only the last step's
  bool go_backwards = false;          ///< from the last step to the first; what it gives comes in that order
  bool stateful = false;              ///< begins where the batch before has ended
  bool zero_output_for_mask = false;  ///< gives 0 at masked steps, not what it gave before
  std::string name = "";
};

/// What SimpleRNN, LSTM and GRU are made of besides their units: the fields of CellOptions and of SequenceOptions.
struct RecurrentOptions {
  ActivationFn activation = tanh;
  ActivationFn recurrent_activation = sigmoid;
  bool use_bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer recurrent_initializer = Orthogonal{};
  Initializer bias_initializer = zeros;
  bool unit_forget_bias = true;
  bool reset_after = true;
  Regularizer kernel_regularizer = {}, recurrent_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, recurrent_constraint = {}, bias_constraint = {};
  double dropout = 0;
  double recurrent_dropout = 0;
  bool return_sequences = false;
  bool go_backwards = false;
  bool stateful = false;
  bool zero_output_for_mask = false;
  std::string name = "";
  CellOptions cell() const;
  SequenceOptions sequence() const;
};

/// h = f(x W + h₋ U + b). Weights: kernel [features, units], recurrent_kernel [units, units], bias [units].
class SimpleRNNCell : public Layer {
 public:
  /// @throws ArgError unless units > 0, and for a dropout rate that is none
  explicit SimpleRNNCell(std::int64_t units, CellOptions options = {}, Loc loc = Loc::current());
};
/// The step of `lstm` (ops/recurrent.hpp). Weights: kernel [features, 4 units], recurrent_kernel [units, 4 units], bias
/// [4 units], their columns in the order input, forget, candidate, output.
class LSTMCell : public Layer {
 public:
  /// @throws ArgError unless units > 0, and for a dropout rate that is none
  explicit LSTMCell(std::int64_t units, CellOptions options = {}, Loc loc = Loc::current());
};
/// The step of `gru` (ops/recurrent.hpp), or with `reset_after = false` that of Cho et al. 2014:
/// h̃ = f(x̂ + (r h₋) U). Weights: kernel [features, 3 units], recurrent_kernel [units, 3 units], bias [2, 3 units]
/// ([3 units] unless reset_after), their columns in the order update, reset, candidate.
class GRUCell : public Layer {
 public:
  /// @throws ArgError unless units > 0, and for a dropout rate that is none
  explicit GRUCell(std::int64_t units, CellOptions options = {}, Loc loc = Loc::current());
};

/// What a call of a recurrent layer takes besides x.
struct RecurrentInput {
  std::vector<Var> states = {};  ///< before the first step, [n, size] each; none: 0, or (stateful) the last batch's
  Var mask = {};                 ///< bool [n, steps]; empty: the one that travels with x, if any
};
/// What it gives.
struct RecurrentResult {
  Var output;               ///< as the layer's call gives it
  std::vector<Var> states;  ///< after the last step
};

/// Runs a cell over the steps of a sequence.
///
/// A mask passes on to the result where `return_sequences`. Source: Keras, `layers/rnn/rnn.py`.
class RNN : public Layer {
 public:
  /// @throws ArgError for a layer that is no cell
  explicit RNN(const Layer& cell, SequenceOptions options = {}, Loc loc = Loc::current());
  /// The same call with first states and last states in the open.
  /// @throws ShapeError for states or a mask that do not fit; ArgError for another number of states
  RecurrentResult run(Arg x, RecurrentInput input = {}) const;
  /// Forgets the states of the last batch (stateful).
  void reset_state() const noexcept;

 protected:
  explicit RNN(std::shared_ptr<LayerBody> body) noexcept : Layer(std::move(body)) {}
};

/// SimpleRNNCell over a sequence.
class SimpleRNN : public RNN {
 public:
  /// @throws ArgError unless units > 0, and for a dropout rate that is none
  explicit SimpleRNN(std::int64_t units, RecurrentOptions options = {}, Loc loc = Loc::current());
};
/// LSTMCell over a sequence: one op, `lstm`, where the activations are tanh and sigmoid and no state is dropped.
class LSTM : public RNN {
 public:
  /// @throws ArgError unless units > 0, and for a dropout rate that is none
  explicit LSTM(std::int64_t units, RecurrentOptions options = {}, Loc loc = Loc::current());
};
/// GRUCell over a sequence: one op, `gru`, where besides it resets after the product.
class GRU : public RNN {
 public:
  /// @throws ArgError unless units > 0, and for a dropout rate that is none
  explicit GRU(std::int64_t units, RecurrentOptions options = {}, Loc loc = Loc::current());
};

/// How a Bidirectional layer puts both directions together.
enum class MergeMode : std::uint8_t { concat, sum, mul, ave };

/// What a Bidirectional layer is made of besides its layer.
struct BidirectionalOptions {
  MergeMode merge_mode = MergeMode::concat;  ///< side by side, or the sum, product or mean
  std::string name = "";
};

/// A recurrent layer in both directions of time: one copy as it is, one that goes the other way and whose results are
/// put in the order of time. Each copy has weights of its own. Masked steps give 0 where sequences are returned.
/// Source: M. Schuster and K. Paliwal, "Bidirectional recurrent neural networks", 1997; Keras.
class Bidirectional : public Layer {
 public:
  explicit Bidirectional(const RNN& layer, BidirectionalOptions options = {}, Loc loc = Loc::current());
};

/// A layer on every step of a sequence by itself, with the same weights; a mask passes on.
class TimeDistributed : public Layer {
 public:
  explicit TimeDistributed(const Layer& layer, LayerOptions options = {});
};

/// Masks the steps of which every feature is `mask_value`, and makes them 0. The mask travels with the result.
class Masking : public Layer {
 public:
  explicit Masking(double mask_value = 0, LayerOptions options = {});
};

namespace detail {
Layer make_rnn(const std::vector<Layer>& inner);
Layer make_bidirectional(const std::vector<Layer>& inner);
Layer make_time_distributed(const std::vector<Layer>& inner);
}  // namespace detail

}  // namespace xgrad
