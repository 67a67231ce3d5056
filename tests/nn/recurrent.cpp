// What recurrent layers do besides their numbers (those are compared with Keras elsewhere): states, masks, cells of a
// user's own, dropout.

#include "xgrad/nn/layers/recurrent.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/nn/sequential_body.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

double difference(const Array& a, const Array& b) {
  REQUIRE(a.shape() == b.shape());
  return a.size() == 0 ? 0 : amax(abs(a - b)).item<double>();
}

/// Half of what was there, half of what comes.
struct Smooth : CellBody {
  Smooth() : CellBody("Smooth") {}
  std::vector<std::int64_t> state_sizes() const override { return {sample_shape()[0]}; }
  Var step(const Var& x, std::vector<Var>& states) override { return states[0] = 0.5 * states[0] + 0.5 * x; }
  Shape output_shape(const Shape& sample) override { return sample; }
};

}  // namespace

TEST_CASE("a sequence in two parts, states handed on, is the sequence in one") {
  Tape tape;
  auto scope = tape.scope();
  const Array x = random::normal({3, 7, 4}, 0, 1, DType::float64);
  for (const RNN& layer : std::vector<RNN>{LSTM(5, {.return_sequences = true}), GRU(5, {.return_sequences = true}),
                                           SimpleRNN(5, {.return_sequences = true}),
                                           GRU(5, {.reset_after = false, .return_sequences = true})}) {
    CAPTURE(layer.class_name());
    const RecurrentResult whole = layer.run(x);
    const RecurrentResult first = layer.run(slice(x, {Slice{}, Slice{0, 3}}));
    const RecurrentResult second = layer.run(slice(x, {Slice{}, Slice{3, 7}}), {.states = first.states});
    CHECK(difference(concat({first.output.value(), second.output.value()}, 1), whole.output.value()) < 1e-14);
    REQUIRE(whole.states.size() == second.states.size());
    for (std::size_t i = 0; i < whole.states.size(); ++i)
      CHECK(difference(whole.states[i].value(), second.states[i].value()) < 1e-14);
    CHECK(difference(slice(whole.output.value(), {Slice{}, -1}), whole.states[0].value()) == 0);
  }
}

TEST_CASE("a stateful layer begins where the batch before has ended") {
  Tape tape;
  auto scope = tape.scope();
  const Array x = random::normal({2, 6, 3}, 0, 1, DType::float64);
  const LSTM plain(4);
  const Array wanted = plain(x).value();
  LSTM kept(4, {.stateful = true});
  kept.build({6, 3}, DType::float64);
  std::vector<Array> weights;
  for (const Parameter& p : plain.weights()) weights.push_back(p.value());
  kept.set_weights(weights);
  const Array a = slice(x, {Slice{}, Slice{0, 2}}), b = slice(x, {Slice{}, Slice{2, 6}});
  kept(a);
  CHECK(difference(kept(b).value(), wanted) < 1e-14);
  CHECK_THROWS_WITH_AS(kept(x.rows(0, 1)), doctest::Contains("needs batches of one size"), ShapeError);
  kept.reset_state();
  CHECK(difference(kept(x).value(), wanted) < 1e-14);
}

TEST_CASE("masks travel from where they are made to where they are heeded") {
  const Array words = Array::from<std::int64_t>(std::vector<std::int64_t>{4, 2, 0, 0, 1, 3, 5, 0}, {2, 4});
  const Embedding embed(6, 3, {.mask_zero = true});
  const LSTM lstm(4);
  Tape tape;
  auto scope = tape.scope();
  const Var vectors = embed(words);
  REQUIRE(mask_of(vectors).valid());
  const Array y = lstm(vectors).value();
  // the same without padding
  const Array first = lstm(embed(slice(words, {Slice{0, 1}, Slice{0, 2}}))).value(),
              second = lstm(embed(slice(words, {Slice{1, 2}, Slice{0, 3}}))).value();
  CHECK(amax(abs(y - concat({first, second}, 0))).item<float>() < 1e-6f);
  CHECK(mask_of(Dense(2)(vectors)).valid());
  CHECK(mask_of(Dropout(0.5)(vectors)).valid());
  CHECK(mask_of(LSTM(2, {.return_sequences = true})(vectors)).valid());
  CHECK_FALSE(mask_of(LSTM(2)(vectors)).valid());
  CHECK_FALSE(mask_of(Flatten{}(vectors)).valid());
  CHECK_THROWS_AS(with_mask(vectors, zeros({2, 3}, DType::boolean)), ShapeError);
  CHECK_THROWS_AS(with_mask(vectors, zeros({2, 4})), DTypeError);
  CHECK_THROWS_WITH_AS(lstm.run(vectors, {.mask = zeros({2, 3}, DType::boolean)}), doctest::Contains("needs a mask"),
                       ShapeError);
  // A loss counts the steps that count: of 5 of the 8.
  const Var each = Lambda{[](Var v) { return v * 0 + 1; }}(vectors);
  const Loss loss = "mean_squared_error";
  const Var truth = zeros({2, 4, 3});
  CHECK(loss(truth, with_mask(each * 2, mask_of(vectors))).item<float>() == doctest::Approx(4));
  const Var grown = with_mask(where(expand_dims(mask_of(vectors), -1), each, 100), mask_of(vectors));
  CHECK(loss(truth, grown).item<float>() == doctest::Approx(1));
}

