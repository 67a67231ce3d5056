#include "xgrad/nn/layers/convolution.hpp"

#include <array>
#include <optional>

#include "core/near.hpp"
#include "nn/layers/spatial.hpp"
#include "xgrad/nn/layers/core.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/conv.hpp"

namespace xgrad {

DataFormat::DataFormat(std::string_view name, Loc loc) {
  constexpr std::array<std::string_view, 2> names{"channels_last", "channels_first"};
  const std::string wanted = detail::folded(name);
  first_ = wanted == detail::folded(names[1]);
  if (!first_ && wanted != detail::folded(names[0]))
    throw ArgError("data_format",
                   "needs 'channels_last' or 'channels_first'; got '" + std::string(name) + "'" +
                       detail::near_matches(name, names),
                   detail::user_line(loc));
}

namespace {

enum class Kind { plain, transposed, depthwise, separable };

/// A weight's beginning, and what holds it.
struct WeightSpec {
  Initializer initializer;
  Regularizer regularizer;
  Constraint constraint;
};

/// All that any of the layers is made of. Series are pictures of one row.
struct ConvSpec {
  Kind kind;
  const char* class_name;
  int dims;
  std::int64_t filters;
  Pair kernel_size;
  Pair strides = 1;
  Padding padding = {};
  std::optional<Pair> output_padding = {};
  DataFormat data_format = {};
  Pair dilation_rate = 1;
  std::int64_t groups = 1, depth_multiplier = 1;
  ActivationFn activation = {};
  bool use_bias = true;
  WeightSpec kernel, pointwise, bias;
  Regularizer activity_regularizer = {};
  std::string name = "";

  std::string text_of(Pair p) const {
    return (dims == 2 ? std::to_string(p.rows) + " x " : "") + std::to_string(p.columns);
  }
  static bool below(std::int64_t padding, std::int64_t stride) noexcept { return padding >= 0 && padding < stride; }

  void check(Loc loc) const {
    detail::need_at_least(class_name, "filters", 1, filters, loc);
    detail::need_at_least(class_name, "a kernel_size", 1, kernel_size, loc);
    detail::need_at_least(class_name, "strides", 1, strides, loc);
    detail::need_at_least(class_name, "a dilation_rate", 1, dilation_rate, loc);
    detail::need_at_least(class_name, "groups", 1, groups, loc);
    detail::need_at_least(class_name, "a depth_multiplier", 1, depth_multiplier, loc);
    if (filters % groups != 0)
      throw ArgError(class_name,
                     "needs groups that divide " + std::to_string(filters) + " filters; got " + std::to_string(groups),
                     loc);
    if (strides != Pair(1) && dilation_rate != Pair(1))
      throw ArgError(class_name, "needs strides or dilation_rate left at 1; got both above", loc);
    if (output_padding &&
        !(below(output_padding->rows, strides.rows) && below(output_padding->columns, strides.columns)))
      throw ArgError(class_name,
                     "needs an output_padding of at least 0 and below the strides, " + text_of(strides) + "; got " +
                         text_of(*output_padding),
                     loc);
    if (padding.kind() == Padding::Kind::causal && (dims == 2 || kind == Kind::transposed))
      throw ArgError(class_name, "needs padding 'valid', 'same' or margins; got 'causal'", loc);
  }
};

class ConvBody final : public detail::SpatialBody {
 public:
  explicit ConvBody(ConvSpec spec)
      : SpatialBody(spec.class_name, spec.name, spec.dims, spec.data_format), s_(std::move(spec)) {}

  void build(const Shape& sample) override {
    const std::int64_t c = channels(sample);
    if (c % s_.groups != 0)
      throw ShapeError(s_.class_name,
                       "needs channels in " + std::to_string(s_.groups) + " groups in layer '" + name() + "'; got " +
                           std::to_string(c),
                       detail::user_line());
    const bool separable = s_.kind == Kind::separable;
    kernel_ = weight(separable ? "depthwise_kernel" : "kernel", kernel_shape(c), s_.kernel);
    std::int64_t results = s_.filters;
    if (s_.kind == Kind::depthwise) results = c * s_.depth_multiplier;
    if (separable) {
      Shape mixture{1, 1, c * s_.depth_multiplier, s_.filters};
      if (!pictures()) mixture.erase(0);
      pointwise_ = weight("pointwise_kernel", mixture, s_.pointwise);
    }
    if (s_.use_bias) bias_ = weight("bias", {results}, s_.bias);
  }

