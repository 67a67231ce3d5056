// Callbacks that keep models in files: the best one, and where a training stands.

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "core/atomic_file.hpp"
#include "train/saved_model.hpp"
#include "train/trainer.hpp"
#include "xgrad/io/safetensors.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

namespace fs = std::filesystem;

void make_folder(const char* callback, const fs::path& folder) {
  std::error_code failed;
  if (!folder.empty()) fs::create_directories(folder, failed);
  if (failed)
    throw IoError(callback, "needs a folder that can be made; got " + folder.string() + " (" + failed.message() + ")",
                  detail::user_line());
}

/// A number in a format of Python's: [0][width][.precision] and d, f, e, g, or nothing.
std::string formatted(const std::string& field, const std::string& format, double value) {
  const auto refuse = [&] {
    throw ArgError("ModelCheckpoint",
                   "needs a format like 02d, .3f, .2e or .4g for '" + field + "'; got '" + format + "'",
                   detail::user_line());
  };
  std::size_t at = 0;
  const auto digits = [&] {
    std::string text;
    while (at < format.size() && format[at] >= '0' && format[at] <= '9') text += format[at++];
    if (text.size() > 2) refuse();
    return text;
  };
  std::string print = "%" + digits();
  if (at < format.size() && format[at] == '.') {
    ++at;
    print += "." + digits();
  }
  const bool whole = std::trunc(value) == value && std::abs(value) < 1e15;
  const char type = at < format.size() ? format[at++] : (field == "epoch" || field == "batch") ? 'd' : 'g';
  if (at != format.size() || std::string_view("dfeg").find(type) == std::string_view::npos || (type == 'd' && !whole))
    refuse();
  char text[400];
  if (type == 'd') {
    std::snprintf(text, sizeof text, (print + "lld").c_str(), static_cast<long long>(value));
  } else {
    std::snprintf(text, sizeof text, (print + type).c_str(), value);
  }
  return text;
}

/// "m-{epoch:02d}.safetensors" with its fields filled in; `value_of` gives a field's number.
template <class ValueOf>
std::string filled(const std::string& path, ValueOf&& value_of) {
  std::string text;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '{') {
      text += path[at];
      continue;
    }
    const std::size_t end = path.find('}', at);
    if (end == std::string::npos)
      throw ArgError("ModelCheckpoint", "needs a '}' for every '{' in its path; got '" + path + "'",
                     detail::user_line());
    const std::string field = path.substr(at + 1, end - at - 1);
    const std::size_t colon = field.find(':');
    const std::string name = field.substr(0, colon);
    text += formatted(name, colon == std::string::npos ? "" : field.substr(colon + 1), value_of(name));
    at = end;
  }
  return text;
}

std::string fixed(double value) {
  char text[400];
  std::snprintf(text, sizeof text, "%.5f", value);
  return text;
}

}  // namespace

// --- ModelCheckpoint ---

void ModelCheckpoint::on_train_begin(TrainingRun& run) {
  const Loc loc = detail::user_line();
  const bool npz = save_weights_only && filepath.ends_with(".npz");
  if (!filepath.ends_with(".safetensors") && !npz)
    throw ArgError("ModelCheckpoint",
                   "needs a path that ends in .safetensors, or .npz with save_weights_only; got '" + filepath + "'",
                   loc);
  if (save_freq < 0)
    throw ArgError("ModelCheckpoint", "needs a save_freq that is not negative; got " + std::to_string(save_freq), loc);
  filled(filepath, [](const std::string&) { return 0.0; });  // finds what is wrong with the path
  if (!save_weights_only) detail::SavedModel(run.model, "ModelCheckpoint", ".safetensors", loc);
  State& s = *state;
  s.batches = 0;
  if (save_best_only) s.up = detail::improves_upwards(run.model, monitor, mode);
  if (!s.begun) s.best = initial_value_threshold;
  s.begun = true;
}

void ModelCheckpoint::on_batch_end(TrainingRun& run, std::int64_t batch, Logs& logs) {
  if (save_freq > 0 && ++state->batches % save_freq == 0) save(run, run.epoch, batch, logs);
}
void ModelCheckpoint::on_epoch_end(TrainingRun& run, int epoch, Logs& logs) {
  if (save_freq == 0) save(run, epoch, 0, logs);
}

