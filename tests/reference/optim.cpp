// The optimizers against Keras, step by step: the fused pass and the same rule as a graph of ops.

#include <doctest/doctest.h>

#include <cmath>

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
    Updated updated = optimizer.update(w, g, slots, Array::scalar(optimizer.learning_rate), step + 1);
    w = updated.value;
    slots = updated.slots;
    compare(c, step, w.value());
  }
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
