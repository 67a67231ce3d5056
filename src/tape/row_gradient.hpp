#pragma once
// Gradients of tables as rows: made whole, added to a table, added to each other.

#include "xgrad/tape/parameter.hpp"

namespace xgrad::detail {

/// The gradient as a table like `value`.
Array whole_table(const RowGradient& g, const Array& value);
/// table += g. Its memory must be unshared; nothing fails.
void add_rows(Array& table, const RowGradient& g) noexcept;
RowGradient sum_of(const RowGradient& a, const RowGradient& b);

}  // namespace xgrad::detail
