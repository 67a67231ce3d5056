// backward and grad: what they give, what they refuse, what they leave behind.

#include "support.hpp"

using namespace engine;

TEST_CASE("the chain rule sums over every path") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(0.7));
  Var y = x * x + sin(x) * x;
  CHECK(at(grad(y, x)) == doctest::Approx(2 * 0.7 + std::cos(0.7) * 0.7 + std::sin(0.7)).epsilon(1e-14));
}

TEST_CASE("derivatives to the fifth order, by grad of grad") {
  Tape tape;
  auto scope = tape.scope();
  const double a = 0.4;
  Var x = tape.variable(number(a));
  Var d = exp(2 * x) * sin(x);  // its n-th derivative is 5^(n/2) e^{2x} sin(x + n atan(1/2))
  for (int n = 0; n <= 5; ++n) {
    const double expected = std::pow(5.0, n / 2.0) * std::exp(2 * a) * std::sin(a + n * std::atan(0.5));
    CHECK(at(d) == doctest::Approx(expected).epsilon(1e-12));
    d = grad(d, x, {.create_graph = true});
  }
}

TEST_CASE("backward adds into the gradients of parameters, zero_grad lets it write") {
  Parameter w("w", f64({1, 2, 3}));
  Tape tape;
  CHECK_FALSE(w.has_grad());
  for (int pass = 1; pass <= 2; ++pass) {
    auto scope = tape.scope();
    backward(sum(square(w)));
    for (int i = 0; i < 3; ++i) CHECK(at(w.grad(), i) == doctest::Approx(pass * 2.0 * (i + 1)));
  }
  w.zero_grad();
  auto scope = tape.scope();
  backward(sum(3 * w));
  CHECK(at(w.grad()) == 3);
}

TEST_CASE("two parameters with one cotangent keep gradients of their own") {
  Parameter a("a", f64({1, 2})), b("b", f64({3, 4}));
  Tape tape;
  auto scope = tape.scope();
  backward(sum(a + b));
  CHECK(a.grad().shares_memory_with(b.grad()) == false);
  backward(sum(5 * a));
  CHECK(at(a.grad()) == 6);
  CHECK(at(b.grad()) == 1);
}

TEST_CASE("a parameter that changes inside a scope has a leaf for each value, and one gradient") {
  Parameter w("w", f64({2}));
  Tape tape;
  auto scope = tape.scope();
  Var before = square(w);
  w.assign(f64({5}));
  Var after = square(w);
  CHECK(at(before) == 4);
  CHECK(at(after) == 25);
  backward(sum(before + after));
  CHECK(at(w.grad()) == 2 * 2 + 2 * 5);
}

TEST_CASE("targets may be intermediate, several, the result itself; what leads to none is left alone") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(1.5));
  Var h = square(x);
  Var y = sin(h) * x;
  const auto g = grad(y, {h, x, y}, {.retain = true});
  CHECK(at(g[0]) == doctest::Approx(std::cos(2.25) * 1.5));
  CHECK(at(g[1]) == doctest::Approx(std::cos(2.25) * 1.5 * 3 + std::sin(2.25)));
  CHECK(at(g[2]) == 1);
  // Only what lies between is swept and released: the rule of h has not run.
  Var z = exp(h);
  CHECK(at(grad(z, h)) == doctest::Approx(std::exp(2.25)));
  CHECK(at(grad(h, x)) == doctest::Approx(3));
  // The result alone: no rule runs, so nothing is released.
  Var u = square(x);
  CHECK(at(grad(u, u)) == 1);
  CHECK(at(grad(u, x)) == doctest::Approx(3));
}

TEST_CASE("cotangents: of any shape, plain numbers for scalars, on the tape for double sweeps") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2}));
  Var y = square(x);
  CHECK(difference(grad(y, x, {.retain = true, .cotangent = f64({10, 1})}).value(), f64({20, 4})) == 0);
  CHECK(contains(message_of<ShapeError>([&] { grad(y, x); }), "needs a value of one element, or a cotangent"));
  CHECK(contains(message_of<ShapeError>([&] { grad(y, x, {.cotangent = f64({1})}); }),
                 "needs a cotangent of float64[2]; got float64[1]"));
  CHECK(contains(message_of<ShapeError>([&] { grad(y, x, {.cotangent = ones({2})}); }), "got float32[2]"));
  Var s = sum(y);
  CHECK(at(grad(s, x, {.retain = true, .cotangent = 3})) == 6);
  Var u = tape.variable(f64({1, 1}));
  Var g = grad(y, x, {.create_graph = true, .cotangent = u});  // linear in u: its vjp is the jvp
  CHECK(difference(grad(g, u, {.cotangent = f64({1, 10})}).value(), f64({2, 40})) == 0);
  Var stale;
  {
    auto inner = tape.scope();
    stale = tape.variable(number(1));
  }
  CHECK(contains(message_of<StaleHandle>([&] { grad(s, x, {.cotangent = stale}); }), "after the end of the scope"));
}

