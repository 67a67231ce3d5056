// MNIST: handwritten digits told apart by two dense layers.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 5;
  set_seed(argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);

  // Images are matrices of bytes, [n, 28, 28]; the network takes vectors of numbers from 0 to 1, [n, 784]. Labels are
  // digits; the loss compares distributions, so each becomes ten numbers with a single 1.
  auto [train, test] = datasets::mnist();
  Array x_train = train.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array y_train = to_categorical(train.y);
  Array x_test = test.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array y_test = to_categorical(test.y);

  // 512 features of an image, then ten probabilities that sum to 1.
  Sequential network{
      Dense{512, {.activation = relu}},
      Dense{10, {.activation = softmax}},
  };
  network.build({28 * 28});
  network.summary();

  network.compile({.optimizer = RMSprop{}, .loss = categorical_crossentropy, .metrics = {accuracy}});
  // A tenth of the digits is held out: what the network gets better at there, it has understood, not learnt by heart.
  History history = network.fit(x_train, y_train, {.epochs = epochs, .batch_size = 128, .validation_split = 0.1});

  history.plot();  // here, in characters; history.plot("mnist.svg") draws a picture

  const auto& held_out = history["val_accuracy"];
  std::printf("held-out accuracy rose from %.4f to %.4f\n", held_out.front(), held_out.back());
  auto result = network.evaluate(x_test, y_test, {.verbose = 0});
  std::printf("test accuracy %.4f, loss %.4f\n", result["accuracy"], result.loss);

  // The first test digit, and how sure the network is of it.
  Array p = network.predict(x_test.rows(0, 1));
  std::printf("the first test digit is a %d; the network says %d with probability %.4f\n",
              static_cast<int>(test.y.astype(DType::float32).span<float>()[0]),
              static_cast<int>(argmax(p, 1).span<std::int64_t>()[0]), amax(p).item<float>());
}
