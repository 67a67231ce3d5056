// Linear regression by gradient descent, every line by hand; checked against the exact solution.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main() {
  // 500 samples of three features; the truth is known.
  set_seed(42);
  Array truth = Array(xt::xarray<float>{1.5f, -2.0f, 0.5f}).reshape({3, 1});
  Array x = random::normal({500, 3});
  Array y = matmul(x, truth) + 3 + 0.1 * random::normal({500, 1});

  Parameter w("w", zeros({3, 1})), b("b", zeros({1}));
  SGD optimizer{0.1};
  Tape tape;
  for (int epoch = 1; epoch <= 100; ++epoch) {
    auto scope = tape.scope();                      // what is recorded from here is dropped at the closing brace
    Var loss = mean(square(matmul(x, w) + b - y));  // forward: the tape records
    backward(loss);                                 // backward: gradients of w and b
    optimizer.step({w, b});
    zero_grad({w, b});
    if (epoch % 20 == 0) std::cout << "epoch " << epoch << ": loss " << loss.item<float>() << '\n';
  }
  std::cout << "w = " << w.value().reshape({3}) << "  b = " << b.value() << '\n';

  // The least-squares solution, from the normal equations.
  Array ones_column = ones({500, 1});
  Array design = concat({x, ones_column}, 1);
  Array exact = solve(matmul(transpose(design), design), matmul(transpose(design), y));
  std::cout << "exact:  " << exact.reshape({4}) << '\n';
}
