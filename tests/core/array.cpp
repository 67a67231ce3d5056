// Array, Shape, Buffer: values that share memory until one is written, and the pool beneath.

#include "xgrad/core/array.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

using namespace xgrad;

namespace {
template <class T>
Array of(std::vector<T> values, const Shape& shape) {
  return Array::from(std::span<const T>(values), shape);
}
template <class T>
std::vector<T> list(const Array& a) {
  return {a.data<T>(), a.data<T>() + a.size()};
}
}  // namespace

TEST_CASE("shapes") {
  Shape s{2, 3, 4};
  CHECK(s.rank() == 3);
  CHECK(s.size() == 24);
  CHECK(s.back() == 4);
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{}.back() == 1);
  CHECK(Shape{0, 5}.size() == 0);
  s.insert(1, 7);
  CHECK(s == Shape{2, 7, 3, 4});
  s.insert(4, 9);
  CHECK(s == Shape{2, 7, 3, 4, 9});
  s.erase(0);
  CHECK(s == Shape{7, 3, 4, 9});
  CHECK(s != Shape{7, 3, 4});
  CHECK(s.to_string() == "[7,3,4,9]");
  CHECK(Shape{}.to_string() == "[]");
  CHECK_THROWS_WITH_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), doctest::Contains("needs at most 8 axes; got 9"),
                       ShapeError);
}

TEST_CASE("shapes broadcast by NumPy's rule") {
  Shape out;
  CHECK((broadcast_shapes({2, 1, 3}, {4, 1}, out) && out == Shape{2, 4, 3}));
  CHECK((broadcast_shapes({}, {2, 2}, out) && out == Shape{2, 2}));
  CHECK((broadcast_shapes({0, 1}, {1, 5}, out) && out == Shape{0, 5}));
  out = {9};
  CHECK_FALSE(broadcast_shapes({2, 3}, {2}, out));
  CHECK(out == Shape{9});
  CHECK(broadcasts_to({1, 3}, {2, 3}));
  CHECK_FALSE(broadcasts_to({2, 3}, {1, 3}));
  CHECK_FALSE(broadcasts_to({2, 3}, {3}));
}

TEST_CASE("copies share memory until one of them is written") {
  Array a = of<float>({1, 2, 3, 4}, {2, 2});
  Array b = a;
  CHECK(a.shares_memory_with(b));
  CHECK_FALSE(a.unique());
  b.mutable_data<float>()[0] = 9;
  CHECK_FALSE(a.shares_memory_with(b));
  CHECK(a.data<float>()[0] == 1);
  CHECK(b.data<float>()[0] == 9);
  const void* before = b.raw();
  b.mutable_data<float>()[1] = 8;  // alone: in place
  CHECK(b.raw() == before);
  CHECK(reinterpret_cast<std::uintptr_t>(a.raw()) % 64 == 0);
  Array c = a.copy();
  CHECK_FALSE(c.shares_memory_with(a));
  CHECK(list<float>(c) == list<float>(a));
}

TEST_CASE("views: reshape and leading rows, written apart from what they view") {
  Array a = of<std::int64_t>({0, 1, 2, 3, 4, 5}, {3, 2});
  Array r = a.reshape({2, -1});
  CHECK(r.shape() == Shape{2, 3});
  CHECK(r.shares_memory_with(a));
  Array rows = a.rows(1, 3);
  CHECK(list<std::int64_t>(rows) == std::vector<std::int64_t>{2, 3, 4, 5});
  CHECK(list<std::int64_t>(rows.rows(1, 2)) == std::vector<std::int64_t>{4, 5});
  CHECK(a.rows(1, 1).size() == 0);
  rows.mutable_data<std::int64_t>()[0] = 7;
  CHECK(a.data<std::int64_t>()[2] == 2);
  CHECK_THROWS_AS(a.reshape({4}), ShapeError);
}

TEST_CASE("views refuse what does not fit") {
  const Array a = zeros({3, 2});
  CHECK_THROWS_WITH_AS(a.reshape({4, -1}),
                       doctest::Contains("needs a shape of 6 elements for float32[3,2]; got [4,-1]"), ShapeError);
  CHECK_THROWS_AS(a.reshape({-1, -1}), ShapeError);
  CHECK_THROWS_WITH_AS(a.rows(2, 4), doctest::Contains("needs 0 <= begin <= end <= 3; got [2, 4)"), IndexError);
  CHECK_THROWS_AS(ones({}).rows(0, 1), ShapeError);
  CHECK_THROWS_WITH_AS(a.data<double>(),
                       doctest::Contains("needs element type float64; got float32[3,2] (astype converts)"), DTypeError);
  CHECK_THROWS_WITH_AS(a.item<float>(), doctest::Contains("needs an array of one element; got float32[3,2]"),
                       ShapeError);
  CHECK_THROWS_AS(zeros({-1}), ShapeError);
  CHECK_THROWS_AS(zeros({std::int64_t{1} << 40, std::int64_t{1} << 40}), ShapeError);
  CHECK_THROWS_AS(of<float>({1, 2, 3}, {2}), ShapeError);
}

