#include "kernels/bags.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/parallel.hpp"

namespace xgrad::kernels {

namespace {

using I64 = std::int64_t;

bool counts(const Bags& b, I64 index) { return !b.skip_zero || index != 0; }

}  // namespace

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
void bag_max_vjp(const Bags& b, const T* table, const T* y, const T* g, const I64* row, T* to) {
  for (I64 bag = 0; bag < b.bags; ++bag, y += b.n, g += b.n) {
    const I64* index = b.index + bag * b.count;
    I64 used = 0;
    for (I64 i = 0; i < b.n; ++i) {
      const auto wins = [&](I64 k) {
        const T x = table[index[k] * b.n + i];
        return counts(b, index[k]) && (x == y[i] || (std::isnan(x) && std::isnan(y[i])));
      };
      I64 ties = 0;
      for (I64 k = 0; k < b.count; ++k) ties += wins(k);
      const T share = ties > 0 ? g[i] / static_cast<T>(ties) : T{0};
      used = 0;
      for (I64 k = 0; k < b.count; ++k) {
        if (wins(k)) to[row[used] * b.n + i] += share;
        used += counts(b, index[k]);
      }
    }
    row += used;
  }
}

template void bag_max(const Bags&, const float*, float*);
template void bag_max(const Bags&, const double*, double*);
template void bag_max_vjp(const Bags&, const float*, const float*, const float*, const I64*, float*);
template void bag_max_vjp(const Bags&, const double*, const double*, const double*, const I64*, double*);

}  // namespace xgrad::kernels
