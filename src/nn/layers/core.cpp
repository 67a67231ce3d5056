#include "xgrad/nn/layers/core.hpp"

#include <cmath>

#include "xgrad/nn/logits.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/dense.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/softmax.hpp"
#include "xgrad/ops/sparse.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

class DenseBody final : public LayerBody {
 public:
  DenseBody(std::int64_t units, DenseOptions options)
      : LayerBody("Dense", options.name), units_(units), options_(std::move(options)) {}

  void build(const Shape& sample) override {
    if (sample.rank() == 0)
      throw ShapeError("Dense", "needs samples of at least one axis in layer '" + name() + "'; got single numbers",
                       detail::user_line());
    kernel_ = add_weight("kernel", {sample.back(), units_}, options_.kernel_initializer,
                         {options_.kernel_regularizer, options_.kernel_constraint});
    if (options_.use_bias)
      bias_ = add_weight("bias", {units_}, options_.bias_initializer,
                         {options_.bias_regularizer, options_.bias_constraint});
  }

  Var call(const Var& x) override {
    const std::int64_t in = kernel_->shape()[0];
    if (x.shape().back() != in || x.rank() < 2)
      throw ShapeError(
          "Dense",
          "needs a batch [n, …, " + std::to_string(in) + "] in layer '" + name() + "'; got " + signature(x.value()),
          detail::user_line());
    // A probability must come from an op of its own, whose operand the losses can find.
    Var (*const f)(Arg) = options_.activation.function();
    const bool fused = f == static_cast<Var (*)(Arg)>(relu) || f == static_cast<Var (*)(Arg)>(tanh);
    if (fused) return result(bias_ ? dense(x, *kernel_, *bias_, f) : dense(x, *kernel_, f));
    return result(detail::activate(options_.activation, bias_ ? dense(x, *kernel_, *bias_) : dense(x, *kernel_)));
  }

  Var call(const Csr& x, Loc loc) override {
    if (x.columns() != kernel_->shape()[0])
      throw ShapeError("Dense",
                       "needs a batch [n, " + std::to_string(kernel_->shape()[0]) + "] in layer '" + name() +
                           "'; got " + signature(x),
                       loc);
    Var y = matmul(x, *kernel_);
    if (bias_) y = y + *bias_;
    return result(detail::activate(options_.activation, y));
  }

  Shape output_shape(const Shape& sample) override {
    Shape shape = sample;
    shape[shape.rank() - 1] = units_;
    return shape;
  }

 private:
  Var result(Var y) {
    if (options_.activity_regularizer) add_loss(options_.activity_regularizer(y) / static_cast<double>(y.shape()[0]));
    return y;
  }

  std::int64_t units_;
  DenseOptions options_;
  std::optional<Parameter> kernel_, bias_;
};

class EmbeddingBody final : public LayerBody {
 public:
  EmbeddingBody(std::int64_t rows, std::int64_t columns, EmbeddingOptions options)
      : LayerBody("Embedding", options.name), rows_(rows), columns_(columns), options_(std::move(options)) {}
  void build(const Shape&) override {
    table_ = add_weight("embeddings", {rows_, columns_}, options_.embeddings_initializer,
                        {options_.embeddings_regularizer, options_.embeddings_constraint});
  }
  bool converts() const noexcept override { return false; }
  Var call(const Var& x) override {
    return take(*table_, x.dtype() == DType::int64 ? x.value() : x.value().astype(DType::int64), 0);
  }
  Shape output_shape(const Shape& sample) override {
    Shape shape = sample;
    shape.push_back(columns_);
    return shape;
  }

 private:
  std::int64_t rows_, columns_;
  EmbeddingOptions options_;
  std::optional<Parameter> table_;
};

/// A layer that is a function of its operand and keeps its shape.
class FunctionBody final : public LayerBody {
 public:
  FunctionBody(std::string class_name, std::string name, std::function<Var(const Var&)> f, bool same_shape = true)
      : LayerBody(std::move(class_name), std::move(name)), f_(std::move(f)), same_shape_(same_shape) {}
  Var call(const Var& x) override { return f_(x); }
  Shape output_shape(const Shape& sample) override { return same_shape_ ? sample : LayerBody::output_shape(sample); }

