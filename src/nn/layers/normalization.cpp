#include "xgrad/nn/layers/normalization.hpp"

#include <algorithm>

#include "xgrad/core/settings.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

/// An axis of the batch, counted from the front. @throws IndexError unless it is one of a sample's
int sample_axis(const char* layer, const std::string& name, int axis, int rank) {
  const int from_front = axis < 0 ? axis + rank : axis;
  if (from_front < 1 || from_front >= rank)
    throw IndexError(layer,
                     "needs an axis of the samples, 1 to " + std::to_string(rank - 1) + ", in layer '" + name +
                         "'; got " + std::to_string(axis),
                     detail::user_line());
  return from_front;
}

class BatchNormalizationBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  explicit BatchNormalizationBody(BatchNormalizationOptions options)
      : LayerBody("BatchNormalization", options.name), options_(std::move(options)) {}

  void build(const Shape& sample) override {
    const int rank = sample.rank() + 1;
    const int axis = sample_axis("BatchNormalization", name(), options_.axis, rank);
    const Shape channels = {sample[axis - 1]};
    for (int i = 0; i < rank; ++i) {
      if (i != axis) others_.push_back(i);
      along_.push_back(i == axis ? sample[axis - 1] : 1);
    }
    const BatchNormalizationOptions& o = options_;
    if (o.scale) gamma_ = add_weight("gamma", channels, o.gamma_initializer, {o.gamma_regularizer, o.gamma_constraint});
    if (o.center) beta_ = add_weight("beta", channels, o.beta_initializer, {o.beta_regularizer, o.beta_constraint});
    mean_ = add_weight("moving_mean", channels, o.moving_mean_initializer, {.trainable = false});
    variance_ = add_weight("moving_variance", channels, o.moving_variance_initializer, {.trainable = false});
  }

  Var call(const Var& x) override {
    if (detail::mode().training && trainable()) {
      const Var mu = mean(x, others_), variance = var(x, others_);
      step(*mean_, mu.value());
      step(*variance_, variance.value());
      return normalized(x, mu, variance);
    }
    return normalized(x, mean_->value(), variance_->value());
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override {
    BatchNormalizationOptions& o = options_;
    s("axis", o.axis)("momentum", o.momentum)("epsilon", o.epsilon)("center", o.center)("scale", o.scale);
    s("beta_initializer", o.beta_initializer)("gamma_initializer", o.gamma_initializer);
    s("moving_mean_initializer", o.moving_mean_initializer);
    s("moving_variance_initializer", o.moving_variance_initializer);
    s("beta_regularizer", o.beta_regularizer)("gamma_regularizer", o.gamma_regularizer);
    s("beta_constraint", o.beta_constraint)("gamma_constraint", o.gamma_constraint);
  }

 private:
  Var normalized(const Var& x, const Var& mu, const Var& variance) const {
    Var factor = rsqrt(variance + options_.epsilon);
    if (gamma_) factor = factor * *gamma_;
    const Var y = (x - spread(mu)) * spread(factor);
    return beta_ ? y + spread(*beta_) : y;
  }
  /// [channels] as it broadcasts against the batch.
  Var spread(const Var& v) const { return options_.axis == -1 ? v : reshape(v, along_); }
  void step(const Parameter& moving, const Array& of_batch) const {
    moving.assign(moving.value() * options_.momentum + of_batch * (1 - options_.momentum));
  }

  BatchNormalizationOptions options_;
  std::vector<int> others_;
  Shape along_;
  std::optional<Parameter> gamma_, beta_, mean_, variance_;
};

class LayerNormalizationBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  explicit LayerNormalizationBody(LayerNormalizationOptions options)
      : LayerBody("LayerNormalization", options.name), options_(std::move(options)) {}

  void build(const Shape& sample) override {
    const int rank = sample.rank() + 1;
    for (int axis : options_.axis) axes_.push_back(sample_axis("LayerNormalization", name(), axis, rank));
    std::sort(axes_.begin(), axes_.end());
    Shape extents;
    for (int axis : axes_) extents.push_back(sample[axis - 1]);
    for (int i = 0; i < rank; ++i)
      along_.push_back(std::find(axes_.begin(), axes_.end(), i) == axes_.end() ? 1 : sample[i - 1]);
    const LayerNormalizationOptions& o = options_;
    if (o.scale) gamma_ = add_weight("gamma", extents, o.gamma_initializer, {o.gamma_regularizer, o.gamma_constraint});
    if (o.center) beta_ = add_weight("beta", extents, o.beta_initializer, {o.beta_regularizer, o.beta_constraint});
  }

  Var call(const Var& x) override {
    Var y = (x - mean(x, axes_, true)) * rsqrt(var(x, axes_, true) + options_.epsilon);
    if (gamma_) y = y * reshape(*gamma_, along_);
    return beta_ ? y + reshape(*beta_, along_) : y;
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override {
    LayerNormalizationOptions& o = options_;
    s("axis", o.axis)("epsilon", o.epsilon)("center", o.center)("scale", o.scale);
    s("beta_initializer", o.beta_initializer)("gamma_initializer", o.gamma_initializer);
    s("beta_regularizer", o.beta_regularizer)("gamma_regularizer", o.gamma_regularizer);
    s("beta_constraint", o.beta_constraint)("gamma_constraint", o.gamma_constraint);
  }

 private:
  LayerNormalizationOptions options_;
  std::vector<int> axes_;
  Shape along_;
  std::optional<Parameter> gamma_, beta_;
};

class NormalizationBody final : public LayerBody {
 public:
  explicit NormalizationBody(std::string name) : LayerBody("Normalization", std::move(name)) {}
  void build(const Shape& sample) override {
    if (sample.rank() == 0)
      throw ShapeError("Normalization", "needs samples of at least one axis; got single numbers", detail::user_line());
    mean_ = add_weight("mean", {sample.back()}, zeros, {.trainable = false});
    variance_ = add_weight("variance", {sample.back()}, ones, {.trainable = false});
  }
  Var call(const Var& x) override { return (x - mean_->value()) / maximum(sqrt(variance_->value()), 1e-7); }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings&) override {}

  void adapt(const Array& data) const {
    const NoGrad off;
    std::vector<int> others;
    for (int axis = 0; axis + 1 < data.rank(); ++axis) others.push_back(axis);
    const Array x = data.astype(DType::float64);  // statistics of many numbers
    mean_->assign(mean(x, others).astype(dtype()));
    variance_->assign(var(x, others).astype(dtype()));
  }

 private:
  std::optional<Parameter> mean_, variance_;
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(std::make_shared<BatchNormalizationBody>(std::move(options))) {}
LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer(std::make_shared<LayerNormalizationBody>(std::move(options))) {}
Normalization::Normalization(LayerOptions options)
    : Layer(std::make_shared<NormalizationBody>(std::move(options.name))) {}

void Normalization::adapt(const Array& data, Loc loc) const {
  if (data.rank() < 2 || data.size() == 0)
    throw ArgError("Normalization::adapt", "needs a batch [n, …, features] that is not empty; got " + signature(data),
                   loc);
  Shape sample = data.shape();
  sample.erase(0);
  build(sample, DType::float32, loc);
  if (weight("mean").shape()[0] != sample.back())
    throw ShapeError("Normalization::adapt",
                     "needs " + std::to_string(weight("mean").shape()[0]) + " features; got " + signature(data), loc);
  static_cast<const NormalizationBody&>(*body()).adapt(data);
}

}  // namespace xgrad
