// A value that is read three times: three shares arrive at it, and its gradient is their sum.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  Var a = tape.variable(Array::scalar(2.0)).label("a"), b = tape.variable(Array::scalar(3.0)).label("b");
  Var s = (a * b).label("s");
  Var square = (s * s).label("square");  // reads s twice
  Var f = (square + s).label("f");       // and here once more
  backward(f);

  std::cout << explain(s) << "\n" << explain_paths(a, 3) << "\n";

  // The classic mistake: to set the gradient where it should be added. Only the last share would be left.
  const Explanation e = explain(s);
  std::cout << "the sum of the shares   " << e.cotangent.item<double>() << "\n"
            << "set instead of added    " << e.shares.back().share.item<double>() << "\n";

  view::html(f, folder + "shared_node.html");
}
