#pragma once
// What a compiled model keeps, and its passes over batches.

#include <span>
#include <vector>

#include "nn/weights.hpp"
#include "train/progress.hpp"
#include "xgrad/tape/tape.hpp"
#include "xgrad/train/batches.hpp"
#include "xgrad/train/model.hpp"
#include "xgrad/train/recorder.hpp"

namespace xgrad::detail {

/// The samples of these numbers, or those from `begin` to `end`; an empty `weight` stays empty.
Batch batch_of(const Samples& x, const Array& y, const Array& weight, const Array& numbers);
Batch batch_of(const Samples& x, const Array& y, const Array& weight, std::int64_t begin, std::int64_t end);

/// The model's result for a batch, dense or sparse.
Var result_of(const Layer& model, const Samples& x);

/// How many batches of a size there are, or the most that are wanted (0: all).
std::int64_t batch_count(std::int64_t samples, std::int64_t size, std::int64_t most);

class Feed;

class Trainer {
 public:
  bool compiled = false;
  bool checked = false;                // whether samples and labels have been looked at
  std::vector<std::string> said = {};  // of what `check` finds
  std::string missing = {};            // what a file could not hold, where the model is not compiled for that
  Optimizer optimizer = "rmsprop";
  Loss loss;
  std::vector<Metric> metrics;
  History history;
  std::shared_ptr<const TrainingRecorder::State> recorded;  // of the last fit, where it was watched

  /// Before a pass: builds the model, and looks which weights are trained, penalised and constrained by now.
  void begin(const Layer& model, const Samples& x, Loc loc);
  /// A step on a batch; its loss and metrics join the figures.
  void train(const Layer& model, const Batch& batch);
  /// The same without a step, in inference mode.
  void test(const Layer& model, const Batch& batch);
  /// The loss of a batch as `train` takes it, with all that is added to it; neither steps nor joins the figures.
  Var loss_of(const Layer& model, const Batch& batch) const;
  /// All batches of a feed, or the first `steps`.
  Evaluation evaluate(const Layer& model, Feed& feed, int epoch, std::int64_t steps, Progress* progress);

  void reset_figures();
  /// Since the last reset: the loss, each batch counted by its samples, and the metrics.
  Evaluation figures() const;
  const Parameters& trained() const noexcept { return trained_; }

 private:
  Var total_loss(const Batch& batch, const Var& y_pred, std::span<const Var> added) const;
  void take_in(const Batch& batch, const Var& y_pred, const Var& total);

  Tape tape_;
  std::vector<OwnedWeight> weights_;
  Parameters trained_;
  bool constrained_ = false;
  double loss_sum_ = 0, loss_count_ = 0;
};

}  // namespace xgrad::detail
