#pragma once
// The weights of a layer and of the layers inside, each once.

#include <vector>

#include "xgrad/nn/layer.hpp"

namespace xgrad::detail {

struct OwnedWeight {
  const Weight* weight;
  bool trainable;  // it is, and so are all layers that it stands in
};
std::vector<OwnedWeight> weights_of(const Layer& layer);

}  // namespace xgrad::detail
