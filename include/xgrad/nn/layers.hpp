#pragma once
/// \file All layers.

#include "xgrad/nn/layers/blocks.hpp"
#include "xgrad/nn/layers/core.hpp"
#include "xgrad/nn/layers/normalization.hpp"
#include "xgrad/nn/layers/regularization.hpp"
#include "xgrad/nn/layers/reshaping.hpp"
