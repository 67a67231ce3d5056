// A product of matrices: each operand's gradient is a product with the other one, transposed.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  Var a = tape.variable(Array(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}})).label("A");       // [2, 3]
  Var b = tape.variable(Array(xt::xarray<double>{{1, 0}, {-1, 2}, {0.5, 1}})).label("B");  // [3, 2]
  Var y = matmul(a, b).label("Y");                                                         // [2, 2]
  Var loss = sum(square(y)).label("loss");
  backward(loss);

  const Array g = y.grad();  // called G in the guide
  std::cout << "Y = A B            " << y.value() << "\nG, gradient of Y   " << g << "\n\n"
            << "gradient of A      " << a.grad() << "\nG Bᵀ               " << matmul(g, transpose(b.value())) << "\n\n"
            << "gradient of B      " << b.grad() << "\nAᵀ G               " << matmul(transpose(a.value()), g)
            << "\n\n";

  // One entry by hand: A[1, 2] meets row 2 of B, and so row 1 of Y.
  const Array row = g.rows(1, 2);
  const double* r = row.data<double>();
  std::cout << "gradient of A[1, 2] = G[1, 0] B[2, 0] + G[1, 1] B[2, 1] = " << r[0] * 0.5 + r[1] * 1 << "\n";

  view::html(loss, folder + "matmul.html");
}
