// What looks on while a sweep runs: hooks, Stepper, explain, anomaly mode.

#include <limits>
#include <sstream>

#include "support.hpp"

using namespace engine;

namespace {
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// A fused op without a rule on raw memory: its gradient is always replayed.
struct Product3 {
  static constexpr OpInfo info{.name = "product3"};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    for (std::int64_t i = 0; i < k.size(); ++i) k.out()[i] = k.in(0)[i] * k.in(1)[i] * k.in(0)[i];
  }
  Var decompose(std::span<const Var> in) const { return in[0] * in[1] * in[0]; }
};
Var product3(Arg a, Arg b) { return record(Product3{}, a, b); }
}  // namespace

TEST_CASE("hooks see every rule: node, cotangent, what it gives") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(2)).label("x");
  Var h = square(x);
  Var y = h * x;
  std::vector<std::string> seen;
  const auto id = tape.add_hook(
      {.before = [&](const NodeView& n,
                     const Array& g) { seen.push_back("before " + std::string(n.op()) + " " + std::to_string(at(g))); },
       .after =
           [&](const NodeView& n, const Array& g, std::span<const Contribution> given) {
             std::string line = "after " + std::string(n.op()) + " " + std::to_string(at(g));
             for (const Contribution& c : given)
               line += " " + std::to_string(c.input) + ":" + std::to_string(at(c.cotangent));
             seen.push_back(line);
           }});
  CHECK(at(grad(y, x, {.retain = true})) == 12);
  CHECK(seen == std::vector<std::string>{"before multiply 1.000000", "after multiply 1.000000 0:2.000000 1:4.000000",
                                         "before square 2.000000", "after square 2.000000 0:8.000000"});
  seen.clear();
  CHECK(at(grad(y, x, {.create_graph = true})) == 12);
  CHECK(seen.size() == 4);
  tape.remove_hook(id);
  seen.clear();
  grad(y, x);
  CHECK(seen.empty());
}

TEST_CASE("a fused op is one node to a hook, however its gradient is made") {
  Parameter w("w", f64({2, 3}));
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({5, 7}));
  Var first = product3(x, w);
  Var y = sum(first + checkpoint([w](Var v) { return square(v * w); }, x));
  const auto plain = grad(y, x, {.retain = true}).value();
  std::vector<std::string> ops;
  std::vector<Contribution> of_product, of_checkpoint;
  tape.add_hook({.after = [&](const NodeView& n, const Array&, std::span<const Contribution> given) {
    ops.push_back(n.op());
    if (ops.back() == "product3") of_product.assign(given.begin(), given.end());
    if (ops.back() == "checkpoint") of_checkpoint.assign(given.begin(), given.end());
  }});
  for (const bool graph : {false, true}) {
    ops.clear();
    const Var g = grad(y, x, {.create_graph = graph, .retain = true});
    CHECK(difference(g.value(), plain) < 1e-14);
    CHECK(difference(plain, f64({2 * 5 * 2 + 2 * 5 * 4, 2 * 7 * 3 + 2 * 7 * 9})) < 1e-14);
    CHECK((ops == std::vector<std::string>{"sum", "add", "checkpoint", "product3"}));
    REQUIRE(of_product.size() == 1);  // the share of x in one; w is not asked for
    CHECK(difference(of_product[0].cotangent, f64({20, 42})) < 1e-14);
    REQUIRE(of_checkpoint.size() == 1);
    CHECK(difference(of_checkpoint[0].cotangent, f64({40, 126})) < 1e-14);
  }
  backward(y);
  CHECK(difference(w.grad(), f64({25 + 2 * 25 * 2, 49 + 2 * 49 * 3})) < 1e-12);
  REQUIRE(of_product.size() == 2);
  CHECK(of_checkpoint.size() == 2);
}

