#include "xgrad/train/cross_validation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {
std::vector<std::int64_t> list(const Array& a) { return {a.data<std::int64_t>(), a.data<std::int64_t>() + a.size()}; }
using Places = std::vector<std::int64_t>;

/// Every sample is measured on once, and trained on where it is not measured on.
void check_partition(const std::vector<Fold>& folds, std::int64_t n) {
  std::multiset<std::int64_t> measured;
  for (const Fold& f : folds) {
    Places both = list(f.train), held = list(f.validation);
    measured.insert(held.begin(), held.end());
    both.insert(both.end(), held.begin(), held.end());
    std::sort(both.begin(), both.end());
    for (std::int64_t i = 0; i < n; ++i) CHECK(both[static_cast<std::size_t>(i)] == i);
  }
  for (std::int64_t i = 0; i < n; ++i) CHECK(measured.count(i) == 1);
}
}  // namespace

TEST_CASE("k folds: as they stand, shuffled by a seed, repeated") {
  const std::vector<Fold> folds = k_fold(10, 3);
  REQUIRE(folds.size() == 3);
  CHECK(list(folds[0].validation) == Places{0, 1, 2, 3});
  CHECK(list(folds[1].validation) == Places{4, 5, 6});
  CHECK(list(folds[2].train) == Places{0, 1, 2, 3, 4, 5, 6});
  check_partition(folds, 10);
  const auto shuffled = k_fold(10, 3, {.shuffle = true, .seed = 4});
  check_partition(shuffled, 10);
  CHECK(list(shuffled[0].validation) != list(folds[0].validation));
  set_seed(99);  // the order depends on its own seed alone, and leaves the thread's sequence as it was
  const float before = random::uniform({1}).item<float>();
  set_seed(99);
  CHECK(list(k_fold(10, 3, {.shuffle = true, .seed = 4})[1].train) == list(shuffled[1].train));
  CHECK(random::uniform({1}).item<float>() == before);
  const auto repeated = repeated_k_fold(12, 4, 3, 7);
  CHECK(repeated.size() == 12);
  CHECK(list(repeated[0].validation) != list(repeated[4].validation));
  CHECK_THROWS_AS(k_fold(3, 4), ArgError);
  CHECK_THROWS_AS(k_fold(3, 1), ArgError);
}

TEST_CASE("stratified folds share every class out") {
  Places labels;
  for (std::int64_t i = 0; i < 50; ++i) labels.push_back(i % 10 == 0 ? 2 : i % 3 == 0 ? 1 : 0);
  const Array y = Array::from(std::span<const std::int64_t>(labels), {50});
  for (bool shuffle : {false, true}) {
    const auto folds = stratified_k_fold(y, 4, {.shuffle = shuffle, .seed = 1});
    check_partition(folds, 50);
    std::map<std::int64_t, std::pair<int, int>> range;  // fewest and most of a class in a fold
    for (const Fold& f : folds) {
      std::map<std::int64_t, int> count;
      for (std::int64_t p : list(f.validation)) ++count[labels[static_cast<std::size_t>(p)]];
      for (std::int64_t c = 0; c < 3; ++c) {
        auto [at, fresh] = range.try_emplace(c, count[c], count[c]);
        at->second = {std::min(at->second.first, count[c]), std::max(at->second.second, count[c])};
      }
      CHECK(std::abs(f.validation.size() - 12.5) < 1);
    }
    for (const auto& [label, counts] : range) CHECK(counts.second - counts.first <= 1);
  }
  CHECK_THROWS_WITH_AS(stratified_k_fold(y, 6), doctest::Contains("5 of class 2"), ArgError);
}

TEST_CASE("splits in the order of time never look ahead") {
  const auto folds = time_series_split(11, 3);
  REQUIRE(folds.size() == 3);
  CHECK(list(folds[0].train) == Places{0, 1, 2, 3, 4});
  CHECK(list(folds[0].validation) == Places{5, 6});
  CHECK(list(folds[2].validation) == Places{9, 10});
  for (const Fold& f : folds) CHECK(list(f.train).back() < list(f.validation).front());
}

TEST_CASE("cross-validation trains a new model for each fold") {
  set_seed(2);
  const Array x = random::normal({60, 3}), y = sum(x, 1) + 1;
  int made = 0;
  const auto make = [&] {
    ++made;
    Sequential model{Dense{1}};
    model.compile({.optimizer = Adam{0.1}, .loss = "mse", .metrics = {"mae"}});
    return Model(model);
  };
  const CrossValidation result =
      cross_validate(make, x, y, k_fold(60, 4), {.epochs = 40, .batch_size = 16, .verbose = 0});
  CHECK(made == 4);
  CHECK(result.histories.size() == 4);
  CHECK(result.mean("mae") < 0.1);
  CHECK(result.stddev("mae") < 0.1);
  const std::vector<double> curve = result.mean_curve("val_mae");
  REQUIRE(curve.size() == 40);
  double last = 0;
  for (const History& h : result.histories) last += h["val_mae"].back() / 4;
  CHECK(curve.back() == doctest::Approx(last));
  CHECK(curve.back() == doctest::Approx(result.mean("mae")).epsilon(1e-4));
}
