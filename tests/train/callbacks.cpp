// Callbacks against what Keras does with the same figures.

#include "xgrad/train/callback.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

Sequential small_model() {
  Sequential model{Dense{1}};
  model.build({1});
  model.compile({.optimizer = SGD{0.1}, .loss = "mse"});
  return model;
}

/// The epoch (from 0) after which a callback ends a training with these losses; −1: it does not.
int stops_at(Callback callback, const std::vector<double>& losses) {
  Sequential model = small_model();
  TrainingRun run{model};
  callback.on_train_begin(run);
  for (std::size_t epoch = 0; epoch < losses.size() && !run.stop; ++epoch) {
    Logs logs;
    logs.set("val_loss", losses[epoch]);
    callback.on_epoch_end(run, static_cast<int>(epoch), logs);
    if (run.stop) return static_cast<int>(epoch);
  }
  return -1;
}

std::vector<double> rates(ReduceLROnPlateau callback, int epochs) {
  Sequential model = small_model();
  TrainingRun run{model};
  Callback c = callback;
  c.on_train_begin(run);
  std::vector<double> seen;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    Logs logs;
    logs.set("val_loss", 1);
    c.on_epoch_end(run, epoch, logs);
    seen.push_back(logs["learning_rate"]);
  }
  return seen;
}

}  // namespace

TEST_CASE("early stopping, as Keras's runs show it") {
  const std::vector<double> losses{1, .9, .95, .91, .92, .8};
  CHECK(stops_at(EarlyStopping{.patience = 0}, losses) == 2);
  CHECK(stops_at(EarlyStopping{.patience = 1}, losses) == 2);
  CHECK(stops_at(EarlyStopping{.patience = 2}, losses) == 3);
  CHECK(stops_at(EarlyStopping{.patience = 3}, losses) == 4);
  CHECK(stops_at(EarlyStopping{.patience = 4}, losses) == -1);
  CHECK(stops_at(EarlyStopping{.min_delta = .2, .patience = 2}, losses) == 2);
  CHECK(stops_at(EarlyStopping{.patience = 2, .baseline = .85}, losses) == 2);
  CHECK(stops_at(EarlyStopping{.patience = 1, .start_from_epoch = 3}, losses) == 4);
  CHECK(stops_at(EarlyStopping{.monitor = "nothing", .mode = "min"}, losses) == -1);
  CHECK_THROWS_WITH_AS(stops_at(EarlyStopping{.monitor = "val_strange", .mode = "auto"}, losses),
                       doctest::Contains("mode min or max"), ArgError);
}

TEST_CASE("early stopping brings back the best weights") {
  Sequential model = small_model();
  EarlyStopping stop{.monitor = "loss", .patience = 3, .restore_best_weights = true};
  const Array x = full({4, 1}, 1), y = full({4, 1}, 1);
  std::vector<float> kernels;
  model.fit(x, y,
            {.epochs = 10,
             .callbacks = {LambdaCallback{.on_epoch_end =
                                              [&](TrainingRun& run, int epoch, Logs& logs) {
                                                kernels.push_back(run.model.weights()[0].value().span<float>()[0]);
                                                logs.set("loss", epoch == 3 ? 0.1 : 1.0 + epoch);  // best at 3
                                              }},
                           stop},
             .verbose = 0});
  CHECK(stop.best_epoch() == 3);
  CHECK(stop.best() == 0.1);
  CHECK(stop.stopped_epoch() == 6);
  CHECK(model.weights()[0].value().span<float>()[0] == kernels[3]);
}

TEST_CASE("a plateau lowers the rate, as Keras's runs show it") {
  const auto about = [](const std::vector<double>& got, const std::vector<double>& want) {
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(want[i]));
  };
  about(rates(ReduceLROnPlateau{.patience = 2}, 6), {.1, .1, .1, .01, .01, .001});
  about(rates(ReduceLROnPlateau{.patience = 2, .cooldown = 2}, 7), {.1, .1, .1, .01, .01, .01, .001});
  CHECK_THROWS_AS(rates(ReduceLROnPlateau{.factor = 1}, 1), ArgError);
}

TEST_CASE("a scheduler, NaN, and a file of figures") {
  Sequential model = small_model();
  const Array x = full({4, 1}, 1), y = full({4, 1}, 1);
  const History h = model.fit(
      x, y,
      {.epochs = 3,
       .callbacks = {LearningRateScheduler{[](int epoch, double rate) { return epoch == 0 ? rate : rate / 2; }}},
       .verbose = 0});
  CHECK(h["learning_rate"][0] == doctest::Approx(0.1));
  CHECK(h["learning_rate"][2] == doctest::Approx(0.025));
  CHECK(h.names().back() == "learning_rate");

  const auto path = (std::filesystem::temp_directory_path() / "xgrad_callbacks.csv").string();
  model.fit(x, y, {.epochs = 2, .callbacks = {CSVLogger{path}}, .verbose = 0});
  model.fit(x, y, {.epochs = 1, .callbacks = {CSVLogger{.filename = path, .append = true}}, .verbose = 0});
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text.starts_with("epoch,loss,val_loss\r\n0,"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(text.find(",NA\r\n1,") != std::string::npos);
  std::filesystem::remove(path);

  model.set_weights({full({1, 1}, std::numeric_limits<double>::infinity()), zeros({1})});
  model.fit(x, y, {.epochs = 5, .callbacks = {TerminateOnNaN{}}, .verbose = 0});
  CHECK(model.history().epochs().size() == 1);
}
