// Gradients of tables that only lookups read: rows, which must be the table's gradient in every way it can be asked
// for.

#include <doctest/doctest.h>

#include <vector>

#include "support.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/optim/optimizer.hpp"

using namespace xgrad;
using I64 = std::int64_t;

namespace {

std::vector<I64> ints(const Array& a) { return {a.data<I64>(), a.data<I64>() + a.size()}; }
std::vector<double> numbers(const Array& a) {
  const Array d = a.astype(DType::float64);
  return {d.data<double>(), d.data<double>() + d.size()};
}
Array int_array(const std::vector<I64>& v, const Shape& shape) { return Array::from<I64>(v, shape); }

/// Σ over the lookups of their cotangents, added to zeros one by one.
std::vector<double> naive(I64 rows, I64 n, const std::vector<I64>& index, const std::vector<double>& g) {
  std::vector<double> table(static_cast<std::size_t>(rows * n));
  for (std::size_t k = 0; k < index.size(); ++k) {
    const I64 row = index[k] < 0 ? index[k] + rows : index[k];
    for (I64 i = 0; i < n; ++i)
      table[static_cast<std::size_t>(row * n + i)] += g[k * static_cast<std::size_t>(n) + static_cast<std::size_t>(i)];
  }
  return table;
}

/// A loss whose gradient at the result of the lookups is `weight`.
void backward_of(const Parameter& w, const Array& index, const Array& weight) {
  Tape tape;
  const auto scope = tape.scope();
  backward(sum(take(w, index, 0) * weight));
}

}  // namespace

TEST_CASE("lookups give the rows that they read, once each and ascending") {
  Parameter w("w", arange(0, 12).astype(DType::float64).reshape({6, 2}));
  CHECK(!w.row_grad());
  const std::vector<I64> index{4, 1, -2, 4, 1, 1};  // -2 is 4
  const Array weight = arange(0, 12).astype(DType::float64).reshape({3, 2, 2});
  backward_of(w, int_array(index, {3, 2}), weight);
  REQUIRE(w.row_grad());
  CHECK(ints(w.row_grad()->indices) == std::vector<I64>{1, 4});
  CHECK(w.row_grad()->rows.shape() == Shape{2, 2});
  CHECK(numbers(w.row_grad()->rows) == std::vector<double>{2 + 8 + 10, 3 + 9 + 11, 0 + 4 + 6, 1 + 5 + 7});
  CHECK(w.has_grad());
  CHECK(numbers(w.grad()) == naive(6, 2, index, numbers(weight)));
  CHECK(w.row_grad());  // asking for the table changes nothing
  w.zero_grad();
  CHECK(!w.row_grad());
  CHECK(!w.has_grad());
}

TEST_CASE("rows of every kind of table") {
  set_seed(3);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const auto any = [](I64 from, I64 to) { return random::integers({1}, from, to).item<I64>(); };
    const I64 rows = any(0, 4) == 0 ? any(500, 4000) : any(1, 12), a = any(1, 4), b = any(1, 4), count = any(0, 9);
    const DType dtype = any(0, 2) ? DType::float64 : DType::float32;
    const bool flat = any(0, 2), front = any(0, 2);
    Parameter w("w", zeros(flat ? Shape{rows, a * b} : Shape{rows, a, b}, dtype));
    const Array index = random::integers({count}, -rows, rows);
    Shape shape = w.shape();
    shape[0] = count;
    const Array weight = random::integers(shape, -8, 8).astype(dtype);
    Tape tape;
    const auto scope = tape.scope();
    backward(sum((front ? take(w, index, 0) : gather(w, index)) * weight));
    REQUIRE(w.row_grad());
    const std::vector<I64> found = ints(w.row_grad()->indices);
    for (std::size_t k = 1; k < found.size(); ++k) CHECK(found[k - 1] < found[k]);
    CHECK(numbers(w.grad()) == naive(rows, a * b, ints(index), numbers(weight)));
  }
}

TEST_CASE("rows add up: within a graph, and from sweep to sweep") {
  Parameter w("w", zeros({5, 1}, DType::float64));
  {
    Tape tape;
    const auto scope = tape.scope();
    backward(sum(gather(w, int_array({3, 0}, {2})) * 2) + sum(gather(w, int_array({3, 4}, {2}))));
  }
  CHECK(ints(w.row_grad()->indices) == std::vector<I64>{0, 3, 4});
  CHECK(numbers(w.row_grad()->rows) == std::vector<double>{2, 3, 1});
  CHECK(numbers(w.grad()) == std::vector<double>{2, 0, 0, 3, 1});
  backward_of(w, int_array({1, 3}, {2}), full({2, 1}, 10, DType::float64));
  CHECK(ints(w.row_grad()->indices) == std::vector<I64>{0, 1, 3, 4});
  CHECK(numbers(w.grad()) == std::vector<double>{2, 10, 0, 13, 1});
  w.set_grad(ones({5, 1}, DType::float64));
  CHECK(!w.row_grad());
  backward_of(w, int_array({2}, {1}), full({1, 1}, 10, DType::float64));
  CHECK(!w.row_grad());
  CHECK(numbers(w.grad()) == std::vector<double>{1, 1, 11, 1, 1});
}

