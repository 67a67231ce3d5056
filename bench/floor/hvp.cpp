// The Hessian-vector product by hand: the tangent of the gradient. A dot above is a tangent, a d a cotangent.

#include <memory>

#include "floor/mlp.hpp"
#include "floor/parts.hpp"

namespace bench::floor {
namespace {

struct Hvp {
  int64_t d, h, c, n;                                         // inputs, hidden, classes, batch
  Buffer x, w1, b1, w2, b2, v1, vb1, v2, vb2;                 // data, weights, direction
  Buffer y, ty, p, tz, dz, tdz, dy, tdy, hw1, hb1, hw2, hb2;  // values, tangents t…, cotangents d…, the product h…
  std::vector<int64_t> labels;

  void step() {
    // y = tanh(x W1 + b1), ẏ = (1 − y²)(x V1 + v1)
    gemm(false, false, n, h, d, x.data(), w1.data(), y.data());
    bias_tanh(n, h, b1.data(), y.data());
    gemm(false, false, n, h, d, x.data(), v1.data(), ty.data());
    over_rows(n, h, [this](int64_t begin, int64_t end) {
      const float* __restrict b = vb1.data();
      for (int64_t i = begin; i < end; ++i) {
        const float* __restrict u = y.data() + i * h;
        float* __restrict t = ty.data() + i * h;
        for (int64_t j = 0; j < h; ++j) t[j] = (t[j] + b[j]) * (1 - u[j] * u[j]);
      }
    });
    // z = y W2 + b2, ż = ẏ W2 + y V2 + v2
    gemm(false, false, n, c, h, y.data(), w2.data(), p.data());
    bias_only(n, c, b2.data(), p.data());
    gemm(false, false, n, c, h, ty.data(), w2.data(), tz.data());
    gemm(false, false, n, c, h, y.data(), v2.data(), tz.data(), 1);
    bias_only(n, c, vb2.data(), tz.data());
    // dz = (p − onehot)/n, dż = p (ż − Σ p ż)/n
    softmax(n, c, labels.data(), p.data());
    const float share = 1 / static_cast<float>(n);
    for (int64_t i = 0; i < n; ++i) {
      float mean = 0;
      for (int64_t j = i * c; j < (i + 1) * c; ++j) mean += at(p, j) * at(tz, j);
      for (int64_t j = i * c; j < (i + 1) * c; ++j) {
        at(dz, j) = at(p, j) * share;
        at(tdz, j) = at(dz, j) * (at(tz, j) - mean);
      }
      at(dz, i * c + labels[static_cast<std::size_t>(i)]) -= share;
    }
    // Ẇ2 = ẏᵀ dz + yᵀ dż;  dy = dz W2ᵀ, dẏ = dż W2ᵀ + dz V2ᵀ
    gemm(true, false, h, c, n, ty.data(), dz.data(), hw2.data());
    gemm(true, false, h, c, n, y.data(), tdz.data(), hw2.data(), 1);
    column_sums(n, c, tdz.data(), hb2.data());
    gemm(false, true, n, h, c, dz.data(), w2.data(), dy.data());
    gemm(false, true, n, h, c, tdz.data(), w2.data(), tdy.data());
    gemm(false, true, n, h, c, dz.data(), v2.data(), tdy.data(), 1);
    // The tangent of (1 − y²) dy, in dẏ's place; Ẇ1 = xᵀ of it
    over_strips(n, h, hb1.data(), [this](int64_t first, auto width, float* __restrict sums) {
      for (int64_t i = 0; i < n; ++i) {
        const int64_t row = i * h + first;
        const float* __restrict u = y.data() + row, * __restrict tu = ty.data() + row, * __restrict g = dy.data() + row;
        float* __restrict tg = tdy.data() + row;
        for (int64_t j = 0; j < width; ++j) {
          tg[j] = tg[j] * (1 - u[j] * u[j]) - 2 * g[j] * u[j] * tu[j];
          sums[j] += tg[j];
        }
      }
    });
    gemm(true, false, d, h, n, x.data(), tdy.data(), hw1.data());
  }

  static float& at(Buffer& b, int64_t i) { return b[static_cast<std::size_t>(i)]; }
};

}  // namespace

std::function<void()> hvp_step(int64_t d, int64_t h, int64_t c, int64_t n) {
  auto s = std::make_shared<Hvp>();
  s->d = d, s->h = h, s->c = c, s->n = n;
  s->x = random(n * d, 1, 1);
  s->w1 = random(d * h, 0.04f, 2), s->w2 = random(h * c, 0.06f, 3);
  s->b1 = zeros(h), s->b2 = zeros(c);
  s->v1 = random(d * h, 1, 4), s->v2 = random(h * c, 1, 6);
  s->vb1 = random(h, 1, 5), s->vb2 = random(c, 1, 7);
  for (Buffer* b : {&s->y, &s->ty, &s->dy, &s->tdy}) *b = zeros(n * h);
  for (Buffer* b : {&s->p, &s->tz, &s->dz, &s->tdz}) *b = zeros(n * c);
  s->hw1 = zeros(d * h), s->hw2 = zeros(h * c), s->hb1 = zeros(h), s->hb2 = zeros(c);
  s->labels = random_labels(n, c, 8);
  return [s] { s->step(); };
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
