#pragma once
/// \file What stands behind Sequential and Model: layers one after the other, and a function that calls layers.

#include "xgrad/nn/layers/core.hpp"

namespace xgrad {

/// What an Input is.
class InputBody final : public LayerBody {
 public:
  InputBody(const Shape& sample, InputOptions options, Loc loc);
  Var call(const Var& x) override;
  Shape output_shape(const Shape&) override { return expected; }
  bool converts() const noexcept override { return false; }
  void settings(Settings& s) override;
  Shape expected;
  DType type;
  Loc loc;  // the user's, for what a model that it begins does at once
};

/// Layers one after the other. An Input before them is no layer: it tells the shape, so that all are built as they
/// come.
class SequentialBody final : public LayerBody {
 public:
  explicit SequentialBody(std::vector<Layer> layers, std::string name = "");
  /// The Input that it began with; null where there is none.
  const InputBody* input() const noexcept {
    return input_ ? static_cast<const InputBody*>(input_->body().get()) : nullptr;
  }
  /// Puts a layer at the end. @throws ArgError for a second layer of one name, an Input after others, or when the model
  /// is built without an Input
  void add(const Layer& layer, Loc loc);
  /// Takes the last one away. @throws ArgError where there is none, or when the model is built
  Layer pop(Loc loc);

  void build(const Shape& sample) override;
  Var call(const Var& x) override;
  Var call(const Csr& x, Loc loc) override;
  Shape output_shape(const Shape& sample) override;
  void settings(Settings&) override {}  // its layers are all there is
  bool converts() const noexcept override { return false; }

 private:
  std::optional<Layer> input_;
};

namespace detail {
/// A Sequential of these, built where an Input comes first.
Layer make_sequential(const std::vector<Layer>& layers);
}  // namespace detail

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
