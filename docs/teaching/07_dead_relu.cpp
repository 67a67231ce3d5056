// A dead relu: units that no sample switches on get no gradient, and never will.
#include <cstdio>
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  std::vector<view::Recording> pages;
  for (const bool leaky : {false, true}) {
    set_seed(7);
    const Array x = random::uniform({32, 2}, -1, 1, DType::float64);
    const Array y = sum(square(x), 1, true);
    // Two of the four units begin with a bias so low that x · w + b is below 0 for all samples.
    Parameter w("w", random::normal({2, 4}, 0, 0.5, DType::float64));
    Parameter b("b", Array(xt::xarray<double>{0.1, -9, 0.1, -9}));
    Parameter out("out", random::normal({4, 1}, 0, 0.5, DType::float64));
    const auto loss_now = [&] {
      Var z = (matmul(Var(x).label("x"), w) + b).label("z");
      Var h = (leaky ? leaky_relu(z, 0.1) : relu(z)).label("h");
      return mean(square(matmul(h, out) - Var(y).label("y"))).label("loss");
    };
    SGD optimizer{0.05};
    double first = 0;
    for (int step = 0; step <= 1000; ++step) {
      Tape tape({.keep_values = step == 0});
      auto scope = tape.scope();
      Var loss = loss_now();
      backward(loss, {.retain = true});
      if (step == 0) {
        first = loss.item<double>();
        std::cout << (leaky ? "leaky relu\n" : "relu\n") << "  gradient of b at the start   " << b.grad() << "\n";
        pages.push_back(view::record(loss, {.name = leaky ? "leaky relu" : "relu"}));
      }
      if (step == 1000) {
        std::cout << "  b after 1000 steps           " << b.value() << "\n";
        std::cout << "  loss                         " << first << " -> " << loss.item<double>() << "\n\n";
      }
      optimizer.step({w, b, out});
      zero_grad({w, b, out});
    }
  }
  view::html({pages[0]}, folder + "dead_relu.html", "A dead relu");
  view::html(pages, folder + "relu_and_leaky_relu.html", "A dead relu, and one that leaks");
}
