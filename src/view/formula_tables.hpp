#pragma once
// The rows of view::formula_of, a file for each kind of op. Of rows with one name the most special comes first.

#include <span>

#include "view/formulas.hpp"

namespace xgrad::view {

std::span<const Formula> elementwise_formulas();
std::span<const Formula> array_formulas();

}  // namespace xgrad::view
