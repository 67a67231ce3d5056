// Accuracies: shapes, types, ties, NaN, against a naive count.

#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/core/xt.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/train/metrics/accuracy.hpp"

using namespace xgrad;

namespace {

const float NaN = std::nanf("");

Array floats(std::initializer_list<float> numbers, const Shape& shape) {
  return Array::from<float>(std::span(numbers.begin(), numbers.size()), shape);
}
Array ints(std::initializer_list<std::int64_t> numbers, const Shape& shape) {
  return Array::from<std::int64_t>(std::span(numbers.begin(), numbers.size()), shape);
}
double of(Metric m, const Array& t, const Array& p) {
  m.update(t, p);
  return m.value();
}

}  // namespace

TEST_CASE("train: accuracy follows the shapes") {
  const Array scores = floats({.1f, .7f, .2f, .5f, .3f, .2f}, {2, 3});
  CHECK(of(accuracy, floats({0, 1, 0, 0, 0, 1}, {2, 3}), scores) == 0.5);
  CHECK(of(accuracy, ints({1, 0}, {2}), scores) == 1);
  CHECK(of(accuracy, ints({1, 2}, {2, 1}), scores) == 0.5);
  const Array one = floats({.6f, .4f, .5f, .9f}, {4, 1});
  CHECK(of(accuracy, ints({1, 0, 0, 0}, {4}), one) == 0.75);
  CHECK(of(accuracy, ints({1, 0, 0, 0}, {4, 1}), one) == 0.75);
  CHECK(of(accuracy, ints({1, 0, 0, 0}, {4}), one.reshape({4})) == 0.75);
  // Steps in time: [2, 2, 3] scores.
  const Array steps = floats({.1f, .7f, .2f, .5f, .3f, .2f, 0, 0, 1, 1, 0, 0}, {2, 2, 3});
  CHECK(of(accuracy, ints({1, 1, 2, 0}, {2, 2}), steps) == 0.75);
  // What the first batch was stays so until a reset.
  Metric m = accuracy;
  m.update(ints({1, 0}, {2}), scores);
  CHECK_THROWS_AS(m.update(floats({0, 1, 0, 0, 0, 1}, {2, 3}), scores), ShapeError);
  m.reset();
  m.update(floats({0, 1, 0, 0, 0, 1}, {2, 3}), scores);
  CHECK(m.value() == 0.5);
}

TEST_CASE("train: accuracy as a function gives 1 and 0 per sample") {
  const Var a = accuracy(ints({1, 2}, {2}), floats({.1f, .7f, .2f, .5f, .3f, .2f}, {2, 3}));
  CHECK(a.shape() == Shape{2});
  CHECK(a.dtype() == DType::float32);
  CHECK(a.value().data<float>()[0] == 1);
  CHECK(a.value().data<float>()[1] == 0);
  CHECK_FALSE(a.needs_grad());
  CHECK(binary_accuracy(ints({1}, {1}), floats({.6f}, {1, 1}).astype(DType::float64)).dtype() == DType::float64);
}

TEST_CASE("train: the first of equal scores is the prediction, and NaN is the largest") {
  const Array labels = ints({0, 1, 2, 1}, {4});
  const Array scores = floats({.5f, .5f, 0, .5f, .5f, 0, 0, NaN, 1, 0, NaN, NaN}, {4, 3});
  CHECK(of(SparseCategoricalAccuracy{}, labels, scores) == 0.5);
  // argmax, which says the same, on many small rows of few different values
  std::vector<float> numbers;
  std::vector<std::int64_t> wanted;
  for (int i = 0; i < 600; ++i) {
    for (int j = 0; j < 5; ++j) {
      const int k = (i * 7919 + j * 104729 + i * j * 31) % 7;
      numbers.push_back(k == 6 ? NaN : static_cast<float>(k));
    }
    wanted.push_back(i % 5);
  }
  const Array many = Array::from<float>(numbers, {600, 5}), truth = Array::from<std::int64_t>(wanted, {600});
  const Array places = argmax(many, 1);
  int right = 0;
  for (std::int64_t i = 0; i < 600; ++i) right += places.data<std::int64_t>()[i] == i % 5;
  CHECK(right > 50);
  CHECK(of(SparseCategoricalAccuracy{}, truth, many) == doctest::Approx(right / 600.0).epsilon(1e-15));
  CHECK(of(CategoricalAccuracy{}, many, many) == 1);
}

TEST_CASE("train: a prediction that hits the threshold is negative, in the predictions' own type") {
  const Array p = floats({.1f, .5f, .50001f}, {3});
  CHECK(of(BinaryAccuracy{}, ints({0, 0, 1}, {3}), p) == 1);
  CHECK(of(BinaryAccuracy{.threshold = 0.1}, ints({0, 1, 1}, {3}), p) == 1);
  CHECK(of(BinaryAccuracy{}, ints({0, 0}, {2}), floats({NaN, 1}, {2})) == 0.5);
}

TEST_CASE("train: ties with the k-th score are hits") {
  const Array p = floats({.3f, .3f, .2f, .2f}, {1, 4});
  const auto top = [&](std::int64_t k, std::int64_t label) {
    return of(SparseTopKCategoricalAccuracy{.k = k}, ints({label}, {1}), p);
  };
  CHECK(top(1, 1) == 1);
  CHECK(top(2, 2) == 0);
  CHECK(top(3, 3) == 1);
  CHECK(top(9, 3) == 1);
  CHECK(top(9, 4) == 0);
  CHECK(top(9, -1) == 0);
  CHECK(of(TopKCategoricalAccuracy{.k = 1}, floats({0, 1, 0, 0}, {1, 4}), p) == 1);
  CHECK_THROWS_WITH_AS(top(0, 1), doctest::Contains("SparseTopKCategoricalAccuracy: needs k ≥ 1; got 0"), ArgError);
}

TEST_CASE("train: class numbers of any type") {
  const Array p = floats({.1f, .9f, .8f, .2f}, {2, 2});
  for (const DType type : {DType::uint8, DType::int64, DType::float32, DType::float64, DType::boolean})
    CHECK(of(SparseCategoricalAccuracy{}, ints({1, 0}, {2}).astype(type), p) == 1);
  CHECK(of(SparseCategoricalAccuracy{}, floats({.9f, NaN}, {2}), p) == 0);
  CHECK(of(CategoricalAccuracy{}, ints({0, 1, 1, 0}, {2, 2}).astype(DType::uint8), p) == 1);
  CHECK(of(Accuracy{}, ints({1, 0}, {2}), ints({1, 1}, {2})) == 0.5);
}

TEST_CASE("train: shapes that accuracies refuse") {
  const Array p = floats({.1f, .9f, .8f, .2f}, {2, 2});
  CHECK_THROWS_WITH_AS(of(SparseCategoricalAccuracy{}, ints({1, 0, 1}, {3}), p),
                       doctest::Contains("SparseCategoricalAccuracy: needs y_true of class numbers, [2] or [2,1], for "
                                         "y_pred float32[2,2]; got int64[3]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(of(CategoricalAccuracy{}, ints({1, 0, 1}, {1, 3}), p),
                       doctest::Contains("CategoricalAccuracy: needs y_true and y_pred of one shape"), ShapeError);
  CHECK_THROWS_AS(of(CategoricalAccuracy{}, Array::scalar(1.f), Array::scalar(1.f)), ShapeError);
  CHECK_THROWS_AS(of(BinaryAccuracy{}, ints({1, 0, 1}, {3}), p), ShapeError);
  CHECK(of(accuracy, zeros({0, 3}), zeros({0, 3})) == 0);
}
