// What every layer must keep, and what a layer does besides its numbers (those are compared with Keras elsewhere).

#include "xgrad/nn/layers.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "xgrad/nn/sequential_body.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() &&
         std::ranges::equal(a.astype(DType::float64).span<double>(), b.astype(DType::float64).span<double>());
}

struct Contract {
  const char* name;
  Layer (*make)();
  Shape sample;
  bool numbers = false;  // takes whole numbers from 0 to 8, through which no gradient goes
};
const Contract contracts[] = {
    {"Dense",
     [] {
       return Layer(Dense{3, {.activation = tanh}});
     },
     {4}},
    {"Embedding",
     [] {
       return Layer(Embedding{9, 3});
     },
     {4},
     true},
    {"EmbeddingBag",
     [] {
       return Layer(EmbeddingBag{9, 3});
     },
     {4},
     true},
    {"EmbeddingBag",
     [] {
       return Layer(EmbeddingBag{9, 3, {.mode = Bag::max, .mask_zero = true}});
     },
     {2, 4},
     true},
    {"Activation", [] { return Layer(Activation{softmax}); }, {4}},
    {"PReLU", [] { return Layer(PReLU{{.alpha_initializer = Constant{0.3}}}); }, {4}},
    {"Dropout", [] { return Layer(Dropout{0.5}); }, {4}},
    {"GaussianNoise", [] { return Layer(GaussianNoise{0.5}); }, {4}},
    {"Flatten", [] { return Layer(Flatten{}); }, {2, 3}},
    {"Reshape",
     [] {
       return Layer(Reshape{{3, -1}});
     },
     {2, 3}},
    {"Permute",
     [] {
       return Layer(Permute{{2, 1}});
     },
     {2, 3}},
    {"RepeatVector", [] { return Layer(RepeatVector{2}); }, {4}},
    {"BatchNormalization", [] { return Layer(BatchNormalization{}); }, {4}},
    {"LayerNormalization", [] { return Layer(LayerNormalization{}); }, {4}},
    {"Normalization", [] { return Layer(Normalization{}); }, {4}},
    {"MultiHeadAttention",
     [] { return Layer(MultiHeadAttention(2, 3, {.dropout = 0.5, .use_causal_mask = true})); },
     {4, 3}},
    {"Residual", [] { return Layer(Residual{SinePositionEncoding{}}); }, {4, 3}},
    {"Residual", [] { return Layer(Residual{PositionEmbedding(5)}); }, {4, 3}},
    {"Conv1D", [] { return Layer(Conv1D(3, 2, {.padding = "causal", .activation = tanh})); }, {5, 2}},
    {"Conv2D", [] { return Layer(Conv2D(3, 2, {.padding = "same", .activation = tanh})); }, {3, 4, 2}},
    {"Conv2D",
     [] {
       return Layer(Conv2D(4, {2, 1}, {.strides = 2, .data_format = "channels_first", .groups = 2}));
     },
     {2, 3, 4}},
    {"Conv1DTranspose", [] { return Layer(Conv1DTranspose(3, 3, {.strides = 2})); }, {4, 2}},
    {"Conv2DTranspose", [] { return Layer(Conv2DTranspose(2, 3, {.strides = 2, .padding = "same"})); }, {2, 3, 2}},
    {"DepthwiseConv1D", [] { return Layer(DepthwiseConv1D(2, {.depth_multiplier = 2})); }, {4, 2}},
    {"DepthwiseConv2D", [] { return Layer(DepthwiseConv2D(2, {.padding = "same"})); }, {3, 3, 2}},
    {"SeparableConv1D", [] { return Layer(SeparableConv1D(3, 2)); }, {4, 2}},
    {"SeparableConv2D", [] { return Layer(SeparableConv2D(3, 2, {.strides = 2, .depth_multiplier = 2})); }, {4, 3, 2}},
    {"MaxPooling1D", [] { return Layer(MaxPooling1D{}); }, {5, 2}},
    {"MaxPooling2D",
     [] {
       return Layer(MaxPooling2D({2, 1}, {.padding = "same", .data_format = "channels_first"}));
     },
     {2, 3, 4}},
    {"AveragePooling1D", [] { return Layer(AveragePooling1D(3, {.strides = 1})); }, {5, 2}},
    {"AveragePooling2D", [] { return Layer(AveragePooling2D(2, {.padding = "same"})); }, {3, 3, 2}},
    {"GlobalMaxPooling1D", [] { return Layer(GlobalMaxPooling1D{}); }, {4, 2}},
    {"GlobalMaxPooling2D", [] { return Layer(GlobalMaxPooling2D{{.keepdims = true}}); }, {2, 3, 2}},
    {"GlobalAveragePooling1D", [] { return Layer(GlobalAveragePooling1D{}); }, {4, 2}},
    {"GlobalAveragePooling2D",
     [] { return Layer(GlobalAveragePooling2D{{.data_format = "channels_first"}}); },
     {2, 2, 3}},
    {"ZeroPadding1D",
     [] {
       return Layer(ZeroPadding1D(Margin{1, 2}));
     },
     {3, 2}},
    {"ZeroPadding2D",
     [] {
       return Layer(ZeroPadding2D{{1, 0}, {2, 1}});
     },
     {2, 3, 2}},
    {"Cropping1D", [] { return Layer(Cropping1D{}); }, {4, 2}},
    {"Cropping2D",
     [] {
       return Layer(Cropping2D{{1, 0}, {0, 2}});
     },
     {3, 4, 2}},
    {"UpSampling1D", [] { return Layer(UpSampling1D{}); }, {3, 2}},
    {"UpSampling2D",
     [] {
       return Layer(UpSampling2D({2, 3}));
     },
     {2, 3, 2}},
    {"SimpleRNN", [] { return Layer(SimpleRNN(3, {.return_sequences = true})); }, {4, 2}},
    {"LSTM", [] { return Layer(LSTM(3)); }, {4, 2}},
    {"GRU", [] { return Layer(GRU(3, {.go_backwards = true})); }, {4, 2}},
    {"GRU", [] { return Layer(GRU(2, {.reset_after = false, .return_sequences = true})); }, {3, 2}},
    {"LSTMCell", [] { return Layer(LSTMCell(3)); }, {2}},
    {"GRUCell", [] { return Layer(GRUCell(2)); }, {2}},
    {"SimpleRNNCell", [] { return Layer(SimpleRNNCell(2)); }, {2}},
    {"RNN", [] { return Layer(RNN(GRUCell(2), {.return_sequences = true})); }, {3, 2}},
    {"Bidirectional", [] { return Layer(Bidirectional(LSTM(2, {.return_sequences = true}))); }, {3, 2}},
    {"TimeDistributed", [] { return Layer(TimeDistributed(Dense(2, {.activation = tanh}))); }, {3, 2}},
    {"Masking", [] { return Layer(Masking{}); }, {3, 2}},
    {"Lambda", [] { return Layer(Lambda{[](Var x) { return sum(x * x, 1, true); }}); }, {4}},
    {"Add",
     [] {
       return Layer(Add{Dense{3}, Dense{3, {.activation = tanh}}});
     },
     {4}},
    {"Concatenate",
     [] {
       return Layer(Concatenate{Dense{3}, [](Var x) { return x; }});
     },
     {4}},
    {"Residual",
     [] {
       return Layer(Residual{Dense{6, {.activation = tanh}}, Dense{4}});
     },
     {4}},
};

}  // namespace

