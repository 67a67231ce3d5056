// The cells of the library, and what every cell is.

#include "xgrad/nn/layers/recurrent.hpp"

#include "xgrad/core/settings.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/recurrent.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

Var CellBody::sequence(const Var&, std::vector<Var>&, const Var&) { return {}; }

std::shared_ptr<CellBody> CellBody::fresh() const {
  throw ArgError(class_name(),
                 "needs CellBody::fresh where a second cell of its kind is made (Bidirectional); got a class without",
                 detail::user_line());
}

Var CellBody::call(const Var& x) {
  std::vector<Var> states;
  for (const std::int64_t size : state_sizes()) states.push_back(zeros({x.shape()[0], size}, x.dtype()));
  return step(slice(begin(expand_dims(x, 0)), {0}), states);
}

namespace {

using I64 = std::int64_t;

bool is(const ActivationFn& f, Var (*wanted)(Arg)) { return f.function() == wanted; }

/// What the three cells share: weights in blocks of `units` columns, and dropout.
class GatedCell : public CellBody {
 public:
  GatedCell(const char* class_name, I64 blocks, I64 units, CellOptions options, Loc loc)
      : CellBody(class_name, options.name), blocks_(blocks), units_(units), options_(std::move(options)) {
    check(loc);
  }

  void build(const Shape& sample) override {
    if (sample.rank() != 1)
      throw ShapeError(class_name(),
                       "needs steps of shape [features] in cell '" + name() + "'; got " + sample.to_string(),
                       detail::user_line());
    const CellOptions& o = options_;
    kernel_ = add_weight("kernel", {sample[0], blocks_ * units_}, o.kernel_initializer,
                         {o.kernel_regularizer, o.kernel_constraint});
    recurrent_ = add_weight("recurrent_kernel", {units_, blocks_ * units_}, o.recurrent_initializer,
                            {o.recurrent_regularizer, o.recurrent_constraint});
    if (o.use_bias) {
      bias_ = add_weight("bias", bias_shape(), o.bias_initializer, {o.bias_regularizer, o.bias_constraint});
      first_bias();
    }
  }

  std::vector<I64> state_sizes() const override { return {units_}; }
  Shape output_shape(const Shape&) override { return {units_}; }

  Var begin(const Var& x) override {
    dropped_ = {};
    if (!detail::mode().training) return x;
    const I64 n = x.shape()[1];
    if (options_.recurrent_dropout > 0) dropped_ = dropout(full({n, units_}, 1, x.dtype()), options_.recurrent_dropout);
    return options_.dropout > 0 ? x * dropout(full({1, n, x.shape()[2]}, 1, x.dtype()), options_.dropout) : x;
  }

  void settings(Settings& s) override {
    CellOptions& o = options_;
    s("units", units_)("activation", o.activation);
    if (blocks_ > 1) s("recurrent_activation", o.recurrent_activation);
    s("use_bias", o.use_bias)("kernel_initializer", o.kernel_initializer);
    s("recurrent_initializer", o.recurrent_initializer)("bias_initializer", o.bias_initializer);
    if (blocks_ == 4) s("unit_forget_bias", o.unit_forget_bias);
    if (blocks_ == 3) s("reset_after", o.reset_after);
    s("kernel_regularizer", o.kernel_regularizer)("recurrent_regularizer", o.recurrent_regularizer);
    s("bias_regularizer", o.bias_regularizer)("kernel_constraint", o.kernel_constraint);
    s("recurrent_constraint", o.recurrent_constraint)("bias_constraint", o.bias_constraint);
    s("dropout", o.dropout)("recurrent_dropout", o.recurrent_dropout);
    check(s.loc());
  }

 protected:
  virtual Shape bias_shape() const { return {blocks_ * units_}; }
  virtual void first_bias() {}
  /// The options of another cell of this kind.
  CellOptions unnamed() const {
    CellOptions o = options_;
    o.name.clear();
    return o;
  }

  /// The state that the product takes: with dropout in training.
  Var recalled(const Var& h) const { return dropped_.empty() ? h : h * dropped_; }
  Var from_x(const Var& x) const { return matmul(x, *kernel_); }
  Var from_h(const Var& h) const { return matmul(recalled(h), *recurrent_); }
  Var biased(const Var& z) const { return bias_ ? z + *bias_ : z; }
  Var part(const Var& z, I64 place) const { return slice(z, {ellipsis, Slice{place * units_, (place + 1) * units_}}); }
  /// Whether an op of the library does all steps.
  bool whole() const {
    return is(options_.activation, tanh) && is(options_.recurrent_activation, sigmoid) && dropped_.empty();
  }
  /// The bias, of zeros where there is none.
  Arg bias(const Var& x) const { return bias_ ? Arg(*bias_) : Arg(Var(zeros(bias_shape(), x.dtype()))); }

  I64 blocks_, units_;
  CellOptions options_;
  std::optional<Parameter> kernel_, recurrent_, bias_;
  Var dropped_;

