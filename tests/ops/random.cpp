#include "xgrad/ops/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/ops/reduce.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

const Array i64_23 = zeros({2, 3}, DType::int64), f64_23 = zeros({2, 3}, DType::float64);

/// The mask of a draw, from ones.
Dense mask(const Shape& shape, double rate) {
  const Training on;
  set_seed(7);
  return numeric::to_dense(dropout(ones(shape, DType::float64), rate));
}

std::vector<OpRow> rows() {
  std::vector<OpRow> rows;
  for (const double rate : {0.0, 0.25, 0.5, 1.0})
    rows.push_back({.name = "dropout",
                    .variant = "rate " + std::to_string(rate),
                    .call =
                        [rate](const auto& x) {
                          const Training on;
                          set_seed(7);
                          return dropout(x[0], rate);
                        },
                    .operands = {{.shape = {5, 7}}},
                    .naive =
                        [rate](const std::vector<Dense>& in) {
                          Dense y = in[0];
                          const Dense m = mask(y.shape, rate);
                          for (std::int64_t i = 0; i < y.size(); ++i) y[i] *= m[i];
                          return y;
                        }});
  rows.push_back({.name = "dropout",
                  .variant = "not training",
                  .call = [](const auto& x) { return dropout(x[0], 0.5); },
                  .operands = {{.shape = {5, 7}}},
                  .naive = [](const std::vector<Dense>& in) { return in[0]; },
                  .rejections = {rejects<ArgError>({f64_23}, "needs a probability from 0 to 1; got 1.5",
                                                   [](const auto& x) { return dropout(x[0], 1.5); }),
                                 rejects<ArgError>({f64_23}, "needs a probability from 0 to 1; got -0.1",
                                                   [](const auto& x) { return dropout(x[0], -0.1); })}});
  rows.back().edges = {{.in = {Dense{inf, NaN}}, .out = Dense{inf, NaN}, .grad = {Dense{1, 1}}}};
  rows[3].edges = {{.in = {Dense{inf, NaN}}, .out = Dense{0, 0}, .grad = {Dense{0, 0}}}};
  return rows;
}

std::vector<double> numbers(const Array& a) { return numeric::to_dense(a).data; }
double mean_of(const std::vector<double>& x) {
  double s = 0;
  for (const double v : x) s += v;
  return s / static_cast<double>(x.size());
}
double deviation_of(const std::vector<double>& x) {
  const double m = mean_of(x);
  double s = 0;
  for (const double v : x) s += (v - m) * (v - m);
  return std::sqrt(s / static_cast<double>(x.size()));
}

template <class E, class F>
void refuses(const std::string& piece, F make) {
  try {
    make();
    FAIL_CHECK("not refused: " << piece);
  } catch (const E& e) {
    const std::string text = e.what();
    CHECK_MESSAGE(text.find(piece) != std::string::npos, text);
    CHECK_MESSAGE(text.find("ops/random.cpp:") != std::string::npos, text);
  }
}

}  // namespace

TEST_CASE("ops: dropout") { check_rows(rows()); }

TEST_CASE("ops: dropout keeps the mean, and draws anew each time") {
  const Training on;
  set_seed(3);
  const Array x = ones({200, 300});
  const auto first = numbers(dropout(x, 0.3)), second = numbers(dropout(x, 0.3));
  const double kept =
      static_cast<double>(first.size() - static_cast<std::size_t>(std::count(first.begin(), first.end(), 0.0)));
  CHECK(kept / static_cast<double>(first.size()) == doctest::Approx(0.7).epsilon(0.01));
  CHECK(mean_of(first) == doctest::Approx(1).epsilon(0.01));
  CHECK(*std::max_element(first.begin(), first.end()) == static_cast<double>(1 / 0.7f));
  CHECK(first != second);
  set_seed(3);
  CHECK(numbers(dropout(x, 0.3)) == first);
}

TEST_CASE("ops: dropout's gradient has the mask of its forward, whatever was drawn since") {
  const Training on;
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(ones({40, 50}));
  const Var y = dropout(x, 0.5), z = dropout(x, 0.5);
  set_seed(99);
  CHECK(numbers(grad(sum(y), x, {.retain = true}).value()) == numbers(y.value()));
  CHECK(numbers(grad(sum(z), x, {.create_graph = true}).value()) == numbers(z.value()));
  CHECK(numbers(y.value()) != numbers(z.value()));
}

