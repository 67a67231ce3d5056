// MNIST again, by a convolutional network: above 99 % of the digits.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 12;
  set_seed(argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);

  // Images stay images here: [n, 28, 28, 1], rows, columns and one channel, from 0 to 1. The full 70,000 digits are
  // used where they are found or can be fetched; 10,000 ship with the library.
  auto [train, test] = datasets::mnist();
  Array x_train = train.x.reshape({-1, 28, 28, 1}).astype(DType::float32) / 255.f;
  Array y_train = to_categorical(train.y);
  Array x_test = test.x.reshape({-1, 28, 28, 1}).astype(DType::float32) / 255.f;
  Array y_test = to_categorical(test.y);

  // 32 patterns of 3 × 3 pixels, the strongest answer of each 2 × 2 places, and 64 patterns of those. In training half
  // of the 128 features made of them are left out at random, so that no digit hangs on a single one.
  Sequential network{
      Conv2D(32, 3, {.activation = relu}),
      MaxPooling2D(2),
      Conv2D(64, 3, {.activation = relu}),
      MaxPooling2D(2),
      Flatten{},
      Dense{128, {.activation = relu}},
      Dropout{0.5},
      Dense{10, {.activation = softmax}},
  };
  network.build({28, 28, 1});
  network.summary();

  network.compile({.optimizer = Adam{}, .loss = categorical_crossentropy, .metrics = {accuracy}});
  network.fit(x_train, y_train, {.epochs = epochs, .batch_size = 128});

  auto result = network.evaluate(x_test, y_test, {.verbose = 0});
  std::printf("test accuracy %.4f, loss %.4f\n", result["accuracy"], result.loss);
}
