// What MultiHeadAttention and the layers of places do besides their numbers, which are compared with Keras elsewhere.

#include <doctest/doctest.h>

#include <cmath>

#include "xgrad/nn/mask.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

double distance(const Array& a, const Array& b) {
  return amax(xgrad::abs(a.astype(DType::float64) - b.astype(DType::float64))).item<double>();
}

}  // namespace

TEST_CASE("multi-head attention: weights have Keras's names, shapes and fans") {
  reset_layer_names();
  const NoGrad off;
  const MultiHeadAttention layer(2, 3, {.value_dim = 5, .output_shape = 7});
  layer(zeros({1, 4, 6}), zeros({1, 3, 8}));
  const std::pair<const char*, Shape> wanted[] = {{"multi_head_attention/query/kernel", {6, 2, 3}},
                                                  {"multi_head_attention/query/bias", {2, 3}},
                                                  {"multi_head_attention/key/kernel", {8, 2, 3}},
                                                  {"multi_head_attention/key/bias", {2, 3}},
                                                  {"multi_head_attention/value/kernel", {8, 2, 5}},
                                                  {"multi_head_attention/value/bias", {2, 5}},
                                                  {"multi_head_attention/attention_output/kernel", {2, 5, 7}},
                                                  {"multi_head_attention/attention_output/bias", {7}}};
  const Parameters weights = layer.weights();
  REQUIRE(weights.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(weights[i].name() == wanted[i].first);
    CHECK(weights[i].shape() == wanted[i].second);
  }
  // the glorot limit of a kernel [6, 2, 3] counts the first axis as a window: √(6 / (6·2 + 6·3))
  const double largest = amax(xgrad::abs(weights[0].value())).item<double>();
  CHECK(largest < std::sqrt(6.0 / 30));
  CHECK(largest > 0.8 * std::sqrt(6.0 / 30));
}

TEST_CASE("multi-head attention: dropout of the weights in training alone") {
  set_seed(5);
  const NoGrad off;
  const MultiHeadAttention layer(2, 3, {.dropout = 0.4}), plain(2, 3);
  const Array x = random::normal({3, 6, 4});
  layer.build({6, 4});
  plain.build({6, 4});
  std::vector<Array> weights;
  for (const Parameter& p : layer.weights()) weights.push_back(p.value());
  plain.set_weights(weights);
  CHECK(distance(layer(x).value(), plain(x).value()) == 0);
  const Training on;
  const AttentionScores dropped = layer.with_scores(x, x, x);
  const Array kept = dropped.scores.value(), full = plain.with_scores(x, x, x).scores.value();
  std::int64_t zeros_seen = 0;
  for (std::int64_t i = 0; i < kept.size(); ++i) {
    const double p = static_cast<double>(kept.data<float>()[i]), q = static_cast<double>(full.data<float>()[i]);
    if (p == 0) {
      ++zeros_seen;
    } else {
      CHECK(p == doctest::Approx(q / 0.6).epsilon(1e-5));
    }
  }
  CHECK(std::abs(static_cast<double>(zeros_seen) / static_cast<double>(kept.size()) - 0.4) < 0.12);
  CHECK(distance(plain(x).value(), plain.with_scores(x, x, x).output.value()) < 1e-6);
}

