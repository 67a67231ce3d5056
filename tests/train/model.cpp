// Models: what fit, evaluate and predict do with samples, and what they refuse. The numbers are compared with Keras
// elsewhere.

#include "xgrad/train/model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() &&
         std::ranges::equal(a.astype(DType::float64).span<double>(), b.astype(DType::float64).span<double>());
}

/// Points in a plane, of one class inside a circle and of another outside.
struct Rings {
  Array x, y;
  explicit Rings(std::int64_t n) {
    set_seed(5);
    x = random::uniform({n, 2}, -1, 1);
    y = (sum(square(x), 1) < 0.5).astype(DType::int64);
  }
};

Sequential classifier() { return Sequential{Dense{16, {.activation = relu}}, Dense{2, {.activation = softmax}}}; }

}  // namespace

TEST_CASE("a model learns, and says so") {
  const Rings data(400);
  Sequential model = classifier();
  model.compile({.optimizer = Adam{0.02}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});
  const History history =
      model.fit(data.x, data.y, {.epochs = 30, .batch_size = 32, .validation_split = 0.25, .verbose = 0});
  CHECK(history.epochs().size() == 30);
  CHECK(history.names() == std::vector<std::string>{"accuracy", "loss", "val_accuracy", "val_loss"});
  CHECK(history["loss"].back() < history["loss"].front() / 2);
  CHECK(history["val_accuracy"].back() > 0.9);
  const Evaluation e = model.evaluate(data.x, data.y, {.verbose = 0});
  CHECK(e["accuracy"] > 0.9);
  CHECK(e["loss"] == e.loss);
  CHECK(model.history()["loss"] == history["loss"]);
  CHECK_THROWS_WITH_AS(history["los"], doctest::Contains("did you mean 'loss'"), ArgError);
  CHECK_THROWS_WITH_AS(history["los"], doctest::Contains("train/model.cpp:"), ArgError);
  CHECK_THROWS_WITH_AS(e["acc"], doctest::Contains("train/model.cpp:"), ArgError);
  CHECK_THROWS_WITH_AS(model.fit(data.x, data.y, {.callbacks = {EarlyStopping{.monitor = "val_los"}}, .verbose = 0}),
                       doctest::Contains("train/model.cpp:"), ArgError);
  const Array p = model.predict(data.x, {.batch_size = 7});
  CHECK(p.shape() == Shape{400, 2});
  CHECK(same(p, model.predict_on_batch(data.x)));
  CHECK(model.predict(data.x.rows(0, 0)).shape() == Shape{0, 2});
}

TEST_CASE("the same seed trains the same model, whatever the order of batches") {
  const Rings data(64);
  const auto trained = [&](std::uint64_t seed, bool shuffle) {
    set_seed(seed);
    Sequential model = classifier();
    model.compile({.loss = sparse_categorical_crossentropy});
    model.fit(data.x, data.y, {.epochs = 2, .batch_size = 10, .shuffle = shuffle, .verbose = 0});
    return model.weights()[0].value();
  };
  CHECK(same(trained(1, true), trained(1, true)));
  CHECK_FALSE(same(trained(1, true), trained(2, true)));
  CHECK_FALSE(same(trained(1, true), trained(1, false)));
}

TEST_CASE("a function as a model, a model in an expression, a loop of one's own") {
  const Rings data(64);
  const Dense hidden{8, {.activation = tanh, .name = "hidden"}}, out{2, {.name = "out"}};
  Model model([=](Var x) { return out(concat({hidden(x), x}, 1)); });
  model.compile({.optimizer = "adam", .loss = SparseCategoricalCrossentropy{.from_logits = true}});
  model.fit(data.x, data.y, {.verbose = 0});
  CHECK(model.get_layer("out") == out);
  CHECK_THROWS_WITH_AS(model.get_layer("hiden"), doctest::Contains("did you mean 'hidden'"), ArgError);
  CHECK(model.weights().size() == 4);
  Tape tape;
  auto scope = tape.scope();
  const Array before = out.weight("kernel").value();
  backward(mean(square(2 * model(data.x) - 1)));
  SGD optimizer{0.1};
  optimizer.step(model.parameters());
  CHECK_FALSE(same(out.weight("kernel").value(), before));
  Sequential nested{Sequential{Dense{4}, Dense{3}}, [](Var x) { return x * 2; }};
  nested.build({2});
  CHECK(nested.predict(data.x).shape() == Shape{64, 3});
}

