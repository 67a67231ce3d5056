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
#include "xgrad/ops/shaping.hpp"
#include "xgrad/optim/adadelta.hpp"
#include "xgrad/optim/adagrad.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamax.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/lion.hpp"
#include "xgrad/optim/nadam.hpp"
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

void compare(const Case& c, const reference::Values& path, std::int64_t step, const Array& w) {
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

/// One pass over each parameter's memory, as in a training loop; the rows are parameters of their own.
template <class Optimizer>
void run_fused(const Case& c, Optimizer optimizer) {
  const Array start = array_of(c.input("w"));
  const Parameter first("first", start.rows(0, 1)), second("second", start.rows(1, 2));
  Tape tape;
  for (std::int64_t step = 0; step < c.out.at(0).shape.at(0); ++step) {
    auto scope = tape.scope();
    backward(loss_of(c, concat({first, second}, 0)));
    optimizer.step({first, second});
    zero_grad({first, second});
    compare(c, c.out.at(0), step, concat({first.value(), second.value()}, 0));
  }
  finalize(optimizer, {first, second});
  if (c.out.size() > 1) compare(c, c.out.at(1), 0, concat({first.value(), second.value()}, 0));
}

/// The same rule in ops: all steps are one graph.
template <class Optimizer>
void run_graph(const Case& c, const Optimizer& optimizer) {
  Tape tape;
  auto scope = tape.scope();
  Var w = tape.variable(array_of(c.input("w")));
  std::vector<Var> slots(optimizer.slot_count(), Var(zeros_like(w.value())));
  if constexpr (std::is_same_v<Optimizer, Adagrad>)
    slots[0] = full_like(w.value(), optimizer.initial_accumulator_value);
  for (std::int64_t step = 0; step < c.out.at(0).shape.at(0); ++step) {
    Var g = grad(loss_of(c, w), w, {.create_graph = true});
    Updated updated = optimizer.update(w, g, slots, optimizer.learning_rate, step + 1);
    w = updated.value;
    slots = updated.slots;
    compare(c, c.out.at(0), step, w.value());
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

/// What the case sets around the rule; AdamW's decay is its own.
UpdateOptions options_of(const Case& c) {
  UpdateOptions options;
  const auto read = [&c](const char* key, auto& into) {
    if (c.has(key)) into = c.number(key);
  };
  read("clipnorm", options.clipnorm);
  read("clipvalue", options.clipvalue);
  read("global_clipnorm", options.global_clipnorm);
  if (c.op() != "adamw") read("weight_decay", options.weight_decay);
  read("ema_momentum", options.ema_momentum);
  options.use_ema = c.flag("use_ema");
  if (c.has("ema_overwrite_frequency")) options.ema_overwrite_frequency = c.integer("ema_overwrite_frequency");
  if (c.has("gradient_accumulation_steps"))
    options.gradient_accumulation_steps = c.integer("gradient_accumulation_steps");
  return options;
}

template <class Optimizer>
void check(const Case& c, Optimizer optimizer) {
  bool plain = true;
  for (const char* key : {"clipnorm", "clipvalue", "global_clipnorm", "use_ema", "gradient_accumulation_steps"})
    plain = plain && !c.has(key);
  plain = plain && (c.op() == "adamw" || !c.has("weight_decay"));
  optimizer.options = options_of(c);
  run_fused(c, optimizer);
  if (plain) run_graph(c, optimizer);
}

}  // namespace

TEST_CASE("reference: the optimizers take the steps that Keras takes") {
  reference::File file("optim.txt");
  for (const Case& c : file.cases()) {
    if (schedule_of(c)) continue;
    const double rate = c.number("learning_rate"), b1 = c.number("beta_1", 0.9), epsilon = c.number("epsilon", 1e-7);
    const double b2 = c.number("beta_2", c.op() == "lion" ? 0.99 : 0.999), momentum = c.number("momentum", 0);
    const double rho = c.number("rho", c.op() == "adadelta" ? 0.95 : 0.9);
    if (c.op() == "sgd") {
      check(c, SGD{.learning_rate = rate, .momentum = momentum, .nesterov = c.flag("nesterov")});
    } else if (c.op() == "rmsprop") {
      check(c, RMSprop{rate, rho, momentum, epsilon, c.flag("centered")});
    } else if (c.op() == "adam") {
      check(c, Adam{rate, b1, b2, epsilon, c.flag("amsgrad")});
    } else if (c.op() == "adamw") {
      check(c, AdamW{rate, c.number("weight_decay", 0.004), b1, b2, epsilon, c.flag("amsgrad")});
    } else if (c.op() == "adamax") {
      check(c, Adamax{rate, b1, b2, epsilon});
    } else if (c.op() == "nadam") {
      check(c, Nadam{rate, b1, b2, epsilon});
    } else if (c.op() == "adagrad") {
      check(c, Adagrad{rate, c.number("initial_accumulator_value", 0.1), epsilon});
    } else if (c.op() == "adadelta") {
      check(c, Adadelta{rate, rho, epsilon});
    } else if (c.op() == "lion") {
      check(c, Lion{rate, b1, b2});
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
