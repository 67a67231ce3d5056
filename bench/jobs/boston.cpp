// A whole job, timed as a process: 13-64-64-1 on Boston housing, four folds of a hundred epochs, then eighty on all of
// the training part.  job_boston [SEED]
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  set_seed(argc > 1 ? static_cast<std::uint64_t>(std::atoll(argv[1])) : 1);
  auto [train, test] = datasets::boston_housing();
  Normalization scale;
  scale.adapt(train.x);
  Array x_train = scale(train.x).value(), x_test = scale(test.x).value();

  const auto make = [] {
    Sequential model{
        Dense{64, {.activation = relu}},
        Dense{64, {.activation = relu}},
        Dense{1},
    };
    model.compile({.optimizer = RMSprop{}, .loss = "mse", .metrics = {"mae"}});
    return model;
  };
  const CrossValidation folds =
      cross_validate(make, x_train, train.y, k_fold(404, 4), {.epochs = 100, .batch_size = 16, .verbose = 0});

  Sequential model = make();
  model.fit(x_train, train.y, {.epochs = 80, .batch_size = 16, .verbose = 0});
  auto result = model.evaluate(x_test, test.y, {.batch_size = 16, .verbose = 0});
  std::printf("folds_mae %.6f\nmae %.6f\n", folds.mean("mae"), result["mae"]);
}
