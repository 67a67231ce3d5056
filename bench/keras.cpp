#include "keras.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

#include "data/files.hpp"
#include "xgrad/xgrad.hpp"

namespace bench {

using namespace xgrad;

namespace {

constexpr std::int64_t rows = 512;  // a batch of the text jobs

/// A model, and a training loop over it written by hand.
struct Loop {
  Tape tape;
  Sequential model;
  Loss loss;
  RMSprop optimizer;
  Parameters parameters;

  Loop(const Sequential& layers, Loss how, Shape sample) : model(layers), loss(std::move(how)) {
    model.build(sample);
    parameters = model.parameters();
  }
  template <class X>
  void step(const X& x, const Array& y) {
    auto scope = tape.scope();
    backward(loss(y, model(x)));
    optimizer.step(parameters);
    zero_grad(parameters);
  }
};

Step sparse_step(const Sequential& layers, Loss loss, const datasets::Texts& texts, const Array& targets) {
  const Csr x = multi_hot(texts.x.rows(0, rows), 10000);
  auto loop = std::make_shared<Loop>(layers, std::move(loss), Shape{10000});
  return [loop, x, y = targets.rows(0, rows)] { loop->step(x, y); };
}

/// What is printed while it lives goes nowhere.
class Silence {
 public:
  Silence() : kept_(dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
  }
  ~Silence() {
    std::fflush(stdout);
    dup2(kept_, STDOUT_FILENO);
    close(kept_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int kept_;
};

struct Training {
  Sequential (*make)();
  const char *loss, *metric;
  Array x, y;
  int epochs;
  std::int64_t batch;
};

void compare_fit(Report& report, const std::string& name, int threads, const Training& t) {
  if (!report.wants(name)) return;
  set_seed(1);
  const std::int64_t n = t.x.shape(0), batches = t.epochs * ((n + t.batch - 1) / t.batch);
  Sequential model = t.make();
  model.compile({.optimizer = RMSprop{}, .loss = t.loss, .metrics = {t.metric}});
  const auto fit = [&] {
    const Silence silence;
    model.fit(t.x, t.y,
              {.epochs = t.epochs,
               .batch_size = t.batch,
               .callbacks = {EarlyStopping{.monitor = "loss", .patience = 1 << 20}},
               .verbose = 1});
  };
  Loop loop(t.make(), t.loss, {t.x.shape(1)});
  const auto by_hand = [&] {
    for (int epoch = 0; epoch < t.epochs; ++epoch) {
      const Array order = random::permutation(n);
      for (std::int64_t i = 0; i < n; i += t.batch) {
        const Array numbers = order.rows(i, std::min(n, i + t.batch));
        loop.step(take(t.x, numbers, 0), take(t.y, numbers, 0));
      }
    }
  };
  report.compare(name, threads, fit, "loop", by_hand, static_cast<double>(batches));
}

}  // namespace

Step imdb_step() {
  if (detail::find_data({"imdb.npz"}).empty()) return {};
  set_seed(1);
  const auto train = datasets::imdb({.num_words = 10000}).train;
  return sparse_step(
      Sequential{Dense{16, {.activation = relu}}, Dense{16, {.activation = relu}}, Dense{1, {.activation = sigmoid}}},
      binary_crossentropy, train, train.y.astype(DType::float32));
}

Step reuters_step() {
  if (detail::find_data({"reuters.npz"}).empty()) return {};
  set_seed(1);
  const auto train = datasets::reuters({.num_words = 10000}).train;
  return sparse_step(
      Sequential{Dense{64, {.activation = relu}}, Dense{64, {.activation = relu}}, Dense{46, {.activation = softmax}}},
      categorical_crossentropy, train, to_categorical(train.y));
}

void fit_workloads(Report& report, int threads) {
  const auto classifier = [] {
    return Sequential{Dense{512, {.activation = relu}}, Dense{10, {.activation = softmax}}};
  };
  compare_fit(report, "fit_mnist", threads,
              {classifier, "categorical_crossentropy", "accuracy", random::normal({60 * 128, 784}),
               to_categorical(random::integers({60 * 128}, 0, 10), 10), 1, 128});
  if (threads > 1) return;
  const auto regression = [] {
    return Sequential{Dense{64, {.activation = relu}}, Dense{64, {.activation = relu}}, Dense{1}};
  };
  compare_fit(report, "fit_boston", threads,
              {regression, "mse", "mae", random::normal({303, 13}), random::normal({303}), 100, 16});
}

}  // namespace bench