TEST_CASE("unused targets") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(2)), z = tape.variable(f64({1, 2}));
  Var y = square(x);
  const std::size_t size = tape.size();
  CHECK(contains(message_of<Unreachable>([&] {
                   grad(y, {x, z}, {.create_graph = true});
                 }),
                 "needs a result that depends on every target"));
  CHECK(tape.size() == size);  // what the sweep had recorded is gone again
  const auto g = grad(y, {x, z}, {.allow_unused = true});
  CHECK(at(g[0]) == 4);
  CHECK(difference(g[1].value(), f64({0, 0})) == 0);
  CHECK(at(grad(Var(number(1)), x, {.allow_unused = true})) == 0);
  CHECK(contains(message_of<NotDifferentiable>([&] { grad(Var(number(1)), x); }), "got a constant"));
  CHECK(
      contains(message_of<NotDifferentiable>([&] { grad(y, Var(number(1))); }), "needs targets that carry a gradient"));
}

TEST_CASE("a graph is swept once, unless it is retained") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2}));
  Var y = sum(exp(x));
  grad(y, x, {.retain = true});
  grad(y, x);
  const std::string text = message_of<GraphFreed>([&] { grad(y, x); });
  CHECK(contains(text, "GraphFreed: xgrad::sum: needs its saved values"));
  CHECK(contains(text, "{.retain = true}"));
  CHECK(contains(text, "sweep.cpp:"));
  Var z = sum(exp(x));
  grad(z, x, {.create_graph = true});  // implies retain
  grad(z, x);
}

TEST_CASE("stop_gradient, detach, NoGrad, frozen parameters, integers") {
  Parameter w("w", number(3));
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(2));
  CHECK(at(grad(stop_gradient(x) * x, x)) == 2);
  CHECK(at(grad(x.detach() * x * x, x)) == 8);
  const std::size_t size = tape.size();
  {
    NoGrad off;
    Var y = square(x) * w;
    CHECK_FALSE(y.needs_grad());
    CHECK(at(y) == 12);
    EnableGrad on;
    CHECK(square(x).needs_grad());
  }
  CHECK(tape.size() == size + 1);
  w.set_trainable(false);
  backward(square(x) * w);
  CHECK_FALSE(w.has_grad());
  w.set_trainable(true);
  Var order = (x > 1.0);
  CHECK_FALSE(order.needs_grad());
}

TEST_CASE("ties share the gradient, and every order agrees with itself") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 3, 3}));
  CHECK(difference(grad(amax(x), x).value(), f64({0, 0.5, 0.5})) == 0);
  Var y = tape.variable(number(2));
  CHECK(at(grad(maximum(y, y), y)) == 1);
  CHECK(at(grad(y * y, y)) == 4);
}

TEST_CASE("a value read many times, and by one op twice") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, -2}));
  Var total = x * x;
  for (int i = 0; i < 50; ++i) total = total + x * x;
  CHECK(difference(grad(sum(total), x).value(), f64({102, -204})) == 0);
}

TEST_CASE("plain and recorded sweeps agree bit for bit") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({0.3, -0.6, 1.1, 0.2}, {2, 2}));
  Var y = sum(tanh(matmul(x, x)) / (2 + square(x)) + exp(x) * mean(x));
  const Var graph = grad(y, x, {.create_graph = true});
  const Var plain = grad(y, x);
  CHECK(difference(graph.value(), plain.value()) < 1e-15);
}

TEST_CASE("a rule may call grad itself") {
  // The gradient of sqrt by Newton's method: the slope that it needs, it asks of a sweep of its own.
  auto root = custom(
      "newton_root", [](const Array& a) { return sqrt(a); },
      [](const CustomVjp& c) {
        const Array slope = value_and_grad([](Var r) { return sum(r * r); }, c.out().value()).second;
        return c.grad() / slope;
      });
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({4, 9}));
  Var y = sum(square(root(x)) * x);
  const std::size_t size = tape.size();
  CHECK(difference(grad(y, x).value(), f64({8, 18})) < 1e-14);
  CHECK(tape.size() == size);  // what the inner sweep had recorded is gone
}

TEST_CASE("a tape that keeps values keeps gradients, and can be swept again") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(number(2));
  Var h = square(x);
  Var y = h * x;
  CHECK(contains(message_of<GraphError>([&] { h.grad(); }), "keep_values"));
  for (int i = 0; i < 2; ++i) {
    backward(y);
    CHECK(at(h.grad()) == 2);
    CHECK(at(x.grad()) == 12);
    CHECK(at(y.grad()) == 1);
    CHECK(at(h) == 4);
  }
  CHECK(tape.statistics().live_values == tape.size());
}

TEST_CASE("backward needs something to differentiate") {
  Tape tape;
  auto scope = tape.scope();
  CHECK(contains(message_of<NotDifferentiable>([&] { backward(Var(number(1))); }),
                 "xgrad::backward: needs a value computed from a variable or a trainable parameter; got a constant"));
  Tape other;
  Var a = tape.variable(number(1)), b = other.variable(number(2));
  CHECK(contains(message_of<ForeignTape>([&] { grad(square(a), b); }), "needs targets on the tape of the result"));
}
