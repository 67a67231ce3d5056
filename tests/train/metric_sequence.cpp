// The label error rate: edges, batches, weights, refusals, and in a training with the loss CTC.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

using I64 = std::int64_t;

Array ints(const std::vector<I64>& numbers, const Shape& shape) { return Array::from<I64>(numbers, shape); }
/// Logits that say a path of classes, sample by sample.
Array says(const std::vector<I64>& paths, const Shape& shape, I64 classes) {
  return to_categorical(ints(paths, shape), classes) * 5;
}

}  // namespace

TEST_CASE("label_error_rate: edit distances over the labels there are, all batches together") {
  const Array t = ints({1, 2, 3, 3, 0, 0, 2, 1, 0, 0, 0, 0}, {4, 3});
  // read: 1 3 (2 missing); 3; 2 2 (2 for 1); 1 (one too many)
  const Array p = says({1, 0, 3, 3, 3, 3, 0, 0, 2, 2, 0, 2, 0, 1, 1, 0}, {4, 4}, 4);
  Metric rate("label_error_rate");
  CHECK(rate.name() == "label_error_rate");
  CHECK(rate.direction() == Direction::down);
  CHECK(rate.value() == 0);
  rate.update(t, p);
  CHECK(rate.value() == 3.0 / 6);
  Metric parts = LabelErrorRate{};
  for (I64 i = 0; i < 4; ++i) parts.update(t.rows(i, i + 1).astype(DType::float32), p.rows(i, i + 1));
  CHECK(parts.value() == rate.value());
  CHECK(parts.result().item<double>() == rate.value());
  const Array w = Array::from<double>(std::vector<double>{2, 1, 0, 0.5}, {4});
  rate.reset();
  rate.update(t, p, &w);
  CHECK(rate.value() == 2.5 / 7);
  // errors without a label
  Metric none = LabelErrorRate{};
  none.update(zeros({1, 2}), says({0, 0}, {1, 2}, 2));
  CHECK(none.value() == 0);
  none.update(zeros({1, 2}), says({0, 1}, {1, 2}, 2));
  CHECK(none.value() == std::numeric_limits<double>::infinity());
  // the blank at the end, rows filled up with −1
  Metric last = LabelErrorRate{.blank = -1};
  last.update(ints({0, 1, -1, 2}, {2, 2}), says({0, 2, 1, 1, 1, 1}, {2, 3}, 3));
  CHECK(last.value() == 1.0 / 2);
}

TEST_CASE("label_error_rate: refusals change nothing") {
  const Array t = ints({1, 2}, {1, 2}), p = says({1, 2, 2}, {1, 3}, 3);
  LabelErrorRate rate;
  rate.update(t, p);
  CHECK_THROWS_WITH_AS(rate.update(t, p.reshape({3, 3})),
                       doctest::Contains("LabelErrorRate: needs y_pred of logits [n,frames,classes]; got float32[3,3]"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(rate.update(t, p.astype(DType::int64)), doctest::Contains("float32 or float64"), DTypeError);
  CHECK_THROWS_WITH_AS(rate.update(ints({1, 2}, {2, 1}), p), doctest::Contains("a row of labels a sample"), ShapeError);
  CHECK_THROWS_WITH_AS(rate.update(ints({1, 3}, {1, 2}), p), doctest::Contains("labels below 3"), IndexError);
  CHECK_THROWS_WITH_AS(rate.update(ints({0, 1}, {1, 2}), p), doctest::Contains("padding and then label 1"), ArgError);
  const Array w = ones({2});
  CHECK_THROWS_AS(rate.update(t, p, &w), ShapeError);
  CHECK_THROWS_WITH_AS((LabelErrorRate{.blank = 3}.update(t, p)), doctest::Contains("one of the 3 classes"), ArgError);
  CHECK(rate.labels == 2);
  CHECK(rate.errors == 0);
}

TEST_CASE("a model learns labels without alignment") {
  set_seed(11);
  // Each label is two frames of its own kind; between them, and at places that are not told, are frames of a third.
  const I64 n = 96, frames = 12, width = 3;
  Array x = random::normal({n, frames, 4}, 0, 0.3), y = zeros({n, width}, DType::int64);
  const Array labels = random::integers({n, width}, 1, 4), gaps = random::integers({n, width}, 0, 3);
  for (I64 i = 0; i < n; ++i)
    for (I64 u = 0, at = 0; u < width; ++u) {
      const I64 label = labels.data<I64>()[i * width + u];
      at += 1 + gaps.data<I64>()[i * width + u];
      y.mutable_data<I64>()[i * width + u] = label;
      for (int frame = 0; frame < 2; ++frame, ++at)
        if (at < frames) x.mutable_data<float>()[(i * frames + at) * 4 + label] += 2;
    }
  Sequential model{Dense{16, {.activation = tanh}}, Dense{4}};
  model.compile({.optimizer = Adam{0.02}, .loss = CTC{}, .metrics = {"label_error_rate"}});
  const History h = model.fit(x, y, {.epochs = 25, .batch_size = 16, .verbose = 0});
  const auto& rates = h["label_error_rate"];
  MESSAGE("label error rate " << rates.front() << " → " << rates.back());
  CHECK(rates.back() < 0.1);
  CHECK(h["loss"].back() < 0.3 * h["loss"].front());
  const Evaluation e = model.evaluate(x, y, {.batch_size = 7, .verbose = 0});
  LabelErrorRate whole;
  whole.update(y, model.predict(x));
  CHECK(e["label_error_rate"] == whole.value());
}
