#pragma once
// The one form of JSON that word indexes have.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xgrad/core/error.hpp"

namespace xgrad::detail {

/// One object whose values are integers, {"the": 1, …}, in the order of the text.
/// @throws IoError that names the byte, or the member
std::vector<std::pair<std::string, std::int64_t>> parse_integers(std::string_view json, const std::string& name,
                                                                 Loc loc);

}  // namespace xgrad::detail
