#include "kernels/attention.hpp"

#include <algorithm>

#include "kernels/attention_tables.hpp"
#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

// Numbers in a tile of scores, times the products it goes through, up to which a second thread does not pay.
constexpr I64 kGrain = 256 * 1024;

I64 blocks_of(I64 n) { return (n + kAttentionBlock - 1) / kAttentionBlock; }

/// Whether each thread gets whole heads. Results are the same either way.
bool takes_whole_heads(I64 heads) { return heads % num_threads() == 0 || heads >= 4 * num_threads(); }

/// Calls what `body()` makes for each piece: f(head, block, whether the piece has just come to this head), for all
/// blocks of all heads. Where heads are cut, it is into pairs of blocks, one from either end: nearly equal work also
/// where the tiles above the diagonal are left out.
template <class Body>
void each_block(I64 heads, I64 blocks, I64 cost_of_block, bool whole, const Body& body) {
  const I64 pairs = (blocks + 1) / 2;
  const I64 items = whole ? heads : heads * pairs;
  split_rows(items, std::max<I64>(1, cost_of_block * (whole ? blocks : 2)), kGrain, [&](I64 begin, I64 end) {
    const auto f = body();
    I64 current = -1;
    const auto visit = [&](I64 head, I64 block) {
      f(head, block, head != current);
      current = head;
    };
    for (I64 item = begin; item < end; ++item) {
      const I64 head = whole ? item : item / pairs, first = whole ? 0 : item % pairs, last = blocks - 1 - first;
      if (whole) {
        for (I64 block = 0; block < blocks; ++block) visit(head, block);
      } else {
        visit(head, first);
        if (last != first) visit(head, last);
      }
    }
  });
}

template <class T>
AttentionGradient<T> gradient_of(const AttentionHead<T>& one, const AttentionGradient<T>& first, I64 h) {
  AttentionGradient<T> g = first;
  g.out += h * one.rows * one.values;
  g.sums += 2 * h * one.rows;
  g.g += h * one.rows * one.values;
  if (g.dq != nullptr) g.dq += h * one.rows * one.depth;
  if (g.dk != nullptr) g.dk += h * one.columns * one.depth;
  if (g.dv != nullptr) g.dv += h * one.columns * one.values;
  return g;
}

}  // namespace

template <class T>
void attention(const AttentionBatch<T>& batch, T* out, T* sums) {
  const AttentionHead<T>& one = batch.first;
  const AttentionTable<T>& fn = table<AttentionTable<T>>();
  PieceMemory<T> memory(fn.work_size(one), num_threads());
  const I64 cost = kAttentionBlock * one.columns * (one.depth + one.values) / 32;
  each_block(batch.heads, blocks_of(one.rows), cost, takes_whole_heads(batch.heads), [&] {
    return [&, work = memory.take()](I64 h, I64 block, bool new_head) {
      const AttentionHead<T> head = batch.head(h);
      if (new_head) fn.prepare(head, work);
      fn.forward(head, block, out + h * one.rows * one.values, sums + 2 * h * one.rows, work);
    };
  });
}

template <class T>
void attention_vjp(const AttentionBatch<T>& batch, const AttentionGradient<T>& g, bool add_q, bool add_k, bool add_v) {
  const AttentionHead<T>& one = batch.first;
  const AttentionTable<T>& fn = table<AttentionTable<T>>();
  const auto clear = [&](T* x, bool add, I64 size) {
    if (x != nullptr && !add)
      split(batch.heads * size, kCheapGrain, [&](I64 b, I64 e) { std::fill(x + b, x + e, T(0)); });
  };
  clear(g.dq, add_q, one.rows * one.depth);
  clear(g.dk, add_k, one.columns * one.depth);
  clear(g.dv, add_v, one.columns * one.values);
  // Where one array takes the cotangents of q and of k, the order in which it does is that of whole heads.
  const bool whole = takes_whole_heads(batch.heads) || g.dq == g.dk || g.dq == g.dv;
  PieceMemory<T> memory(fn.vjp_work_size(one), (whole ? 1 : 2) * num_threads());
  const I64 cost = kAttentionBlock * (2 * one.depth + 3 * one.values) / 32;
  // Where a head is cut, blocks of keys cannot all add to dq: it gets a pass of its own.
  AttentionGradient<T> first = g;
  if (!whole) first.dq = nullptr;
  if (whole || g.dk != nullptr || g.dv != nullptr) {
    each_block(batch.heads, blocks_of(one.columns), cost * one.rows, whole, [&] {
      return [&, work = memory.take()](I64 h, I64 block, bool new_head) {
        const AttentionHead<T> head = batch.head(h);
        const AttentionGradient<T> here = gradient_of(one, first, h);
        if (new_head) fn.prepare_vjp(head, here, work);
        fn.vjp_of_keys(head, here, block, work);
      };
    });
  }
  if (whole || g.dq == nullptr) return;
  each_block(batch.heads, blocks_of(one.rows), cost * one.columns, false, [&] {
    return [&, work = memory.take()](I64 h, I64 block, bool new_head) {
      const AttentionHead<T> head = batch.head(h);
      const AttentionGradient<T> here = gradient_of(one, g, h);
      if (new_head) fn.prepare_vjp(head, here, work);
      fn.vjp_of_queries(head, here, block, work);
    };
  });
}

template void attention(const AttentionBatch<float>&, float*, float*);
template void attention(const AttentionBatch<double>&, double*, double*);
template void attention_vjp(const AttentionBatch<float>&, const AttentionGradient<float>&, bool, bool, bool);
template void attention_vjp(const AttentionBatch<double>&, const AttentionGradient<double>&, bool, bool, bool);

}  // namespace xgrad::kernels
