// Models kept in files as they train, trainings that are killed and go on, and logs of the epochs.

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "support/scratch.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

namespace fs = std::filesystem;

Sequential small_model() {
  Sequential model{Dense{1, {.name = "d"}}};
  model.build({1});
  model.compile({.optimizer = SGD{0.1}, .loss = "mse"});
  return model;
}

/// The files that a checkpoint writes for these val_losses.
std::vector<std::string> files_after(ModelCheckpoint callback, const std::vector<double>& losses,
                                     const Scratch& folder) {
  callback.filepath = folder / callback.filepath;
  Sequential model = small_model();
  TrainingRun run{model};
  Callback c = callback;
  c.on_train_begin(run);
  for (std::size_t epoch = 0; epoch < losses.size(); ++epoch) {
    Logs logs;
    logs.set("val_loss", losses[epoch]);
    run.epoch = static_cast<int>(epoch);
    for (std::int64_t batch = 0; batch < 4; ++batch) c.on_batch_end(run, batch, logs);
    c.on_epoch_end(run, run.epoch, logs);
  }
  return folder.names();
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("ModelCheckpoint fills in epoch, batch and figures, and keeps the best alone where asked") {
  CHECK(files_after({.filepath = "m-{epoch:02d}-{val_loss:.2f}.safetensors"}, {0.5, 0.25}, Scratch()) ==
        Names{"m-01-0.50.safetensors", "m-02-0.25.safetensors"});
  CHECK(files_after({.filepath = "m{epoch}.safetensors", .save_best_only = true}, {1, 0.9, 0.95, 0.9, 0.8},
                    Scratch()) == Names{"m1.safetensors", "m2.safetensors", "m5.safetensors"});
  CHECK(files_after({.filepath = "m{epoch}.safetensors", .save_best_only = true, .mode = "max"}, {1, 0.9, 2},
                    Scratch()) == Names{"m1.safetensors", "m3.safetensors"});
  CHECK(files_after({.filepath = "m{epoch}.npz",
                     .save_best_only = true,
                     .save_weights_only = true,
                     .initial_value_threshold = 0.92},
                    {1, 0.9}, Scratch()) == Names{"m2.npz"});
  CHECK(files_after({.filepath = "m{epoch}-{batch:03d}.safetensors", .save_freq = 3}, {1, 1}, Scratch()) ==
        Names{"m1-003.safetensors", "m2-002.safetensors"});
  CHECK(files_after({.filepath = "deep/er/m.safetensors"}, {1}, Scratch()) == Names{"deep"});
}

TEST_CASE("a checkpoint is a model like any other, and its best figure lasts over trainings") {
  const Scratch folder;
  Sequential model = small_model();
  const Array x = arange(0, 8).reshape({8, 1}) * 0.1f, y = x * 2.f;
  ModelCheckpoint best{.filepath = folder / "best.safetensors", .monitor = "loss", .save_best_only = true};
  model.fit(x, y, {.epochs = 3, .shuffle = false, .callbacks = {best}, .verbose = 0});
  const double reached = best.best();
  Model loaded = load_model(folder / "best.safetensors");
  CHECK(loaded.optimizer().iterations() == 3);
  CHECK(loaded.weight("d/kernel").value().item<float>() == model.weight("d/kernel").value().item<float>());
  model.optimizer().set_learning_rate(0);
  fs::remove(folder / "best.safetensors");
  model.weight("d/kernel").assign(full({1, 1}, 100.));
  model.fit(x, y, {.callbacks = {best}, .verbose = 0});
  CHECK(best.best() == reached);
  CHECK(folder.names().empty());
}

TEST_CASE("what a checkpoint cannot do is said before the training begins") {
  Sequential model = small_model();
  const Array x = ones({4, 1}), y = ones({4, 1});
  const auto refused = [&](ModelCheckpoint c, const char* why) {
    const Array before = model.weight("d/kernel").value().copy();
    CHECK_THROWS_WITH_AS(model.fit(x, y, {.callbacks = {c}, .verbose = 0}), doctest::Contains(why), ArgError);
    CHECK(model.weight("d/kernel").value().item<float>() == before.item<float>());
  };
  refused({.filepath = "m.keras"}, "ends in .safetensors");
  refused({.filepath = "m.npz"}, "ends in .safetensors");
  refused({.filepath = "m{epoch:02x}.safetensors"}, "got '02x'");
  refused({.filepath = "m{epoch.safetensors"}, "needs a '}' for every '{'");
  refused({.filepath = "m{val_loss:2000d}.safetensors"}, "needs a format like");
  refused({.filepath = "m.safetensors", .save_freq = -1}, "not negative");
  Sequential own{Dense{1}, [](Var v) { return v * 2; }};
  own.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK_THROWS_WITH_AS(own.fit(x, y, {.callbacks = {ModelCheckpoint{"m.safetensors"}}, .verbose = 0}),
                       doctest::Contains("xgrad::ModelCheckpoint: needs layers of the library"), ArgError);
}

TEST_CASE("JSONLogger writes a line of JSON an epoch; what was there goes with the first line") {
  const Scratch folder;
  const std::string path = folder.write("log.jsonl", "old\n");
  JSONLogger logger{path};
  Sequential model = small_model();
  TrainingRun run{model};
  logger.on_train_begin(run);
  CHECK(Scratch::read(path) == "old\n");
  Logs logs;
  logs.set("loss", 0.1);
  logs.set("val_loss", std::numeric_limits<double>::quiet_NaN());
  logger.on_epoch_end(run, 0, logs);
  CHECK(Scratch::read(path) == "{\"epoch\":0,\"loss\":0.1,\"val_loss\":null}\n");
  JSONLogger more{path, true};
  more.on_train_begin(run);
  more.on_epoch_end(run, 1, logs);
  CHECK(Scratch::read(path) ==
        "{\"epoch\":0,\"loss\":0.1,\"val_loss\":null}\n{\"epoch\":1,\"loss\":0.1,\"val_loss\":null}\n");
  JSONLogger nowhere{folder / "no/log.jsonl"};
  CHECK_THROWS_WITH_AS(nowhere.on_train_begin(run), doctest::Contains("needs a file that can be written"), IoError);
}

namespace {

/// A training with everything that has a memory; its traces are left in the folder.
void train(const std::string& folder, bool backed_up, std::int64_t save_freq, const char* optimizer) {
  set_seed(3);
  const Array x = random_uniform({240, 6}, 1, -1, 1), y = random_uniform({240, 1}, 2, -1, 1);
  Sequential model{Dense{16, {.activation = relu, .name = "a"}}, BatchNormalization{{.name = "b"}},
                   Dropout{0.3, {.name = "c"}}, Dense{1, {.name = "d"}}};
  Optimizer rule = optimizer;
  if (rule.name() == "adam") rule = Adam{.options = {.use_ema = true, .gradient_accumulation_steps = 2}};
  model.compile({.optimizer = rule, .loss = "mse", .metrics = {"mae"}});
  std::vector<Callback> callbacks{EarlyStopping{.patience = 4, .restore_best_weights = true},
                                  ReduceLROnPlateau{.factor = 0.5, .patience = 1}};
  if (backed_up) callbacks.push_back(BackupAndRestore{folder + "/backup", save_freq});
  callbacks.push_back(CSVLogger{folder + "/log.csv"});
  callbacks.push_back(JSONLogger{folder + "/log.jsonl"});
  callbacks.push_back(
      ModelCheckpoint{.filepath = folder + "/best.safetensors", .save_best_only = true, .save_weights_only = true});
  model.fit(x, y, {.epochs = 12, .batch_size = 16, .validation_split = 0.2, .callbacks = callbacks, .verbose = 0});
  model.save_weights(folder + "/last.safetensors");
}

/// Trains in a process of its own, killed after so many microseconds. Whether it came to its end.
bool train_and_kill(const std::string& folder, std::int64_t save_freq, const char* optimizer, unsigned after) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      train(folder, true, save_freq, optimizer);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::usleep(after);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) CHECK(WEXITSTATUS(status) == 0);
  return WIFEXITED(status);
}

}  // namespace

