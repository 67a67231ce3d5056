#include "kernels/broadcast.hpp"

#include <algorithm>

#include "support.hpp"

namespace xgrad::kernels::test {
namespace {

using Shape = std::vector<std::int64_t>;

std::int64_t count(const Shape& s) {
  std::int64_t n = 1;
  for (std::int64_t e : s) n *= e;
  return n;
}

/// Index into an array of shape s of the element that output position `flat` of shape `out` reads.
std::size_t source(const Shape& s, const Shape& out, std::int64_t flat) {
  std::int64_t offset = 0, step = 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t at = flat % out[out.size() - 1 - i];
    flat /= out[out.size() - 1 - i];
    if (i < s.size()) {
      const std::int64_t own = s[s.size() - 1 - i];
      if (own != 1) offset += at * step;
      step *= own;
    }
  }
  return static_cast<std::size_t>(offset);
}

Shape common(const Shape& a, const Shape& b) {
  Shape out(std::max(a.size(), b.size()), 1);
  for (const Shape* s : {&a, &b}) {
    for (std::size_t i = 0; i < s->size(); ++i) {
      if ((*s)[s->size() - 1 - i] != 1) out[out.size() - 1 - i] = (*s)[s->size() - 1 - i];
    }
  }
  return out;
}

const std::vector<std::pair<Shape, Shape>> kPairs = {
    {{}, {}},
    {{5}, {}},
    {{}, {5}},
    {{5}, {5}},
    {{1}, {5}},
    {{1, 1}, {5}},
    {{4, 3}, {3}},
    {{4, 3}, {4, 1}},
    {{4, 1}, {1, 3}},
    {{0, 3}, {3}},
    {{0, 3}, {1, 1}},
    {{1}, {0}},
    {{64, 100}, {100}},
    {{64, 100}, {64, 1}},
    {{3, 4, 100}, {100}},
    {{3, 4, 100}, {1, 1, 100}},
    {{3, 4, 100}, {3, 4, 1}},
    {{3, 4, 100}, {4, 1}},
    {{1, 4, 100}, {3, 1, 1}},
    {{1, 100}, {64, 1}},
    {{1, 100}, {64, 100}},
    {{0, 100}, {100}},
    {{900, 100}, {900, 1}},
    {{700, 3}, {700, 1}},
    {{700, 3}, {3}},
    {{1, 3}, {700, 3}},
    {{2, 3, 4}, {3, 1}},
    {{2, 3, 4}, {2, 1, 4}},
    {{2, 1, 4}, {1, 3, 1}},
    {{5, 1, 7, 1}, {1, 6, 1, 8}},
    {{3, 50, 20}, {50, 1}},
    {{3, 50, 20}, {3, 1, 20}},
    {{2, 3, 1, 2, 1, 3, 1, 2}, {1, 3, 2, 1, 2, 3, 2, 1}},
    {{1000, 1}, {1, 1000}},
    {{1, 1, 1}, {2, 2}},
    {{300, 300}, {300, 1}},
    {{4, 1, 1, 2}, {1, 3, 5, 1}},
};

template <class T>
void check_pair(const Shape& a_shape, const Shape& b_shape) {
  Numbers numbers(5);
  const auto a = numbers.vector<T>(count(a_shape), -9, 9), b = numbers.vector<T>(count(b_shape), -9, 9);
  const Shape out = common(a_shape, b_shape);
  const auto n = static_cast<std::size_t>(count(out));
  std::vector<T> y(n + 1, T(-77)), z = y;
  std::vector<std::uint8_t> less(n + 1, 9);
  const auto mask = numbers.vector<double>(count(a_shape), 0, 2);
  const std::vector<std::uint8_t> c(mask.begin(), mask.end());
  binary_broadcast<T>(Binary::sub, a_shape, b_shape, a.data(), b.data(), y.data());
  compare_broadcast<T>(Compare::lt, a_shape, b_shape, a.data(), b.data(), less.data());
  where_broadcast<T>(a_shape, b_shape, a_shape, c.data(), b.data(), a.data(), z.data());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t ia = source(a_shape, out, static_cast<std::int64_t>(i));
    const std::size_t ib = source(b_shape, out, static_cast<std::int64_t>(i));
    wrong += y[i] != a[ia] - b[ib];
    wrong += less[i] != (a[ia] < b[ib]);
    wrong += z[i] != (c[ia] != 0 ? b[ib] : a[ia]);
  }
  CHECK(wrong == 0);
  CHECK((y[n] == T(-77) && z[n] == T(-77) && less[n] == 9));
  std::vector<T> copied(n);
  broadcast_copy<T>(b_shape, out, b.data(), copied.data());
  for (std::size_t i = 0; i < n; ++i) wrong += copied[i] != b[source(b_shape, out, static_cast<std::int64_t>(i))];
  CHECK(wrong == 0);
}

TEST_CASE("every broadcast pattern, both ways round") {
  under_each_isa([] {
    for (const auto& pair : kPairs) {
      const auto &a = pair.first, &b = pair.second;  // clang 14 captures no structured binding
      INFO(doctest::toString(a.size()), " against ", doctest::toString(b.size()), " dimensions, ", count(a), " and ",
           count(b));
      check_pair<float>(a, b);
      check_pair<double>(b, a);
      check_pair<std::int64_t>(a, b);
    }
  });
}

TEST_CASE("a plan merges what it can") {
  const Shape a = {2, 3, 4}, row = {4}, column = {2, 1, 1};
  const Extents alike[] = {a, a}, rows[] = {a, row}, columns[] = {a, column};
  CHECK(BroadcastPlan::make(alike).rank == 1);
  const BroadcastPlan r = BroadcastPlan::make(rows);
  CHECK((r.rank == 2 && r.shape[0] == 6 && r.shape[1] == 4 && r.stride[1][0] == 0 && r.stride[1][1] == 1));
  const BroadcastPlan c = BroadcastPlan::make(columns);
  CHECK((c.rank == 2 && c.shape[0] == 2 && c.shape[1] == 12 && c.stride[1][0] == 1 && c.stride[1][1] == 0));
}

TEST_CASE("in place on the operand that has the output's shape") {
  under_each_isa([] {
    for (const Shape& b_shape : {Shape{40}, Shape{30, 1}, Shape{}, Shape{30, 40}, Shape{101}, Shape{1, 101}}) {
      Numbers numbers(9);
      const Shape a_shape = {30, b_shape.empty() || b_shape.back() == 1 ? 101 : b_shape.back()};
      auto a = numbers.vector<float>(count(a_shape), -1, 1);
      const auto b = numbers.vector<float>(count(b_shape), -1, 1);
      std::vector<float> y(a.size());
      binary_broadcast<float>(Binary::mul, a_shape, b_shape, a.data(), b.data(), y.data());
      binary_broadcast<float>(Binary::mul, a_shape, b_shape, a.data(), b.data(), a.data());
      CHECK(a == y);
    }
  });
}

}  // namespace
}  // namespace xgrad::kernels::test
