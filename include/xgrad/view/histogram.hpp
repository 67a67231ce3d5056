#pragma once
/// \file Histogram: how the elements of an array are spread.

#include <cstdint>
#include <limits>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// Counts of an array's elements in bins of equal width, and figures of them. NaN and infinities are counted and left
/// out of everything else.
struct Histogram {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();

  std::int64_t finite = 0, zeros = 0, nan = 0, inf = 0;  ///< counts
  /// Of the finite elements; NaN where there are none. The standard deviation is the population's, the norm √Σx².
  double lowest = none, highest = none, mean = none, stddev = none, norm = none;
  std::vector<std::int64_t> counts = {};  ///< of the finite ones, from lowest to highest; where all are equal, in the
                                          ///< first bin
};

/// Looks at every element twice; records nothing. @throws ArgError for less than one bin
Histogram histogram(const Array& a, int bins = 32, Loc loc = Loc::current());

}  // namespace xgrad
