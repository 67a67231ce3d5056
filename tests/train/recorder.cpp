// A training that is watched goes as one that is not, and what the recorder keeps is what the model was.

#include "xgrad/train/recorder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "../support/scratch.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

/// A model with all that draws numbers or changes beside the gradient.
Sequential restless_model() {
  set_seed(11);
  reset_layer_names();
  Sequential model{Dense{16, {.activation = relu, .kernel_regularizer = L2{1e-3}, .name = "first"}},
                   BatchNormalization{}, Dropout{0.4}, Dense{3, {.activation = softmax, .name = "second"}}};
  model.build({5});
  model.compile({.optimizer = Adam{.learning_rate = 1e-2, .options = {.use_ema = true, .ema_momentum = 0.9}},
                 .loss = sparse_categorical_crossentropy,
                 .metrics = {"accuracy"}});
  return model;
}

struct Points {
  Points() {
    set_seed(3);
    x = random::uniform({90, 5}, -1, 1);
    y = argmax(x.rows(0, 90), 1);
    auto* labels = y.mutable_data<std::int64_t>();
    for (int i = 0; i < 90; ++i) labels[i] %= 3;
  }
  Array x, y;
};

std::vector<double> elements(const Array& a) {
  const Array all = a.astype(DType::float64);
  return {all.data<double>(), all.data<double>() + all.size()};
}

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.bytes() == b.bytes() &&
         std::equal(static_cast<const char*>(a.raw()), static_cast<const char*>(a.raw()) + a.bytes(),
                    static_cast<const char*>(b.raw()));
}

/// Written apart from the library's.
void check_against_naive(const Histogram& h, const Array& a, std::size_t bins) {
  const std::vector<double> v = elements(a);
  const auto n = static_cast<double>(v.size());
  double sum = 0, squares = 0, zeros = 0;
  for (double e : v) {
    sum += e;
    squares += e * e;
    zeros += e == 0;
  }
  const auto [low, high] = std::minmax_element(v.begin(), v.end());
  CHECK(h.finite == static_cast<std::int64_t>(v.size()));
  CHECK(h.zeros == static_cast<std::int64_t>(zeros));
  CHECK(h.lowest == *low);
  CHECK(h.highest == *high);
  CHECK(h.mean == doctest::Approx(sum / n));
  CHECK(h.norm == doctest::Approx(std::sqrt(squares)));
  CHECK(h.stddev == doctest::Approx(std::sqrt(std::max(0., squares / n - sum / n * sum / n))));
  std::vector<std::int64_t> counts(bins);
  for (double e : v) {
    const double place = *high > *low ? (e - *low) / (*high - *low) * static_cast<double>(bins) : 0;
    ++counts[std::min(static_cast<std::size_t>(place), bins - 1)];
  }
  REQUIRE(h.counts.size() == bins);
  std::int64_t moved = 0;  // an element on an edge may fall to either side
  for (std::size_t i = 0; i < bins; ++i) moved += std::abs(h.counts[i] - counts[i]);
  CHECK(moved <= 2);
}

bool equal_bits(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool equal(const Histogram& a, const Histogram& b) {
  return a.finite == b.finite && a.zeros == b.zeros && a.nan == b.nan && a.inf == b.inf && a.counts == b.counts &&
         equal_bits(a.lowest, b.lowest) && equal_bits(a.highest, b.highest) && equal_bits(a.mean, b.mean) &&
         equal_bits(a.stddev, b.stddev) && equal_bits(a.norm, b.norm);
}

bool equal(const NamedHistograms& a, const NamedHistograms& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& l, const auto& r) { return l.first == r.first && equal(l.second, r.second); });
}

std::vector<int> epochs_of(const TrainingRecorder& r) {
  std::vector<int> all;
  for (const TrainingRecord& record : r.records()) all.push_back(record.epochs);
  return all;
}

/// What is kept of a training of so many epochs that a callback ends after `last`.
std::vector<int> kept(int epochs, int most, int last = 1000) {
  Sequential model{Dense{1}};
  model.compile({.optimizer = SGD{0.1}, .loss = "mse"});
  const TrainingRecorder recorder{.max_epochs = most};
  const LambdaCallback stop{.on_epoch_end = [&](TrainingRun& run, int epoch, Logs&) { run.stop = epoch + 1 == last; }};
  model.fit(ones({4, 1}), ones({4, 1}), {.epochs = epochs, .callbacks = {recorder, stop}, .verbose = 0});
  return epochs_of(recorder);
}

}  // namespace

