// Backpropagation played in the terminal: the ops of a small network, and then its rules, one at a time.
#include <iostream>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main() {
  // A neuron with two inputs, its target 1, and a loss. The input x1 is read twice: at the end two shares meet there.
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x1 = tape.variable(Array::scalar(2.0)).label("x1"), x2 = tape.variable(Array::scalar(-1.0)).label("x2");
  Var w1 = tape.variable(Array::scalar(0.5)).label("w1"), w2 = tape.variable(Array::scalar(1.5)).label("w2");

  Var first = x1 * w1;
  Var second = x2 * w2;
  Var sum = (first + second).label("sum");
  Var y = tanh(sum).label("y");
  Var error = square(y - 1);
  Var penalty = 0.1 * x1;
  Var loss = (error + penalty).label("loss");

  // n: next op or rule; b: back; p loss: print; c sum: continue until something happens at sum; w: where; q: quit.
  view::step(loss);
}
