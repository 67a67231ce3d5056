#pragma once
/// \file describe: what one wants to know of data at a glance.

#include <array>
#include <iosfwd>
#include <string>

#include "xgrad/tape/arg.hpp"

namespace xgrad {

/// Facts about an array's elements. NaN and infinities are counted and left out of the other figures.
struct Description {
  static constexpr int bins = 16;

  DType dtype = DType::float32;
  Shape shape;
  std::int64_t finite = 0, nan = 0, inf = 0, zeros = 0;  ///< counts
  double lowest = 0, highest = 0, mean = 0, stddev = 0;  ///< of the finite elements; population standard deviation
  std::array<std::int64_t, bins> histogram{};            ///< equal bins from lowest to highest

  /// One line: signature, range, mean ± standard deviation, what is not finite, zeros, the histogram as bars.
  std::string to_string() const;
};
std::ostream& operator<<(std::ostream& out, const Description& d);

/// Looks at every element once or twice; records nothing.
Description describe(const Array& a);
Description describe(const Var& v, Loc loc = Loc::current());
Description describe(const Parameter& p);
template <XtExpression E>
Description describe(const E& expression) {
  return describe(Array(expression));
}

}  // namespace xgrad