TEST_CASE("histograms of arrays") {
  check_against_naive(histogram(Points{}.x, 7), Points{}.x, 7);
  check_against_naive(histogram(Array(xt::xarray<std::int64_t>{0, 0, 3, -5}), 4),
                      Array(xt::xarray<double>{0, 0, 3, -5}), 4);
  const Histogram odd = histogram(Array(xt::xarray<double>{NAN, INFINITY, -INFINITY, 1e308, -1e308}), 2);
  CHECK(odd.finite == 2);
  CHECK(odd.nan == 1);
  CHECK(odd.inf == 2);
  CHECK(odd.counts == std::vector<std::int64_t>{1, 1});
  CHECK(odd.stddev == doctest::Approx(1e308));
  const Histogram none = histogram(zeros({0}), 3);
  CHECK(none.finite == 0);
  CHECK(std::isnan(none.lowest));
  CHECK(none.counts == std::vector<std::int64_t>{0, 0, 0});
  CHECK(histogram(ones({5}), 3).counts == std::vector<std::int64_t>{5, 0, 0});
  CHECK_THROWS_WITH_AS(histogram(ones({5}), 0), doctest::Contains("needs at least one bin; got 0"), ArgError);
}

TEST_CASE("a recorder changes nothing: weights, figures and random numbers are those without it, bit for bit") {
  const Points data;
  const auto trained = [&](std::vector<Callback> callbacks, History& history) {
    Sequential model = restless_model();
    history = model.fit(
        data.x, data.y,
        {.epochs = 5, .batch_size = 8, .validation_split = 0.2, .callbacks = std::move(callbacks), .verbose = 0});
    std::vector<Array> all;
    for (const Parameter& p : model.weights()) {
      all.push_back(p.value());
      CHECK_FALSE(p.has_grad());
    }
    all.push_back(random::uniform({4}));  // the next numbers that are drawn
    return all;
  };
  History alone, watched;
  const std::vector<Array> without = trained({}, alone);
  const TrainingRecorder recorder{.samples = 7};
  const std::vector<Array> with = trained({recorder}, watched);
  CHECK(recorder.records().size() == 6);
  REQUIRE(with.size() == without.size());
  for (std::size_t i = 0; i < with.size(); ++i) CHECK(same_bits(with[i], without[i]));
  REQUIRE(alone.names() == watched.names());
  for (const std::string& name : alone.names()) CHECK(alone[name] == watched[name]);
}

TEST_CASE("what is kept is what the model was: weights, activations and gradients") {
  const Points data;
  Sequential model = restless_model();
  const TrainingRecorder recorder{.x = data.x, .y = data.y, .samples = 90, .bins = 10};
  struct Moment {
    std::vector<Array> weights;
    NamedArrays activations;
  };
  std::map<int, Moment> moments;
  const auto keep = [&](Model& m, int epochs) {
    Moment now;
    for (const Parameter& p : m.parameters()) now.weights.push_back(p.value().copy());
    now.activations = m.activations(data.x);
    moments[epochs] = std::move(now);
  };
  const LambdaCallback look{.on_train_begin = [&](TrainingRun& run) { keep(run.model, 0); },
                            .on_epoch_end = [&](TrainingRun& run, int e, Logs&) { keep(run.model, e + 1); }};
  model.fit(data.x, data.y, {.epochs = 2, .callbacks = {look, recorder}, .verbose = 0});
  REQUIRE(epochs_of(recorder) == std::vector<int>{0, 1, 2});
  const Parameters trained = model.parameters();
  for (const TrainingRecord& r : recorder.records()) {
    const Moment& m = moments[r.epochs];
    REQUIRE(r.weights.size() == m.weights.size());
    REQUIRE(r.gradients.size() == m.weights.size());
    for (std::size_t i = 0; i < m.weights.size(); ++i) {
      CHECK(r.weights[i].first == trained[i].name());
      check_against_naive(r.weights[i].second, m.weights[i], 10);
    }
    REQUIRE(r.activations.size() == m.activations.size());
    for (std::size_t i = 0; i < m.activations.size(); ++i) {
      CHECK(r.activations[i].first == m.activations[i].first);
      check_against_naive(r.activations[i].second, m.activations[i].second, 10);
    }
  }
  // The gradient by differences of the loss, penalty included. `fit` ends with averages of the weights: back to before.
  for (std::size_t k = 0; k < trained.size(); ++k) trained[k].assign(moments[2].weights[k]);
  const TrainingRecord& last = recorder.records().back();
  const auto loss_now = [&] { return model.test_on_batch(data.x, data.y).loss; };
  CHECK(last.loss == doctest::Approx(loss_now()).epsilon(1e-5));
  for (std::size_t k = 0; k < trained.size(); ++k) {
    CAPTURE(trained[k].name());
    const Array at = trained[k].value().copy();
    double squares = 0;
    for (std::int64_t i = 0; i < at.size(); ++i) {
      double sides[2];
      for (int side : {0, 1}) {
        Array moved = at.copy();
        moved.mutable_data<float>()[i] += side ? 1e-2f : -1e-2f;
        trained[k].assign(moved);
        sides[side] = loss_now();
      }
      squares += std::pow((sides[1] - sides[0]) / 2e-2, 2);
    }
    trained[k].assign(at);
    CHECK(last.gradients[k].first == trained[k].name());
    CHECK(last.gradients[k].second.norm == doctest::Approx(std::sqrt(squares)).epsilon(1e-2));
  }
}