namespace {
struct TwoLayers {  // a model of one's own
  Dense hidden{8, {.activation = tanh, .name = "hidden"}};
  Dense out{2, {.name = "out"}};
  Var operator()(Var x) const { return out(hidden(x)); }
};
}  // namespace

TEST_CASE("a struct of layers is a model, and its layers are found by name") {
  const Rings data(64);
  const TwoLayers mine;
  Model model(mine);
  model.compile({.optimizer = "adam", .loss = SparseCategoricalCrossentropy{.from_logits = true}});
  const auto result = [&] {
    const NoGrad off;
    return mine(data.x).value();
  };
  const Array before = result();  // built on first use, by the struct or by the model
  model.fit(data.x, data.y, {.verbose = 0});
  CHECK(model.get_layer("hidden") == mine.hidden);
  CHECK(model.layers().size() == 2);
  CHECK_FALSE(same(result(), before));
}

TEST_CASE("an Input builds what follows, as it is added") {
  Sequential model{Input{{784}}, Dense{512, {.activation = relu}}, Dense{10}};
  CHECK(model.built());
  CHECK(model.layers().size() == 2);
  CHECK(model.parameters().size() == 4);
  Sequential grown;
  grown.add(Input{{4}, {.dtype = DType::float64}});
  CHECK_FALSE(grown.built());
  grown.add(Dense{3});
  CHECK(grown.weights()[0].shape() == Shape{4, 3});
  CHECK(grown.weights()[0].dtype() == DType::float64);
  grown.add(Dense{2});
  CHECK(grown.weights()[2].shape() == Shape{3, 2});
  CHECK(grown.predict(ones({5, 4}, DType::float64)).shape() == Shape{5, 2});
  grown.pop();
  CHECK(grown.output_shape({4}) == Shape{3});
  CHECK_THROWS_WITH_AS(grown.add(Input{{4}}), doctest::Contains("needs an Input before all layers"), ArgError);
  CHECK_THROWS_WITH_AS((Sequential{Input{{4, 4}}, Permute{{1, 2, 3}}, Dense{1}}), doctest::Contains("model.cpp"),
                       Error);
  CHECK_THROWS_WITH_AS((Input{{-1}}), doctest::Contains("all extents known"), ArgError);
  const Input in{{3}};
  const Dense out{1};
  Model function([=](Var x) { return out(in(x)); });
  CHECK(function.predict(ones({2, 3})).shape() == Shape{2, 1});
  CHECK_THROWS_WITH_AS(in(ones({2, 4})), doctest::Contains("needs samples of shape [3]"), ShapeError);
}

TEST_CASE("a training that fails at once leaves the history of the one before") {
  const Rings data(64);
  Sequential model{Dense{4, {.activation = tanh}}, Dense{2}};
  model.compile({.optimizer = "sgd", .loss = SparseCategoricalCrossentropy{.from_logits = true}});
  model.fit(data.x, data.y, {.epochs = 3, .verbose = 0});
  const std::vector<double> losses = model.history()["loss"];
  CHECK_THROWS_AS(model.fit(ones({64, 7}), data.y, {.verbose = 0}), ShapeError);
  CHECK(model.history()["loss"] == losses);
  model.fit(data.x, data.y, {.verbose = 0});
  CHECK(model.history().epochs().size() == 1);
}

TEST_CASE("sparse samples give what dense ones give") {
  set_seed(2);
  const Array dense_x = (random::uniform({40, 30}) < 0.1).astype(DType::float32);
  const Array y = (random::uniform({40}) < 0.5).astype(DType::float32);
  const Csr sparse = Csr::from_dense(dense_x);
  const auto trained = [&](const Samples& x) {
    set_seed(3);
    Sequential model{Dense{4, {.activation = relu}}, Dense{1, {.activation = sigmoid}}};
    model.compile({.loss = binary_crossentropy, .metrics = {accuracy}});
    const History h = model.fit(x, y, {.epochs = 3, .batch_size = 16, .validation_split = 0.2, .verbose = 0});
    CHECK(model.predict(x).shape() == Shape{40, 1});
    return h["val_loss"].back();
  };
  CHECK(trained(dense_x) == doctest::Approx(trained(sparse)).epsilon(1e-5));
}

