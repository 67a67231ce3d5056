#pragma once
// The terminal that is written to.

namespace xgrad::detail {

/// How many characters a line of it has; 80 where the standard output is none.
int terminal_columns();

}  // namespace xgrad::detail