TEST_CASE("hooks may remove themselves, add others, and throw") {
  Parameter w("w", number(2));
  Tape tape;
  auto scope = tape.scope();
  Var y = square(w) * exp(w);
  int calls = 0;
  std::uint64_t id = 0;
  id = tape.add_hook({.before = [&](const NodeView&, const Array&) {
    ++calls;
    tape.remove_hook(id);
    tape.add_hook({.before = [&](const NodeView&, const Array&) { calls += 100; }});
  }});
  backward(y, {.retain = true});
  CHECK(calls == 201);
  const Array g = w.grad();
  tape.add_hook({.before = [](const NodeView& n, const Array&) {
    if (std::string(n.op()) == "square") throw std::runtime_error("stop here");
  }});
  const std::size_t size = tape.size();
  CHECK_THROWS_WITH(backward(y, {.retain = true}), "stop here");
  CHECK(same_bits(w.grad(), g));
  CHECK(tape.size() == size);
}

TEST_CASE("a tape cannot be rewound from under a running sweep") {
  Tape tape;
  Var x = tape.variable(number(2));
  const std::size_t mark = tape.mark();
  Var y = square(x) * x;
  std::string rewound, reset;
  tape.add_hook({.before = [&](const NodeView&, const Array&) {
    rewound = message_of<GraphError>([&] { tape.rewind(mark); });
    reset = message_of<GraphError>([&] { tape.reset(); });
    const std::size_t here = tape.mark();
    Var extra = square(x);
    tape.rewind(here);  // what it has recorded itself it may drop
  }});
  CHECK(at(grad(y, x)) == 12);
  CHECK(contains(rewound, "needs a mark set during the sweep that is under way"));
  CHECK(contains(reset, "needs a tape that no sweep is under way on"));
  tape.reset();
}

TEST_CASE("Stepper walks one vjp at a time") {
  Parameter w("w", number(2));
  Tape tape;
  auto scope = tape.scope();
  Var h = square(w);
  Var y = h * w;
  Stepper step(y);
  CHECK(contains(message_of<GraphError>([&] { step.node(); }), "needs a step; got none yet"));
  CHECK_FALSE(step.done());
  CHECK(contains(message_of<GraphError>([&] { step.commit(); }), "needs a sweep that is done"));
  REQUIRE(step.next());
  CHECK(std::string(step.node().op()) == "multiply");
  CHECK(at(step.cotangent()) == 1);
  REQUIRE(step.given().size() == 2);
  CHECK(at(step.given()[0].cotangent) == 2);
  CHECK(at(step.given()[1].cotangent) == 4);
  CHECK(at(*step.arrived(h)) == 2);
  CHECK(at(*step.arrived(Var(w))) == 4);
  REQUIRE(step.next());
  CHECK(std::string(step.node().op()) == "square");
  CHECK(at(step.given()[0].cotangent) == 8);
  CHECK(step.arrived(h) == nullptr);
  CHECK_FALSE(step.next());
  CHECK(step.done());
  CHECK(std::string(step.node().op()) == "square");
  CHECK_FALSE(w.has_grad());
  step.commit();
  CHECK(at(w.grad()) == 12);
  CHECK(contains(message_of<GraphError>([&] { step.commit(); }), "added"));
  backward(y);  // the graph is still whole
  CHECK(at(w.grad()) == 24);
}

TEST_CASE("a Stepper beside other sweeps, and after the end of its scope or tape") {
  std::unique_ptr<Stepper> kept;
  {
    Tape tape;
    auto x = tape.variable(number(3));
    Var y = square(x);
    kept = std::make_unique<Stepper>(y);
    Stepper second(sin(y));
    CHECK(at(grad(exp(y), x, {.retain = true})) == doctest::Approx(6 * std::exp(9)));
    CHECK(kept->next());
    CHECK(second.next());
    CHECK(at(*kept->arrived(x)) == 6);
    tape.reset();
    CHECK(contains(message_of<StaleHandle>([&] { kept->next(); }), "after tape.reset()"));
  }
  CHECK(contains(message_of<StaleHandle>([&] { kept->done(); }), "StaleHandle"));
  kept.reset();
}

