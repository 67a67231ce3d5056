#pragma once
// What explanations share.

#include <string>

#include "xgrad/autodiff/explain.hpp"

namespace xgrad::detail {

/// `explain` for another function, which errors are to name.
Explanation explain_for(const char* operation, const Var& v, const Var& result, const Var& cotangent, Loc loc);
/// A scalar as its number, anything else as it prints.
std::string number_text(const Array& a);

}  // namespace xgrad::detail