TEST_CASE("batches by hand; freezing; stopping from a callback") {
  const Rings data(50);
  Sequential model = classifier();
  model.compile({.optimizer = SGD{0.1}, .loss = sparse_categorical_crossentropy, .metrics = {"accuracy"}});
  const Evaluation before = model.test_on_batch(data.x, data.y);
  const Evaluation step = model.train_on_batch(data.x, data.y);
  CHECK(step.loss == doctest::Approx(before.loss));
  CHECK(model.test_on_batch(data.x, data.y).loss < before.loss);
  CHECK(model.optimizer().iterations() == 1);
  const Array kernel = model.layers()[0].weight("kernel").value();
  model.layers()[0].set_trainable(false);
  model.train_on_batch(data.x, data.y);
  CHECK(same(model.layers()[0].weight("kernel").value(), kernel));
  int batches = 0;
  model.fit(data.x, data.y,
            {.epochs = 5,
             .batch_size = 10,
             .callbacks = {LambdaCallback{.on_batch_end =
                                              [&](TrainingRun& run, std::int64_t, Logs& logs) {
                                                CHECK(logs.find("loss") != nullptr);
                                                run.stop = ++batches == 3;
                                              }}},
             .verbose = 0});
  CHECK(batches == 3);
  CHECK(model.history().epochs().size() == 1);
}

TEST_CASE("steps, frequencies and weights of samples") {
  const Rings data(50);
  Sequential model = classifier();
  model.compile({.loss = sparse_categorical_crossentropy});
  int batches = 0;
  const LambdaCallback counter{.on_batch_begin = [&](TrainingRun&, std::int64_t) { ++batches; }};
  const History h = model.fit(data.x, data.y,
                              {.epochs = 4,
                               .batch_size = 10,
                               .validation_data = {data.x, data.y},
                               .callbacks = {counter},
                               .steps_per_epoch = 2,
                               .validation_freq = 2,
                               .verbose = 0});
  CHECK(batches == 8);
  CHECK(h["loss"].size() == 4);
  CHECK(h["val_loss"].size() == 2);
  // A sample of weight 0 does not count: the loss is that of the others, spread over all.
  Array weight = ones({50});
  for (int i = 25; i < 50; ++i) weight.mutable_data<float>()[i] = 0;
  const double half = model.evaluate(data.x, data.y, {.batch_size = 50, .sample_weight = weight, .verbose = 0}).loss;
  CHECK(half == doctest::Approx(model.evaluate(data.x.rows(0, 25), data.y.rows(0, 25), {.verbose = 0}).loss / 2));
}

TEST_CASE("what a model refuses, before anything changes") {
  const Rings data(20);
  Sequential model = classifier();
  CHECK_THROWS_WITH_AS(model.fit(data.x, data.y), doctest::Contains("call compile first"), ArgError);
  CHECK_THROWS_AS(model.evaluate(data.x, data.y), ArgError);
  CHECK_THROWS_AS(model.optimizer(), ArgError);
  model.compile({.loss = sparse_categorical_crossentropy});
  CHECK_THROWS_WITH_AS(model.fit(data.x, data.y.rows(0, 10)), doctest::Contains("as many targets as samples"),
                       ShapeError);
  CHECK_THROWS_AS(model.fit(data.x.rows(0, 0), data.y.rows(0, 0)), ArgError);
  CHECK_THROWS_AS(model.fit(data.x, data.y, {.epochs = 0}), ArgError);
  CHECK_THROWS_AS(model.fit(data.x, data.y, {.batch_size = 0}), ArgError);
  CHECK_THROWS_AS(model.fit(data.x, data.y, {.validation_split = 1}), ArgError);
  CHECK_THROWS_WITH_AS(model.fit(data.x, data.y, {.sample_weight = ones({3})}), doctest::Contains("a weight for each"),
                       ShapeError);
  CHECK_FALSE(model.built());
  model.fit(data.x, data.y, {.verbose = 0});
  CHECK_THROWS_WITH_AS(model.predict(zeros({3, 5})), doctest::Contains("train/model.cpp:"), ShapeError);
  CHECK_THROWS_WITH_AS(model.add(Dense{3}), doctest::Contains("not built"), ArgError);
  CHECK_THROWS_WITH_AS(model.compile({.optimizer = "rmspop"}), doctest::Contains("did you mean 'rmsprop'"), ArgError);
  CHECK_THROWS_AS((Sequential{Dense{2, {.name = "a"}}, Dense{2, {.name = "a"}}}), ArgError);
  CHECK_THROWS_AS(Sequential{}.build({2}), ArgError);
}
