// Lists of integers of different lengths.

#include "xgrad/data/sequences.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <vector>

using namespace xgrad;

namespace {
std::vector<std::int64_t> list(std::span<const std::int64_t> s) { return {s.begin(), s.end()}; }
Array integers(std::vector<std::int64_t> v) {
  return Array::from(std::span<const std::int64_t>(v), {static_cast<std::int64_t>(v.size())});
}
}  // namespace

TEST_CASE("Sequences: what is in them") {
  const Sequences s{{1, 14, 22}, {}, {7}};
  CHECK(s.size() == 3);
  CHECK(list(s[0]) == std::vector<std::int64_t>{1, 14, 22});
  CHECK(s[1].empty());
  CHECK(list(s.at(2)) == std::vector<std::int64_t>{7});
  CHECK(s.max() == 22);
  CHECK(s.values().size() == 4);
  CHECK(Sequences(s.lengths(), integers({0, 3})) == Sequences{{3, 0, 1}});
  std::vector<std::size_t> lengths;
  for (std::span<const std::int64_t> one : s) lengths.push_back(one.size());
  CHECK(lengths == std::vector<std::size_t>{3, 0, 1});
  CHECK(s == Sequences(std::vector<std::vector<std::int64_t>>{{1, 14, 22}, {}, {7}}));
  CHECK_FALSE(s == Sequences{{1, 14, 22}, {7}, {}});
  CHECK(Sequences().empty());
  CHECK(Sequences().max() == -1);
  const Sequences none;
  CHECK(none.begin() == none.end());
  CHECK_THROWS_WITH_AS(s.at(3), doctest::Contains("needs a number below 3; got 3"), IndexError);
  CHECK_THROWS_AS(s.at(-1), IndexError);
  std::ostringstream out;
  out << s;
  CHECK(out.str() == "3 sequences of 4 integers\n  0: 1 14 22\n  1:\n  2: 7");
}

TEST_CASE("Sequences: some of them") {
  const Sequences s{{1, 14, 22}, {}, {7}, {3, 4}};
  CHECK(s.take(integers({3, 0, 3, 1})) == Sequences{{3, 4}, {1, 14, 22}, {3, 4}, {}});
  CHECK(s.take(integers({})) == Sequences());
  CHECK(s.rows(1, 4) == Sequences{{}, {7}, {3, 4}});
  CHECK(s.rows(2, 2) == Sequences());
  CHECK_THROWS_WITH_AS(s.take(integers({4})), doctest::Contains("got 4"), IndexError);
  CHECK_THROWS_AS(s.take(integers({-1})), IndexError);
  CHECK_THROWS_AS(s.take(zeros({2})), DTypeError);
  CHECK_THROWS_AS(s.take(zeros({2, 1}, DType::int64)), ShapeError);
  CHECK_THROWS_WITH_AS(s.rows(1, 5), doctest::Contains("<= 4; got 1 and 5"), IndexError);
}

TEST_CASE("Sequences: parts that do not fit are refused") {
  CHECK(Sequences(integers({1, 2}), integers({0, 0, 2})) == Sequences{{}, {1, 2}});
  CHECK_THROWS_AS(Sequences(integers({1, 2}), integers({})), ShapeError);
  for (const Array& offsets :
       {integers({0, 1}), integers({0, 3}), integers({1, 2}), integers({0, 2, 1, 2}), integers({0, -1, 2})})
    CHECK_THROWS_WITH_AS(Sequences(integers({1, 2}), offsets), doctest::Contains("rise from 0 to 2"), IndexError);
  CHECK_THROWS_AS(Sequences(zeros({2}), integers({0, 2})), DTypeError);
  CHECK_THROWS_AS(Sequences(integers({1, 2}), zeros({2})), DTypeError);
}
