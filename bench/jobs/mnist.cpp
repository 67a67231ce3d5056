// A whole job, timed as a process: 784-512-10 on MNIST, five epochs.  job_mnist [SEED]
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  set_seed(argc > 1 ? static_cast<std::uint64_t>(std::atoll(argv[1])) : 1);
  auto [train, test] = datasets::mnist();
  Array x_train = train.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array y_train = to_categorical(train.y);
  Array x_test = test.x.reshape({-1, 28 * 28}).astype(DType::float32) / 255.f;
  Array y_test = to_categorical(test.y);

  Sequential network{
      Dense{512, {.activation = relu}},
      Dense{10, {.activation = softmax}},
  };
  network.compile({.optimizer = RMSprop{}, .loss = categorical_crossentropy, .metrics = {accuracy}});
  network.fit(x_train, y_train, {.epochs = 5, .batch_size = 128, .verbose = 0});
  auto result = network.evaluate(x_test, y_test, {.batch_size = 128, .verbose = 0});
  std::printf("accuracy %.6f\nloss %.6f\n", result["accuracy"], result.loss);

  // What a training on these inputs cannot do without, and what the library held at most.
  std::size_t needed = x_train.bytes() + y_train.bytes() + x_test.bytes() + y_test.bytes();
  for (const Parameter& p : network.parameters()) needed += 3 * p.value().bytes();  // with a gradient and one slot
  std::printf("needed_bytes %zu\nheld_bytes %zu\n", needed, pool_statistics().most_bytes);
}
