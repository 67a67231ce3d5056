// Each rule: the fused pass against the rule in ops, and the rule in ops under differentiation.

#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/optim/adadelta.hpp"
#include "xgrad/optim/adagrad.hpp"
#include "xgrad/optim/adam.hpp"
#include "xgrad/optim/adamax.hpp"
#include "xgrad/optim/adamw.hpp"
#include "xgrad/optim/lion.hpp"
#include "xgrad/optim/nadam.hpp"
#include "xgrad/optim/rmsprop.hpp"
#include "xgrad/optim/sgd.hpp"

using namespace xgrad;

namespace {

Array gradient_at(int step, DType dtype) {
  Array g = linspace(-1, 2, 37, DType::float64) * (0.3 * step) + 0.05;
  return g.astype(dtype);
}

/// Five fused steps against five of the rule in ops, slots included.
/// The rule's slots before its first step.
template <class Rule>
std::vector<Var> first_slots(const Rule& rule, const Array& like) {
  std::vector<Var> slots(rule.slot_count(), Var(zeros_like(like)));
  if constexpr (std::is_same_v<Rule, Adagrad>) slots[0] = full_like(like, rule.initial_accumulator_value);
  return slots;
}

template <class Rule>
void agree(Rule rule, DType dtype, double tolerance) {
  CAPTURE(name_of(dtype));
  const Array start = linspace(-3, 3, 37, dtype);
  Parameter w("w", start);
  std::vector<Var> slots = first_slots(rule, start);
  Var value = start;
  for (int t = 1; t <= 5; ++t) {
    const Array g = gradient_at(t, dtype);
    w.set_grad(g);
    rule.step({w});
    const Updated next = rule.update(value, g, slots, rule.learning_rate, t);
    value = next.value;
    slots = next.slots;
    REQUIRE(slots.size() == rule.slot_count());
    REQUIRE(rule.slot_names().size() == rule.slot_count());
    CHECK(rule.state.iterations == t);
    const auto close = [&](const Array& a, const Array& b) {
      for (std::int64_t i = 0; i < a.size(); ++i) {
        const double x = a.astype(DType::float64).template data<double>()[i],
                     y = b.astype(DType::float64).template data<double>()[i];
        CHECK(std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y)));
      }
    };
    close(w.value(), value.value());
    for (std::size_t s = 0; s < slots.size(); ++s) close(rule.state.slots(w)[s], slots[s].value());
  }
}

template <class Rule>
void agree(const Rule& rule) {
  agree(rule, DType::float64, 1e-14);
  agree(rule, DType::float32, 4e-7);
}

/// The loss after three steps of training, as a function of the learning rate.
template <class Rule>
Var unrolled(const Rule& rule, const Var& lr) {
  const Array truth = linspace(0, 1, 5, DType::float64);
  Var w = lr * 0.0 + zeros({5}, DType::float64);
  std::vector<Var> slots = first_slots(rule, truth);
  for (int t = 1; t <= 3; ++t) {
    const Var g = grad(sum(square(square(w) - truth + w)), w, {.create_graph = true});
    const Updated next = rule.update(w, g, slots, lr, t);
    w = next.value;
    slots = next.slots;
  }
  return sum(square(square(w) - truth + w));
}

template <class Rule>
void differentiable(const Rule& rule) {
  Tape tape;
  auto scope = tape.scope();
  const double at = rule.learning_rate, h = 1e-5 * at;
  Var lr = tape.variable(Array::scalar(at));
  const double analytic = grad(unrolled(rule, lr), lr).template item<double>();
  const auto loss = [&](double x) { return unrolled(rule, tape.variable(Array::scalar(x))).template item<double>(); };
  const double numeric = (loss(at + h) - loss(at - h)) / (2 * h);
  CHECK(analytic != 0);
  CHECK(std::abs(analytic - numeric) <= 1e-7 * std::max(1.0, std::abs(numeric)));
}

}  // namespace

