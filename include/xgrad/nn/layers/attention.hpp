#pragma once
/// \file Attention between the places of sequences, and where a place is.

#include "xgrad/nn/layer.hpp"

namespace xgrad {

/// What a MultiHeadAttention is made of besides its sizes.
struct MultiHeadAttentionOptions {
  std::optional<std::int64_t> value_dim = {};  ///< of each head's values; `key_dim` where none is given
  double dropout = 0;                          ///< of the weights, in training
  bool use_bias = true;
  std::optional<std::int64_t> output_shape = {};  ///< last extent of the result; the queries' where none is given
  /// In Keras an argument of the call. Here the layer keeps it too, for models in which layers take one operand.
  bool use_causal_mask = false;
  Initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Constraint kernel_constraint = {}, bias_constraint = {};
  std::string name = "";
};

/// What a call of MultiHeadAttention says besides its operands.
struct AttentionCall {
  /// bool [T, S], [n, T, S] or [n, heads, T, S], or what broadcasts to it: whether a query attends to a key
  Var attention_mask = {};
  bool use_causal_mask = false;  ///< query i attends to keys j ≤ i alone
};

/// The result, and the weights it was made with: [n, heads, T, S].
struct AttentionScores {
  Var output, scores;
};

/// Queries, keys and values, each of them projected for each head; `attention`; all heads' values projected together.
///
/// Called with one operand, x [n, T, d], it is all three: self-attention. Weights: query/kernel [d, heads, key_dim],
/// query/bias [heads, key_dim]; key/kernel, key/bias alike; value/kernel [d, heads, value_dim], value/bias [heads,
/// value_dim]; attention_output/kernel [heads, value_dim, out], attention_output/bias [out].
///
/// The weights of the values are made in tiles and not kept (see `attention`), except in training with dropout and
/// where the scores are asked for. A query that may attend to nothing has the heads' result 0 in either case; in Keras
/// it has the mean of all values in one of them. What a mask does to masked queries is left to the caller; Keras's
/// masks that travel with values, attention_axes and activity_regularizer are not here. Source: A. Vaswani et al.,
/// "Attention is all you need", NeurIPS 2017; Keras, `layers/attention`.
class MultiHeadAttention : public Layer {
 public:
  /// @throws ArgError unless all sizes are positive and 0 ≤ dropout ≤ 1
  MultiHeadAttention(std::int64_t num_heads, std::int64_t key_dim, MultiHeadAttentionOptions options = {},
                     Loc loc = Loc::current());

  using Layer::operator();
  /// Self-attention under a mask.
  Var operator()(Arg x, AttentionCall call) const;
  /// Queries [n, T, dq] attend to values [n, S, dv], which are their own keys, or to keys [n, S, dk]; in Keras's order.
  /// @return [n, T, out] @throws ShapeError, DTypeError
  Var operator()(Arg query, Arg value, AttentionCall call = {}) const;
  Var operator()(Arg query, Arg value, Arg key, AttentionCall call = {}) const;

  /// The same, with the weights that each query gives to the values (after dropout, as in Keras).
  AttentionScores with_scores(Arg query, Arg value, Arg key, AttentionCall call = {}) const;
};

/// The encoding of places by sines and cosines: row t has sin(t ω₀), cos(t ω₀), sin(t ω₁), cos(t ω₁), …, with
/// ωᵢ = max_wavelength^(−2i / width).
/// @return [length, width] @throws ArgError for negative sizes or a max_wavelength that is not positive
/// Source: A. Vaswani et al., as above, section 3.5; KerasHub, `layers/modeling/sine_position_encoding.py`.
Array sine_position_encoding(std::int64_t length, std::int64_t width, double max_wavelength = 10000,
                             DType dtype = DType::float32, Loc loc = Loc::current());

/// What a SinePositionEncoding is made of.
struct SinePositionEncodingOptions {
  double max_wavelength = 10000;
  std::string name = "";
};
/// `sine_position_encoding` for x [n, T, width], of x's shape: x itself counts for nothing but its shape, as in
/// KerasHub. `Residual{SinePositionEncoding{}}` adds it to x.
class SinePositionEncoding : public Layer {
 public:
  explicit SinePositionEncoding(SinePositionEncodingOptions options = {}, Loc loc = Loc::current());
};

/// What a PositionEmbedding is made of besides its length.
struct PositionEmbeddingOptions {
  Initializer initializer = glorot_uniform;
  std::string name = "";
};
/// A learned vector for each place, for x [n, T, width] with T ≤ sequence_length, of x's shape; to be added to x, as by
/// `Residual{PositionEmbedding(length)}`. Weight: embeddings [sequence_length, width].
/// Source: KerasHub, `layers/modeling/position_embedding.py`.
class PositionEmbedding : public Layer {
 public:
  /// @throws ArgError unless sequence_length > 0
  explicit PositionEmbedding(std::int64_t sequence_length, PositionEmbeddingOptions options = {},
                             Loc loc = Loc::current());
};

}  // namespace xgrad
