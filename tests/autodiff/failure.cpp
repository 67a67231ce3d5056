// What fails leaves tape, parameters and gradients as they were, and the next step works.

#include "support.hpp"
#include "xgrad/optim/adam.hpp"

using namespace engine;

namespace {

struct Net {
  Parameter w1{"w1", f64({0.1, -0.2, 0.3, 0.4, 0.5, -0.6}, {2, 3})}, b1{"b1", f64({0.1, 0.2, 0.3})};
  Parameter w2{"w2", f64({0.7, -0.8, 0.9}, {3, 1})};
  Array x = f64({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2}), y = f64({1, 0, 1, 0}, {4, 1});

  Var loss() const {
    Var h = checkpoint([w = w1, b = b1](Var v) { return tanh(matmul(v, w) + b); }, Var(x));
    return mean(square(matmul(h, w2) - y)) + 0.01 * sum(dense(x, w1, b1));
  }
  Parameters all() const { return {w1, b1, w2}; }
};

struct Snapshot {
  std::vector<Array> values, gradients;
  explicit Snapshot(const Net& n) {
    for (const Parameter& p : n.all()) {
      values.push_back(p.value().copy());
      gradients.push_back(p.has_grad() ? p.grad().copy() : Array());
    }
  }
  bool holds(const Net& n) const {
    const Snapshot now(n);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!same_bits(values[i], now.values[i]) || !same_bits(gradients[i], now.gradients[i])) return false;
    return true;
  }
};

}  // namespace

TEST_CASE("an allocation that fails, at any place in a training step") {
  Net net, reference;
  Adam adam{1e-2}, adam_reference{1e-2};
  Tape tape;
  int failures = 0;
  bool done = false;
  for (std::uint64_t nth = 1; !done; ++nth) {
    auto scope = tape.scope();
    const auto with_failure = [nth](auto&& part) {  // whether the part came through
      detail::fail_allocation(nth);
      try {
        part();
        detail::fail_allocation(0);
        return true;
      } catch (const std::bad_alloc&) {
        detail::fail_allocation(0);
        return false;
      }
    };
    const Snapshot before(net);
    done = with_failure([&] { net.loss(); });
    CHECK(before.holds(net));
    Var loss = net.loss();
    const std::size_t recorded = tape.size();
    const bool swept = with_failure([&] { backward(loss, {.retain = true}); });
    CHECK(tape.size() == recorded);
    if (!swept) {
      CHECK(before.holds(net));
      backward(loss);
    }
    const Snapshot after(net);
    const bool stepped = with_failure([&] { adam.step(net.all()); });
    if (!stepped) {
      CHECK(after.holds(net));
      adam.step(net.all());
    }
    zero_grad(net.all());
    failures += !done + !swept + !stepped;
    done = done && swept && stepped;
    // The same step where nothing ever failed.
    Tape other;
    auto inner = other.scope();
    backward(reference.loss());
    adam_reference.step(reference.all());
    zero_grad(reference.all());
    CHECK(Snapshot(reference).holds(net));
    REQUIRE(nth < 1000);
  }
  CHECK(failures > 20);
  MESSAGE("places where an allocation could fail in a step: " << failures);
}

TEST_CASE("an allocation that fails while an op is recorded leaves not a node") {
  Net net;
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(net.x);
  for (const auto& op : std::vector<std::function<Var()>>{
           [&] { return x * 2; }, [&] { return matmul(x, net.w1); }, [&] { return dense(x, net.w1, net.b1, relu); },
           [&] { return checkpoint([](Var v) { return exp(v) * v; }, x); }, [&] { return softmax(x); },
           [&] { return value_and_grad([](Var v) { return sum(v * v * v); }, x).second; },
           [&] { return hvp([](Var v) { return sum(v * v * v); }, x, Var(net.x)); }}) {
    op();  // parameters have their leaves now
    bool done = false;
    for (std::uint64_t nth = 1; !done; ++nth) {
      const std::size_t size = tape.size(), bytes = tape.statistics().bytes;
      detail::fail_allocation(nth);
      try {
        op();
        done = true;
      } catch (const std::bad_alloc&) {
        detail::fail_allocation(0);
        CHECK(tape.size() == size);
        CHECK(tape.statistics().bytes == bytes);
      }
      detail::fail_allocation(0);
      REQUIRE(nth < 200);
    }
  }
}

TEST_CASE("an exception from the middle of a user's forward, rule, hook") {
  Net net;
  Tape tape;
  auto scope = tape.scope();
  auto forward = custom(
      "bad_forward", [](const Array&) -> Array { throw std::runtime_error("forward"); },
      [](const CustomVjp& c) { return c.grad(); });
  auto rule = custom(
      "bad_rule", [](const Array& a) { return a; },
      [](const CustomVjp& c) -> Var {
        square(c.grad());
        throw std::runtime_error("rule");
      });
  Var x = tape.variable(net.x);
  const std::size_t size = tape.size();
  CHECK_THROWS_WITH(forward(x), "forward");
  CHECK(tape.size() == size);
  backward(net.loss());
  const Snapshot before(net);
  Var y = sum(rule(matmul(x, net.w1)));
  const std::size_t recorded = tape.size();
  CHECK_THROWS_WITH(backward(y, {.retain = true}), "rule");
  CHECK_THROWS_WITH(grad(y, x, {.create_graph = true}), "rule");
  CHECK(tape.size() == recorded);
  CHECK(before.holds(net));
  CHECK(at(grad(sum(square(x)), x)) == 2);  // the tape is good for other sweeps
}

TEST_CASE("what an op refuses, it refuses before anything changes") {
  Tape tape, other;
  auto scope = tape.scope();
  Parameter w("w", f64({1, 2, 3}));
  Var x = tape.variable(f64({1, 2})), far = other.variable(f64({1, 2}));
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(x + w, ShapeError);
  CHECK_THROWS_AS(x * ones({2}), DTypeError);
  CHECK_THROWS_AS(x * far, ForeignTape);
  CHECK_THROWS_AS(x * Var(), StaleHandle);
  CHECK_THROWS_AS(matmul(x, w), ShapeError);
  CHECK(tape.size() == size);
  CHECK(tape.statistics().live_values == 1);
}
