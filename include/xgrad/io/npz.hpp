#pragma once
/// \file NumPy's files: .npy holds one array, .npz several by name.

#include <map>
#include <string>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// The array in a .npy file. float32, float64, int64, uint8 and bool keep their type; other integers become int64,
/// float16 is refused. Fortran order is put into C order.
/// @throws IoError for a file that is missing, damaged, or holds elements of another kind; it names the file and what
/// is wrong
Array load_npy(const std::string& path, Loc loc = Loc::current());

/// The arrays in a .npz file, by name. @throws IoError as `load_npy`
std::map<std::string, Array> load_npz(const std::string& path, Loc loc = Loc::current());

}  // namespace xgrad
