// compare_with_numeric: rules whose wrong entries are known, kinks, the table.

#include <sstream>

#include "support.hpp"
#include "xgrad/autodiff/compare_with_numeric.hpp"

using namespace engine;

TEST_CASE("compare_with_numeric puts the entries that a wrong rule gets wrong first") {
  // The slope of x³ with a factor of 4 at one entry and the wrong sign at another.
  auto wrong = custom(
      "wrong_cube", [](const Array& x) { return x * x * x; },
      [](const CustomVjp& c) {
        return c.grad() * c.in() * c.in() * f64({3, 3, 4, -3}, {2, 2});
      });
  const NumericComparison c =
      compare_with_numeric([wrong](Var x) { return sum(wrong(x)); }, {f64({1, -1, 2, 3}, {2, 2})});
  REQUIRE(c.entries.size() == 4);
  CHECK_FALSE(c.passed());
  CHECK(c.scale == 27);
  const NumericEntry &first = c.entries[0], &second = c.entries[1];
  CHECK(first.input == 0);
  CHECK(first.index == Shape{1, 1});
  CHECK(first.analytic == -27);
  CHECK(first.numeric == doctest::Approx(27).epsilon(1e-9));
  CHECK(first.difference == doctest::Approx(-54).epsilon(1e-9));
  CHECK(first.error == doctest::Approx(54 / 27e-6).epsilon(1e-6));
  CHECK(second.index == Shape{1, 0});
  CHECK(second.analytic == 16);
  CHECK(second.difference == doctest::Approx(4).epsilon(1e-9));
  for (const std::size_t right : {2u, 3u}) {
    CHECK(c.entries[right].analytic == 3);
    CHECK(c.entries[right].error < 0.01);
  }
  for (const NumericEntry& e : c.entries) CHECK_FALSE(e.kink);
  const std::string text = c.to_string();
  CHECK(contains(text, "analytic against numeric: 2 of 4 entries differ by more than 2.7e-05"));
  CHECK(contains(text, "\n>> [1,1]       -27       27         -54"));
  CHECK(contains(text, "\n>  [1,0]        16       12           4"));
  CHECK(contains(text, "\n   [0,"));
  CHECK(contains(c.to_string(1), "… and 3 more, of which 1 differ"));
  CHECK(contains(c.to_string(2), "… and 2 more, which agree"));
  std::ostringstream out;
  out << c;
  CHECK(out.str() == text);
}

TEST_CASE("compare_with_numeric agrees where the rules are right, for several inputs, results and orders") {
  const auto f = [](Var a, Var b) { return matmul(a, b) / (1 + sum(square(a))); };
  for (const int order : {1, 2}) {
    const NumericComparison c =
        compare_with_numeric(f, {f64({1, 2, 3, 4}, {2, 2}), f64({5, 6, 7, 8}, {2, 2})}, {.order = order});
    CHECK(c.passed());
    REQUIRE(c.entries.size() == 8);
    CHECK(std::count_if(c.entries.begin(), c.entries.end(), [](const NumericEntry& e) { return e.input == 1; }) == 4);
    CHECK(contains(c.to_string(), "0 of 8 entries differ"));
    CHECK(contains(c.to_string(), "input 1 [1,1]"));
  }
  // Of a result of one element it is the gradient itself.
  const NumericComparison c = compare_with_numeric([](Var x) { return sum(exp(x)); }, {f64({0.5})});
  CHECK(c.entries[0].analytic == std::exp(0.5));
  CHECK(compare_with_numeric(exp, {f64({0.5, 1})}).passed());
  CHECK(compare_with_numeric([](Var) { return Var(number(1)); }, {f64({0.5})}).passed());  // no gradient: zeros
}

TEST_CASE("compare_with_numeric tells a kink from a wrong rule") {
  const auto f = [](Var x) { return sum(relu(x) + 100 * sin(x)); };
  // At the kink, near it on either side, away from it.
  const NumericComparison c = compare_with_numeric(f, {f64({0, 0.0004, -0.0015, 0.5, -0.5})});
  int kinks = 0;
  for (const NumericEntry& e : c.entries) {
    CAPTURE(e.index);
    const bool near = e.index[0] < 3;
    kinks += near && e.error > 1;
    CHECK((e.error > 1) == near);
  }
  CHECK(kinks == 3);
  const NumericComparison sharp =
      compare_with_numeric([](Var x) { return sum(relu(x)); }, {f64({0, 0.5, 0.0004, -0.0015})});
  for (const NumericEntry& e : sharp.entries) CHECK(e.kink == (e.index[0] != 1));
  const auto at_zero =
      std::find_if(sharp.entries.begin(), sharp.entries.end(), [](const NumericEntry& e) { return e.index[0] == 0; });
  CHECK(at_zero->left == 0);
  CHECK(at_zero->right == doctest::Approx(1));
  CHECK(at_zero->numeric == doctest::Approx(0.5));
  CHECK(contains(sharp.to_string(), "kink: slope 0 before, 1 after"));
  // What bends much is no kink.
  for (const NumericEntry& e :
       compare_with_numeric([](Var x) { return sum(exp(10 * x) + 50 * square(x)); }, {f64({0, 0.3, -1})}).entries)
    CHECK_FALSE(e.kink);
}

TEST_CASE("compare_with_numeric and gradcheck look at the same numbers") {
  auto wrong = custom(
      "wrong_sine", [](const Array& x) { return sin(x); },
      [](const CustomVjp& c) {
        return c.grad() * cos(c.in()) * f64({1, 1.5, 1});
      });
  const std::vector<Array> at{f64({0.1, 0.2, 0.3})};
  const NumericComparison c = compare_with_numeric(wrong, at);
  CHECK(c.entries[0].index == Shape{1});
  char numbers[160];
  std::snprintf(numbers, sizeof numbers, "entry [1]: analytic %.12g, numeric %.12g", c.entries[0].analytic,
                c.entries[0].numeric);
  CHECK(contains(message_of<GradcheckError>([&] { gradcheck(wrong, at); }), numbers));
  // Draws on a sequence of its own.
  set_seed(5);
  const Array before = random::uniform({3});
  set_seed(5);
  compare_with_numeric(exp, at);
  CHECK(same_bits(random::uniform({3}), before));
  CHECK(contains(message_of<ArgError>([&] { compare_with_numeric(exp, {}); }),
                 "compare_with_numeric: needs at least one"));
  CHECK(contains(message_of<DTypeError>([&] { compare_with_numeric(exp, {ones({2})}); }), "needs float64 inputs"));
  auto nan = custom(
      "not_a_number", [](const Array& x) { return x; }, [](const CustomVjp& c) { return c.grad() * std::nan(""); });
  const NumericComparison of_nan = compare_with_numeric(nan, {f64({1})});
  CHECK_FALSE(of_nan.passed());
  CHECK(contains(of_nan.to_string(), ">> "));
}
