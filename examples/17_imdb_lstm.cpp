// IMDB by words in order: an embedding and an LSTM read a review word by word, as long as it is.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 3;
  const int samples = argc > 2 ? std::atoi(argv[2]) : 25000;
  set_seed(1);

  // The last 200 words of each review, in their order. Shorter ones are filled up with 0 in front.
  auto [train, test] = datasets::imdb({.num_words = 10000});
  Array x_train = pad_sequences(train.x, {.maxlen = 200}).rows(0, samples),
        x_test = pad_sequences(test.x, {.maxlen = 200}).rows(0, samples);
  Array y_train = train.y.astype(DType::float32).rows(0, samples),
        y_test = test.y.astype(DType::float32).rows(0, samples);

  // Each word becomes 32 numbers, learned with the rest. 0 is no word: `mask_zero` says so to the LSTM, whose state
  // stays as it is there. What it holds after the last word decides.
  Sequential model{
      Embedding{10000, 32, {.mask_zero = true}},
      LSTM{32},
      Dense{1, {.activation = sigmoid}},
  };
  model.compile({.optimizer = "rmsprop", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  model.build({200});
  model.summary();
  History history = model.fit(x_train, y_train, {.epochs = epochs, .batch_size = 128, .validation_split = 0.2});
  history.plot();
  auto result = model.evaluate(x_test, y_test, {.batch_size = 512, .verbose = 0});
  std::printf("test accuracy %.4f, loss %.4f\n", result["accuracy"], result.loss);
} catch (const IoError& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
