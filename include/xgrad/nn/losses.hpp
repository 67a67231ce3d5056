#pragma once
/// \file All losses, as functions of (y_true, y_pred) and as the classes of which a Loss is made.

#include "xgrad/nn/losses/margin.hpp"
#include "xgrad/nn/losses/probability.hpp"
#include "xgrad/nn/losses/regression.hpp"
#include "xgrad/nn/losses/sequence.hpp"
