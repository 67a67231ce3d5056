#include "xgrad/train/model.hpp"

#include <algorithm>
#include <iostream>

#include "core/near.hpp"
#include "train/trainer.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/view/summary.hpp"

namespace xgrad {

namespace {

using detail::Batch;
using detail::batch_count;
using detail::result_of;

/// Errors of a pass name the user's line, not the library's.
class Pass {
 public:
  explicit Pass(Loc loc) {
    if (!detail::mode().origin.known()) detail::mode().origin = loc;
  }

 private:
  ModeGuard restore_;
};

void need_samples(const char* operation, const Samples& x, const Array& y, Loc loc) {
  if (x.size() == 0) throw ArgError(operation, "needs at least one sample; got " + x.signature(), loc);
  if (y.rank() == 0 || y.shape()[0] != x.size())
    throw ShapeError(operation, "needs as many targets as samples; got " + x.signature() + " and " + signature(y), loc);
}

std::int64_t positive(const char* operation, const char* what, std::int64_t n, Loc loc) {
  if (n <= 0) throw ArgError(operation, std::string("needs a positive ") + what + "; got " + std::to_string(n), loc);
  return n;
}

/// Figures in alphabetical order, as Keras's logs are.
Logs sorted(const Logs& logs) {
  std::vector<std::pair<std::string, double>> all(logs.begin(), logs.end());
  std::sort(all.begin(), all.end());
  Logs result;
  for (const auto& [name, value] : all) result.set(name, value);
  return result;
}

/// Weights of samples from the user's and from those of classes; empty where all count alike.
/// @throws ShapeError, ArgError
Array sample_weights(const char* operation, const Array& y, const Array& given,
                     const std::map<std::int64_t, double>& of_classes, Loc loc) {
  const std::int64_t n = y.shape()[0];
  if (given.size() > 0 && given.shape()[0] != n)
    throw ShapeError(operation, "needs a weight for each of " + std::to_string(n) + " samples; got " + signature(given),
                     loc);
  if (of_classes.empty()) return given;
  Array weight = given.size() > 0 ? given.astype(DType::float32).copy() : ones({n});
  if (weight.rank() != 1)
    throw ShapeError(operation, "needs one weight a sample beside class weights; got " + signature(given), loc);
  const std::int64_t columns = y.size() / std::max<std::int64_t>(n, 1);
  const Array values = y.astype(DType::float64);
  for (std::int64_t i = 0; i < n; ++i) {
    const double* row = values.data<double>() + i * columns;
    const auto label = columns == 1 ? static_cast<std::int64_t>(row[0])
                                    : static_cast<std::int64_t>(std::max_element(row, row + columns) - row);
    const auto found = of_classes.find(label);
    if (found != of_classes.end()) weight.mutable_data<float>()[i] *= static_cast<float>(found->second);
  }
  return weight;
}

}  // namespace

Model::Model(const Layer& layer) : Layer(layer), trainer_(std::make_shared<detail::Trainer>()) {}

detail::Trainer& Model::compiled(const char* operation, Loc loc) const {
  if (!trainer_->compiled)
    throw ArgError(operation,
                   "needs a compiled model; got '" + name() + "', which is not (" +
                       (trainer_->missing.empty() ? "call compile first" : trainer_->missing) + ")",
                   loc);
  return *trainer_;
}

void Model::compile(CompileOptions options, Loc loc) {
  make_names_unique(options.metrics);
  for (const Metric& m : options.metrics)
    if (m.name() == "loss")
      throw ArgError("compile", "needs metrics of other names than 'loss', which is the loss; got one", loc);
  trainer_->optimizer = std::move(options.optimizer);
  trainer_->loss = std::move(options.loss);
  trainer_->metrics = std::move(options.metrics);
  trainer_->compiled = true;
}

History Model::fit(const Samples& x, const Array& y, FitOptions o, Loc loc) {
  detail::Trainer& trainer = compiled("fit", loc);
  const Pass pass(loc);
  need_samples("fit", x, y, loc);
  positive("fit", "batch size", o.batch_size, loc);
  positive("fit", "number of epochs", o.epochs, loc);
  positive("fit", "validation_freq", o.validation_freq, loc);
  if (!(o.validation_split >= 0 && o.validation_split < 1))
    throw ArgError("fit", "needs a validation_split from 0 to below 1; got " + std::to_string(o.validation_split), loc);
  if (o.validation_data.x.given()) need_samples("fit", o.validation_data.x, o.validation_data.y, loc);
  const bool given = o.validation_data.x.given();
  const auto count = !given && o.validation_split > 0
                         ? static_cast<std::int64_t>(static_cast<double>(x.size()) * (1 - o.validation_split))
                         : x.size();
  if (count == 0) throw ArgError("fit", "needs samples to train on; got a validation_split that takes all", loc);
  const Array weight = sample_weights("fit", y, o.sample_weight, o.class_weight, loc);
  const Array held_weight = weight.size() > 0 && count < x.size() ? weight.rows(count, x.size()) : zeros({0});
  ValidationData held = given ? std::move(o.validation_data)
                        : count < x.size()
                            ? ValidationData{x.range(count, x.size()), y.rows(count, x.size()), held_weight}
                            : ValidationData{};
  trainer.begin(*this, x, loc);

  const std::int64_t steps = batch_count(count, o.batch_size, o.steps_per_epoch);
  detail::Progress progress(o.verbose, o.epochs, steps);
  TrainingRun run{*this, o.epochs, steps, progress.verbosity()};
  trainer.history = {};
  for (Callback& c : o.callbacks) c.on_train_begin(run);
  for (int epoch = o.initial_epoch; epoch < o.epochs && !run.stop; ++epoch) {
    Logs logs;
    for (Callback& c : o.callbacks) c.on_epoch_begin(run, epoch, logs);
    progress.begin_epoch(epoch);
    trainer.reset_figures();
    const Array order = o.shuffle ? random::permutation(count) : Array();
    for (std::int64_t i = 0; i < steps && !run.stop; ++i) {
      for (Callback& c : o.callbacks) c.on_batch_begin(run, i);
      const std::int64_t begin = i * o.batch_size, end = std::min(count, begin + o.batch_size);
      trainer.train(*this, o.shuffle ? Batch::rows(x, y, weight, order.rows(begin, end))
                                     : Batch::range(x, y, weight, begin, end));
      if (!o.callbacks.empty()) {
        Logs so_far = trainer.figures().logs;
        for (Callback& c : o.callbacks) c.on_batch_end(run, i, so_far);
      }
      if (progress.due(i + 1)) progress.step(i + 1, sorted(trainer.figures().logs));
    }
    for (const auto& [name, value] : trainer.figures().logs) logs.set(name, value);
    if (held.x.given() && (epoch + 1) % o.validation_freq == 0) {
      const Evaluation e = trainer.evaluate(*this, held.x, held.y, held.sample_weight,
                                            o.validation_batch_size > 0 ? o.validation_batch_size : o.batch_size,
                                            o.validation_steps, nullptr);
      for (const auto& [name, value] : e.logs) logs.set("val_" + name, value);
    }
    logs = sorted(logs);
    for (Callback& c : o.callbacks) c.on_epoch_end(run, epoch, logs);
    progress.end_epoch(logs);
    trainer.history.add(epoch, logs);
  }
  trainer.optimizer.finalize(trainer.trained());
  for (Callback& c : o.callbacks) c.on_train_end(run);
  return trainer.history;
}

Evaluation Model::evaluate(const Samples& x, const Array& y, EvaluateOptions o, Loc loc) {
  detail::Trainer& trainer = compiled("evaluate", loc);
  const Pass pass(loc);
  need_samples("evaluate", x, y, loc);
  positive("evaluate", "batch size", o.batch_size, loc);
  trainer.begin(*this, x, loc);
  detail::Progress progress(o.verbose, 1, batch_count(x.size(), o.batch_size, o.steps));
  progress.begin_epoch(0);
  const Array weight = sample_weights("evaluate", y, o.sample_weight, {}, loc);
  const Evaluation e = trainer.evaluate(*this, x, y, weight, o.batch_size, o.steps, &progress);
  progress.end_epoch(e.logs);
  return e;
}

Array Model::predict(const Samples& x, PredictOptions o, Loc loc) {
  const Pass pass(loc);
  positive("predict", "batch size", o.batch_size, loc);
  const NoGrad off;
  const Training inference(false);
  build(x.sample_shape(), DType::float32, loc);
  const std::int64_t count = batch_count(x.size(), o.batch_size, o.steps);
  if (count == 0) return result_of(*this, x).value();
  std::vector<Var> parts;
  for (std::int64_t i = 0; i < count; ++i)
    parts.push_back(result_of(*this, x.range(i * o.batch_size, std::min(x.size(), (i + 1) * o.batch_size))));
  return parts.size() == 1 ? parts[0].value() : concat(parts, 0).value();
}

Evaluation Model::train_on_batch(const Samples& x, const Array& y, const Array& sample_weight, Loc loc) {
  detail::Trainer& trainer = compiled("train_on_batch", loc);
  const Pass pass(loc);
  need_samples("train_on_batch", x, y, loc);
  trainer.begin(*this, x, loc);
  trainer.reset_figures();
  trainer.train(*this, Batch{x, y, sample_weights("train_on_batch", y, sample_weight, {}, loc)});
  return trainer.figures();
}

Evaluation Model::test_on_batch(const Samples& x, const Array& y, const Array& sample_weight, Loc loc) {
  detail::Trainer& trainer = compiled("test_on_batch", loc);
  const Pass pass(loc);
  need_samples("test_on_batch", x, y, loc);
  trainer.begin(*this, x, loc);
  trainer.reset_figures();
  trainer.test(*this, Batch{x, y, sample_weights("test_on_batch", y, sample_weight, {}, loc)});
  return trainer.figures();
}

Array Model::predict_on_batch(const Samples& x, Loc loc) {
  return predict(x, {.batch_size = std::max<std::int64_t>(1, x.size())}, loc);
}

Layer Model::get_layer(std::string_view wanted, Loc loc) const {
  std::vector<std::string_view> known;
  for (const Layer& layer : layers()) {
    if (layer.name() == wanted) return layer;
    known.push_back(layer.name());
  }
  throw ArgError("get_layer",
                 "needs the name of a layer of '" + name() + "'; got '" + std::string(wanted) + "'" +
                     detail::near_matches(wanted, known),
                 loc);
}

void Model::summary() const { summary(std::cout); }
void Model::summary(std::ostream& out) const { out << xgrad::summary(*this); }

void Model::save_weights(const std::string& path, Loc loc) const { xgrad::save_weights(*this, path, loc); }
UnmatchedWeights Model::load_weights(const std::string& path, LoadWeightsOptions options, Loc loc) {
  return xgrad::load_weights(*this, path, options, loc);
}

Optimizer& Model::optimizer(Loc loc) const { return compiled("optimizer", loc).optimizer; }
const std::vector<Metric>& Model::metrics() const noexcept { return trainer_->metrics; }
const History& Model::history() const noexcept { return trainer_->history; }

}  // namespace xgrad
