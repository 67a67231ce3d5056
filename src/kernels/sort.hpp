#pragma once
// Order along the rows of [rows, n]: stable, NaN last, in either direction.

#include <cstdint>

namespace xgrad::kernels {

/// The first `keep` of each row in order: values to y and places in the row to `index`, each [rows, keep] and either of
/// them null. T: float, double, int64_t, uint8_t.
template <class T>
void sort_rows(std::int64_t rows, std::int64_t n, std::int64_t keep, bool descending, const T* x, T* y,
               std::int64_t* index);

}  // namespace xgrad::kernels
