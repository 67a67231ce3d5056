#pragma once

// The layers of layers.txt by the names of their cases.

#include <map>
#include <string>

#include "xgrad/nn/layer.hpp"

namespace layers_table {

const std::map<std::string, xgrad::Layer (*)()>& spatial();
const std::map<std::string, xgrad::Layer (*)()>& sequence();

}  // namespace layers_table
