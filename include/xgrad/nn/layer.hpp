#pragma once
/// \file Layer: named weights, and a function of Vars made from them.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "xgrad/core/csr.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/nn/constraints.hpp"
#include "xgrad/nn/initializer.hpp"
#include "xgrad/nn/regularizers.hpp"
#include "xgrad/tape/arg.hpp"

namespace xgrad {

class LayerBody;
class Settings;
namespace detail {
struct SavedLayer;
}

/// A layer. A handle: copies share the weights, so that one layer may stand in several models.
///
/// ```cpp
/// Dense hidden{64, {.activation = relu}}, out{10};
/// Var logits = out(hidden(x));                      // built on first use, for inputs like x
/// ```
///
/// A layer is built for the shape of one sample, without the batch axis; calls take whole batches. Weights are
/// Parameters: a training loop of one's own reads `parameters()` like those of any expression.
class Layer {
 public:
  /// A layer of one's own; see LayerBody.
  explicit Layer(std::shared_ptr<LayerBody> body) noexcept : body_(std::move(body)) {}

  /// The layer's name, unique unless chosen: "dense", "dense_1", …
  const std::string& name() const noexcept;
  /// "Dense"
  std::string class_name() const;

  bool built() const noexcept;
  /// Makes the weights for inputs of this shape: one sample's, without the batch axis. Does nothing where they are
  /// there.
  /// @throws ShapeError where no such layer is possible
  void build(const Shape& sample, DType dtype = DType::float32, Loc loc = Loc::current()) const;
  /// The shape of one sample's result. @throws ShapeError
  Shape output_shape(const Shape& sample) const;

  /// y = layer(x) for a batch x [n, …]; builds the layer on first use. Numbers of another type than the weights' are
  /// converted. What differs in training (dropout, batch statistics) follows the guard `Training`.
  /// @throws ShapeError for samples of another shape than it was built for
  Var operator()(Arg x) const;
  /// The same for a sparse batch, where the layer takes one. @throws ArgError where it does not
  Var operator()(const Csr& x, Loc loc = Loc::current()) const;

  /// All weights in Keras's order: the layer's own trainable ones, its others, then those of the layers inside.
  Parameters weights() const;
  /// Those that training changes.
  Parameters parameters() const;
  /// The weight of this name ("kernel", or "dense/kernel" in a model). @throws ArgError, with the near names
  Parameter weight(std::string_view name, Loc loc = Loc::current()) const;
  /// Replaces all weights, in the order of `weights()`. Checks all before it changes one.
  /// @throws ArgError for another number of them; ShapeError, DTypeError
  void set_weights(const std::vector<Array>& values, Loc loc = Loc::current()) const;

  /// Freezes (false) or frees the layer and the layers inside. Frozen weights are constants to the ops that read them,
  /// and a frozen BatchNormalization uses its moving statistics.
  void set_trainable(bool trainable) const noexcept;
  bool trainable() const noexcept;

  /// The layers inside, in the order of their use.
  const std::vector<Layer>& layers() const noexcept;

  const std::shared_ptr<LayerBody>& body() const noexcept { return body_; }
  friend bool operator==(const Layer& a, const Layer& b) noexcept { return a.body_ == b.body_; }

 protected:
  /// The frame of every call: builds the layer on first use, converts x and names the nodes; `result` makes of it what
  /// the layer gives.
  Var called(Arg x, FunctionRef<Var(const Var&)> result) const;
  std::shared_ptr<LayerBody> body_;
};

/// A weight as a layer keeps it.
struct Weight {
  Parameter parameter;
  Regularizer regularizer;
  Constraint constraint;
  bool trainable = true;  ///< false: statistics, which training changes in its own way
};

/// What a weight is made of besides shape and first value.
struct WeightOptions {
  Regularizer regularizer = {};
  Constraint constraint = {};
  bool trainable = true;
};

/// What a layer is: derive from it to write one of your own.
///
/// ```cpp
/// struct Scale : LayerBody {
///   explicit Scale(double first = 1) : LayerBody("Scale"), first(first) {}
///   void build(const Shape& sample) override { factor = add_weight("factor", {sample.back()}, Constant{first}); }
///   Var call(const Var& x) override { return x * *factor; }
///   void settings(Settings& s) override { s("first", first); }
///   double first;
///   std::optional<Parameter> factor;
/// };
/// Layer scale = make_layer<Scale>(0.5);
/// ```
class LayerBody {
 public:
  /// @param class_name names the kind in summaries and, in snake_case and numbered, the layer, unless `name` does
  explicit LayerBody(std::string class_name, std::string name = "");
  virtual ~LayerBody() = default;
  LayerBody(const LayerBody&) = delete;
  LayerBody& operator=(const LayerBody&) = delete;

