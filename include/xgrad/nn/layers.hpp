#pragma once
/// \file All layers.

#include "xgrad/nn/layers/attention.hpp"
#include "xgrad/nn/layers/blocks.hpp"
#include "xgrad/nn/layers/convolution.hpp"
#include "xgrad/nn/layers/core.hpp"
#include "xgrad/nn/layers/data_format.hpp"
#include "xgrad/nn/layers/normalization.hpp"
#include "xgrad/nn/layers/pooling.hpp"
#include "xgrad/nn/layers/recurrent.hpp"
#include "xgrad/nn/layers/regularization.hpp"
#include "xgrad/nn/layers/reshaping.hpp"
#include "xgrad/nn/layers/resizing.hpp"
