#pragma once
/// \file Callbacks: what looks on at a training, and may end it.

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"
#include "xgrad/train/history.hpp"
#include "xgrad/train/samples.hpp"

namespace xgrad {

class Model;
class Callback;
class Settings;
struct LambdaCallback;

namespace detail {
/// Where the thread's sequence of random numbers stands.
struct RandomPlace {
  std::uint64_t seed = 0, stream = 0;
  static RandomPlace now() noexcept;
  void restore() const noexcept;
};
/// Where a training that was broken off goes on.
struct Resumption {
  int epoch = 0;
  std::int64_t batch = 0;
  RandomPlace at_epoch = {}, at_batch = {};
  History history = {};
  bool stop = false;
};
}  // namespace detail

/// A training under way, as its callbacks see it.
struct TrainingRun {
  Model& model;
  int epochs = 1;          ///< that were asked for
  std::int64_t steps = 0;  ///< batches an epoch; 0 where nobody knows
  int verbose = 0;         ///< 0: silent, 1: a bar, 2: a line an epoch
  bool stop = false;       ///< set it, and the training ends after this batch or epoch
  int epoch = 0;           ///< under way, from 0
  std::span<Callback> callbacks = {};

  // --- for BackupAndRestore ---
  std::int64_t samples = 0;
  detail::RandomPlace epoch_begin = {};
  std::optional<detail::Resumption> resumption = {};

  // --- for TrainingRecorder: what is validated on, else what is trained on; of a source, its first batch. Until the
  // first epoch begins ---
  const Samples* x = nullptr;
  const Array* y = nullptr;
  bool held_out = false;
};

/// What looks on at a training: any struct with some of these members.
///
/// ```
/// on_train_begin(TrainingRun&)                           on_train_end(TrainingRun&)
/// on_epoch_begin(TrainingRun&, int epoch, Logs&)         on_epoch_end(TrainingRun&, int epoch, Logs&)
/// on_batch_begin(TrainingRun&, std::int64_t batch)       on_batch_end(TrainingRun&, std::int64_t batch, Logs&)
/// on_train_ready(TrainingRun&)                           on_epoch_done(TrainingRun&, int epoch)
/// on_backup(Settings&, std::vector<Array>&)
/// ```
/// Epochs and batches count from 0. The logs of an epoch's end hold its figures; what a callback adds to them, later
/// callbacks and the history see. `on_train_ready` comes after everybody's on_train_begin, `on_epoch_done` after
/// everybody's on_epoch_end, when the history has the epoch. `on_backup` writes what the callback has seen to a backup,
/// or (`Settings::reading`) takes it back: see BackupAndRestore.
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
  void on_train_ready(TrainingRun& run) { model_->on_train_ready(run); }
  void on_epoch_done(TrainingRun& run, int epoch) { model_->on_epoch_done(run, epoch); }
  void on_backup(Settings& seen, std::vector<Array>& arrays) { model_->on_backup(seen, arrays); }

