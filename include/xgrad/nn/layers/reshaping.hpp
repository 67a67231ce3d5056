#pragma once
/// \file Layers that only arrange numbers anew. Shapes and axes are one sample's: the batch axis stays.

#include "xgrad/nn/layers/core.hpp"

namespace xgrad {

/// [n, …] → [n, product of …]; [n] → [n, 1].
class Flatten : public Layer {
 public:
  explicit Flatten(LayerOptions options = {});
};

/// [n, …] → [n, target…]; one extent may be −1 and is computed.
class Reshape : public Layer {
 public:
  explicit Reshape(Shape target, LayerOptions options = {});
};

/// The axes of a sample in another order, counted from 1: `Permute{{2, 1}}` transposes matrices.
class Permute : public Layer {
 public:
  /// @throws ArgError unless dims are 1 … rank in some order
  explicit Permute(std::vector<int> dims, LayerOptions options = {}, Loc loc = Loc::current());
};

/// [n, f] → [n, times, f]
class RepeatVector : public Layer {
 public:
  /// @throws ArgError unless times > 0
  explicit RepeatVector(std::int64_t times, LayerOptions options = {}, Loc loc = Loc::current());
};

}  // namespace xgrad
