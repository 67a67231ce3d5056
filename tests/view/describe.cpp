#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/view/describe.hpp"

using namespace xgrad;

TEST_CASE("describe counts and measures") {
  const float values[] = {0, 1, 2, 3, NAN, INFINITY, -INFINITY, 0};
  const Description d = describe(Array::from(std::span<const float>(values), {2, 4}));
  CHECK(d.shape == Shape{2, 4});
  CHECK(d.finite == 5);
  CHECK(d.nan == 1);
  CHECK(d.inf == 2);
  CHECK(d.zeros == 2);
  CHECK(d.lowest == 0);
  CHECK(d.highest == 3);
  CHECK(d.mean == doctest::Approx(1.2));
  CHECK(d.stddev == doctest::Approx(std::sqrt((2 * 1.44 + 0.04 + 0.64 + 3.24) / 5)));
  CHECK(d.histogram.front() == 2);
  CHECK(d.histogram.back() == 1);
  const std::string text = d.to_string();
  CHECK(text.find("float32[2,4]") == 0);
  CHECK(text.find("NaN 1 (12.5 %)") != std::string::npos);
  CHECK(text.find("zeros 2") != std::string::npos);
}

TEST_CASE("describe of odd arrays") {
  CHECK(describe(zeros({0, 3})).to_string() == "float32[0,3]  no elements");
  CHECK(describe(full({3}, NAN)).to_string() == "float32[3]  NaN 3 (100 %)");
  const Description same = describe(full({4}, 2));
  CHECK(same.histogram[0] == 4);
  CHECK(describe(ones({2}, DType::boolean)).highest == 1);
  CHECK(describe(Array::scalar(std::int64_t{-5})).lowest == -5);
  const double extremes[] = {-1e308, 1e308};
  CHECK(describe(Array::from(std::span<const double>(extremes), {2})).finite == 2);
}
