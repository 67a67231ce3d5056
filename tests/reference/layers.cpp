// Layers, regularizers, initializers and constraints against Keras: results, statistics and gradients.

#include "xgrad/nn/layers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "layers_table.hpp"
#include "support/reference.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/softmax.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/tape/tape.hpp"

using reference::Case;
using namespace xgrad;

namespace {

Array array_of(const reference::Values& v) {
  const Array a = Array::from<double>(v.data, Shape(std::span(v.shape)));
  return v.dtype == "int64" ? a.astype(DType::int64) : a;
}

void compare(const Case& c, const std::string& what, const Array& got, const reference::Values& want) {
  CAPTURE(c.name);
  CAPTURE(what);
  REQUIRE(got.shape() == Shape(std::span(want.shape)));
  double largest = 1e-3;
  for (double v : want.data) largest = std::max(largest, std::abs(v));
  for (std::int64_t k = 0; k < got.size(); ++k) {
    CAPTURE(k);
    CHECK(std::abs(got.data<double>()[k] - want.data[static_cast<std::size_t>(k)]) <= 1e-12 * largest);
  }
}

Array ramp(const Shape& shape) {
  Array w = zeros(shape, DType::float64);
  for (std::int64_t k = 0; k < w.size(); ++k) w.mutable_data<double>()[k] = reference::weight(k);
  return w;
}

const std::map<std::string, Layer (*)()>& layers() {
  static const std::map<std::string, Layer (*)()> all = [] {
    std::map<std::string, Layer (*)()> made{
        {"dense/plain", [] { return Layer(Dense{3}); }},
        {"dense/no_bias",
         [] {
           return Layer(Dense{3, {.use_bias = false}});
         }},
        {"dense/cube",
         [] {
           return Layer(Dense{2, {.activation = tanh}});
         }},
        {"embedding/plain",
         [] {
           return Layer(Embedding{6, 3});
         }},
        {"activation/softmax", [] { return Layer(Activation{softmax}); }},
        {"activation/glu", [] { return Layer(Activation{"glu"}); }},
        {"relu/settings", [] { return Layer(ReLU{{.max_value = 1, .negative_slope = 0.2, .threshold = 0.1}}); }},
        {"leaky_relu/plain", [] { return Layer(LeakyReLU{}); }},
        {"elu/plain", [] { return Layer(ELU{0.5}); }},
        {"prelu/plain", [] { return Layer(PReLU{}); }},
        {"prelu/shared", [] { return Layer(PReLU{{.shared_axes = {1}}}); }},
        {"softmax/axis1", [] { return Layer(Softmax{1}); }},
        {"flatten/cube", [] { return Layer(Flatten{}); }},
        {"reshape/cube",
         [] {
           return Layer(Reshape{{2, -1}});
         }},
        {"permute/cube",
         [] {
           return Layer(Permute{{2, 1}});
         }},
        {"repeat_vector/plain", [] { return Layer(RepeatVector{3}); }},
        {"batch_normalization/inference", [] { return Layer(BatchNormalization{}); }},
        {"batch_normalization/training", [] { return Layer(BatchNormalization{{.momentum = 0.9}}); }},
        {"batch_normalization/image", [] { return Layer(BatchNormalization{}); }},
        {"batch_normalization/axis1", [] { return Layer(BatchNormalization{{.axis = 1, .epsilon = 0.01}}); }},
        {"batch_normalization/bare", [] { return Layer(BatchNormalization{{.center = false, .scale = false}}); }},
        {"layer_normalization/plain", [] { return Layer(LayerNormalization{}); }},
        {"layer_normalization/axes",
         [] {
           return Layer(LayerNormalization{{.axis = {1, 2}, .epsilon = 0.01}});
         }},
        {"layer_normalization/axis1", [] { return Layer(LayerNormalization{{.axis = {1}}}); }},
    };
    made.insert(layers_table::spatial().begin(), layers_table::spatial().end());
    made.insert(layers_table::sequence().begin(), layers_table::sequence().end());
    return made;
  }();
  return all;
}

Layer layer_of(const Case& c) {
  const auto found = layers().find(c.name);
  if (found != layers().end()) return found->second();
  REQUIRE(c.op() == "dense");  // the others are activations by name
  return Dense{3, {.activation = std::string_view(c.name).substr(6)}};
}

void check_layer(const Case& c) {
  const Layer layer = layer_of(c);
  const Array at = array_of(c.input("x"));
  Shape sample = at.shape();
  sample.erase(0);
  layer.build(sample, DType::float64);
  const Parameters weights = layer.weights();
  std::vector<Array> values;
  for (std::size_t i = 1; i < c.in.size(); ++i) values.push_back(array_of(c.in[i]));
  REQUIRE(weights.size() == values.size());
  layer.set_weights(values);
  const Training training(c.flag("training"));
  Tape tape;
  auto scope = tape.scope();
  const Var x = is_floating(at.dtype()) ? tape.variable(at) : Var(at);
  const Var y = layer(x);
  compare(c, "result", y.value(), c.out.at(0));
  CHECK(layer.output_shape(sample).size() * at.shape()[0] == y.size());
  std::size_t moving = 1;
  for (const Parameter& p : weights)
    if (!p.trainable() && moving < c.out.size()) compare(c, p.name(), p.value(), c.out[moving++]);
  std::vector<Var> wanted;
  if (is_floating(at.dtype())) wanted.push_back(x);
  for (const Parameter& p : weights)
    if (p.trainable()) wanted.push_back(Var(p));
  REQUIRE(wanted.size() == c.grad.size());
  if (wanted.empty()) return;
  const std::vector<Var> slopes = grad(sum(y * ramp(y.shape())), wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) compare(c, c.grad[i].name, slopes[i].value(), c.grad[i]);
}

void check_regularizer(const Case& c) {
  const std::map<std::string, Regularizer> all{{"regularizer/l1", "l1"},
                                               {"regularizer/l2", L2{0.3}},
                                               {"regularizer/l1_l2", L1L2{0.1, 0.2}},
                                               {"regularizer/orthogonal_rows", OrthogonalRegularizer{0.5}},
                                               {"regularizer/orthogonal_columns", OrthogonalRegularizer{0.5, true}}};
  Tape tape;
  auto scope = tape.scope();
  const Var x = tape.variable(array_of(c.input("x")));
  const Var penalty = all.at(c.name)(x);
  compare(c, "penalty", penalty.value(), c.out.at(0));
  compare(c, "gradient", grad(penalty, x).value(), c.grad.at(0));
}

void check_constraint(const Case& c) {
  const std::map<std::string, Constraint> all{
      {"constraint/max_norm", MaxNorm{1.5}},
      {"constraint/non_neg", "non_neg"},
      {"constraint/unit_norm", UnitNorm{}},
      {"constraint/unit_norm_rows", UnitNorm{.axes = 1}},
      {"constraint/min_max_norm", MinMaxNorm{.min_value = 1, .max_value = 2, .rate = 0.7}}};
  compare(c, "weight", all.at(c.name)(array_of(c.input("x"))), c.out.at(0));
}

void check_initializer(const Case& c) {
  const std::map<std::string, Initializer> all{
      {"initializer/stft", "stft"},
      {"initializer/stft_imag", STFT{.side = "imag", .window = "hamming", .scaling = "spectrum"}},
      {"initializer/stft_periodic", STFT{.window = "blackman", .scaling = "none", .periodic = true}},
      {"initializer/stft_bare", STFT{.side = "imag", .window = "none"}}};
  compare(c, "kernel", all.at(c.name)({6, 1, 5}, 0, DType::float64), c.out.at(0));
}

}  // namespace

TEST_CASE("layers, regularizers, initializers and constraints against Keras") {
  const reference::File file("layers.txt");
  for (const auto& [name, make] : layers()) CHECK(file.at(name).name == name);  // none is left out
  for (const Case& c : file.cases()) {
    if (c.op() == "regularizer") {
      check_regularizer(c);
    } else if (c.op() == "constraint") {
      check_constraint(c);
    } else if (c.op() == "initializer") {
      check_initializer(c);
    } else if (c.op() == "multi_head_attention") {
      layers_table::check_attention(c);
    } else {
      check_layer(c);
    }
  }
  CHECK(file.cases().size() == 149);
}
