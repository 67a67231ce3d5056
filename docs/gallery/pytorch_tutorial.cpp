// The graph of PyTorch's tutorial on autograd: one layer, and binary cross-entropy with logits.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  set_seed(1);
  Var x = tape.constant(ones({5})).label("x"), y = tape.constant(zeros({3})).label("y");
  Parameter w("w", random::normal({5, 3})), b("b", random::normal({3}));
  Var z = (matmul(x, w) + b).label("z");
  Var loss = mean(sigmoid_cross_entropy(z, y)).label("loss");
  backward(loss);

  std::cout << "loss " << loss.item<float>() << "\ngradient of w " << w.grad() << "\ngradient of b " << b.grad()
            << "\n";
  view::html(loss, folder + "pytorch_tutorial.html", {.title = "The graph of PyTorch's tutorial on autograd"});
}
