// What stands around a rule, beyond Keras's golden values: edges, refusals, gradients that come and go, the heap.

#include "xgrad/optim/options.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace xgrad;

namespace {
double at(const Parameter& p, std::int64_t i = 0) { return p.value().astype(DType::float64).data<double>()[i]; }
const double kInf = std::numeric_limits<double>::infinity();
}  // namespace

TEST_CASE("options that cannot be are refused before anything changes") {
  Parameter w("w", ones({2}));
  w.set_grad(ones({2}));
  const auto refused = [&](UpdateOptions options, const char* text) {
    SGD rule{.learning_rate = 0.1, .options = options};
    CHECK_THROWS_WITH_AS(rule.step({w}), doctest::Contains(text), ArgError);
    CHECK(rule.state.iterations == 0);
    CHECK(at(w) == 1);
  };
  refused({.clipnorm = 1, .clipvalue = 1}, "needs one kind of clipping; got clipnorm and clipvalue");
  refused({.clipvalue = 1, .global_clipnorm = 1}, "got clipvalue and global_clipnorm");
  refused({.clipnorm = 0}, "needs a positive clipnorm");
  refused({.clipvalue = -1}, "needs a positive clipvalue");
  refused({.global_clipnorm = std::nan("")}, "needs a positive global_clipnorm");
  refused({.weight_decay = -0.1}, "weight_decay that is not negative");
  refused({.use_ema = true, .ema_momentum = 1.5}, "ema_momentum from 0 to 1");
  refused({.use_ema = true, .ema_overwrite_frequency = 0}, "ema_overwrite_frequency of at least 1");
  refused({.gradient_accumulation_steps = 0}, "gradient_accumulation_steps of at least 1");
  AdamW twice{.options = {.weight_decay = 0.1}};
  CHECK_THROWS_WITH_AS(twice.step({w}), doctest::Contains("weight_decay once"), ArgError);
}

TEST_CASE_TEMPLATE("a gradient beyond the range of its squares is clipped, and one that is not finite stays so", T,
                   float, double) {
  const DType dtype = dtype_of<T>();
  const double huge = dtype == DType::float32 ? 3e30 : 3e150;
  Parameter w("w", zeros({2}, dtype));
  w.set_grad(Array::from<T>(std::vector<T>{static_cast<T>(huge), static_cast<T>(huge / 3 * 4)}, {2}));
  SGD by_norm{.learning_rate = 1, .options = {.clipnorm = 5}},
      by_global{.learning_rate = 1, .options = {.global_clipnorm = 5}};
  by_norm.step({w});
  CHECK(at(w, 0) == doctest::Approx(-3));
  CHECK(at(w, 1) == doctest::Approx(-4));
  by_global.step({w});
  CHECK(at(w, 1) == doctest::Approx(-8));
  CHECK(w.grad().astype(DType::float64).template data<double>()[0] == doctest::Approx(huge));  // as it was

  Parameter v("v", zeros({2}, dtype));
  v.set_grad(Array::from<T>(std::vector<T>{T(1), static_cast<T>(kInf)}, {2}));
  by_norm.step({v});
  CHECK(at(v, 0) == 0);
  CHECK(std::isnan(at(v, 1)));
  Parameter u("u", zeros({2}, dtype));
  u.set_grad(v.grad());
  by_global.step({u});
  CHECK(std::isnan(at(u, 0)));
  Parameter t("t", zeros({3}, dtype));
  t.set_grad(Array::from<T>(std::vector<T>{static_cast<T>(std::nan("")), static_cast<T>(-kInf), T(2)}, {3}));
  SGD by_value{.learning_rate = 1, .options = {.clipvalue = 0.5}};
  by_value.step({t});
  CHECK(std::isnan(at(t, 0)));
  CHECK(at(t, 1) == 0.5);
  CHECK(at(t, 2) == -0.5);
}

TEST_CASE("weight decay leaves out what its name says") {
  Parameter kernel("dense/kernel", ones({1}, DType::float64)), bias("dense/bias", ones({1}, DType::float64));
  kernel.set_grad(zeros({1}, DType::float64));
  bias.set_grad(zeros({1}, DType::float64));
  SGD rule{.learning_rate = 0.5, .options = {.weight_decay = 0.25, .exclude_from_weight_decay = {"bias"}}};
  rule.step({kernel, bias});
  CHECK(at(kernel) == 0.875);
  CHECK(at(bias) == 1);
  AdamW adamw{.learning_rate = 0.5, .weight_decay = 0.25, .options = {.exclude_from_weight_decay = {"bias"}}};
  adamw.step({kernel, bias});
  CHECK(at(kernel) == doctest::Approx(0.875 * 0.875));
  CHECK(at(bias) == 1);
}

TEST_CASE(
    "accumulation: schedules see calls, a gradient missing in a call counts as zero, nothing changes in between") {
  Parameter a("a", zeros({1}, DType::float64)), b("b", zeros({1}, DType::float64));
  const Array one = ones({1}, DType::float64);
  SGD rule{.learning_rate = [](std::int64_t step) { return static_cast<double>(step); },
           .options = {.gradient_accumulation_steps = 2}};
  for (int round = 0; round < 2; ++round) {
    const double before = at(a);
    a.set_grad(one);
    b.set_grad(4 * one);
    const std::uint64_t version = a.version();
    rule.step({a, b});
    CHECK(at(a) == before);
    CHECK(a.version() == version);
    b.zero_grad();
    rule.step({a, b});
    // The rates are those of calls 1 and 3.
    CHECK(at(a) == (round == 0 ? -1 : -4));
    CHECK(at(b) == (round == 0 ? -2 : -8));
  }
  CHECK(rule.state.iterations == 4);
}

TEST_CASE("averages begin with a parameter's own first update, and finalize uses them") {
  Parameter a("a", zeros({1}, DType::float64)), late("late", ones({1}, DType::float64));
  const Array one = ones({1}, DType::float64);
  SGD rule{.learning_rate = 1, .options = {.use_ema = true, .ema_momentum = 0.5}};
  a.set_grad(one);
  rule.step({a, late});
  late.set_grad(one);
  rule.step({a, late});
  CHECK(at(a) == -2);
  CHECK(at(late) == 0);
  Parameter never("never", ones({1}, DType::float64));
  finalize(rule, {a, late, never});
  CHECK(at(a) == -1.5);
  CHECK(at(late) == 0);
  CHECK(at(never) == 1);
}
