// A batch more in `fit` asks nothing more of the heap.

#include <doctest/doctest.h>

#include "support/heap.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

/// Allocations of ours in a training of so many batches of 16, after one that has warmed all up.
long allocations_of(Model model, const Samples& x, const Array& y, std::int64_t batches) {
  const auto fit = [&] { model.fit(x, y, {.batch_size = 16, .steps_per_epoch = batches, .verbose = 0}); };
  fit();
  fit();
  return heap::count(fit).ours;
}

/// What the second hundred batches cost.
long of_hundred_more(const Model& model, const Samples& x, const Array& y) {
  allocations_of(model, x, y, 200);
  const long few = allocations_of(model, x, y, 100), many = allocations_of(model, x, y, 200);
  MESSAGE("allocations in a fit of 100 batches: " << few << ", of 200: " << many);
  CHECK(few > 0);  // the history, to begin with
  return many - few;
}

}  // namespace

TEST_CASE("fit: a classifier with dropout, weights of samples and metrics") {
  set_seed(1);
  const Array x = random::normal({3200, 20}), y = random::integers({3200}, 0, 5);
  Sequential model{Dense{16, {.activation = relu}}, Dropout{0.2}, Dense{5, {.activation = softmax}}};
  model.compile({.optimizer = Adam{1e-3},
                 .loss = sparse_categorical_crossentropy,
                 .metrics = {accuracy, "sparse_categorical_crossentropy"}});
  CHECK(of_hundred_more(model, x, y) == 0);
}

TEST_CASE("fit: a regression with penalties, a constraint, branches and batch statistics") {
  set_seed(1);
  const Array x = random::normal({3200, 13}), y = random::normal({3200});
  Sequential model{Dense{64, {.activation = relu, .kernel_regularizer = L2{1e-4}, .activity_regularizer = "l1"}},
                   Add{Dense{64, {.activation = relu, .kernel_constraint = MaxNorm{}}}, Dense{64}},
                   BatchNormalization{}, Dense{1}};
  model.compile({.optimizer = RMSprop{1e-3}, .loss = "mse", .metrics = {"mae"}});
  CHECK(of_hundred_more(model, x, y) == 0);
}

TEST_CASE("fit: sparse samples, after the largest batch") {
  set_seed(1);
  const Csr x = Csr::from_dense((random::uniform({3200, 300}) < 0.05).astype(DType::float32));
  const Array y = (random::uniform({3200}) < 0.5).astype(DType::float32);
  Sequential model{Dense{16, {.activation = relu}}, Dense{1, {.activation = sigmoid}}};
  model.compile({.loss = binary_crossentropy, .metrics = {accuracy}});
  CHECK(of_hundred_more(model, x, y) == 0);
}

TEST_CASE("a job holds little more than its inputs, its weights, and what trains them") {
  // MNIST's, with a third of its images (what a batch works with does not shrink with them): bytes become floats from 0
  // to 1, two layers are trained and evaluated.
  trim_pool();
  const std::size_t before = pool_statistics().bytes_from_heap;
  std::size_t needed = 0;
  {
    set_seed(1);
    const Array images = full({20000, 28, 28}, 128, DType::uint8);
    const Array x = images.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
    const Array y = to_categorical(zeros({20000}, DType::uint8), 10);
    Sequential model{Dense{128, {.activation = relu}}, Dense{10, {.activation = softmax}}};
    model.compile({.optimizer = RMSprop{}, .loss = categorical_crossentropy, .metrics = {accuracy}});
    model.fit(x, y, {.batch_size = 128, .validation_split = 0.1, .verbose = 0});
    model.evaluate(x, y, {.batch_size = 128, .verbose = 0});
    needed = x.bytes() + y.bytes();
    for (const Parameter& p : model.parameters()) needed += 3 * p.value().bytes();  // with a gradient and one slot
  }
  // Nothing has been given back meanwhile, so what is held now is the most that was.
  const std::size_t held = pool_statistics().bytes_from_heap - before;
  MESSAGE("held " << held << " bytes, needed " << needed);
  CHECK(static_cast<double>(held) <= 1.3 * static_cast<double>(needed));
  CHECK(pool_statistics().most_bytes >= before + held);
  trim_pool();
  CHECK(pool_statistics().bytes_from_heap <= before + held / 20);
}

TEST_CASE("metrics: a batch more") {
  set_seed(1);
  Array t = zeros({128, 10});
  const Array p = random::uniform({128, 10}), labels = random::integers({128}, 0, 10), w = random::uniform({128});
  for (std::int64_t i = 0; i < 128; ++i) t.mutable_data<float>()[10 * i + labels.data<std::int64_t>()[i]] = 1;
  for (const std::string& name : metric_names()) {
    CAPTURE(name);
    if (name == "label_error_rate" || name == "ctc") continue;  // of sequences; decoding makes lists
    const bool numbers = name.rfind("sparse", 0) == 0 || name == "confusion_matrix";
    for (const Array* weights : {static_cast<const Array*>(nullptr), &w}) {
      Metric metric = name;
      const auto update = [&] { metric.update(numbers ? labels : t, p, weights); };
      for (int i = 0; i < 3; ++i) update();
      CHECK(heap::count(update).ours == 0);
    }
  }
}
