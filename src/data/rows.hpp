#pragma once
// Rows of arrays, and where a set is cut in two.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad::detail {

/// a[rows[0]], a[rows[1]], … of an array with at least one axis; the numbers are not checked.
Array gather_rows(const Array& a, std::span<const std::int64_t> rows);

/// How many of n come first when the last `test_split` of them are held out: int(n · (1 − test_split)), rounded toward
/// 0 in double precision as in Keras. @throws ArgError unless 0 <= test_split < 1
std::int64_t cut(std::int64_t n, double test_split, const char* operation, Loc loc);

}  // namespace xgrad::detail
