#include <algorithm>
#include <cmath>
#include <cstdio>

#include "xgrad/core/settings.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/train/callback.hpp"
#include "xgrad/train/model.hpp"

namespace xgrad {

namespace {

/// "1e-05", "0.001": a rate as one would write it.
std::string shortest(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

Callback::Callback(LambdaCallback f) {
  const auto fill = []<class... Args>(std::function<void(Args...)>& function) {
    if (!function) function = [](Args...) {};
  };
  fill(f.on_train_begin);
  fill(f.on_train_end);
  fill(f.on_epoch_begin);
  fill(f.on_epoch_end);
  fill(f.on_batch_begin);
  fill(f.on_batch_end);
  model_ = std::make_shared<Of<LambdaCallback>>(std::move(f));
}

void detail::warn_missing(const char* callback, const std::string& monitor, const Logs& logs) {
  std::string known;
  for (const auto& [name, value] : logs) known += (known.empty() ? "" : ", ") + name;
  std::fprintf(stderr, "xgrad: %s watches '%s', which this epoch does not have (it has: %s)\n", callback,
               monitor.c_str(), known.c_str());
}

bool detail::improves(bool up, double now, double best, double min_delta) noexcept {
  return up ? now - min_delta > best : now + min_delta < best;
}

bool detail::improves_upwards(const Model& model, const std::string& monitor, const std::string& mode) {
  if (mode == "min") return false;
  if (mode == "max") return true;
  if (mode != "auto")
    throw ArgError("callback", "needs a mode auto, min or max; got '" + mode + "'", detail::user_line());
  const std::string name = monitor.starts_with("val_") ? monitor.substr(4) : monitor;
  if (name == "loss") return false;
  for (const Metric& m : model.metrics()) {
    if (m.name() != name) continue;
    if (m.direction() == Direction::up) return true;
    if (m.direction() == Direction::down) return false;
  }
  throw ArgError("callback",
                 "needs a figure whose direction is known, or a mode min or max; got '" + monitor + "' with mode auto",
                 detail::user_line());
}

// --- EarlyStopping ---

void EarlyStopping::on_train_begin(TrainingRun& run) {
  *state = State{};
  state->up = detail::improves_upwards(run.model, monitor, mode);
}

void EarlyStopping::on_epoch_end(TrainingRun& run, int epoch, Logs& logs) {
  const double* now = logs.find(monitor);
  if (!now) return detail::warn_missing("EarlyStopping", monitor, logs);
  if (epoch < start_from_epoch) return;
  State& s = *state;
  const auto store = [&] {
    s.weights.clear();
    for (const Parameter& p : run.model.weights()) s.weights.push_back(p.value());
  };
  if (restore_best_weights && s.weights.empty()) {
    store();
    s.best_epoch = epoch;
  }
  ++s.wait;
  if (std::isnan(s.best) ? !std::isnan(*now) : detail::improves(s.up, *now, s.best, min_delta)) {
    s.best = *now;
    s.best_epoch = epoch;
    if (restore_best_weights) store();
    if (std::isnan(baseline) || detail::improves(s.up, *now, baseline, min_delta)) s.wait = 0;
    return;
  }
  if (s.wait >= patience && epoch > 0) {
    s.stopped_epoch = epoch;
    run.stop = true;
  }
}

void EarlyStopping::on_train_end(TrainingRun& run) {
  const State& s = *state;
  if (s.stopped_epoch >= 0 && verbose > 0) std::printf("Epoch %d: early stopping\n", s.stopped_epoch + 1);
  if (!restore_best_weights || s.weights.empty()) return;
  if (verbose > 0) std::printf("Restoring model weights from the end of the best epoch: %d.\n", s.best_epoch + 1);
  run.model.set_weights(s.weights);
}

void EarlyStopping::on_backup(Settings& seen, std::vector<Array>& arrays) {
  State& s = *state;
  seen("best", s.best)("wait", s.wait)("best_epoch", s.best_epoch)("stopped_epoch", s.stopped_epoch);
  if (seen.reading()) {
    s.weights = arrays;
  } else {
    arrays = s.weights;
  }
}

// --- the others ---

void TerminateOnNaN::on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs) {
  const double* loss = logs.find("loss");
  if (!loss || std::isfinite(*loss)) return;
  std::printf("Batch %lld: Invalid loss, terminating training\n", static_cast<long long>(batch));
  run.stop = true;
}

void ReduceLROnPlateau::on_train_begin(TrainingRun& run) {
  if (!(factor < 1))
    throw ArgError("ReduceLROnPlateau", "needs a factor below 1; got " + shortest(factor), detail::user_line());
  *state = State{};
  state->up = detail::improves_upwards(run.model, monitor, mode);
}

void ReduceLROnPlateau::on_epoch_end(TrainingRun& run, int epoch, Logs& logs) {
  Optimizer& optimizer = run.model.optimizer();
  const double rate = optimizer.learning_rate();
  logs.set("learning_rate", rate);
  const double* now = logs.find(monitor);
  if (!now) return detail::warn_missing("ReduceLROnPlateau", monitor, logs);
  State& s = *state;
  if (s.cooling > 0) {
    --s.cooling;
    s.wait = 0;
  }
  if (std::isnan(s.best) || detail::improves(s.up, *now, s.best, min_delta)) {
    s.best = *now;
    s.wait = 0;
  } else if (s.cooling == 0 && ++s.wait >= patience && rate > min_lr) {
    const double lower = std::max(rate * factor, min_lr);
    optimizer.set_learning_rate(lower);
    if (verbose > 0)
      std::printf("\nEpoch %d: ReduceLROnPlateau reducing learning rate to %s.\n", epoch + 1, shortest(lower).c_str());
    s.cooling = cooldown;
    s.wait = 0;
  }
}

void ReduceLROnPlateau::on_backup(Settings& seen, std::vector<Array>&) {
  State& s = *state;
  seen("best", s.best)("wait", s.wait)("cooling", s.cooling);
}

void LearningRateScheduler::on_epoch_begin(TrainingRun& run, int epoch, Logs&) {
  const double rate = schedule(epoch, run.model.optimizer().learning_rate());
  run.model.optimizer().set_learning_rate(rate);
  if (verbose > 0)
    std::printf("\nEpoch %d: LearningRateScheduler setting learning rate to %s.\n", epoch + 1, shortest(rate).c_str());
}
void LearningRateScheduler::on_epoch_end(TrainingRun& run, int, Logs& logs) {
  logs.set("learning_rate", run.model.optimizer().learning_rate());
}

}  // namespace xgrad
