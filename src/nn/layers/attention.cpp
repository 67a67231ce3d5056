#include "xgrad/nn/layers/attention.hpp"

#include <cmath>
#include <limits>

#include "xgrad/core/settings.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/attention.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/dense.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;

class MultiHeadAttentionBody final : public LayerBody {
 public:
  MultiHeadAttentionBody(I64 heads, I64 key_dim, MultiHeadAttentionOptions options, Loc loc)
      : LayerBody("MultiHeadAttention", options.name), heads_(heads), key_dim_(key_dim), options_(std::move(options)) {
    check(loc);
  }

  /// For the weights, which the queries alone do not tell the shapes of.
  void expect(const Var& value, const Var& key) {
    if (is_built()) return;
    value_depth_ = value.shape().back();
    key_depth_ = key.shape().back();
  }

  void build(const Shape& sample) override {
    if (sample.rank() != 2)
      throw ShapeError("MultiHeadAttention",
                       "needs samples [T, d] in layer '" + name() + "'; got " + sample.to_string(),
                       detail::user_line());
    const I64 depth = sample.back(), values = options_.value_dim.value_or(key_dim_);
    query_ = add_dense("query", {depth, heads_, key_dim_}, {heads_, key_dim_});
    key_ = add_dense("key", {key_depth_.value_or(depth), heads_, key_dim_}, {heads_, key_dim_});
    value_ = add_dense("value", {value_depth_.value_or(depth), heads_, values}, {heads_, values});
    const I64 out = options_.output_shape.value_or(depth);
    output_ = add_dense("attention_output", {heads_, values, out}, {out});
  }

  bool keeps_mask() const noexcept override { return true; }
  Var call(const Var& x) override { return attend(x, x, x, {}, nullptr); }

  Var attend(const Var& query, const Var& value, const Var& key, const AttentionCall& how, Var* scores) {
    const Var q = project(query_, query, "queries"), k = project(key_, key, "keys"),
              v = project(value_, value, "values");
    const bool causal = how.use_causal_mask || options_.use_causal_mask;
    const Var mask = mask_for(query, value, key, how.attention_mask);
    Var y;
    const bool drops = options_.dropout > 0 && detail::mode().training;
    if (!drops && scores == nullptr) {
      y = mask.valid() ? attention(q, k, v, mask, {.causal = causal}) : attention(q, k, v, {.causal = causal});
    } else {
      const Var p = dropout(weights(q, k, mask, causal), options_.dropout);
      if (scores != nullptr) *scores = p;
      y = matmul(p, v);
    }
    const Shape& heads = y.shape();  // [n, heads, T, value_dim]
    return dense_of(output_, reshape(transpose(y, {0, 2, 1, 3}), {heads[0], heads[2], heads_ * heads[3]}));
  }

  Shape output_shape(const Shape& sample) override {
    return {sample[0], options_.output_shape.value_or(sample.back())};
  }

  void settings(Settings& s) override {
    MultiHeadAttentionOptions& o = options_;
    s("num_heads", heads_)("key_dim", key_dim_)("value_dim", o.value_dim)("dropout", o.dropout)("use_bias", o.use_bias);
    s("output_shape", o.output_shape)("use_causal_mask", o.use_causal_mask);
    s("kernel_initializer", o.kernel_initializer)("bias_initializer", o.bias_initializer);
    s("kernel_regularizer", o.kernel_regularizer)("bias_regularizer", o.bias_regularizer);
    s("kernel_constraint", o.kernel_constraint)("bias_constraint", o.bias_constraint);
    s("value_depth", value_depth_)("key_depth", key_depth_);
    check(s.loc());
  }

 private:
  /// A kernel of three axes and its bias; for the product, a matrix and a vector.
  struct Projection {
    std::optional<Parameter> kernel, bias;
  };

  void check(Loc loc) const {
    for (const I64 size : {heads_, key_dim_, options_.value_dim.value_or(1), options_.output_shape.value_or(1)})
      if (size <= 0)
        throw ArgError("MultiHeadAttention", "needs sizes of at least 1; got " + std::to_string(size), loc);
    if (!(options_.dropout >= 0 && options_.dropout <= 1))
      throw ArgError("MultiHeadAttention", "needs a dropout from 0 to 1; got " + std::to_string(options_.dropout), loc);
  }