TEST_CASE("the contract of every layer") {
  for (const Contract& c : contracts) {
    INFO(std::string(c.name));
    Shape batch = c.sample;
    batch.insert(0, 5);
    const Array x = c.numbers ? random::integers(batch, 0, 9) : random::normal(batch, 0, 1, DType::float64);
    set_seed(3);
    const Layer layer = c.make();
    if (c.numbers) layer.build(c.sample, DType::float64);
    CHECK(layer.class_name() == c.name);
    CHECK(layer.built() == c.numbers);
    Tape tape;
    auto scope = tape.scope();
    const Array y = layer(x).value();
    CHECK(layer.built());
    CHECK(y.dtype() == DType::float64);
    Shape expected = layer.output_shape(c.sample);
    expected.insert(0, 5);
    CHECK(y.shape() == expected);
    for (std::int64_t i = 0; i < 5; ++i) {  // samples do not see each other
      const Array one = layer(x.rows(i, i + 1)).value();
      const Array row = y.rows(i, i + 1);
      for (std::int64_t k = 0; k < row.size(); ++k)
        CHECK(std::abs(one.data<double>()[k] - row.data<double>()[k]) <= 1e-13);
    }
    CHECK(layer(x.rows(0, 0)).shape()[0] == 0);
    // The same seed makes the same layer; saved weights bring another to the same result.
    set_seed(3);
    const Layer again = c.make();
    again.build(c.sample, DType::float64);
    std::vector<Array> saved;
    for (const Parameter& p : layer.weights()) saved.push_back(p.value());
    set_seed(4);
    const Layer other = c.make();
    other.build(c.sample, DType::float64);
    other.set_weights(saved);
    CHECK(same(again(x).value(), y));
    CHECK(same(other(x).value(), y));
    const Parameters trained = layer.parameters();
    if (!c.numbers) gradcheck([&](Var v) { return layer(v); }, {x}, {.order = 2});
    // Frozen, it has no parameters, and its weights are constants.
    layer.set_trainable(false);
    CHECK(layer.parameters().empty());
    CHECK(layer.weights().size() == saved.size());
    CHECK_FALSE(layer(x).needs_grad());
    layer.set_trainable(true);
    CHECK(layer.parameters() == trained);
  }
}

