// The chain rule: three functions in a row, and the three slopes whose product is the derivative.
#include <cmath>
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  Var x = tape.variable(Array::scalar(1.5)).label("x");
  Var u = square(x).label("u");
  Var v = sin(u).label("v");
  Var y = exp(v).label("y");
  backward(y);

  std::cout << "y = exp(sin(x^2)) at x = 1.5 is " << y.item<double>() << "\n\n"
            << explain_paths(x, 1) << "\n"  // one path, and its slopes in the order in which x takes it
            << "gradient at y " << y.grad().item<double>() << ", at v " << v.grad().item<double>() << ", at u "
            << u.grad().item<double>() << ", at x " << x.grad().item<double>() << "\n";

  // What the derivative says: how far y moves when x moves a little.
  const double step = 0.001, moved = std::exp(std::sin((1.5 + step) * (1.5 + step)));
  std::cout << "x + 0.001 moves y by " << moved - y.item<double>() << "\n";

  view::html(y, folder + "chain_rule.html");
}
