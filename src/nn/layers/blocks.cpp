#include "xgrad/nn/layers/blocks.hpp"

#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

/// Branches side by side, each on the same input.
class Branches : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  Branches(std::string class_name, const std::vector<Layer>& branches) : LayerBody(std::move(class_name)) {
    for (const Layer& branch : branches) add_layer(branch);
  }
  void build(const Shape& sample) override {
    for (const Layer& branch : inner()) branch.build(sample, dtype());
  }
  void settings(Settings&) override {}  // its layers are all there is
};

class AddBody final : public Branches {
 public:
  explicit AddBody(const std::vector<Layer>& branches) : Branches("Add", branches) {}
  Var call(const Var& x) override {
    Var total = inner()[0](x);
    for (std::size_t i = 1; i < inner().size(); ++i) {
      const Var next = inner()[i](x);
      if (next.shape() != total.shape())
        throw ShapeError("Add",
                         "needs branches that give one shape in layer '" + name() + "'; got " +
                             signature(total.value()) + " and " + signature(next.value()),
                         detail::user_line());
      total = total + next;
    }
    return total;
  }
};

class ConcatenateBody final : public Branches {
 public:
  explicit ConcatenateBody(const std::vector<Layer>& branches) : Branches("Concatenate", branches) {}
  Var call(const Var& x) override {
    std::vector<Var> results;
    for (const Layer& branch : inner()) results.push_back(branch(x));
    return concat(results, -1, detail::user_line());
  }
};

class ResidualBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  explicit ResidualBody(const std::vector<Layer>& layers) : LayerBody("Residual") {
    for (const Layer& layer : layers) add_layer(layer);
  }
  void build(const Shape& sample) override {
    Shape shape = sample;
    for (const Layer& layer : inner()) {
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
    for (const Layer& layer : inner()) y = layer(y);
    return x + y;
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings&) override {}
};

}  // namespace

Layer detail::make_sum(const std::vector<Layer>& branches) { return make_layer<AddBody>(branches); }
Layer detail::make_concatenation(const std::vector<Layer>& branches) { return make_layer<ConcatenateBody>(branches); }
Layer detail::make_residual(const std::vector<Layer>& layers) { return make_layer<ResidualBody>(layers); }

}  // namespace xgrad
