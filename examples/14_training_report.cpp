// A training as a page: curves, histograms of weights, gradients and activations, what is confused, the hardest digits.
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string path = argc > 1 ? argv[1] : "report.html";
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 6;
  set_seed(1);

  // The 10,000 digits that come with the library.
  auto [train, test] = datasets::mnist_10k();
  Array x_train = train.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array x_test = test.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;

  Sequential network{
      Dense{128, {.activation = relu, .name = "hidden"}},
      Dropout{0.3},
      Dense{10, {.activation = softmax, .name = "output"}},
  };
  network.compile({.optimizer = Adam{}, .loss = sparse_categorical_crossentropy, .metrics = {accuracy}});

  // The recorder looks at the network after each epoch, with digits that are held out; it changes nothing.
  TrainingRecorder recorder;
  History history =
      network.fit(x_train, train.y,
                  {.epochs = epochs, .batch_size = 64, .validation_data = {x_test, test.y}, .callbacks = {recorder}});

  view::report(history, network, path, {.title = "Handwritten digits", .image = {28, 28}});
  std::printf("held-out accuracy %.4f\nOpen %s in a browser.\n", history["val_accuracy"].back(), path.c_str());
}
