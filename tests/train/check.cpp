// Configurations that cannot learn are found, and those that can are left in peace.

#include "xgrad/train/check.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <limits>

#include "support/scratch.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

const Array& inputs() {
  static const Array x = random_normal({64, 5}, 1, 0, 1);
  return x;
}
/// Class numbers 0 … classes − 1.
Array classes(std::int64_t count) {
  Array y = Array::empty({64}, DType::int64);
  for (std::int64_t i = 0; i < 64; ++i) y.mutable_data<std::int64_t>()[i] = i % count;
  return y;
}
Array column(const Array& y) { return y.reshape({64, 1}).astype(DType::float32); }

/// What the library prints on the standard error stream meanwhile.
template <class F>
std::string said(F&& f) {
  const Scratch folder;
  std::fflush(stderr);
  const int before = ::dup(STDERR_FILENO);
  std::FILE* file = std::fopen((folder / "said").c_str(), "w");
  ::dup2(::fileno(file), STDERR_FILENO);
  f();
  std::fflush(stderr);
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  std::fclose(file);
  return Scratch::read(folder / "said");
}

/// The names of what is found of a model with these last layer, loss and labels.
std::vector<std::string> found(const Layer& last, Loss loss, const Array& y, std::vector<Metric> metrics = {}) {
  Sequential model{Dense{8, {.activation = tanh}}, last};
  model.compile({.optimizer = "sgd", .loss = std::move(loss), .metrics = std::move(metrics)});
  std::vector<std::string> names;
  for (const ModelFinding& f : model.check(inputs(), y).findings) {
    CHECK_FALSE(f.why.empty());
    CHECK_FALSE(f.advice.empty());
    names.push_back(f.what);
  }
  return names;
}
using Names = std::vector<std::string>;
Dense units(std::int64_t n, ActivationFn f = {}) { return Dense{n, {.activation = f}}; }

}  // namespace

TEST_CASE("check: what can learn is left in peace") {
  const Array three = classes(3), two = classes(2);
  CHECK(found(units(3, softmax), "categorical_crossentropy", to_categorical(three, 3), {"accuracy"}).empty());
  CHECK(found(units(3, softmax), "sparse_categorical_crossentropy", three, {"accuracy"}).empty());
  CHECK(found(units(3), SparseCategoricalCrossentropy{.from_logits = true}, three).empty());
  CHECK(found(units(3), CategoricalCrossentropy{.from_logits = true}, to_categorical(three, 3)).empty());
  CHECK(found(units(1, sigmoid), "binary_crossentropy", column(two), {"accuracy"}).empty());
  CHECK(found(units(1), BinaryCrossentropy{.from_logits = true}, column(two)).empty());
  CHECK(found(units(3, sigmoid), "binary_crossentropy", to_categorical(three, 3)).empty());
  CHECK(found(units(1), "mse", column(three) * 10.f - 7.f, {"mae"}).empty());
  CHECK(found(units(1), "hinge", column(two) * 2.f - 1.f).empty());
  CHECK(found(units(1, exp), "poisson", column(three)).empty());
  CHECK(found(units(3, softmax), "kl_divergence", to_categorical(three, 3)).empty());
  CHECK(found(units(1, sigmoid), "mse", column(two)).empty());
  CHECK(found(units(3, softmax), "crossentropy", three).empty());
  CHECK(found(units(3), "ctc", column(three)).empty());
  CHECK(found(units(1, sigmoid), "crossentropy", column(two)).empty());
  CHECK(found(
            units(2), [](Var t, Var p) { return mean(square(t - p)); }, ones({64, 2}) * 9.f)
            .empty());
  // Probabilities of the user's own making.
  CHECK(found(units(3, [](Var z) { return exp(z) / sum(exp(z), -1, true); }), "categorical_crossentropy",
              to_categorical(three, 3))
            .empty());
}