  Projection add_dense(const std::string& what, const Shape& kernel, const Shape& bias) {
    const MultiHeadAttentionOptions& o = options_;
    Projection p;
    p.kernel = add_weight(what + "/kernel", kernel, o.kernel_initializer, {o.kernel_regularizer, o.kernel_constraint});
    if (o.use_bias)
      p.bias = add_weight(what + "/bias", bias, o.bias_initializer, {o.bias_regularizer, o.bias_constraint});
    return p;
  }

  /// x W + b over the last axis, W with its axes joined to `in` rows.
  static Var dense_of(const Projection& p, const Var& x) {
    const Var kernel = reshape(*p.kernel, {x.shape().back(), -1});
    return p.bias ? dense(x, kernel, reshape(*p.bias, {-1})) : dense(x, kernel);
  }

  /// [n, T, d] → [n, heads, T, width]
  Var project(const Projection& p, const Var& x, const char* what) const {
    const Shape& kernel = p.kernel->shape();
    if (x.rank() != 3 || x.shape().back() != kernel[0])
      throw ShapeError("MultiHeadAttention",
                       std::string("needs ") + what + " [n, …, " + std::to_string(kernel[0]) + "] in layer '" + name() +
                           "'; got " + signature(x.value()),
                       detail::user_line());
    const Var y = dense_of(p, x.dtype() == dtype() ? x : astype(x, dtype()));
    return transpose(reshape(y, {x.shape()[0], x.shape()[1], heads_, kernel[2]}), {0, 2, 1, 3});
  }

  /// All masks as one that broadcasts to [n, heads, T, S]; an empty Var where there is none.
  static Var mask_for(const Var& query, const Var& value, const Var& key, const Var& explicit_mask) {
    Var all = explicit_mask;
    if (all.valid() && all.rank() == 3) all = expand_dims(all, 1);  // the same for all heads
    const auto add = [&all](const Var& travelling, const Axes& axes) {
      if (!travelling.valid()) return;
      const Var mask = expand_dims(travelling, axes);
      all = all.valid() ? logical_and(all, mask) : mask;
    };
    add(mask_of(query), {1, 3});
    add(mask_of(value), {1, 2});
    if (key.value().raw() != value.value().raw()) add(mask_of(key), {1, 2});
    return all;
  }

  /// What `attention` weighs the values with; 0 for a query that may attend to nothing.
  static Var weights(const Var& q, const Var& k, const Var& mask, bool causal) {
    constexpr double never = -std::numeric_limits<double>::infinity();
    const Shape &rows = q.shape(), &columns = k.shape();
    Var scores = matmul(q, k, {.transpose_b = true}) / std::sqrt(static_cast<double>(rows.back()));
    if (causal) scores = where(tril(full({rows[2], columns[2]}, 1, DType::boolean)), scores, never);
    if (mask.valid()) scores = where(mask, scores, never);
    return softmax(scores);
  }

  I64 heads_, key_dim_;
  MultiHeadAttentionOptions options_;
  std::optional<I64> value_depth_, key_depth_;  // the queries', where the layer was built by them alone
  Projection query_, key_, value_, output_;
};

}  // namespace

MultiHeadAttention::MultiHeadAttention(I64 num_heads, I64 key_dim, MultiHeadAttentionOptions options, Loc loc)
    : Layer(std::make_shared<MultiHeadAttentionBody>(num_heads, key_dim, std::move(options), loc)) {}

Var MultiHeadAttention::operator()(Arg x, AttentionCall call) const {
  const Var same = operators::operator+(x);
  return (*this)(std::move(x), same, same, std::move(call));
}
Var MultiHeadAttention::operator()(Arg query, Arg value, AttentionCall call) const {
  const Arg key = value;
  return (*this)(std::move(query), std::move(value), key, std::move(call));
}
Var MultiHeadAttention::operator()(Arg query, Arg value, Arg key, AttentionCall call) const {
  auto& body = static_cast<MultiHeadAttentionBody&>(*body_);
  const Var v = operators::operator+(std::move(value)), k = operators::operator+(std::move(key));
  body.expect(v, k);
  return called(std::move(query), [&](const Var& q) { return body.attend(q, v, k, call, nullptr); });
}
AttentionScores MultiHeadAttention::with_scores(Arg query, Arg value, Arg key, AttentionCall call) const {
  auto& body = static_cast<MultiHeadAttentionBody&>(*body_);
  const Var v = operators::operator+(std::move(value)), k = operators::operator+(std::move(key));
  body.expect(v, k);
  Var scores;
  Var y = called(std::move(query), [&](const Var& q) { return body.attend(q, v, k, call, &scores); });
  return {std::move(y), std::move(scores)};
}

}  // namespace xgrad
