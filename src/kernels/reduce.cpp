#include "kernels/reduce.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"
#include "kernels/reduce_tables.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

template <class T>
T identity(Reduce f) {
  using Limits = std::numeric_limits<T>;
  switch (f) {
    case Reduce::prod:
    case Reduce::all:
      return T(1);
    case Reduce::amax:
      return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
    case Reduce::amin:
      return Limits::has_infinity ? Limits::infinity() : Limits::max();
    default:
      return T(0);
  }
}

/// What joins the partial results of f.
constexpr Reduce second_pass(Reduce f) { return f == Reduce::sum_square ? Reduce::sum : f; }

// Integers and bytes: plain loops, whose order does not matter. Sums and products wrap.
template <class T>
T join(Reduce f, T a, T b) {
  using U = std::make_unsigned_t<T>;
  switch (f) {
    case Reduce::prod:
      return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
    case Reduce::amax:
    case Reduce::any:
      return std::max(a, b);
    case Reduce::amin:
    case Reduce::all:
      return std::min(a, b);
    default:
      return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  }
}

template <class T>
void integer_rows(Reduce f, I64 rows, I64 n, const T* x, T* y) {
  for (I64 i = 0; i < rows; ++i) {
    T r = identity<T>(f);
    for (I64 j = 0; j < n; ++j) r = join(f, r, x[i * n + j]);
    y[i] = r;
  }
}
template <class T>
void integer_columns(Reduce f, I64 rows, I64 stride, I64 n, const T* x, T* y) {
  std::fill_n(y, n, identity<T>(f));
  for (I64 i = 0; i < rows; ++i, x += stride)
    for (I64 j = 0; j < n; ++j) y[j] = join(f, y[j], x[j]);
}

template <class T>
void some_rows(Reduce f, I64 rows, I64 n, const T* x, T* y) {
  if constexpr (std::is_floating_point_v<T>) {
    table<ReduceTable<T>>().rows[static_cast<int>(f)](rows, n, x, y);
  } else {
    integer_rows(f, rows, n, x, y);
  }
}
template <class T>
void some_columns(Reduce f, I64 rows, I64 stride, I64 n, const T* x, T* y) {
  if constexpr (std::is_floating_point_v<T>) {
    table<ReduceTable<T>>().columns[static_cast<int>(f)](rows, stride, n, x, y);
  } else {
    integer_columns(f, rows, stride, n, x, y);
  }
}

// A long row in pieces of this many elements, a long column in pieces of this many rows: by size alone, whatever the
// threads, so that the order of the sums stays the same.
constexpr I64 kPiece = 64 * kSumBlock;
constexpr I64 kMaxPieces = 256;
constexpr I64 kRowPiece = 16 * kRowBlock;

/// y = f of all n.
template <class T>
void reduce_flat(Reduce f, I64 n, const T* x, T* y) {
  if (n <= kPiece) return some_rows(f, 1, n, x, y);
  const I64 piece = std::max(kPiece, (n / kMaxPieces / kSumBlock + 1) * kSumBlock);
  const I64 pieces = (n + piece - 1) / piece;
  T partial[kMaxPieces + 1];
  parallel_for(
      pieces, 1,
      [&](I64 begin, I64 end) {
        for (I64 i = begin; i < end; ++i) some_rows(f, 1, std::min(piece, n - i * piece), x + i * piece, partial + i);
      },
      1);
  some_rows(second_pass(f), 1, pieces, partial, y);
}

/// Memory of this thread that stays: partial results.
template <class T>
T* scratch(int which, I64 n) {
  static thread_local std::vector<T> memory[3];
  std::vector<T>& m = memory[which];
  if (m.size() < static_cast<std::size_t>(n)) m.resize(static_cast<std::size_t>(n));
  return m.data();
}

/// y[j] = f down column j of [rows, n].
template <class T>
void reduce_columns(Reduce f, I64 rows, I64 n, const T* x, T* y) {
  if (rows * n <= kCheapGrain || (n <= 64 && rows < 2 * kRowPiece)) return some_columns(f, rows, n, n, x, y);
  if (n <= 64) {  // too narrow to share: threads take rows
    const I64 piece = std::max(kRowPiece, (rows / kMaxPieces / kRowBlock + 1) * kRowBlock);
    const I64 pieces = (rows + piece - 1) / piece;
    T* partial = scratch<T>(2, pieces * n);
    parallel_for(
        pieces, std::max<I64>(1, kCheapGrain / (piece * n)),
        [&](I64 begin, I64 end) {
          for (I64 i = begin; i < end; ++i)
            some_columns(f, std::min(piece, rows - i * piece), n, n, x + i * piece * n, partial + i * n);
        },
        1);
    return some_columns(second_pass(f), pieces, n, n, partial, y);
  }
  parallel_for(n, std::max<I64>(1, kCheapGrain / rows),
               [&](I64 begin, I64 end) { some_columns(f, rows, n, end - begin, x + begin, y + begin); });
}

