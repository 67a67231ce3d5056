// MultiHeadAttention against Keras, whose call takes several operands and gives the weights of the values too.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "layers_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/nn/layers.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/tape/tape.hpp"

namespace layers_table {

using namespace xgrad;
using reference::Case;
using reference::Values;

namespace {

Array array_of(const Values& v) {
  const Array a = Array::from<double>(v.data, Shape(std::span(v.shape)));
  return v.dtype == "bool" ? a.astype(DType::boolean) : a;
}

void compare(const std::string& what, const Array& got, const Values& want) {
  CAPTURE(what);
  REQUIRE(got.shape() == Shape(std::span(want.shape)));
  for (std::int64_t k = 0; k < got.size(); ++k)
    CHECK(std::abs(got.data<double>()[k] - want.data[static_cast<std::size_t>(k)]) <=
          1e-12 * std::max(1.0, std::abs(want.data[static_cast<std::size_t>(k)])));
}

MultiHeadAttention layer_of(const std::string& name) {
  if (name == "multi_head_attention/causal") return {2, 3, {.value_dim = 2}};
  if (name == "multi_head_attention/cross") return {2, 3, {.value_dim = 4, .use_bias = false, .output_shape = 7}};
  if (name == "multi_head_attention/key") return {1, 2};
  return {2, 3};
}

}  // namespace

void check_attention(const Case& c) {
  CAPTURE(c.name);
  const MultiHeadAttention layer = layer_of(c.name);
  Tape tape;
  auto scope = tape.scope();
  std::map<std::string, Var> operands;
  std::vector<Array> weights;
  std::vector<Var> wanted;
  AttentionCall how{.use_causal_mask = c.flag("causal")};
  for (const Values& v : c.in) {
    if (v.name[0] == 'w') {
      weights.push_back(array_of(v));
    } else if (v.name == "mask") {
      how.attention_mask = array_of(v);
    } else {
      wanted.push_back(operands[v.name] = tape.variable(array_of(v)));
    }
  }
  const Var query = operands["query"], value = operands["value"], key = c.in[2].name == "key" ? operands["key"] : value;
  layer(query, value, key, how);  // builds it
  layer.set_weights(weights);
  for (const Parameter& p : layer.weights()) wanted.push_back(Var(p));
  const Var y = layer(query, value, key, how);
  compare("result", y.value(), c.out.at(0));
  const AttentionScores both = layer.with_scores(query, value, key, how);
  compare("result with scores", both.output.value(), c.out.at(0));
  compare("scores", both.scores.value(), c.out.at(1));
  Array ramp = zeros(y.shape(), DType::float64);
  for (std::int64_t k = 0; k < ramp.size(); ++k) ramp.mutable_data<double>()[k] = reference::weight(k);
  REQUIRE(wanted.size() == c.grad.size());
  for (const Var& result : {y, both.output}) {
    const std::vector<Var> slopes = grad(sum(result * ramp), wanted, {.retain = true});
    for (std::size_t i = 0; i < wanted.size(); ++i) compare(c.grad[i].name, slopes[i].value(), c.grad[i]);
  }
}

}  // namespace layers_table
