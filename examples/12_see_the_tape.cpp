// A page in which the backward pass of a small network is played step by step: one line writes it.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";

  // Exclusive or: the smallest task that needs a hidden layer.
  set_seed(5);
  Array x = Array(xt::xarray<float>{0, 0, 0, 1, 1, 0, 1, 1}).reshape({4, 2});
  Array y = Array(xt::xarray<float>{0, 1, 1, 0}).reshape({4, 1});
  Sequential network{
      Input({2}),
      Dense{4, {.activation = tanh, .name = "hidden"}},
      Dense{1, {.activation = sigmoid, .name = "output"}},
  };
  auto loss_now = [&] {
    Var loss = mean(square(network(x) - y));
    return loss.label("loss");
  };

  Tape tape({.keep_values = true});  // a tape that keeps what it has recorded, so that there is something to see
  auto scope = tape.scope();
  Var before = loss_now();
  view::html(before, folder + "tape.html");

  Adam optimizer{0.1};
  for (int step = 0; step < 100; ++step) {
    Tape plain;  // training itself keeps nothing
    auto inner = plain.scope();
    backward(loss_now());
    optimizer.step(network.parameters());
    zero_grad(network.parameters());
  }
  Var after = loss_now();
  view::html({{"before training", before}, {"after", after}}, folder + "before_and_after.html");

  std::cout << "loss " << before.item<float>() << " before training, " << after.item<float>() << " after\n"
            << "Open " << folder << "tape.html and " << folder << "before_and_after.html in a browser.\n";
}
