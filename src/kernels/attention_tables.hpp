#pragma once
// What each instruction set provides for attention.hpp: blocks of kAttentionBlock queries, or of as many keys.

#include "kernels/attention.hpp"

namespace xgrad::kernels {

// Queries and keys in a tile: two tiles of scores and the operands' blocks stay near the first cache at a depth of 64.
inline constexpr std::int64_t kAttentionBlock = 64;

template <class T>
struct AttentionTable {
  using I64 = std::int64_t;
  using Head = AttentionHead<T>;
  using Gradient = AttentionGradient<T>;
  /// Numbers that `work` needs for a head of that size, forward and backward.
  I64 (*work_size)(const Head& head);
  I64 (*vjp_work_size)(const Head& head);
  /// Lays out in `work` what all blocks of a head read.
  void (*prepare)(const Head& head, T* work);
  void (*prepare_vjp)(const Head& head, const Gradient& g, T* work);
  /// A block of queries: its rows of both results.
  void (*forward)(const Head& head, I64 block, T* out, T* sums, T* work);
  /// A block of queries: its rows of dq; a block of keys: its rows of dk and dv, and what it adds to dq. All are added
  /// to, the parts of a sum always in the order of the blocks, so that both ways to dq have the same result.
  void (*vjp_of_queries)(const Head& head, const Gradient& g, I64 block, T* work);
  void (*vjp_of_keys)(const Head& head, const Gradient& g, I64 block, T* work);
};

}  // namespace xgrad::kernels
