// What runs a cell over time: RNN and its kin, both directions, a layer at every step, masks.

#include "xgrad/nn/layers/recurrent.hpp"

#include <algorithm>

#include "xgrad/core/settings.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;

/// The batch's axis and that of time exchanged.
Var exchanged(const Var& x) { return swapaxes(x, 0, 1); }

class RNNBody final : public LayerBody {
 public:
  RNNBody(std::string class_name, const Layer& cell, SequenceOptions options, Loc loc)
      : LayerBody(std::move(class_name), options.name), options_(std::move(options)) {
    if (!dynamic_cast<CellBody*>(cell.body().get()))
      throw ArgError(
          "RNN", "needs a cell (a layer whose body is a CellBody); got " + cell.class_name() + " '" + cell.name() + "'",
          loc);
    add_layer(cell);
  }
  CellBody& cell() const { return static_cast<CellBody&>(*inner()[0].body()); }
  const SequenceOptions& options() const { return options_; }

  /// The same with a cell of its own.
  std::shared_ptr<RNNBody> copy(std::string name, bool flip) const {
    SequenceOptions o = options_;
    o.name = std::move(name);
    if (flip) o.go_backwards = !o.go_backwards;
    o.zero_output_for_mask = o.return_sequences;
    return std::make_shared<RNNBody>(class_name(), Layer(cell().fresh()), o, detail::user_line());
  }

  void build(const Shape& sample) override {
    if (sample.rank() < 2)
      throw ShapeError(class_name(),
                       "needs samples [steps, features] in layer '" + name() + "'; got " + sample.to_string(),
                       detail::user_line());
    Shape step = sample;
    step.erase(0);
    inner()[0].build(step, dtype());
    sizes_ = cell().state_sizes();
  }

  Shape output_shape(const Shape& sample) override {
    Shape step = sample;
    step.erase(0);
    Shape shape = inner()[0].output_shape(step);
    if (options_.return_sequences) shape.insert(0, sample[0]);
    return shape;
  }

  bool keeps_mask() const noexcept override { return options_.return_sequences; }

  Var call(const Var& x) override {
    RecurrentResult result = run(x, {.states = std::move(spare_)});
    spare_ = std::move(result.states);
    spare_.clear();
    return result.output;
  }

  RecurrentResult run(const Var& x, RecurrentInput input) {
    Shape expected = sample_shape();
    expected[0] = x.rank() > 1 ? x.shape()[1] : 0;
    expected.insert(0, x.shape()[0]);
    if (x.shape() != expected)
      throw ShapeError(class_name(),
                       "needs a batch [n, steps, " + std::to_string(expected.back()) + "] in layer '" + name() +
                           "'; got " + signature(x.value()),
                       detail::user_line());
    std::vector<Var> states = first_states(x, std::move(input.states));
    Var mask = time_mask(x, input.mask);
    Var steps = exchanged(x);
    if (options_.go_backwards) {
      steps = flip(steps, {0});
      if (!mask.empty()) mask = flip(mask, {0});
    }
    steps = cell().begin(steps);
    Var all = cell().sequence(steps, states, mask);
    if (all.empty()) all = step_by_step(steps, states, mask);
    if (options_.zero_output_for_mask && !mask.empty()) all = where(expand_dims(mask, -1), all, 0);
    if (options_.stateful) {
      kept_.clear();
      for (const Var& s : states) kept_.push_back(s.value());
    }
    return {options_.return_sequences ? exchanged(all) : slice(all, {-1}), std::move(states)};
  }

  void forget() noexcept { kept_.clear(); }

  void settings(Settings& s) override {
    SequenceOptions& o = options_;
    s("return_sequences", o.return_sequences)("go_backwards", o.go_backwards)("stateful", o.stateful);
    s("zero_output_for_mask", o.zero_output_for_mask);
  }

 private:
  std::vector<Var> first_states(const Var& x, std::vector<Var> given) {
    const I64 n = x.shape()[0];
    if (given.empty()) {
      if (!kept_.empty() && kept_[0].shape()[0] != n)
        throw ShapeError(class_name(),
                         "needs batches of one size in the stateful layer '" + name() + "', or reset_state; got " +
                             std::to_string(n) + " samples after " + std::to_string(kept_[0].shape()[0]),
                         detail::user_line());
      for (std::size_t i = 0; i < sizes_.size(); ++i)
        given.push_back(kept_.empty() ? Var(zeros({n, sizes_[i]}, x.dtype())) : Var(kept_[i]));
      return given;
    }
    if (given.size() != sizes_.size())
      throw ArgError(class_name(),
                     "needs " + std::to_string(sizes_.size()) + " first states in layer '" + name() + "'; got " +
                         std::to_string(given.size()),
                     detail::user_line());
    for (std::size_t i = 0; i < sizes_.size(); ++i)
      if (given[i].shape() != Shape{n, sizes_[i]})
        throw ShapeError(class_name(),
                         "needs first states of shape " + Shape{n, sizes_[i]}.to_string() + " in layer '" + name() +
                             "'; got " + given[i].shape().to_string(),
                         detail::user_line());
    return given;
  }

