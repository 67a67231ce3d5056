#include "floor/mlp.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "kernels/gemm.hpp"
#include "xgrad/core/threads.hpp"

namespace bench::floor {

namespace {

using std::int64_t;
using Buffer = std::vector<float>;

/// C = alpha-free product, written (beta 0): the only thing taken from the library.
void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float* a, const float* b, float* c) {
  xgrad::kernels::gemm<float>(ta, tb, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n);
}

/// Rows of an (m, n) array split over threads where that pays.
template <class F>
void over_rows(int64_t m, int64_t n, F body) {
  xgrad::parallel_for(m, std::max<int64_t>(1, 32768 / std::max<int64_t>(1, n)), body);
}

void bias_activation(int64_t m, int64_t n, const float* __restrict b, bool relu, bool tanh, float* z) {
  over_rows(m, n, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* __restrict row = z + i * n;
      if (relu) {
        for (int64_t j = 0; j < n; ++j) row[j] = std::max(row[j] + b[j], 0.f);
      } else {
        for (int64_t j = 0; j < n; ++j) row[j] += b[j];
        if (tanh)
          for (int64_t j = 0; j < n; ++j) row[j] = std::tanh(row[j]);
      }
    }
  });
}

/// dz in place of dy, and the bias gradient.
void activation_gradient(int64_t m, int64_t n, const float* __restrict y, bool relu, bool tanh, float* __restrict dy,
                         float* __restrict db) {
  std::fill_n(db, n, 0.f);
  for (int64_t i = 0; i < m; ++i) {
    const float* __restrict row = y + i * n;
    float* __restrict d = dy + i * n;
    if (relu) {
      for (int64_t j = 0; j < n; ++j) d[j] = row[j] > 0 ? d[j] : 0.f;
    } else if (tanh) {
      for (int64_t j = 0; j < n; ++j) d[j] *= 1 - row[j] * row[j];
    }
    for (int64_t j = 0; j < n; ++j) db[j] += d[j];
  }
}

/// The mean loss, and its gradient by the logits in their place.
float cross_entropy(int64_t m, int64_t n, const std::int64_t* labels, float* z) {
  float total = 0;
  for (int64_t i = 0; i < m; ++i) {
    float* row = z + i * n;
    const float top = *std::max_element(row, row + n), picked = row[labels[i]];
    float sum = 0;
    for (int64_t j = 0; j < n; ++j) sum += row[j] = std::exp(row[j] - top);
    total += std::log(sum) - (picked - top);
    const float scale = 1 / (sum * static_cast<float>(m));
    for (int64_t j = 0; j < n; ++j) row[j] *= scale;
    row[labels[i]] -= 1 / static_cast<float>(m);
  }
  return total / static_cast<float>(m);
}

float squared_error(int64_t count, const float* t, float* y) {
  float total = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float d = y[i] - t[i];
    total += d * d;
    y[i] = 2 * d / static_cast<float>(count);
  }
  return total / static_cast<float>(count);
}

