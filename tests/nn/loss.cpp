// Loss: what it is made of, weights and reductions, and the logits behind a prediction.

#include "xgrad/nn/loss.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support.hpp"
#include "xgrad/autodiff/gradcheck.hpp"
#include "xgrad/nn/layers.hpp"
#include "xgrad/nn/logits.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"

using namespace xgrad;

namespace {

double value(const Var& v) { return v.item<double>(); }

/// A class form of a user's own.
struct Quartic {
  double scale = 1;
  Reduction reduction = Reduction::sum;
  static constexpr const char* name = "quartic";
  Var per_sample(const Var& y_true, const Var& y_pred) const {
    return scale * mean(square(square(y_true - y_pred)), -1);
  }
};
Var of_vars(Var y_true, Var y_pred) { return mean(square(y_true - y_pred)); }
Var of_args(Arg y_true, Arg y_pred) { return square(y_true - y_pred); }
struct Options {
  Loss loss = {};
  int epochs = 1;
};
Loss taken(Options options) { return options.loss; }

const Array p = f64({0.2, 0.8, 0.6}, {3, 1});
const Array t = f64({0, 1, 0}, {3});
constexpr double mse = (0.04 + 0.04 + 0.36) / 3;

}  // namespace

TEST_CASE("loss: made of a function, a name, a class form or any callable") {
  CHECK(value(taken({.loss = mean_squared_error})(t, p)) == doctest::Approx(mse));
  CHECK(value(taken({.loss = "mse", .epochs = 2})(t, p)) == doctest::Approx(mse));
  CHECK(value(taken({.loss = std::string("MeanSquaredError")})(t, p)) == doctest::Approx(mse));
  CHECK(value(taken({.loss = MeanSquaredError{.reduction = Reduction::sum}})(t, p)) == doctest::Approx(3 * mse));
  CHECK(value(taken({.loss = of_vars})(t, p)) == doctest::Approx(mse));
  CHECK(value(taken({.loss = of_args})(t, p)) == doctest::Approx(mse));
  // Labels [3] meet predictions [3, 1]: without the missing axis this would be a mean over [3, 3].
  CHECK(value(taken({.loss = [](Var a, Var b) { return mean(square(a - b)); }})(t, p)) == doctest::Approx(mse));
  CHECK(value(taken({.loss = [](const auto& a, const auto& b) { return square(a - b); }})(t.astype(DType::boolean),
                                                                                          p)) == doctest::Approx(mse));
  CHECK(value(taken({.loss = Quartic{.scale = 10}})(t.reshape({3, 1}), p)) ==
        doctest::Approx(10 * (0.0016 * 2 + 0.1296)));
  const Loss a = Huber{.delta = 0.5};
  Loss b = a;
  CHECK(b.name() == "huber_loss");
  b = binary_crossentropy;
  CHECK(b.name() == "binary_crossentropy");
  CHECK(Loss(Quartic{}).name() == "quartic");
  CHECK(Loss(of_vars).name() == "loss");
  CHECK(Loss(Quartic{}).reduction() == Reduction::sum);
  CHECK(Loss().empty());
  CHECK(Loss().name().empty());
  CHECK(!a.empty());
  CHECK(has(message_of<ArgError>([] { Loss()(t, p); }), "needs a loss; got none"));
  CHECK(numbers(b.per_sample(t, p)).size() == 3);
}

TEST_CASE("loss: Keras's names") {
  const std::pair<const char*, const char*> names[] = {
      {"mse", "mean_squared_error"},
      {"MSE", "mean_squared_error"},
      {"mae", "mean_absolute_error"},
      {"mape", "mean_absolute_percentage_error"},
      {"MSLE", "mean_squared_logarithmic_error"},
      {"bce", "binary_crossentropy"},
      {"kld", "kl_divergence"},
      {"KLDivergence", "kl_divergence"},
      {"sparse_categorical_crossentropy", "sparse_categorical_crossentropy"},
      {"CategoricalFocalCrossentropy", "categorical_focal_crossentropy"},
      {"CosineSimilarity", "cosine_similarity"},
      {"log_cosh", "log_cosh"},
      {"Huber", "huber"},
      {"Poisson", "poisson"},
      {"squared_hinge", "squared_hinge"},
      {"ce", "crossentropy"}};
  for (const auto& [name, means] : names) CHECK(Loss(name).name() == means);
  const std::string text = message_of<ArgError>([] { Loss l = "meen_squared_error"; });
  CHECK(has(text, "needs the name of a loss; got 'meen_squared_error'; did you mean 'mean_squared_error'"));
  CHECK(has(text, "loss.cpp"));
  CHECK(has(message_of<ArgError>([] { Loss l = ""; }), "needs the name of a loss"));

  const Loss ce = "crossentropy";
  const Array q = f64({0.1, 0.9, 0.6, 0.4}, {2, 2}), rows = f64({0, 1, 1, 0}, {2, 2}), labels = f64({1, 0}, {2});
  const double want = -(std::log(0.9) + std::log(0.6)) / 2;
  CHECK(value(ce(rows, q)) == doctest::Approx(want));
  CHECK(value(ce(labels, q)) == doctest::Approx(want));
  CHECK(value(ce(labels.reshape({2, 1}), q)) == doctest::Approx(want));
  CHECK(value(ce(t, p)) == doctest::Approx(value(Loss("bce")(t, p))));
}