TEST_CASE("names as Keras gives them") {
  reset_layer_names();
  CHECK(Dense{3}.name() == "dense");
  CHECK(Dense{3}.name() == "dense_1");
  CHECK(Dense{3, {.name = "out"}}.name() == "out");
  CHECK(BatchNormalization{}.name() == "batch_normalization");
  const std::pair<const char*, const char*> pairs[] = {{"LSTM", "lstm"},
                                                       {"GRU", "gru"},
                                                       {"SimpleRNN", "simple_rnn"},
                                                       {"ReLU", "re_lu"},
                                                       {"PReLU", "p_re_lu"},
                                                       {"LeakyReLU", "leaky_re_lu"},
                                                       {"Conv2D", "conv2d"},
                                                       {"MaxPooling2D", "max_pooling2d"},
                                                       {"RMSprop", "rm_sprop"},
                                                       {"Conv2DTranspose", "conv2d_transpose"},
                                                       {"F1Score", "f1_score"},
                                                       {"GlobalAveragePooling1D", "global_average_pooling1d"}};
  for (const auto& [kind, name] : pairs) CHECK(detail::snake_case(kind) == name);
}

TEST_CASE("weights: order, names, sharing") {
  reset_layer_names();
  const Dense shared{2};
  const Layer model = make_layer<SequentialBody>(
      std::vector<Layer>{Dense{2}, BatchNormalization{}, shared, Lambda{[](Var x) { return x * 2; }}});
  const Layer twin = make_layer<SequentialBody>(std::vector<Layer>{shared});
  model.build({3});
  std::vector<std::string> names;
  for (const Parameter& p : model.weights()) names.push_back(p.name());
  const std::vector<std::string> wanted{"dense_1/kernel",
                                        "dense_1/bias",
                                        "batch_normalization/gamma",
                                        "batch_normalization/beta",
                                        "batch_normalization/moving_mean",
                                        "batch_normalization/moving_variance",
                                        "dense/kernel",
                                        "dense/bias"};
  CHECK(names == wanted);
  CHECK(model.parameters().size() == 6);
  twin.build({2});
  CHECK(twin.weights()[0] == model.weight("dense/kernel"));
  CHECK(shared.weight("kernel") == model.weight("dense/kernel"));
  CHECK_THROWS_WITH_AS(shared.weight("kernle"), doctest::Contains("did you mean 'dense/kernel'"), ArgError);
  CHECK_THROWS_WITH_AS(shared.set_weights({zeros({2, 2})}), doctest::Contains("needs 2 arrays"), ArgError);
  const Array before = shared.weight("kernel").value();
  CHECK_THROWS_AS(shared.set_weights({zeros({2, 2}), zeros({3})}), ShapeError);
  CHECK(same(shared.weight("kernel").value(), before));  // all are checked before one changes
}

