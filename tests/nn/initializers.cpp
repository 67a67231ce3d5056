#include "xgrad/nn/initializers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/numeric.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/ops/random.hpp"

using namespace xgrad;

namespace {

using Initializer = Array (*)(const Shape&, std::uint64_t, DType, Loc);

std::vector<double> numbers(const Array& a) { return numeric::to_dense(a).data; }
double deviation(const std::vector<double>& x) {
  double s = 0;
  for (const double v : x) s += v * v;
  return std::sqrt(s / static_cast<double>(x.size()));
}
double farthest(const std::vector<double>& x) {
  double far = 0;
  for (const double v : x) far = std::max(far, std::abs(v));
  return far;
}

struct Rule {
  const char* name;
  Initializer make;
  double (*variance)(double in, double out);
  bool uniform;
};
const Rule rules[] = {
    {"glorot_uniform", glorot_uniform, [](double in, double out) { return 2 / (in + out); }, true},
    {"glorot_normal", glorot_normal, [](double in, double out) { return 2 / (in + out); }, false},
    {"he_uniform", he_uniform, [](double in, double) { return 2 / in; }, true},
    {"he_normal", he_normal, [](double in, double) { return 2 / in; }, false},
    {"lecun_uniform", lecun_uniform, [](double in, double) { return 1 / in; }, true},
    {"lecun_normal", lecun_normal, [](double in, double) { return 1 / in; }, false},
};

}  // namespace

TEST_CASE("nn: initializers have the spread that their fans ask for") {
  struct Case {
    Shape shape;
    double in, out;
  };
  for (const Rule& rule : rules)
    for (const Case& c : {Case{{300, 100}, 300, 100}, {{20000}, 20000, 20000}, {{3, 3, 40, 80}, 360, 720}}) {
      CAPTURE(rule.name);
      CAPTURE(c.shape.to_string());
      const auto x = numbers(rule.make(c.shape, 5, DType::float64, Loc::current()));
      const double stddev = std::sqrt(rule.variance(c.in, c.out));
      CHECK(deviation(x) == doctest::Approx(stddev).epsilon(0.02));
      const double limit = rule.uniform ? std::sqrt(3.0) * stddev : 2 * stddev / 0.87962566103423978;
      CHECK(farthest(x) <= limit);
      CHECK(farthest(x) > 0.99 * limit);
    }
  CHECK(farthest(numbers(random_uniform({100, 100}, 1))) <= 0.05f);
  CHECK(deviation(numbers(random_normal({100, 100}, 1))) == doctest::Approx(0.05).epsilon(0.03));
  CHECK(farthest(numbers(truncated_normal({100, 100}, 1))) <= 0.1f);
}

TEST_CASE("nn: initializers depend on shape, seed and dtype alone") {
  const int threads = num_threads();
  for (const Rule& rule : rules) {
    CAPTURE(rule.name);
    const auto make = [&](std::uint64_t seed) {
      return numbers(rule.make({300, 200}, seed, DType::float32, Loc::current()));
    };
    const auto first = make(1);
    set_num_threads(2);
    CHECK(make(1) == first);
    set_num_threads(threads);
    set_seed(123);
    const auto drawn = numbers(random::uniform({3}));
    set_seed(123);
    CHECK(make(1) == first);
    CHECK(numbers(random::uniform({3})) == drawn);  // the thread's own sequence is untouched
    CHECK(make(2) != first);
    CHECK(rule.make({}, 1, DType::float32, Loc::current()).shape() == Shape{});
    CHECK(rule.make({0, 4}, 1, DType::float32, Loc::current()).size() == 0);
    CHECK_THROWS_AS(rule.make({2}, 1, DType::int64, Loc::current()), DTypeError);
    CHECK_THROWS_AS(rule.make({-1}, 1, DType::float32, Loc::current()), ShapeError);
  }
}
