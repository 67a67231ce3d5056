#include "ours.hpp"

#include <memory>

#include "xgrad/xgrad.hpp"

namespace bench {

using namespace xgrad;

namespace {

/// A network of dense layers, its data, and a tape.
struct Network {
  Tape tape;
  std::vector<Parameter> weights, biases;
  Parameters parameters;
  ActivationFn activation;
  Array x, labels, targets;

  Network(const std::vector<std::int64_t>& sizes, std::int64_t batch, ActivationFn hidden) : activation(hidden) {
    set_seed(1);
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
      weights.emplace_back("w" + std::to_string(i), glorot_uniform({sizes[i], sizes[i + 1]}, i + 1));
      biases.emplace_back("b" + std::to_string(i), zeros({sizes[i + 1]}));
      parameters.push_back(weights.back());
      parameters.push_back(biases.back());
    }
    x = random::normal({batch, sizes.front()});
    labels = (random::uniform({batch}) * static_cast<double>(sizes.back())).astype(DType::int64);
    targets = random::normal({batch, sizes.back()});
  }

  Var logits() const {
    Var h = x;
    for (std::size_t i = 0; i < weights.size(); ++i)
      h = i + 1 < weights.size() ? dense(h, weights[i], biases[i], activation) : dense(h, weights[i], biases[i]);
    return h;
  }
};

template <class Optimizer, class Loss>
Step training(const std::vector<std::int64_t>& sizes, std::int64_t batch, ActivationFn hidden, Optimizer rule,
              Loss loss_of) {
  auto net = std::make_shared<Network>(sizes, batch, hidden);
  auto optimizer = std::make_shared<Optimizer>(std::move(rule));
  return [net, optimizer, loss_of] {
    auto scope = net->tape.scope();
    backward(loss_of(*net));
    optimizer->step(net->parameters);
    zero_grad(net->parameters);
  };
}

Var cross_entropy(const Network& net) { return mean(softmax_cross_entropy(net.logits(), net.labels)); }
Var squared_error(const Network& net) { return mean(square(net.logits() - net.targets)); }

}  // namespace

Step mnist_step() { return training({784, 512, 10}, 128, relu, RMSprop{1e-3}, cross_entropy); }
Step adam_step() { return training({784, 512, 512, 10}, 128, relu, Adam{1e-3}, cross_entropy); }
Step sgd512_step() { return training({784, 512, 512, 10}, 512, relu, SGD{1e-2}, cross_entropy); }
Step tiny_step() { return training({4, 32, 32, 3}, 32, tanh, SGD{1e-2}, cross_entropy); }
Step boston_step() { return training({13, 64, 64, 1}, 16, relu, RMSprop{1e-3}, squared_error); }

Step cnn_step() {
  struct State {
    Tape tape;
    Sequential net{Conv2D(32, 3, {.activation = relu}),
                   MaxPooling2D(2),
                   Conv2D(64, 3, {.activation = relu}),
                   MaxPooling2D(2),
                   Flatten{},
                   Dense{10}};
    Array x = random::normal({64, 28, 28, 1}), labels = random::integers({64}, 0, 10);
    Adam optimizer{1e-3};
  };
  set_seed(1);
  auto s = std::make_shared<State>();
  s->net.build({28, 28, 1});
  return [s] {
    auto scope = s->tape.scope();
    backward(mean(softmax_cross_entropy(s->net(s->x), s->labels)));
    s->optimizer.step(s->net.parameters());
    zero_grad(s->net.parameters());
  };
}

Step scalar_chain() {
  auto tape = std::make_shared<Tape>();
  Parameter x("x", ones({1}));
  return [tape, x] {
    auto scope = tape->scope();
    Var v = x, y = v;
    for (int i = 0; i < 200; ++i) y = y * v;
    backward(y);
    zero_grad({x});
  };
}

/// The loss of a network as a function of its weights.
auto loss_of(const std::shared_ptr<Network>& net) {
  return [net](const std::vector<Var>& w) {
    return mean(softmax_cross_entropy(dense(dense(net->x, w[0], w[1], net->activation), w[2], w[3]), net->labels));
  };
}

Step hvp_step() {
  auto net = std::make_shared<Network>(std::vector<std::int64_t>{784, 512, 10}, 128, ActivationFn(tanh));
  std::vector<Array> at, direction;
  for (const Parameter& p : net->parameters) {
    at.push_back(p.value());
    direction.push_back(random::normal(p.shape()));
  }
  return [f = loss_of(net), at, direction] { hvp(f, at, direction); };
}

Step hvp_gradient_step() {
  auto net = std::make_shared<Network>(std::vector<std::int64_t>{784, 512, 10}, 128, ActivationFn(tanh));
  return [net] {
    auto scope = net->tape.scope();
    grad(cross_entropy(*net), std::vector<Var>(net->parameters.begin(), net->parameters.end()));
  };
}

Step attention_step(std::int64_t length) {
  std::vector<Array> x;
  for (int i = 0; i < 4; ++i) x.push_back(random::normal({8, 8, length, 64}));
  auto tape = std::make_shared<Tape>();
  return [tape, x] {
    auto scope = tape->scope();
    const Var q = tape->variable(x[0]), k = tape->variable(x[1]), v = tape->variable(x[2]);
    grad(attention(q, k, v, {.causal = true}), {q, k, v}, {.cotangent = x[3]});
  };
}

}  // namespace bench