TEST_CASE("a function that calls layers knows them after its first run") {
  const Dense a{4, {.activation = relu, .name = "a"}}, b{3, {.name = "b"}};
  const Layer model = make_layer<FunctionalBody>([=](Var x) { return concat({a(x), b(a(x))}, 1); });
  model.build({5});
  REQUIRE(model.layers().size() == 2);
  CHECK(model.layers()[0] == a);
  CHECK(model.layers()[1] == b);
  CHECK(model.output_shape({5}) == Shape{7});
}

TEST_CASE("training mode, statistics and added losses") {
  set_seed(1);
  const Array x = random::normal({64, 3}, 5, 2);
  const BatchNormalization norm{{.momentum = 0.5}};
  Tape tape;
  auto scope = tape.scope();
  norm(x);
  CHECK(norm.weight("moving_mean").value().span<float>()[0] == 0);  // no training: nothing moves
  {
    const Training on;
    norm(x);
  }
  CHECK(norm.weight("moving_mean").value().span<float>()[0] == doctest::Approx(0.5 * mean(x, 0).span<float>()[0]));
  {
    const Training on;
    norm.set_trainable(false);
    const Array before = norm.weight("moving_mean").value();
    norm(x);
    CHECK(same(norm.weight("moving_mean").value(), before));
  }
  const Dense penalised{2, {.kernel_regularizer = "l1", .activity_regularizer = L2{1}}};
  AddedLosses added;
  const Var y = penalised(x);
  REQUIRE(added.losses().size() == 1);
  CHECK(added.losses()[0].item<float>() == doctest::Approx(sum(square(y)).item<float>() / 64));
  CHECK(penalties(penalised).item<float>() ==
        doctest::Approx(0.01 * sum(abs(penalised.weight("kernel").value())).item<float>()));
  const Dense bounded{2, {.kernel_constraint = NonNeg{}}};
  bounded.build({3});
  apply_constraints(bounded);
  CHECK(amin(bounded.weight("kernel").value()).item<float>() >= 0);
}

TEST_CASE("whole numbers, sparse batches, and what a layer refuses") {
  const NoGrad off;
  const Array bytes = arange(0, 12).astype(DType::uint8).reshape({3, 4});
  const Dense dense_layer{2};
  CHECK(same(dense_layer(bytes).value(), dense_layer(bytes.astype(DType::float32)).value()));
  CHECK(same(dense_layer(Csr::from_dense(bytes.astype(DType::float32))).value(), dense_layer(bytes).value()));
  CHECK_THROWS_WITH_AS(dense_layer(zeros({3, 5})), doctest::Contains("needs a batch [n, …, 4]"), ShapeError);
  const Layer model = make_layer<SequentialBody>(std::vector<Layer>{Flatten{}, dense_layer});
  CHECK_THROWS_WITH_AS(model(zeros({3, 5})), doctest::Contains("nn/layers.cpp:"), ShapeError);  // the user's line
  CHECK_THROWS_WITH_AS(dense_layer(zeros({})), doctest::Contains("needs a batch"), ShapeError);
  CHECK_THROWS_WITH_AS(BatchNormalization{}(Csr::from_dense(ones({2, 2}))), doctest::Contains("sparse"), ArgError);
  CHECK_THROWS_WITH_AS(Dense{0}, doctest::Contains("needs a positive number of units; got 0"), ArgError);
  CHECK_THROWS_AS(Dropout{1.5}, ArgError);
  CHECK_THROWS_AS((Permute{{1, 3}}), ArgError);
  CHECK_THROWS_AS(Residual{Dense{3}}(zeros({2, 4})), ShapeError);
  CHECK_THROWS_AS((Embedding{3, 2}(full({1}, 3, DType::int64))), IndexError);
  CHECK_THROWS_AS((EmbeddingBag{3, 2}(full({1, 1}, 3, DType::int64))), IndexError);
  CHECK_THROWS_AS((EmbeddingBag{3, 2}(full({1}, 1, DType::int64))), ShapeError);
  CHECK_THROWS_AS((EmbeddingBag{0, 2}), ArgError);
  CHECK_THROWS_WITH_AS(Initializer("glorot_unform"), doctest::Contains("did you mean 'glorot_uniform'"), ArgError);
  CHECK_THROWS_WITH_AS(Regularizer("l3"), doctest::Contains("did you mean"), ArgError);
  CHECK_THROWS_WITH_AS(Constraint("max"), doctest::Contains("max_norm"), ArgError);
}

