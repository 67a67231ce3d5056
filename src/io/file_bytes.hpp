#pragma once
// A file as bytes.

#include <cstddef>
#include <string>
#include <vector>

#include "xgrad/core/location.hpp"

namespace xgrad::detail {

/// All bytes of a file.
/// @param operation whose error it is
/// @throws IoError, naming the file, where it cannot be read, is a folder, or is no file (a device has no end)
std::vector<std::byte> file_bytes(const std::string& path, const char* operation, Loc loc);

}  // namespace xgrad::detail