 private:
  std::function<Var(const Var&)> f_;
  bool same_shape_;
};

class PReLUBody final : public LayerBody {
 public:
  explicit PReLUBody(PReLUOptions options) : LayerBody("PReLU", options.name), options_(std::move(options)) {}
  void build(const Shape& sample) override {
    Shape shape = sample;
    for (int axis : options_.shared_axes) {
      if (axis < 1 || axis > sample.rank())
        throw IndexError("PReLU",
                         "needs shared axes from 1 to " + std::to_string(sample.rank()) + " in layer '" + name() +
                             "'; got " + std::to_string(axis),
                         detail::user_line());
      shape[axis - 1] = 1;
    }
    alpha_ =
        add_weight("alpha", shape, options_.alpha_initializer, {options_.alpha_regularizer, options_.alpha_constraint});
  }
  Var call(const Var& x) override { return relu(x) - *alpha_ * relu(-x); }
  Shape output_shape(const Shape& sample) override { return sample; }

 private:
  PReLUOptions options_;
  std::optional<Parameter> alpha_;
};

std::int64_t positive(const char* layer, const char* what, std::int64_t n, Loc loc) {
  if (n <= 0)
    throw ArgError(layer, std::string("needs a positive number of ") + what + "; got " + std::to_string(n), loc);
  return n;
}

}  // namespace

Var detail::activate(const ActivationFn& f, const Var& x) {
  if (f.linear()) return x;
  Var y = f(x);
  if (f.function() == static_cast<Var (*)(Arg)>(softmax)) remember_logits(y, x, LogitsKind::softmax);
  if (f.function() == static_cast<Var (*)(Arg)>(sigmoid)) remember_logits(y, x, LogitsKind::sigmoid);
  return y;
}

Dense::Dense(std::int64_t units, DenseOptions options, Loc loc)
    : Layer(std::make_shared<DenseBody>(positive("Dense", "units", units, loc), std::move(options))) {}

Embedding::Embedding(std::int64_t input_dim, std::int64_t output_dim, EmbeddingOptions options, Loc loc)
    : Layer(std::make_shared<EmbeddingBody>(positive("Embedding", "rows", input_dim, loc),
                                            positive("Embedding", "columns", output_dim, loc), std::move(options))) {}

Activation::Activation(ActivationFn f, LayerOptions options)
    : Layer(std::make_shared<FunctionBody>(
          "Activation", std::move(options.name), [f](const Var& x) { return detail::activate(f, x); },
          f.linear() || f.function() != nullptr)) {}

ReLU::ReLU(ReLUOptions o)
    : Layer(std::make_shared<FunctionBody>("ReLU", o.name, [o](const Var& x) {
        if (o.negative_slope == 0 && o.threshold == 0 && std::isinf(o.max_value)) return relu(x);
        const Var above = std::isinf(o.max_value) ? x : minimum(x, o.max_value);
        return where(x > o.threshold, above, o.negative_slope * (x - o.threshold));
      })) {}
LeakyReLU::LeakyReLU(double slope, LayerOptions o)
    : Layer(std::make_shared<FunctionBody>("LeakyReLU", o.name,
                                           [slope](const Var& x) { return leaky_relu(x, slope); })) {}
ELU::ELU(double alpha, LayerOptions o)
    : Layer(std::make_shared<FunctionBody>("ELU", o.name, [alpha](const Var& x) { return elu(x, alpha); })) {}
PReLU::PReLU(PReLUOptions options) : Layer(std::make_shared<PReLUBody>(std::move(options))) {}
Softmax::Softmax(int axis, LayerOptions o)
    : Layer(std::make_shared<FunctionBody>("Softmax", o.name, [axis](const Var& x) {
        return axis == -1 ? detail::activate(softmax, x) : softmax(x, axis);
      })) {}
Lambda::Lambda(std::function<Var(Var)> f, LayerOptions o)
    : Layer(std::make_shared<FunctionBody>(
          "Lambda", o.name, [f](const Var& x) { return f(x); }, false)) {}

}  // namespace xgrad
