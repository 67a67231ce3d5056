// A loss of your own is a function of Vars; several losses are a sum.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

// Huber's loss: square near 0, linear beyond d, so that outliers pull less.
Var huber(Var residual, double d) {
  Var a = abs(residual);
  return mean(where(a < d, 0.5 * square(a), d * (a - 0.5 * d)));
}

int main() {
  // y = 2x + 1 with noise, and one measurement in ten far off.
  set_seed(1);
  Array x = random::uniform({200, 1}, -1, 1);
  Array y = 2 * x + 1 + 0.05 * random::normal({200, 1});
  y += 5 * random::bernoulli({200, 1}, 0.1).astype(DType::float32);

  for (const char* name : {"squares", "huber", "huber + weight decay"}) {
    Parameter w("w", zeros({1, 1})), b("b", zeros({1}));
    Adam optimizer{0.05};
    Tape tape;
    for (int step = 0; step < 400; ++step) {
      auto scope = tape.scope();
      Var residual = matmul(x, w) + b - y;
      Var loss = name[0] == 's' ? mean(square(residual)) : huber(residual, 0.2);
      if (std::string(name).ends_with("decay")) loss += 0.01 * sum(square(w));
      backward(loss);
      optimizer.step({w, b});
      zero_grad({w, b});
    }
    std::cout << name << ": w = " << w.value().item<float>() << ", b = " << b.value().item<float>() << '\n';
  }
  std::cout << "(the line was y = 2x + 1)\n";

  // A loss of your own deserves a check of its derivatives, away from its corners.
  gradcheck([](Var r) { return huber(r, 0.5); }, {Array(xt::xarray<double>{-2.0, -0.2, 0.1, 0.9})}, {.order = 2});
}
