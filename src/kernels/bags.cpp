#include "kernels/bags.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.hpp"

namespace xgrad::kernels {

namespace {

using I64 = std::int64_t;

bool counts(const Bags& b, I64 index) { return !b.skip_zero || index != 0; }

/// What a bag's sum is multiplied by.
template <class T>
T factor(const Bags& b, const I64* index, bool mean) {
  if (!mean) return 1;
  I64 some = b.count;
  if (b.skip_zero) some -= std::count(index, index + b.count, I64{0});
  return some > 0 ? T(1) / static_cast<T>(some) : T(0);
}

/// Columns that are summed in registers at once.
constexpr I64 kWide = 64;

/// y[0, wide) = f · Σ of the rows' [0, wide).
template <class T>
void sum_rows(const Bags& b, const I64* index, const T* table, I64 wide, T f, T* y) {
  T sums[kWide] = {};
  for (I64 k = 0; k < b.count; ++k) {
    if (!counts(b, index[k])) continue;
    const T* row = table + index[k] * b.n;
    if (wide == kWide) {
      for (I64 i = 0; i < kWide; ++i) sums[i] += row[i];
    } else {
      for (I64 i = 0; i < wide; ++i) sums[i] += row[i];
    }
  }
  for (I64 i = 0; i < wide; ++i) y[i] = f * sums[i];
}

}  // namespace

template <class T>
void bag_sum(const Bags& b, const T* table, bool mean, T* y) {
  split_rows(b.bags, std::max<I64>(1, b.count * b.n), kCheapGrain, [=](I64 begin, I64 end) {
    for (I64 bag = begin; bag < end; ++bag) {
      const I64* index = b.index + bag * b.count;
      const T f = factor<T>(b, index, mean);
      for (I64 i = 0; i < b.n; i += kWide)
        sum_rows(b, index, table + i, std::min(kWide, b.n - i), f, y + bag * b.n + i);
    }
  });
}

template <class T>
void bag_sum_vjp(const Bags& b, const T* g, bool mean, T* to) {
  if (b.bags <= 0 || b.count <= 0) return;
  // Threads share the columns, so that no two add to one place.
  split(b.n, std::max<I64>(16, kCheapGrain / (b.bags * b.count)), [=](I64 begin, I64 end) {
    T share[kWide];
    for (I64 bag = 0; bag < b.bags; ++bag) {
      const I64* index = b.index + bag * b.count;
      const T f = factor<T>(b, index, mean);
      for (I64 first = begin; first < end; first += kWide) {
        const I64 wide = std::min(kWide, end - first);
        for (I64 i = 0; i < wide; ++i) share[i] = f * g[bag * b.n + first + i];
        for (I64 k = 0; k < b.count; ++k) {
          if (!counts(b, index[k])) continue;
          T* row = to + index[k] * b.n + first;
          for (I64 i = 0; i < wide; ++i) row[i] += share[i];
        }
      }
    }
  });
}

template <class T>
void bag_max(const Bags& b, const T* table, T* y) {
  split_rows(b.bags, std::max<I64>(1, b.count * b.n), kCheapGrain, [=](I64 begin, I64 end) {
    for (I64 bag = begin; bag < end; ++bag) {
      const I64* index = b.index + bag * b.count;
      T* to = y + bag * b.n;
      bool first = true;
      std::fill_n(to, b.n, T{0});
      for (I64 k = 0; k < b.count; ++k) {
        if (!counts(b, index[k])) continue;
        const T* row = table + index[k] * b.n;
        for (I64 i = 0; i < b.n; ++i) to[i] = first || row[i] > to[i] || std::isnan(row[i]) ? row[i] : to[i];
        first = false;
      }
    }
  });
}

template <class T>
void bag_max_vjp(const Bags& b, const T* table, const T* y, const T* g, T* to) {
  for (I64 bag = 0; bag < b.bags; ++bag, y += b.n, g += b.n) {
    const I64* index = b.index + bag * b.count;
    for (I64 i = 0; i < b.n; ++i) {
      const auto wins = [&](I64 k) {
        const T x = table[index[k] * b.n + i];
        return counts(b, index[k]) && (x == y[i] || (std::isnan(x) && std::isnan(y[i])));
      };
      I64 ties = 0;
      for (I64 k = 0; k < b.count; ++k) ties += wins(k);
      const T share = ties > 0 ? g[i] / static_cast<T>(ties) : T{0};
      for (I64 k = 0; k < b.count; ++k)
        if (wins(k)) to[index[k] * b.n + i] += share;
    }
  }
}

template void bag_sum(const Bags&, const float*, bool, float*);
template void bag_sum(const Bags&, const double*, bool, double*);
template void bag_sum_vjp(const Bags&, const float*, bool, float*);
template void bag_sum_vjp(const Bags&, const double*, bool, double*);
template void bag_max(const Bags&, const float*, float*);
template void bag_max(const Bags&, const double*, double*);
template void bag_max_vjp(const Bags&, const float*, const float*, const float*, float*);
template void bag_max_vjp(const Bags&, const double*, const double*, const double*, double*);

}  // namespace xgrad::kernels