TEST_CASE("conversion between element types") {
  const Array x = of<double>({-1.7, 0, 2.9, 300, -0.0, std::nan("")}, {6});
  CHECK(list<std::int64_t>(x.astype(DType::int64)) == std::vector<std::int64_t>{-1, 0, 2, 300, 0, 0});
  const Array b = x.astype(DType::boolean);
  CHECK(b.data<bool>()[0]);
  CHECK_FALSE(b.data<bool>()[1]);
  CHECK_FALSE(b.data<bool>()[4]);
  CHECK(b.data<bool>()[5]);
  CHECK(x.astype(DType::float32).data<float>()[2] == 2.9f);
  CHECK(x.astype(DType::float64).shares_memory_with(x));
  CHECK(of<std::uint8_t>({7}, {1}).astype(DType::float32).item<float>() == 7);
}

TEST_CASE("making arrays") {
  CHECK(list<float>(arange(0, 5, 2)) == std::vector<float>{0, 2, 4});
  CHECK(list<std::int64_t>(arange(3, 0, -1, DType::int64)) == std::vector<std::int64_t>{3, 2, 1});
  CHECK(arange(0, 0).size() == 0);
  CHECK(list<double>(linspace(0, 1, 5, DType::float64)) == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(list<float>(eye(2)) == std::vector<float>{1, 0, 0, 1});
  CHECK(list<float>(full({2}, 3)) == std::vector<float>{3, 3});
  CHECK(full_like(zeros({2}, DType::int64), 4).dtype() == DType::int64);
  CHECK(Array::scalar(2.5).dtype() == DType::float64);
  CHECK(Array::scalar(2).dtype() == DType::int64);
  CHECK(Array::scalar(true).dtype() == DType::boolean);
  CHECK(Array().size() == 0);
  CHECK_THROWS_AS(full({2}, 2.5, DType::int64), DTypeError);
  CHECK_THROWS_AS(full({2}, 256, DType::uint8), DTypeError);
  CHECK_THROWS_AS(arange(0, 1, 0), ArgError);
  CHECK_THROWS_AS(linspace(0, 1, -1), ArgError);
}

TEST_CASE("borrowed memory is read in place and never written") {
  std::vector<double> own{1, 2, 3};
  Array a = Array::borrow(own.data(), {3});
  CHECK(a.raw() == own.data());
  CHECK_FALSE(a.unique());
  Array b = a;
  b.mutable_data<double>()[0] = 5;
  a.mutable_data<double>()[1] = 6;
  CHECK(own == std::vector<double>{1, 2, 3});
  CHECK(list<double>(a) == std::vector<double>{1, 6, 3});
  for (int i = 0; i < 1000; ++i) static_cast<void>(Array::borrow(own.data(), {3}));
  Array after = zeros({4}, DType::float64);  // the headers went back to the pool whole
  CHECK(list<double>(after) == std::vector<double>(4, 0.0));
}

TEST_CASE("the pool gives blocks again, last in, first out, and counts what it took") {
  { zeros({1000}); }
  const PoolStatistics before = pool_statistics();
  const void* last = nullptr;
  {
    const Array a = zeros({1000});
    last = a.raw();
  }
  for (int i = 0; i < 100; ++i) {
    const Array a = ones({1000});
    CHECK(a.raw() == last);
  }
  CHECK(pool_statistics().heap_allocations == before.heap_allocations);
  {
    const Array large = zeros({10000000});
    CHECK(pool_statistics().bytes_from_heap >= before.bytes_from_heap + 40000000);
  }
  trim_pool();
  CHECK(pool_statistics().bytes_from_heap < before.bytes_from_heap + 40000000);
}

TEST_CASE("blocks may be freed on another thread than the one that asked for them") {
  for (int round = 0; round < 20; ++round) {
    std::vector<Array> arrays;
    std::thread([&] {
      for (int i = 0; i < 200; ++i) arrays.push_back(full({100}, i));
    }).join();
    for (int i = 0; i < 200; ++i) CHECK(arrays[static_cast<std::size_t>(i)].data<float>()[99] == static_cast<float>(i));
  }
}

TEST_CASE("an allocation can be made to fail, and only that one") {
  Array a = zeros({4});
  const Array b = a;
  detail::fail_allocation(1);
  CHECK_THROWS_AS(a.mutable_data<float>(), std::bad_alloc);
  CHECK(a.shares_memory_with(b));
  a.mutable_data<float>()[0] = 1;
  CHECK(b.data<float>()[0] == 0);
  detail::fail_allocation(2);
  zeros({1});
  CHECK_THROWS_AS(zeros({1}), std::bad_alloc);
  zeros({1});
}

TEST_CASE("printing") {
  CHECK(to_string(Array::scalar(2.5f)) == "float32[] 2.5");
  CHECK(to_string(of<float>({1, -2.25f, 3}, {3})) == "float32[3] [    1, -2.25,     3]");
  CHECK(to_string(of<std::int64_t>({1, 20, 3, 4}, {2, 2})) == "int64[2,2]\n[[ 1, 20],\n [ 3,  4]]");
  CHECK(to_string(of<std::uint8_t>({1, 0}, {2}).astype(DType::boolean)) == "bool[2] [ true, false]");
  CHECK(to_string(zeros({0, 3})) == "float32[0,3] (no elements)");
  std::ostringstream out;
  out << arange(0, 2000);
  CHECK(out.str().find("…") != std::string::npos);
  CHECK(out.str().size() < 120);
  CHECK(signature(zeros({128, 784})) == "float32[128,784]");
}
