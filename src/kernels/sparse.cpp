#include "kernels/sparse.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/isa.hpp"
#include "kernels/sparse_tables.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

constexpr I64 kGrain = 32 * 1024;  // products on one thread up to which a second does not pay

constexpr I64 kClearGrain = 64 * 1024;  // the same, of elements to clear

/// Rows that hold about kGrain products.
I64 grain_in_rows(I64 rows, I64 n, const I64* row_ptr) {
  const I64 products = std::max<I64>(1, (row_ptr[rows] - row_ptr[0]) * n);
  return std::max<I64>(
      1, static_cast<I64>(static_cast<double>(kGrain) / static_cast<double>(products) * static_cast<double>(rows)));
}

}  // namespace

template <class T>
void spmm(I64 rows, I64, I64 n, const I64* row_ptr, const I64* col, const T* val, const T* x, T* y, bool add) {
  if (rows <= 0 || n <= 0) return;
  const auto f = table<SparseTable<T>>().spmm;
  parallel_for(
      rows, grain_in_rows(rows, n, row_ptr),
      [&](I64 begin, I64 end) { f(begin, end, n, row_ptr, col, val, x, y, add); }, n >= 16 ? 1 : 16);
}

template <class T>
void spmm_t(I64 rows, I64 cols, I64 n, const I64* row_ptr, const I64* col, const T* val, const T* x, T* y, bool add) {
  if (cols <= 0 || n <= 0) return;
  const auto f = table<SparseTable<T>>().spmm_t;
  const I64 entries = rows > 0 ? row_ptr[rows] - row_ptr[0] : 0;
  const auto clear = [&](I64 first, I64 last) {
    if (!add) std::memset(y + first * n, 0, static_cast<std::size_t>((last - first) * n) * sizeof(T));
  };
  // Threads never share a row of Y, or share it along cache lines; so no sum depends on them.
  const auto part = [&](I64 from, I64 to, I64 first, I64 last) {
    if (entries > 0) f(rows, cols, n, to - from, first, last, row_ptr, col, val, x + from, y + from);
  };
  const auto whole_rows = [&](I64 first, I64 last) {
    clear(first, last);
    part(0, n, first, last);
  };
  if (entries * n + cols * n / 4 <= 2 * kGrain) return whole_rows(0, cols);
  if (n >= 64) {
    // Cleared row by row first: 10000 × 64 cleared by columns took 120 µs on two threads, by rows 14 to 25 (Zen 4).
    if (!add) parallel_for(cols, std::max<I64>(1, kClearGrain / n), clear);
    return parallel_for(
        n, 32, [&](I64 from, I64 to) { part(from, to, 0, cols); }, 16);
  }
  parallel_for(cols, cols / std::max<I64>(1, entries * n / kGrain), whole_rows);
}

template <class T>
void sddmm(I64 rows, I64 n, const I64* row_ptr, const I64* col, const T* g, const T* x, T* dval, bool add) {
  if (rows <= 0) return;
  const auto f = table<SparseTable<T>>().sddmm;
  parallel_for(
      rows, grain_in_rows(rows, std::max<I64>(n, 1), row_ptr),
      [&](I64 begin, I64 end) { f(begin, end, n, row_ptr, col, g, x, dval, add); }, 1);
}

template void spmm(I64, I64, I64, const I64*, const I64*, const float*, const float*, float*, bool);
template void spmm(I64, I64, I64, const I64*, const I64*, const double*, const double*, double*, bool);
template void spmm_t(I64, I64, I64, const I64*, const I64*, const float*, const float*, float*, bool);
template void spmm_t(I64, I64, I64, const I64*, const I64*, const double*, const double*, double*, bool);
template void sddmm(I64, I64, const I64*, const I64*, const float*, const float*, float*, bool);
template void sddmm(I64, I64, const I64*, const I64*, const double*, const double*, double*, bool);

}  // namespace xgrad::kernels
