// Forward rules: tangents pushed along a recording, against differences and against the vjp of the vjp.

#include <doctest/doctest.h>

#include <cmath>

#include "autodiff/forward.hpp"
#include "xgrad/autodiff/functional.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/dense.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"
#include "xgrad/tape/tape.hpp"

using namespace xgrad;

namespace {

Array draw(const Shape& shape) { return random::normal(shape, 0, 0.5, DType::float64); }

double worst(const Array& a, const Array& b) {
  double w = 0;
  for (std::int64_t i = 0; i < a.size(); ++i) w = std::max(w, std::abs(a.data<double>()[i] - b.data<double>()[i]));
  return w;
}

/// The tangent by forward rules (which must exist), by the vjp of the vjp, and by differences.
template <class F>
void agree(const char* name, F f, const std::vector<Array>& at) {
  CAPTURE(name);
  std::vector<Array> tangents;
  for (const Array& a : at) tangents.push_back(draw(a.shape()));
  Tape tape;
  auto scope = tape.scope();
  std::vector<Var> x, v;
  for (std::size_t i = 0; i < at.size(); ++i) {
    x.push_back(tape.variable(at[i]));
    v.push_back(Var(tangents[i]));
  }
  const Var y = f(x);
  const auto moved = detail::push_forward(y, x, v);
  REQUIRE(moved.has_value());

  Var u = tape.variable(zeros_like(y.value()));
  const std::vector<Var> g = grad(y, x, {.create_graph = true, .allow_unused = true, .cotangent = u});
  Var slope = sum(g[0] * v[0]);
  for (std::size_t i = 1; i < g.size(); ++i) slope = slope + sum(g[i] * v[i]);
  CHECK(worst(moved->value(), grad(slope, u).value()) < 1e-13);

  const double h = 1e-6;
  std::vector<Var> ahead, behind;
  for (std::size_t i = 0; i < at.size(); ++i) {
    ahead.push_back(at[i] + h * tangents[i]);
    behind.push_back(at[i] - h * tangents[i]);
  }
  CHECK(worst(moved->value(), (f(ahead).value() - f(behind).value()) / (2 * h)) < 1e-8);
}

using Vars = std::vector<Var>;

}  // namespace

TEST_CASE("forward rules agree with the vjp of the vjp, and with differences") {
  set_seed(11);
  const Array labels = random::integers({4}, 0, 3);
  agree("arithmetic", [](const Vars& x) { return x[0] * x[1] - x[0] / (2 + x[1] * x[1]) + 3 * x[0]; },
        {draw({3, 4}), draw({4})});
  agree("one operand moves", [](const Vars& x) { return x[0] * 2.0 + exp(x[0]); }, {draw({5})});
  agree("functions",
        [](const Vars& x) { return tanh(x[0]) * sin(x[0]) + sqrt(exp(x[0])) + softplus(neg(x[0])) + sigmoid(x[0]); },
        {draw({7})});
  agree("matmul", [](const Vars& x) { return matmul(x[0], x[1], {.transpose_a = true, .transpose_b = true}); },
        {draw({4, 3}), draw({2, 4})});
  agree("reductions", [](const Vars& x) { return sum(x[0], 1) * mean(x[0], 1) + reshape(sum(x[0], 1, true), {3}); },
        {draw({3, 4})});
  for (Var (*act)(Arg) :
       {static_cast<Var (*)(Arg)>(relu), static_cast<Var (*)(Arg)>(tanh), static_cast<Var (*)(Arg)>(sigmoid)})
    agree("dense", [act](const Vars& x) { return dense(x[0], x[1], x[2], act); },
          {draw({4, 5}), draw({5, 3}), draw({3})});
  agree("cross-entropy", [labels](const Vars& x) { return softmax_cross_entropy(x[0], labels); }, {draw({4, 3})});
}

TEST_CASE("where an op has no forward rule, jvp and hvp take the long way") {
  set_seed(12);
  const Array at = draw({3, 3}), v = draw({3, 3});
  const auto f = [](Var x) { return sum(logsumexp(x, 1) * cumsum(sum(x, 0), 0)); };
  {
    Tape tape;
    auto scope = tape.scope();
    Var x = tape.variable(at);
    const std::vector<Var> inputs{x}, tangents{Var(v)};
    CHECK(!detail::push_forward(f(x), inputs, tangents).has_value());
  }
  const double h = 1e-6;
  const Array ahead = value_and_grad(f, at + h * v).second, behind = value_and_grad(f, at - h * v).second;
  CHECK(worst(hvp(f, at, v), (ahead - behind) / (2 * h)) < 1e-8);
}
