#pragma once
// What explanations share.

#include <string>

#include "xgrad/autodiff/explain.hpp"

namespace xgrad::detail {

/// `explain` for another function, which errors are to name.
Explanation explain_for(const char* operation, const Var& v, const Var& result, const Var& cotangent, Loc loc);
/// Σ|a| over the elements of a floating array.
double absolute_sum(const Array& a);
/// One element as its number; an array as it prints, or where it is large as its type, with Σ|a|.
std::string amount_text(const Array& a);

}  // namespace xgrad::detail