TEST_CASE("a training that is killed again and again ends with the same weights, bit for bit") {
  int kills = 0, trainings = 0;
  unsigned state = 1;
  for (const auto& setting : {std::pair{"rmsprop", 0}, {"adam", 0}, {"nadam", 5}, {"adam", 1}}) {
    const char* optimizer = setting.first;
    const int save_freq = setting.second;
    CAPTURE(optimizer);
    const Scratch whole;
    train(whole / "", false, 0, optimizer);
    for (int most = 13, here = 0; here < most; ++trainings) {
      const Scratch folder;
      unsigned after = 2000;
      for (;;) {
        state = state * 1664525u + 1013904223u;
        if (train_and_kill(folder / "", save_freq, optimizer, 500 + (state >> 8) % after)) break;
        ++here;
        after += after / 4;  // so that it ends, on a slow machine as well
      }
      kills += here > most ? most : here;
      CHECK(Scratch::read(folder / "last.safetensors") == Scratch::read(whole / "last.safetensors"));
      CHECK(Scratch::read(folder / "best.safetensors") == Scratch::read(whole / "best.safetensors"));
      CHECK_FALSE(fs::exists(folder / "backup"));
      if (save_freq == 0) {  // else an epoch's own figures are of the batches after the backup
        CHECK(Scratch::read(folder / "log.csv") == Scratch::read(whole / "log.csv"));
        CHECK(Scratch::read(folder / "log.jsonl") == Scratch::read(whole / "log.jsonl"));
      }
    }
  }
  CHECK(kills >= 50);
}