TEST_CASE("gradients of a line, against the formula") {
  Sequential model{Dense{1, {.kernel_initializer = Constant{0.5}, .name = "line"}}};
  model.compile({.optimizer = SGD{0.25}, .loss = "mse"});
  const Array x = Array(xt::xarray<float>{1, 2, 3}).reshape({3, 1}),
              y = Array(xt::xarray<float>{2, 4, 6}).reshape({3, 1});
  const TrainingRecorder recorder{.bins = 1};
  model.fit(x, y, {.callbacks = {recorder}, .verbose = 0});
  const TrainingRecord& start = recorder.records().front();
  CHECK(start.loss == doctest::Approx(1.5 * 1.5 * 14 / 3));  // mean (0.5 x − 2 x)²
  CHECK(start.gradients[0].second.mean == doctest::Approx(-2 * 1.5 * 14 / 3));
  CHECK(start.gradients[1].second.mean == doctest::Approx(-2 * 1.5 * 6 / 3));
  CHECK(start.weights[0].second.mean == 0.5);
  CHECK(recorder.records().back().weights[0].second.mean == doctest::Approx(0.5 + 0.25 * 2 * 1.5 * 14 / 3));
}

TEST_CASE("a record costs one forward and one backward pass over few samples") {
  std::vector<std::int64_t> forward, backward;
  bool watching = false;
  const Custom counter = custom(
      "counter",
      [&](Var v) {
        if (watching) forward.push_back(v.shape()[0]);
        return v;
      },
      [&](const CustomVjp& c) {
        if (watching) backward.push_back(c.grad().shape()[0]);
        return c.grad();
      });
  Sequential model{Dense{4}, [=](Var v) { return counter(v); }, Dense{1}};
  model.build({2});
  model.compile({.optimizer = SGD{0.01}, .loss = "mse"});
  const LambdaCallback on{.on_train_begin = [&](TrainingRun&) { watching = true; },
                          .on_epoch_end = [&](TrainingRun&, int, Logs&) { watching = true; }};
  const LambdaCallback off{.on_epoch_begin = [&](TrainingRun&, int, Logs&) { watching = false; }};
  model.fit(ones({100, 2}), ones({100, 1}),
            {.epochs = 3, .callbacks = {on, TrainingRecorder{.samples = 6}, off}, .verbose = 0});
  CHECK(forward == std::vector<std::int64_t>(4, 6));
  CHECK(backward == std::vector<std::int64_t>(4, 6));
}

TEST_CASE("of a long training, evenly spread epochs are kept, the first and the last among them") {
  CHECK(kept(3, 25) == std::vector<int>{0, 1, 2, 3});
  CHECK(kept(10, 4) == std::vector<int>{0, 4, 8, 10});
  CHECK(kept(10, 6) == std::vector<int>{0, 2, 4, 6, 8, 10});
  CHECK(kept(7, 2) == std::vector<int>{0, 7});
  CHECK(kept(10, 4, 6) == std::vector<int>{0, 4, 6});
  CHECK(kept(10, 4, 8) == std::vector<int>{0, 4, 8});
}