TEST_CASE("loss: weights of every shape, and what they cannot be") {
  const Loss none = MeanSquaredError{.reduction = Reduction::none}, mean_loss = "mse";
  const Array w = f64({1, 0, 2}, {3});
  CHECK(numbers(none(t, p, w)) == numbers(none(t, p, w.reshape({3, 1}))));
  CHECK(none(t, p, w.reshape({3, 1})).shape() == Shape{3});
  CHECK(value(mean_loss(t, p, w)) == doctest::Approx((0.04 + 2 * 0.36) / 3));
  CHECK(value(mean_loss(t, p, w.astype(DType::int64))) == doctest::Approx((0.04 + 2 * 0.36) / 3));
  CHECK(value(mean_loss(t, p, Var())) == doctest::Approx(mse));
  CHECK(value(mean_loss(t, p, 2)) == doctest::Approx(2 * mse));
  // One weight a sample of several losses, also where there are as many of these as samples.
  const Array steps = ones({2, 2, 1}, DType::float64);
  CHECK(numbers(none(0, steps, f64({1, 3}, {2}))) == std::vector<double>{1, 1, 3, 3});
  CHECK(numbers(none(0, steps, f64({1, 3}, {1, 2}))) == std::vector<double>{1, 3, 1, 3});
  const Loss weighted = MeanSquaredError{.reduction = Reduction::mean_with_sample_weight};
  CHECK(value(weighted(0, steps, f64({1, 3}, {2}))) == doctest::Approx(1));
  CHECK(value(weighted(0, steps, zeros({2}))) == 0);
  // A sample of weight 0 is out, whatever its loss is.
  const Array bad = f64({0.2, numeric::inf, numeric::NaN}, {3, 1});
  CHECK(value(mean_loss(0, bad, f64({1, 0, 0}, {3}))) == doctest::Approx(0.04 / 3));
  // No samples.
  CHECK(value(mean_loss(zeros({0, 1}), zeros({0, 1}))) == 0);
  CHECK(none(zeros({0, 1}), zeros({0, 1})).shape() == Shape{0});
  // Ignored classes count in no mean.
  const Array q = f64({0.1, 0.9, 0.6, 0.4}, {2, 2});
  const Array labels = f64({1, 9}, {2});
  CHECK(value(Loss(SparseCategoricalCrossentropy{.ignore_class = 9})(labels, q)) == doctest::Approx(-std::log(0.9)));
  CHECK(value(Loss(SparseCategoricalCrossentropy{.ignore_class = 9, .reduction = Reduction::mean_with_sample_weight})(
            labels, q, f64({2, 5}, {2}))) == doctest::Approx(-std::log(0.9)));
  CHECK(value(Loss(SparseCategoricalCrossentropy{.ignore_class = 9})(full({2}, 9), q)) == 0);

  CHECK(has(message_of<ShapeError>([&] { mean_loss(t, p, ones({2})); }),
            "mean_squared_error: needs sample weights that go with losses of shape [3]; got float32[2]"));
  CHECK(has(message_of<ShapeError>([&] { mean_loss(t, p, ones({2, 3})); }), "losses of shape [3]"));
  CHECK(has(message_of<ShapeError>([&] { Loss{of_vars}(t, p, w); }), "one loss a sample"));
  const std::string text = message_of<ShapeError>([&] { Loss("categorical_crossentropy")(labels, q); });
  CHECK(has(text, "loss.cpp"));
  CHECK(has(text, "to_categorical"));
}

TEST_CASE("loss: weights carry gradients too") {
  for (const Reduction r : {Reduction::sum_over_batch_size, Reduction::mean_with_sample_weight, Reduction::sum})
    gradcheck(
        [&](Var x, Var w) {
          return Loss(MeanSquaredError{.reduction = r})(f64({0, 1, 0}, {3}), x, w);
        },
        {p, f64({0.5, 1.5, 2}, {3})}, {.order = 2});
}