/// y[o, i] = f along the middle axis of [outer, n, inner].
template <class T>
void reduce_middle(Reduce f, I64 outer, I64 n, I64 inner, const T* x, T* y) {
  if (inner == 1) {
    if (outer == 1) return reduce_flat(f, n, x, y);
    if (outer * n <= kCheapGrain) return some_rows(f, outer, n, x, y);
    return parallel_for(
        outer, std::max<I64>(1, kCheapGrain / n),
        [&](I64 begin, I64 end) { some_rows(f, end - begin, n, x + begin * n, y + begin); }, 1);
  }
  if (outer == 1) return reduce_columns(f, n, inner, x, y);
  const auto body = [&](I64 begin, I64 end) {
    for (I64 o = begin; o < end; ++o) some_columns(f, n, inner, inner, x + o * n * inner, y + o * inner);
  };
  if (outer * n * inner <= kCheapGrain) return body(0, outer);
  parallel_for(outer, std::max<I64>(1, kCheapGrain / (n * inner)), body, 1);
}

}  // namespace

template <class T>
void reduce(Reduce f, const I64* shape, int rank, std::uint32_t axes, const T* x, T* y) {
  // The rows or the columns of a matrix: the commonest, and often small.
  if (rank == 2 && shape[0] > 1 && shape[1] > 1 && (axes == 1 || axes == 2)) {
    return axes == 1 ? reduce_middle(f, 1, shape[0], shape[1], x, y) : reduce_middle(f, shape[0], shape[1], 1, x, y);
  }
  // Neighbouring axes of one kind become one; axes of extent 1 go.
  I64 extent[8];
  bool reduced[8];
  int runs = 0;
  I64 size = 1, results = 1;
  for (int d = 0; d < rank; ++d) {
    const bool r = axes >> d & 1;
    size *= shape[d];
    if (!r) results *= shape[d];
    if (shape[d] == 1) continue;
    if (runs > 0 && reduced[runs - 1] == r) {
      extent[runs - 1] *= shape[d];
    } else {
      extent[runs] = shape[d];
      reduced[runs++] = r;
    }
  }
  if (results == 0) return;
  if (size == 0) {
    std::fill_n(y, results, identity<T>(f));
    return;
  }
  int to_go = static_cast<int>(std::count(reduced, reduced + runs, true));
  if (to_go == 0) return some_columns(f, 1, size, size, x, y);
  // One run at a time, the longest first: what follows it works on the least.
  for (int pass = 0; to_go > 0; ++pass, --to_go) {
    int run = -1;
    for (int k = 0; k < runs; ++k)
      if (reduced[k] && (run < 0 || extent[k] > extent[run])) run = k;
    I64 outer = 1, inner = 1;
    for (int k = 0; k < run; ++k) outer *= extent[k];
    for (int k = run + 1; k < runs; ++k) inner *= extent[k];
    T* to = to_go == 1 ? y : scratch<T>(pass & 1, outer * inner);
    reduce_middle(pass == 0 ? f : second_pass(f), outer, extent[run], inner, x, to);
    x = to;
    extent[run] = 1;
    reduced[run] = false;
  }
}

namespace {

/// The first place of the extreme, or of the first NaN.
template <class T>
void place_of(Reduce f, I64 outer, I64 n, I64 inner, const T* x, I64* y) {
  const auto same = [](T v, T extreme) { return v == extreme || v != v; };
  if (inner == 1) {  // the extreme at full width, then where it is
    for (I64 o = 0; o < outer; ++o, x += n) {
      T extreme;
      some_rows(f, 1, n, x, &extreme);
      // With a NaN in the row, that is the extreme, and nothing equals it but the NaN itself.
      const bool nan = extreme != extreme;
      I64 k = 0;
      while (nan ? x[k] == x[k] : x[k] != extreme) ++k;
      y[o] = k;
    }
    return;
  }
  T* extreme = scratch<T>(0, inner);
  for (I64 o = 0; o < outer; ++o, x += n * inner, y += inner) {
    some_columns(f, n, inner, inner, x, extreme);
    std::fill_n(y, inner, n);
    for (I64 k = n - 1; k >= 0; --k)
      for (I64 i = 0; i < inner; ++i) y[i] = same(x[k * inner + i], extreme[i]) ? k : y[i];
  }
}

template <class T, class Join>
void scan(I64 outer, I64 n, I64 inner, const T* x, T* y, bool reverse, Join join) {
  const I64 step = reverse ? -inner : inner;
  for (I64 o = 0; o < outer; ++o) {
    const T* from = x + o * n * inner + (reverse ? (n - 1) * inner : 0);
    T* to = y + o * n * inner + (reverse ? (n - 1) * inner : 0);
    if (inner == 1) {
      T total = *from;
      *to = total;
      for (I64 k = 1; k < n; ++k) {
        total = join(total, from[k * step]);
        to[k * step] = total;
      }
      continue;
    }
    std::copy_n(from, inner, to);
    for (I64 k = 1; k < n; ++k) {
      from += step;
      to += step;
      for (I64 i = 0; i < inner; ++i) to[i] = join(to[i - step], from[i]);
    }
  }
}

template <bool product, class T>
T wrapping(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return product ? a * b : a + b;
  } else {
    return join(product ? Reduce::prod : Reduce::sum, a, b);
  }
}

}  // namespace

