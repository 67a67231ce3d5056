// Reuters: newswires sorted into 46 topics.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 9;
  set_seed(argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);

  // 8,982 newswires to learn from, 2,246 to be tested on. The file is Keras's reuters.npz, fetched where it is not
  // there.
  auto [train, test] = datasets::reuters({.num_words = 10000});
  Csr x_train = multi_hot(train.x, 10000), x_test = multi_hot(test.x, 10000);
  Array y_train = to_categorical(train.y), y_test = to_categorical(test.y);

  // Layers of 64: with 46 topics to tell apart, a narrower one would lose what the next needs.
  const auto make = [] {
    Sequential model{
        Dense{64, {.activation = relu}},
        Dense{64, {.activation = relu}},
        Dense{46, {.activation = softmax}},
    };
    model.compile({.optimizer = "rmsprop", .loss = "categorical_crossentropy", .metrics = {"accuracy"}});
    return model;
  };

  // 1,000 newswires are held out to see after how many epochs it is enough.
  EarlyStopping stop{.monitor = "val_loss", .patience = 3};
  History history = make().fit(
      x_train, y_train, {.epochs = 20, .batch_size = 512, .validation_split = 1000.0 / 8982, .callbacks = {stop}});
  history.plot();
  std::printf("the held-out loss was lowest after %d epochs\n", stop.best_epoch() + 1);

  Sequential model = make();
  model.build({10000});
  model.summary();
  model.fit(x_train, y_train, {.epochs = epochs, .batch_size = 512});
  auto result = model.evaluate(x_test, y_test, {.batch_size = 512, .verbose = 0});
  std::printf("test accuracy %.4f, loss %.4f\n", result["accuracy"], result.loss);

  Array p = model.predict(x_test.take_rows(zeros({1}, DType::int64)));
  const auto topic = static_cast<std::size_t>(argmax(p, 1).span<std::int64_t>()[0]);
  std::printf("the first test newswire is about '%s' with probability %.4f\n",
              std::string(datasets::reuters_label_names()[topic]).c_str(), amax(p).item<float>());
} catch (const IoError& e) {  // no data: the message says where it is looked for, and how to get it
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
