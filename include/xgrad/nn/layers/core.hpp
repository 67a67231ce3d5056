#pragma once
/// \file The layers that most models are made of: Dense, Embedding, and functions as layers.

#include "xgrad/nn/layer.hpp"
#include "xgrad/ops/activation_fn.hpp"
#include "xgrad/ops/index.hpp"

namespace xgrad {

/// What a Dense layer is made of besides its units.
struct DenseOptions {
  ActivationFn activation = {};
  bool use_bias = true;
  Initializer kernel_initializer = glorot_uniform;
  Initializer bias_initializer = zeros;
  Regularizer kernel_regularizer = {}, bias_regularizer = {};
  Regularizer activity_regularizer = {};  ///< of the result, divided by the number of samples
  Constraint kernel_constraint = {}, bias_constraint = {};
  std::string name = "";
};

/// y = f(x W + b) along the last axis. Weights: kernel [in, units], bias [units].
///
/// Takes dense batches [n, …, in] and sparse ones (Csr [n, in]).
/// Source: Keras, `layers/core/dense.py`.
class Dense : public Layer {
 public:
  /// @throws ArgError unless units > 0
  explicit Dense(std::int64_t units, DenseOptions options = {}, Loc loc = Loc::current());
};

/// What an Embedding is made of besides its sizes.
struct EmbeddingOptions {
  Initializer embeddings_initializer = RandomUniform{};
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;  ///< 0 is padding: the mask of what is not 0 travels with the result (nn/mask.hpp)
  std::string name = "";
};

/// Rows of a table: whole numbers [n, …] become vectors [n, …, output_dim]. Weight: embeddings [input_dim, output_dim].
/// Gradient: what arrives at a row's uses is added up in it; it comes as the rows used (`Parameter::row_grad`), which
/// is all that an optimizer with `lazy` touches.
class Embedding : public Layer {
 public:
  /// @throws ArgError unless both sizes are positive; calls throw IndexError for numbers of no row (negative ones count
  /// from the end)
  Embedding(std::int64_t input_dim, std::int64_t output_dim, EmbeddingOptions options = {}, Loc loc = Loc::current());
};

/// What an EmbeddingBag is made of besides its sizes.
struct EmbeddingBagOptions {
  Bag mode = Bag::mean;  ///< the rows of a bag averaged, summed, or the largest of each column
  Initializer embeddings_initializer = RandomUniform{};
  Regularizer embeddings_regularizer = {};
  Constraint embeddings_constraint = {};
  bool mask_zero = false;  ///< 0 is padding and counts in no bag; a bag of nothing becomes zeros
  std::string name = "";
};

/// Bags of rows of a table: whole numbers [n, …, count] become vectors [n, …, output_dim], the mean, sum or maximum of
/// the rows that each bag names. Weight: embeddings [input_dim, output_dim]. What an Embedding and a pooling over the
/// bag give, without the rows in between. Source: PyTorch, `nn.EmbeddingBag`, with Embedding's options.
class EmbeddingBag : public Layer {
 public:
  /// @throws ArgError unless both sizes are positive; calls throw IndexError for numbers of no row (negative ones count
  /// from the end)
  EmbeddingBag(std::int64_t input_dim, std::int64_t output_dim, EmbeddingBagOptions options = {},
               Loc loc = Loc::current());
};

/// For layers that have nothing to set but a name.
struct LayerOptions {
  std::string name = "";
};

/// What an Input says besides the shape.
struct InputOptions {
  DType dtype = DType::float32;  ///< of the weights of the model that it begins
  std::string name = "";
};
/// The shape of one sample, told beforehand: a Sequential that begins with one is built at once, and layer by layer as
/// they are added. It is none of the model's layers. In a function it checks what comes and passes it on.
class Input : public Layer {
 public:
  /// @throws ArgError for negative extents
  explicit Input(const Shape& sample, InputOptions options = {}, Loc loc = Loc::current());
};

/// The result of an activation: `Activation{"relu"}`, `Activation{softmax}`, `Activation{[](Var x) { … }}`.
class Activation : public Layer {
 public:
  explicit Activation(ActivationFn f, LayerOptions options = {});
};
/// x > threshold: x, at most max_value; else negative_slope (x − threshold).
struct ReLUOptions {
  double max_value = 1.0 / 0.0, negative_slope = 0, threshold = 0;
  std::string name = "";
};
/// `relu` with its three settings.
class ReLU : public Layer {
 public:
  explicit ReLU(ReLUOptions options = {});
};
/// x for x > 0, else negative_slope x.
class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(double negative_slope = 0.3, LayerOptions options = {});
};
/// x for x ≥ 0, else alpha (eˣ − 1).
class ELU : public Layer {
 public:
  explicit ELU(double alpha = 1, LayerOptions options = {});
};
/// What a PReLU is made of.
struct PReLUOptions {
  Initializer alpha_initializer = zeros;
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  std::vector<int> shared_axes = {};  ///< axes (of the batch, from 1) along which alpha is one number
  std::string name = "";
};
/// x for x > 0, else α x with α learned. Weight: alpha, one sample's shape, 1 along the shared axes.
class PReLU : public Layer {
 public:
  explicit PReLU(PReLUOptions options = {});
};
/// eˣ / Σ eˣ along an axis.
class Softmax : public Layer {
 public:
  explicit Softmax(int axis = -1, LayerOptions options = {});
};

/// Any function as a layer: `Lambda{[](Var x) { return x * x; }}`. A function of a Var given to a model is one, too.
class Lambda : public Layer {
 public:
  explicit Lambda(std::function<Var(Var)> f, LayerOptions options = {});
};

namespace detail {
/// The function's result, with the logits behind it remembered for the losses.
Var activate(const ActivationFn& f, const Var& x);
}  // namespace detail

}  // namespace xgrad
