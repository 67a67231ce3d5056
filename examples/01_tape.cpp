// The chain rule, one step at a time: what a tape records, and how a gradient walks back along it.
#include <iostream>
#include <string_view>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  // A tape that keeps every value and every gradient, so that we can look at them.
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  // f(x, y) = (x + y) · y. The value y is read twice.
  Var x = tape.variable(Array::scalar(2.0));
  Var y = tape.variable(Array::scalar(3.0));
  x.label("x");
  y.label("y");

  Var sum = x + y;
  Var f = sum * y;
  sum.label("sum");
  f.label("f");

  if (argc > 1 && std::string_view(argv[1]) == "--dot") {  // for Graphviz: tools/run tape --dot | dot -Tsvg
    backward(f);
    std::cout << tape.dot();
    return 0;
  }

  std::cout << "What was recorded, in the order in which it ran:\n\n";
  tape.print();

  // Backward goes the other way. It starts with df/df = 1. A node with the gradient g gives each of its operands
  // g times its own derivative by that operand; what arrives at a node from several sides is added up.
  std::cout << "\nBackward, one rule at a time:\n\n";
  tape.add_hook({.after = [](const NodeView& node, const Array& g, std::span<const Contribution> given) {
    std::cout << node.label() << " = " << node.op() << ", gradient " << g.item<double>() << ", gives";
    for (const Contribution& share : given)
      std::cout << "  " << share.cotangent.item<double>() << " to " << node.input(share.input).label();
    std::cout << '\n';
  }});
  backward(f);

  // y got 5 from the product (the value of sum) and 3 from the sum: df/dy = x + 2y = 8.
  std::cout << "\ndf/dx = y      = " << x.grad().item<double>();
  std::cout << "\ndf/dy = x + 2y = " << y.grad().item<double>() << "\n\nThe tape again, with its gradients:\n\n";
  tape.print();
}
