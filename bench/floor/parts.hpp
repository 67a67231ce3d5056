#pragma once
// What the hand-scheduled steps are made of: plain loops over raw memory that the compiler turns into vectors, on
// threads where that pays. From the library come the matrix products, `parallel_for` and tanh; nothing else.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "aligned.hpp"
#include "kernels/dense.hpp"
#include "kernels/gemm.hpp"
#include "xgrad/core/threads.hpp"

namespace bench::floor {

using std::int64_t;
using Buffer = Floats;

/// C = op(A) op(B) + beta C, all rows adjacent.
inline void gemm(bool ta, bool tb, int64_t m, int64_t n, int64_t k, const float* a, const float* b, float* c,
                 float beta = 0) {
  xgrad::kernels::gemm<float>(ta, tb, m, n, k, 1, a, ta ? m : k, b, tb ? k : n, beta, c, n);
}

/// body(begin, end) over rows of n numbers, on threads from 32,768 numbers each.
template <class Body>
void over_rows(int64_t m, int64_t n, Body body) {
  xgrad::parallel_for(m, std::max<int64_t>(1, 32768 / n), body, 1);
}

/// body(column, sums) fills sums[0 … 64) for each strip of 64 columns of an (m, n) array; the first `width` are kept in
/// `result`. Strips on threads.
template <class Body>
void over_strips(int64_t m, int64_t n, float* result, Body body) {
  xgrad::parallel_for(n, std::max<int64_t>(64, 32768 / m), [=](int64_t begin, int64_t end) {
    for (int64_t j = begin; j < end; j += 64) {
      float sums[64] = {};
      const int64_t width = std::min<int64_t>(64, end - j);
      if (width == 64) {
        body(j, std::integral_constant<int64_t, 64>(), sums);  // a constant: the sums stay in registers
      } else {
        body(j, width, sums);
      }
      std::copy_n(sums, width, result + j);
    }
  });
}

inline void bias_relu(int64_t m, int64_t n, const float* __restrict b, float* z) {
  over_rows(m, n, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* __restrict row = z + i * n;
      for (int64_t j = 0; j < n; ++j) row[j] = std::max(row[j] + b[j], 0.f);
    }
  });
}
inline void bias_tanh(int64_t m, int64_t n, const float* b, float* z) {
  xgrad::kernels::bias_activation(m, n, b, xgrad::kernels::Act::tanh, z);
}
inline void bias_only(int64_t m, int64_t n, const float* __restrict b, float* z) {
  for (int64_t i = 0; i < m; ++i) {
    float* __restrict row = z + i * n;
    for (int64_t j = 0; j < n; ++j) row[j] += b[j];
  }
}

/// dz = slope(y) dy in place, and its column sums.
template <class Slope>
void activation_gradient(int64_t m, int64_t n, const float* y, float* dy, float* db, Slope slope) {
  over_strips(m, n, db, [=](int64_t first, auto width, float* __restrict sums) {
    for (int64_t i = 0; i < m; ++i) {
      const float* __restrict row = y + i * n + first;
      float* __restrict d = dy + i * n + first;
      for (int64_t j = 0; j < width; ++j) {
        d[j] = slope(row[j]) * d[j];
        sums[j] += d[j];
      }
    }
  });
}
inline void column_sums(int64_t m, int64_t n, const float* x, float* sums) {
  std::fill_n(sums, n, 0.f);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) sums[j] += x[i * n + j];
  }
}

/// eˣ for −87 ≤ x ≤ 0, such that a loop of it becomes vectors. (Polynomial: Cephes, expf.)
inline float exponential(float x) {
  const float k = std::nearbyint(x * 1.44269504f);
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * r * r + r + 1) * std::bit_cast<float>((static_cast<std::int32_t>(k) + 127) << 23);
}

/// Rows of logits become rows of probabilities. Returns Σ −log p[label].
inline float softmax(int64_t m, int64_t n, const int64_t* labels, float* z) {
  float picked = 0, logs = 0;
  for (int64_t i = 0; i < m; ++i) {
    float* row = z + i * n;
    float top = row[0];
    for (int64_t j = 1; j < n; ++j) top = std::max(top, row[j]);
    for (int64_t j = 0; j < n; ++j) row[j] = std::max(row[j] - top, -87.f);
    picked += row[labels[i]];
  }
  for (int64_t i = 0; i < m * n; ++i) z[i] = exponential(z[i]);
  for (int64_t i = 0; i < m; ++i) {
    float* row = z + i * n;
    float sum = 0;
    for (int64_t j = 0; j < n; ++j) sum += row[j];
    logs += std::log(sum);
    const float scale = 1 / sum;
    for (int64_t j = 0; j < n; ++j) row[j] *= scale;
  }
  return logs - picked;
}

inline Buffer zeros(int64_t n) { return Buffer(static_cast<std::size_t>(n)); }
inline Buffer random(int64_t n, float scale, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, scale);
  Buffer b = zeros(n);
  for (float& x : b) x = normal(engine);
  return b;
}
inline std::vector<int64_t> random_labels(int64_t n, int64_t classes, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<int64_t> labels(static_cast<std::size_t>(n));
  for (int64_t& l : labels) l = static_cast<int64_t>(engine() % static_cast<unsigned>(classes));
  return labels;
}

}  // namespace bench::floor
