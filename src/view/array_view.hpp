#pragma once
// An array as the page shows it: all its numbers where it is small, else figures and a picture.

#include <cstdint>

#include "view/json_writer.hpp"
#include "xgrad/core/array.hpp"

namespace xgrad::view {

/// How much of an array is written.
struct ArrayDetail {
  std::int64_t max_values = 64;  ///< arrays of at most so many elements are written as numbers
  std::size_t embed_bytes = 0;   ///< larger ones of at most so many bytes are embedded whole
  int digits = 9;                ///< of their figures
  bool histogram = true, picture = true;
};

/// `ArrayView` of viewer/src/recording.ts.
void write_array(JsonWriter& to, const Array& a, const ArrayDetail& detail);

}  // namespace xgrad::view
