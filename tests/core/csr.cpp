#include "xgrad/core/csr.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <sstream>
#include <string>
#include <vector>

using namespace xgrad;

namespace {

using Integers = std::vector<std::int64_t>;
using Numbers = std::vector<double>;

Array integers(const Integers& v) { return Array::from<std::int64_t>(v, {static_cast<std::int64_t>(v.size())}); }
Array numbers(const Numbers& v) { return Array::from<double>(v, {static_cast<std::int64_t>(v.size())}); }
template <class T>
std::vector<T> list(const Array& a) {
  const auto s = a.span<T>();
  return {s.begin(), s.end()};
}

template <class E, class F>
void refuses(const std::string& piece, F make) {
  try {
    make();
    FAIL_CHECK("not refused: " << piece);
  } catch (const E& e) {
    const std::string text = e.what();
    CHECK_MESSAGE(text.find(piece) != std::string::npos, text);
    CHECK_MESSAGE(text.find("core/csr.cpp:") != std::string::npos, text);
  }
}

}  // namespace

TEST_CASE("csr: from a dense matrix and back") {
  const Array dense = Array::from<double>(Numbers{0, 2, 0, 0, 0, 0, -1, 0, 3}, {3, 3});
  const Csr s = Csr::from_dense(dense);
  CHECK(s.shape() == Shape{3, 3});
  CHECK(s.dtype() == DType::float64);
  CHECK(list<std::int64_t>(s.row_ptr()) == Integers{0, 1, 1, 3});
  CHECK(list<std::int64_t>(s.column()) == Integers{1, 0, 2});
  CHECK(list<double>(s.values()) == Numbers{2, -1, 3});
  CHECK(list<double>(s.to_dense()) == list<double>(dense));
  CHECK(signature(s) == "float64[3,3] with 3 entries");
  std::ostringstream printed;
  printed << s;
  CHECK(printed.str() == to_string(s));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(Csr::from_dense(Array::from<double>(Numbers{nan, -0.0}, {1, 2})).entries() == 1);
  CHECK(Csr::from_dense(zeros({0, 4})).to_dense().shape() == Shape{0, 4});
  CHECK(Csr().entries() == 0);
}

TEST_CASE("csr: from triplets, which add up") {
  const Csr s = Csr::from_triplets(3, 4, integers({2, 0, 2, 2}), integers({1, 3, 0, 1}), numbers({1, 2, 3, 4}));
  CHECK(list<std::int64_t>(s.row_ptr()) == Integers{0, 1, 1, 3});
  CHECK(list<std::int64_t>(s.column()) == Integers{3, 0, 1});
  CHECK(list<double>(s.values()) == Numbers{2, 3, 5});
  CHECK(Csr::from_triplets(2, 2, integers({}), integers({}), zeros({0})).entries() == 0);
}

TEST_CASE("csr: rows of a batch; other values") {
  const Csr s(3, 4, integers({0, 1, 1, 3}), integers({3, 0, 1}), numbers({2, 3, 5}));
  const Csr batch = s.take_rows(integers({2, 1, 2}));
  CHECK(batch.shape() == Shape{3, 4});
  CHECK(list<std::int64_t>(batch.row_ptr()) == Integers{0, 2, 2, 4});
  CHECK(list<std::int64_t>(batch.column()) == Integers{0, 1, 0, 1});
  CHECK(list<double>(batch.values()) == Numbers{3, 5, 3, 5});
  CHECK(s.take_rows(integers({})).shape() == Shape{0, 4});
  CHECK(list<double>(s.with_values(numbers({1, 1, 1})).to_dense()) == Numbers{0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0});
  CHECK(list<double>(s.values()) == Numbers{2, 3, 5});
}

TEST_CASE("csr: what it refuses") {
  const Array p = integers({0, 1, 2}), c = integers({0, 1}), v = numbers({1, 2});
  refuses<ShapeError>("needs row_ptr of shape [4]; got int64[3]", [&] { Csr(3, 2, p, c, v); });
  refuses<ShapeError>("needs column of shape [2]; got int64[3]", [&] { Csr(2, 2, p, integers({0, 1, 1}), v); });
  refuses<ShapeError>("needs rows and columns of at least 0", [&] { Csr(-1, 2, p, c, v); });
  refuses<DTypeError>("needs column of int64; got float64[2]", [&] { Csr(2, 2, p, v, v); });
  refuses<DTypeError>("needs values of float32 or float64; got int64[2]", [&] { Csr(2, 2, p, c, c); });
  refuses<IndexError>("from 0 to the number of entries, 2; got from 0 to 1", [&] {
    Csr(2, 2, integers({0, 1, 1}), c, v);
  });
  refuses<IndexError>("never falls; got 3 and then 2 at row 1", [&] { Csr(2, 2, integers({0, 3, 2}), c, v); });
  refuses<IndexError>("needs columns from 0 to 1; got 2 at place 1", [&] { Csr(2, 2, p, integers({0, 2}), v); });
  refuses<IndexError>("needs rows from 0 to 1; got -1 at place 0", [&] {
    Csr::from_triplets(2, 2, integers({-1, 0}), c, v);
  });
  refuses<ShapeError>("needs two axes", [&] { Csr::from_dense(v); });
  refuses<DTypeError>("needs float32 or float64", [&] { Csr::from_dense(eye(2, DType::int64)); });
  const Csr s(2, 2, p, c, v);
  refuses<IndexError>("needs row numbers from 0 to 1; got 2 at place 0", [&] { s.take_rows(integers({2})); });
  refuses<ShapeError>("needs 2 values; got float64[3]", [&] { s.with_values(numbers({1, 2, 3})); });
}

TEST_CASE("a sparse matrix prints row by row, and elides") {
  const Csr small = Csr::from_dense(numbers({0, 1.5, 0, 0, 0, 0, -2, 0, 1.0 / 3}).reshape({3, 3}));
  CHECK(to_string(small) == "float64[3,3] with 3 entries\n  row 0: [1] 1.5\n  row 1:\n  row 2: [0] -2, [2] 0.33333");
  const std::string large = to_string(Csr::from_dense(ones({100, 20})));
  CHECK(large.find("row 2: [0] 1, [1] 1, [2] 1, [3] 1, [4] 1, [5] 1, [6] 1, [7] 1, … (20 entries)\n  …\n  row 97:") !=
        std::string::npos);
  CHECK(to_string(Csr()) == "float32[0,0] with 0 entries");
}
