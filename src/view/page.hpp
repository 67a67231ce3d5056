#pragma once
// The viewer's page, which viewer/ builds: one file with everything in it but what it shows.

#include <string>
#include <string_view>

#include "xgrad/core/location.hpp"

namespace xgrad::view {

/// Writes the page with a document in it: there whole, or not at all.
/// @param json as viewer/src/recording.ts has it; safe inside of a <script>
/// @param operation for errors @throws IoError
void write_page(const std::string& path, std::string_view json, const char* operation, Loc loc);

}  // namespace xgrad::view