TEST_CASE("a cell of one's own, with and without a mask") {
  const RNN smooth(make_layer<Smooth>(), {.return_sequences = true});
  const Array x = Array::from<double>(std::vector<double>{8, 4, 2, 0, 0, 16}, {1, 6, 1});
  const Array y = smooth(x).value();
  const double wanted[] = {4, 4, 3, 1.5, 0.75, 8.375};
  for (int t = 0; t < 6; ++t) CHECK(y.data<double>()[t] == wanted[t]);
  const Array mask = Array::from<std::int64_t>(std::vector<std::int64_t>{1, 0, 1, 0, 0, 1}, {1, 6}) > 0;
  const RecurrentResult r = smooth.run(x, {.mask = mask});
  const double kept[] = {4, 4, 3, 3, 3, 9.5};
  for (int t = 0; t < 6; ++t) CHECK(r.output.value().data<double>()[t] == kept[t]);
  CHECK(r.states[0].value().data<double>()[0] == 9.5);
  gradcheck([&](Var v) { return smooth(v); }, {x}, {.order = 2});
  CHECK_THROWS_WITH_AS(Bidirectional{smooth}, doctest::Contains("needs CellBody::fresh"), ArgError);
  CHECK_THROWS_WITH_AS(RNN(Dense(3)), doctest::Contains("needs a cell"), ArgError);
}

TEST_CASE("what recurrent layers refuse") {
  Tape tape;
  auto scope = tape.scope();
  CHECK_THROWS_WITH_AS(LSTM(0), doctest::Contains("needs a positive number of units; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(GRU(3, {.dropout = 1}), doctest::Contains("needs dropout rates from 0 to below 1"), ArgError);
  const LSTM layer(3, {.name = "memory"});
  CHECK_THROWS_WITH_AS(layer(zeros({2, 4})), doctest::Contains("needs samples [steps, features] in layer 'memory'"),
                       ShapeError);
  layer(zeros({2, 4, 5}));
  CHECK_THROWS_WITH_AS(layer(zeros({2, 4, 6})), doctest::Contains("needs a batch [n, steps, 5]"), ShapeError);
  CHECK(layer(zeros({2, 9, 5})).shape() == Shape{2, 3});  // any number of steps
  CHECK_THROWS_WITH_AS(layer.run(zeros({2, 4, 5}), {.states = {Var(zeros({2, 3}))}}),
                       doctest::Contains("needs 2 first states"), ArgError);
  CHECK_THROWS_WITH_AS(layer.run(zeros({2, 4, 5}), {.states = {Var(zeros({2, 3})), Var(zeros({1, 3}))}}),
                       doctest::Contains("needs first states of shape [2,3]"), ShapeError);
  CHECK_THROWS_WITH_AS(layer(zeros({2, 0, 5})), doctest::Contains("at least one step"), ShapeError);
}

TEST_CASE("dropout over time: the same places at every step, none without training") {
  Tape tape;
  auto scope = tape.scope();
  const Array x = full({4, 5, 50}, 1.0, DType::float64);
  // h = x W + h₋ · 0: shows what reaches the product at each step
  const SimpleRNN layer(50, {.activation = "linear",
                             .kernel_initializer = Identity{},
                             .recurrent_initializer = zeros,
                             .dropout = 0.5,
                             .return_sequences = true});
  CHECK(difference(layer(x).value(), x) == 0);
  const Training on;
  set_seed(2);
  const Array y = layer(x).value();
  const Array first = slice(y, {Slice{}, 0});
  for (int t = 1; t < 5; ++t) CHECK(difference(slice(y, {Slice{}, t}), first) == 0);
  const double kept = sum(first).item<double>() / 2 / 200;
  CHECK(kept > 0.3);
  CHECK(kept < 0.7);
  // Recurrent dropout takes the steps one by one, and has gradients like any op.
  const LSTM dropped(3, {.recurrent_dropout = 0.4});
  backward(sum(dropped(random::normal({2, 4, 3}))));
  CHECK(dropped.weights()[1].has_grad());
}

TEST_CASE("both ways: fused and step by step") {
  const Array x = random::normal({3, 6, 4}, 0, 1, DType::float64);
  const Array mask = random::uniform({3, 6}) < 0.7f;
  for (const RNN& layer : std::vector<RNN>{LSTM(5, {.return_sequences = true}), GRU(5, {.return_sequences = true})}) {
    CAPTURE(layer.class_name());
    const auto results = [&] {
      Tape tape;
      auto scope = tape.scope();
      const Var v = tape.variable(x);
      const Var y = layer.run(v, {.mask = mask}).output;
      std::vector<Var> wanted{v};
      for (const Parameter& p : layer.parameters()) wanted.push_back(Var(p));
      std::vector<Array> all{y.value()};
      for (const Var& g : grad(sum(square(y)), wanted)) all.push_back(g.value());
      return all;
    };
    const std::vector<Array> fused = results();
    std::vector<Array> steps;
    {
      const Fusion off(false);
      steps = results();
    }
    for (std::size_t i = 0; i < fused.size(); ++i) CHECK(difference(fused[i], steps[i]) < 1e-13);
  }
}
