#pragma once
/// \file The safetensors format: named arrays in a file that can be read without running anything.

#include <map>
#include <string>
#include <string_view>

#include "xgrad/io/named_arrays.hpp"

namespace xgrad {

/// What a safetensors file holds.
struct Safetensors {
  NamedArrays arrays;                           ///< in the order of the file's header
  std::map<std::string, std::string> metadata;  ///< the texts that the file carries beside them

  /// The array of that name. @throws ArgError, with the near names
  const Array& operator[](std::string_view name) const;
};

/// Writes arrays as one safetensors file, for Python's `safetensors` and whatever else reads the format.
///
/// float32, float64, int64, uint8 and bool are stored as F32, F64, I64, U8 and BOOL. The header keeps the order given;
/// the elements of wide types come first in the file, so that all are aligned.
///
/// The write is atomic: a temporary file in the same folder, synchronised to disk, takes the place of the old one. A
/// write that fails leaves the old file as it was; so does one that is killed, which may also leave the temporary file
/// (.xgrad-….tmp).
/// @param path the file; where it is a symbolic link, what the link points to is replaced
/// @param arrays of any shapes, scalars and arrays without elements included
/// @throws ArgError for a name that stands twice, that is not UTF-8, or that is "__metadata__"; IoError where the file
/// cannot be written
void save_safetensors(const std::string& path, const NamedArrays& arrays,
                      const std::map<std::string, std::string>& metadata = {}, Loc loc = Loc::current());

/// Reads a safetensors file. F32, F64, I64, U8 and BOOL keep their type; F16 and BF16 become float32, exactly.
///
/// The whole header is checked before any array is made: types and shapes against byte counts, and byte ranges that
/// cover the file without overlap or gap. Memory is asked for in proportion to the file's true size alone, whatever the
/// header claims.
/// @throws IoError for a file that is missing or damaged, or an array of another type or of more than 8 axes; it names
/// the file, the array and what is wrong
Safetensors load_safetensors(const std::string& path, Loc loc = Loc::current());

}  // namespace xgrad
