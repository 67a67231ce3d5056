// Boston housing: the price of homes, from few samples, measured by K-fold cross-validation.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 100;
  set_seed(argc > 2 ? static_cast<std::uint64_t>(std::atoll(argv[2])) : 1);

  // 404 districts to learn from, 102 to be tested on; 13 features of very different size. Each is brought to mean 0 and
  // standard deviation 1, by the statistics of the training part alone.
  auto [train, test] = datasets::boston_housing();
  Normalization scale;
  scale.adapt(train.x);

  const auto make = [&] {
    Sequential model{
        scale, Dense{64, {.activation = relu}}, Dense{64, {.activation = relu}},
        Dense{1},  // no activation: a price may be any number
    };
    model.compile({.optimizer = "rmsprop", .loss = "mse", .metrics = {"mae"}});
    return model;
  };
  Sequential first = make();
  first.build({13});
  first.summary();

  // With 404 samples, what a single held-out part says is chance. So four times a quarter is held out.
  const CrossValidation folds =
      cross_validate(make, train.x, train.y, k_fold(404, 4), {.epochs = epochs, .batch_size = 16, .verbose = 0});
  for (std::size_t i = 0; i < folds.scores.size(); ++i)
    std::printf("fold %zu: mean absolute error %.3f thousand dollars\n", i + 1, folds.scores[i]["mae"]);
  std::printf("mean %.3f, standard deviation %.3f\n", folds.mean("mae"), folds.stddev("mae"));
  // The mean over the folds, and how far they differ. The first epochs would dwarf the others.
  const PlotOptions look{.figures = {"mae"}, .best = "val_mae", .skip_epochs = 10};
  folds.plot("", look);                     // here, in characters…
  if (argc > 3) folds.plot(argv[3], look);  // …and as a picture: docs/folds.svg was drawn so

  const std::vector<double> curve = folds.mean_curve("val_mae");
  const auto best = std::min_element(curve.begin(), curve.end()) - curve.begin();
  std::printf("over the folds, the held-out error was lowest after %td epochs\n", best + 1);

  Sequential model = make();
  model.fit(train.x, train.y, {.epochs = static_cast<int>(best) + 1, .batch_size = 16, .verbose = 0});
  auto result = model.evaluate(test.x, test.y, {.verbose = 0});
  std::printf("test mean absolute error %.3f thousand dollars\n", result["mae"]);
}