TEST_CASE("logits: a prediction of a layer or of an op is known by its logits, with and without a tape") {
  const Array z = f64({800, -800, 3}, {3, 1}), labels = f64({0, 1, 1}, {3});
  const Loss bce = "bce", cce = "ce";
  const double want = (800 + 800 + std::log1p(std::exp(-3.0))) / 3;
  const Activation apply_sigmoid(sigmoid);
  {
    const NoGrad no_grad;
    CHECK(value(bce(labels, apply_sigmoid(z))) == doctest::Approx(want));
    CHECK(value(bce(labels, sigmoid(z))) == doctest::Approx(2 * -std::log(1e-7) / 3).epsilon(0.01));  // clipped
  }
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(z);
  const auto g = numbers(grad(bce(labels, apply_sigmoid(x)), x));
  CHECK(g[0] == doctest::Approx(1.0 / 3));  // a clipped probability would pass nothing
  CHECK(g[1] == doctest::Approx(-1.0 / 3));
  CHECK(value(bce(labels, sigmoid(x))) == doctest::Approx(want));            // x is alive
  CHECK(value(bce(labels.reshape({3, 1}), reshape(sigmoid(x), {3}))) < 20);  // another value than the sigmoid's

  const Var y = tape.variable(f64({900, 0, -900, 1, 2, 3}, {2, 3}));
  const Array numbers_of = f64({2, 1}, {2}), rows = f64({0, 0, 1, 0, 1, 0}, {2, 3});
  const double all = std::log(1 + std::exp(-1.0) + std::exp(1.0));
  for (const Var& probability : {Var(Activation("softmax")(y)), softmax(y)}) {
    CHECK(value(cce(numbers_of, probability)) == doctest::Approx((1800 + all) / 2));
    CHECK(value(cce(rows, probability)) == doctest::Approx((1800 + all) / 2));
    CHECK(numbers(grad(cce(rows, probability), y, {.retain = true}))[2] == doctest::Approx(-0.5));
  }
  // Neither of the other kind nor of another axis.
  CHECK(value(cce(rows, sigmoid(y))) < 20);
  CHECK(value(cce(rows, softmax(y, 0))) < 20);
  CHECK(detail::logits_behind(softmax(y), detail::LogitsKind::sigmoid).empty());
  CHECK(detail::logits_behind(softmax(y).detach(), detail::LogitsKind::softmax).empty());
  // from_logits on a softmax's result: its logits are meant.
  CHECK(value(Loss(CategoricalCrossentropy{.from_logits = true})(rows, softmax(y))) ==
        doctest::Approx((1800 + all) / 2));
}

TEST_CASE("logits: a layer's probability is known by its logits, which nothing else keeps") {
  Dense layer(3, {.activation = softmax});
  const Array x = ones({2, 4}), labels = zeros({2}, DType::int64);
  Tape tape;
  auto scope = tape.scope();
  const Var probability = layer(x);
  CHECK(!detail::logits_behind(probability, detail::LogitsKind::softmax).empty());
  const NoGrad no_grad;
  const Var constant = layer(x);
  const Var behind = detail::logits_behind(constant, detail::LogitsKind::softmax);
  REQUIRE(!behind.empty());
  CHECK(numbers(softmax(behind)) == numbers(constant));
}

TEST_CASE("logits: notes hold nothing of what is gone, and the latest four are kept") {
  const auto kind = detail::LogitsKind::sigmoid;
  detail::forget_logits();
  Array memory = ones({4});
  {
    Var z = memory;
    const Var y = sigmoid(z);
    detail::remember_logits(y, z, kind);
    z = Var();
    CHECK(!memory.unique());  // held: y is alive
    CHECK(!detail::logits_behind(y, kind).empty());
  }
  const Var other = ones({1});
  CHECK(detail::logits_behind(other, kind).empty());
  CHECK(memory.unique());
  std::vector<Var> outputs;
  for (int i = 0; i < 5; ++i) {
    outputs.push_back(sigmoid(ones({1})));
    detail::remember_logits(outputs.back(), Var(Array(full({1}, i))), kind);
  }
  CHECK(detail::logits_behind(outputs[0], kind).empty());
  for (int i = 1; i < 5; ++i) CHECK(detail::logits_behind(outputs[static_cast<std::size_t>(i)], kind).item<int>() == i);
  outputs[2] = Var();  // a free place is taken before an older note goes
  const Var last = sigmoid(ones({1}));
  detail::remember_logits(last, last, kind);
  CHECK(!detail::logits_behind(outputs[1], kind).empty());
  detail::forget_logits();
  CHECK(detail::logits_behind(outputs[1], kind).empty());
}
