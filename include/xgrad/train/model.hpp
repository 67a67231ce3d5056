#pragma once
/// \file Model: a layer with an optimizer, a loss and metrics, trained, evaluated and asked as in Keras.

#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "xgrad/io/named_arrays.hpp"
#include "xgrad/io/weights.hpp"
#include "xgrad/nn/layers/blocks.hpp"
#include "xgrad/nn/loss.hpp"
#include "xgrad/nn/sequential_body.hpp"
#include "xgrad/optim/any.hpp"
#include "xgrad/train/batches.hpp"
#include "xgrad/train/callback.hpp"
#include "xgrad/train/check.hpp"
#include "xgrad/train/history.hpp"
#include "xgrad/train/metric.hpp"
#include "xgrad/train/samples.hpp"

namespace xgrad {

class Model;

namespace detail {
class Trainer;
Trainer& trainer_of(const Model& model) noexcept;
}  // namespace detail

/// What a model is trained with.
struct CompileOptions {
  Optimizer optimizer = "rmsprop";
  Loss loss = {};
  std::vector<Metric> metrics = {};
};

/// Samples that a training is measured on, and that it never sees.
struct ValidationData {
  Samples x = {};
  Array y = zeros({0});
  Array sample_weight = zeros({0});  ///< empty: all count alike
};

/// How a model is trained.
struct FitOptions {
  int epochs = 1;
  std::int64_t batch_size = 32;
  double validation_split = 0;          ///< this part of the samples, the last ones, is held out
  ValidationData validation_data = {};  ///< instead of a split
  BatchSource validation_source = {};   ///< instead of either
  bool shuffle = true;                  ///< anew before each epoch, by the thread's generator (`set_seed`)
  std::vector<Callback> callbacks = {};
  std::map<std::int64_t, double> class_weight = {};  ///< how much samples of a class count in the loss; others count 1
  Array sample_weight = zeros({0});                  ///< how much each sample counts in the loss; empty: all alike
  int initial_epoch = 0;
  std::int64_t steps_per_epoch = 0;  ///< batches an epoch; 0: all
  std::int64_t validation_steps = 0;
  std::int64_t validation_batch_size = 0;  ///< 0: batch_size
  int validation_freq = 1;                 ///< epochs from one validation to the next
  std::int64_t max_queue_size = 10;        ///< batches of a source that are read ahead
  int verbose = -1;                        ///< 0: silent; 1: a bar; 2: a line an epoch; −1: 1 on a terminal, else 2
};

/// How a model is evaluated.
struct EvaluateOptions {
  std::int64_t batch_size = 32;
  Array sample_weight = zeros({0});
  std::int64_t steps = 0;
  int verbose = -1;
};

/// How a model is asked.
struct PredictOptions {
  std::int64_t batch_size = 32;
  std::int64_t steps = 0;
};

/// What a model's file cannot hold.
struct LoadModelOptions {
  LayerMakers layers = {};  ///< how layers of your own are made: {{"Scale", make_layer<Scale>}}
  Loss loss = {};           ///< instead of the file's
  std::optional<std::vector<Metric>> metrics = {};
  std::optional<Optimizer> optimizer = {};  ///< takes over the memory in the file where it has the same slots
};
/// The model in a file that `Model::save` has written: built, with its weights, and compiled, the optimizer's memory
/// included. Where the file notes a loss, metric or optimizer of one's own and the options do not replace it, the model
/// predicts, and must be compiled before it is trained or evaluated.
///
/// Whatever the file holds, nothing in it is run. Layers of one's own make their inner layers in their constructor, and
/// take their settings by `LayerBody::settings`.
/// @throws IoError for a file that is missing, damaged, or of weights alone; ArgError for settings out of range
Model load_model(const std::string& path, LoadModelOptions options = {}, Loc loc = Loc::current());

/// A layer that can be trained: of a function that calls layers, or (Sequential) of layers one after the other.
///
/// ```cpp
/// Dense hidden{64, {.activation = relu}}, out{10, {.activation = softmax}};
/// Model model([=](Var x) { return out(hidden(x) + 1); });
/// model.compile({.optimizer = Adam{1e-3}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});
/// History history = model.fit(x_train, y_train, {.epochs = 5, .batch_size = 128});
/// ```
/// A struct of one's own with layers as members and `Var operator()(Var x)` is such a function; `get_layer` finds its
/// layers by name. A handle, like every layer: copies share weights, optimizer and metrics. A model stands in
/// expressions and in other models as any layer does, and a training loop of one's own over `parameters()` needs
/// nothing of what follows.
class Model : public Layer {
 public:
  /// Of a function of a batch that calls layers; which, is seen when it first runs.
  template <class F>
  requires(std::is_invocable_r_v<Var, F&, Var> &&
           !std::derived_from<std::decay_t<F>, Layer>) explicit Model(F f, LayerOptions options = {})
      : Model(make_layer<FunctionalBody>(std::function<Var(Var)>(std::move(f)), options.name)) {}
  /// Of any layer.
  explicit Model(const Layer& layer);

  /// Sets what the model is trained with; starts anew with the optimizer's state and the metrics. What `check` finds is
  /// said on the standard error stream: now, or at the first `fit`, when samples and labels can be looked at as well.
  /// @throws ArgError for two metrics of one name
  void compile(CompileOptions options = {}, Loc loc = Loc::current());

