// Derivatives of plain functions: Arrays in and out, Vars in and out.

#include <optional>
#include <thread>

#include "support.hpp"

using namespace engine;

namespace {
// f(x) = Σ sin(x) x, by hand.
Array slope(const Array& x) {
  std::vector<double> g;
  for (double v : x.span<double>()) g.push_back(std::cos(v) * v + std::sin(v));
  return f64(g);
}
double curvature(double v) { return 2 * std::cos(v) - v * std::sin(v); }
const auto f = [](Var v) { return sum(sin(v) * v); };
}  // namespace

TEST_CASE("Arrays in, Arrays out, with a tape open or none; nothing stays recorded") {
  const Array x = f64({0.5, 1, 2});
  Tape tape;
  for (const bool open : {false, true}) {
    std::optional<Tape::Scope> scope;
    if (open) scope.emplace(tape.state(), Loc::current());
    const auto [y, g] = value_and_grad(f, x);
    CHECK(at(y) == doctest::Approx(0.5 * std::sin(0.5) + std::sin(1) + 2 * std::sin(2)));
    CHECK(difference(g, slope(x)) < 1e-15);
    const Array h = hessian(f, x);
    REQUIRE(h.shape() == Shape{3, 3});
    const Array hv = hvp(f, x, f64({1, 10, 100}));
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j)
        CHECK(at(h, 3 * i + j) == doctest::Approx(i == j ? curvature(at(x, i)) : 0).epsilon(1e-14));
      CHECK(at(hv, i) == doctest::Approx(std::pow(10, i) * curvature(at(x, i))).epsilon(1e-14));
    }
    const auto [value, tangent] = jvp([](Var v) { return exp(v) * v; }, x, f64({1, 2, 3}));
    const auto [same, pulled] = vjp([](Var v) { return exp(v) * v; }, x, f64({1, 2, 3}));
    for (int i = 0; i < 3; ++i) {
      const double d = (1 + at(x, i)) * std::exp(at(x, i)) * (i + 1);
      CHECK(at(tangent, i) == doctest::Approx(d).epsilon(1e-14));
      CHECK(at(pulled, i) == doctest::Approx(d).epsilon(1e-14));
    }
    CHECK(same_bits(value, same));
    CHECK(tape.size() == 0);
  }
}