  void settings(Settings& s) override {
    if (s_.kind != Kind::depthwise) s("filters", s_.filters);
    detail::pair_setting(s, "kernel_size", dims(), s_.kernel_size);
    detail::pair_setting(s, "strides", dims(), s_.strides);
    detail::padding_setting(s, dims(), s_.padding);
    if (s_.kind == Kind::transposed) detail::pair_setting(s, "output_padding", dims(), s_.output_padding);
    format_settings(s);
    detail::pair_setting(s, "dilation_rate", dims(), s_.dilation_rate);
    if (s_.kind == Kind::plain) s("groups", s_.groups);
    if (per_channel()) s("depth_multiplier", s_.depth_multiplier);
    s("activation", s_.activation)("use_bias", s_.use_bias);
    weight_settings(s, per_channel() ? "depthwise" : "kernel", s_.kernel);
    if (s_.kind == Kind::separable) weight_settings(s, "pointwise", s_.pointwise);
    weight_settings(s, "bias", s_.bias);
    s("activity_regularizer", s_.activity_regularizer);
    s_.check(s.loc());
  }

 protected:
  Var work(const Var& x) override {
    Var y = convolved(x);
    if (bias_) y = y + *bias_;
    y = detail::activate(s_.activation, y);
    if (s_.activity_regularizer) add_loss(s_.activity_regularizer(y) / static_cast<double>(y.shape()[0]));
    return y;
  }

 private:
  bool per_channel() const noexcept { return s_.kind == Kind::depthwise || s_.kind == Kind::separable; }

  Shape kernel_shape(std::int64_t c) const {
    Shape shape{s_.kernel_size.rows, s_.kernel_size.columns};
    if (!pictures()) shape.erase(0);
    shape.push_back(s_.kind == Kind::transposed ? s_.filters : c / s_.groups);
    shape.push_back(s_.kind == Kind::transposed ? c : per_channel() ? s_.depth_multiplier : s_.filters);
    return shape;
  }
  Parameter weight(const char* what, const Shape& shape, const WeightSpec& spec) {
    return add_weight(what, shape, spec.initializer, {spec.regularizer, spec.constraint});
  }
  void weight_settings(Settings& s, const std::string& what, WeightSpec& spec) {
    s(what + "_initializer", spec.initializer)(what + "_regularizer", spec.regularizer);
    s(what + "_constraint", spec.constraint);
  }

  Var convolved(const Var& x) const {
    if (pictures()) {
      const Conv2DOptions o{s_.strides, s_.padding, s_.dilation_rate, s_.groups};
      if (s_.kind == Kind::transposed) return conv2d_transpose(x, *kernel_, o, s_.output_padding);
      if (!per_channel()) return conv2d(x, *kernel_, o);
      const Var y = depthwise_conv2d(x, *kernel_, o);
      return pointwise_ ? conv2d(y, *pointwise_) : y;
    }
    const Conv1DOptions o{s_.strides.columns, s_.padding, s_.dilation_rate.columns, s_.groups};
    if (s_.kind == Kind::transposed) {
      std::optional<std::int64_t> extra;
      if (s_.output_padding) extra = s_.output_padding->columns;
      return conv1d_transpose(x, *kernel_, o, extra);
    }
    if (!per_channel()) return conv1d(x, *kernel_, o);
    const Var y = depthwise_conv1d(x, *kernel_, o);
    return pointwise_ ? conv1d(y, *pointwise_) : y;
  }

