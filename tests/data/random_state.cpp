// NumPy's legacy generator, against numbers that NumPy itself gave (np.random.RandomState(113)).

#include "data/random_state.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using xgrad::detail::RandomState;

namespace {

/// A hash of the whole permutation: FNV's step with a start of its own, one element at a time.
std::uint64_t hash_of(const std::vector<std::int64_t>& order) {
  std::uint64_t h = 1469598103934665603U;
  for (std::int64_t v : order) h = (h ^ static_cast<std::uint64_t>(v)) * 1099511628211U;
  return h;
}

struct Known {
  std::vector<std::int64_t> first, last;
  std::uint64_t hash;
};

void check(const std::vector<std::int64_t>& order, const Known& known) {
  REQUIRE(order.size() >= 10);
  CHECK(std::vector(order.begin(), order.begin() + 10) == known.first);
  CHECK(std::vector(order.end() - 5, order.end()) == known.last);
  CHECK(hash_of(order) == known.hash);
}

}  // namespace

TEST_CASE("RandomState: permutations with seed 113") {
  // clang-format off
  check(RandomState(113).permutation(10), {{9, 3, 6, 1, 0, 7, 4, 8, 2, 5}, {7, 4, 8, 2, 5}, 0x183bc46aa9a551aaU});
  check(RandomState(113).permutation(506),
        {{22, 202, 368, 335, 461, 323, 382, 143, 146, 141}, {364, 74, 162, 220, 165}, 0x892844c803644a36U});
  check(RandomState(113).permutation(600),
        {{568, 505, 59, 71, 298, 205, 29, 412, 100, 154}, {240, 253, 586, 162, 165}, 0xd5d56d62c265abb9U});
  check(RandomState(113).permutation(11228),
        {{1341, 4427, 5095, 2044, 3024, 1792, 1931, 2375, 2080, 9868}, {791, 2710, 11010, 6306, 4828}, 0x71e913d86a6b51bdU});
  check(RandomState(113).permutation(20640),
        {{4380, 8381, 15859, 10108, 9370, 19830, 18186, 11254, 1638, 17860}, {2710, 11010, 16236, 4828, 14501}, 0x8ad0bfbef7ea54b5U});
  RandomState two(113);   // the second permutation of one generator goes on where the first one stopped
  check(two.permutation(25000),
        {{7798, 13226, 18078, 793, 17499, 23003, 574, 19638, 5181, 23045}, {11010, 16236, 22690, 4828, 14501}, 0x06517f8e87de9e45U});
  check(two.permutation(25000),
        {{22748, 4083, 8015, 13688, 5310, 4466, 736, 22654, 23614, 10255}, {8142, 2321, 23183, 20869, 16517}, 0x3492ebaea751d8c9U});
  // clang-format on
}

TEST_CASE("RandomState: numbers of an interval") {
  // All 32 bits: the generator's own numbers.
  RandomState raw(113);
  for (std::uint64_t expected : {3659249829U, 529109724U, 317413538U, 548173386U, 3843702636U, 3884559106U})
    CHECK(raw.interval(0xffffffffU) == expected);
  // More than 32: two numbers, the first one on top.
  RandomState wide(113);
  CHECK(wide.interval(~std::uint64_t{0}) == (std::uint64_t{3659249829U} << 32 | 529109724U));
  // Nothing is consumed where there is nothing to choose.
  RandomState none(113);
  CHECK(none.interval(0) == 0);
  CHECK(none.interval(0xffffffffU) == 3659249829U);
  CHECK(RandomState(1).permutation(0).empty());
  CHECK(RandomState(1).permutation(1) == std::vector<std::int64_t>{0});
}
