// An op of your own: from a function with another gradient, and from a kernel with its rule written in ops.
#include <cmath>
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

// A kernel on plain numbers, as it might come from another library: the softened absolute value √(x² + 1) − 1.
Array soft_abs_kernel(const Array& x) {
  Array y = zeros_like(x);
  const double* from = x.data<double>();
  double* to = y.mutable_data<double>();
  for (std::int64_t i = 0; i < x.size(); ++i) to[i] = std::sqrt(from[i] * from[i] + 1) - 1;
  return y;
}

int main() {
  Tape tape;
  auto scope = tape.scope();
  Var x = tape.variable(Array(xt::xarray<double>{-3.0, -0.4, 0.6, 2.0}));

  // 1. The value of round, and the gradient of the identity: rounding that can be trained through.
  Custom soft_round = straight_through("soft_round", [](Var v) { return round(v); });
  Var r = soft_round(x);
  std::cout << "rounded            " << r.value() << "\nits gradient       " << grad(sum(r), x).value() << "\n\n";

  // 2. The value passes; the gradient is clipped on its way back.
  Custom clip_gradient = custom(
      "clip_gradient", [](Var v) { return v; }, [](const CustomVjp& c) { return clip(c.grad(), -1, 1); });
  std::cout << "gradient of Σx²    " << grad(sum(square(x)), x).value() << "\nclipped            "
            << grad(sum(square(clip_gradient(x))), x).value() << "\n\n";

  // 3. A kernel, and its rule in ops: every order of derivative follows from the rule.
  //    y = √(x² + 1) − 1, so ∂y/∂x = x / √(x² + 1) = x / (y + 1).
  Custom soft_abs =
      custom("soft_abs", soft_abs_kernel, [](const CustomVjp& c) { return c.grad() * (c.in() / (c.out() + 1)); });
  std::cout << "soft |x|           " << soft_abs(x).value() << '\n';

  // Numbers decide whether the rule is right: to third order, against numerical derivatives.
  auto f = [soft_abs](Var v) { return soft_abs(v); };
  gradcheck(f, {x.value()}, {.order = 3});
  std::cout << "gradcheck to order 3 holds\n\n";

  // A wrong rule does not get past it.
  Custom wrong = custom("wrong", soft_abs_kernel, [](const CustomVjp& c) { return c.grad() * c.in(); });
  try {
    gradcheck([wrong](Var v) { return wrong(v); }, {x.value()});
  } catch (const GradcheckError& error) {
    std::cout << error.what() << '\n';
  }
}