  ConvSpec s_;
  std::optional<Parameter> kernel_, pointwise_, bias_;
};

/// What the options of every kind have.
template <class Options>
ConvSpec spec(Kind kind, const char* class_name, int dims, std::int64_t filters, Pair size, const Options& o) {
  using detail::as_pair;
  ConvSpec s{.kind = kind,
             .class_name = class_name,
             .dims = dims,
             .filters = filters,
             .kernel_size = size,
             .kernel = {},
             .pointwise = {},
             .bias = {o.bias_initializer, o.bias_regularizer, o.bias_constraint}};
  s.strides = as_pair(o.strides);
  s.padding = o.padding;
  s.data_format = o.data_format;
  s.dilation_rate = as_pair(o.dilation_rate);
  s.activation = o.activation;
  s.use_bias = o.use_bias;
  s.activity_regularizer = o.activity_regularizer;
  s.name = o.name;
  if constexpr (requires { o.output_padding; })
    if (o.output_padding)
      s.output_padding = dims == 1 ? Pair{0, as_pair(*o.output_padding).columns} : as_pair(*o.output_padding);
  if constexpr (requires { o.groups; }) s.groups = o.groups;
  if constexpr (requires { o.depth_multiplier; }) s.depth_multiplier = o.depth_multiplier;
  if constexpr (requires { o.kernel_initializer; }) {
    s.kernel = {o.kernel_initializer, o.kernel_regularizer, o.kernel_constraint};
  } else {
    s.kernel = {o.depthwise_initializer, o.depthwise_regularizer, o.depthwise_constraint};
  }
  if constexpr (requires { o.pointwise_initializer; })
    s.pointwise = {o.pointwise_initializer, o.pointwise_regularizer, o.pointwise_constraint};
  return s;
}

template <class Options>
std::shared_ptr<LayerBody> body(Kind kind, const char* class_name, int dims, std::int64_t filters, Pair size,
                                const Options& o, Loc loc) {
  ConvSpec s = spec(kind, class_name, dims, filters, size, o);
  s.check(loc);
  return std::make_shared<ConvBody>(std::move(s));
}

}  // namespace

Conv1D::Conv1D(std::int64_t filters, std::int64_t size, ConvLayerOptions<std::int64_t> o, Loc loc)
    : Layer(xgrad::body(Kind::plain, "Conv1D", 1, filters, {1, size}, o, loc)) {}
Conv2D::Conv2D(std::int64_t filters, Pair size, ConvLayerOptions<Pair> o, Loc loc)
    : Layer(xgrad::body(Kind::plain, "Conv2D", 2, filters, size, o, loc)) {}
Conv1DTranspose::Conv1DTranspose(std::int64_t filters, std::int64_t size, ConvTransposeLayerOptions<std::int64_t> o,
                                 Loc loc)
    : Layer(xgrad::body(Kind::transposed, "Conv1DTranspose", 1, filters, {1, size}, o, loc)) {}
Conv2DTranspose::Conv2DTranspose(std::int64_t filters, Pair size, ConvTransposeLayerOptions<Pair> o, Loc loc)
    : Layer(xgrad::body(Kind::transposed, "Conv2DTranspose", 2, filters, size, o, loc)) {}
DepthwiseConv1D::DepthwiseConv1D(std::int64_t size, DepthwiseConvLayerOptions<std::int64_t> o, Loc loc)
    : Layer(xgrad::body(Kind::depthwise, "DepthwiseConv1D", 1, 1, {1, size}, o, loc)) {}
DepthwiseConv2D::DepthwiseConv2D(Pair size, DepthwiseConvLayerOptions<Pair> o, Loc loc)
    : Layer(xgrad::body(Kind::depthwise, "DepthwiseConv2D", 2, 1, size, o, loc)) {}
SeparableConv1D::SeparableConv1D(std::int64_t filters, std::int64_t size, SeparableConvLayerOptions<std::int64_t> o,
                                 Loc loc)
    : Layer(xgrad::body(Kind::separable, "SeparableConv1D", 1, filters, {1, size}, o, loc)) {}
SeparableConv2D::SeparableConv2D(std::int64_t filters, Pair size, SeparableConvLayerOptions<Pair> o, Loc loc)
    : Layer(xgrad::body(Kind::separable, "SeparableConv2D", 2, filters, size, o, loc)) {}

}  // namespace xgrad