TEST_CASE("Jacobians by rows and by columns") {
  const Array tall = f64({1, 2, 3, 4, 5, 6}, {3, 2}), wide = f64({1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(difference(jacobian([&](Var v) { return matmul(tall, v); }, f64({0.5, 2})), tall) == 0);
  CHECK(difference(jacobian([&](Var v) { return matmul(wide, v); }, f64({0.5, 2, 1})), wide) == 0);
  // Both ways agree on one that is not linear; the shape is the result's and then the input's.
  const Array x = f64({0.3, 0.4, 0.5, 0.6}, {2, 2});
  const auto square_of = [](Var v) { return matmul(v, v) * exp(v); };
  const Array rows = jacobian(square_of, x);
  REQUIRE(rows.shape() == Shape{2, 2, 2, 2});
  const Array columns = jacobian([&](Var v) { return concat({square_of(v), 0 * v}, 0); }, x);
  REQUIRE(columns.shape() == Shape{4, 2, 2, 2});
  for (int i = 0; i < 16; ++i) CHECK(at(rows, i) == doctest::Approx(at(columns, i)).epsilon(1e-14));
  CHECK(jacobian([](Var v) { return v * 2; }, f64({}, {0})).shape() == Shape{0, 0});
  CHECK(difference(jacobian([](Var) { return Var(f64({1, 2})); }, f64({1})), f64({0, 0}, {2, 1})) == 0);
  CHECK(difference(jacobian(sin, f64({0})), f64({1}, {1, 1})) == 0);
}

TEST_CASE("several inputs, as a list of arguments or as a vector") {
  const std::vector<Array> x{f64({1, 2}), f64({3, 5})};
  const auto check = [&](const auto& of) {
    const auto [y, g] = value_and_grad(of, x);
    CHECK(at(y) == 1 * 9 + 2 * 25);
    CHECK(difference(g[0], f64({9, 25})) == 0);
    CHECK(difference(g[1], f64({6, 20})) == 0);
    const auto h = hessian(of, x);
    CHECK(difference(h[0][0], zeros({2, 2}, DType::float64)) == 0);
    CHECK(difference(h[0][1], f64({6, 0, 0, 10}, {2, 2})) == 0);
    CHECK(difference(h[1][0], f64({6, 0, 0, 10}, {2, 2})) == 0);
    CHECK(difference(h[1][1], f64({2, 0, 0, 4}, {2, 2})) == 0);
    const auto hv = hvp(of, x, {f64({1, 0}), f64({0, 1})});
    CHECK(difference(hv[0], f64({0, 10})) == 0);
    CHECK(difference(hv[1], f64({6, 4})) == 0);
    CHECK(at(jvp(of, x, {f64({1, 0}), f64({0, 1})}).second) == 9 + 20);
  };
  check([](Var a, Var b) { return sum(a * square(b)); });
  check([](const std::vector<Var>& v) { return sum(v[0] * square(v[1])); });
}

TEST_CASE("what is refused") {
  const Array x = f64({1, 2});
  CHECK(contains(
      message_of<ShapeError>([&] { value_and_grad(exp, x); }),
      "xgrad::value_and_grad: needs a function that gives one element (sum() or mean() make one); got float64[2]"));
  CHECK(contains(message_of<DTypeError>([&] { value_and_grad(f, arange(0, 3, 1, DType::int64)); }),
                 "needs float32 or float64"));
  CHECK(contains(message_of<ShapeError>([&] { hvp(f, x, f64({1})); }),
                 "needs a vector like input 0, float64[2]; got float64[1]"));
  CHECK(contains(
      message_of<ArgError>([&] { value_and_grad([](Var a, Var b) { return sum(a * b); }, std::vector<Array>{x}); }),
      "needs as many inputs as it takes, 2; got 1"));
}

TEST_CASE("Vars in, Vars out: a loss that contains derivatives trains its parameters") {
  // u(x) = w x³; the loss is the mean of (u'' − 12 x)², smallest at w = 2.
  Parameter w("w", number(1));
  Tape tape;
  auto scope = tape.scope();
  const auto u = [&w](Var x) { return w * x * x * x; };
  const auto loss_at = [&](const Var& x) {
    const auto slope = [&](Var v) { return sum(value_and_grad([&](Var s) { return sum(u(s)); }, v).second); };
    const Var second = value_and_grad(slope, x).second;
    return mean(square(second - 12 * x));
  };
  const Array points = f64({0.5, 1, 2});
  Var on_tape = tape.variable(points);
  for (const bool constant : {false, true}) {
    w.zero_grad();
    Var loss = constant ? loss_at(Var(points)) : loss_at(on_tape);
    CHECK(at(loss) == doctest::Approx(36 * (0.25 + 1 + 4) / 3));  // (6 w x − 12 x)²
    backward(loss);
    CHECK(at(w.grad()) == doctest::Approx(-72 * (0.25 + 1 + 4) / 3));
  }
}

TEST_CASE("Vars in: partial derivatives, whatever else the inputs are tied to") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(number(3));
  Var z = square(x);
  // Two inputs, one computed from the other: each has its own slope, the other held.
  const auto [y, g] = value_and_grad([](Var a, Var b) { return a * b; }, std::vector<Var>{x, z});
  CHECK(at(y) == 27);
  CHECK(at(g[0]) == 9);
  CHECK(at(g[1]) == 3);
  // A captured Var is held too.
  const auto [v, d] = value_and_grad([z](Var a) { return a * z; }, x);
  CHECK(at(d) == 9);
  // But the derivative is a function of both: d/dx (z) = 2x.
  CHECK(at(grad(d, x, {.retain = true})) == 6);
  CHECK(at(grad(g[0] + v, x)) == 6 + 27);
}

TEST_CASE("Vars in: Hessians, Jacobians and products can be differentiated again") {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(f64({0.5, 2}));
  const auto cubes = [](Var v) { return sum(v * v * v); };
  CHECK(difference(grad(sum(hessian(cubes, x)), x).value(), f64({6, 6})) < 1e-14);
  CHECK(difference(grad(sum(hvp(cubes, x, Var(f64({1, 2})))), x).value(), f64({6, 12})) < 1e-14);
  CHECK(difference(grad(sum(jacobian([](Var v) { return v * v * v; }, x)), x).value(), f64({3, 12})) < 1e-14);
  CHECK(difference(grad(sum(jacobian([](Var v) { return stack({v, v * v}, 0); }, x)), x).value(), f64({2, 2})) < 1e-14);
  Var t = tape.variable(f64({1, 1}));
  Var moved = jvp([](Var v) { return v * v * v; }, x, t).second;
  CHECK(difference(grad(sum(moved), t, {.retain = true}).value(), f64({0.75, 12})) < 1e-14);
  CHECK(difference(grad(sum(moved), x).value(), f64({3, 12})) < 1e-14);
}

TEST_CASE("Vars in, where nothing is recorded: constants out") {
  const Array x = f64({0.5, 1, 2});
  CHECK(difference(value_and_grad(f, Var(x)).second.value(), slope(x)) < 1e-15);  // no tape at all
  Tape tape;
  auto scope = tape.scope();
  Var v = tape.variable(x), c = exp(v);
  const std::size_t size = tape.size();
  NoGrad off;
  const Var g = value_and_grad([c](Var s) { return sum(sin(s) * s) + 0 * sum(c); }, v).second;
  CHECK(difference(g.value(), slope(x)) < 1e-15);
  CHECK_FALSE(g.needs_grad());
  CHECK(tape.size() == size);
}

TEST_CASE("an exception in the function leaves the tape as it was") {
  Tape tape;
  auto scope = tape.scope();
  Var v = tape.variable(f64({1}));
  const std::size_t size = tape.size();
  const auto faulty = [](Var s) -> Var {
    exp(s);
    throw std::runtime_error("from the middle");
  };
  CHECK_THROWS_WITH(value_and_grad(faulty, f64({1})), "from the middle");
  CHECK_THROWS_WITH(value_and_grad(faulty, v), "from the middle");
  CHECK_THROWS_WITH(hessian(faulty, v), "from the middle");
  CHECK(tape.size() == size);
  CHECK(detail::mode().tape == tape.state());
}

TEST_CASE("functions on several threads, each on a tape of its own") {
  std::vector<std::thread> threads;
  std::vector<double> worst(4, 1);
  for (std::size_t t = 0; t < worst.size(); ++t)
    threads.emplace_back([&worst, t] {
      const Array x = f64({0.5, 1, 2});
      worst[t] = difference(value_and_grad(f, x).second, slope(x));
    });
  for (std::thread& t : threads) t.join();
  for (double w : worst) CHECK(w < 1e-15);
}

TEST_CASE("gradcheck accepts what is right and names the worst entry of what is not") {
  gradcheck(f, {f64({0.5, 1, 2})}, {.order = 3});
  gradcheck(exp, {f64({0.5, 1, 2})}, {.order = 2});
  gradcheck([](Var a, Var b) { return matmul(a, b) / (1 + sum(square(a))); },
            {f64({1, 2, 3, 4}, {2, 2}), f64({5, 6, 7, 8}, {2, 2})}, {.order = 2});
  auto wrong = custom(
      "wrong_cube", [](const Array& x) { return x * x * x; },
      [](const CustomVjp& c) {
        return c.grad() * c.in() * c.in() * f64({3, 3, 4});
      });
  const std::string text = message_of<GradcheckError>([&] { gradcheck(wrong, {f64({1, 1, 2})}); });
  CHECK(contains(text, "GradcheckError: xgrad::gradcheck:"));
  CHECK(contains(text, "order 1, input 0, entry [2]"));
  CHECK(contains(text, "analytic"));
  CHECK(contains(text, "functional.cpp:"));
  // Right at first order, wrong at the second: its rule hides how it depends on x.
  auto shallow = custom(
      "shallow", [](const Array& x) { return x * x; },
      [](const CustomVjp& c) { return c.grad() * 2 * c.in().detach(); });
  gradcheck(shallow, {f64({1, 2})});
  CHECK(contains(message_of<GradcheckError>([&] { gradcheck(shallow, {f64({1, 2})}, {.order = 2}); }), "order 2"));
  CHECK(contains(message_of<DTypeError>([&] { gradcheck(f, {ones({2})}); }), "needs float64 inputs"));
  auto nan = custom(
      "not_a_number", [](const Array& x) { return x; }, [](const CustomVjp& c) { return c.grad() * std::nan(""); });
  CHECK(contains(message_of<GradcheckError>([&] { gradcheck(nan, {f64({1})}); }), "nan"));
}