  /// [steps, n]; empty where there is none.
  Var time_mask(const Var& x, Var mask) const {
    if (mask.empty()) mask = mask_of(x);
    if (mask.empty()) return mask;
    if (mask.dtype() != DType::boolean || mask.shape() != Shape{x.shape()[0], x.shape()[1]})
      throw ShapeError(class_name(),
                       "needs a mask bool" + Shape{x.shape()[0], x.shape()[1]}.to_string() + " in layer '" + name() +
                           "'; got " + signature(mask.value()),
                       detail::user_line());
    return exchanged(mask);
  }

  Var step_by_step(const Var& x, std::vector<Var>& states, const Var& mask) {
    std::vector<Var> all;
    Var before;
    for (I64 t = 0; t < x.shape()[0]; ++t) {
      std::vector<Var> after = states;
      Var y = cell().step(slice(x, {t}), after);
      if (!mask.empty()) {
        const Var goes_on = expand_dims(slice(mask, {t}), -1);
        if (before.empty()) before = y.shape() == states[0].shape() ? states[0] : Var(zeros(y.shape(), y.dtype()));
        y = where(goes_on, y, before);
        for (std::size_t i = 0; i < states.size(); ++i) after[i] = where(goes_on, after[i], states[i]);
      }
      before = y;
      states = std::move(after);
      all.push_back(y);
    }
    if (all.empty())
      throw ShapeError(class_name(), "needs at least one step in layer '" + name() + "'; got " + x.shape().to_string(),
                       detail::user_line());
    return stack(all, 0);
  }

  SequenceOptions options_;
  std::vector<Array> kept_;  // the states after the last batch (stateful)
  std::vector<I64> sizes_;   // of the cell's states
  std::vector<Var> spare_;   // memory for states
};

RNNBody& rnn_of(const Layer& layer, Loc loc) {
  auto* body = dynamic_cast<RNNBody*>(layer.body().get());
  if (!body)
    throw ArgError("Bidirectional", "needs recurrent layers; got " + layer.class_name() + " '" + layer.name() + "'",
                   loc);
  return *body;
}

class BidirectionalBody final : public LayerBody {
 public:
  BidirectionalBody(const Layer& forward, const Layer& backward, BidirectionalOptions o)
      : LayerBody("Bidirectional", o.name), mode_(o.merge_mode) {
    add_layer(forward);
    add_layer(backward);
  }
  void build(const Shape& sample) override {
    for (const Layer& direction : inner()) direction.build(sample, dtype());
  }
  bool keeps_mask() const noexcept override { return inner()[0].body()->keeps_mask(); }
  Shape output_shape(const Shape& sample) override {
    Shape shape = inner()[0].output_shape(sample);
    if (mode_ == MergeMode::concat) shape[shape.rank() - 1] *= 2;
    return shape;
  }
  Var call(const Var& x) override {
    const Var a = inner()[0](x);
    Var b = inner()[1](x);
    if (keeps_mask()) b = flip(b, {1});
    switch (mode_) {
      case MergeMode::sum:
        return a + b;
      case MergeMode::mul:
        return a * b;
      case MergeMode::ave:
        return 0.5 * (a + b);
      default:
        return concat({a, b}, -1);
    }
  }
  void settings(Settings& s) override {
    static constexpr const char* names[] = {"concat", "sum", "mul", "ave"};
    std::string mode = names[static_cast<int>(mode_)];
    s("merge_mode", mode);
    const auto* at = std::find(std::begin(names), std::end(names), mode);
    if (at == std::end(names)) s.refuse("merge_mode concat, sum, mul or ave", "'" + mode + "'");
    mode_ = static_cast<MergeMode>(at - std::begin(names));
  }

 private:
  MergeMode mode_;
};

