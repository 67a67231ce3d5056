#pragma once
// What each instruction set provides for conv.hpp.

#include <cstdint>

namespace xgrad::kernels {

/// A matrix product whose left matrix is read where it lies: row i of A is pieced together from runs of another array,
/// `length` numbers `step` apart from each of a + row[i] + segment[…]. So a convolution needs no copy of its windows.
template <class T>
struct GatheredProduct {
  std::int64_t m;
  const std::int64_t* row;
  std::int64_t segments;
  const std::int64_t* segment;
  std::int64_t length, step;
  const T* a;
  /// B in panels of `ConvTable::panel` columns, `panel_step` apart; rows of a panel are ldb apart, and as many as the
  /// segments have numbers. What a panel has beyond the n columns may be anything that can be read.
  const T* b;
  std::int64_t ldb, panel_step;
  std::int64_t n;
  T* c;
  const std::int64_t* to;  // row i of C begins at c + to[i]
  bool add;
};

/// One row of results of a convolution in which every channel stands alone.
template <class T>
struct DepthwiseRow {
  std::int64_t count, channels;
  std::int64_t taps;
  const std::int64_t* tap;     // where each tap reads, from the place of the result
  const std::int64_t* weight;  // where its weights are
  const T* a;
  std::int64_t a_step;
  const T* w;
  T* c;
  std::int64_t c_step;
  bool add;
};

/// Σ over one row of results: dw[tap, channel] += x there times g.
template <class T>
struct DepthwiseSum {
  std::int64_t count, channels;
  std::int64_t taps;
  const std::int64_t* tap;
  const T* a;
  std::int64_t a_step;
  const T* g;
  std::int64_t g_step;
  T* dw;  // [taps, channels]
};

template <class T>
struct ConvTable {
  std::int64_t panel;  // columns
  std::int64_t lanes;  // of a vector
  /// C (+)= A B
  void (*product)(const GatheredProduct<T>& p);
  /// to[l][j] = from[j][l], for l < k and j < n.
  void (*transpose)(std::int64_t n, std::int64_t k, const T* from, std::int64_t from_step, T* to, std::int64_t to_step);
  void (*depthwise_row)(const DepthwiseRow<T>& r);
  void (*depthwise_sum)(const DepthwiseSum<T>& s);
};

}  // namespace xgrad::kernels
