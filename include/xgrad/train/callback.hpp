#pragma once
/// \file Callbacks: what looks on at a training, and may end it.

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"
#include "xgrad/train/history.hpp"

namespace xgrad {

class Model;
struct LambdaCallback;

/// A training under way, as its callbacks see it.
struct TrainingRun {
  Model& model;
  int epochs = 1;          ///< that were asked for
  std::int64_t steps = 0;  ///< batches an epoch; 0 where nobody knows
  int verbose = 0;         ///< 0: silent, 1: a bar, 2: a line an epoch
  bool stop = false;       ///< set it, and the training ends after this batch or epoch
};

/// What looks on at a training: any struct with some of these members.
///
/// ```
/// on_train_begin(TrainingRun&)                           on_train_end(TrainingRun&)
/// on_epoch_begin(TrainingRun&, int epoch, Logs&)         on_epoch_end(TrainingRun&, int epoch, Logs&)
/// on_batch_begin(TrainingRun&, std::int64_t batch)       on_batch_end(TrainingRun&, std::int64_t batch, Logs&)
/// ```
/// Epochs and batches count from 0. The logs of an epoch's end hold its figures; what a callback adds to them, later
/// callbacks and the history see.
class Callback {
 public:
  Callback(LambdaCallback functions);  // NOLINT(google-explicit-constructor)
  template <class C>
  requires(!std::is_same_v<C, Callback> && !std::is_same_v<C, LambdaCallback>) Callback(C callback)
      : model_(std::make_shared<Of<C>>(std::move(callback))) {}  // NOLINT(google-explicit-constructor)

  void on_train_begin(TrainingRun& run) { model_->on_train_begin(run); }
  void on_train_end(TrainingRun& run) { model_->on_train_end(run); }
  void on_epoch_begin(TrainingRun& run, int epoch, Logs& logs) { model_->on_epoch_begin(run, epoch, logs); }
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs) { model_->on_epoch_end(run, epoch, logs); }
  void on_batch_begin(TrainingRun& run, std::int64_t batch) { model_->on_batch_begin(run, batch); }
  void on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs) { model_->on_batch_end(run, batch, logs); }

 private:
  struct Hooks {
    virtual ~Hooks() = default;
    virtual void on_train_begin(TrainingRun&) = 0;
    virtual void on_train_end(TrainingRun&) = 0;
    virtual void on_epoch_begin(TrainingRun&, int, Logs&) = 0;
    virtual void on_epoch_end(TrainingRun&, int, Logs&) = 0;
    virtual void on_batch_begin(TrainingRun&, std::int64_t) = 0;
    virtual void on_batch_end(TrainingRun&, std::int64_t, Logs&) = 0;
  };
  template <class C>
  struct Of final : Hooks {
    explicit Of(C c) : own(std::move(c)) {
      static_assert(
          requires(TrainingRun & r, Logs & l) { own.on_train_begin(r); } ||
              requires(TrainingRun & r, Logs & l) { own.on_train_end(r); } ||
              requires(TrainingRun & r, Logs & l) { own.on_epoch_begin(r, 0, l); } ||
              requires(TrainingRun & r, Logs & l) { own.on_epoch_end(r, 0, l); } ||
              requires(TrainingRun & r, Logs & l) { own.on_batch_begin(r, 0); } ||
              requires(TrainingRun & r, Logs & l) { own.on_batch_end(r, 0, l); },
          "a callback needs at least one of the members that Callback names");
    }
    void on_train_begin(TrainingRun& run) override {
      if constexpr (requires { own.on_train_begin(run); }) own.on_train_begin(run);
    }
    void on_train_end(TrainingRun& run) override {
      if constexpr (requires { own.on_train_end(run); }) own.on_train_end(run);
    }
    void on_epoch_begin(TrainingRun& run, int epoch, Logs& logs) override {
      if constexpr (requires { own.on_epoch_begin(run, epoch, logs); }) own.on_epoch_begin(run, epoch, logs);
    }
    void on_epoch_end(TrainingRun& run, int epoch, Logs& logs) override {
      if constexpr (requires { own.on_epoch_end(run, epoch, logs); }) own.on_epoch_end(run, epoch, logs);
    }
    void on_batch_begin(TrainingRun& run, std::int64_t batch) override {
      if constexpr (requires { own.on_batch_begin(run, batch); }) own.on_batch_begin(run, batch);
    }
    void on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs) override {
      if constexpr (requires { own.on_batch_end(run, batch, logs); }) own.on_batch_end(run, batch, logs);
    }
    C own;
  };
  std::shared_ptr<Hooks> model_;
};

