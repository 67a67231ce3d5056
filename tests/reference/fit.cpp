// Whole trainings against Keras: every figure of every epoch, predictions and last weights.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/reference.hpp"
#include "xgrad/xgrad.hpp"

using reference::Case;
using namespace xgrad;

namespace {

Array array_of(const reference::Values& v) {
  const Array a = Array::from<double>(v.data, Shape(std::span(v.shape)));
  return v.dtype == "int64" ? a.astype(DType::int64) : a.astype(DType::float32);
}

const reference::Values& out(const Case& c, const std::string& name) {
  for (const reference::Values& v : c.out)
    if (v.name == name) return v;
  FAIL("no output " << name << " in " << c.name);
  return c.out[0];
}

void close(const Case& c, const std::string& what, std::span<const double> got, const reference::Values& want) {
  CAPTURE(c.name);
  CAPTURE(what);
  REQUIRE(got.size() == want.data.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(got[k] - want.data[k]) <= 4e-6 * std::max(1.0, std::abs(want.data[k])));
  }
}

/// Trains the model from the case's weights, in the case's order, and compares all.
void train(const Case& c, Sequential model, CompileOptions how, FitOptions options = {}) {
  model.build({5});
  std::vector<Array> first;
  for (const reference::Values& v : c.in)
    if (v.name[0] == 'w' && v.name != "weight") first.push_back(array_of(v));
  model.set_weights(first);
  model.compile(std::move(how));
  options.epochs = 4;
  options.batch_size = 8;
  options.shuffle = false;
  options.verbose = 0;
  options.validation_data = {array_of(c.input("x_val")), array_of(c.input("y_val"))};
  const History history = model.fit(array_of(c.input("x")), array_of(c.input("y")), options);
  std::size_t compared = 0;
  const std::vector<std::string> names = history.names();
  for (const std::string& name : names) {
    close(c, name, history[name], out(c, name));
    ++compared;
  }
  CHECK(compared == 4);
  CHECK(std::is_sorted(names.begin(), names.end()));
  const Array predictions = model.predict(array_of(c.input("x_val")), {.batch_size = 5}).astype(DType::float64);
  close(c, "predictions", predictions.span<double>(), out(c, "predictions"));
  const Parameters weights = model.weights();
  for (std::size_t i = 0; i < weights.size(); ++i)
    close(c, weights[i].name(), weights[i].value().astype(DType::float64).span<double>(),
          out(c, "w" + std::to_string(i)));
  // evaluate says what the last validation said.
  const Evaluation e =
      model.evaluate(array_of(c.input("x_val")), array_of(c.input("y_val")), {.batch_size = 7, .verbose = 0});
  CHECK(e.loss == doctest::Approx(history["val_loss"].back()).epsilon(1e-5));
}

Sequential network(std::int64_t last, ActivationFn activation) {
  return Sequential{Dense{6, {.activation = tanh}}, Dense{last, {.activation = activation}}};
}

}  // namespace

TEST_CASE("trainings as Keras does them") {
  const reference::File file("fit.txt");
  CHECK(file.cases().size() == 6);
  train(file.at("sparse"), network(3, softmax),
        {.optimizer = RMSprop{0.01}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});
  train(file.at("categorical"), network(3, "softmax"),
        {.optimizer = Adam{0.02}, .loss = "categorical_crossentropy", .metrics = {"accuracy"}},
        {.class_weight = {{0, 1.0}, {1, 2.0}, {2, 0.5}}});
  const Case& binary = file.at("binary");
  train(binary, network(1, sigmoid),
        {.optimizer = SGD{.learning_rate = 0.1, .momentum = 0.9}, .loss = binary_crossentropy, .metrics = {accuracy}},
        {.sample_weight = array_of(binary.input("weight"))});
  train(file.at("regression"), Sequential{Dense{6, {.activation = relu, .kernel_regularizer = L2{0.01}}}, Dense{1}},
        {.optimizer = RMSprop{0.01}, .loss = "mse", .metrics = {"mae"}});
  train(file.at("constrained"),
        Sequential{Dense{6, {.activation = tanh, .activity_regularizer = "l2", .kernel_constraint = MaxNorm{0.8}}},
                   Dense{1, {.kernel_constraint = "non_neg"}}},
        {.optimizer = SGD{0.05}, .loss = mean_absolute_error, .metrics = {"mse"}});
  train(file.at("normalized"),
        Sequential{Dense{6, {.use_bias = false}}, BatchNormalization{{.momentum = 0.8}}, ReLU{},
                   Dense{3, {.activation = softmax}}},
        {.optimizer = Adam{0.01}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});
}
