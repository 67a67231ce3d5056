// Boston and California: Keras's order and split; what ships is what Keras has.

#include "data/support.hpp"
#include "support/reference.hpp"
#include "xgrad/data/datasets.hpp"

using namespace xgrad;
using support::hash_of;
using support::MadeHome;

namespace {

void check_boston() {
  const reference::File file("datasets.txt");
  for (const char* name : {"default", "other", "nothing_held_out"}) {
    const reference::Case& c = file.at(std::string("boston_housing/") + name);
    const auto [train, test] = datasets::boston_housing(
        {.test_split = c.number("test_split", 0.2), .seed = static_cast<std::uint32_t>(c.number("seed", 113))});
    CHECK(train.x.shape() == Shape{static_cast<std::int64_t>(c.number("train_count")), 13});
    CHECK(test.x.shape() == Shape{static_cast<std::int64_t>(c.number("test_count")), 13});
    CHECK(hash_of(train.x.span<double>()) == c.text("train_x"));
    CHECK(hash_of(train.y.span<double>()) == c.text("train_y"));
    CHECK(hash_of(test.x.span<double>()) == c.text("test_x"));
    CHECK(hash_of(test.y.span<double>()) == c.text("test_y"));
  }
}

}  // namespace

TEST_CASE("boston_housing: the file that ships, as Keras loads its own") {
  const MadeHome home;
  check_boston();
  const auto [train, test] = datasets::boston_housing();
  CHECK(train.x.shape() == Shape{404, 13});
  CHECK(test.y.shape() == Shape{102});
  const std::vector<double> published{15.2, 42.3, 50.0, 21.1, 17.7, 18.5, 11.3, 15.6, 15.6, 14.4};
  for (std::size_t i = 0; i < published.size(); ++i) CHECK(train.y.data<double>()[i] == published[i]);
  for (double bad : {1.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH_AS(datasets::boston_housing({.test_split = bad}), doctest::Contains("test_split"), ArgError);
}

TEST_CASE("boston_housing: Keras's file") {
  if (support::has_keras_file("boston_housing.npz")) check_boston();
}

TEST_CASE("boston_housing: a file that is there is used, and refused where it does not fit") {
  const MadeHome home;
  home.write_npz("boston_housing.npz", {{"x", support::npy("<f8", "(2, 1)", support::raw<double>({1, 2}))},
                                        {"y", support::npy("<f8", "(2,)", support::raw<double>({3, 4}))}});
  CHECK(datasets::boston_housing({.test_split = 0.5}).train.x.shape() == Shape{1, 1});
  home.write_npz("boston_housing.npz", {{"x", support::npy("<f8", "(2, 1)", support::raw<double>({1, 2}))},
                                        {"y", support::npy("<f8", "(1,)", support::raw<double>({3}))}});
  CHECK_THROWS_WITH_AS(datasets::boston_housing(), doctest::Contains("one y for each row"), IoError);
  home.write_npz("boston_housing.npz", {{"x", support::npy("<f8", "(2, 1)", support::raw<double>({1, 2}))}});
  CHECK_THROWS_WITH_AS(datasets::boston_housing(), doctest::Contains("needs an array 'y'"), IoError);
}

TEST_CASE("california_housing: a made file") {
  const MadeHome home;
  CHECK_THROWS_WITH_AS(datasets::california_housing(), doctest::Contains("needs the file california_housing.npz"),
                       IoError);
  constexpr std::int64_t n = 20640;
  std::vector<double> x(8 * n), y(n);
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = static_cast<double>(i);
    for (std::size_t k = 0; k < 8; ++k) x[8 * i + k] = static_cast<double>(i) + 0.1 * static_cast<double>(k);
  }
  home.write_npz("california_housing.npz", {{"x", support::npy("<f8", "(20640, 8)", support::raw(x))},
                                            {"y", support::npy("<f8", "(20640,)", support::raw(y))}});
  const auto [train, test] = datasets::california_housing();
  CHECK(train.x.shape() == Shape{16512, 8});
  CHECK(test.x.shape() == Shape{4128, 8});
  const std::vector<double> large{4380, 8381, 15859, 10108, 9370}, small{568, 505, 59, 71, 298};
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(train.y.data<double>()[i] == large[i]);
    CHECK(train.x.data<double>()[8 * i + 3] == large[i] + 0.1 * 3);
  }
  CHECK(test.y.data<double>()[4127] == 14501);
  const auto [few, few_test] = datasets::california_housing({.version = "small"});
  CHECK(few.x.shape() == Shape{480, 8});
  CHECK(few_test.x.shape() == Shape{120, 8});
  for (std::size_t i = 0; i < 5; ++i) CHECK(few.y.data<double>()[i] == small[i]);
  CHECK_THROWS_WITH_AS(datasets::california_housing({.version = "tiny"}), doctest::Contains("got \"tiny\""), ArgError);
}
