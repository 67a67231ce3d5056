// A whole job, timed as a process: 10000-64-64-46 on Reuters, nine epochs.  job_reuters [SEED]
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  set_seed(argc > 1 ? static_cast<std::uint64_t>(std::atoll(argv[1])) : 1);
  auto [train, test] = datasets::reuters({.num_words = 10000});
  Csr x_train = multi_hot(train.x, 10000), x_test = multi_hot(test.x, 10000);
  Array y_train = to_categorical(train.y), y_test = to_categorical(test.y);

  Sequential model{
      Dense{64, {.activation = relu}},
      Dense{64, {.activation = relu}},
      Dense{46, {.activation = softmax}},
  };
  model.compile({.optimizer = RMSprop{}, .loss = categorical_crossentropy, .metrics = {accuracy}});
  model.fit(x_train, y_train, {.epochs = 9, .batch_size = 512, .verbose = 0});
  auto result = model.evaluate(x_test, y_test, {.batch_size = 512, .verbose = 0});
  std::printf("accuracy %.6f\nloss %.6f\n", result["accuracy"], result.loss);
}
