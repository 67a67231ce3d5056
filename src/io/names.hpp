#pragma once
// Names of arrays, as files and errors have them.

#include <string>
#include <string_view>

#include "xgrad/io/named_arrays.hpp"

namespace xgrad::detail {

/// A name for errors, in quotes: control characters as '?', cut where it is long.
std::string shown(std::string_view name);
/// @throws ArgError for a name that stands twice, or that is not UTF-8
void check_names(const char* operation, const NamedArrays& arrays, Loc loc);

}  // namespace xgrad::detail
