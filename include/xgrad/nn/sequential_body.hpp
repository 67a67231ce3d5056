#pragma once
/// \file What stands behind Sequential and Model: layers one after the other, and a function that calls layers.

#include "xgrad/nn/layer.hpp"

namespace xgrad {

/// Layers one after the other.
class SequentialBody final : public LayerBody {
 public:
  explicit SequentialBody(std::vector<Layer> layers, std::string name = "");
  /// Puts a layer at the end. @throws ArgError for a second layer of one name, or when the model is built
  void add(const Layer& layer, Loc loc);
  /// Takes the last one away. @throws ArgError where there is none, or when the model is built
  Layer pop(Loc loc);

  void build(const Shape& sample) override;
  Var call(const Var& x) override;
  Var call(const Csr& x, Loc loc) override;
  Shape output_shape(const Shape& sample) override;
  void settings(Settings&) override {}  // its layers are all there is
  bool converts() const noexcept override { return false; }
};

/// A function that calls layers; which, is seen when it first runs.
class FunctionalBody final : public LayerBody {
 public:
  explicit FunctionalBody(std::function<Var(Var)> f, std::string name = "");
  void build(const Shape& sample) override;
  Var call(const Var& x) override { return f_(x); }
  void settings(Settings& s) override;
  bool converts() const noexcept override { return false; }

 private:
  std::function<Var(Var)> f_;
};

}  // namespace xgrad
