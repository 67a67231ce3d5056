#include "xgrad/nn/layers/blocks.hpp"

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

/// Branches side by side, merged by a function of their results.
class MergeBody final : public LayerBody {
 public:
  using Merge = Var (*)(const std::vector<Var>&);
  MergeBody(std::string class_name, std::vector<Layer> branches, Merge merge)
      : LayerBody(std::move(class_name)), branches_(std::move(branches)), merge_(merge) {
    for (const Layer& branch : branches_) add_layer(branch);
  }
  void build(const Shape& sample) override {
    for (const Layer& branch : branches_) branch.build(sample, dtype());
  }
  Var call(const Var& x) override {
    std::vector<Var> results;
    results.reserve(branches_.size());
    for (const Layer& branch : branches_) results.push_back(branch(x));
    return merge_(results);
  }

 private:
  std::vector<Layer> branches_;
  Merge merge_;
};

class ResidualBody final : public LayerBody {
 public:
  explicit ResidualBody(std::vector<Layer> layers) : LayerBody("Residual"), layers_(std::move(layers)) {
    for (const Layer& layer : layers_) add_layer(layer);
  }
  void build(const Shape& sample) override {
    Shape shape = sample;
    for (const Layer& layer : layers_) {
      layer.build(shape, dtype());
      shape = layer.output_shape(shape);
    }
    if (shape != sample)
      throw ShapeError("Residual",
                       "needs layers that give samples of the shape that they take, " + sample.to_string() +
                           ", in layer '" + name() + "'; got " + shape.to_string(),
                       detail::user_line());
  }
  Var call(const Var& x) override {
    Var y = x;
    for (const Layer& layer : layers_) y = layer(y);
    return x + y;
  }
  Shape output_shape(const Shape& sample) override { return sample; }

 private:
  std::vector<Layer> layers_;
};

Var added(const std::vector<Var>& results) {
  Var total = results[0];
  for (std::size_t i = 1; i < results.size(); ++i) {
    if (results[i].shape() != total.shape())
      throw ShapeError("Add",
                       "needs branches that give one shape; got " + signature(total.value()) + " and " +
                           signature(results[i].value()),
                       detail::user_line());
    total = total + results[i];
  }
  return total;
}

}  // namespace

Layer detail::make_sum(std::vector<Layer> branches) { return make_layer<MergeBody>("Add", std::move(branches), added); }
Layer detail::make_concatenation(std::vector<Layer> branches) {
  return make_layer<MergeBody>("Concatenate", std::move(branches),
                               [](const std::vector<Var>& results) { return concat(results, -1); });
}
Layer detail::make_residual(std::vector<Layer> layers) { return make_layer<ResidualBody>(std::move(layers)); }

}  // namespace xgrad