/// Functions as a callback; those that are not given do nothing.
struct LambdaCallback {
  std::function<void(TrainingRun&)> on_train_begin = {};
  std::function<void(TrainingRun&)> on_train_end = {};
  std::function<void(TrainingRun&, int, Logs&)> on_epoch_begin = {};
  std::function<void(TrainingRun&, int, Logs&)> on_epoch_end = {};
  std::function<void(TrainingRun&, std::int64_t)> on_batch_begin = {};
  std::function<void(TrainingRun&, std::int64_t, Logs&)> on_batch_end = {};
};

/// Which way a watched figure improves: "auto" (by its metric; losses fall), "min" or "max".
namespace detail {
/// Whether `now` is better than `best` by more than `min_delta`. NaN never is.
bool improves(bool up, double now, double best, double min_delta) noexcept;
/// Whether the figure improves upwards. @throws ArgError for a mode that is none, or "auto" for an unknown figure
bool improves_upwards(const Model& model, const std::string& monitor, const std::string& mode);
}  // namespace detail

/// Ends a training when a figure has not improved for `patience` epochs.
///
/// As in Keras, patience 0 and 1 are alike, the first epoch never ends it, and `restore_best_weights` brings back the
/// best epoch's weights whether or not the training was cut short. Copies share what they have seen: ask the one that
/// you passed for `best_epoch()`.
struct EarlyStopping {
  std::string monitor = "val_loss";
  double min_delta = 0;
  int patience = 0;
  int verbose = 0;
  std::string mode = "auto";
  double baseline = std::numeric_limits<double>::quiet_NaN();  ///< to be beaten besides; NaN: none
  bool restore_best_weights = false;
  int start_from_epoch = 0;

  /// The epoch of the best figure, from 0; −1 before there is one.
  int best_epoch() const noexcept { return state->best_epoch; }
  double best() const noexcept { return state->best; }
  /// The epoch after which the training was ended; −1 where it was not.
  int stopped_epoch() const noexcept { return state->stopped_epoch; }

  void on_train_begin(TrainingRun& run);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);
  void on_train_end(TrainingRun& run);

  /// What it has seen.
  struct State {
    double best = std::numeric_limits<double>::quiet_NaN();
    int wait = 0, best_epoch = -1, stopped_epoch = -1;
    bool up = false;
    std::vector<Array> weights = {};
  };
  std::shared_ptr<State> state = std::make_shared<State>();
};

/// Ends a training at the first loss that is NaN or infinite.
struct TerminateOnNaN {
  void on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs);
};

/// Lowers the learning rate by `factor` when a figure has not improved for `patience` epochs.
struct ReduceLROnPlateau {
  std::string monitor = "val_loss";
  double factor = 0.1;
  int patience = 10;
  int verbose = 0;
  std::string mode = "auto";
  double min_delta = 1e-4;
  int cooldown = 0;
  double min_lr = 0;

  void on_train_begin(TrainingRun& run);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);

  /// What it has seen.
  struct State {
    double best = std::numeric_limits<double>::quiet_NaN();
    int wait = 0, cooling = 0;
    bool up = false;
  };
  std::shared_ptr<State> state = std::make_shared<State>();
};

/// Sets the learning rate at the begin of each epoch: `schedule(epoch, rate before)`.
struct LearningRateScheduler {
  std::function<double(int, double)> schedule;
  int verbose = 0;
  void on_epoch_begin(TrainingRun& run, int epoch, Logs& logs);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);
};

/// A line an epoch in a file of comma-separated values, as Keras writes it.
struct CSVLogger {
  std::string filename;
  std::string separator = ",";
  bool append = false;

  void on_train_begin(TrainingRun& run);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);

  /// The columns, once known.
  struct State {
    std::vector<std::string> keys = {};
    bool header = true;
  };
  std::shared_ptr<State> state = std::make_shared<State>();
};

}  // namespace xgrad
