// Optimizer: any rule behind one type.

#include "xgrad/optim/any.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/nadam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace xgrad;

namespace {

Array gradient_at(std::int64_t step) { return linspace(-1, 1, 9) * (1.0 + 0.1 * static_cast<double>(step)); }

void steps(Optimizer& optimizer, const Parameter& w, std::int64_t from, std::int64_t count) {
  for (std::int64_t i = from; i < from + count; ++i) {
    w.set_grad(gradient_at(i));
    optimizer.step({w});
  }
}

bool same_bits(const Array& a, const Array& b) { return std::memcmp(a.raw(), b.raw(), a.bytes()) == 0; }

/// A user's own: half the gradient.
struct Half {
  static constexpr const char* name = "half";
  Schedule learning_rate = 0.5;
  UpdateOptions options = {};
  OptimizerState state = {};
  std::size_t slot_count() const { return 0; }
  std::vector<std::string> slot_names() const { return {}; }
  void step(const Parameters& parameters, Loc = Loc::current()) {
    for (const Parameter& p : parameters) p.assign(p.value() - learning_rate(state.iterations) * p.grad());
    ++state.iterations;
  }
};

}  // namespace

TEST_CASE("by name, in any case, with the rule's own defaults") {
  for (const char* name : {"sgd", "rmsprop", "adam", "adamw", "adamax", "nadam", "adagrad", "adadelta", "lion"}) {
    const Optimizer optimizer = name;
    CHECK(optimizer.name() == name);
    CHECK(optimizer.learning_rate() == (std::string(name) == "sgd" ? 0.01 : 1e-3));
    CHECK_FALSE(optimizer.has_schedule());
  }
  CHECK(Optimizer("RMSprop").name() == "rmsprop");
  CHECK(Optimizer(std::string("AdamW")).name() == "adamw");
  CHECK_THROWS_WITH_AS(Optimizer("adma"), doctest::Contains("got 'adma'; did you mean 'adam'"), ArgError);
  CHECK_THROWS_WITH_AS(Optimizer("xyzzy"), doctest::Contains("(known: sgd, rmsprop, adam"), ArgError);
}

TEST_CASE("it takes the steps of the rule it holds") {
  Parameter w("w", zeros({9})), v("v", zeros({9}));
  Nadam rule{.learning_rate = 0.1, .options = {.clipnorm = 1}};
  Optimizer optimizer = rule;
  steps(optimizer, w, 0, 4);
  for (std::int64_t i = 0; i < 4; ++i) {
    v.set_grad(gradient_at(i));
    rule.step({v});
  }
  CHECK(same_bits(w.value(), v.value()));
  CHECK(optimizer.iterations() == 4);
  CHECK(optimizer.get_if<Nadam>()->beta_1 == 0.9);
  CHECK(optimizer.get_if<Adam>() == nullptr);
  Optimizer own = Half{};
  Parameter u("u", zeros({9}));
  steps(own, u, 0, 1);
  CHECK(u.value().data<float>()[0] == 0.5f);
  CHECK(own.name() == "half");
}

TEST_CASE("the learning rate is read at the current step, and set only where it is a number") {
  Parameter w("w", zeros({9}));
  Optimizer constant = SGD{0.5}, scheduled = SGD{ExponentialDecay{0.5, 1, 0.5}};
  constant.set_learning_rate(0.25);
  CHECK(constant.learning_rate() == 0.25);
  steps(constant, w, 0, 1);
  CHECK(w.value().data<float>()[0] == 0.25f);
  CHECK(scheduled.learning_rate() == 0.5);
  steps(scheduled, w, 0, 2);
  CHECK(scheduled.learning_rate() == 0.125);
  CHECK(scheduled.has_schedule());
  CHECK_THROWS_WITH_AS(scheduled.set_learning_rate(1), doctest::Contains("got one with a schedule"), ArgError);
}

TEST_CASE("a copy is an optimizer of its own") {
  Parameter w("w", zeros({9}));
  Optimizer first = Adam{0.1};
  steps(first, w, 0, 2);
  Optimizer second = first;
  const Array before = first.slots(w)[0].copy();
  second.set_learning_rate(5);
  steps(second, w, 2, 1);
  CHECK(first.learning_rate() == 0.1);
  CHECK(first.iterations() == 2);
  CHECK(second.iterations() == 3);
  CHECK(same_bits(first.slots(w)[0], before));
  CHECK_FALSE(same_bits(second.slots(w)[0], before));
  first = second;
  CHECK(first.learning_rate() == 5);
}

TEST_CASE("slots, counter and rate are all that training needs to go on to the same bits") {
  const UpdateOptions around{.global_clipnorm = 0.7, .use_ema = true, .ema_overwrite_frequency = 2};
  UpdateOptions summing = around;
  summing.gradient_accumulation_steps = 3;
  const auto check = [](const Optimizer& made, std::vector<std::string> names) {
    CAPTURE(made.name());
    CHECK(made.slot_names() == names);
    Parameter whole("w", ones({9})), part("w", ones({9}));
    Optimizer all = made, first = made, second = made;
    steps(all, whole, 0, 10);
    steps(first, part, 0, 5);
    Parameter resumed("w", part.value().copy());
    std::vector<Array> slots;
    for (const Array& slot : first.slots(part)) slots.push_back(slot.copy());
    CHECK(slots.size() == names.size());
    second.set_iterations(first.iterations());
    second.set_slots(resumed, slots);
    steps(second, resumed, 5, 5);
    CHECK(same_bits(resumed.value(), whole.value()));
    all.finalize({whole});
    second.finalize({resumed});
    CHECK(same_bits(resumed.value(), whole.value()));
    slots.push_back(ones({9}));
    CHECK_THROWS_WITH_AS(second.set_slots(resumed, slots), doctest::Contains("slots for parameter 'w'"), ArgError);
    slots.pop_back();
    if (slots.empty()) return;
    slots.back() = ones({8});
    CHECK_THROWS_AS(second.set_slots(resumed, slots), ShapeError);
  };
  check(SGD{0.1}, {});
  check(SGD{.learning_rate = 0.1, .momentum = 0.9}, {"momentum"});
  check(RMSprop{.momentum = 0.5, .centered = true}, {"velocity", "momentum", "average_gradient"});
  check(Adam{.amsgrad = true, .options = around}, {"momentum", "velocity", "velocity_hat", "average"});
  check(Nadam{.learning_rate = 0.1, .options = summing}, {"momentum", "velocity", "average", "gradient_accumulator"});
  check("adamw", {"momentum", "velocity"});
  check("adamax", {"momentum", "norm"});
  check("adagrad", {"accumulator"});
  check("adadelta", {"accumulated_grad", "accumulated_delta_var"});
  check("lion", {"momentum"});
  CHECK_THROWS_WITH_AS(Optimizer("sgd").set_iterations(-1), doctest::Contains("got -1"), ArgError);
}

TEST_CASE("options that cannot be are refused where the optimizer is made") {
  CHECK_THROWS_WITH_AS(Optimizer(Adam{.options = {.clipnorm = 1, .clipvalue = 1}}),
                       doctest::Contains("one kind of clipping"), ArgError);
}