TEST_CASE("ops: random numbers have their distribution") {
  set_seed(11);
  const Shape many{300, 400};
  for (const DType type : {DType::float32, DType::float64}) {
    const auto u = numbers(random::uniform(many, -2, 4, type));
    CHECK(*std::min_element(u.begin(), u.end()) >= -2);
    CHECK(*std::max_element(u.begin(), u.end()) < 4);
    CHECK(mean_of(u) == doctest::Approx(1).epsilon(0.02));
    CHECK(deviation_of(u) == doctest::Approx(6 / std::sqrt(12.0)).epsilon(0.01));
    const auto n = numbers(random::normal(many, 3, 0.5, type));
    CHECK(mean_of(n) == doctest::Approx(3).epsilon(0.002));
    CHECK(deviation_of(n) == doctest::Approx(0.5).epsilon(0.01));
    const auto t = numbers(random::truncated_normal(many, 1, 2, type));
    CHECK(*std::min_element(t.begin(), t.end()) >= -3);
    CHECK(*std::max_element(t.begin(), t.end()) <= 5);
    CHECK(deviation_of(t) == doctest::Approx(2 * 0.87962566103423978).epsilon(0.01));
  }
  const Array b = random::bernoulli(many, 0.2);
  CHECK(b.dtype() == DType::boolean);
  CHECK(mean_of(numbers(b)) == doctest::Approx(0.2).epsilon(0.03));
  const Array i = random::integers(many, -3, 4);
  CHECK(i.dtype() == DType::int64);
  const auto v = numbers(i);
  CHECK(*std::min_element(v.begin(), v.end()) == -3);
  CHECK(*std::max_element(v.begin(), v.end()) == 3);
  auto p = numbers(random::permutation(1000));
  CHECK(!std::is_sorted(p.begin(), p.end()));
  std::sort(p.begin(), p.end());
  for (std::size_t k = 0; k < p.size(); ++k) REQUIRE(p[k] == static_cast<double>(k));
}

TEST_CASE("ops: a uniform number never reaches the end of its range") {
  set_seed(0);
  const auto u = numbers(random::uniform({2000, 2000}, 1, 2));  // 1 + (1 − 2⁻²⁴) rounds to 2
  CHECK(*std::max_element(u.begin(), u.end()) < 2);
  CHECK(numbers(random::uniform({3}, 5, 5)) == std::vector<double>(3, 5.0));
}

TEST_CASE("ops: a seed fixes the sequence of draws, on any number of threads") {
  const auto draw = [] {
    set_seed(42);
    auto all = numbers(random::normal({300, 1000}));
    for (const Array& a : {random::uniform({5}), random::uniform({5}), random::permutation(20).astype(DType::float32)})
      for (const double v : numbers(a)) all.push_back(v);
    return all;
  };
  const int threads = num_threads();
  const auto first = draw();
  set_num_threads(2);
  CHECK(draw() == first);
  set_num_threads(threads);
  set_seed(1);
  const auto a = numbers(random::uniform({5})), b = numbers(random::uniform({5}));
  set_seed(2);
  const auto c = numbers(random::uniform({5}));
  CHECK(a != b);
  CHECK(a != c);
}

TEST_CASE("ops: random numbers that are refused") {
  refuses<ArgError>("needs finite low <= high; got 1", [] { random::uniform({2}, 1, 0); });
  refuses<ArgError>("a finite stddev of at least 0", [] { random::normal({2}, 0, -1); });
  refuses<ArgError>("a finite stddev of at least 0", [] { random::truncated_normal({2}, NaN, 1); });
  refuses<ArgError>("needs a probability from 0 to 1; got 2", [] { random::bernoulli({2}, 2); });
  refuses<ArgError>("needs low < high; got 3 and 3", [] { random::integers({2}, 3, 3); });
  refuses<ArgError>("needs a number of at least 0; got -1", [] { random::permutation(-1); });
  refuses<DTypeError>("needs float32 or float64; got int64", [] { random::normal({2}, 0, 1, DType::int64); });
  refuses<ShapeError>("got [-2]", [] { random::uniform({-2}); });
  CHECK(random::permutation(0).size() == 0);
  CHECK(random::uniform({0, 3}).shape() == Shape{0, 3});
}
