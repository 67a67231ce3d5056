#include "kernels/broadcast.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/elementwise_tables.hpp"
#include "kernels/parallel.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;
using Byte = std::uint8_t;

/// Appends dimensions from the innermost outwards, merging each into the one before where all operands allow.
class PlanBuilder {
 public:
  explicit PlanBuilder(std::span<const Extents> operands) : operands_(operands) {
    for (I64& s : step_) s = 1;
  }

  void add(I64 extent, std::size_t from_last) {
    size_ *= extent;
    if (extent == 1) return;
    I64 stride[BroadcastPlan::max_operands] = {};
    for (std::size_t k = 0; k < operands_.size(); ++k) {
      const Extents& s = operands_[k];
      const I64 own = from_last < s.size() ? s[s.size() - 1 - from_last] : 1;
      stride[k] = own == 1 ? 0 : step_[k];
      step_[k] *= own;
    }
    bool merge = rank_ > 0;
    for (std::size_t k = 0; k < operands_.size() && merge; ++k) {
      merge = stride[k] == stride_[k][rank_ - 1] * shape_[rank_ - 1];
    }
    if (merge) {
      shape_[rank_ - 1] *= extent;
      return;
    }
    shape_[rank_] = extent;
    for (std::size_t k = 0; k < operands_.size(); ++k) stride_[k][rank_] = stride[k];
    ++rank_;
  }

  BroadcastPlan finish() const {
    BroadcastPlan plan;
    plan.rank = rank_;
    plan.size = size_;
    for (int d = 0; d < rank_; ++d) {
      plan.shape[d] = shape_[rank_ - 1 - d];
      for (std::size_t k = 0; k < operands_.size(); ++k) plan.stride[k][d] = stride_[k][rank_ - 1 - d];
    }
    return plan;
  }

 private:
  std::span<const Extents> operands_;
  int rank_ = 0;
  I64 size_ = 1;
  I64 step_[BroadcastPlan::max_operands];
  I64 shape_[BroadcastPlan::max_rank];  // innermost first
  I64 stride_[BroadcastPlan::max_operands][BroadcastPlan::max_rank];
};

/// Where the walk stands: the row of the plan and each operand's offset there.
struct Cursor {
  I64 index[BroadcastPlan::max_rank] = {};
  I64 offset[BroadcastPlan::max_operands] = {};

  /// At the start of a row: `row` counts the last dimension's runs.
  Cursor(const BroadcastPlan& p, I64 row, int inner) {
    for (int d = p.rank - 1 - inner; d >= 0; --d) {
      index[d] = row % p.shape[d];
      row /= p.shape[d];
      for (int k = 0; k < BroadcastPlan::max_operands; ++k) offset[k] += index[d] * p.stride[k][d];
    }
  }
  void next(const BroadcastPlan& p, int inner) {
    for (int d = p.rank - 1 - inner; d >= 0; --d) {
      for (int k = 0; k < BroadcastPlan::max_operands; ++k) offset[k] += p.stride[k][d];
      if (++index[d] < p.shape[d]) return;
      index[d] = 0;
      for (int k = 0; k < BroadcastPlan::max_operands; ++k) offset[k] -= p.stride[k][d] * p.shape[d];
    }
  }
};

/// Rows shorter than this are gathered into tiles, so that the kernel is not called for a handful of elements.
constexpr I64 kShortRow = 48;
constexpr I64 kTile = 1024;

/// One operand over a tile of `rows` x n: in place, as one value, or repeated into a buffer.
template <class T>
class TileOperand {
 public:
  TileOperand(const BroadcastPlan& p, int k, const T* x) : x_(x) {
    const int last = p.rank - 1;
    n_ = p.shape[last];
    inner_ = p.stride[k][last];
    outer_ = p.stride[k][last - 1];
  }
  bool single() const { return inner_ == 0 && outer_ == 0; }
  I64 stride() const { return single() ? 0 : 1; }
  /// The operand from row `first` of the two inner dimensions on, at `offset` of the outer ones.
  const T* tile(I64 offset, I64 first, I64 rows) {
    const T* x = x_ + offset + first * outer_;
    if (single() || (inner_ == 1 && outer_ == n_)) return x;
    if (outer_ == 0 && x == repeated_ && rows <= repeated_rows_) return buffer_;  // the last tile's row again
    for (I64 i = 0; i < rows; ++i) {
      for (I64 j = 0; j < n_; ++j) buffer_[i * n_ + j] = x[i * outer_ + j * inner_];
    }
    repeated_ = x;
    repeated_rows_ = rows;
    return buffer_;
  }

