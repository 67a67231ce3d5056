// Why a gradient is what it is: its whole story, its shares, its paths, and numerical ones to compare it with.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main() {
  {
    Tape tape({.keep_values = true});
    auto scope = tape.scope();
    Var x = tape.variable(Array::scalar(2.0)).label("x"), w = tape.variable(Array::scalar(0.5)).label("w");
    Var h = (w * x).label("h");
    Var y = (h * h + sin(h) + x).label("y");  // h is read three times, x twice
    backward(y);

    std::cout << "The whole story, forward and backward:\n\n";
    view::trace(y);

    std::cout << "\nThe gradient of h is a sum of shares, one for each place where h is read:\n\n" << explain(h);
    std::cout << "\nThe gradient of x is a sum over paths; the three largest of four:\n\n" << explain_paths(x, 3);
  }

  // An op of one's own, whose rule forgets the factor 3 where x is negative.
  auto cube = custom(
      "cube", [](const Array& x) { return x * x * x; },
      [](const CustomVjp& c) { return c.grad() * where(c.in() > 0.0, 3 * square(c.in()), square(c.in())); });
  const Array at = xt::xarray<double>{-2, -0.5, 0.5, 1};
  std::cout << "\nA wrong rule, entry by entry, the worst first:\n\n"
            << compare_with_numeric([cube](Var x) { return sum(cube(x)); }, {at});
  std::cout << "\nAnd a right one, at its kink:\n\n"
            << compare_with_numeric([](Var x) { return sum(relu(x)); }, {Array(xt::xarray<double>{-1, 0, 1})});
}
