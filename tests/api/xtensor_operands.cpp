// xtensor expressions on either side of every operator and in every operand place, beside everything that could clash.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <xgrad/xgrad.hpp>
#if __has_include(<xtensor/core/xmath.hpp>)
#include <xtensor/core/xmath.hpp>
#include <xtensor/generators/xbuilder.hpp>
#include <xtensor/generators/xrandom.hpp>
#include <xtensor/views/xview.hpp>
#else
#include <xtensor/xbuilder.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xrandom.hpp>
#include <xtensor/xview.hpp>
#endif

using namespace xgrad;

namespace {

const xt::xarray<double> x = {{1, 2, 3}, {4, 5, 6}};

/// A Var that carries a gradient and has these values.
void expect(const Var& v, std::initializer_list<double> values) {
  REQUIRE(static_cast<std::size_t>(v.size()) == values.size());
  CHECK(v.needs_grad());
  const double* at = v.value().data<double>();
  for (double value : values) CHECK(*at++ == doctest::Approx(value));
}

}  // namespace

TEST_CASE("operators beside a Var") {
  Tape tape;
  auto scope = tape.scope();
  Var v = tape.variable(Array(xt::xarray<double>{1, 2, 4}));
  expect(x + v, {2, 4, 7, 5, 7, 10});
  expect(v + x, {2, 4, 7, 5, 7, 10});
  expect(x - v, {0, 0, -1, 3, 3, 2});
  expect(v - x, {0, 0, 1, -3, -3, -2});
  expect(x * v, {1, 4, 12, 4, 10, 24});
  expect(v * x, {1, 4, 12, 4, 10, 24});
  expect(x / v, {1, 1, 0.75, 4, 2.5, 1.5});
  expect(v / x, {1, 1, 4.0 / 3, 0.25, 0.4, 4.0 / 6});
  // Whole expressions, views and generators too; a number on either side.
  expect((2 * x + 1) * v, {3, 10, 28, 9, 22, 52});
  expect(xt::view(x, 0, xt::all()) * v, {1, 4, 12});
  expect(v + xt::ones<double>({3}), {2, 3, 5});
  expect(2 * v, {2, 4, 8});
  expect(1 - v, {0, -1, -3});
  expect(v / 2.f, {0.5, 1, 2});
  expect(-v, {-1, -2, -4});
  Var w = v;
  w += x;
  w *= 2;
  expect(w, {4, 8, 14, 10, 14, 20});
}

TEST_CASE("operators beside a Parameter") {
  Parameter p("p", Array(xt::xarray<double>{1, 2, 4}));
  Tape tape;
  auto scope = tape.scope();
  expect(x + p, {2, 4, 7, 5, 7, 10});
  expect(p - x, {0, 0, 1, -3, -3, -2});
  expect(p * p, {1, 4, 16});
  expect(2 / p, {2, 1, 0.5});
  expect(-p, {-1, -2, -4});
}

TEST_CASE("comparisons") {
  Tape tape;
  auto scope = tape.scope();
  Var v = tape.variable(Array(xt::xarray<double>{1, 2, 4}));
  for (const Var& mask : {x<v, x <= v, x> v, x >= v, x == v, x != v, v<x, v == x, v != 2, 2> v, v <= 1.5}) {
    CHECK(mask.dtype() == DType::boolean);
    CHECK(!mask.needs_grad());
  }
  CHECK((v < x).value().data<bool>()[3]);
  CHECK(!(v < x).value().data<bool>()[0]);
  const Array a = x, b = x;
  const Array same = a == b, other = a != 1.0, reversed = 1.0 == a, mixed = x < a;
  CHECK(same.data<bool>()[0]);
  CHECK(!other.data<bool>()[0]);
  CHECK(reversed.data<bool>()[0]);
  CHECK(!mixed.data<bool>()[0]);
}

TEST_CASE("functions with xtensor in every operand place") {
  Tape tape;
  auto scope = tape.scope();
  Var v = tape.variable(Array(xt::xarray<double>{1, 2, 4}));
  Parameter m("m", Array(xt::xarray<double>{{1, 0}, {0, 1}, {1, 1}}));
  expect(maximum(x, v), {1, 2, 4, 4, 5, 6});
  expect(maximum(v, x), {1, 2, 4, 4, 5, 6});
  expect(minimum(x, v), {1, 2, 3, 1, 2, 4});
  expect(pow(v, 2), {1, 4, 16});
  expect(hypot(x, v), {std::sqrt(2.0), std::sqrt(8.0), 5, std::sqrt(17.0), std::sqrt(29.0), std::sqrt(52.0)});
  expect(atan2(x, v),
         {std::atan2(1, 1), std::atan2(2, 2), std::atan2(3, 4), std::atan2(4, 1), std::atan2(5, 2), std::atan2(6, 4)});
  expect(fmod(v, 3), {1, 2, 1});
  expect(where(x > 2, x, v), {1, 2, 3, 4, 5, 6});
  expect(where(x > 3, v, x * 1.0), {1, 2, 3, 1, 2, 4});
  expect(where(v > 1, v, 0), {0, 2, 4});
  expect(clip(v, 1.5, 3), {1.5, 2, 3});
  expect(matmul(x, m), {4, 5, 10, 11});
  expect(matmul(x, m) + xt::xarray<double>{1, 2}, {5, 7, 11, 13});
  expect(dot(xt::xarray<double>{1, 1, 1}, v), {7});
  expect(exp(v), {std::exp(1), std::exp(2), std::exp(4)});
  expect(abs(-v), {1, 2, 4});
  expect(sqrt(v * v), {1, 2, 4});
  expect(sum(v * x, 1), {17, 38});
  expect(mean(v), {7.0 / 3});
  expect(concat({v, xt::xarray<double>{7, 8}}, 0), {1, 2, 4, 7, 8});
  expect(stack({xt::xarray<double>{7, 8, 9}, v}, 0), {7, 8, 9, 1, 2, 4});
}

TEST_CASE("functions on xtensor alone stay xtensor's, ours take the rest") {
  const xt::xarray<double> e = exp(x);  // xtensor's
  const xt::xarray<double> m = maximum(x, 2.0);
  const Array r = relu(x - 3), s = softmax(x), t = tanh(Array(x));
  CHECK(e(0, 0) == doctest::Approx(std::exp(1)));
  CHECK(m(0, 0) == 2);
  CHECK(r.data<double>()[5] == 3);
  CHECK(sum(s).item<double>() == doctest::Approx(2));
  CHECK(t.data<double>()[0] == doctest::Approx(std::tanh(1)));
  // Plain numbers still find <cmath>.
  CHECK(std::abs(exp(1.0) - std::exp(1.0)) == 0);
}

TEST_CASE("xtensor's eval, immediate reductions, pad and tile are sound under this standard") {
  const xt::xarray<double> total = xt::eval(x + x);
  CHECK(total.dimension() == 2);
  CHECK(total(1, 2) == 12);
  const auto rows = xt::sum(x, {1}, xt::evaluation_strategy::immediate);
  CHECK(rows.dimension() == 1);
  CHECK(rows(0) == 6);
}