void ModelCheckpoint::save(TrainingRun& run, int epoch, std::int64_t batch, const Logs& logs) const {
  State& s = *state;
  const std::string path = filled(filepath, [&](const std::string& name) -> double {
    if (name == "epoch") return epoch + 1;
    if (name == "batch" && save_freq > 0) return static_cast<double>(batch + 1);
    return logs[FigureName(name, detail::user_line())];
  });
  std::string said = "saving model to " + path;
  if (save_best_only) {
    const double* now = logs.find(monitor);
    if (!now) {
      detail::warn_missing("ModelCheckpoint", monitor, logs);  // and saves, as Keras does
    } else if (std::isnan(s.best) ? !std::isnan(*now) : detail::improves(s.up, *now, s.best, 0)) {
      said = monitor + " improved from " + (std::isnan(s.best) ? "None" : fixed(s.best)) + " to " + fixed(*now) + ", " +
             said;
      s.best = *now;
    } else {
      if (verbose > 0)
        std::printf("\nEpoch %d: %s did not improve from %s\n", epoch + 1, monitor.c_str(), fixed(s.best).c_str());
      return;
    }
  }
  if (verbose > 0) std::printf("\nEpoch %d: %s\n", epoch + 1, said.c_str());
  make_folder("ModelCheckpoint", fs::path(path).parent_path());
  if (save_weights_only) {
    run.model.save_weights(path, detail::user_line());
  } else {
    run.model.save(path, detail::user_line());
  }
  if (verbose > 0) std::printf("\nEpoch %d: finished saving model to %s\n", epoch + 1, path.c_str());
}

void ModelCheckpoint::on_backup(Settings& seen, std::vector<Array>&) {
  seen("best", state->best)("batches", state->batches);
}

// --- BackupAndRestore ---

