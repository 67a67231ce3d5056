// A residual block: the input goes through three layers and past them, and both ways are added.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  set_seed(2);
  LayerNormalization norm{{.name = "norm"}};
  Dense widen{32, {.activation = relu, .name = "widen"}}, narrow{16, {.name = "narrow"}};
  Var x = tape.variable(random::normal({8, 16})).label("x");
  Var y = (x + narrow(widen(norm(x)))).label("y");
  Var loss = mean(square(y)).label("loss");
  backward(loss);

  std::cout << explain_paths(x, 2);  // the larger one goes past the layers
  view::html(loss, folder + "residual_block.html", {.title = "A residual block"});
}
