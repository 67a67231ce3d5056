#pragma once
// A character LSTM with diagonal weights: the negative mean log likelihood of a bit sequence.

#include "input.hpp"

namespace adbench {

struct Lstm {
  std::int64_t layers, length, bits;
  Array main;      // [2l, 4b]
  Array extra;     // [3, b]
  Array state;     // [2l, b]
  Array sequence;  // [c, b]

  explicit Lstm(const std::string& path) {
    Numbers in(path);
    layers = in.integer();
    length = in.integer();
    bits = in.integer();
    main = in.array({2 * layers, 4 * bits});
    extra = in.array({3, bits});
    state = in.array({2 * layers, bits});
    sequence = in.array({length, bits});
  }
};

inline xgrad::Var lstm_objective(const Lstm& net, xgrad::Var main, xgrad::Var extra) {
  using namespace xgrad;
  const std::int64_t l = net.layers, b = net.bits, steps = net.length - 1;
  struct Gate {
    Var weight, bias;
  };
  struct Layer {
    Gate forget, in, out, change;
    Var h, s;
  };
  const std::vector<Var> rows = split(main, 2 * l, 0);
  std::vector<Layer> layers;
  for (std::int64_t i = 0; i < l; ++i) {
    const auto at = static_cast<std::size_t>(2 * i);
    const std::vector<Var> w = split(reshape(rows[at], {4 * b}), 4, 0),
                           bias = split(reshape(rows[at + 1], {4 * b}), 4, 0);
    layers.push_back({{w[0], bias[0]},
                      {w[1], bias[1]},
                      {w[2], bias[2]},
                      {w[3], bias[3]},
                      net.state.rows(2 * i, 2 * i + 1).reshape({b}),
                      net.state.rows(2 * i + 1, 2 * i + 2).reshape({b})});
  }
  const std::vector<Var> io = split(extra, 3, 0);  // w_in, w_out, b_out, each [1, b]
  // What does not wait for the step before is computed for all steps at once: the inputs, and what the first layer's
  // forget and output gates make of them.
  const Var inputs = net.sequence.rows(0, steps) * io[0];  // [steps, b]
  const auto of_all_steps = [&](const Gate& gate) {
    return split(reshape(sigmoid(inputs * gate.weight + gate.bias), {steps * b}), steps, 0);
  };
  const std::vector<Var> forgets = of_all_steps(layers[0].forget), outs = of_all_steps(layers[0].out);
  std::vector<Var> outputs;
  for (std::int64_t t = 0; t < steps; ++t) {
    Var x;
    for (Layer& layer : layers) {
      const bool first = &layer == &layers[0];
      const auto at = static_cast<std::size_t>(t);
      const Var f = first ? forgets[at] : sigmoid(x * layer.forget.weight + layer.forget.bias);
      const Var g = sigmoid(layer.h * layer.in.weight + layer.in.bias);
      const Var o = first ? outs[at] : sigmoid(x * layer.out.weight + layer.out.bias);
      const Var a = tanh(layer.h * layer.change.weight + layer.change.bias);
      layer.s = layer.s * f + g * a;
      layer.h = o * tanh(layer.s);
      x = layer.h;
    }
    outputs.push_back(x);
  }
  const Var y = stack(outputs, 0) * io[1] + io[2];       // [steps, b]
  const Var normaliser = log(2 + sum(exp(y), 1, true));  // the 2 stands inside the logarithm
  return -sum(net.sequence.rows(1, steps + 1) * (y - normaliser)) / static_cast<double>(steps * b);
}

}  // namespace adbench
