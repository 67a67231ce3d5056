#pragma once

// The layers of layers.txt by the names of their cases.

#include <map>
#include <string>

#include "support/reference.hpp"
#include "xgrad/nn/layer.hpp"

namespace layers_table {

const std::map<std::string, xgrad::Layer (*)()>& spatial();
const std::map<std::string, xgrad::Layer (*)()>& sequence();

/// A case of MultiHeadAttention, which takes more than one operand.
void check_attention(const reference::Case& c);

}  // namespace layers_table
