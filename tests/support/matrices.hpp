#pragma once

// Plain matrices for tests, written without the library's arithmetic.

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/numeric.hpp"

namespace matrices_of {

using numeric::Dense;
using Matrix = std::vector<std::vector<double>>;

/// Matrix m of the last two axes.
inline Matrix matrix(const Dense& x, std::int64_t m = 0) {
  const std::int64_t rows = x.shape[x.rank() - 2], columns = x.shape.back();
  Matrix a(static_cast<std::size_t>(rows), std::vector<double>(static_cast<std::size_t>(columns)));
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      a[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] = x[(m * rows + i) * columns + j];
  return a;
}
inline void put(Dense& x, std::int64_t m, const Matrix& a) {
  const std::int64_t rows = x.shape[x.rank() - 2], columns = x.shape.back();
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      x[(m * rows + i) * columns + j] = a[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
}
inline std::int64_t matrices(const Dense& x) {
  std::int64_t n = 1;
  for (int axis = 0; axis < x.rank() - 2; ++axis) n *= x.shape[axis];
  return n;
}

/// By Gauss and Jordan: b := a⁻¹ b. @return det a
inline double eliminate(Matrix a, Matrix& b) {
  const std::size_t n = a.size();
  double det = 1;
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t r = c; r < n; ++r)
      if (std::abs(a[r][c]) > std::abs(a[pivot][c])) pivot = r;
    if (pivot != c) det = -det;
    std::swap(a[c], a[pivot]);
    std::swap(b[c], b[pivot]);
    det *= a[c][c];
    for (std::size_t r = 0; r < n; ++r) {
      if (r == c) continue;
      const double f = a[r][c] / a[c][c];
      for (std::size_t k = 0; k < n; ++k) a[r][k] -= f * a[c][k];
      for (double& v : b[r]) v -= f * b[c][static_cast<std::size_t>(&v - b[r].data())];
    }
    for (double& v : b[c]) v /= a[c][c];
    for (std::size_t k = 0; k < n; ++k)
      if (k != c) a[c][k] /= a[c][c];
    a[c][c] = 1;
  }
  return det;
}
inline Matrix identity(std::size_t n) {
  Matrix e(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) e[i][i] = 1;
  return e;
}

inline Matrix transposed(const Matrix& a) {
  Matrix b(a.empty() ? 0 : a[0].size(), std::vector<double>(a.size()));
  for (std::size_t i = 0; i < b.size(); ++i)
    for (std::size_t j = 0; j < a.size(); ++j) b[i][j] = a[j][i];
  return b;
}
inline Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(a.size(), std::vector<double>(b[0].size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b[0].size(); ++j)
      for (std::size_t k = 0; k < b.size(); ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

}  // namespace matrices_of
