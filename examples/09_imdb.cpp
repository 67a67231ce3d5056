// IMDB: film reviews, praise or blame, told apart by the words that occur in them.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 4;
  set_seed(argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);

  // 25,000 reviews to learn from and 25,000 to be tested on, each a list of word numbers; rarer words than the 10,000
  // commonest are all number 2. The file is Keras's imdb.npz, fetched where it is not there.
  auto [train, test] = datasets::imdb({.num_words = 10000});
  WordIndex words = datasets::imdb_word_index();
  std::printf("%.100s…\n", words.decode(train.x[0]).c_str());

  // A review as 10,000 numbers, 1 where the word occurs. Nearly all are 0, so only the ones are stored (CSR).
  Csr x_train = multi_hot(train.x, 10000), x_test = multi_hot(test.x, 10000);
  std::printf("%s\n", signature(x_train).c_str());
  Array y_train = train.y.astype(DType::float32), y_test = test.y.astype(DType::float32);

  const auto make = [] {
    Sequential model{
        Dense{16, {.activation = relu}},
        Dense{16, {.activation = relu}},
        Dense{1, {.activation = sigmoid}},
    };
    model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
    return model;
  };

  // First with 10,000 reviews held out, to see when the network begins to learn by heart.
  EarlyStopping stop{.monitor = "val_loss", .patience = 2};
  History history =
      make().fit(x_train, y_train, {.epochs = 20, .batch_size = 512, .validation_split = 0.4, .callbacks = {stop}});
  history.plot();
  std::printf("the held-out loss was lowest after %d epochs\n", stop.best_epoch() + 1);

  // Then anew on all of them.
  Sequential model = make();
  model.build({10000});
  model.summary();
  model.fit(x_train, y_train, {.epochs = epochs, .batch_size = 512});
  auto result = model.evaluate(x_test, y_test, {.batch_size = 512, .verbose = 0});
  std::printf("test accuracy %.4f, loss %.4f\n", result["accuracy"], result.loss);
} catch (const IoError& e) {  // no data: the message says where it is looked for, and how to get it
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
