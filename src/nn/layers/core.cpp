#include "xgrad/nn/layers/core.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "xgrad/core/settings.hpp"
#include "xgrad/nn/logits.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/nn/sequential_body.hpp"
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

std::int64_t positive(const char* layer, const char* what, std::int64_t n, Loc loc) {
  if (n <= 0)
    throw ArgError(layer, std::string("needs a positive number of ") + what + "; got " + std::to_string(n), loc);
  return n;
}

class DenseBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
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
    if (!options_.activation.keeps_shape()) return LayerBody::output_shape(sample);
    Shape shape = sample;
    shape[shape.rank() - 1] = units_;
    return shape;
  }

  void settings(Settings& s) override {
    DenseOptions& o = options_;
    s("units", units_)("activation", o.activation)("use_bias", o.use_bias);
    s("kernel_initializer", o.kernel_initializer)("bias_initializer", o.bias_initializer);
    s("kernel_regularizer", o.kernel_regularizer)("bias_regularizer", o.bias_regularizer);
    s("activity_regularizer", o.activity_regularizer);
    s("kernel_constraint", o.kernel_constraint)("bias_constraint", o.bias_constraint);
    positive("Dense", "units", units_, s.loc());
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
    const Array rows = x.dtype() == DType::int64 ? x.value() : x.value().astype(DType::int64);
    const Var y = take(*table_, rows, 0);
    return options_.mask_zero && rows.rank() == 2 ? with_mask(y, not_equal(rows, 0), detail::user_line()) : y;
  }
  Shape output_shape(const Shape& sample) override {
    Shape shape = sample;
    shape.push_back(columns_);
    return shape;
  }
  void settings(Settings& s) override {
    EmbeddingOptions& o = options_;
    s("input_dim", rows_)("output_dim", columns_)("embeddings_initializer", o.embeddings_initializer);
    s("embeddings_regularizer", o.embeddings_regularizer)("embeddings_constraint", o.embeddings_constraint);
    s("mask_zero", o.mask_zero);
    positive("Embedding", "rows", rows_, s.loc());
    positive("Embedding", "columns", columns_, s.loc());
  }

 private:
  std::int64_t rows_, columns_;
  EmbeddingOptions options_;
  std::optional<Parameter> table_;
};

class EmbeddingBagBody final : public LayerBody {
 public:
  EmbeddingBagBody(std::int64_t rows, std::int64_t columns, EmbeddingBagOptions options)
      : LayerBody("EmbeddingBag", options.name), rows_(rows), columns_(columns), options_(std::move(options)) {}
  void build(const Shape& sample) override {
    if (sample.rank() == 0)
      throw ShapeError("EmbeddingBag",
                       "needs a bag of numbers [count] a sample in layer '" + name() + "'; got a number",
                       detail::user_line());
    table_ = add_weight("embeddings", {rows_, columns_}, options_.embeddings_initializer,
                        {options_.embeddings_regularizer, options_.embeddings_constraint});
  }
  bool converts() const noexcept override { return false; }
  Var call(const Var& x) override {
    const Array bags = x.dtype() == DType::int64 ? x.value() : x.value().astype(DType::int64);
    return embedding_bag(*table_, bags, {options_.mode, options_.mask_zero});
  }
  Shape output_shape(const Shape& sample) override {
    Shape shape = sample;
    shape[shape.rank() - 1] = columns_;
    return shape;
  }
  void settings(Settings& s) override {
    static constexpr const char* names[] = {"sum", "mean", "max"};
    EmbeddingBagOptions& o = options_;
    std::string mode = names[static_cast<int>(o.mode)];
    s("input_dim", rows_)("output_dim", columns_)("mode", mode)("embeddings_initializer", o.embeddings_initializer);
    s("embeddings_regularizer", o.embeddings_regularizer)("embeddings_constraint", o.embeddings_constraint);
    s("mask_zero", o.mask_zero);
    const auto* at = std::find(std::begin(names), std::end(names), mode);
    if (at == std::end(names)) s.refuse("mode sum, mean or max", "'" + mode + "'");
    o.mode = static_cast<Bag>(at - std::begin(names));
    positive("EmbeddingBag", "rows", rows_, s.loc());
    positive("EmbeddingBag", "columns", columns_, s.loc());
  }

 private:
  std::int64_t rows_, columns_;
  EmbeddingBagOptions options_;
  std::optional<Parameter> table_;
};

// --- layers that are a function of their operand: each is its settings ---

