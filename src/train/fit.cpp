// Model::fit and Model::evaluate: epochs, batches, validation, callbacks.

#include <algorithm>
#include <exception>
#include <utility>

#include "train/check.hpp"
#include "train/feed.hpp"
#include "train/passes.hpp"

namespace xgrad {

void detail::need_samples(const char* operation, const Samples& x, const Array& y, Loc loc) {
  if (x.size() == 0) throw ArgError(operation, "needs at least one sample; got " + x.signature(), loc);
  if (y.rank() == 0 || y.shape()[0] != x.size())
    throw ShapeError(operation, "needs as many targets as samples; got " + x.signature() + " and " + signature(y), loc);
}

std::int64_t detail::positive(const char* operation, const char* what, std::int64_t n, Loc loc) {
  if (n <= 0) throw ArgError(operation, std::string("needs a positive ") + what + "; got " + std::to_string(n), loc);
  return n;
}

Array detail::sample_weights(const char* operation, const Array& y, const Array& given,
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

namespace {

using detail::batch_count;
using detail::Feed;
using detail::need_samples;
using detail::Pass;
using detail::positive;
using detail::sample_weights;

/// Figures in alphabetical order, as Keras's logs are.
Logs sorted(const Logs& logs) {
  std::vector<std::pair<std::string, double>> all(logs.begin(), logs.end());
  std::sort(all.begin(), all.end());
  Logs result;
  for (const auto& [name, value] : all) result.set(name, value);
  return result;
}

/// Tells the user once what cannot learn: a few samples show it, and all labels.
void look_once(const Model& model, detail::Trainer& trainer, const Samples& x, const Array& y) {
  if (std::exchange(trainer.checked, true)) return;
  detail::warn(model, trainer, x.range(0, std::min<std::int64_t>(x.size(), 256)), y);
}

/// What one call of `fit` runs on.
struct Course {
  Feed& feed;
  std::int64_t steps;    // of an epoch; 0 where nobody knows
  std::int64_t samples;  // 0 where nobody knows
  Feed* held = nullptr;  // what is validated on
  bool from_source = false;
  const Samples* x = nullptr;  // for TrainingRun
  const Array* y = nullptr;
  bool held_out = false;
};

void check_options(const FitOptions& o, Loc loc) {
  positive("fit", "batch size", o.batch_size, loc);
  positive("fit", "number of epochs", o.epochs, loc);
  positive("fit", "validation_freq", o.validation_freq, loc);
  positive("fit", "max_queue_size", o.max_queue_size, loc);
  if (!(o.validation_split >= 0 && o.validation_split < 1))
    throw ArgError("fit", "needs a validation_split from 0 to below 1; got " + std::to_string(o.validation_split), loc);
  if (o.initial_epoch < 0)
    throw ArgError("fit", "needs an initial_epoch that is not negative; got " + std::to_string(o.initial_epoch), loc);
  if (o.validation_data.x.given() && o.validation_source)
    throw ArgError("fit", "needs validation_data or a validation_source; got both", loc);
  if (o.validation_data.x.given()) need_samples("fit", o.validation_data.x, o.validation_data.y, loc);
}

/// A training that fails before it has made an epoch leaves the history of the one before.
class NewHistory {
 public:
  explicit NewHistory(History& history) : history_(history), before_(std::exchange(history, {})) {}
  ~NewHistory() {
    if (history_.epochs().empty() && std::uncaught_exceptions() > uncaught_) history_ = std::move(before_);
  }
  NewHistory(const NewHistory&) = delete;
  NewHistory& operator=(const NewHistory&) = delete;

 private:
  History& history_;
  History before_;
  int uncaught_ = std::uncaught_exceptions();
};

History run(Model& model, detail::Trainer& trainer, const Course& course, FitOptions& o, Loc loc) {
  detail::Progress progress(o.verbose, o.epochs, course.steps);
  TrainingRun run{.model = model,
                  .epochs = o.epochs,
                  .steps = course.steps,
                  .verbose = progress.verbosity(),
                  .epoch = o.initial_epoch,
                  .callbacks = o.callbacks,
                  .samples = course.samples,
                  .x = course.x,
                  .y = course.y,
                  .held_out = course.held_out};
  const NewHistory fresh(trainer.history);
  trainer.recorded = nullptr;
  for (Callback& c : o.callbacks) c.on_train_begin(run);
  for (Callback& c : o.callbacks) c.on_train_ready(run);
  std::int64_t first = 0;
  if (run.resumption) {
    run.epoch = run.resumption->epoch;
    run.stop = run.resumption->stop;
    first = run.resumption->batch;
    trainer.history = run.resumption->history;
    (first > 0 ? run.resumption->at_epoch : run.resumption->at_batch).restore();
  }
  Batch batch;
  for (; run.epoch < o.epochs && !run.stop; ++run.epoch) {
    run.epoch_begin = detail::RandomPlace::now();
    Logs logs;
    for (Callback& c : o.callbacks) c.on_epoch_begin(run, run.epoch, logs);
    progress.begin_epoch(run.epoch);
    trainer.reset_figures();
    course.feed.begin_epoch(run.epoch, first);
    if (first > 0) run.resumption->at_batch.restore();
    std::int64_t i = first;
    for (; (course.steps == 0 || i < course.steps) && !run.stop && course.feed.next(batch); ++i) {
      if (course.from_source) need_samples("fit", batch.x, batch.y, loc);
      for (Callback& c : o.callbacks) c.on_batch_begin(run, i);
      trainer.train(model, batch);
      if (!o.callbacks.empty()) {
        Logs so_far = trainer.figures().logs;
        for (Callback& c : o.callbacks) c.on_batch_end(run, i, so_far);
      }
      if (progress.due(i + 1)) progress.step(i + 1, sorted(trainer.figures().logs));
    }
    if (i == 0) throw ArgError("fit", "needs a source that gives at least one batch an epoch; got none", loc);
    first = 0;
    for (const auto& [name, value] : trainer.figures().logs) logs.set(name, value);
    if (course.held && (run.epoch + 1) % o.validation_freq == 0) {
      const Evaluation e = trainer.evaluate(model, *course.held, run.epoch, o.validation_steps, nullptr);
      for (const auto& [name, value] : e.logs) logs.set("val_" + name, value);
    }
    logs = sorted(logs);
    for (Callback& c : o.callbacks) c.on_epoch_end(run, run.epoch, logs);
    progress.end_epoch(logs);
    trainer.history.add(run.epoch, logs);
    for (Callback& c : o.callbacks) c.on_epoch_done(run, run.epoch);
  }
  trainer.optimizer.finalize(trainer.trained());
  for (Callback& c : o.callbacks) c.on_train_end(run);
  return trainer.history;
}

}  // namespace

History Model::fit(const Samples& x, const Array& y, FitOptions o, Loc loc) {
  detail::Trainer& trainer = compiled("fit", loc);
  const Pass pass(loc);
  need_samples("fit", x, y, loc);
  check_options(o, loc);
  const bool given = o.validation_data.x.given() || o.validation_source;
  const auto count = !given && o.validation_split > 0
                         ? static_cast<std::int64_t>(static_cast<double>(x.size()) * (1 - o.validation_split))
                         : x.size();
  if (count == 0) throw ArgError("fit", "needs samples to train on; got a validation_split that takes all", loc);
  const Array weight = sample_weights("fit", y, o.sample_weight, o.class_weight, loc);
  const Array held_weight = weight.size() > 0 && count < x.size() ? weight.rows(count, x.size()) : zeros({0});
  const ValidationData held = given ? std::move(o.validation_data)
                              : count < x.size()
                                  ? ValidationData{x.range(count, x.size()), y.rows(count, x.size()), held_weight}
                                  : ValidationData{};
  trainer.begin(*this, x, loc);
  look_once(*this, trainer, x, y);

  detail::ArrayFeed feed(x, y, weight, count, o.batch_size, o.shuffle);
  const std::int64_t held_size = o.validation_batch_size > 0 ? o.validation_batch_size : o.batch_size;
  detail::ArrayFeed held_rows(held.x, held.y, held.sample_weight, held.x.size(), held_size, false);
  detail::SourceFeed held_source(o.validation_source, o.validation_steps, static_cast<std::size_t>(o.max_queue_size));
  const Course course{.feed = feed,
                      .steps = batch_count(count, o.batch_size, o.steps_per_epoch),
                      .samples = count,
                      .held = o.validation_source ? static_cast<Feed*>(&held_source)
                              : held.x.given()    ? &held_rows
                                                  : nullptr,
                      .x = held.x.given() ? &held.x : &x,
                      .y = held.x.given() ? &held.y : &y,
                      .held_out = held.x.given()};
  return run(*this, trainer, course, o, loc);
}

History Model::fit(const BatchSource& source, FitOptions o, Loc loc) {
  detail::Trainer& trainer = compiled("fit", loc);
  const Pass pass(loc);
  if (!source) throw ArgError("fit", "needs a source of batches; got an empty function", loc);
  check_options(o, loc);
  const auto unused = [&](bool given, const char* option) {
    if (given)
      throw ArgError(
          "fit", std::string("needs a source's batches to say what ") + option + " would; got a source and " + option,
          loc);
  };
  unused(o.validation_split > 0, "validation_split");
  unused(!o.class_weight.empty(), "class_weight");
  unused(o.sample_weight.size() > 0, "sample_weight");
  const auto ahead = static_cast<std::size_t>(o.max_queue_size);
  detail::SourceFeed feed(source, o.steps_per_epoch, ahead);
  const Batch* first = feed.peek(o.initial_epoch);
  if (!first) throw ArgError("fit", "needs a source that gives at least one batch an epoch; got none", loc);
  need_samples("fit", first->x, first->y, loc);
  trainer.begin(*this, first->x, loc);
  look_once(*this, trainer, first->x, first->y);

  const ValidationData held = std::move(o.validation_data);
  const std::int64_t held_size = o.validation_batch_size > 0 ? o.validation_batch_size : o.batch_size;
  detail::ArrayFeed held_rows(held.x, held.y, held.sample_weight, held.x.size(), held_size, false);
  detail::SourceFeed held_source(o.validation_source, o.validation_steps, ahead);
  const Course course{.feed = feed,
                      .steps = o.steps_per_epoch,
                      .samples = 0,
                      .held = o.validation_source ? static_cast<Feed*>(&held_source)
                              : held.x.given()    ? &held_rows
                                                  : nullptr,
                      .from_source = true,
                      .x = held.x.given() ? &held.x : &first->x,
                      .y = held.x.given() ? &held.y : &first->y,
                      .held_out = held.x.given()};
  return run(*this, trainer, course, o, loc);
}

Evaluation Model::evaluate(const Samples& x, const Array& y, EvaluateOptions o, Loc loc) {
  detail::Trainer& trainer = compiled("evaluate", loc);
  const Pass pass(loc);
  need_samples("evaluate", x, y, loc);
  positive("evaluate", "batch size", o.batch_size, loc);
  trainer.begin(*this, x, loc);
  const std::int64_t steps = batch_count(x.size(), o.batch_size, o.steps);
  detail::Progress progress(o.verbose, 1, steps);
  progress.begin_epoch(0);
  const Array weight = sample_weights("evaluate", y, o.sample_weight, {}, loc);
  detail::ArrayFeed feed(x, y, weight, x.size(), o.batch_size, false);
  const Evaluation e = trainer.evaluate(*this, feed, 0, steps, &progress);
  progress.end_epoch(e.logs);
  return e;
}

Evaluation Model::evaluate(const BatchSource& source, EvaluateOptions o, Loc loc) {
  detail::Trainer& trainer = compiled("evaluate", loc);
  const Pass pass(loc);
  if (!source) throw ArgError("evaluate", "needs a source of batches; got an empty function", loc);
  detail::SourceFeed feed(source, o.steps, 10);
  const Batch* first = feed.peek(0);
  if (!first) throw ArgError("evaluate", "needs a source that gives at least one batch; got none", loc);
  need_samples("evaluate", first->x, first->y, loc);
  trainer.begin(*this, first->x, loc);
  detail::Progress progress(o.verbose, 1, o.steps);
  progress.begin_epoch(0);
  const Evaluation e = trainer.evaluate(*this, feed, 0, o.steps, &progress);
  progress.end_epoch(e.logs);
  return e;
}

}  // namespace xgrad