TEST_CASE("multi-head attention: what is masked changes nothing") {
  const NoGrad off;
  const MultiHeadAttention layer(2, 3);
  const Array x = random::normal({2, 5, 4}, 0, 1, DType::float64);
  Array other = x;
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t k = 0; k < 8; ++k) other.mutable_data<double>()[i * 20 + 12 + k] = 9;  // the last two places
  const Array counts = less(arange(0, 5), 3).reshape({1, 1, 5});
  const auto begin = [](const Var& y) { return slice(y, {Slice{}, Slice{0, 3}}).value(); };
  const Array expected = begin(layer(x, {.attention_mask = counts}));
  CHECK(distance(begin(layer(other, {.attention_mask = counts})), expected) == 0);
  CHECK(distance(begin(layer(other, {.use_causal_mask = true})), begin(layer(x, {.use_causal_mask = true}))) == 0);
  CHECK(distance(begin(layer(other)), begin(layer(x))) > 0.01);
  // a mask that travels with the values does the same, and goes on with the result
  const Array places = broadcast_to(counts.reshape({1, 5}), {2, 5});
  const Var masked = with_mask(Var(other), places), y = layer(masked);
  CHECK(distance(begin(y), expected) < 1e-15);
  REQUIRE(mask_of(y).valid());
  CHECK(mask_of(y).shape() == Shape{2, 5});
  // a query that may see nothing: the heads give 0, and the result is the bias
  const Array y0 = layer(x, {.attention_mask = zeros({5, 5}, DType::boolean)}).value();
  CHECK(distance(y0, zeros({2, 5, 4}, DType::float64)) == 0);
}

TEST_CASE("multi-head attention: errors name the layer and what came") {
  const NoGrad off;
  reset_layer_names();
  CHECK_THROWS_WITH_AS(MultiHeadAttention(0, 3), doctest::Contains("needs sizes of at least 1; got 0"), ArgError);
  CHECK_THROWS_WITH_AS(MultiHeadAttention(2, 3, {.dropout = 1.5}), doctest::Contains("a dropout from 0 to 1"),
                       ArgError);
  const MultiHeadAttention layer(2, 3, {.name = "look"});
  CHECK_THROWS_WITH_AS(layer(zeros({2, 4})), doctest::Contains("needs samples [T, d] in layer 'look'"), ShapeError);
  layer(zeros({2, 5, 4}));
  CHECK_THROWS_WITH_AS(layer(zeros({2, 5, 4}), zeros({2, 5, 6})), doctest::Contains("needs keys [n, …, 4]"),
                       ShapeError);
}

TEST_CASE("places: sines and cosines, and learned vectors") {
  const Array e = sine_position_encoding(50, 6, 1000, DType::float64);
  for (std::int64_t t : {0, 1, 49})
    for (std::int64_t i = 0; i < 3; ++i) {
      const double angle = static_cast<double>(t) / std::pow(1000.0, 2.0 * static_cast<double>(i) / 6.0);
      CHECK(e.data<double>()[t * 6 + 2 * i] == doctest::Approx(std::sin(angle)).epsilon(1e-13));
      CHECK(e.data<double>()[t * 6 + 2 * i + 1] == doctest::Approx(std::cos(angle)).epsilon(1e-13));
    }
  CHECK(sine_position_encoding(3, 5).dtype() == DType::float32);
  CHECK_THROWS_AS(sine_position_encoding(-1, 4), ArgError);
  CHECK_THROWS_AS(SinePositionEncoding({.max_wavelength = 0}), ArgError);
  const SinePositionEncoding sines;
  const Array x = random::normal({2, 4, 6});
  CHECK(distance(sines(x).value(), broadcast_to(sine_position_encoding(4, 6), {2, 4, 6})) == 0);

  const PositionEmbedding learned(5);
  CHECK(learned.output_shape({4, 6}) == Shape{4, 6});
  const Array table = learned.weight("embeddings").value();
  CHECK(table.shape() == Shape{5, 6});
  Tape tape;
  auto scope = tape.scope();
  CHECK(distance(learned(x).value(), broadcast_to(table.rows(0, 4), {2, 4, 6})) == 0);
  backward(sum(learned(x)));
  const Array g = learned.weight("embeddings").grad();
  for (std::int64_t t = 0; t < 5; ++t) CHECK(g.data<float>()[t * 6] == (t < 4 ? 2 : 0));  // each sample's share
  CHECK_THROWS_WITH_AS(learned(zeros({1, 6, 6})), doctest::Contains("sequences of at most 5 places"), ShapeError);
  CHECK_THROWS_AS(PositionEmbedding(0), ArgError);
}
