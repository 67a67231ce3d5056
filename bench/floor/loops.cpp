#include "floor/loops.hpp"

#include <algorithm>
#include <cmath>

#include "floor/parts.hpp"

namespace bench::loops {

void add(int64_t n, const float* a, const float* b, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
}
void multiply_by(int64_t n, const float* a, float b, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] * b;
}
void divide(int64_t n, const float* a, const float* b, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] / b[i];
}
void relu(int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : 0;
}
void square_root(int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::sqrt(x[i]);
}
void clip(int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::min(std::max(x[i], -0.5f), 0.5f);
}
void less(int64_t n, const float* a, const float* b, std::uint8_t* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] < b[i];
}
void where(int64_t n, const std::uint8_t* c, const float* a, const float* b, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = c[i] ? a[i] : b[i];
}
void exponential(int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = floor::exponential(x[i]);
}
void tanh(int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::tanh(x[i]);
}
void log(int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < n; ++i) y[i] = std::log(x[i]);
}

void add_row(int64_t m, int64_t n, const float* x, const float* row, float* __restrict y) {
  for (int64_t i = 0; i < m; ++i) add(n, x + i * n, row, y + i * n);
}
void multiply_column(int64_t m, int64_t n, const float* x, const float* column, float* __restrict y) {
  for (int64_t i = 0; i < m; ++i) multiply_by(n, x + i * n, column[i], y + i * n);
}

float sum(int64_t n, const float* x) {
  float lanes[64] = {}, total = 0;
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    for (int64_t j = 0; j < 64; ++j) lanes[j] += x[i + j];
  }
  for (; i < n; ++i) total += x[i];
  for (float lane : lanes) total += lane;
  return total;
}
void sum_rows(int64_t m, int64_t n, const float* x, float* __restrict y) {
  std::fill_n(y, n, 0.f);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) y[j] += x[i * n + j];
  }
}
void sum_columns(int64_t m, int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < m; ++i) y[i] = sum(n, x + i * n);
}
float largest(int64_t n, const float* x) {
  float lanes[64];
  std::fill_n(lanes, 64, x[0]);
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    for (int64_t j = 0; j < 64; ++j) lanes[j] = lanes[j] > x[i + j] ? lanes[j] : x[i + j];
  }
  float top = x[0];
  for (; i < n; ++i) top = std::max(top, x[i]);
  for (float lane : lanes) top = std::max(top, lane);
  return top;
}
void softmax(int64_t m, int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < m; ++i) {
    const float top = largest(n, x + i * n);
    float* row = y + i * n;
    for (int64_t j = 0; j < n; ++j) row[j] = floor::exponential(x[i * n + j] - top);
    const float scale = 1 / sum(n, row);
    for (int64_t j = 0; j < n; ++j) row[j] *= scale;
  }
}

void bias_relu(int64_t m, int64_t n, const float* __restrict bias, float* __restrict y) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) y[i * n + j] = std::max(y[i * n + j] + bias[j], 0.f);
  }
}
void relu_gradient(int64_t m, int64_t n, const float* __restrict g, const float* __restrict y, float* __restrict dz,
                   float* __restrict dbias) {
  std::fill_n(dbias, n, 0.f);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      const float d = y[i * n + j] > 0 ? g[i * n + j] : 0;
      dz[i * n + j] = d;
      dbias[j] += d;
    }
  }
}
void rmsprop(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict v) {
  for (int64_t i = 0; i < n; ++i) {
    v[i] = 0.9f * v[i] + 0.1f * g[i] * g[i];
    w[i] -= 1e-3f * g[i] / std::sqrt(v[i] + 1e-7f);
  }
}
void adam(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v) {
  for (int64_t i = 0; i < n; ++i) {
    m[i] += 0.1f * (g[i] - m[i]);
    v[i] += 0.001f * (g[i] * g[i] - v[i]);
    w[i] -= 1e-3f * m[i] / (std::sqrt(v[i]) + 1e-7f);
  }
}
void momentum(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict m) {
  for (int64_t i = 0; i < n; ++i) {
    m[i] = 0.9f * m[i] - 1e-2f * g[i];
    w[i] += m[i];
  }
}
void adamax(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict u) {
  for (int64_t i = 0; i < n; ++i) {
    m[i] += 0.1f * (g[i] - m[i]);
    const float a = 0.999f * u[i], b = std::abs(g[i]);
    u[i] = a > b ? a : b;
    w[i] -= 1e-3f * m[i] / (u[i] + 1e-7f);
  }
}
void nadam(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict m, float* __restrict v) {
  for (int64_t i = 0; i < n; ++i) {
    m[i] += 0.1f * (g[i] - m[i]);
    v[i] += 0.001f * (g[i] * g[i] - v[i]);
    w[i] -= 1e-3f * (0.9f * m[i] + 0.1f * g[i]) / (std::sqrt(1.1f * v[i]) + 1e-7f);
  }
}
void adagrad(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict sum) {
  for (int64_t i = 0; i < n; ++i) {
    sum[i] += g[i] * g[i];
    w[i] -= 1e-3f * g[i] / std::sqrt(sum[i] + 1e-7f);
  }
}
void adadelta(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict squares,
              float* __restrict moves) {
  for (int64_t i = 0; i < n; ++i) {
    squares[i] = 0.95f * squares[i] + 0.05f * g[i] * g[i];
    const float d = std::sqrt(moves[i] + 1e-7f) / std::sqrt(squares[i] + 1e-7f) * g[i];
    moves[i] = 0.95f * moves[i] + 0.05f * d * d;
    w[i] -= 1e-3f * d;
  }
}
void lion(int64_t n, float* __restrict w, const float* __restrict g, float* __restrict m) {
  for (int64_t i = 0; i < n; ++i) {
    const float c = 0.9f * m[i] + 0.1f * g[i];
    w[i] -= c > 0 ? 1e-3f : c < 0 ? -1e-3f : 0.f;
    m[i] = 0.99f * m[i] + 0.01f * g[i];
  }
}
void repeat(int64_t m, int64_t n, const float* x, float* __restrict y) {
  for (int64_t i = 0; i < m; ++i) std::fill_n(y + i * n, n, x[i]);
}
void gather_sum(int64_t rows, int64_t n, const int64_t* row_ptr, const int64_t* col, const float* x,
                float* __restrict y) {
  std::fill_n(y, rows * n, 0.f);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t e = row_ptr[r]; e < row_ptr[r + 1]; ++e) {
      for (int64_t j = 0; j < n; ++j) y[r * n + j] += x[col[e] * n + j];
    }
  }
}
void scatter_add(int64_t rows, int64_t cols, int64_t n, const int64_t* row_ptr, const int64_t* col, const float* x,
                 float* __restrict y) {
  std::fill_n(y, cols * n, 0.f);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t e = row_ptr[r]; e < row_ptr[r + 1]; ++e) {
      for (int64_t j = 0; j < n; ++j) y[col[e] * n + j] += x[r * n + j];
    }
  }
}

}  // namespace bench::loops