 private:
  const T* x_;
  I64 n_, inner_, outer_;
  const T* repeated_ = nullptr;
  I64 repeated_rows_ = 0;
  T buffer_[kTile];
};

/// kernel(n, a, sa, b, sb, c, sc, y) over the whole plan. Operands that are not there: null with strides 0.
template <class A, class B, class C, class Y, class Kernel>
void walk(const BroadcastPlan& p, I64 grain, const A* a, const B* b, const C* c, Y* y, const Kernel& kernel) {
  if (p.size == 0) return;
  if (p.rank == 0) return kernel(1, a, 0, b, 0, c, 0, y);
  const int last = p.rank - 1;
  const I64 n = p.shape[last];
  if (p.rank >= 2 && n < kShortRow && p.shape[last - 1] >= 4) {
    const I64 m = p.shape[last - 1];
    const I64 tile_rows = kTile / n;
    split(p.size, grain, [&](I64 begin, I64 end) {
      TileOperand<A> ta(p, 0, a);
      TileOperand<B> tb(p, 1, b);
      TileOperand<C> tc(p, 2, c);
      I64 row = (begin + n - 1) / n;
      const I64 row_end = (end + n - 1) / n;
      if (row >= row_end) return;
      Cursor at(p, row / m, 2);
      I64 first = row % m;
      while (row < row_end) {
        const I64 rows = std::min({tile_rows, m - first, row_end - row});
        kernel(rows * n, ta.tile(at.offset[0], first, rows), ta.stride(), tb.tile(at.offset[1], first, rows),
               tb.stride(), tc.tile(at.offset[2], first, rows), tc.stride(), y + row * n);
        row += rows;
        first += rows;
        if (first == m) {
          first = 0;
          at.next(p, 2);
        }
      }
    });
    return;
  }
  const I64 sa = p.stride[0][last], sb = p.stride[1][last], sc = p.stride[2][last];
  split(p.size, grain, [&](I64 begin, I64 end) {
    Cursor at(p, begin / n, 1);
    I64 j = begin % n;
    while (begin < end) {
      const I64 count = std::min(n - j, end - begin);
      kernel(count, a + at.offset[0] + j * sa, sa, b + at.offset[1] + j * sb, sb, c + at.offset[2] + j * sc, sc,
             y + begin);
      begin += count;
      j = 0;
      at.next(p, 1);
    }
  });
}

bool same_shape(Extents a, Extents b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }
I64 count(Extents shape) {
  I64 n = 1;
  for (I64 e : shape) n *= e;
  return n;
}

/// Calls flat(n, sa, sb) where both shapes are alike or one is a single value with no more dimensions; else false.
template <class Flat>
bool try_flat(Extents a, Extents b, const Flat& flat) {
  if (same_shape(a, b)) {
    flat(count(a), 1, 1);
    return true;
  }
  if (b.size() <= a.size() && count(b) == 1) {
    flat(count(a), 1, 0);
    return true;
  }
  if (a.size() <= b.size() && count(a) == 1) {
    flat(count(b), 0, 1);
    return true;
  }
  return false;
}

/// How an operand lies along the rows of the other, full one, of shape (…, n): step from row to row, and within one.
struct RowStrides {
  I64 step, within;
};
/// True for a row (n), and for a column (…, 1) of the same rank. `full` and n > 1 elements a row.
bool along_rows(Extents full, Extents other, I64 n, RowStrides& strides) {
  if (other.empty() || other.size() > full.size()) return false;
  if (other.back() == n) {
    strides = {0, 1};
    return std::all_of(other.begin(), other.end() - 1, [](I64 e) { return e == 1; });
  }
  strides = {1, 0};
  return other.back() == 1 && other.size() == full.size() && std::equal(full.begin(), full.end() - 1, other.begin());
}

/// The same for a matrix (m, n), said in a few comparisons: the commonest broadcast, often of a small matrix.
bool along_matrix(Extents full, Extents other, RowStrides& strides) {
  if (other.size() == 1 || (other.size() == 2 && other[0] == 1)) {
    strides = {0, 1};
    return other.back() == full[1];
  }
  strides = {1, 0};
  return other.size() == 2 && other[1] == 1 && other[0] == full[0];
}

