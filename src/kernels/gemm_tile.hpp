#pragma once
// A tile of a matrix product, all of its sums in registers: what our own products are made of. One copy for each
// instruction set.

#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// B as the inner loop wants it: k rows of `step` numbers, whole vectors.
template <class T>
struct Panel {
  const T* b;
  I64 step;
};

template <class T>
inline void put(T* c, int lanes, Vec<T> sum, T alpha, T beta) {
  constexpr int w = Vec<T>::size;
  Vec<T> r = Vec<T>(alpha) * sum;
  if (lanes == w) {
    store(c, beta == T(0) ? r : fma(Vec<T>(beta), load(c), r));
  } else {
    store_partial(c, lanes, beta == T(0) ? r : fma(Vec<T>(beta), load_partial(c, lanes, T(0)), r));
  }
}

/// `rows` rows by `width` vectors of C, all of the sum in registers. The last vector has `lanes` lanes.
template <class T, int rows, int width>
inline void tile(I64 k, const T* a, I64 row_step, I64 step, Panel<T> panel, int lanes, T alpha, T beta, T* c, I64 ldc) {
  using V = Vec<T>;
  constexpr int w = V::size;
  V sum[rows][width];
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < width; ++j) sum[i][j] = T(0);
  }
  const T* b = panel.b;
  for (I64 l = 0; l < k; ++l, a += step, b += panel.step) {
    V right[width];
    for (int j = 0; j < width; ++j) right[j] = load(b + j * w);
    for (int i = 0; i < rows; ++i) {
      const V left = a[i * row_step];
      for (int j = 0; j < width; ++j) sum[i][j] = fma(left, right[j], sum[i][j]);
    }
  }
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < width; ++j) put(c + i * ldc + j * w, j + 1 < width ? w : lanes, sum[i][j], alpha, beta);
  }
}

/// `width` vectors of all rows: as many rows at once as can be, then half as many, …
template <class T, int rows, int width>
inline void column(I64 m, I64 k, const T* a, I64 row_step, I64 step, Panel<T> panel, int lanes, T alpha, T beta, T* c,
                   I64 ldc) {
  for (; m >= rows; m -= rows, a += rows * row_step, c += rows * ldc) {
    tile<T, rows, width>(k, a, row_step, step, panel, lanes, alpha, beta, c, ldc);
  }
  if constexpr (rows > 1) {
    if (m > 0) column<T, rows / 2, width>(m, k, a, row_step, step, panel, lanes, alpha, beta, c, ldc);
  }
}

/// to[l][j] = from[j][l], for l < k and j < n, in blocks of 16 bytes by 16 bytes.
template <class T>
inline void transpose(I64 n, I64 k, const T* from, I64 from_step, T* to, I64 to_step) {
  constexpr int side = 16 / static_cast<int>(sizeof(T));
  typedef T Row __attribute__((vector_size(16)));
  I64 j = 0;
  for (; j + side <= n; j += side) {
    I64 l = 0;
    for (; l + side <= k; l += side) {
      Row r[side];
      for (int i = 0; i < side; ++i) __builtin_memcpy(&r[i], from + (j + i) * from_step + l, 16);
      if constexpr (side == 4) {
        const Row p = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5),
                  q = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
        const Row s = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7),
                  t = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
        r[0] = __builtin_shufflevector(p, q, 0, 1, 4, 5);
        r[1] = __builtin_shufflevector(p, q, 2, 3, 6, 7);
        r[2] = __builtin_shufflevector(s, t, 0, 1, 4, 5);
        r[3] = __builtin_shufflevector(s, t, 2, 3, 6, 7);
      } else {
        const Row p = __builtin_shufflevector(r[0], r[1], 0, 2);
        r[1] = __builtin_shufflevector(r[0], r[1], 1, 3);
        r[0] = p;
      }
      for (int i = 0; i < side; ++i) __builtin_memcpy(to + (l + i) * to_step + j, &r[i], 16);
    }
    for (; l < k; ++l) {
      for (int i = 0; i < side; ++i) to[l * to_step + j + i] = from[(j + i) * from_step + l];
    }
  }
  for (; j < n; ++j) {
    for (I64 l = 0; l < k; ++l) to[l * to_step + j] = from[j * from_step + l];
  }
}

}  // namespace
}  // namespace xgrad::kernels::XGRAD_ISA
