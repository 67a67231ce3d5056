// Metrics that count, and those of regressions: edges, batches, refusals.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "xgrad/core/xt.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/train/metrics/auc.hpp"
#include "xgrad/train/metrics/confusion.hpp"
#include "xgrad/train/metrics/f_score.hpp"
#include "xgrad/train/metrics/regression.hpp"

using namespace xgrad;

namespace {

const float NaN = std::nanf("");

Array floats(std::initializer_list<float> numbers, const Shape& shape) {
  return Array::from<float>(std::span(numbers.begin(), numbers.size()), shape);
}
Array ints(std::initializer_list<std::int64_t> numbers, const Shape& shape) {
  return Array::from<std::int64_t>(std::span(numbers.begin(), numbers.size()), shape);
}
double of(Metric m, const Array& t, const Array& p, const Array* w = nullptr) {
  m.update(t, p, w);
  return m.value();
}
std::vector<double> numbers(const Array& a) { return {a.span<double>().begin(), a.span<double>().end()}; }

/// Of every kind, for y_true and y_pred [n, 3].
std::vector<Metric> all() {
  return {RootMeanSquaredError{},
          CosineSimilarityMetric{},
          R2Score{},
          R2Score{.class_aggregation = R2Aggregation::none},
          TruePositives{},
          FalseNegatives{.thresholds = {0.2, 0.9}},
          Precision{.thresholds = {0.25, 0.5}},
          Precision{.top_k = 2},
          Recall{.class_id = 2},
          F1Score{},
          FBetaScore{.average = Average::weighted, .beta = 2, .threshold = 0.3},
          AUC{},
          AUC{.num_thresholds = 20, .curve = Curve::pr, .multi_label = true},
          ConfusionMatrix{}};
}

}  // namespace

TEST_CASE("train: counts do not depend on how samples are cut into batches") {
  const std::int64_t n = 61;
  set_seed(3);
  Array t = zeros({n, 3});
  const Array p = random::uniform({n, 3}), w = random::uniform({n});
  for (std::int64_t i = 0; i < n; ++i) t.mutable_data<float>()[3 * i + (i * i) % 3] = 1;
  for (const Metric& made : all())
    for (const bool weighted : {false, true}) {
      CAPTURE(made.name());
      Metric whole = made;
      whole.update(t, p, weighted ? &w : nullptr);
      Metric parts = made;
      for (std::int64_t at = 0; at < n; at += 7) {
        const std::int64_t end = std::min(n, at + 7);
        const Array here = w.rows(at, end);
        parts.update(t.rows(at, end), p.rows(at, end), weighted ? &here : nullptr);
      }
      CHECK(numbers(parts.result()) == numbers(whole.result()));
      CHECK(parts.result().shape() == whole.result().shape());
      whole.reset();
      CHECK(whole.value() == 0);
    }
}

TEST_CASE("train: nothing yet is 0, and so is a batch of none") {
  for (Metric m : all()) {
    CAPTURE(m.name());
    CHECK(m.value() == 0);
    m.update(zeros({0, 3}), zeros({0, 3}));
    CHECK(m.value() == 0);
  }
}

TEST_CASE("train: a refused batch leaves counts as they were") {
  const Array t = floats({1, 0, 0, 0, 1, 0}, {2, 3}), p = floats({.9f, .2f, .3f, .4f, .6f, .1f}, {2, 3});
  const Array three = floats({1, 2, 3}, {3});
  for (Metric m : all()) {
    CAPTURE(m.name());
    m.update(t, p);
    const auto before = numbers(m.result());
    CHECK_THROWS_AS(m.update(t, p, &three), ShapeError);
    CHECK_THROWS_AS(m.update(zeros({2, 4}), zeros({2, 3})), ShapeError);
    CHECK(numbers(m.result()) == before);
  }
}

TEST_CASE("train: a threshold is met in the predictions' type, and NaN is never positive") {
  const Array t = ints({1, 1, 1, 0}, {4}), p = floats({.1f, .2f, NaN, NaN}, {4});
  CHECK(of(TruePositives{.thresholds = {0.1}}, t, p) == 1);
  CHECK(of(FalseNegatives{.thresholds = {0.1}}, t, p) == 2);
  CHECK(of(TrueNegatives{.thresholds = {0.1}}, t, p) == 1);
  // (0, 0), (0, ½), (1, ½): a positive that is found nowhere
  CHECK(of(AUC{}, ints({1, 0, 1}, {3}), floats({.9f, .1f, NaN}, {3})) == doctest::Approx(0.5));
}

