#pragma once
/// \file Reduction: how per-sample losses become one number.

#include <cstdint>

namespace xgrad {

/// How a `Loss` makes one number of its per-sample values l, under weights w (all 1 where none are given).
///
/// A mean of no values is 0, and so is one of which all weights are 0.
enum class Reduction : std::uint8_t {
  sum_over_batch_size,      ///< Σ w l / the number of values (of those that count, where some classes are ignored)
  mean,                     ///< the same under another name
  sum,                      ///< Σ w l
  mean_with_sample_weight,  ///< Σ w l / Σ w
  none                      ///< w l, value by value
};

}  // namespace xgrad