/// A matrix and a row or a column, of rows long enough: calls rows(m, n, step_a, sa, step_b, sb); else false.
template <class Rows>
bool try_rows(Extents a, Extents b, const Rows& rows) {
  RowStrides s{};
  if (!a.empty() && a.back() >= kShortRow && along_rows(a, b, a.back(), s)) {
    rows(count(a.first(a.size() - 1)), a.back(), a.back(), 1, s.step, s.within);
    return true;
  }
  if (!b.empty() && b.back() >= kShortRow && along_rows(b, a, b.back(), s)) {
    rows(count(b.first(b.size() - 1)), b.back(), s.step, s.within, b.back(), 1);
    return true;
  }
  return false;
}

constexpr Byte kNothing = 0;

I64 grain_of(Binary f) {
  switch (f) {
    case Binary::pow:
    case Binary::hypot:
    case Binary::atan2:
    case Binary::fmod:
      return kLibmGrain;
    case Binary::logaddexp:
      return kCostlyGrain;
    default:
      return kCheapGrain;
  }
}

}  // namespace

BroadcastPlan BroadcastPlan::make(Extents output, std::span<const Extents> operands) {
  PlanBuilder builder(operands);
  for (std::size_t i = 0; i < output.size(); ++i) builder.add(output[output.size() - 1 - i], i);
  return builder.finish();
}

BroadcastPlan BroadcastPlan::make(std::span<const Extents> operands) {
  std::size_t rank = 0;
  for (const Extents& s : operands) rank = std::max(rank, s.size());
  PlanBuilder builder(operands);
  for (std::size_t i = 0; i < rank; ++i) {
    I64 extent = 1;
    for (const Extents& s : operands) {
      const I64 own = i < s.size() ? s[s.size() - 1 - i] : 1;
      if (own != 1) extent = own;
    }
    builder.add(extent, i);
  }
  return builder.finish();
}

namespace {
/// Whatever is no small matrix with a row or a column. Apart from that case, whose call would otherwise save registers
/// for all of this: at a few hundred elements that is a quarter of the time.
template <class T>
[[gnu::noinline]] void binary_general(Binary f, Extents a_shape, Extents b_shape, const T* a, const T* b, T* y) {
  if (try_flat(a_shape, b_shape, [&](I64 n, I64 sa, I64 sb) { binary(f, n, a, sa, b, sb, y); })) return;
  const BinaryTable<T>& functions = table<BinaryTable<T>>();
  if (const BinaryRowsFn<T> rows = functions.rows[static_cast<int>(f)]) {
    const auto by_rows = [&](I64 m, I64 n, I64 step_a, I64 sa, I64 step_b, I64 sb) {
      split_rows(m, n, grain_of(f), [&](I64 begin, I64 end) {
        rows(end - begin, n, a + begin * step_a, step_a, sa, b + begin * step_b, step_b, sb, y + begin * n);
      });
    };
    if (try_rows(a_shape, b_shape, by_rows)) return;
  }
  const Extents shapes[] = {a_shape, b_shape};
  const BinaryFn<T> fn = functions.binary[static_cast<int>(f)];
  walk(BroadcastPlan::make(shapes), grain_of(f), a, b, &kNothing, y,
       [fn](I64 n, const T* u, I64 su, const T* v, I64 sv, const Byte*, I64, T* out) { fn(n, u, su, v, sv, out); });
}
}  // namespace

template <class T>
void binary_broadcast(Binary f, Extents a_shape, Extents b_shape, const T* a, const T* b, T* y) {
  RowStrides s;
  if (a_shape.size() == 2 && a_shape[1] >= kShortRow && along_matrix(a_shape, b_shape, s)) {
    const I64 m = a_shape[0], n = a_shape[1];
    const BinaryRowsFn<T> rows = table<BinaryTable<T>>().rows[static_cast<int>(f)];
    if (rows != nullptr && m * n <= kLibmGrain) return rows(m, n, a, n, 1, b, s.step, s.within, y);
  }
  binary_general(f, a_shape, b_shape, a, b, y);
}

template <class T>
void compare_broadcast(Compare f, Extents a_shape, Extents b_shape, const T* a, const T* b, Byte* y) {
  if (try_flat(a_shape, b_shape, [&](I64 n, I64 sa, I64 sb) { compare(f, n, a, sa, b, sb, y); })) return;
  const Extents shapes[] = {a_shape, b_shape};
  const CompareFn<T> fn = table<MaskTable<T>>().compare[static_cast<int>(f)];
  walk(BroadcastPlan::make(shapes), kCheapGrain, a, b, &kNothing, y,
       [fn](I64 n, const T* u, I64 su, const T* v, I64 sv, const Byte*, I64, Byte* out) { fn(n, u, su, v, sv, out); });
}

