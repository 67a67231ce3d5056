// Schedules: what a Schedule is made of, and the values at the corners of each.

#include "xgrad/optim/schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace xgrad;

namespace {
/// The rates at steps 0, 1, 10, 15, 20, 25, 40, to the digits that Keras prints.
void at_steps(const Schedule& schedule, std::vector<double> want) {
  const std::int64_t steps[] = {0, 1, 10, 15, 20, 25, 40};
  for (std::size_t i = 0; i < want.size(); ++i) {
    CAPTURE(steps[i]);
    CHECK(std::abs(schedule(steps[i]) - want[i]) <= 6e-8);
  }
}
}  // namespace

TEST_CASE("published values of every schedule") {
  at_steps(ExponentialDecay{.1, 10, .5}, {.1, .0933033, .05, .0353553, .025, .0176777, .00625});
  at_steps(ExponentialDecay{.1, 10, .5, true}, {.1, .1, .05, .05, .025, .025, .00625});
  at_steps(PiecewiseConstantDecay{{10, 20}, {1, .5, .1}}, {1, 1, 1, .5, .5, .1, .1});
  at_steps(PolynomialDecay{.1, 20, .01, 2}, {.1, .091225, .0325, .015625, .01, .01, .01});
  at_steps(PolynomialDecay{.1, 10, .01, 1, true}, {.1, .091, .01, .0325, .01, .025, .01});
  at_steps(InverseTimeDecay{.1, 10, .5}, {.1, .0952381, .0666667, .0571429, .05, .0444444, .0333333});
  at_steps(CosineDecay{.1, 20, .1}, {.1, .099446, .055, .0231802, .01, .01, .01});
  at_steps(CosineDecay{.initial_learning_rate = 0, .decay_steps = 20, .warmup_target = .1, .warmup_steps = 10},
           {0, .01, .1, .0853553, .05, .0146447, 0});
  at_steps(CosineDecayRestarts{.1, 10, 2, .5}, {.1, .0975528, .05, .0426777, .025, .0073223, .0213388});
}

TEST_CASE("a cosine restarts on its step, however the logarithm rounds") {
  // Cosine i begins at step (tⁱ − 1) / (t − 1): log(10³) / log(10) is below 3 in doubles.
  for (double t : {2.0, 3.0, 5.0, 10.0}) {
    const CosineDecayRestarts restarts{.initial_learning_rate = 1, .first_decay_steps = 1, .t_mul = t};
    double begin = 0;
    for (int i = 0; begin < 1e9; ++i) {
      CAPTURE(t);
      CAPTURE(i);
      CHECK(restarts(static_cast<std::int64_t>(begin)) == doctest::Approx(1));
      begin += std::pow(t, i);
    }
  }
}

TEST_CASE("a schedule is a number, one of the structs, or any callable") {
  const Schedule number = 0.25, falling = CosineDecay{0.1, 100},
                 called = [](std::int64_t step) { return 1.0 / static_cast<double>(step + 1); };
  CHECK(number.constant());
  CHECK(number(7) == 0.25);
  CHECK(2 * number == 0.5);
  CHECK_FALSE(falling.constant());
  CHECK(falling(100) == doctest::Approx(0));
  CHECK(called(3) == 0.25);
  CHECK_THROWS_WITH_AS(static_cast<void>(static_cast<double>(called)), doctest::Contains("function of the step"),
                       ArgError);
  const Schedule copy = number;
  CHECK(copy(0) == 0.25);
}

TEST_CASE("a rule takes a schedule, evaluated with the steps already taken") {
  Parameter w("w", zeros({1}, DType::float64));
  SGD rule{[](std::int64_t step) { return static_cast<double>(step + 1); }};
  w.set_grad(ones({1}, DType::float64));
  for (double want : {-1, -3, -6}) {
    rule.step({w});
    CHECK(w.value().item<double>() == want);
  }
  rule.learning_rate = 0.5;
  rule.step({w});
  CHECK(w.value().item<double>() == -6.5);
  RMSprop rmsprop{ExponentialDecay{1e-3, 10, 0.5}};
  Adam adam{.learning_rate = PiecewiseConstantDecay{{5}, {1e-3, 1e-4}}};
  rmsprop.step({w});
  adam.step({w});
  CHECK(std::isfinite(w.value().item<double>()));
}

TEST_CASE("parameters out of range are refused where the schedule is made") {
  const auto refused = [](auto f, const char* text) {
    CHECK_THROWS_WITH_AS(Schedule{f}, doctest::Contains(text), ArgError);
  };
  refused(ExponentialDecay{.1, 0, .5}, "decay_steps of at least 1; got 0");
  refused(ExponentialDecay{.1, 10, -.5}, "decay_rate");
  refused(PiecewiseConstantDecay{{10, 20}, {1, 2}}, "2 values and 2 boundaries");
  refused(PiecewiseConstantDecay{{10, 10}, {1, 2, 3}}, "got 10 before 10");
  refused(PolynomialDecay{.1, -1}, "got -1");
  refused(InverseTimeDecay{.1, 10, -1}, "decay_rate");
  refused(CosineDecay{.1, 0}, "decay_steps");
  refused(CosineDecay{.initial_learning_rate = .1, .decay_steps = 10, .warmup_steps = 5}, "warmup_target");
  refused(CosineDecayRestarts{.1, 10, 0.5}, "t_mul of at least 1");
}