 private:
  struct Hooks {
    virtual ~Hooks() = default;
    virtual void on_train_begin(TrainingRun&) = 0;
    virtual void on_train_end(TrainingRun&) = 0;
    virtual void on_epoch_begin(TrainingRun&, int, Logs&) = 0;
    virtual void on_epoch_end(TrainingRun&, int, Logs&) = 0;
    virtual void on_batch_begin(TrainingRun&, std::int64_t) = 0;
    virtual void on_batch_end(TrainingRun&, std::int64_t, Logs&) = 0;
    virtual void on_train_ready(TrainingRun&) = 0;
    virtual void on_epoch_done(TrainingRun&, int) = 0;
    virtual void on_backup(Settings&, std::vector<Array>&) = 0;
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
              requires(TrainingRun & r, Logs & l) { own.on_batch_end(r, 0, l); } ||
              requires(TrainingRun & r) { own.on_train_ready(r); } ||
              requires(TrainingRun & r) { own.on_epoch_done(r, 0); },
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
    void on_train_ready(TrainingRun& run) override {
      if constexpr (requires { own.on_train_ready(run); }) own.on_train_ready(run);
    }
    void on_epoch_done(TrainingRun& run, int epoch) override {
      if constexpr (requires { own.on_epoch_done(run, epoch); }) own.on_epoch_done(run, epoch);
    }
    void on_backup(Settings& seen, std::vector<Array>& arrays) override {
      if constexpr (requires { own.on_backup(seen, arrays); }) own.on_backup(seen, arrays);
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
/// Says on the standard error stream that a figure is watched that there is not.
void warn_missing(const char* callback, const std::string& monitor, const Logs& logs);
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
  void on_backup(Settings& seen, std::vector<Array>& arrays);

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
  void on_backup(Settings& seen, std::vector<Array>& arrays);

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

namespace detail {
/// A log that grows line by line. What stood in the file stays until the first line comes.
struct LineFile {
  std::uint64_t size = 0;  ///< bytes that are kept
  bool begun = false;
};
}  // namespace detail

/// A line an epoch in a file of comma-separated values, as Keras writes it. What stood there before is replaced when
/// the first line comes.
struct CSVLogger {
  std::string filename;
  std::string separator = ",";
  bool append = false;

  void on_train_begin(TrainingRun& run);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);
  void on_train_end(TrainingRun& run);
  void on_backup(Settings& seen, std::vector<Array>& arrays);

  /// The columns, once known.
  struct State {
    std::vector<std::string> keys = {};
    bool header = true;
    detail::LineFile file = {};
  };
  std::shared_ptr<State> state = std::make_shared<State>();
};

/// A line of JSON an epoch, for programs that follow a training: {"epoch":0,"loss":0.25,"val_loss":0.5}. NaN and the
/// infinities, which JSON lacks, are null.
struct JSONLogger {
  std::string filename;
  bool append = false;

  void on_train_begin(TrainingRun& run);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);
  void on_train_end(TrainingRun& run);
  void on_backup(Settings& seen, std::vector<Array>& arrays);

  std::shared_ptr<detail::LineFile> file = std::make_shared<detail::LineFile>();
};

/// Saves the model as it trains.
///
/// The path may name the epoch (from 1), the batch (with `save_freq`) and any figure, with a format as in Python:
/// "model-{epoch:02d}-{val_loss:.3f}.safetensors". Folders are made. As in Keras, the best figure is remembered from
/// one `fit` to the next, and only a strictly better one counts.
struct ModelCheckpoint {
  std::string filepath;  ///< ends in .safetensors, or .npz for weights alone
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;
  std::string mode = "auto";
  std::int64_t save_freq = 0;  ///< batches from one file to the next, over all epochs; 0: one an epoch
  double initial_value_threshold = std::numeric_limits<double>::quiet_NaN();  ///< to be beaten by the first; NaN: none

  /// The best figure so far; NaN before there is one.
  double best() const noexcept { return state->best; }

  /// @throws ArgError for a path that says nothing of a format, a format that is none, or a model that cannot be saved
  void on_train_begin(TrainingRun& run);
  void on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs);
  void on_epoch_end(TrainingRun& run, int epoch, Logs& logs);
  void on_backup(Settings& seen, std::vector<Array>& arrays);

  /// What it has seen.
  struct State {
    double best = std::numeric_limits<double>::quiet_NaN();
    std::int64_t batches = 0;
    bool up = false, begun = false;
  };
  std::shared_ptr<State> state = std::make_shared<State>();

 private:
  void save(TrainingRun& run, int epoch, std::int64_t batch, const Logs& logs) const;
};

/// Makes a training that was killed, at whatever moment, go on where it stood: run the same program again, and `fit`
/// continues to the same weights, bit for bit.
///
/// The backup holds the weights, the optimizer's memory, the place in the sequence of random numbers, the history, and
/// what the callbacks have seen (those with `on_backup`: all of the library's that remember anything). The write is
/// atomic. When the training has ended, the backup is removed.
///
/// With a `save_freq`, batches of an epoch are skipped that were seen before; that epoch's own figures are then of the
/// batches after the backup alone.
struct BackupAndRestore {
  std::string backup_dir;      ///< made where it is missing; one for each training
  std::int64_t save_freq = 0;  ///< batches from one backup to the next; 0: one an epoch
  bool delete_checkpoint = true;

  /// @throws ArgError for two weights of one name; IoError for a folder that cannot be used
  void on_train_begin(TrainingRun& run);
  /// @throws IoError for a backup that is damaged, or of another training
  void on_train_ready(TrainingRun& run);
  void on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs);
  void on_epoch_done(TrainingRun& run, int epoch);
  void on_train_end(TrainingRun& run);
};

}  // namespace xgrad