  /// Trains. Builds the model on first use, for inputs like x.
  /// @param x,y as many samples as targets @return the figures of each epoch
  /// @throws ArgError for a model that is not compiled, or options out of range; ShapeError
  History fit(const Samples& x, const Array& y, FitOptions options = {}, Loc loc = Loc::current());
  /// The same on batches that a function makes, read ahead on a thread; `batch_size`, `shuffle`, `validation_split` and
  /// the weights are the source's own business. An epoch ends after `steps_per_epoch` batches, or when the source says.
  /// @throws what the source throws, when all batches before it have been trained on
  History fit(const BatchSource& source, FitOptions options = {}, Loc loc = Loc::current());
  /// The loss and the metrics over all samples, without training.
  Evaluation evaluate(const Samples& x, const Array& y, EvaluateOptions options = {}, Loc loc = Loc::current());
  /// The same on batches that a function makes.
  Evaluation evaluate(const BatchSource& source, EvaluateOptions options = {}, Loc loc = Loc::current());
  /// The results for all samples, in inference mode.
  Array predict(const Samples& x, PredictOptions options = {}, Loc loc = Loc::current());

  /// One step on one batch; the figures are this batch's alone.
  Evaluation train_on_batch(const Samples& x, const Array& y, const Array& sample_weight = zeros({0}),
                            Loc loc = Loc::current());
  /// The figures of one batch, without a step.
  Evaluation test_on_batch(const Samples& x, const Array& y, const Array& sample_weight = zeros({0}),
                           Loc loc = Loc::current());
  /// The results for one batch, in inference mode.
  Array predict_on_batch(const Samples& x, Loc loc = Loc::current());

  /// The layer of that name. @throws ArgError, with the near names
  Layer get_layer(std::string_view name, Loc loc = Loc::current()) const;
  /// What every layer inside gives for a batch, in inference mode, in the order in which they finish: "dense", or
  /// "block/dense" for a layer inside of another.
  NamedArrays activations(const Samples& x, Loc loc = Loc::current());
  /// Looks for what cannot learn: see ModelReport. Of a model that is not built, x tells the shape of samples.
  /// @param x,y a few hundred samples and their targets, or none: then the labels and the units are not looked at
  ModelReport check(const Samples& x = {}, const Array& y = zeros({0}), Loc loc = Loc::current());
  /// Prints Keras 3's table: layers, shapes, numbers of weights.
  void summary() const;
  void summary(std::ostream& out) const;

  /// Writes the weights by name, atomically: see `xgrad::save_weights`.
  /// @param path ends in .safetensors or .npz @throws ArgError, IoError
  void save_weights(const std::string& path, Loc loc = Loc::current()) const;
  /// Reads them, all or nothing: see `xgrad::load_weights`. The optimizer's state stays. @throws ArgError, IoError
  UnmatchedWeights load_weights(const std::string& path, LoadWeightsOptions options = {}, Loc loc = Loc::current());

  /// Writes the whole model: its layers and their settings, its weights, what it is compiled with, and the optimizer's
  /// memory, so that `load_model` goes on where this one stands. A loss, a metric or an optimizer of your own cannot be
  /// in a file; that there was one is noted. The write is atomic, as that of `save_safetensors`.
  /// @param path ends in .safetensors
  /// @throws ArgError for another ending, a model that is not built, two weights of one name, or a layer that a file
  /// cannot describe (a function, or a body without `settings`); IoError where the file cannot be written
  void save(const std::string& path, Loc loc = Loc::current()) const;

  /// @throws ArgError for a model that is not compiled
  Optimizer& optimizer(Loc loc = Loc::current()) const;
  const std::vector<Metric>& metrics() const noexcept;
  /// The figures of the last `fit`.
  const History& history() const noexcept;

 private:
  friend detail::Trainer& detail::trainer_of(const Model& model) noexcept;
  detail::Trainer& compiled(const char* operation, Loc loc) const;
  std::shared_ptr<detail::Trainer> trainer_;
};

/// Layers one after the other: `Sequential{Dense{64, {.activation = relu}}, Dense{10}}`. Functions of a Var count as
/// layers, too. With an Input before them, `Sequential{Input{{784}}, Dense{10}}`, the model is built as it is made.
class Sequential : public Model {
 public:
  Sequential() : Model(make_layer<SequentialBody>(std::vector<Layer>{})) {}
  template <detail::LayerLike... L>
  requires(sizeof...(L) > 0 &&
           !(sizeof...(L) == 1 && (std::same_as<std::decay_t<L>, Sequential> && ...))) explicit(false)
      Sequential(L&&... layers)
      : Model(detail::make_sequential({detail::as_layer(std::forward<L>(layers))...})) {}

  /// Puts a layer at the end. @throws ArgError for a name that is there already, or a model that is built and does not
  /// begin with an Input
  template <detail::LayerLike L>
  void add(L&& layer, Loc loc = Loc::current()) {
    sequence().add(detail::as_layer(std::forward<L>(layer)), loc);
    if (const InputBody* input = sequence().input(); input && !layers().empty())
      build(input->expected, input->type, loc);
  }
  /// Takes the last layer away. @throws ArgError for an empty model, or one that is built
  Layer pop(Loc loc = Loc::current()) { return sequence().pop(loc); }

 private:
  SequentialBody& sequence() const noexcept { return static_cast<SequentialBody&>(*body()); }
};

}  // namespace xgrad
