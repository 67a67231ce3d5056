#pragma once
// How rows of labels and padding are read: by the loss and by what decodes and counts errors.

#include "xgrad/core/array.hpp"

namespace xgrad::losses {

/// Rows of labels, with what counts of each: int64 [n, width] and [n].
struct LabelRows {
  Array labels, lengths;
};

/// The blank as a class number. @throws ArgError where it is none
std::int64_t blank_class(const char* op, std::int64_t blank, std::int64_t classes, Loc loc);

/// y_true [n, width] as rows of labels. @param blank a class number: it, and what is negative, is padding
/// @throws ShapeError; ArgError for fractions and for a label after padding; IndexError for a label that is no class
LabelRows label_rows(const char* op, const Array& y_true, std::int64_t n, std::int64_t classes, std::int64_t blank,
                     Loc loc);

}  // namespace xgrad::losses
