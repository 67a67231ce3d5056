// The names that users rely on: this listing compiles and runs as it stands.

#include <doctest/doctest.h>

#include <xgrad/xgrad.hpp>
#if __has_include(<xtensor/generators/xrandom.hpp>)
#include <xtensor/generators/xrandom.hpp>
#else
#include <xtensor/xrandom.hpp>
#endif

using namespace xgrad;

TEST_CASE("the fixed names") {
  xt::xarray<float> x = xt::random::randn<float>({128, 784});
  Array labels = full({128}, 3, DType::int64);  // 128 labels, all 3
  Parameter w("w", glorot_uniform({784, 10}, /*seed*/ 1)), b("b", zeros({10}));
  Tape tape;
  {
    auto scope = tape.scope();
    Var loss = mean(softmax_cross_entropy(matmul(x, w) + b, labels));
    backward(loss);
    xt::xarray<float> dw = w.grad().as<float>();  // shape {784, 10}
    float value = loss.item<float>();
    (void)value;
    CHECK(dw.shape(0) == 784);
  }
  RMSprop optimizer{1e-3};
  optimizer.step({w, b});
  zero_grad({w, b});
  auto f = [](Var v) { return sum(sin(v) * v); };
  Array at = Array(xt::xarray<double>{0.5, 1.0, 2.0});
  auto [y, g] = value_and_grad(f, at);
  Array H = hessian(f, at);  // {3, 3}
  Array Hv = hvp(f, at, ones_like(at));
  gradcheck(f, {at}, {.order = 3});  // throws GradcheckError naming the worst entry
  {
    auto scope = tape.scope();
    Var v = tape.variable(at);
    Var y1 = sum(exp(v) / v);
    Var d1 = grad(y1, v, {.create_graph = true});
    Var d2 = grad(sum(d1), v);
  }
  auto huber = [](Var r, double d) {
    Var a = abs(r);
    return mean(where(a < d, 0.5 * square(a), d * (a - 0.5 * d)));
  };
  (void)huber;
  CHECK(y.size() == 1);
  CHECK(g.shape() == Shape{3});
  CHECK(H.shape() == Shape{3, 3});
  CHECK(Hv.shape() == Shape{3});
}