void update(Rule rule, int64_t n, int64_t step, float* __restrict w, const float* __restrict g, float* __restrict m,
            float* __restrict v) {
  const float correction = 1e-3f * std::sqrt(1 - std::pow(0.999f, static_cast<float>(step))) /
                           (1 - std::pow(0.9f, static_cast<float>(step)));
  xgrad::parallel_for(n, 32768, [=](int64_t begin, int64_t end) {
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

Buffer random(int64_t n, float scale, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, scale);
  Buffer b(static_cast<std::size_t>(n));
  for (float& x : b) x = normal(engine);
  return b;
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
  std::vector<std::int64_t> labels;
  float last = 0;

  void step() {
    const float* input = x.data();
    for (std::size_t l = 0; l < layers.size(); ++l) {
      Layer& layer = layers[l];
      const bool inner = l + 1 < layers.size();
      gemm(false, false, batch, layer.out, layer.in, input, layer.w.data(), layer.y.data());
      bias_activation(batch, layer.out, layer.b.data(), inner && hidden == Hidden::relu,
                      inner && hidden == Hidden::tanh, layer.y.data());
      input = layer.y.data();
    }
    Layer& top = layers.back();
    last = loss == Loss::cross_entropy ? cross_entropy(batch, top.out, labels.data(), top.y.data())
                                       : squared_error(batch * top.out, targets.data(), top.y.data());
    ++steps;
    for (std::size_t l = layers.size(); l-- > 0;) {
      Layer& layer = layers[l];
      const bool inner = l + 1 < layers.size();
      float* dz = inner ? layer.dy.data() : layer.y.data();
      activation_gradient(batch, layer.out, layer.y.data(), inner && hidden == Hidden::relu,
                          inner && hidden == Hidden::tanh, dz, layer.db.data());
      const float* below = l ? layers[l - 1].y.data() : x.data();
      gemm(true, false, layer.in, layer.out, batch, below, dz, layer.dw.data());
      if (l) gemm(false, true, batch, layer.in, layer.out, dz, layer.w.data(), layers[l - 1].dy.data());
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
  const auto zeros = [](int64_t n) { return Buffer(static_cast<std::size_t>(n)); };
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
    const int64_t in = sizes[i], out = sizes[i + 1];
    const float scale = std::sqrt(2.f / static_cast<float>(in + out));
    net->layers.push_back({in, out, random(in * out, scale, static_cast<unsigned>(i + 1)), zeros(out), zeros(in * out),
                           zeros(out), zeros(in * out), zeros(in * out), zeros(out), zeros(out), zeros(batch * out),
                           zeros(batch * out)});
  }
  net->x = random(batch * sizes.front(), 1, 99);
  net->targets = random(batch * sizes.back(), 1, 98);
  std::mt19937 engine(97);
  for (int64_t i = 0; i < batch; ++i)
    net->labels.push_back(static_cast<int64_t>(engine() % static_cast<unsigned>(sizes.back())));
  return [net] { net->step(); };
}

std::function<void()> hvp_step(int64_t d, int64_t h, int64_t c, int64_t n) {
  struct State {
    Buffer x, w1, b1, w2, b2, v1, vb1, v2, vb2;                      // data, weights, direction
    Buffer y, ty, p, tz, dz, tdz, dy, tdy, hw1, hb1, hw2, hb2, tmp;  // values, tangents (t…), cotangents (d…), results
    std::vector<int64_t> labels;
  };
  auto s = std::make_shared<State>();
  const auto zeros = [](int64_t k) { return Buffer(static_cast<std::size_t>(k)); };
  s->x = random(n * d, 1, 1);
  s->w1 = random(d * h, 0.04f, 2);
  s->w2 = random(h * c, 0.06f, 3);
  s->b1 = zeros(h);
  s->b2 = zeros(c);
  s->v1 = random(d * h, 1, 4);
  s->vb1 = random(h, 1, 5);
  s->v2 = random(h * c, 1, 6);
  s->vb2 = random(c, 1, 7);
  for (Buffer* b : {&s->y, &s->ty, &s->dy, &s->tdy, &s->tmp}) *b = zeros(n * h);
  for (Buffer* b : {&s->p, &s->tz, &s->dz, &s->tdz}) *b = zeros(n * c);
  s->hw1 = zeros(d * h);
  s->hw2 = zeros(h * c);
  s->hb1 = zeros(h);
  s->hb2 = zeros(c);
  std::mt19937 engine(8);
  for (int64_t i = 0; i < n; ++i) s->labels.push_back(static_cast<int64_t>(engine() % static_cast<unsigned>(c)));
  return [=] {
    // Forward with tangents: y = tanh(x W1 + b1), ẏ = (1 − y²)(x V1 + vb1); z = y W2 + b2, ż = ẏ W2 + y V2 + vb2.
    gemm(false, false, n, h, d, s->x.data(), s->w1.data(), s->y.data());
    bias_activation(n, h, s->b1.data(), false, true, s->y.data());
    gemm(false, false, n, h, d, s->x.data(), s->v1.data(), s->ty.data());
    for (int64_t i = 0; i < n * h; ++i)
      s->ty[static_cast<std::size_t>(i)] =
          (s->ty[static_cast<std::size_t>(i)] + s->vb1[static_cast<std::size_t>(i % h)]) *
          (1 - s->y[static_cast<std::size_t>(i)] * s->y[static_cast<std::size_t>(i)]);
    gemm(false, false, n, c, h, s->y.data(), s->w2.data(), s->p.data());
    bias_activation(n, c, s->b2.data(), false, false, s->p.data());
    gemm(false, false, n, c, h, s->ty.data(), s->w2.data(), s->tz.data());
    xgrad::kernels::gemm<float>(false, false, n, c, h, 1, s->y.data(), h, s->v2.data(), c, 1, s->tz.data(), c);
    bias_activation(n, c, s->vb2.data(), false, false, s->tz.data());
    // Softmax cross-entropy: dz = (p − t)/n, its tangent p (ż − Σ p ż)/n.
    for (int64_t i = 0; i < n; ++i) {
      float *row = s->p.data() + i * c, *t = s->tz.data() + i * c, *g = s->dz.data() + i * c,
            *tg = s->tdz.data() + i * c;
      const float top = *std::max_element(row, row + c);
      float sum = 0, mean = 0;
      for (int64_t j = 0; j < c; ++j) sum += row[j] = std::exp(row[j] - top);
      for (int64_t j = 0; j < c; ++j) mean += (row[j] /= sum) * t[j];
      for (int64_t j = 0; j < c; ++j) {
        g[j] = row[j] / static_cast<float>(n);
        tg[j] = row[j] * (t[j] - mean) / static_cast<float>(n);
      }
      g[s->labels[static_cast<std::size_t>(i)]] -= 1 / static_cast<float>(n);
    }
    // Backward's tangent. Ẇ2 = ẏᵀ dz + yᵀ dż;  dẏ = dż W2ᵀ + dz V2ᵀ;  Ẇ1 = xᵀ d(pre-activation)˙.
    gemm(true, false, h, c, n, s->ty.data(), s->dz.data(), s->hw2.data());
    xgrad::kernels::gemm<float>(true, false, h, c, n, 1, s->y.data(), h, s->tdz.data(), c, 1, s->hw2.data(), c);
    gemm(false, true, n, h, c, s->dz.data(), s->w2.data(), s->dy.data());
    gemm(false, true, n, h, c, s->tdz.data(), s->w2.data(), s->tdy.data());
    xgrad::kernels::gemm<float>(false, true, n, h, c, 1, s->dz.data(), c, s->v2.data(), c, 1, s->tdy.data(), h);
    std::fill(s->hb1.begin(), s->hb1.end(), 0.f);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < h; ++j) {
        const auto at = static_cast<std::size_t>(i * h + j);
        const float y = s->y[at];
        s->tmp[at] = s->tdy[at] * (1 - y * y) - 2 * s->dy[at] * y * s->ty[at];
        s->hb1[static_cast<std::size_t>(j)] += s->tmp[at];
      }
    gemm(true, false, d, h, n, s->x.data(), s->tmp.data(), s->hw1.data());
    std::fill(s->hb2.begin(), s->hb2.end(), 0.f);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < c; ++j)
        s->hb2[static_cast<std::size_t>(j)] += s->tdz[static_cast<std::size_t>(i * c + j)];
  };
}

std::function<void()> scalar_chain() {
  struct Node {
    float value, left, right, grad;
  };
  auto nodes = std::make_shared<std::vector<Node>>(201);
  return [nodes] {
    Node* v = nodes->data();
    v[0] = {1, 0, 0, 0};
    for (int i = 1; i <= 200; ++i) v[i] = {v[i - 1].value * v[0].value, v[0].value, v[i - 1].value, 0};
    v[200].grad = 1;
    float dx = 0;
    for (int i = 200; i > 0; --i) {
      v[i - 1].grad += v[i].grad * v[i].left;
      dx += v[i].grad * v[i].right;
    }
    v[0].grad += dx;
  };
}

}  // namespace bench::floor