namespace {

constexpr const char* key = "xgrad_backup";

std::string backup_file(const BackupAndRestore& b) { return (fs::path(b.backup_dir) / "backup.safetensors").string(); }

void exchange(Settings& s, const char* name, detail::RandomPlace& place) {
  Settings inner = s.member(name);
  if (inner) inner("seed", place.seed)("stream", place.stream);
}

/// What must be the same for a backup to be of this training.
void exchange_identity(Settings& s, TrainingRun& run) {
  std::vector<std::string> weights, slots = run.model.optimizer().slot_names();
  for (const Parameter& p : run.model.weights()) weights.push_back(signature(p.value()));
  std::string optimizer = run.model.optimizer().name();
  const auto same = [&](const char* name, auto mine) {
    auto theirs = mine;
    s(name, theirs);
    if (s.reading() && theirs != mine)
      s.refuse("a backup of this training (remove it to begin anew)", std::string("one that differs in its ") + name);
  };
  same("weights", weights);
  same("optimizer", optimizer);
  same("slots", slots);
  same("samples", run.samples);
  same("steps", run.steps);
  same("callbacks", static_cast<std::int64_t>(run.callbacks.size()));
}

void write(const BackupAndRestore& b, TrainingRun& run, int epoch, std::int64_t batch) {
  const Loc loc = detail::user_line();
  const std::string path = backup_file(b);
  detail::SettingsFile file("BackupAndRestore", path, loc);
  Settings root = file.root();
  exchange_identity(root, run);

  NamedArrays arrays;
  const auto add = [&](const std::string& what, const Array& a) {
    arrays.emplace_back(std::to_string(arrays.size()) + " " + what, a);
  };
  Optimizer& optimizer = run.model.optimizer();
  std::int64_t iterations = optimizer.iterations();
  double rate = optimizer.learning_rate();
  bool stop = run.stop;
  root("epoch", epoch)("batch", batch)("stop", stop)("iterations", iterations)("rate", rate);
  detail::RandomPlace now = detail::RandomPlace::now();
  exchange(root, "random_at_epoch", run.epoch_begin);
  exchange(root, "random", now);
  History history = run.model.history();
  root("history", history);

  const Parameters weights = run.model.weights();
  for (const Parameter& p : weights) add(p.name(), p.value());
  for (const Parameter& p : weights) {
    std::int64_t count = static_cast<std::int64_t>(optimizer.slots(p).size());
    Settings element = root.append("memory");
    element("slots", count);
    for (const Array& slot : optimizer.slots(p)) add(p.name() + " slot", slot);
  }
  for (Callback& c : run.callbacks) {
    Settings element = root.append("seen");
    std::vector<Array> own;
    Settings of_callback = element.member("by");
    c.on_backup(of_callback, own);
    std::int64_t count = static_cast<std::int64_t>(own.size());
    element("arrays", count);
    for (const Array& a : own) add("callback", a);
  }
  save_safetensors(path, arrays, {{key, file.text()}}, loc);
}

void read(const BackupAndRestore& b, TrainingRun& run) {
  const Loc loc = detail::user_line();
  const std::string path = backup_file(b);
  const Safetensors saved = load_safetensors(path, loc);
  const auto text = saved.metadata.find(key);
  if (text == saved.metadata.end())
    throw IoError("BackupAndRestore", "needs a backup in " + path + "; got another safetensors file", loc);
  detail::SettingsFile file("BackupAndRestore", path, loc, text->second);
  Settings root = file.root();
  exchange_identity(root, run);

  std::size_t at = 0;
  const auto take = [&](std::int64_t count) {
    if (count < 0 || static_cast<std::size_t>(count) > saved.arrays.size() - at)
      root.refuse("as many arrays as it speaks of", std::to_string(saved.arrays.size()));
    std::vector<Array> some;
    for (; count > 0; --count) some.push_back(saved.arrays[at++].second);
    return some;
  };
  detail::Resumption resumption;
  std::int64_t iterations = 0;
  double rate = 0;
  root("epoch", resumption.epoch)("batch", resumption.batch)("stop", resumption.stop);
  root("iterations", iterations)("rate", rate)("history", resumption.history);
  exchange(root, "random_at_epoch", resumption.at_epoch);
  exchange(root, "random", resumption.at_batch);

  // All is read before anything changes.
  const Parameters weights = run.model.weights();
  const std::vector<Array> values = take(static_cast<std::int64_t>(weights.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (signature(values[i]) != signature(weights[i].value()))
      root.refuse("a weight like '" + weights[i].name() + "', " + signature(weights[i].value()), signature(values[i]));
  std::vector<Settings> memory = root.elements("memory"), seen = root.elements("seen");
  if (memory.size() != weights.size() || seen.size() != run.callbacks.size())
    root.refuse("the memory of all weights and callbacks", "less");
  std::vector<std::vector<Array>> slots, own;
  for (Settings& element : memory) {
    std::int64_t count = 0;
    element("slots", count);
    slots.push_back(take(count));
  }
  for (Settings& element : seen) {
    std::int64_t count = 0;
    element("arrays", count);
    own.push_back(take(count));
  }

  Optimizer& optimizer = run.model.optimizer();
  optimizer.set_iterations(iterations, loc);
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (!slots[i].empty()) optimizer.set_slots(weights[i], slots[i], loc);
  if (!optimizer.has_schedule()) optimizer.set_learning_rate(rate, loc);
  run.model.set_weights(values, loc);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    Settings by = seen[i].member("by");
    if (by) run.callbacks[i].on_backup(by, own[i]);
  }
  root.finish();
  run.resumption = std::move(resumption);
}

/// What a write that was killed has left.
void remove_unfinished(const std::string& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".xgrad-") && name.ends_with(".tmp")) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

detail::RandomPlace detail::RandomPlace::now() noexcept { return {mode().random_seed, mode().random_stream}; }
void detail::RandomPlace::restore() const noexcept {
  mode().random_seed = seed;
  mode().random_stream = stream;
}

void BackupAndRestore::on_train_begin(TrainingRun&) {
  if (save_freq < 0)
    throw ArgError("BackupAndRestore", "needs a save_freq that is not negative; got " + std::to_string(save_freq),
                   detail::user_line());
  if (backup_dir.empty()) throw ArgError("BackupAndRestore", "needs a backup_dir; got none", detail::user_line());
  make_folder("BackupAndRestore", backup_dir);
  remove_unfinished(backup_dir);
  detail::AtomicFile(backup_file(*this), "BackupAndRestore", detail::user_line());  // can it be written?
}

void BackupAndRestore::on_train_ready(TrainingRun& run) {
  if (fs::exists(backup_file(*this))) read(*this, run);
}

void BackupAndRestore::on_batch_end(TrainingRun& run, std::int64_t batch, Logs&) {
  // An epoch's last batch is followed by the epoch's own backup.
  if (save_freq > 0 && (batch + 1) % save_freq == 0 && batch + 1 != run.steps) write(*this, run, run.epoch, batch + 1);
}
void BackupAndRestore::on_epoch_done(TrainingRun& run, int epoch) {
  run.epoch_begin = detail::RandomPlace::now();  // of the next one
  write(*this, run, epoch + 1, 0);
}

void BackupAndRestore::on_train_end(TrainingRun&) {
  if (!delete_checkpoint) return;
  std::error_code ignored;
  fs::remove(backup_file(*this), ignored);
  remove_unfinished(backup_dir);
  fs::remove(backup_dir, ignored);  // where nothing else is in it
}

}  // namespace xgrad