TEST_CASE("a backup of another training is refused, and nothing is changed") {
  const Scratch folder;
  const Array x = ones({8, 1}), y = ones({8, 1});
  struct Break {
    void on_epoch_begin(TrainingRun&, int epoch, Logs&) {
      if (epoch == 1) throw std::runtime_error("power cut");
    }
  };
  Sequential model = small_model();
  CHECK_THROWS_AS(model.fit(x, y, {.epochs = 2, .callbacks = {BackupAndRestore{folder / "b"}, Break{}}, .verbose = 0}),
                  std::runtime_error);
  CHECK(fs::exists(folder / "b/backup.safetensors"));
  Sequential other{Dense{2}, Dense{1}};
  other.compile({.optimizer = SGD{0.1}, .loss = "mse"});
  other.build({1});
  const Array before = other.weights()[0].value().copy();
  const auto refused = [&](Model m, const Array& inputs, std::vector<Callback> callbacks, const char* why) {
    callbacks.push_back(BackupAndRestore{folder / "b"});
    CHECK_THROWS_WITH_AS(m.fit(inputs, inputs, {.epochs = 2, .callbacks = callbacks, .verbose = 0}),
                         doctest::Contains(why), IoError);
  };
  refused(other, x, {TerminateOnNaN{}}, "one that differs in its weights");
  CHECK(other.weights()[0].value().data<float>()[0] == before.data<float>()[0]);
  refused(model, ones({9, 1}), {TerminateOnNaN{}}, "one that differs in its samples");
  refused(model, x, {}, "one that differs in its callbacks");
  model.compile({.optimizer = "adam", .loss = "mse"});
  refused(model, x, {TerminateOnNaN{}}, "one that differs in its optimizer");
  std::string bytes = Scratch::read(folder / "b/backup.safetensors");
  bytes.resize(bytes.size() - 1);
  folder.write("b/backup.safetensors", bytes);
  refused(model, x, {TerminateOnNaN{}}, "bytes");
}