TEST_CASE("the fused pass equals the rule in ops") {
  agree(SGD{0.1});
  agree(SGD{.learning_rate = 0.1, .momentum = 0.9});
  agree(SGD{.learning_rate = 0.1, .momentum = 0.9, .nesterov = true});
  agree(RMSprop{0.01});
  agree(RMSprop{.learning_rate = 0.01, .momentum = 0.9});
  agree(RMSprop{.learning_rate = 0.01, .epsilon = 1e-3, .centered = true});
  agree(RMSprop{.learning_rate = 0.01, .momentum = 0.5, .epsilon = 1e-3, .centered = true});
  agree(Adam{0.01});
  agree(Adam{.learning_rate = 0.01, .amsgrad = true});
  agree(AdamW{0.01});
  agree(AdamW{.learning_rate = 0.01, .weight_decay = 0.3, .amsgrad = true});
  agree(Adamax{0.01});
  agree(Nadam{0.01});
  agree(Adagrad{0.01});
  agree(Adadelta{1.0});
  agree(Lion{0.01});
}

TEST_CASE("a training step is differentiable: three unrolled steps by the learning rate") {
  differentiable(SGD{0.05});
  differentiable(SGD{.learning_rate = 0.05, .momentum = 0.9, .nesterov = true});
  differentiable(RMSprop{0.05});
  differentiable(Adam{0.05});
  differentiable(AdamW{.learning_rate = 0.05, .weight_decay = 0.5});
  differentiable(Adamax{0.05});
  differentiable(Nadam{0.05});
  differentiable(Adagrad{0.05});
  differentiable(Adadelta{0.5});
  differentiable(Lion{0.05});
}

TEST_CASE("a step skips what is frozen or has no gradient, and refuses when nothing is left") {
  Parameter a("a", ones({3})), b("b", ones({3})), c("c", ones({3}));
  a.set_grad(ones({3}));
  b.set_grad(ones({3}));
  b.set_trainable(false);
  SGD rule{0.5};
  rule.step({a, b, c});
  CHECK(a.value().data<float>()[0] == 0.5f);
  CHECK(b.value().data<float>()[0] == 1);
  CHECK(c.value().data<float>()[0] == 1);
  const std::uint64_t version = a.version();
  a.zero_grad();
  CHECK_THROWS_WITH_AS(rule.step({a, c}), doctest::Contains("none for 'a', 'c'"), GraphError);
  CHECK(a.version() == version);
  CHECK(rule.state.iterations == 1);
}

TEST_CASE("clip_grad_norm scales all gradients together") {
  Parameter a("a", ones({2})), b("b", ones({1}, DType::float64));
  a.set_grad(full({2}, 2));
  b.set_grad(full({1}, 1, DType::float64));
  CHECK(clip_grad_norm({a, b}, 1.5) == doctest::Approx(3));
  CHECK(a.grad().data<float>()[1] == doctest::Approx(1));
  CHECK(b.grad().data<double>()[0] == doctest::Approx(0.5));
  CHECK(clip_grad_norm({a, b}, 100) == doctest::Approx(1.5));
  CHECK(a.grad().data<float>()[1] == doctest::Approx(1));
  a.set_grad(full({2}, NAN));
  CHECK_THROWS_AS(clip_grad_norm({a, b}, 1), NonFiniteError);
  CHECK(b.grad().data<double>()[0] == doctest::Approx(0.5));
  CHECK_THROWS_AS(clip_grad_norm({b}, 0), ArgError);
}

TEST_CASE("a step does not write into arrays that share the parameter's memory") {
  Parameter w("w", ones({4}));
  const Array before = w.value();
  w.set_grad(ones({4}));
  SGD rule{0.25};
  rule.step({w});
  CHECK(before.data<float>()[0] == 1);
  CHECK(w.value().data<float>()[0] == 0.75f);
}