 private:
  void check(Loc loc) const {
    if (units_ <= 0)
      throw ArgError(class_name(), "needs a positive number of units; got " + std::to_string(units_), loc);
    for (const double rate : {options_.dropout, options_.recurrent_dropout})
      if (!(rate >= 0 && rate < 1))
        throw ArgError(class_name(), "needs dropout rates from 0 to below 1; got " + std::to_string(rate), loc);
  }
};

class SimpleRNNCellBody final : public GatedCell {
 public:
  SimpleRNNCellBody(I64 units, CellOptions o, Loc loc) : GatedCell("SimpleRNNCell", 1, units, std::move(o), loc) {}
  Var step(const Var& x, std::vector<Var>& states) override {
    return states[0] = options_.activation(biased(from_x(x)) + from_h(states[0]));
  }
  std::shared_ptr<CellBody> fresh() const override {
    return std::make_shared<SimpleRNNCellBody>(units_, unnamed(), detail::user_line());
  }
};

class LSTMCellBody final : public GatedCell {
 public:
  LSTMCellBody(I64 units, CellOptions o, Loc loc) : GatedCell("LSTMCell", 4, units, std::move(o), loc) {}
  std::vector<I64> state_sizes() const override { return {units_, units_}; }

  Var step(const Var& x, std::vector<Var>& states) override {
    const ActivationFn &gate = options_.recurrent_activation, &f = options_.activation;
    const Var z = biased(from_x(x) + from_h(states[0]));
    const Var input = gate(part(z, 0)), forget = gate(part(z, 1)), candidate = f(part(z, 2)), output = gate(part(z, 3));
    states[1] = forget * states[1] + input * candidate;
    return states[0] = output * f(states[1]);
  }

  Var sequence(const Var& x, std::vector<Var>& states, const Var& mask) override {
    if (!whole() || x.shape()[0] == 0) return {};
    const LstmStates all = mask.empty() ? lstm(x, *kernel_, *recurrent_, bias(x), states[0], states[1])
                                        : lstm(x, *kernel_, *recurrent_, bias(x), states[0], states[1], mask);
    states = {slice(all.h, {-1}), slice(all.c, {-1})};
    return all.h;
  }

  std::shared_ptr<CellBody> fresh() const override {
    return std::make_shared<LSTMCellBody>(units_, unnamed(), detail::user_line());
  }

 private:
  void first_bias() override {
    if (!options_.unit_forget_bias) return;
    bias_->assign(index_update(bias_->value(), {Slice{units_, 2 * units_}}, full({units_}, 1, dtype())));
  }
};

class GRUCellBody final : public GatedCell {
 public:
  GRUCellBody(I64 units, CellOptions o, Loc loc) : GatedCell("GRUCell", 3, units, std::move(o), loc) {}

  Var step(const Var& x, std::vector<Var>& states) override {
    const ActivationFn &gate = options_.recurrent_activation, &f = options_.activation;
    const Var h = states[0];
    if (options_.reset_after) {
      const Var a = bias_ ? from_x(x) + slice(*bias_, {0}) : from_x(x),
                s = bias_ ? from_h(h) + slice(*bias_, {1}) : from_h(h);
      const Var z = gate(part(a, 0) + part(s, 0)), r = gate(part(a, 1) + part(s, 1));
      return states[0] = z * h + (1 - z) * f(part(a, 2) + r * part(s, 2));
    }
    const Var a = biased(from_x(x)), before = recalled(h);
    const auto across = [&](const Var& state, I64 first, I64 last) {
      return matmul(state, slice(*recurrent_, {Slice{}, Slice{first * units_, last * units_}}));
    };
    const Var s = across(before, 0, 2);
    const Var z = gate(part(a, 0) + part(s, 0)), r = gate(part(a, 1) + part(s, 1));
    return states[0] = z * h + (1 - z) * f(part(a, 2) + across(r * before, 2, 3));
  }

  Var sequence(const Var& x, std::vector<Var>& states, const Var& mask) override {
    if (!whole() || !options_.reset_after || x.shape()[0] == 0) return {};
    const Var all = mask.empty() ? gru(x, *kernel_, *recurrent_, bias(x), states[0])
                                 : gru(x, *kernel_, *recurrent_, bias(x), states[0], mask);
    states = {slice(all, {-1})};
    return all;
  }

  std::shared_ptr<CellBody> fresh() const override {
    return std::make_shared<GRUCellBody>(units_, unnamed(), detail::user_line());
  }

 private:
  Shape bias_shape() const override { return options_.reset_after ? Shape{2, 3 * units_} : Shape{3 * units_}; }
};

}  // namespace

SimpleRNNCell::SimpleRNNCell(I64 units, CellOptions options, Loc loc)
    : Layer(std::make_shared<SimpleRNNCellBody>(units, std::move(options), loc)) {}
LSTMCell::LSTMCell(I64 units, CellOptions options, Loc loc)
    : Layer(std::make_shared<LSTMCellBody>(units, std::move(options), loc)) {}
GRUCell::GRUCell(I64 units, CellOptions options, Loc loc)
    : Layer(std::make_shared<GRUCellBody>(units, std::move(options), loc)) {}

CellOptions RecurrentOptions::cell() const {
  return {.activation = activation,
          .recurrent_activation = recurrent_activation,
          .use_bias = use_bias,
          .kernel_initializer = kernel_initializer,
          .recurrent_initializer = recurrent_initializer,
          .bias_initializer = bias_initializer,
          .unit_forget_bias = unit_forget_bias,
          .reset_after = reset_after,
          .kernel_regularizer = kernel_regularizer,
          .recurrent_regularizer = recurrent_regularizer,
          .bias_regularizer = bias_regularizer,
          .kernel_constraint = kernel_constraint,
          .recurrent_constraint = recurrent_constraint,
          .bias_constraint = bias_constraint,
          .dropout = dropout,
          .recurrent_dropout = recurrent_dropout};
}
SequenceOptions RecurrentOptions::sequence() const {
  return {return_sequences, go_backwards, stateful, zero_output_for_mask, name};
}

}  // namespace xgrad
