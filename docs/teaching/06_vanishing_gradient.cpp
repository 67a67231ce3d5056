// Ten layers of sigmoids: each makes the gradient smaller, and the first ones learn nothing.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  std::vector<view::Recording> pages;
  std::cout << "norm of the gradient of each layer's weights\n\nlayer     sigmoid        relu\n";
  std::vector<std::vector<double>> norms;
  for (const bool use_relu : {false, true}) {
    set_seed(3);
    Array x = random::normal({8, 16}, 0, 1);
    Tape tape({.keep_values = true});
    auto scope = tape.scope();
    std::vector<Parameter> weights;
    Var h = Var(x).label("x");
    for (int layer = 1; layer <= 10; ++layer) {
      const LabelScope inside("layer " + std::to_string(layer));
      // Both keep the size of what they pass on: Glorot's spread for sigmoids, He's for relu.
      const double spread = use_relu ? std::sqrt(2. / 16) : std::sqrt(1. / 16);
      weights.emplace_back("w" + std::to_string(layer), random::normal({16, 16}, 0, spread));
      Var z = matmul(h, weights.back());
      h = use_relu ? relu(z) : sigmoid(z);
    }
    Var loss = mean(square(h - 1)).label("loss");
    backward(loss);
    norms.emplace_back();
    for (const Parameter& w : weights) norms.back().push_back(std::sqrt(sum(square(w.grad())).item<float>()));
    pages.push_back(view::record(loss, {.name = use_relu ? "relu" : "sigmoid"}));
  }
  for (std::size_t i = 0; i < 10; ++i) std::printf("%5zu %11.3g %11.3g\n", i + 1, norms[0][i], norms[1][i]);
  std::printf("\nlast over first: sigmoid %.3g, relu %.3g\n", norms[0][9] / norms[0][0], norms[1][9] / norms[1][0]);
  std::cout << std::flush;

  view::html({pages[0]}, folder + "vanishing_gradient.html", "Ten sigmoids");
  view::html(pages, folder + "sigmoid_and_relu.html", "Ten sigmoids, ten relus");
}
