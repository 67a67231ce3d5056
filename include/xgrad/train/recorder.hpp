#pragma once
/// \file TrainingRecorder: how weights, gradients and activations are spread, epoch by epoch.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "xgrad/train/callback.hpp"
#include "xgrad/train/samples.hpp"
#include "xgrad/view/histogram.hpp"

namespace xgrad {

/// Histograms by name, in the model's order.
using NamedHistograms = std::vector<std::pair<std::string, Histogram>>;

/// What a TrainingRecorder saw of the model at one moment.
struct TrainingRecord {
  int epochs = 0;                    ///< how many were over: 0 is before the first
  double loss = 0;                   ///< of the samples that it looks with, penalties included
  NamedHistograms weights = {};      ///< of each trained parameter: "dense/kernel"
  NamedHistograms gradients = {};    ///< of that loss, for each of them
  NamedHistograms activations = {};  ///< what each layer gave: "dense", or "block/dense" for a layer inside of another
};

/// Watches a training: before its first epoch and after the epochs, it runs some samples through the model, forward and
/// backward, and keeps histograms. `view::report` draws them.
///
/// ```cpp
/// TrainingRecorder recorder;
/// History history = model.fit(x, y, {.epochs = 20, .validation_split = 0.1, .callbacks = {recorder}});
/// view::report(history, model, "report.html");
/// ```
/// It takes one forward and one backward pass over the samples for each record, in inference mode (dropout passes
/// through, and batch normalization uses its moving statistics), and changes nothing: the weights come out bit for bit
/// as without it. Copies share what they have seen, which is of the last training, while each model remembers its own;
/// a backup (BackupAndRestore) keeps it.
struct TrainingRecorder {
  Samples x = {};              ///< what it looks with; none: what is validated on, else what is trained on. Of a source
                               ///< of batches: its first one
  Array y = zeros({0});        ///< their targets
  std::int64_t samples = 256;  ///< of them at most, evenly spread
  int max_epochs = 25;         ///< records at most: of longer trainings evenly spread epochs, the first and the last
  int bins = 48;               ///< of each histogram

  /// What it has seen of the last training.
  const std::vector<TrainingRecord>& records() const noexcept { return state->records; }

  /// @throws ArgError for options out of range; ShapeError for samples and targets that are not as many
  void on_train_begin(TrainingRun& run);
  void on_train_ready(TrainingRun& run);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);
  void on_epoch_done(TrainingRun& run, int epoch);
  void on_train_end(TrainingRun& run);
  void on_backup(Settings& seen, std::vector<Array>& arrays);

  /// What it has seen.
  struct State {
    Samples x = {};           ///< all samples that it may look with
    Array y = zeros({0});     ///< their targets
    std::string origin = {};  ///< "held-out samples"
    Samples probe_x = {};     ///< those that it looks with
    Array probe_y = zeros({0});
    std::vector<TrainingRecord> records = {};
  };
  std::shared_ptr<State> state = std::make_shared<State>();

 private:
  void record(TrainingRun& run, int epochs);
};

}  // namespace xgrad