void logical_broadcast(Logical f, Extents a_shape, Extents b_shape, const Byte* a, const Byte* b, Byte* y) {
  if (try_flat(a_shape, b_shape, [&](I64 n, I64 sa, I64 sb) { logical(f, n, a, sa, b, sb, y); })) return;
  const Extents shapes[] = {a_shape, b_shape};
  const CompareFn<Byte> fn = table<LogicalTable>().logical[static_cast<int>(f)];
  walk(BroadcastPlan::make(shapes), kCheapGrain, a, b, &kNothing, y,
       [fn](I64 n, const Byte* u, I64 su, const Byte* v, I64 sv, const Byte*, I64, Byte* out) {
         fn(n, u, su, v, sv, out);
       });
}

template <class T>
void where_broadcast(Extents c_shape, Extents a_shape, Extents b_shape, const Byte* c, const T* a, const T* b, T* y) {
  if (same_shape(c_shape, a_shape) && same_shape(c_shape, b_shape)) return where(count(c_shape), c, 1, a, 1, b, 1, y);
  const Extents shapes[] = {c_shape, a_shape, b_shape};
  const auto fn = table<MaskTable<T>>().where;
  walk(BroadcastPlan::make(shapes), kCheapGrain, c, a, b, y,
       [fn](I64 n, const Byte* m, I64 sm, const T* u, I64 su, const T* v, I64 sv, T* out) {
         fn(n, m, sm, u, su, v, sv, out);
       });
}

namespace {
/// Each of m values n times.
template <class T>
void repeat_each(I64 m, I64 n, const T* x, T* y) {
  const auto repeat = table<MaskTable<T>>().repeat;
  if (m * n <= kCheapGrain) return repeat(m, n, x, y);
  split_rows(m, n, kCheapGrain, [&](I64 begin, I64 end) { repeat(end - begin, n, x + begin, y + begin * n); });
}

/// Whatever is no column of a matrix, apart for the same reason.
template <class T>
[[gnu::noinline]] void copy_general(Extents from, Extents to, const T* x, T* y) {
  const Extents shapes[] = {from};
  const BroadcastPlan plan = BroadcastPlan::make(to, shapes);
  if (plan.rank == 1 && plan.stride[0][0] == 1) return copy(plan.size, x, y);
  if (plan.rank == 2 && plan.stride[0][0] == 1 && plan.stride[0][1] == 0)
    return repeat_each(plan.shape[0], plan.shape[1], x, y);
  const auto fn = table<MaskTable<T>>().fill;
  walk(plan, kCheapGrain, x, &kNothing, &kNothing, y,
       [fn](I64 n, const T* u, I64 su, const Byte*, I64, const Byte*, I64, T* out) {
         if (su == 0) {
           fn(n, u[0], out);
         } else {
           std::memcpy(out, u, static_cast<std::size_t>(n) * sizeof(T));
         }
       });
}
}  // namespace

template <class T>
void broadcast_copy(Extents from, Extents to, const T* x, T* y) {
  if (to.size() == 2 && from.size() == 2 && from[0] == to[0] && from[1] == 1) return repeat_each(to[0], to[1], x, y);
  copy_general(from, to, x, y);
}

template void binary_broadcast(Binary, Extents, Extents, const float*, const float*, float*);
template void binary_broadcast(Binary, Extents, Extents, const double*, const double*, double*);
template void binary_broadcast(Binary, Extents, Extents, const I64*, const I64*, I64*);
template void compare_broadcast(Compare, Extents, Extents, const float*, const float*, Byte*);
template void compare_broadcast(Compare, Extents, Extents, const double*, const double*, Byte*);
template void compare_broadcast(Compare, Extents, Extents, const I64*, const I64*, Byte*);
template void compare_broadcast(Compare, Extents, Extents, const Byte*, const Byte*, Byte*);
template void where_broadcast(Extents, Extents, Extents, const Byte*, const float*, const float*, float*);
template void where_broadcast(Extents, Extents, Extents, const Byte*, const double*, const double*, double*);
template void where_broadcast(Extents, Extents, Extents, const Byte*, const I64*, const I64*, I64*);
template void where_broadcast(Extents, Extents, Extents, const Byte*, const Byte*, const Byte*, Byte*);
template void broadcast_copy(Extents, Extents, const float*, float*);
template void broadcast_copy(Extents, Extents, const double*, double*);
template void broadcast_copy(Extents, Extents, const I64*, I64*);
template void broadcast_copy(Extents, Extents, const Byte*, Byte*);

}  // namespace xgrad::kernels
