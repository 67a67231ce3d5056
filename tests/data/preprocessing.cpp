// to_categorical, normalize, pad_sequences against Keras (tests/reference/make_preprocessing.py); multi_hot and
// train_test_split against what they say.

#include "xgrad/data/preprocessing.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "support/reference.hpp"

using namespace xgrad;

namespace {

Array array(const reference::Values& v) {
  const Shape shape{std::span<const std::int64_t>(v.shape)};
  const Array a = Array::from(std::span<const double>(v.data), shape);
  return v.is_float() ? a : a.astype(DType::int64);
}

Array integers(std::vector<std::int64_t> v) {
  return Array::from(std::span<const std::int64_t>(v), {static_cast<std::int64_t>(v.size())});
}

void check_equal(const Array& got, const reference::Values& want, double tolerance = 0) {
  CHECK(got.shape() == Shape{std::span<const std::int64_t>(want.shape)});
  REQUIRE(got.size() == static_cast<std::int64_t>(want.data.size()));
  const Array doubles = got.astype(DType::float64);
  for (std::size_t i = 0; i < want.data.size(); ++i) {
    CAPTURE(i);
    if (tolerance == 0) {
      CHECK(doubles.data<double>()[i] == want.data[i]);
    } else {
      CHECK(doubles.data<double>()[i] == doctest::Approx(want.data[i]).epsilon(tolerance));
    }
  }
}

double order_of(const reference::Case& c) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  return c.text("order") == "inf" ? inf : c.text("order") == "-inf" ? -inf : c.number("order");
}

PadOptions pad_options(const reference::Case& c) {
  PadOptions o;
  if (c.has("maxlen")) o.maxlen = c.integer("maxlen");
  if (c.has("padding")) o.padding = c.text("padding");
  if (c.has("truncating")) o.truncating = c.text("truncating");
  if (c.has("dtype")) o.dtype = DType::float64;
  o.value = c.number("value", 0);
  return o;
}

/// The rows of `values`, cut as `lengths` says.
std::vector<Array> parts(const reference::Case& c) {
  const Array values = array(c.input("values"));
  std::vector<Array> list;
  std::int64_t at = 0;
  for (double length : c.input("lengths").data) {
    const auto n = static_cast<std::int64_t>(length);
    list.push_back(n == 0 ? zeros({0}) : values.rows(at, at + n));
    at += n;
  }
  return list;
}

}  // namespace

TEST_CASE("preprocessing, as Keras does it") {
  const reference::File file("preprocessing.txt");
  int cases = 0;
  for (const reference::Case& c : file.cases()) {
    CAPTURE(c.name);
    const reference::Values& want = c.out.at(0);
    if (c.op() == "to_categorical") {
      check_equal(to_categorical(array(c.input("x")), c.integer("num_classes")), want);
    } else if (c.op() == "normalize") {
      const Array x = array(c.input("x"));
      const int axis = static_cast<int>(c.integer("axis"));
      check_equal(normalize(x, axis, order_of(c)), want, 1e-15);
      check_equal(normalize(x.astype(DType::float32), axis, order_of(c)), want, 2e-7);
    } else {
      const std::vector<Array> list = parts(c);
      check_equal(pad_sequences(std::span(list), pad_options(c)), want);
      if (c.op() == "pad_sequences") {
        std::vector<std::vector<std::int64_t>> lists;
        for (const Array& a : list) {
          const Array whole = a.astype(DType::int64);
          lists.emplace_back(whole.span<std::int64_t>().begin(), whole.span<std::int64_t>().end());
        }
        check_equal(pad_sequences(Sequences(lists), pad_options(c)), want);
      }
    }
    ++cases;
  }
  CHECK(cases == 31);
}