TEST_CASE("check: results that do not go with the loss") {
  const Array three = classes(3), two = classes(2);
  CHECK(found(units(1, softmax), "mse", column(three) * 0.1f) == Names{"softmax over one unit"});
  CHECK(found(units(1, softmax), "binary_crossentropy", column(two)) == Names{"softmax over one unit"});
  CHECK(found(units(3, sigmoid), "categorical_crossentropy", to_categorical(three, 3)) ==
        Names{"sigmoid under a categorical loss"});
  CHECK(found(units(3, sigmoid), "sparse_categorical_crossentropy", three) ==
        Names{"sigmoid under a categorical loss"});
  CHECK(found(units(3, softmax), "binary_crossentropy", to_categorical(three, 3)) ==
        Names{"softmax under a binary loss"});
  CHECK(found(units(3), "categorical_crossentropy", to_categorical(three, 3)) ==
        Names{"logits under a loss of probabilities"});
  CHECK(found(units(1), "binary_crossentropy", column(two)) == Names{"logits under a loss of probabilities"});
  CHECK(found(units(1, sigmoid), "sparse_categorical_crossentropy", zeros({64, 1})) ==
        Names{"one unit under a categorical loss"});
  CHECK(found(units(3, softmax), CategoricalCrossentropy{.from_logits = true}, to_categorical(three, 3)) ==
        Names{"probabilities under from_logits"});
  CHECK(found(units(1, sigmoid), BinaryCrossentropy{.from_logits = true}, column(two)) ==
        Names{"probabilities under from_logits"});
  CHECK(found(units(1), "poisson", column(three)) == Names{"negative results under poisson"});
  CHECK(found(units(3, softmax), CTC{}, column(three)) == Names{"probabilities under ctc"});
  CHECK(found(units(3), "kl_divergence", to_categorical(three, 3)) == Names{"negative results under kl_divergence"});
}

TEST_CASE("check: labels that do not go with the loss") {
  const Array three = classes(3), two = classes(2);
  CHECK(found(units(3, softmax), "categorical_crossentropy", three) == Names{"class numbers under a one-hot loss"});
  CHECK(found(units(3, softmax), "categorical_crossentropy", column(three)) ==
        Names{"class numbers under a one-hot loss"});
  CHECK(found(units(3, softmax), "sparse_categorical_crossentropy", to_categorical(three, 3)) ==
        Names{"one-hot labels under a sparse loss"});
  CHECK(found(units(3, softmax), "sparse_categorical_crossentropy", classes(4)) == Names{"labels out of range"});
  CHECK(found(units(3, softmax), "sparse_categorical_crossentropy", column(three) * 0.5f) ==
        Names{"labels that are no classes"});
  CHECK(found(units(1, sigmoid), "binary_crossentropy", column(two) * 2.f - 1.f) == Names{"labels out of range"});
  CHECK(found(units(1, sigmoid), "mse", column(three) * 10.f) == Names{"targets out of reach"});
  CHECK(found(units(1, exp), "poisson", column(three) - 1.f) == Names{"targets out of range"});
  CHECK(found(units(1), "mse", column(three) * 0.3f, {"accuracy"}) == Names{"accuracy of numbers"});

  Sequential model{units(3, softmax)};
  model.compile({.optimizer = "sgd", .loss = "sparse_categorical_crossentropy"});
  const Array from_one = (column(three) + 1.f).astype(DType::int64);
  const ModelReport report = model.check(inputs(), from_one);
  REQUIRE(report.has("labels out of range"));
  CHECK(report.find("labels out of range")->advice == "subtract 1 from the labels");
  CHECK_FALSE(report.clean());
  CHECK(report.to_string() == "model '" + model.name() +
                                  "' with loss sparse_categorical_crossentropy\n\nerror: labels out of range\n"
                                  "  sparse_categorical_crossentropy needs labels from 0 to 2, for the result has 3 "
                                  "units; they go from 1 to 3\n"
                                  "  why: the others have no unit\n  instead: subtract 1 from the labels\n");
}

