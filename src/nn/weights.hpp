#pragma once
// The weights of a layer and of the layers inside, each once.

#include <optional>
#include <span>
#include <vector>

#include "xgrad/nn/layer.hpp"

namespace xgrad::detail {

struct OwnedWeight {
  const Weight* weight;
  bool trainable;  // it is, and so are all layers that it stands in
};
std::vector<OwnedWeight> weights_of(const Layer& layer);

/// The sum of the penalties of the trainable ones, if any has one.
std::optional<Var> penalties(std::span<const OwnedWeight> weights);
/// Restores the constraints.
void apply_constraints(std::span<const OwnedWeight> weights);

}  // namespace xgrad::detail
