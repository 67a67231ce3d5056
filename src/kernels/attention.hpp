#pragma once
// softmax(q kᵀ scale) v and its gradient, a tile of queries by keys at a time, so that memory grows with the sequences'
// lengths and not with their product: the softmax of a row is built up as its tiles come by (M. Milakov and
// N. Gimelshein, "Online normalizer calculation for softmax", 2018), the gradient computes the tiles again (T. Dao et
// al., "FlashAttention", NeurIPS 2022).

#include <array>
#include <cstdint>

namespace xgrad::kernels {

/// One head: q [rows, depth], k [columns, depth], v [columns, values]. Row i attends to column j where
/// mask[i mask_row + j mask_column] (null: everywhere) and, if causal, j ≤ i.
template <class T>
struct AttentionHead {
  std::int64_t rows, columns, depth, values;
  T scale;
  bool causal;
  const T *q, *k, *v;
  const bool* mask;
  std::int64_t mask_row, mask_column;
};

/// What the gradient of a head is made from, and where it is added.
template <class T>
struct AttentionGradient {
  const T *out, *sums;  // the results: [rows, values], [rows, 2]
  const T* g;           // the cotangent of out
  T *dq, *dk, *dv;      // null: not wanted
};

/// Heads that lie one after another, in any number of leading axes; only the mask may repeat along those.
template <class T>
struct AttentionBatch {
  AttentionHead<T> first;
  std::int64_t heads;
  int axes = 0;
  std::array<std::int64_t, 8> size{}, mask_step{};  // of each leading axis

  AttentionHead<T> head(std::int64_t h) const {
    AttentionHead<T> one = first;
    one.q += h * first.rows * first.depth;
    one.k += h * first.columns * first.depth;
    one.v += h * first.columns * first.values;
    if (first.mask == nullptr) return one;
    for (int axis = axes; axis-- > 0; h /= size[static_cast<std::size_t>(axis)])
      one.mask += h % size[static_cast<std::size_t>(axis)] * mask_step[static_cast<std::size_t>(axis)];
    return one;
  }
};

/// out [heads, rows, values], and what makes weights of scores again: sums [heads, rows, 2], for each row a shift and a
/// factor, weight = e^(score − shift) factor. (One number, shift + log sum, would lose digits where scores are large.)
/// A row that attends to nothing gives 0 and has the factor 0.
template <class T>
void attention(const AttentionBatch<T>& batch, T* out, T* sums);

/// The cotangents of q, k and v, written, or added to what is there. The pointers in `g` are the first head's.
template <class T>
void attention_vjp(const AttentionBatch<T>& batch, const AttentionGradient<T>& g, bool add_q, bool add_k, bool add_v);

}  // namespace xgrad::kernels