TEST_CASE("to_categorical: types and rejections") {
  CHECK(to_categorical(integers({1})).dtype() == DType::float32);
  CHECK(to_categorical(integers({1}), 0, DType::float64).dtype() == DType::float64);
  CHECK(to_categorical(integers({1, 0}).astype(DType::uint8)).shape() == Shape{2, 2});
  CHECK(to_categorical(integers({})).shape() == Shape{0, 0});
  CHECK(to_categorical(integers({}), 4).shape() == Shape{0, 4});
  CHECK_THROWS_WITH_AS(to_categorical(integers({0, 3}), 3), doctest::Contains("below num_classes = 3; got 3"),
                       IndexError);
  CHECK_THROWS_AS(to_categorical(integers({-4}), 3), IndexError);
  CHECK_THROWS_AS(to_categorical(integers({-1})), IndexError);
  CHECK_THROWS_AS(to_categorical(integers({std::numeric_limits<std::int64_t>::max()})), IndexError);
  CHECK_THROWS_AS(to_categorical(integers({1}), -1), ArgError);
}

TEST_CASE("normalize: types and rejections") {
  CHECK(normalize(integers({3, 4})).dtype() == DType::float32);
  CHECK(normalize(integers({3, 4})).data<float>()[1] == 0.8f);
  const Array square = normalize(integers({3, 0, 4, 2}).reshape({2, 2}), 0);
  CHECK(square.data<float>()[0] == 0.6f);
  CHECK(square.data<float>()[2] == 0.8f);
  CHECK(square.data<float>()[3] == 1);
  CHECK(normalize(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(normalize(zeros({3, 0})).shape() == Shape{3, 0});
  CHECK_THROWS_WITH_AS(normalize(zeros({2, 3}), 2), doctest::Contains("float32[2,3]; got 2"), IndexError);
  CHECK_THROWS_AS(normalize(zeros({2, 3}), -3), IndexError);
  CHECK_THROWS_AS(normalize(Array::scalar(1.0)), IndexError);
  CHECK_THROWS_AS(normalize(zeros({2, 0}), 1, std::numeric_limits<double>::infinity()), ShapeError);
  CHECK_THROWS_AS(normalize(zeros({2}), 0, std::numeric_limits<double>::quiet_NaN()), ArgError);
}

TEST_CASE("pad_sequences: edges and rejections") {
  CHECK(pad_sequences(Sequences()).shape() == Shape{0, 0});
  CHECK(pad_sequences(Sequences{{}, {}}).shape() == Shape{2, 0});
  CHECK(pad_sequences(Sequences{{}, {}}, {.maxlen = 2, .value = 3}).data<std::int64_t>()[3] == 3);
  CHECK(pad_sequences(Sequences{{1}}).dtype() == DType::int64);
  CHECK(pad_sequences(Sequences{{1}}, {.dtype = DType::float32}).data<float>()[0] == 1);
  CHECK_THROWS_WITH_AS(pad_sequences(Sequences{{1}}, {.maxlen = 0}), doctest::Contains("at least 1; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(pad_sequences(Sequences{{1}}, {.padding = "left"}),
                       doctest::Contains("padding \"pre\" or \"post\"; got \"left\""), ArgError);
  CHECK_THROWS_WITH_AS(pad_sequences(Sequences{{1}}, {.truncating = ""}), doctest::Contains("truncating"), ArgError);
  const std::vector<Array> unlike{zeros({1, 2}), zeros({0}), zeros({2, 3})}, scalar{Array::scalar(1.0)};
  CHECK_THROWS_WITH_AS(pad_sequences(std::span(unlike)), doctest::Contains("float32[1,2] and float32[2,3]"),
                       ShapeError);
  CHECK_THROWS_AS(pad_sequences(std::span(scalar)), ShapeError);
}

TEST_CASE("multi_hot: a one for each number that is there") {
  const Sequences x{{3, 1, 3}, {}, {0, 4}};
  const Csr m = multi_hot(x, 5);
  CHECK(m.shape() == Shape{3, 5});
  CHECK(m.entries() == 4);
  const std::vector<float> want{0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1};
  const Array dense = m.to_dense();
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(dense.data<float>()[i] == want[i]);
  CHECK(multi_hot(x, 5, DType::float64).dtype() == DType::float64);
  CHECK(multi_hot(Sequences(), 5).shape() == Shape{0, 5});
  CHECK(multi_hot(Sequences{{}}, 0).shape() == Shape{1, 0});
  CHECK_THROWS_WITH_AS(multi_hot(x, 4), doctest::Contains("from 0 to dimension - 1 = 3; got 4"), IndexError);
  CHECK_THROWS_AS(multi_hot(Sequences{{-1}}, 4), IndexError);
  CHECK_THROWS_AS(multi_hot(x, -1), ArgError);
  CHECK_THROWS_AS(multi_hot(x, 5, DType::int64), DTypeError);
}

TEST_CASE("multi_hot: rows of every length, in wide and narrow matrices") {
  std::vector<std::vector<std::int64_t>> lists;
  std::uint64_t state = 1;
  for (std::size_t n : {0, 1, 2, 63, 64, 65, 200, 1000, 3000}) {
    lists.emplace_back();
    for (std::size_t k = 0; k < n; ++k)
      lists.back().push_back(
          static_cast<std::int64_t>((state = state * 6364136223846793005U + 1442695040888963407U) >> 33) % 640);
    if (n > 0) lists.back().back() = 639;
  }
  for (std::int64_t dimension : {640, 641, 10000, 1000000}) {  // the widest go another way
    const Csr m = multi_hot(Sequences(lists), dimension);
    const std::int64_t *end = m.row_ptr().data<std::int64_t>(), *column = m.column().data<std::int64_t>();
    for (std::size_t i = 0; i < lists.size(); ++i) {
      const std::set<std::int64_t> want(lists[i].begin(), lists[i].end());
      CHECK(std::vector(column + end[i], column + end[i + 1]) == std::vector(want.begin(), want.end()));
    }
    for (float v : m.values().span<float>()) REQUIRE(v == 1);
  }
}

TEST_CASE("train_test_split: the order of NumPy's RandomState, x and y alike") {
  const Array x = arange(0, 20, 1, DType::float64).reshape({10, 2}), y = arange(0, 10, 1, DType::int64);
  const std::vector<std::int64_t> order{9, 3, 6, 1, 0, 7, 4, 8, 2, 5};  // RandomState(113).permutation(10)
  const auto [train, test] = train_test_split(x, y, {.test_split = 0.3});
  REQUIRE(train.x.shape() == Shape{7, 2});
  REQUIRE(test.x.shape() == Shape{3, 2});
  for (std::size_t i = 0; i < 10; ++i) {
    const auto& part = i < 7 ? train : test;
    const std::size_t k = i < 7 ? i : i - 7;
    CHECK(part.y.data<std::int64_t>()[k] == order[i]);
    CHECK(part.x.data<double>()[2 * k + 1] == static_cast<double>(2 * order[i] + 1));
  }
  CHECK(train_test_split(x, y).train.x.shape(0) == 8);
  CHECK(train_test_split(x, y, {.seed = 1}).train.y.data<std::int64_t>()[0] ==
        2);  // RandomState(1): 2 9 6 4 0 3 1 7 8 5
  const auto as_they_stand = train_test_split(x, y, {.shuffle = false});
  CHECK(as_they_stand.test.y.data<std::int64_t>()[0] == 8);

  const Sequences s{{0}, {1, 1}, {}, {3}, {4, 4, 4}, {5}, {6}, {7}, {8}, {9}};
  CHECK(train_test_split(s, y).test.x == Sequences{{}, {5}});
  const auto sparse = train_test_split(multi_hot(s, 10), y);
  CHECK(sparse.train.x.rows() == 8);
  CHECK(sparse.train.x.to_dense().data<float>()[9] == 1);
  CHECK(sparse.train.y.data<std::int64_t>()[0] == 9);

  CHECK_THROWS_WITH_AS(train_test_split(x, zeros({9})), doctest::Contains("float32[9]"), ShapeError);
  CHECK_THROWS_AS(train_test_split(s, zeros({9})), ShapeError);
  CHECK_THROWS_AS(train_test_split(multi_hot(s, 10), zeros({9})), ShapeError);
  CHECK_THROWS_AS(train_test_split(Array::scalar(1.0), y), ShapeError);
  CHECK_THROWS_WITH_AS(train_test_split(x, y, {.test_split = 1}), doctest::Contains("test_split"), ArgError);
  CHECK_THROWS_AS(split_indices(-1), ArgError);
  CHECK(split_indices(0).test.size() == 0);
}
