// Broadcasting: what was repeated on the way forward is summed on the way back.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  Var x = tape.variable(Array(xt::xarray<double>{{1, 2}, {3, 4}, {5, 6}})).label("x");  // three samples
  Var scale = tape.variable(Array::scalar(10.0)).label("scale");                        // for all of them
  Var bias = tape.variable(Array(xt::xarray<double>{0.5, -0.5})).label("bias");         // for each column
  Var y = (scale * x + bias).label("y");
  Var loss = sum(square(y)).label("loss");
  backward(loss);

  std::cout << "y        " << y.value() << "\ngradient of y      " << y.grad() << "\n\n"
            << "bias  " << bias.shape().to_string() << " stands in every row: its gradient sums the rows\n"
            << "gradient of bias   " << bias.grad() << "\n\n"
            << "scale [] stands in every place: its gradient is the sum of gradient of y times x\n"
            << "gradient of scale  " << scale.grad().item<double>() << " = " << sum(y.grad() * x.value()).item<double>()
            << "\n";

  view::html(loss, folder + "broadcasting.html");
}
