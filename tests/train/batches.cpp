// Batches that a function makes, read ahead on a thread.

#include "xgrad/train/batches.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

const Array& inputs() {
  static const Array x = random_uniform({20, 3}, 1, -1, 1);
  return x;
}
const Array& targets() {
  static const Array y = random_uniform({20, 1}, 2, -1, 1);
  return y;
}
Sequential model_of() {
  Sequential model{Dense{4, {.activation = tanh, .kernel_initializer = RandomNormal{0, 0.5, 1}, .name = "a"}},
                   Dense{1, {.kernel_initializer = RandomNormal{0, 0.5, 2}, .name = "b"}}};
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  return model;
}
/// Rows in order, five a batch.
std::optional<Batch> rows(int, std::int64_t step) {
  if (step == 4) return std::nullopt;
  return Batch{inputs().rows(5 * step, 5 * step + 5), targets().rows(5 * step, 5 * step + 5)};
}
bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() && std::equal(a.data<float>(), a.data<float>() + a.size(), b.data<float>());
}

}  // namespace

TEST_CASE("a source of the arrays' rows trains, validates and measures as the arrays do") {
  Sequential a = model_of(), b = model_of();
  const FitOptions how{
      .epochs = 3, .batch_size = 5, .validation_data = {inputs(), targets()}, .shuffle = false, .verbose = 0};
  const History one = a.fit(inputs(), targets(), how);
  const History two = b.fit(rows, {.epochs = 3, .validation_source = rows, .verbose = 0});
  for (const std::string& name : one.names()) CHECK_MESSAGE(one[name] == two[name], name);
  for (std::size_t i = 0; i < a.weights().size(); ++i) CHECK(same(a.weights()[i].value(), b.weights()[i].value()));
  CHECK(a.evaluate(inputs(), targets(), {.batch_size = 5, .verbose = 0})["mae"] ==
        b.evaluate(rows, {.verbose = 0})["mae"]);
}

TEST_CASE("steps_per_epoch ends an epoch; weights of samples go with their batch; sparse batches work") {
  Sequential a = model_of();
  std::vector<std::pair<int, std::int64_t>> seen;
  std::int64_t done = 0;
  const auto endless = [](int, std::int64_t) { return Batch{inputs(), targets(), ones({20})}; };
  a.fit(endless, {.epochs = 2,
                  .callbacks = {LambdaCallback{.on_batch_end =
                                                   [&](TrainingRun& run, std::int64_t batch, Logs&) {
                                                     seen.emplace_back(run.epoch, batch);
                                                     ++done;
                                                   }}},
                  .steps_per_epoch = 3,
                  .verbose = 0});
  CHECK(seen == std::vector<std::pair<int, std::int64_t>>{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}});
  Sequential b = model_of();
  const Csr sparse = Csr::from_dense(inputs());
  const auto of_csr = [&](int, std::int64_t step) -> std::optional<Batch> {
    if (step == 1) return std::nullopt;
    return Batch{sparse, targets()};
  };
  Sequential c = model_of();
  const History x = b.fit(of_csr, {.verbose = 0});
  const History y = c.fit(inputs(), targets(), {.batch_size = 20, .shuffle = false, .verbose = 0});
  CHECK(x["loss"][0] == doctest::Approx(y["loss"][0]).epsilon(1e-6));
}

TEST_CASE("batches are read ahead, on another thread, no further than asked") {
  Sequential model = model_of();
  std::atomic<std::int64_t> read = 0;
  std::atomic<bool> other_thread = true;
  const auto caller = std::this_thread::get_id();
  std::int64_t furthest = 0;
  const auto source = [&](int, std::int64_t step) -> std::optional<Batch> {
    other_thread = other_thread && std::this_thread::get_id() != caller;
    ++read;
    if (step == 30) return std::nullopt;
    return Batch{inputs(), targets()};
  };
  model.fit(source, {.callbacks = {LambdaCallback{.on_batch_end =
                                                      [&](TrainingRun&, std::int64_t batch, Logs&) {
                                                        if (batch == 4)
                                                          while (read < 4 + 1 + 3) std::this_thread::yield();
                                                        furthest = std::max(furthest, read - batch - 1);
                                                      }}},
                     .max_queue_size = 3,
                     .verbose = 0});
  CHECK(other_thread);
  CHECK(furthest >= 3);
  CHECK(furthest <= 4);  // three are ready, and one is in hand
}

TEST_CASE("the same seed gives the same random batches") {
  const auto noise = [](int, std::int64_t step) -> std::optional<Batch> {
    if (step == 5) return std::nullopt;
    return Batch{random::normal({8, 3}), random::normal({8, 1})};
  };
  const auto last = [&](std::uint64_t seed) {
    set_seed(seed);
    Sequential model = model_of();
    model.fit(noise, {.epochs = 2, .verbose = 0});
    return model.weights()[0].value().copy();
  };
  CHECK(same(last(1), last(1)));
  CHECK_FALSE(same(last(1), last(2)));
}

TEST_CASE("what a source throws comes out of fit, after the batches before it; stopping early ends the reading") {
  Sequential model = model_of();
  int trained = 0;
  const auto breaks = [](int, std::int64_t step) -> std::optional<Batch> {
    if (step == 2) throw std::runtime_error("no such file");
    return Batch{inputs(), targets()};
  };
  const LambdaCallback count{.on_batch_end = [&](TrainingRun&, std::int64_t, Logs&) { ++trained; }};
  CHECK_THROWS_WITH_AS(model.fit(breaks, {.callbacks = {count}, .verbose = 0}), "no such file", std::runtime_error);
  CHECK(trained == 2);
  const auto endless = [](int, std::int64_t) -> std::optional<Batch> { return Batch{inputs(), targets()}; };
  const LambdaCallback stop{
      .on_batch_end = [&](TrainingRun& run, std::int64_t batch, Logs&) { run.stop = batch == 3; }};
  model.fit(endless, {.callbacks = {stop}, .verbose = 0});
}

TEST_CASE("what a source cannot have is refused in words") {
  Sequential model = model_of();
  const auto none = [](int, std::int64_t) -> std::optional<Batch> { return std::nullopt; };
  CHECK_THROWS_WITH_AS(model.fit(none, {.verbose = 0}), doctest::Contains("at least one batch"), ArgError);
  CHECK_THROWS_WITH_AS(model.fit(BatchSource{}, {}), doctest::Contains("got an empty function"), ArgError);
  CHECK_THROWS_WITH_AS(model.fit(rows, {.validation_split = 0.1}),
                       doctest::Contains("got a source and validation_split"), ArgError);
  CHECK_THROWS_WITH_AS(model.fit(rows, {.class_weight = {{1, 2.0}}}), doctest::Contains("class_weight"), ArgError);
  CHECK_THROWS_WITH_AS(model.fit(rows, {.validation_data = {inputs(), targets()}, .validation_source = rows}),
                       doctest::Contains("got both"), ArgError);
  const auto uneven = [](int, std::int64_t) -> std::optional<Batch> { return Batch{inputs(), ones({3, 1})}; };
  CHECK_THROWS_WITH_AS(model.fit(uneven, {.verbose = 0}), doctest::Contains("batches.cpp"), ShapeError);
  CHECK_THROWS_WITH_AS(model.evaluate(none, {.verbose = 0}), doctest::Contains("at least one batch"), ArgError);
}
