#pragma once
/// \file NumPy's files: .npy holds one array, .npz several by name.

#include <map>
#include <string>

#include "xgrad/core/array.hpp"
#include "xgrad/io/named_arrays.hpp"

namespace xgrad {

/// Lists of integers, one after the other: list i is values[offsets[i]] … values[offsets[i + 1] − 1].
struct IntLists {
  Array values;   ///< int64 [all integers]
  Array offsets;  ///< int64 [lists + 1], from 0
};

/// The array in a .npy file. float32, float64, int64, uint8 and bool keep their type; other integers become int64,
/// float16 is refused. Fortran order is put into C order.
/// @throws IoError for a file that is missing, damaged, or holds elements of another kind; it names the file and what
/// is wrong
Array load_npy(const std::string& path, Loc loc = Loc::current());

/// The arrays in a .npz file, by name. @throws IoError as `load_npy`
std::map<std::string, Array> load_npz(const std::string& path, Loc loc = Loc::current());

/// One array of a .npz file; the others are not read. @throws IoError as `load_npy`, and where there is none of that
/// name
Array load_npz(const std::string& path, const std::string& name, Loc loc = Loc::current());

/// Writes arrays as one .npz file, as `numpy.savez` does: not compressed. The write is atomic: a temporary file in the
/// same folder, synchronised to disk, takes the place of the old one, which stays as it was where that fails.
/// @throws ArgError for a name that stands twice, that is not UTF-8, or that holds a zero byte; IoError where the file
/// cannot be written
void save_npz(const std::string& path, const NamedArrays& arrays, Loc loc = Loc::current());

/// An array of objects that are lists of integers: what NumPy makes of lists of different lengths.
///
/// NumPy writes such arrays in Python's pickle format (protocols 2 to 4 are read), in which a file may name any
/// function to call. Nothing is ever called here: a stream that names more than an array of lists needs is refused.
/// @throws IoError as `load_npy`; for objects of another kind; for a stream of more than 1 GiB or 16,777,216 objects
IntLists load_npy_lists(const std::string& path, Loc loc = Loc::current());
/// The same of one array of a .npz file.
IntLists load_npz_lists(const std::string& path, const std::string& name, Loc loc = Loc::current());

}  // namespace xgrad
