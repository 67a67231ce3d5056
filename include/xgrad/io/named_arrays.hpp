#pragma once
/// \file NamedArrays: what a file of several arrays holds.

#include <string>
#include <utility>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// Arrays and their names, in an order. Names are UTF-8, and no two are alike.
using NamedArrays = std::vector<std::pair<std::string, Array>>;

}  // namespace xgrad
