#include "core/near.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace xgrad::detail;

TEST_CASE("the nearest names, nearest first") {
  constexpr std::array<std::string_view, 4> known{"relu", "selu", "softmax", "mean_squared_error"};
  CHECK(near_matches("rleu", known) == "; did you mean 'relu' or 'selu'?");
  CHECK(near_matches("soft_max", known) == "; did you mean 'softmax'?");
  CHECK(near_matches("squared", known) == "; did you mean 'mean_squared_error'?");
  CHECK(near_matches("MeanSquareError", known) == "; did you mean 'mean_squared_error'?");
  CHECK(near_matches("xyzzyx", known) == " (known: relu, selu, softmax, mean_squared_error)");
  CHECK(near_matches("anything", {}).empty());
  CHECK(folded("Mean_Squared-Error") == "meansquarederror");
}