TEST_CASE("a layer of one's own") {
  struct Scale : LayerBody {
    Scale() : LayerBody("Scale") {}
    void build(const Shape& sample) override { factor = add_weight("factor", {sample.back()}, ones); }
    Var call(const Var& x) override { return x * *factor; }
    std::optional<Parameter> factor;
  };
  reset_layer_names();
  const Layer scale = make_layer<Scale>();
  CHECK(scale.name() == "scale");
  CHECK(scale.output_shape({3}) == Shape{3});
  CHECK(scale.parameters()[0].name() == "scale/factor");
}

TEST_CASE("an activation that changes the shape is seen by what follows") {
  CHECK(Layer(Activation{glu}).output_shape({2, 8}) == Shape{2, 4});
  Sequential gated{Dense{6, {.activation = glu}}, Dense{2}};
  gated.build({5});
  CHECK(gated.layers()[0].output_shape({5}) == Shape{3});
  CHECK(gated.layers()[1].parameters()[0].shape() == Shape{3, 2});
  const NoGrad off;
  CHECK(gated(zeros({4, 5})).shape() == Shape{4, 2});
  // What cannot be built names the user's own line, not the layer's.
  CHECK_THROWS_WITH_AS(Sequential({Dense{3, {.activation = glu}}, Dense{1}}).build({4}),
                       doctest::Contains("nn/layers.cpp"), ShapeError);
  CHECK_THROWS_WITH_AS(Conv1D(5, 4, {.kernel_initializer = "stft"}).build({9, 2}), doctest::Contains("nn/layers.cpp"),
                       ShapeError);
}

TEST_CASE("initializers with settings") {
  const Array q = Initializer(Orthogonal{.gain = 2})({6, 4}, 1, DType::float64);
  const Array products = matmul(q, q, {.transpose_a = true});
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j < 4; ++j) CHECK(std::abs(products.data<double>()[i * 4 + j] - (i == j ? 4 : 0)) < 1e-13);
  const Array wide = Initializer("orthogonal")({2, 3, 9}, 1, DType::float64).reshape({6, 9});
  CHECK(std::abs(sum(square(matmul(wide, wide, {.transpose_b = true}) - eye(6, DType::float64))).item<double>()) <
        1e-24);
  CHECK(same(Initializer(Identity{3})({2, 2}, 0), eye(2) * 3));
  CHECK(same(Initializer(Constant{7})({2}, 0), full({2}, 7)));
  CHECK_THROWS_WITH_AS(Initializer(STFT{.window = "kaiser"}),
                       doctest::Contains("stft: needs a window out of none, hann, hamming, blackman; got 'kaiser'"),
                       ArgError);
  CHECK_THROWS_WITH_AS(Initializer("stft")({4, 2, 3}, 0), doctest::Contains("[frame length,1,bins]"), ShapeError);
  CHECK(same(Initializer(VarianceScaling{.scale = 1, .mode = "fan_avg", .distribution = "uniform"})({40, 30}, 5),
             glorot_uniform({40, 30}, 5)));
  CHECK(same(Initializer(VarianceScaling{.scale = 2})({40, 30}, 5), he_normal({40, 30}, 5)));
  CHECK(same(Initializer(RandomNormal{.seed = 9})({4}, 1), Initializer(RandomNormal{.seed = 9})({4}, 2)));
  CHECK_FALSE(same(Initializer("he_uniform")({4, 4}, 1), Initializer("he_uniform")({4, 4}, 2)));
  CHECK(same(Initializer([](const Shape& s, DType t) { return full(s, 2, t); })({3}, 0), full({3}, 2)));
  CHECK_THROWS_AS(Initializer([](const Shape&, DType) { return zeros({1}); })({3}, 0), ShapeError);
  CHECK_THROWS_AS(Initializer(VarianceScaling{.mode = "fan"}), ArgError);
}