TEST_CASE("train: AUC agrees with counting pairs where thresholds separate all scores") {
  set_seed(11);
  const std::int64_t n = 200;
  Array t = Array::empty({n}, DType::float64), p = Array::empty({n}, DType::float64);
  for (std::int64_t i = 0; i < n; ++i) {
    p.mutable_data<double>()[i] = (static_cast<double>((i * 77) % n) + 0.5) / static_cast<double>(n);
    t.mutable_data<double>()[i] = (i * i + i / 3) % 3 == 0;
  }
  double right = 0, pairs = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j)
      if (t.data<double>()[i] == 1 && t.data<double>()[j] == 0) {
        ++pairs;
        right += p.data<double>()[i] > p.data<double>()[j];
      }
  CHECK(of(AUC{.num_thresholds = n + 1}, t, p) == doctest::Approx(right / pairs).epsilon(1e-13));
  // Outside [0, 1] counts as 0 or 1.
  CHECK(of(AUC{}, ints({0, 1}, {2}), floats({-3, 7}, {2})) == 1);
}

TEST_CASE("train: R² of constant targets, and next to large offsets") {
  const Array same = floats({2, 2, 2}, {3});
  CHECK(of(R2Score{}, same, same) == 1);
  CHECK(of(R2Score{}, same, floats({2, 2, 3}, {3})) == 0);
  const Array t = Array::from<double>(std::vector<double>{1e9, 1e9 + 1, 1e9 + 2}, {3});
  const Array p = Array::from<double>(std::vector<double>{1e9, 1e9 + 1, 1e9 + 3}, {3});
  CHECK(of(R2Score{}, t, p) == 0.5);
}

TEST_CASE("train: a confusion matrix of scores, one-hot rows, probabilities and class numbers") {
  const Array scores = floats({.1f, .7f, .2f, .5f, .3f, .2f, 0, 0, 1, .4f, .4f, .2f}, {4, 3});
  ConfusionMatrix a;
  a.update(ints({1, 0, 2, 0}, {4}), scores);
  CHECK(numbers(a.result()) == std::vector<double>{2, 0, 0, 0, 1, 0, 0, 0, 1});
  CHECK(a.value() == 1);
  ConfusionMatrix b;
  b.update(floats({1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0}, {4, 3}), scores);
  CHECK(numbers(b.result()) == std::vector<double>{1, 1, 0, 1, 0, 0, 0, 0, 1});
  CHECK(b.result().shape() == Shape{3, 3});
  ConfusionMatrix c;
  const Array weights = floats({1, 2, 4}, {3});
  c.update(ints({1, 0, 0}, {3, 1}), floats({.9f, .5f, .6f}, {3, 1}), &weights);
  CHECK(numbers(c.result()) == std::vector<double>{2, 4, 0, 1});
  CHECK(c.value() == doctest::Approx(3.0 / 7));
  ConfusionMatrix d{.num_classes = 4};
  CHECK(d.result().shape() == Shape{4, 4});
  d.update(ints({3, 1}, {2}), ints({3, 0}, {2}));
  CHECK(d.value() == 0.5);
  CHECK(d.result().data<double>()[4] == 1);
  CHECK_THROWS_WITH_AS(d.update(ints({3, 4}, {2}), ints({3, 0}, {2})),
                       doctest::Contains("ConfusionMatrix: needs classes below 4; got another in sample 1"),
                       IndexError);
  CHECK(d.value() == 0.5);
}

TEST_CASE("train: what counts refuse") {
  const Array t = zeros({2, 3}), p = zeros({2, 3}), v = zeros({2});
  CHECK_THROWS_WITH_AS(of(Precision{.thresholds = {1.5}}, t, p),
                       doctest::Contains("Precision: needs thresholds within [0, 1]; got 1.5"), ArgError);
  CHECK_THROWS_WITH_AS(of(Recall{.top_k = -1}, t, p), doctest::Contains("Recall: needs top_k"), ArgError);
  CHECK_THROWS_WITH_AS(of(Recall{.class_id = 3}, t, p),
                       doctest::Contains("Recall: needs a class of float32[2,3]; got 3"), IndexError);
  CHECK_THROWS_AS(of(Recall{.class_id = 0}, v, v), ShapeError);
  CHECK_THROWS_WITH_AS(of(F1Score{}, v, v), doctest::Contains("F1Score: needs y_true and y_pred [n, classes]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(of(FBetaScore{.beta = 0}, t, p), doctest::Contains("FBetaScore: needs beta > 0"), ArgError);
  CHECK_THROWS_WITH_AS(of(F1Score{.threshold = 0}, t, p), doctest::Contains("F1Score: needs a threshold within (0, 1]"),
                       ArgError);
  CHECK_THROWS_WITH_AS(of(AUC{.num_thresholds = 1}, v, v), doctest::Contains("AUC: needs num_thresholds ≥ 2; got 1"),
                       ArgError);
  CHECK_THROWS_AS(of(AUC{.multi_label = true}, v, v), ShapeError);
  CHECK_THROWS_AS(of(AUC{.label_weights = {1, 2}}, t, p), ShapeError);
  CHECK_THROWS_WITH_AS(of(CosineSimilarityMetric{.axis = 2}, t, p),
                       doctest::Contains("CosineSimilarityMetric: needs an axis of float32[2,3]; got 2"), IndexError);
  CHECK_THROWS_WITH_AS(of(R2Score{}, zeros({2, 3, 1}), zeros({2, 3, 1})),
                       doctest::Contains("R2Score: needs y_true and y_pred [n, outputs]"), ShapeError);
}