TEST_CASE("another reader of the table makes its gradient whole") {
  const Array start = ones({4, 1}, DType::float64), seen = int_array({2, 2, 0}, {3});
  const auto whole = [](const Parameter& w) { return sum(square(w)) * 0.5; };  // its gradient is w
  for (int order = 0; order < 2; ++order) {
    CAPTURE(order);
    Parameter w("w", start);
    {
      Tape tape;
      const auto scope = tape.scope();
      const Var first = order ? whole(w) : sum(gather(w, seen));
      const Var second = order ? sum(gather(w, seen)) : whole(w);
      backward(first + second);
    }
    CHECK(!w.row_grad());
    CHECK(numbers(w.grad()) == std::vector<double>{2, 1, 3, 1});
    // From sweep to sweep: rows, then the table, then rows again.
    Parameter v("v", start);
    for (int round = 0; round < 3; ++round) {
      Tape tape;
      const auto scope = tape.scope();
      backward(round == 1 ? whole(v) : sum(gather(v, seen)));
      CHECK(v.row_grad().has_value() == (round == 0));
    }
    CHECK(numbers(v.grad()) == std::vector<double>{3, 1, 5, 1});
  }
}

TEST_CASE("whoever looks on is shown whole gradients") {
  Parameter w("w", ones({4, 1}, DType::float64));
  const Array seen = int_array({2, 2, 0}, {3});
  {
    Tape tape({.keep_values = true});
    const auto scope = tape.scope();
    backward(sum(gather(w, seen)));
    CHECK(!w.row_grad());
    CHECK(numbers(w.grad()) == std::vector<double>{1, 0, 2, 0});
  }
  Tape tape;
  const auto scope = tape.scope();
  const Var table = tape.variable(w.value());
  CHECK(numbers(grad(sum(gather(table, seen)), table).value()) == std::vector<double>{1, 0, 2, 0});
}

TEST_CASE("another axis than the first has no rows") {
  Parameter w("w", zeros({2, 3}, DType::float64));
  Tape tape;
  const auto scope = tape.scope();
  backward(sum(take(w, int_array({2, 2}, {2}), 1)));
  CHECK(!w.row_grad());
  CHECK(numbers(w.grad()) == std::vector<double>{0, 0, 2, 0, 0, 2});
}

TEST_CASE("bags give the rows that count") {
  for (const Bag combine : {Bag::sum, Bag::mean, Bag::max}) {
    for (const bool mask_zero : {false, true}) {
      CAPTURE(static_cast<int>(combine));
      CAPTURE(mask_zero);
      const Array start = random::normal({7, 3}, 0, 1, DType::float64),
                  bags = int_array({0, 5, 5, 0, 0, 0, 2, -7, 3}, {3, 3});
      const Array weight = random::normal({3, 3}, 0, 1, DType::float64);
      Parameter w("w", start);
      Tape tape;
      const auto scope = tape.scope();
      backward(sum(embedding_bag(w, bags, {combine, mask_zero}) * weight));
      REQUIRE(w.row_grad());
      CHECK(ints(w.row_grad()->indices) ==
            (mask_zero ? std::vector<I64>{2, 3, 5} : std::vector<I64>{0, 2, 3, 5}));  // -7 is 0
      const Var table = tape.variable(start);
      const Array all = grad(sum(embedding_bag(table, bags, {combine, mask_zero}) * weight), table).value();
      CHECK(numbers(w.grad()) == numbers(all));
    }
  }
}

TEST_CASE("clip_grad_norm scales rows as it scales the table") {
  Parameter w("w", zeros({4, 1}, DType::float64)), b("b", zeros({1}, DType::float64));
  for (const bool asked : {false, true}) {
    zero_grad({w, b});
    Tape tape;
    const auto scope = tape.scope();
    backward(sum(gather(w, int_array({2, 2, 0}, {3})) * 3) + sum(b) * 2);  // 3 and 6, and 2: norm 7
    if (asked) CHECK(numbers(w.grad())[2] == 6);
    CHECK(clip_grad_norm({w, b}, 3.5) == doctest::Approx(7));
    CHECK(numbers(w.row_grad()->rows) == std::vector<double>{1.5, 3});
    CHECK(numbers(w.grad()) == std::vector<double>{1.5, 0, 3, 0});
  }
}
