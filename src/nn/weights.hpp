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

/// While it lives, layers that are built on this thread take the first values of their weights from it, by name, and
/// not from their initializers.
class WeightSource {
 public:
  WeightSource();
  virtual ~WeightSource();
  WeightSource(const WeightSource&) = delete;
  WeightSource& operator=(const WeightSource&) = delete;
  /// @throws where there is none of that name, or it does not fit
  virtual Array take(const std::string& name, const Shape& shape, DType dtype) = 0;

 private:
  WeightSource* outer_;
};

}  // namespace xgrad::detail