TEST_CASE("explain spells out the chain-rule sum at a node") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(number(2)).label("x");
  Var h = square(x);
  Var y = h * x + x;
  for (const bool kept : {false, true}) {
    if (kept) backward(y);
    const Explanation e = kept ? explain(x) : explain(x, y);
    CHECK(at(e.cotangent) == 13);
    REQUIRE(e.shares.size() == 3);
    double sum = 0;
    for (const Share& s : e.shares) sum += at(s.share);
    CHECK(sum == 13);
    CHECK(at(e.shares[0].share) == 1);  // of the addition
    CHECK(at(e.shares[1].share) == 4);  // of the product
    CHECK(e.shares[1].operand == 1);
    CHECK(at(e.shares[2].cotangent) == 2);
    CHECK(at(e.shares[2].share) == 8);
    std::ostringstream out;
    out << e;
    CHECK(contains(out.str(), "'x'"));
    CHECK(contains(out.str(), "+ 8  from operand 0 of #1 square float64[]"));
    CHECK(contains(out.str(), "where 2 had arrived"));
    CHECK(contains(out.str(), "= 13"));
    CHECK(explain(y, y).is_result);
  }
  CHECK(at(x.grad()) == 13);  // explaining has not changed what the sweep kept
  Var z = tape.variable(number(1));
  CHECK(contains(message_of<Unreachable>([&] { explain(z, y); }), "does not reach"));
  CHECK(contains(message_of<GraphError>([&] { explain(z); }), "keep_values"));
  // An op that reads the value twice.
  Var twice = multiply(z, z);
  CHECK(explain(z, twice).shares.size() == 2);
}

TEST_CASE("anomaly mode names the first NaN in a forward result") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, -1, 2}));
  Var quiet = log(x);
  CHECK(std::isnan(at(quiet, 1)));
  const Anomaly watch;
  const LabelScope path("encoder");
  const std::size_t size = tape.size();
  const std::string text = message_of<NonFiniteError>([&] { log(x); });
  CHECK(contains(text,
                 "NonFiniteError: xgrad::log: needs finite results in anomaly mode; got NaN at element 1 of float64[3] "
                 "in encoder"));
  CHECK(contains(text, "watching.cpp:"));
  CHECK(contains(text, "operand 0: variable float64[3]"));
  CHECK(tape.size() == size);
  exp(1000 * x);  // an infinity passes
  const Anomaly strict(true);
  CHECK(contains(message_of<NonFiniteError>([&] { exp(1000 * x); }), "got infinity at element 0"));
}

TEST_CASE("anomaly mode names the first NaN in a gradient, and its forward line") {
  auto bad = custom(
      "bad_rule", [](const Array& a) { return a; }, [](const CustomVjp& c) { return c.grad() * kNaN; });
  Parameter w("w", f64({1, 2}));
  Tape tape;
  auto scope = tape.scope();
  Var y = sum(square(bad(w)));
  backward(y, {.retain = true});
  CHECK(std::isnan(at(w.grad())));
  w.zero_grad();
  const Anomaly watch;
  for (const bool graph : {false, true}) {
    const std::string text = message_of<NonFiniteError>(
        [&] { graph ? static_cast<void>(grad(y, Var(w), {.create_graph = true})) : backward(y, {.retain = true}); });
    CHECK(
        contains(text,
                 "NonFiniteError: xgrad::bad_rule: needs finite gradients in anomaly mode; got NaN at element 0 of the "
                 "cotangent float64[2] that it gives to operand 0"));
    CHECK(contains(text, "watching.cpp:"));
    CHECK(contains(text, "operand 0: #0 parameter float64[2] 'w'"));
  }
  CHECK_FALSE(w.has_grad());
}

TEST_CASE("anomaly mode lets pass what a rule computes on its way") {
  // The slope of the root at 0 is infinite, and absorbed where its cotangent is 0.
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({0, 4}));
  const Anomaly watch(true);
  CHECK(difference(grad(sum(where(x > 0.0, sqrt(x), x)), x).value(), f64({1, 0.25})) == 0);
}

TEST_CASE("anomaly mode names the op inside a checkpoint") {
  auto bad = custom(
      "bad_rule", [](const Array& a) { return a; }, [](const CustomVjp& c) { return c.grad() * kNaN; });
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({1, 2}));
  const Anomaly watch;
  Var y = checkpoint([bad](Var v) { return square(bad(exp(v))); }, x);
  const std::size_t size = tape.size();
  CHECK(contains(message_of<NonFiniteError>([&] { grad(sum(y), x, {.retain = true}); }), "xgrad::bad_rule"));
  CHECK(tape.size() == size + 1);
}
