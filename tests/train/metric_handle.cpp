// The handle: what it is made of, its name, copies, batches, weights.

#include "xgrad/train/metric.hpp"

#include <doctest/doctest.h>

#include "xgrad/core/xt.hpp"
#include "xgrad/nn/loss.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/train/metrics/accuracy.hpp"

using namespace xgrad;

namespace {

Array matrix(std::initializer_list<float> numbers, std::int64_t columns) {
  return Array::from<float>(std::span(numbers.begin(), numbers.size()),
                            {static_cast<std::int64_t>(numbers.size()) / columns, columns});
}
Array vector(std::initializer_list<float> numbers) {
  return Array::from<float>(std::span(numbers.begin(), numbers.size()), {static_cast<std::int64_t>(numbers.size())});
}

struct Compiled {
  std::vector<Metric> metrics = {};
};

/// A user's own: how many batches there were.
struct Batches {
  int count = 0;
  void update(const Array&, const Array&, const Array*) { ++count; }
  Array result() const { return Array::scalar(count); }
  void reset() { count = 0; }
};

Var twice(Var y_true, Var y_pred) { return 2 * (y_true - y_pred); }

}  // namespace

TEST_CASE("train: a metric is made of a function, a name, a loss, a callable or a struct") {
  const Compiled c{.metrics = {accuracy, "accuracy", mean_squared_error, "mae", Huber{.delta = 2}, binary_crossentropy,
                               BinaryAccuracy{0.7}, twice, [](Var t, Var p) { return mean(abs(t - p)); }, Batches{},
                               Loss("poisson"), std::string("LogCosh"), "MeanSquaredError", "Acc"}};
  const char* names[] = {"accuracy",
                         "accuracy",
                         "mean_squared_error",
                         "mae",
                         "huber_loss",
                         "binary_crossentropy",
                         "binary_accuracy",
                         "metric",
                         "metric",
                         "metric",
                         "poisson",
                         "LogCosh",
                         "MeanSquaredError",
                         "Acc"};
  const Direction up = Direction::up, down = Direction::down, unknown = Direction::unknown;
  const Direction directions[] = {up, up, down, down, down, down, up, unknown, unknown, unknown, down, down, down, up};
  REQUIRE(c.metrics.size() == std::size(names));
  for (std::size_t i = 0; i < std::size(names); ++i) {
    CAPTURE(i);
    CHECK(c.metrics[i].name() == names[i]);
    CHECK(c.metrics[i].direction() == directions[i]);
  }
  CHECK(Metric("peak", twice).name() == "peak");
  CHECK(Metric(accuracy).named("a").name() == "a");
}

TEST_CASE("train: an unknown metric's name brings the near ones and the user's line") {
  const unsigned line = __LINE__ + 2;
  try {
    Metric("acuracy");
    FAIL("no throw");
  } catch (const ArgError& e) {
    CHECK(e.where().line == line);
    CHECK(std::string(e.what()).find("Metric: needs the name of a metric; got 'acuracy'; did you mean 'accuracy'") !=
          std::string::npos);
  }
  CHECK_THROWS_AS(Metric(""), ArgError);
  for (const std::string& name : metric_names()) CHECK(Metric(name).name() == name);
}

TEST_CASE("train: equal names are numbered") {
  std::vector<Metric> metrics{"mae", "mae", "mse", "mae", accuracy};
  make_names_unique(metrics);
  const char* names[] = {"mae", "mae_1", "mse", "mae_2", "accuracy"};
  for (std::size_t i = 0; i < 5; ++i) CHECK(metrics[i].name() == names[i]);
}

TEST_CASE("train: a copy of a metric goes its own way") {
  const Array t = vector({0, 1, 1, 0}), p = vector({0.1f, 0.9f, 0.2f, 0.8f}), all = vector({0, 1, 1, 0});
  Metric a = accuracy;
  CHECK(a.value() == 0);
  a.update(t, p);
  Metric b = a;
  CHECK(b.value() == 0.5);
  b.update(t, all);
  CHECK(a.value() == 0.5);
  CHECK(b.value() == 0.75);
  a = b;
  b.reset();
  CHECK(a.value() == 0.75);
  CHECK(b.value() == 0);
  CHECK(a.result().dtype() == DType::float64);
  CHECK(a.result().shape() == Shape{});
}