template <class T>
void argmax(I64 outer, I64 n, I64 inner, const T* x, I64* y) {
  place_of(Reduce::amax, outer, n, inner, x, y);
}
template <class T>
void argmin(I64 outer, I64 n, I64 inner, const T* x, I64* y) {
  place_of(Reduce::amin, outer, n, inner, x, y);
}

template <class T>
void cumsum(I64 outer, I64 n, I64 inner, const T* x, T* y, bool reverse) {
  if (n > 0 && inner > 0) scan(outer, n, inner, x, y, reverse, [](T a, T b) { return wrapping<false>(a, b); });
}
template <class T>
void cumprod(I64 outer, I64 n, I64 inner, const T* x, T* y, bool reverse) {
  if (n > 0 && inner > 0) scan(outer, n, inner, x, y, reverse, [](T a, T b) { return wrapping<true>(a, b); });
}

template <class T>
void prod_vjp(I64 outer, I64 n, I64 inner, const T* g, const T* x, T* dx, bool add) {
  T* before = scratch<T>(0, n + 1);
  for (I64 o = 0; o < outer; ++o, x += n * inner, dx += n * inner, g += inner) {
    for (I64 i = 0; i < inner; ++i) {
      before[0] = g[i];
      for (I64 k = 0; k < n; ++k) before[k + 1] = before[k] * x[k * inner + i];
      T after = 1;
      for (I64 k = n - 1; k >= 0; --k) {
        T& to = dx[k * inner + i];
        to = (add ? to : T(0)) + before[k] * after;
        after *= x[k * inner + i];
      }
    }
  }
}

template <class T>
void cumprod_vjp(I64 outer, I64 n, I64 inner, const T* g, const T* x, T* dx, bool reverse, bool add) {
  // With P the product of what stands before k: dx[k] = P s[k], s[k] = g[k] + x[k + 1] s[k + 1].
  T* before = scratch<T>(0, n + 1);
  for (I64 o = 0; o < outer; ++o, x += n * inner, dx += n * inner, g += n * inner) {
    for (I64 i = 0; i < inner; ++i) {
      const auto at = [=](I64 k) { return (reverse ? n - 1 - k : k) * inner + i; };
      before[0] = 1;
      for (I64 k = 0; k < n; ++k) before[k + 1] = before[k] * x[at(k)];
      T s = 0;
      for (I64 k = n - 1; k >= 0; --k) {
        s = g[at(k)] + (k + 1 < n ? x[at(k + 1)] * s : T(0));
        T& to = dx[at(k)];
        to = (add ? to : T(0)) + before[k] * s;
      }
    }
  }
}

template void reduce(Reduce, const I64*, int, std::uint32_t, const float*, float*);
template void reduce(Reduce, const I64*, int, std::uint32_t, const double*, double*);
template void reduce(Reduce, const I64*, int, std::uint32_t, const I64*, I64*);
template void reduce(Reduce, const I64*, int, std::uint32_t, const std::uint8_t*, std::uint8_t*);
template void argmax(I64, I64, I64, const float*, I64*);
template void argmax(I64, I64, I64, const double*, I64*);
template void argmax(I64, I64, I64, const I64*, I64*);
template void argmax(I64, I64, I64, const std::uint8_t*, I64*);
template void argmin(I64, I64, I64, const float*, I64*);
template void argmin(I64, I64, I64, const double*, I64*);
template void argmin(I64, I64, I64, const I64*, I64*);
template void argmin(I64, I64, I64, const std::uint8_t*, I64*);
template void cumsum(I64, I64, I64, const float*, float*, bool);
template void cumsum(I64, I64, I64, const double*, double*, bool);
template void cumsum(I64, I64, I64, const I64*, I64*, bool);
template void cumprod(I64, I64, I64, const float*, float*, bool);
template void cumprod(I64, I64, I64, const double*, double*, bool);
template void cumprod(I64, I64, I64, const I64*, I64*, bool);
template void prod_vjp(I64, I64, I64, const float*, const float*, float*, bool);
template void prod_vjp(I64, I64, I64, const double*, const double*, double*, bool);
template void cumprod_vjp(I64, I64, I64, const float*, const float*, float*, bool, bool);
template void cumprod_vjp(I64, I64, I64, const double*, const double*, double*, bool, bool);

}  // namespace xgrad::kernels