TEST_CASE("check: units, layers and weights that cannot learn") {
  Sequential model{Dense{10, {.activation = relu, .name = "h"}}, Dense{4}, Dropout{0.1}, Dense{1}};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.build({5});
  const Array y = inputs().rows(0, 64).reshape({320}).rows(0, 64);
  ModelReport report = model.check(inputs(), y);
  CHECK(report.clean());
  CHECK(report.has("Dense layers without activation"));  // a note
  Array bias = model.weight("h/bias").value().copy();
  for (int i = 0; i < 3; ++i) bias.mutable_data<float>()[i] = -1000;
  model.weight("h/bias").assign(bias);
  report = model.check(inputs(), y);
  REQUIRE(report.has("dead units"));
  CHECK(report.find("dead units")->message == "3 of the 10 units of 'h' give 0 for all 64 samples");
  CHECK(report.find("dead units")->severity == Severity::warning);
  bias.mutable_data<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  model.weight("h/bias").assign(bias);
  report = model.check();
  REQUIRE(report.has("weights that are not finite"));
  CHECK(report.find("weights that are not finite")->message == "NaN or infinity stands in 'h/bias'");
  CHECK(report.findings.front().severity == Severity::error);  // the gravest first
  model.weight("h/bias").assign(zeros({10}));
  model.set_trainable(false);
  CHECK(model.check().has("nothing to train"));
}

TEST_CASE("check: compile says it of a model that is built, fit of one that is not, and neither twice") {
  Sequential boston{Dense{4, {.activation = relu}}, Dense{1, {.activation = softmax}}};  // the course notes' own
  boston.build({5});
  const std::string first = said([&] { boston.compile({.optimizer = "rmsprop", .loss = "mse"}); });
  CHECK(first.find("softmax over one unit: the result is a softmax over one unit; it is 1 for every sample. Instead: "
                   "for a number: no activation, with mean_squared_error") != std::string::npos);
  const Array y = column(classes(3)) * 10.f;
  const std::string second = said([&] { boston.fit(inputs(), y, {.verbose = 0}); });
  CHECK(second.find("softmax over one unit") == std::string::npos);
  CHECK(second.find("targets out of reach") != std::string::npos);
  CHECK(said([&] { boston.fit(inputs(), y, {.verbose = 0}); }).empty());

  Sequential late{Dense{3, {.activation = sigmoid}}};
  CHECK(said([&] { late.compile({.optimizer = "sgd", .loss = "categorical_crossentropy"}); }).empty());
  const Array labels = to_categorical(classes(3), 3);
  CHECK(said([&] { late.fit(inputs(), labels, {.verbose = 0}); }).find("sigmoid under a categorical loss") !=
        std::string::npos);
  Sequential fine{Dense{3, {.activation = softmax}}};
  fine.compile({.optimizer = "sgd", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
  CHECK(said([&] { fine.fit(inputs(), labels, {.verbose = 0}); }).empty());
  Sequential bare{Dense{3}};
  CHECK_THROWS_WITH_AS(bare.check(), doctest::Contains("needs samples, or a model that is built"), ArgError);
}

TEST_CASE("a check draws no random numbers and leaves weights as they are") {
  Sequential model{Dense{4}, BatchNormalization{}, Dropout{0.5}, Dense{1}};
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.build({5});
  set_seed(4);
  const float expected = random::normal({1}).item<float>();
  std::vector<Array> before;
  for (const Parameter& p : model.weights()) before.push_back(p.value().copy());
  set_seed(4);
  model.check(inputs(), column(classes(2)));
  CHECK(random::normal({1}).item<float>() == expected);
  for (std::size_t i = 0; i < before.size(); ++i)
    for (std::int64_t k = 0; k < before[i].size(); ++k)
      CHECK(before[i].data<float>()[k] == model.weights()[i].value().data<float>()[k]);
}

TEST_CASE("activations: what every layer inside gives, by name") {
  Dense a{4, {.activation = relu, .name = "a"}}, b{2, {.name = "b"}}, c{2, {.name = "c"}};
  Sequential model{a, Sequential{b, c}};
  const NamedArrays all = model.activations(inputs());
  REQUIRE(all.size() == 4);
  CHECK(all[0].first == "a");
  CHECK(all[1].first == model.layers()[1].name() + "/b");
  CHECK(all[2].first == model.layers()[1].name() + "/c");
  CHECK(all[3].first == model.layers()[1].name());
  const NoGrad off;
  const Array expected = a(inputs()).value();
  for (std::int64_t i = 0; i < expected.size(); ++i) CHECK(all[0].second.data<float>()[i] == expected.data<float>()[i]);
  CHECK(all[3].second.shape() == Shape{64, 2});
}
