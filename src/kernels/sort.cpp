#include "kernels/sort.hpp"

#include <algorithm>
#include <vector>

#include "kernels/parallel.hpp"

namespace xgrad::kernels {

namespace {

template <class T>
struct Item {
  T value;
  std::int64_t place;
};

/// Places differ, so that this order is strict and total: any sort by it is stable.
template <class T, bool descending>
bool before(const Item<T>& a, const Item<T>& b) {
  if (descending ? a.value > b.value : a.value < b.value) return true;
  if (a.value == b.value) return a.place < b.place;
  const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
  if (a_nan != b_nan) return b_nan;
  return a_nan && a.place < b.place;
}

template <class T, bool descending>
void order(std::vector<Item<T>>& items, std::int64_t keep) {
  constexpr auto less = before<T, descending>;
  const auto middle = items.begin() + keep;
  if (keep < static_cast<std::int64_t>(items.size())) {
    if (keep == 0) return;
    std::nth_element(items.begin(), middle - 1, items.end(), less);
  }
  std::sort(items.begin(), middle, less);
}

}  // namespace

template <class T>
void sort_rows(std::int64_t rows, std::int64_t n, std::int64_t keep, bool descending, const T* x, T* y,
               std::int64_t* index) {
  if (rows <= 0 || keep <= 0) return;
  parallel_for(
      rows, std::max<std::int64_t>(1, kLibmGrain / n),
      [&](std::int64_t begin, std::int64_t end) {
        static thread_local std::vector<Item<T>> items;
        items.resize(static_cast<std::size_t>(n));
        for (std::int64_t row = begin; row < end; ++row) {
          for (std::int64_t i = 0; i < n; ++i) items[static_cast<std::size_t>(i)] = {x[row * n + i], i};
          if (descending) {
            order<T, true>(items, keep);
          } else {
            order<T, false>(items, keep);
          }
          for (std::int64_t i = 0; i < keep; ++i) {
            const Item<T>& item = items[static_cast<std::size_t>(i)];
            if (y) y[row * keep + i] = item.value;
            if (index) index[row * keep + i] = item.place;
          }
        }
      },
      1);
}

template void sort_rows(std::int64_t, std::int64_t, std::int64_t, bool, const float*, float*, std::int64_t*);
template void sort_rows(std::int64_t, std::int64_t, std::int64_t, bool, const double*, double*, std::int64_t*);
template void sort_rows(std::int64_t, std::int64_t, std::int64_t, bool, const std::int64_t*, std::int64_t*,
                        std::int64_t*);
template void sort_rows(std::int64_t, std::int64_t, std::int64_t, bool, const std::uint8_t*, std::uint8_t*,
                        std::int64_t*);

}  // namespace xgrad::kernels
