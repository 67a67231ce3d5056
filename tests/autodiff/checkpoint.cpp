// checkpoint: the same derivatives at every order, less memory, and the two ways in which a replay can go wrong.

#include "support.hpp"

using namespace engine;

namespace {

/// Value, gradient and Hessian-vector product of `f` at x.
struct Derivatives {
  Array value, gradient, hv;
};
template <class F>
Derivatives derivatives_of(F f, const Array& at) {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(at);
  Var y = f(x);
  Var g = grad(y, x, {.create_graph = true});
  Var h = grad(sum(g * (0.5 + sin(x).detach())), x);
  const Array plain = [&] {
    Var again = f(x);
    return grad(again, x).value();
  }();
  CHECK(difference(plain, g.value()) < 1e-15);
  return {y.value(), g.value(), h.value()};
}

Var layer(const Var& x) { return tanh(matmul(x, x) + square(x)) * exp(0.1 * x); }

}  // namespace

TEST_CASE("a checkpoint has the derivatives of what it wraps, bit for bit at the first order") {
  const Array at = f64({0.3, -0.2, 0.5, 0.7}, {2, 2});
  const auto plain = derivatives_of([](Var x) { return sum(layer(layer(x))); }, at);
  const auto kept = derivatives_of([](Var x) { return sum(checkpoint([](Var v) { return layer(layer(v)); }, x)); }, at);
  CHECK(same_bits(plain.value, kept.value));
  CHECK(same_bits(plain.gradient, kept.gradient));
  CHECK(difference(plain.hv, kept.hv) < 1e-14);
}

TEST_CASE("nested checkpoints, several results, inputs that pass through") {
  const Array at = f64({0.3, -0.2, 0.5, 0.7}, {2, 2});
  const auto plain = derivatives_of(
      [](Var x) {
        Var a = layer(x), b = sin(x);
        return sum(layer(a) * b + a) + sum(x * b);
      },
      at);
  const auto kept = derivatives_of(
      [](Var x) {
        auto parts = checkpoint(
            [](Var v) {
              Var a = checkpoint([](Var u) { return layer(u); }, v);
              Var b = checkpoint([](Var u) { return sin(u); }, v);
              return std::vector<Var>{checkpoint(layer, a) * b + a, v * b, v};
            },
            x);
        return sum(parts[0]) + sum(parts[1]) + 0 * sum(parts[2]);
      },
      at);
  CHECK(difference(plain.value, kept.value) < 1e-15);
  CHECK(difference(plain.gradient, kept.gradient) < 1e-14);
  CHECK(difference(plain.hv, kept.hv) < 1e-13);
}

TEST_CASE("what a checkpointed function has captured gets its gradient: Vars and parameters") {
  Parameter w("w", f64({2, 3}));
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 4})), c = tape.variable(f64({5, 6}));
  Var h = 2 * c;
  Var y = checkpoint([h, w](Var v) { return v * h * w; }, x);
  const NodeView node = tape.node(tape.size() - 1);
  CHECK(std::string(node.op()) == "checkpoint");
  CHECK(node.input_count() == 3);
  backward(sum(y), {.retain = true});
  CHECK(difference(w.grad(), f64({10, 48})) == 0);
  const auto g = grad(sum(y), {x, c}, {.retain = true});
  CHECK(difference(g[0].value(), f64({20, 36})) == 0);
  CHECK(difference(g[1].value(), f64({4, 24})) == 0);
  // Only towards one of them.
  CHECK(difference(grad(sum(y), c).value(), f64({4, 24})) == 0);
}

TEST_CASE("parameters and numbers as inputs; a vector of inputs; nothing to save under NoGrad") {
  Parameter w("w", f64({2, 3}));
  Tape tape;
  auto scope = tape.scope();
  backward(sum(checkpoint([](Var a, Var b) { return square(a) * b; }, w, 3)));
  CHECK(difference(w.grad(), f64({12, 18})) == 0);
  Var x = tape.variable(f64({1, 2})), z = tape.variable(f64({3, 4}));
  Var y = checkpoint([](const std::vector<Var>& v) { return v[0] * v[1]; }, {x, z});
  CHECK(difference(grad(sum(y), x).value(), f64({3, 4})) == 0);
  const std::size_t size = tape.size();
  NoGrad off;
  CHECK(difference(checkpoint([](Var v) { return square(v); }, x).value(), f64({1, 4})) == 0);
  CHECK(tape.size() == size);
}