TEST_CASE("it looks with samples of its own, else with those held out, else with those of the training") {
  const Array x = arange(0, 40).reshape({40, 1}), y = zeros({40, 1});
  const auto seen = [&](FitOptions options, const TrainingRecorder& recorder) {
    Sequential model{Dense{1}};
    model.compile({.optimizer = SGD{1e-6}, .loss = "mse"});
    options.callbacks = {recorder};
    options.verbose = 0;
    model.fit(x, y, options);
    return elements(recorder.state->probe_x.dense());
  };
  const TrainingRecorder four{.samples = 4};
  CHECK(seen({}, four) == std::vector<double>{0, 10, 20, 30});
  CHECK(four.state->origin == "training samples");
  CHECK(seen({.validation_split = 0.5}, four) == std::vector<double>{20, 25, 30, 35});
  CHECK(four.state->origin == "held-out samples");
  CHECK(four.state->x.size() == 20);
  const TrainingRecorder own{.x = full({2, 1}, 7), .y = ones({2, 1})};
  CHECK(seen({.validation_split = 0.5}, own) == std::vector<double>{7, 7});
  // Of batches from a function the first one, which is trained on all the same.
  Sequential model{Dense{1}};
  model.compile({.optimizer = SGD{1e-6}, .loss = "mse"});
  const BatchSource source = [&](int, std::int64_t step) {
    return step < 4 ? std::optional(Batch{x.rows(10 * step, 10 * step + 10), y.rows(0, 10)}) : std::nullopt;
  };
  model.fit(source, {.callbacks = {four}, .verbose = 0});
  CHECK(elements(four.state->probe_x.dense()) == std::vector<double>{0, 2, 5, 7});
  // Sparse ones.
  Sequential wide{Dense{1}};
  wide.compile({.optimizer = SGD{1e-6}, .loss = "mse"});
  const TrainingRecorder sparse{.samples = 2};
  wide.fit(Csr::from_dense(eye(6)), zeros({6, 1}), {.callbacks = {sparse}, .verbose = 0});
  CHECK(sparse.state->probe_x.sparse());
  CHECK(sparse.records().back().activations[0].second.finite == 2);
}

TEST_CASE("a backup keeps what a recorder has seen") {
  const Scratch folder;
  const Points data;
  struct Break {
    void on_epoch_begin(TrainingRun&, int epoch, Logs&) {
      if (epoch == at) throw std::runtime_error("broken off");
    }
    int at;
  };
  const auto run = [&](int broken_at, const TrainingRecorder& recorder) {
    Sequential model = restless_model();
    model.fit(data.x, data.y,
              {.epochs = 4, .callbacks = {BackupAndRestore{folder / "b"}, recorder, Break{broken_at}}, .verbose = 0});
  };
  const TrainingRecorder whole, first, second;
  run(-1, whole);
  CHECK_THROWS_AS(run(2, first), std::runtime_error);
  CHECK(epochs_of(first) == std::vector<int>{0, 1, 2});
  run(-1, second);
  REQUIRE(epochs_of(second) == std::vector<int>{0, 1, 2, 3, 4});
  for (std::size_t i = 0; i < 5; ++i) {
    const TrainingRecord &a = whole.records()[i], &b = second.records()[i];
    CHECK(a.loss == b.loss);
    CHECK(equal(a.weights, b.weights));
    CHECK(equal(a.gradients, b.gradients));
    CHECK(equal(a.activations, b.activations));
  }
}

TEST_CASE("a recorder refuses options out of range before anything is trained") {
  Sequential model{Dense{1, {.kernel_initializer = Constant{1}}}};
  model.compile({.optimizer = SGD{0.1}, .loss = "mse"});
  const auto refused = [&](const TrainingRecorder& recorder, const char* why) {
    CHECK_THROWS_WITH_AS(model.fit(ones({4, 1}), ones({4, 1}), {.callbacks = {recorder}, .verbose = 0}),
                         doctest::Contains(why), Error);
  };
  refused({.samples = 0}, "TrainingRecorder: needs a positive number of samples; got 0");
  refused({.max_epochs = 1}, "TrainingRecorder: needs a max_epochs of at least 2; got 1");
  refused({.bins = 0}, "TrainingRecorder: needs a positive number of bins; got 0");
  refused({.x = ones({4, 1})}, "as many targets as samples; got float32[4,1] and float32[0]");
  CHECK(model.weights()[0].value().item<float>() == 1);
  TrainingRun run{model};
  TrainingRecorder alone;
  CHECK_THROWS_WITH_AS(alone.on_train_begin(run), doctest::Contains("needs samples"), ArgError);
}