class TimeDistributedBody final : public LayerBody {
 public:
  TimeDistributedBody(const Layer& layer, std::string name) : LayerBody("TimeDistributed", std::move(name)) {
    add_layer(layer);
  }
  void build(const Shape& sample) override {
    if (sample.rank() < 2)
      throw ShapeError(
          "TimeDistributed",
          "needs samples [steps, …] of at least two axes in layer '" + name() + "'; got " + sample.to_string(),
          detail::user_line());
    inner()[0].build(step_of(sample), dtype());
  }
  bool keeps_mask() const noexcept override { return true; }
  bool converts() const noexcept override { return inner()[0].body()->converts(); }
  Shape output_shape(const Shape& sample) override {
    Shape shape = inner()[0].output_shape(step_of(sample));
    shape.insert(0, sample[0]);
    return shape;
  }
  Var call(const Var& x) override {  // all steps of all samples are one batch
    const I64 n = x.shape()[0], steps = x.shape()[1];
    Shape flat = x.shape();
    flat.erase(0);
    flat[0] = n * steps;
    const Var y = inner()[0](reshape(x, flat));
    Shape shape = y.shape();
    shape[0] = steps;
    shape.insert(0, n);
    return reshape(y, shape);
  }
  void settings(Settings&) override {}

 private:
  static Shape step_of(Shape sample) {
    sample.erase(0);
    return sample;
  }
};

class MaskingBody final : public LayerBody {
 public:
  MaskingBody(double value, std::string name) : LayerBody("Masking", std::move(name)), value_(value) {}
  Var call(const Var& x) override {
    if (x.rank() != 3)
      throw ShapeError("Masking",
                       "needs a batch [n, steps, features] in layer '" + name() + "'; got " + signature(x.value()),
                       detail::user_line());
    const Var mask = any(not_equal(x.detach(), value_), {-1});
    return with_mask(where(expand_dims(mask, -1), x, 0), mask, detail::user_line());
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override { s("mask_value", value_); }

 private:
  double value_;
};

std::shared_ptr<LayerBody> over_time(const char* class_name, const Layer& cell, const RecurrentOptions& o, Loc loc) {
  return std::make_shared<RNNBody>(class_name, cell, o.sequence(), loc);
}

Layer both_directions(const Layer& layer, const BidirectionalOptions& o, Loc loc) {
  const RNNBody& rnn = rnn_of(layer, loc);
  const std::string name = rnn.name();
  return make_layer<BidirectionalBody>(Layer(rnn.copy("forward_" + name, false)),
                                       Layer(rnn.copy("backward_" + name, true)), o);
}

}  // namespace

RNN::RNN(const Layer& cell, SequenceOptions options, Loc loc)
    : Layer(std::make_shared<RNNBody>("RNN", cell, std::move(options), loc)) {}

RecurrentResult RNN::run(Arg x, RecurrentInput input) const {
  RecurrentResult result;
  const auto call = [&](const Var& v) {
    result = static_cast<RNNBody&>(*body_).run(v, input);
    return result.output;
  };
  called(std::move(x), call);
  return result;
}

void RNN::reset_state() const noexcept { static_cast<RNNBody&>(*body_).forget(); }

SimpleRNN::SimpleRNN(I64 units, RecurrentOptions options, Loc loc)
    : RNN(over_time("SimpleRNN", SimpleRNNCell(units, options.cell(), loc), options, loc)) {}
LSTM::LSTM(I64 units, RecurrentOptions options, Loc loc)
    : RNN(over_time("LSTM", LSTMCell(units, options.cell(), loc), options, loc)) {}
GRU::GRU(I64 units, RecurrentOptions options, Loc loc)
    : RNN(over_time("GRU", GRUCell(units, options.cell(), loc), options, loc)) {}

Bidirectional::Bidirectional(const RNN& layer, BidirectionalOptions options, Loc loc)
    : Layer(both_directions(layer, options, loc)) {}
TimeDistributed::TimeDistributed(const Layer& layer, LayerOptions options)
    : Layer(std::make_shared<TimeDistributedBody>(layer, std::move(options.name))) {}
Masking::Masking(double mask_value, LayerOptions options)
    : Layer(std::make_shared<MaskingBody>(mask_value, std::move(options.name))) {}

Layer detail::make_rnn(const std::vector<Layer>& inner) {
  return make_layer<RNNBody>("RNN", inner.at(0), SequenceOptions{}, detail::user_line());
}
Layer detail::make_bidirectional(const std::vector<Layer>& inner) {
  if (inner.size() != 2)
    throw ArgError("Bidirectional", "needs two layers inside; got " + std::to_string(inner.size()),
                   detail::user_line());
  for (const Layer& layer : inner) rnn_of(layer, detail::user_line());
  return make_layer<BidirectionalBody>(inner[0], inner[1], BidirectionalOptions{});
}
Layer detail::make_time_distributed(const std::vector<Layer>& inner) {
  return make_layer<TimeDistributedBody>(inner.at(0), "");
}

}  // namespace xgrad