TEST_CASE("a checkpoint keeps its result and its inputs only") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(full({1000}, 0.1, DType::float64));
  const auto chain = [](Var v) {
    for (int i = 0; i < 20; ++i) v = sin(v);
    return v;
  };
  const std::size_t before = tape.statistics().bytes, nodes = tape.size();
  Var y = checkpoint(chain, x);
  CHECK(tape.statistics().bytes == before + 8000);
  CHECK(tape.size() == nodes + 1);
  Var z = chain(x);
  CHECK(tape.statistics().bytes >= before + 20 * 8000);
  CHECK(same_bits(grad(sum(y), x).value(), grad(sum(z), x).value()));
}

TEST_CASE("modes and random draws are restored for the replay") {
  set_seed(7);
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(full({64}, 1.0, DType::float64));
  Array value;
  {
    Training on;
    value = checkpoint([](Var v) { return dropout(v, 0.5) * 2; }, x).value();
  }
  set_seed(7);
  Var y;
  {
    Training on;
    y = checkpoint([](Var v) { return dropout(v, 0.5) * 2; }, x);
  }
  CHECK(same_bits(y.value(), value));
  const Array next = random::uniform({3}, 0, 1, DType::float64);
  set_seed(7);
  random::uniform({1});
  CHECK(same_bits(random::uniform({3}, 0, 1, DType::float64), next));  // one draw each, so far
  // Outside of training now; the same mask in the gradient.
  CHECK(difference(grad(sum(y), x).value(), y.value()) == 0);
  set_seed(7);
  random::uniform({1});
  random::uniform({3}, 0, 1, DType::float64);
  const Array third = random::uniform({3});
  set_seed(7);
  random::uniform({1});
  Var z;
  {
    Training on;
    z = checkpoint([](Var v) { return dropout(v, 0.5) * 2; }, x);
  }
  grad(sum(z), x);  // the replay draws, and takes it back
  CHECK(same_bits(random::uniform({3}), third));
  set_seed(0);
}

TEST_CASE("a parameter that has changed since is refused by name") {
  Parameter w("weight", f64({2}));
  Tape tape;
  auto scope = tape.scope();
  Var y = sum(checkpoint([](Var v) { return square(v); }, w));
  w.assign(f64({3}));
  const std::string text = message_of<ParamModified>([&] { backward(y); });
  CHECK(contains(text, "ParamModified: xgrad::checkpoint: needs parameter 'weight' as it was"));
  CHECK_FALSE(w.has_grad());
  Var z = sum(checkpoint([w](Var v) { return v * w; }, tape.variable(f64({1}))));
  Var late = square(w);
  w.assign(f64({4}));
  late = square(w);  // binds the new value
  CHECK(contains(message_of<ParamModified>([&] { backward(z); }), "'weight'"));
}

TEST_CASE("a function that does something else the second time is refused") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2}));
  auto count = std::make_shared<int>(0);
  Var y = checkpoint([count](Var v) { return ++*count == 1 ? v * v : v * v * v; }, x);
  CHECK(contains(message_of<RecomputeMismatch>([&] { grad(sum(y), x); }), "a number of ops: 2 instead of 1"));
  Var z = checkpoint(
      [count](Var v) {
        if (++*count % 2) return v * random::uniform({2}, 0, 1, DType::float64);
        return v * f64({1, 1});
      },
      x);
  CHECK(contains(message_of<RecomputeMismatch>([&] { grad(sum(z), x); }), "random draws"));
  const Anomaly watch;  // in release builds the bits are compared only where somebody watches
  *count = 0;
  Var u = checkpoint([count](Var v) { return v * static_cast<double>(++*count); }, x);
  CHECK(contains(message_of<RecomputeMismatch>([&] { grad(sum(u), x); }), "the same bit for bit"));
}

TEST_CASE("an exception in the function, the first time or in the replay, leaves the tape as it was") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2}));
  auto count = std::make_shared<int>(0);
  const auto faulty = [count](int when) {
    return [count, when](Var v) {
      Var h = exp(v);
      if (++*count == when) throw std::runtime_error("from the middle");
      return h * v;
    };
  };
  const std::size_t size = tape.size(), bytes = tape.statistics().bytes;
  CHECK_THROWS_WITH(checkpoint(faulty(1), x), "from the middle");
  CHECK(tape.size() == size);
  CHECK(tape.statistics().bytes == bytes);
  *count = 0;
  Var y = sum(checkpoint(faulty(2), x));
  const std::size_t after = tape.size();
  CHECK_THROWS_WITH(grad(y, x, {.retain = true}), "from the middle");
  CHECK(tape.size() == after);
  CHECK(at(grad(y, x)) == doctest::Approx(2 * std::exp(1.0)));  // the third time it works
}

TEST_CASE("checkpoint passes gradcheck to the third order") {
  gradcheck([](Var x) { return checkpoint([](Var v) { return layer(v); }, x); }, {f64({0.3, -0.2, 0.5, 0.7}, {2, 2})},
            {.order = 3});
}
