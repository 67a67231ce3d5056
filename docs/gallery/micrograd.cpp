// The expression of micrograd's README: numbers, a and b read many times, relu and powers.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  Var a = tape.variable(Array::scalar(-4.0)).label("a"), b = tape.variable(Array::scalar(2.0)).label("b");
  Var c = a + b, d = a * b + pow(b, 3.0);
  c += c + 1;
  c += 1 + c + (-a);
  d += d * 2 + relu(b + a);
  d += 3 * d + relu(b - a);
  Var e = (c - d).label("e"), f = square(e).label("f");
  Var g = f / 2.0;
  g += 10.0 / f;
  g.label("g");
  backward(g);

  std::cout << "g " << g.item<double>() << ", dg/da " << a.grad().item<double>() << ", dg/db "
            << b.grad().item<double>() << "\n";
  view::html(g, folder + "micrograd.html", {.title = "The expression of micrograd's README"});
}
