// An LSTM cell written in ops, over five steps: every step reads the same weights.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

namespace {
constexpr std::int64_t inputs = 3, units = 4;

struct State {
  Var h, c;
};

/// One step: the four gates from one product, then the cell and what it lets out.
State cell(Var x, State s, Var wx, Var wh, Var b) {
  const std::vector<Var> gates = split(matmul(x, wx) + matmul(s.h, wh) + b, 4, -1);
  Var input = sigmoid(gates[0]).label("input gate"), forget = sigmoid(gates[1]).label("forget gate");
  Var candidate = tanh(gates[2]).label("candidate"), output = sigmoid(gates[3]).label("output gate");
  Var c = forget * s.c + input * candidate;
  return {output * tanh(c), c};
}
}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? std::string(argv[1]) + "/" : "";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();

  set_seed(4);
  Parameter kernel("Wx", random::normal({inputs, 4 * units}, 0, 0.5));
  Parameter recurrent("Wh", random::normal({units, 4 * units}, 0, 0.5)), bias("b", zeros({4 * units}));
  Var wx = kernel, wh = recurrent, b = bias;  // their leaves stand before the first step, and belong to all of them
  State s{tape.constant(zeros({1, units})).label("h0"), tape.constant(zeros({1, units})).label("c0")};
  for (int t = 1; t <= 5; ++t) {
    Var x = tape.constant(random::normal({1, inputs})).label("x" + std::to_string(t));
    const LabelScope inside("step " + std::to_string(t));
    s = cell(x, s, wx, wh, b);
    s.h.label("h" + std::to_string(t));
    s.c.label("c" + std::to_string(t));
  }
  Var loss = mean(square(s.h - 1)).label("loss");
  backward(loss);

  std::cout << explain_paths(wh, 3).count << " paths lead from Wh to the loss\n";
  view::html(loss, folder + "lstm.html", {.title = "An LSTM cell over five steps"});
}