  /// Makes the weights with `add_weight`; called once, with one sample's shape.
  virtual void build(const Shape& sample);
  /// The result for a batch, in ops.
  virtual Var call(const Var& x) = 0;
  /// The result for a sparse batch. Default: throws ArgError.
  virtual Var call(const Csr& x, Loc loc);
  /// One sample's shape after the layer. Default: found by a call with zeros.
  virtual Shape output_shape(const Shape& sample);
  /// What the layer is made of, for files (`Model::save`, `load_model`): the same code writes and reads, and after
  /// reading, before `build`, the layer must be as if it had been made with these settings. Default: throws ArgError.
  virtual void settings(Settings& s);
  /// Whether inputs are converted to the weights' type. False for layers of whole numbers (Embedding).
  virtual bool converts() const noexcept { return true; }
  /// Whether a mask that travels with the input (nn/mask.hpp) holds for the result as well: true for layers that treat
  /// every step alike.
  virtual bool keeps_mask() const noexcept { return false; }

  const std::string& name() const noexcept { return name_; }
  const std::string& class_name() const noexcept { return class_name_; }
  const std::vector<Weight>& own_weights() const noexcept { return weights_; }
  bool trainable() const noexcept { return trainable_; }
  /// One sample's shape, as the layer was built for.
  const Shape& sample_shape() const noexcept { return sample_; }

 protected:
  /// A new weight. @throws ShapeError, DTypeError
  Parameter add_weight(std::string_view name, const Shape& shape, const Initializer& initializer,
                       WeightOptions options = {});
  /// A layer inside: its weights count as this one's.
  void add_layer(const Layer& layer);
  Layer remove_layer();
  const std::vector<Layer>& inner() const noexcept { return layers_; }
  bool is_built() const noexcept { return built_; }
  /// The type of the weights.
  DType dtype() const noexcept { return dtype_; }

 private:
  friend class Layer;
  friend struct detail::SavedLayer;
  std::string name_, class_name_;
  std::vector<Weight> weights_;
  std::vector<Layer> layers_;
  DType dtype_ = DType::float32;
  bool built_ = false, trainable_ = true;
  Shape sample_;
  const char *outer_path_ = nullptr, *path_ = nullptr;  // how drawings name the nodes of a call
};

/// How a file's layers of one's own are made, by class name: `{"Scale", make_layer<Scale>}`. What they are made of,
/// their bodies read afterwards.
using LayerMakers = std::vector<std::pair<std::string, Layer (*)()>>;

/// A Layer of a body of one's own.
template <class Body, class... Args>
Layer make_layer(Args&&... args) {
  return Layer(std::make_shared<Body>(std::forward<Args>(args)...));
}

/// Adds a number to the loss of the training step under way: an activity penalty, say. Does nothing outside of one.
void add_loss(const Var& loss);

/// While it lives, collects what `add_loss` adds on this thread.
class AddedLosses {
 public:
  AddedLosses();
  ~AddedLosses();
  AddedLosses(const AddedLosses&) = delete;
  AddedLosses& operator=(const AddedLosses&) = delete;
  std::span<const Var> losses() const noexcept { return {losses_.data(), losses_.size()}; }

 private:
  friend void add_loss(const Var& loss);
  std::vector<Var, detail::PoolAllocator<Var>> losses_;  // of every step anew
  AddedLosses* outer_;
};

/// The sum of the penalties of a layer's trainable weights; an empty Var where there is none.
Var penalties(const Layer& layer);
/// Restores the constraints of all its weights.
void apply_constraints(const Layer& layer);

namespace detail {
/// "MaxPooling2D" → "max_pooling2d", as Keras does it.
std::string snake_case(std::string_view class_name);
/// The name, or the next free one of its kind: "dense", "dense_1", …
std::string unique_name(std::string_view class_name);
/// While it lives, notes every layer that is called on this thread and not inside another.
class LayerTrace {
 public:
  LayerTrace();
  ~LayerTrace();
  LayerTrace(const LayerTrace&) = delete;
  LayerTrace& operator=(const LayerTrace&) = delete;
  std::vector<Layer> layers;

 private:
  LayerTrace* outer_;
  int depth_;
};

/// While it lives, notes what every layer that is called on this thread gives, the inner ones before the outer.
class LayerResults {
 public:
  LayerResults();
  ~LayerResults();
  LayerResults(const LayerResults&) = delete;
  LayerResults& operator=(const LayerResults&) = delete;
  struct Result {
    Layer layer;
    std::string path;  ///< "encoder/dense_1"
    Var value;
  };
  std::vector<Result> results;

 private:
  LayerResults* outer_;
};
}  // namespace detail

/// Starts the numbering of layer names again: for tests, and for models made in a loop.
void reset_layer_names() noexcept;

}  // namespace xgrad
