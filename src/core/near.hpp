#pragma once
// "Did you mean …": the known names closest to one that is not known.

#include <span>
#include <string>
#include <string_view>

namespace xgrad::detail {

/// "; did you mean 'relu' or 'selu'?" for the names within a few edits of what was asked, nearest first; else
/// " (known: …)" with all of them.
std::string near_matches(std::string_view asked, std::span<const std::string_view> known);

/// Lower case, without underscores, hyphens and blanks: how names are compared ("MeanSquaredError" and
/// "mean_squared_error" are one).
std::string folded(std::string_view name);

}  // namespace xgrad::detail
