#pragma once
// The largest of the rows of a table, by bags. (Sums are sparse products.)

#include <cstdint>

namespace xgrad::kernels {

/// The bags of indices [bags, count], each from 0 to rows − 1, and the table [rows, n] that they name rows of.
struct Bags {
  std::int64_t bags, count, n;
  const std::int64_t* index;
  bool skip_zero;  ///< index 0 counts in no bag
};

/// y[b] = the largest of the rows that bag b names, element by element; NaN wins. A bag of nothing has 0.
template <class T>
void bag_max(const Bags& b, const T* table, T* y);
/// to [row[i], n] += g where the row of index i has the largest element y, shared equally at ties; i goes over the
/// indices that count. `row` is those indices themselves for a gradient of the whole table.
template <class T>
void bag_max_vjp(const Bags& b, const T* table, const T* y, const T* g, const std::int64_t* row, T* to);

}  // namespace xgrad::kernels