TEST_CASE("train: metrics do not depend on how samples are cut into batches") {
  const std::int64_t n = 97;
  Array t = Array::empty({n, 3}, DType::float32), p = Array::empty({n, 3}, DType::float32),
        w = Array::empty({n}, DType::float32);
  for (std::int64_t i = 0; i < 3 * n; ++i) {
    t.mutable_data<float>()[i] = static_cast<float>((i * 37) % 11) / 7;
    p.mutable_data<float>()[i] = static_cast<float>((i * 53) % 13) / 9;
    w.mutable_data<float>()[i % n] = static_cast<float>(i % 5) / 3;
  }
  for (const Metric& made : {Metric(accuracy), Metric("mae"), Metric("mse"), Metric("msle"), Metric("log_cosh"),
                             Metric(BinaryAccuracy{}), Metric("poisson")})
    for (const bool weighted : {false, true}) {
      CAPTURE(made.name());
      Metric whole = made;
      whole.update(t, p, weighted ? &w : nullptr);
      for (const std::int64_t size : {1, 2, 10, 96}) {
        Metric parts = made;
        for (std::int64_t at = 0; at < n; at += size) {
          const std::int64_t end = std::min(n, at + size);
          const Array here = w.rows(at, end);
          parts.update(t.rows(at, end), p.rows(at, end), weighted ? &here : nullptr);
        }
        CHECK(parts.value() == whole.value());
      }
    }
}

TEST_CASE("train: a callable's values are averaged over samples, and one number counts for its batch") {
  const Array t = vector({1, 2, 3}), p = vector({2, 4, 6});
  Metric each = [](Var a, Var b) { return abs(a - b); }, batch = [](Var a, Var b) { return mean(abs(a - b)); };
  for (Metric* m : {&each, &batch}) {
    m->update(t.rows(0, 2), p.rows(0, 2));
    m->update(t.rows(2, 3), p.rows(2, 3));
    CHECK(m->value() == 2);
  }
  Metric mixed = [](Var a, Var b) { return a - b; };
  mixed.update(t.astype(DType::float64), p);  // brought to y_pred's type
  CHECK(mixed.value() == -2);
}

TEST_CASE("train: a refused batch leaves a metric as it was") {
  for (Metric m : {Metric(accuracy), Metric("mse"), Metric("poisson")}) {
    CAPTURE(m.name());
    const Array t = matrix({1, 0, 0, 1, 1, 0}, 2), p = matrix({.9f, .1f, .2f, .8f, .3f, .7f}, 2);
    m.update(t, p);
    const double before = m.value();
    const Array short_weights = vector({1, 2}), deep = matrix({1, 1, 1}, 3).reshape({1, 1, 3});
    CHECK_THROWS_AS(m.update(t, p, &short_weights), ShapeError);
    CHECK_THROWS_AS(m.update(t, p, &deep), ShapeError);
    CHECK_THROWS_AS(m.update(t, matrix({.9f, .1f, .2f, .8f}, 2)), ShapeError);
    CHECK(m.value() == before);
  }
}

TEST_CASE("train: weights of every rank, as Keras's Mean takes them") {
  const Array v = Array::from<double>(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2});
  const auto mean_of = [&](const Array& w) {
    Mean m;
    m.update(v, &w);
    return m.value();
  };
  CHECK(mean_of(Array::scalar(5.0)) == doctest::Approx(3.5));
  CHECK(mean_of(vector({1, 0, 3})) == doctest::Approx((1.5 + 3 * 5.5) / 4));
  CHECK(mean_of(matrix({1, 0, 3}, 1)) == doctest::Approx((1.5 + 3 * 5.5) / 4));
  CHECK(mean_of(matrix({1, 0, 0, 1, 1, 1}, 2)) == doctest::Approx((1 + 4 + 5 + 6) / 4.0));
  CHECK(mean_of(matrix({1, 3}, 2)) == doctest::Approx((1 + 3 + 5 + 3 * (2 + 4 + 6)) / 12.0));
  CHECK(mean_of(vector({0, 0, 0})) == 0);
  Mean m;
  m.update(Array::scalar(2.0));
  m.update(Array::scalar(4.0));
  m.update(vector({}));
  CHECK(m.value() == 3);
  const Array wrong = vector({1, 2});
  CHECK_THROWS_WITH_AS(m.update(v, &wrong), doctest::Contains("Mean: needs sample weights for values [3,2]"),
                       ShapeError);
}