struct ActivationFunction {
  static constexpr const char* class_name = "Activation";
  ActivationFn f;
  Var operator()(const Var& x) const { return detail::activate(f, x); }
  bool same_shape() const { return f.keeps_shape(); }
  void settings(Settings& s) { s("activation", f); }
};
struct ReLUFunction {
  static constexpr const char* class_name = "ReLU";
  ReLUOptions o;
  Var operator()(const Var& x) const {
    if (o.negative_slope == 0 && o.threshold == 0 && std::isinf(o.max_value)) return relu(x);
    const Var above = std::isinf(o.max_value) ? x : minimum(x, o.max_value);
    return where(x > o.threshold, above, o.negative_slope * (x - o.threshold));
  }
  void settings(Settings& s) {
    s("max_value", o.max_value)("negative_slope", o.negative_slope)("threshold", o.threshold);
  }
};
struct LeakyReLUFunction {
  static constexpr const char* class_name = "LeakyReLU";
  double slope;
  Var operator()(const Var& x) const { return leaky_relu(x, slope); }
  void settings(Settings& s) { s("negative_slope", slope); }
};
struct ELUFunction {
  static constexpr const char* class_name = "ELU";
  double alpha;
  Var operator()(const Var& x) const { return elu(x, alpha); }
  void settings(Settings& s) { s("alpha", alpha); }
};
struct SoftmaxFunction {
  static constexpr const char* class_name = "Softmax";
  int axis;
  Var operator()(const Var& x) const { return axis == -1 ? detail::activate(softmax, x) : softmax(x, axis); }
  void settings(Settings& s) { s("axis", axis); }
};
struct LambdaFunction {
  static constexpr const char* class_name = "Lambda";
  std::function<Var(Var)> f;
  Var operator()(const Var& x) const { return f(x); }
  bool same_shape() const { return false; }
  void settings(Settings& s) {
    s.refuse("layers of the library, or of a class of your own", "a function (Lambda); make it a LayerBody");
  }
};

template <class F>
class FunctionBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
  FunctionBody(std::string name, F f) : LayerBody(F::class_name, std::move(name)), f_(std::move(f)) {}
  Var call(const Var& x) override { return f_(x); }
  Shape output_shape(const Shape& sample) override {
    if constexpr (requires { f_.same_shape(); })
      if (!f_.same_shape()) return LayerBody::output_shape(sample);
    return sample;
  }
  void settings(Settings& s) override { f_.settings(s); }

 private:
  F f_;
};
template <class F>
std::shared_ptr<LayerBody> function_body(std::string name, F f) {
  return std::make_shared<FunctionBody<F>>(std::move(name), std::move(f));
}

class PReLUBody final : public LayerBody {
 public:
  bool keeps_mask() const noexcept override { return true; }
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
  void settings(Settings& s) override {
    s("alpha_initializer", options_.alpha_initializer)("alpha_regularizer", options_.alpha_regularizer);
    s("alpha_constraint", options_.alpha_constraint)("shared_axes", options_.shared_axes);
  }

 private:
  PReLUOptions options_;
  std::optional<Parameter> alpha_;
};

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

EmbeddingBag::EmbeddingBag(std::int64_t input_dim, std::int64_t output_dim, EmbeddingBagOptions options, Loc loc)
    : Layer(std::make_shared<EmbeddingBagBody>(positive("EmbeddingBag", "rows", input_dim, loc),
                                               positive("EmbeddingBag", "columns", output_dim, loc),
                                               std::move(options))) {}

InputBody::InputBody(const Shape& sample, InputOptions options, Loc loc)
    : LayerBody("InputLayer", std::move(options.name)), expected(sample), type(options.dtype), loc(loc) {
  for (std::int64_t extent : sample)
    if (extent < 0)
      throw ArgError("Input", "needs the shape of one sample, all extents known; got " + sample.to_string(), loc);
}
Var InputBody::call(const Var& x) {
  Shape batch = expected;
  batch.insert(0, x.shape()[0]);
  if (x.shape() != batch)
    throw ShapeError("Input",
                     "needs samples of shape " + expected.to_string() + " in layer '" + name() + "'; got a batch " +
                         signature(x.value()),
                     detail::user_line());
  return x;
}
void InputBody::settings(Settings& s) { s("shape", expected); }
Input::Input(const Shape& sample, InputOptions options, Loc loc)
    : Layer(std::make_shared<InputBody>(sample, std::move(options), loc)) {}

Activation::Activation(ActivationFn f, LayerOptions o)
    : Layer(function_body(std::move(o.name), ActivationFunction{std::move(f)})) {}
ReLU::ReLU(ReLUOptions o) : Layer(function_body(o.name, ReLUFunction{o})) {}
LeakyReLU::LeakyReLU(double slope, LayerOptions o)
    : Layer(function_body(std::move(o.name), LeakyReLUFunction{slope})) {}
ELU::ELU(double alpha, LayerOptions o) : Layer(function_body(std::move(o.name), ELUFunction{alpha})) {}
PReLU::PReLU(PReLUOptions options) : Layer(std::make_shared<PReLUBody>(std::move(options))) {}
Softmax::Softmax(int axis, LayerOptions o) : Layer(function_body(std::move(o.name), SoftmaxFunction{axis})) {}
Lambda::Lambda(std::function<Var(Var)> f, LayerOptions o)
    : Layer(function_body(std::move(o.name), LambdaFunction{std::move(f)})) {}

}  // namespace xgrad
