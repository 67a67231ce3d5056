// The second derivative: a gradient that is recorded itself can be differentiated again.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  Var x = tape.variable(Array::scalar(0.5)).label("x");
  Var f = (x * sin(x)).label("f");
  Var first = grad(f, x, {.create_graph = true}).label("f'");        // sin x + x cos x, on the tape
  Var second = grad(first, x, {.create_graph = true}).label("f''");  // 2 cos x - x sin x
  Var third = grad(second, x).label("f'''");                         // -3 sin x - x cos x

  std::cout << "f(0.5) = x sin x              " << f.item<double>() << "\n"
            << "f'     = sin x + x cos x      " << first.item<double>() << "\n"
            << "f''    = 2 cos x - x sin x    " << second.item<double>() << "\n"
            << "f'''   = -3 sin x - x cos x   " << third.item<double>() << "\n";

  // Newton's method: to where the first derivative is 0, with the second one's help.
  double at = 2;
  for (int i = 0; i < 5; ++i) {
    Var here = tape.variable(Array::scalar(at));
    Var slope = grad(here * sin(here), here, {.create_graph = true});
    at -= slope.item<double>() / grad(slope, here).item<double>();
  }
  std::cout << "x sin x is largest at         " << at << "\n";

  view::html(f, folder + "second_derivative.html", {.order = 1});  // the graph, and beside it the graph of its gradient
}
