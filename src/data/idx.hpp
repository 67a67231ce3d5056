#pragma once
// IDX, the format of the MNIST files: http://yann.lecun.com/exdb/mnist, last section.

#include <span>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad::detail {

/// Gunzips where the bytes begin like gzip, else copies. `name` is for errors.
std::vector<unsigned char> inflated(std::span<const unsigned char> bytes, const std::string& name, Loc loc);
/// @throws IoError for anything but a whole IDX file of bytes
Array parse_idx(std::span<const unsigned char> bytes, const std::string& name, Loc loc);

}  // namespace xgrad::detail
