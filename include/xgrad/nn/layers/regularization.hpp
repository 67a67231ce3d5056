#pragma once
/// \file Layers that disturb training so that a model learns to do without any one number.

#include "xgrad/nn/layers/core.hpp"

namespace xgrad {

/// In training, each number is 0 with probability `rate` and divided by 1 − rate else; otherwise the identity.
/// Source: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout".
class Dropout : public Layer {
 public:
  /// @throws ArgError unless 0 ≤ rate ≤ 1
  explicit Dropout(double rate, LayerOptions options = {}, Loc loc = Loc::current());
};

/// In training, x plus normal noise of this standard deviation; otherwise the identity.
class GaussianNoise : public Layer {
 public:
  /// @throws ArgError for a negative stddev
  explicit GaussianNoise(double stddev, LayerOptions options = {}, Loc loc = Loc::current());
};

}  // namespace xgrad
