#pragma once
// One NumPy array as it stands in a .npy file or in an entry of a .npz archive.

#include <cstddef>
#include <span>
#include <string>

#include "xgrad/io/npz.hpp"

namespace xgrad::detail {

/// Numbers. `name` is for errors. @throws IoError
Array parse_npy(std::span<const std::byte> bytes, const std::string& name, Loc loc);
/// What stands before the elements in a .npy file of version 1.
std::string npy_header(const Array& array);
/// Objects that are lists of integers. @throws IoError
IntLists parse_npy_lists(std::span<const std::byte> bytes, const std::string& name, Loc loc);

}  // namespace xgrad::detail
