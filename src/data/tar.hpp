#pragma once
// Files out of a tar archive. The format: POSIX.1-1988, ustar.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "xgrad/core/error.hpp"

namespace xgrad::detail {

/// The files of those names (without their folders) in an archive, gzipped or not, each of at most `largest` bytes.
/// @throws IoError for an archive that is damaged or lacks one
std::map<std::string, std::vector<std::byte>> read_tar(const std::string& path, const std::vector<std::string>& names,
                                                       std::size_t largest, Loc loc);

}  // namespace xgrad::detail
