// A whole job, timed as a process: 10000-16-16-1 on IMDB, four epochs.  job_imdb [SEED]
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  set_seed(argc > 1 ? static_cast<std::uint64_t>(std::atoll(argv[1])) : 1);
  auto [train, test] = datasets::imdb({.num_words = 10000});
  Csr x_train = multi_hot(train.x, 10000), x_test = multi_hot(test.x, 10000);
  Array y_train = train.y.astype(DType::float32), y_test = test.y.astype(DType::float32);

  Sequential model{
      Dense{16, {.activation = relu}},
      Dense{16, {.activation = relu}},
      Dense{1, {.activation = sigmoid}},
  };
  model.compile({.optimizer = RMSprop{}, .loss = binary_crossentropy, .metrics = {accuracy}});
  model.fit(x_train, y_train, {.epochs = 4, .batch_size = 512, .verbose = 0});
  auto result = model.evaluate(x_test, y_test, {.batch_size = 512, .verbose = 0});
  std::printf("accuracy %.6f\nloss %.6f\n", result["accuracy"], result.loss);
}
