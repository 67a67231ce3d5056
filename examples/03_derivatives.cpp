// Derivatives of any order: gradients of gradients, Hessians, and how to check them.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main() {
  auto f = [](Var v) { return sum(sin(v) * v); };
  Array at = xt::xarray<double>{0.5, 1.0, 2.0};

  // Functions of Arrays, and their gradients.
  auto [value, gradient] = value_and_grad(f, at);
  std::cout << "f        " << value << "\nf'       " << gradient << "\nHessian  " << hessian(f, at) << "\n\n";

  // The Hessian times a vector costs about as much as two gradients, and never makes the matrix.
  std::cout << "H·1      " << hvp(f, at, ones_like(at)) << "\n\n";

  // By hand, on a tape: with create_graph a gradient is itself recorded, and can be differentiated again.
  Tape tape;
  auto scope = tape.scope();
  Var v = tape.variable(at);
  Var y = sum(exp(v) / v);
  Var d1 = grad(y, v, {.create_graph = true});
  Var d2 = grad(sum(d1), v, {.create_graph = true});
  Var d3 = grad(sum(d2), v);
  std::cout << "eˣ/x: first   " << d1.value() << "\n      second  " << d2.value() << "\n      third   " << d3.value()
            << "\n\n";

  // Numbers decide: analytic against numerical derivatives, to third order.
  gradcheck(f, {at}, {.order = 3});
  std::cout << "gradcheck to order 3 holds\n";
}
