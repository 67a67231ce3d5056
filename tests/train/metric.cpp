// Accuracies and metrics by name, batch by batch.

#include "xgrad/train/metric.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {
Array numbers(std::initializer_list<double> values, const Shape& shape) {
  return Array::from<double>(std::vector<double>(values), shape).astype(DType::float32);
}
const Array scores = numbers({0.1, 0.7, 0.2, 0.5, 0.5, 0.0, 0.2, 0.3, 0.5, 0.9, 0.05, 0.05}, {4, 3});
}  // namespace

TEST_CASE("which accuracy the shapes ask for") {
  const auto value = [](const Array& t, const Array& p) {
    Metric m = accuracy;
    m.update(t, p);
    return m.value();
  };
  const Array labels = numbers({1, 1, 2, 1}, {4}).astype(DType::int64);
  CHECK(value(labels, scores) == 0.5);  // the first of equal scores counts: row 1 says 0
  CHECK(value(labels.reshape({4, 1}), scores) == 0.5);
  CHECK(value(numbers({0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0}, {4, 3}), scores) == 0.5);
  CHECK(value(numbers({1, 0, 1, 0}, {4}), numbers({0.9, 0.5, 0.4, 0.2}, {4, 1})) == 0.75);  // 0.5 is no yes
  CHECK(Metric("ACC").name() == "ACC");
  CHECK(Metric(accuracy).name() == "accuracy");
  CHECK(Metric(accuracy).direction() == Direction::up);
  CHECK(Metric("mse").direction() == Direction::down);
  CHECK(Metric("cosine_similarity").direction() == Direction::up);
}

TEST_CASE("top k: ties with the k-th score are hits") {
  const Array labels = numbers({0, 0, 0, 1}, {4}).astype(DType::int64);
  SparseTopKCategoricalAccuracy top{.k = 2};
  top.update(labels, scores);
  CHECK(top.value() == 0.5);  // rows 1 and 3; 0.1 and 0.2 are third
  top.reset();
  CHECK(top.value() == 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  top.update(labels.rows(0, 1), numbers({nan, 0, 1}, {1, 3}));
  CHECK(top.value() == 0);
  CHECK_THROWS_AS((SparseTopKCategoricalAccuracy{.k = 0}.update(labels, scores)), ArgError);
}

TEST_CASE("a metric does not depend on the batches, and weighs samples") {
  set_seed(1);
  const Array t = random::normal({50, 3}), p = random::normal({50, 3}), w = random::uniform({50});
  for (const char* name : {"mae", "mse", "log_cosh", "cosine_similarity", "categorical_accuracy"}) {
    CAPTURE(name);
    Metric whole = name, parts = name, weighed = name;
    whole.update(t, p);
    for (std::int64_t i = 0; i < 50; i += 8)
      parts.update(t.rows(i, std::min<std::int64_t>(50, i + 8)), p.rows(i, std::min<std::int64_t>(50, i + 8)));
    CHECK(parts.value() == whole.value());
    const Array ones_ = ones({50});
    weighed.update(t, p, &ones_);
    CHECK(weighed.value() == doctest::Approx(whole.value()));
    weighed.update(t, p, &w);
    CHECK(std::isfinite(weighed.value()));
  }
  Metric own([](Var y_true, Var y_pred) { return mean(abs(y_true - y_pred)); });
  own.update(t, p);
  Metric mae = "mae";
  mae.update(t, p);
  CHECK(own.value() == doctest::Approx(mae.value()));
  Metric copy = mae;
  copy.reset();
  CHECK(copy.value() == 0);
  CHECK(mae.value() > 0);
}

TEST_CASE("names: numbered, and near ones for the unknown") {
  std::vector<Metric> all{accuracy, "accuracy", Metric("mine", [](Var t, Var p) { return t - p; })};
  make_names_unique(all);
  CHECK(all[1].name() == "accuracy_1");
  CHECK(all[2].name() == "mine");
  CHECK_THROWS_WITH_AS(Metric("acuracy"), doctest::Contains("did you mean 'accuracy'"), ArgError);
  CHECK_THROWS_WITH_AS(Metric("mean_squared_eror"), doctest::Contains("did you mean 'mean_squared_error'"), ArgError);
  CHECK_THROWS_AS(Metric("accuracy").update(zeros({3, 2}), zeros({4, 2})), ShapeError);
}
