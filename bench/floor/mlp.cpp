#include "floor/mlp.hpp"

#include <memory>

#include "floor/parts.hpp"

namespace bench::floor {
namespace {

void update(Rule rule, int64_t n, int64_t step, float* __restrict w, const float* __restrict g, float* __restrict m,
            float* __restrict v) {
  const float correction = 1e-3f * std::sqrt(1 - std::pow(0.999f, static_cast<float>(step))) /
                           (1 - std::pow(0.9f, static_cast<float>(step)));
  xgrad::parallel_for(n, 16384, [=](int64_t begin, int64_t end) {
    if (rule == Rule::sgd) {
      for (int64_t i = begin; i < end; ++i) w[i] -= 1e-2f * g[i];
    } else if (rule == Rule::rmsprop) {
      for (int64_t i = begin; i < end; ++i) {
        v[i] = 0.9f * v[i] + 0.1f * g[i] * g[i];
        w[i] -= 1e-3f * g[i] / std::sqrt(v[i] + 1e-7f);
      }
    } else {
      for (int64_t i = begin; i < end; ++i) {
        m[i] += 0.1f * (g[i] - m[i]);
        v[i] += 0.001f * (g[i] * g[i] - v[i]);
        w[i] -= correction * m[i] / (std::sqrt(v[i]) + 1e-7f);
      }
    }
  });
}

struct Layer {
  int64_t in, out;
  Buffer w, b, dw, db, mw, vw, mb, vb, y, dy;
};

struct Mlp {
  int64_t batch, steps = 0;
  Hidden hidden;
  Loss loss;
  Rule rule;
  std::vector<Layer> layers;
  Buffer x, targets;
  std::vector<int64_t> labels;
  float last = 0;

  void forward() {
    const float* input = x.data();
    for (Layer& l : layers) {
      gemm(false, false, batch, l.out, l.in, input, l.w.data(), l.y.data());
      if (&l == &layers.back()) {
        bias_only(batch, l.out, l.b.data(), l.y.data());
      } else if (hidden == Hidden::relu) {
        bias_relu(batch, l.out, l.b.data(), l.y.data());
      } else {
        bias_tanh(batch, l.out, l.b.data(), l.y.data());
      }
      input = l.y.data();
    }
  }

  /// The mean loss; its gradient by the outputs in their place.
  float loss_and_gradient(float* y, int64_t n) {
    if (loss == Loss::cross_entropy) {
      const float total = softmax(batch, n, labels.data(), y), share = 1 / static_cast<float>(batch);
      for (int64_t i = 0; i < batch * n; ++i) y[i] *= share;
      for (int64_t i = 0; i < batch; ++i) y[i * n + labels[static_cast<std::size_t>(i)]] -= share;
      return total * share;
    }
    float total = 0;
    const float share = 1 / static_cast<float>(batch * n);
    for (int64_t i = 0; i < batch * n; ++i) {
      const float d = y[i] - targets[static_cast<std::size_t>(i)];
      total += d * d;
      y[i] = 2 * share * d;
    }
    return total * share;
  }

  void step() {
    forward();
    last = loss_and_gradient(layers.back().y.data(), layers.back().out);
    ++steps;
    for (std::size_t i = layers.size(); i-- > 0;) {
      Layer& l = layers[i];
      float* dz = l.dy.data();
      if (i + 1 == layers.size()) {
        dz = l.y.data();
        column_sums(batch, l.out, dz, l.db.data());
      } else if (hidden == Hidden::relu) {
        activation_gradient(batch, l.out, l.y.data(), dz, l.db.data(), [](float y) { return y > 0 ? 1.f : 0.f; });
      } else {
        activation_gradient(batch, l.out, l.y.data(), dz, l.db.data(), [](float y) { return 1 - y * y; });
      }
      gemm(true, false, l.in, l.out, batch, i ? layers[i - 1].y.data() : x.data(), dz, l.dw.data());
      if (i) gemm(false, true, batch, l.in, l.out, dz, l.w.data(), layers[i - 1].dy.data());
    }
    for (Layer& l : layers) {
      update(rule, l.in * l.out, steps, l.w.data(), l.dw.data(), l.mw.data(), l.vw.data());
      update(rule, l.out, steps, l.b.data(), l.db.data(), l.mb.data(), l.vb.data());
    }
  }
};

}  // namespace

std::function<void()> mlp_step(std::vector<int64_t> sizes, int64_t batch, Hidden hidden, Loss loss, Rule rule) {
  auto net = std::make_shared<Mlp>();
  net->batch = batch;
  net->hidden = hidden;
  net->loss = loss;
  net->rule = rule;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    const int64_t in = sizes[i], out = sizes[i + 1];
    const float scale = std::sqrt(2.f / static_cast<float>(in + out));
    net->layers.push_back({in, out, random(in * out, scale, static_cast<unsigned>(i + 1)), zeros(out), zeros(in * out),
                           zeros(out), zeros(in * out), zeros(in * out), zeros(out), zeros(out), zeros(batch * out),
                           zeros(batch * out)});
  }
  net->x = random(batch * sizes.front(), 1, 99);
  net->targets = random(batch * sizes.back(), 1, 98);
  net->labels = random_labels(batch, sizes.back(), 97);
  return [net] { net->step(); };
}

}  // namespace bench::floor
