// The optimizers against Keras, step by step: the fused pass and the same rule as a graph of ops.

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "support/reference.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

using reference::Case;
using namespace xgrad;

namespace {

Array array_of(const reference::Values& values) {
  return Array::from<double>(values.data, Shape(std::span(values.shape)));
}

Var loss_of(const Case& c, const Var& w) {
  Var away = w - array_of(c.input("target")), square = w * w;
  return sum(0.5 * array_of(c.input("curvature")) * away * away + 0.25 * square * square);
}

void compare(const Case& c, std::int64_t step, const Array& w) {
  const reference::Values& path = c.out.at(0);
  for (std::int64_t k = 0; k < w.size(); ++k) {
    double want = path.data[static_cast<std::size_t>((step * w.size()) + k)], got = w.data<double>()[k];
    CAPTURE(c.name);
    CAPTURE(step);
    CAPTURE(k);
    CAPTURE(want);
    CAPTURE(got);
    CHECK(std::abs(got - want) <= 1e-12 * std::abs(want));
  }
}

/// One pass over the parameter's memory, as in a training loop.
template <class Optimizer>
void run_fused(const Case& c, Optimizer optimizer) {
  Parameter w("w", array_of(c.input("w")));
  Tape tape;
  for (std::int64_t step = 0; step < c.out.at(0).shape.at(0); ++step) {
    auto scope = tape.scope();
    backward(loss_of(c, w));
    optimizer.step({w});
    zero_grad({w});
    compare(c, step, w.value());
  }
}

/// The same rule in ops: all steps are one graph.
template <class Optimizer>
void run_graph(const Case& c, const Optimizer& optimizer) {
  Tape tape;
  auto scope = tape.scope();
  Var w = tape.variable(array_of(c.input("w")));
  std::vector<Var> slots(optimizer.slot_count(), Var(zeros_like(w.value())));
  for (std::int64_t step = 0; step < c.out.at(0).shape.at(0); ++step) {
    Var g = grad(loss_of(c, w), w, {.create_graph = true});
    Updated updated = optimizer.update(w, g, slots, optimizer.learning_rate, step + 1);
    w = updated.value;
    slots = updated.slots;
    compare(c, step, w.value());
  }
}

/// A list of numbers from its attribute.
template <class T>
std::vector<T> list(const Case& c, const std::string& key) {
  std::istringstream text(c.text(key));
  std::vector<T> numbers;
  for (T x; text >> x;) numbers.push_back(x);
  return numbers;
}

/// The case's schedule, by its op; none for an optimizer's case.
std::optional<Schedule> schedule_of(const Case& c) {
  const std::string op = c.op();
  if (op == "piecewise_constant_decay")
    return PiecewiseConstantDecay{list<std::int64_t>(c, "boundaries"), list<double>(c, "values")};
  if (!c.has("initial_learning_rate")) return std::nullopt;
  const double rate = c.number("initial_learning_rate"), alpha = c.number("alpha", 0);
  if (op == "cosine_decay_restarts")
    return CosineDecayRestarts{rate, c.integer("first_decay_steps"), c.number("t_mul", 2), c.number("m_mul", 1), alpha};
  const std::int64_t steps = c.integer("decay_steps");
  if (op == "exponential_decay") return ExponentialDecay{rate, steps, c.number("decay_rate"), c.flag("staircase")};
  if (op == "inverse_time_decay") return InverseTimeDecay{rate, steps, c.number("decay_rate"), c.flag("staircase")};
  if (op == "polynomial_decay")
    return PolynomialDecay{rate, steps, c.number("end_learning_rate", 1e-4), c.number("power", 1), c.flag("cycle")};
  if (op != "cosine_decay") return std::nullopt;
  CosineDecay cosine{rate, steps, alpha};
  if (c.has("warmup_target")) cosine.warmup_target = c.number("warmup_target");
  cosine.warmup_steps = static_cast<std::int64_t>(c.number("warmup_steps", 0));
  return cosine;
}

template <class Optimizer>
void check(const Case& c, const Optimizer& optimizer) {
  run_fused(c, optimizer);
  run_graph(c, optimizer);
}

}  // namespace

TEST_CASE("reference: the optimizers take the steps that Keras takes") {
  reference::File file("optim.txt");
  for (const Case& c : file.cases()) {
    if (schedule_of(c)) continue;
    double rate = c.number("learning_rate");
    if (c.op() == "sgd") {
      check(c, SGD{.learning_rate = rate, .momentum = c.number("momentum", 0), .nesterov = c.flag("nesterov")});
    } else if (c.op() == "rmsprop") {
      check(c, RMSprop{.learning_rate = rate,
                       .rho = c.number("rho", 0.9),
                       .momentum = c.number("momentum", 0),
                       .epsilon = c.number("epsilon", 1e-7),
                       .centered = c.flag("centered")});
    } else if (c.op() == "adam") {
      check(c, Adam{.learning_rate = rate,
                    .beta_1 = c.number("beta_1", 0.9),
                    .beta_2 = c.number("beta_2", 0.999),
                    .epsilon = c.number("epsilon", 1e-7),
                    .amsgrad = c.flag("amsgrad")});
    } else {
      FAIL_CHECK("no optimizer for ", c.name);
    }
  }
}

TEST_CASE("reference: the schedules give the rates that Keras gives") {
  reference::File file("optim.txt");
  int schedules = 0;
  for (const Case& c : file.cases()) {
    const std::optional<Schedule> schedule = schedule_of(c);
    if (!schedule) continue;
    ++schedules;
    const std::vector<double>& steps = c.input("steps").data;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double want = c.out.at(0).data[i], got = (*schedule)(static_cast<std::int64_t>(steps[i]));
      CAPTURE(c.name);
      CAPTURE(steps[i]);
      CAPTURE(want);
      CAPTURE(got);
      CHECK(std::abs(got - want) <= 1e-15 + 1e-13 * std::abs(want));
    }
  }
  CHECK(schedules == 14);
}
