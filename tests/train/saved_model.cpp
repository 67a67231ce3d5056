// Whole models in files and back.

#include <doctest/doctest.h>

#include <cstring>

#include "io/safetensors_header.hpp"
#include "support/scratch.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::equal(static_cast<const char*>(a.raw()), static_cast<const char*>(a.raw()) + a.bytes(),
                    static_cast<const char*>(b.raw()));
}
void check_same_weights(const Model& a, const Model& b) {
  const Parameters x = a.weights(), y = b.weights();
  REQUIRE(x.size() == y.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(x[i].name() == y[i].name());
    CHECK(x[i].trainable() == y[i].trainable());
    CHECK_MESSAGE(same_bits(x[i].value(), y[i].value()), x[i].name());
  }
}

/// Saved, loaded and saved again, a model gives the same bytes; the loaded one is returned.
Model round_trip(const Model& model, const Scratch& folder, const LoadModelOptions& options = {}) {
  model.save(folder / "a.safetensors");
  Model loaded = load_model(folder / "a.safetensors", options);
  loaded.save(folder / "b.safetensors");
  CHECK(Scratch::read(folder / "a.safetensors") == Scratch::read(folder / "b.safetensors"));
  check_same_weights(model, loaded);
  return loaded;
}

Batch batch(const Shape& sample, const Shape& target, std::uint64_t seed) {
  Shape xs = sample, ys = target;
  xs.insert(0, 6);
  ys.insert(0, 6);
  return {random_uniform(xs, seed, 0.1, 1), random_uniform(ys, seed + 1, 0.1, 1)};
}

}  // namespace

TEST_CASE("a layer of every class comes back with its settings, its name and its weights") {
  const Scratch folder;
  std::vector<std::pair<Model, Shape>> models;
  models.emplace_back(
      Sequential{Dense{5,
                       {.activation = "gelu",
                        .kernel_initializer = VarianceScaling{2, "fan_avg", "uniform", 7},
                        .bias_initializer = Constant{0.25},
                        .kernel_regularizer = L1L2{0.01, 0.02},
                        .bias_regularizer = "l2",
                        .activity_regularizer = L1{0.001},
                        .kernel_constraint = MaxNorm{3, {0, 1}},
                        .bias_constraint = NonNeg{},
                        .name = "first"}},
                 BatchNormalization{{.momentum = 0.9, .center = false, .gamma_initializer = RandomNormal{1, 0.1}}},
                 Dropout{0.25}, GaussianNoise{0.1}, Activation{"tanh"}, ReLU{{.max_value = 6, .negative_slope = 0.1}},
                 ReLU{}, LeakyReLU{0.2}, ELU{0.5}, PReLU{{.alpha_initializer = RandomUniform{0, 1, 3}}},
                 LayerNormalization{{.epsilon = 1e-5, .scale = false}},
                 Dense{4, {.activation = sigmoid, .use_bias = false, .kernel_constraint = MinMaxNorm{0.1, 2, 0.9}}},
                 Dense{4, {.kernel_initializer = Orthogonal{2}, .kernel_constraint = UnitNorm{0}}},
                 Dense{4, {.kernel_initializer = Identity{0.5}, .kernel_regularizer = OrthogonalRegularizer{}}},
                 Normalization{}, Softmax{}},
      Shape{3});
  models.emplace_back(
      Sequential{Conv1D{5, 4, {.kernel_initializer = STFT{.side = "imag", .window = "hamming", .periodic = true}}},
                 Activation{"squareplus"}, Dense{6, {.activation = "glu"}}, Activation{"sparsemax"}},
      Shape{9, 1});
  models.emplace_back(Sequential{Permute{{2, 1}}, Reshape{{-1, 2}}, PReLU{{.shared_axes = {1}}}, Flatten{},
                                 RepeatVector{3}, Flatten{}, Dense{2}},
                      Shape{2, 3});
  models.emplace_back(Sequential{Add{Dense{3}, Sequential{Dense{8, {.activation = relu}}, Dense{3}}},
                                 Concatenate{Dense{2}, Dense{3}}, Residual{Dense{5, {.activation = "selu"}}, Dense{5}}},
                      Shape{3});
  models.emplace_back(
      Sequential{Embedding{10, 4, {.embeddings_initializer = TruncatedNormal{0, 0.3, 1}}}, Flatten{}, Dense{1}},
      Shape{3});
  models.emplace_back(
      Sequential{
          ZeroPadding2D{{1, 2}, {0, 1}}, UpSampling2D({1, 2}),
          Conv2D(4, {3, 2},
                 {.strides = 2, .padding = "same", .groups = 2, .activation = relu, .kernel_regularizer = "l2"}),
          SeparableConv2D(6, 2, {.padding = {{1, 0}, {0, 1}}, .depth_multiplier = 2, .pointwise_constraint = NonNeg{}}),
          DepthwiseConv2D(2, {.padding = "same", .dilation_rate = 2, .use_bias = false}),
          MaxPooling2D(2, {.strides = 1}), AveragePooling2D({2, 1}, {.padding = "same"}),
          Conv2DTranspose(3, 2, {.strides = 2, .output_padding = Pair{1, 0}, .name = "up"}), Cropping2D{{0, 1}, {1, 0}},
          GlobalMaxPooling2D{{.keepdims = true}}, GlobalAveragePooling2D{}, Dense{1}},
      Shape{6, 7, 2});
  models.emplace_back(
      Sequential{Conv2D(3, 2, {.data_format = "channels_first"}), MaxPooling2D(2, {.data_format = "channels_first"}),
                 GlobalAveragePooling2D{{.data_format = "channels_first"}}},
      Shape{2, 6, 6});
  models.emplace_back(
      Sequential{ZeroPadding1D(Margin{1, 2}), Conv1D(4, 3, {.padding = "causal", .dilation_rate = 2}), UpSampling1D(3),
                 DepthwiseConv1D(2, {.depth_multiplier = 2}), MaxPooling1D(2, {.padding = "same"}),
                 Cropping1D(Margin{1, 0}), SeparableConv1D(5, 2, {.strides = 2, .padding = Margin{1, 0}}),
                 Conv1DTranspose(3, 2, {.padding = "same", .output_padding = 0}), AveragePooling1D(2, {.strides = 1}),
                 GlobalMaxPooling1D{}, Reshape{{3, 1}}, GlobalAveragePooling1D{}},
      Shape{6, 2});
  models.emplace_back(
      Sequential{
          Masking{0.5},
          LSTM(4, {.recurrent_activation = "hard_sigmoid",
                   .unit_forget_bias = false,
                   .kernel_regularizer = "l2",
                   .recurrent_constraint = NonNeg{},
                   .dropout = 0.1,
                   .return_sequences = true,
                   .name = "memory"}),
          Bidirectional(GRU(3, {.reset_after = false, .return_sequences = true}), {.merge_mode = MergeMode::sum}),
          TimeDistributed(Dense(3, {.activation = tanh})),
          RNN(GRUCell(3, {.use_bias = false, .recurrent_dropout = 0.2}), {.return_sequences = true}),
          SimpleRNN(2, {.go_backwards = true, .zero_output_for_mask = true}), Dense(1)},
      Shape{5, 2});
  models.emplace_back(Sequential{Embedding{10, 4, {.mask_zero = true}}, LSTM(3), Dense(1)}, Shape{4});
  models.emplace_back(
      Sequential{Residual{PositionEmbedding(6)}, Residual{SinePositionEncoding{{.max_wavelength = 100}}},
                 MultiHeadAttention(2, 3,
                                    {.value_dim = 4,
                                     .dropout = 0.1,
                                     .use_bias = false,
                                     .output_shape = 5,
                                     .use_causal_mask = true,
                                     .kernel_regularizer = "l2",
                                     .kernel_constraint = NonNeg{}}),
                 GlobalAveragePooling1D{}, Dense(1)},
      Shape{5, 4});
  models.emplace_back(Sequential{EmbeddingBag{10, 4, {.mode = Bag::max, .mask_zero = true}}, Dense(1)}, Shape{4});
  for (auto& [model, sample] : models) {
    model.build(sample);
    const Batch data = batch(sample, {1}, 5);
    const Model loaded = round_trip(model, folder);
    CHECK(loaded.name() == model.name());
    CHECK(loaded.body()->sample_shape() == sample);
    CHECK(summary(loaded) == summary(model));
    const Array a = model.predict(data.x), b = Model(loaded).predict(data.x);
    CHECK(same_bits(a, b));
  }
}

TEST_CASE("weights of float64 and frozen layers stay what they are") {
  const Scratch folder;
  Sequential model{Dense{3}, Sequential{BatchNormalization{}, Dense{3}}, Dense{1}};
  model.build({2}, DType::float64);
  model.layers()[0].set_trainable(false);
  model.layers()[1].set_trainable(false);
  model.layers()[1].layers()[1].set_trainable(true);
  const Model loaded = round_trip(model, folder);
  CHECK(loaded.weights()[0].dtype() == DType::float64);
  CHECK_FALSE(loaded.layers()[0].trainable());
  CHECK_FALSE(loaded.layers()[1].layers()[0].trainable());
  CHECK(loaded.layers()[1].layers()[1].trainable());
  CHECK(loaded.parameters().size() == model.parameters().size());
}

TEST_CASE("a training goes on to the same bits with every optimizer and schedule") {
  const Scratch folder;
  const UpdateOptions all{.global_clipnorm = 1,
                          .weight_decay = 0.01,
                          .exclude_from_weight_decay = {"bias"},
                          .use_ema = true,
                          .ema_overwrite_frequency = 3,
                          .gradient_accumulation_steps = 2};
  const std::vector<Optimizer> optimizers{
      SGD{0.1},
      SGD{ExponentialDecay{0.1, 3, 0.5, true}, 0.9, true},
      RMSprop{CosineDecay{0.01, 10, 0.1, 0.02, 2}, 0.8, 0.5, 1e-6, true},
      Adam{PiecewiseConstantDecay{{2, 4}, {0.1, 0.01, 0.001}}, 0.8, 0.99, 1e-6, true},
      AdamW{PolynomialDecay{0.1, 5, 0.01, 2, true}},
      Adamax{InverseTimeDecay{0.1, 5, 0.5}},
      Nadam{CosineDecayRestarts{0.1, 2, 1.5, 0.9, 0.1}},
      Adagrad{.initial_accumulator_value = 0.2},
      Adadelta{0.5},
      Lion{0.01},
      Adam{.options = all},
      RMSprop{.options = {.clipnorm = 0.5}},
      SGD{.options = {.clipvalue = 0.5}},
  };
  const Batch first = batch({4}, {2}, 1), second = batch({4}, {2}, 9);
  for (const Optimizer& optimizer : optimizers) {
    CAPTURE(optimizer.name());
    Sequential model{Dense{3, {.activation = tanh}}, Dense{2}};
    model.compile({.optimizer = optimizer, .loss = "mse"});
    for (int i = 0; i < 3; ++i) model.train_on_batch(first.x, first.y);
    Model loaded = round_trip(model, folder);
    CHECK(loaded.optimizer().iterations() == 3);
    CHECK(loaded.optimizer().learning_rate() == model.optimizer().learning_rate());
    for (int i = 0; i < 5; ++i) {
      const double a = model.train_on_batch(second.x, second.y).loss;
      const double b = loaded.train_on_batch(second.x, second.y).loss;
      CHECK(a == b);
    }
    check_same_weights(model, loaded);
  }
}

TEST_CASE("losses and metrics come back with their settings") {
  const Scratch folder;
  const Batch data = batch({3}, {4}, 3);
  const Array classes = (arange(0, 6).astype(DType::float64) * 0.5).astype(DType::int64);  // 0 0 1 1 2 2
  const std::vector<Loss> losses{
      "mse",
      "binary_crossentropy",
      MeanSquaredError{Reduction::sum},
      MeanAbsoluteError{},
      MeanAbsolutePercentageError{},
      MeanSquaredLogarithmicError{},
      Huber{0.3},
      LogCosh{},
      CosineSimilarity{-1, Reduction::mean},
      BinaryCrossentropy{.from_logits = true, .label_smoothing = 0.1},
      CategoricalCrossentropy{.label_smoothing = 0.2, .reduction = Reduction::mean_with_sample_weight},
      BinaryFocalCrossentropy{.apply_class_balancing = true, .alpha = 0.3, .gamma = 1},
      CategoricalFocalCrossentropy{.alpha = 0.3, .gamma = 1},
      KLDivergence{},
      Poisson{},
      Hinge{},
      SquaredHinge{},
      CategoricalHinge{},
  };
  for (const Loss& loss : losses) {
    CAPTURE(loss.name());
    Sequential model{Dense{4, {.activation = softmax}}};
    model.compile(
        {.optimizer = "sgd",
         .loss = loss,
         .metrics = {"accuracy", BinaryAccuracy{0.3}, TopKCategoricalAccuracy{2}, "mae", RootMeanSquaredError{},
                     Precision{.thresholds = {0.4}, .class_id = 1}, Recall{.top_k = 2},
                     AUC{.num_thresholds = 50, .curve = Curve::pr}, F1Score{.average = Average::macro},
                     FBetaScore{.beta = 2}, R2Score{}, TruePositives{.thresholds = {0.2, 0.6}}, FalseNegatives{},
                     Metric(Huber{0.2}), Metric("cosine_similarity").named("direction")}});
    model.build({3});
    Model loaded = round_trip(model, folder);
    const Array labels = to_categorical(classes, 4);
    const Evaluation a = model.evaluate(data.x, labels, {.verbose = 0}),
                     b = loaded.evaluate(data.x, labels, {.verbose = 0});
    REQUIRE(std::distance(a.logs.begin(), a.logs.end()) == 16);
    for (const auto& entry : a.logs) CHECK_MESSAGE(entry.second == b[entry.first], entry.first);
  }
  Sequential model{Dense{4, {.activation = softmax}}};
  model.compile(
      {.optimizer = "sgd",
       .loss = SparseCategoricalCrossentropy{.ignore_class = 2},
       .metrics = {"accuracy", SparseCategoricalAccuracy{}, SparseTopKCategoricalAccuracy{3}, ConfusionMatrix{4}}});
  model.build({3});
  {
    Sequential sequences{Dense{4}};
    sequences.compile({.optimizer = "sgd",
                       .loss = CTC{.blank = -1, .infeasible = Infeasible::zero},
                       .metrics = {LabelErrorRate{.blank = -1}}});
    sequences.build({5, 2});
    Model same = round_trip(sequences, folder);
    const Array x = random::normal({3, 5, 2}),
                rows =
                    Array::from<std::int64_t>(std::vector<std::int64_t>{0, 0, 0, 0, 1, 2, 1, 3, 2, 0, 3, -1}, {3, 4});
    const Evaluation a = sequences.evaluate(x, rows, {.verbose = 0}), b = same.evaluate(x, rows, {.verbose = 0});
    CHECK(a.loss == b.loss);
    CHECK(a["label_error_rate"] == b["label_error_rate"]);
  }
  Model loaded = round_trip(model, folder);
  CHECK(model.evaluate(data.x, classes, {.verbose = 0}).loss == loaded.evaluate(data.x, classes, {.verbose = 0}).loss);
}

namespace {

struct Scale : LayerBody {
  explicit Scale(double first = 1) : LayerBody("Scale"), first(first) {}
  void build(const Shape& sample) override { factor = add_weight("factor", {sample.back()}, Constant{first}); }
  Var call(const Var& x) override { return x * *factor; }
  void settings(Settings& s) override { s("first", first); }
  double first;
  std::optional<Parameter> factor;
};
/// Has a layer inside that it makes itself.
struct Block : LayerBody {
  Block() : LayerBody("Block") { add_layer(inside = Dense{3}); }
  void build(const Shape& sample) override { inside.build(sample, dtype()); }
  Var call(const Var& x) override { return inside(x) + x; }
  void settings(Settings&) override {}
  Layer inside = Dense{1};
};
struct Silent : LayerBody {
  Silent() : LayerBody("Silent") {}
  Var call(const Var& x) override { return x; }
};

}  // namespace

TEST_CASE("layers of one's own are made by the makers that are given, and read their settings") {
  const Scratch folder;
  Sequential model{make_layer<Scale>(0.5), make_layer<Block>(), make_layer<Scale>(2.)};
  model.build({3});
  const LoadModelOptions makers{.layers = {{"Scale", make_layer<Scale>}, {"Block", make_layer<Block>}}};
  Model loaded = round_trip(model, folder, makers);
  CHECK(static_cast<Scale&>(*loaded.layers()[2].body()).first == 2);
  CHECK_THROWS_WITH_AS(load_model(folder / "a.safetensors"), doctest::Contains("class 'Scale'"), IoError);
  CHECK_THROWS_WITH_AS(load_model(folder / "a.safetensors"), doctest::Contains(".layers = {{\"Scale\""), IoError);
}

TEST_CASE("what a file cannot hold is refused where it is saved, and leaves the file as it was") {
  const Scratch folder;
  const std::string path = folder.write("model.safetensors", "there before");
  const auto refused = [&](Model model, const char* why) {
    model.build({3});
    CHECK_THROWS_WITH_AS(model.save(path), doctest::Contains(why), ArgError);
    CHECK_THROWS_WITH_AS(model.save(path), doctest::Contains("saved_model.cpp"), ArgError);
    CHECK(Scratch::read(path) == "there before");
  };
  refused(Sequential{Dense{2}, [](Var x) { return x * 2; }}, "got a function (Lambda)");
  refused(Sequential{make_layer<Silent>()}, "(Silent), which does not (LayerBody::settings");
  refused(Sequential{Dense{2, {.activation = [](Var x) { return x * x; }}}}, "needs an activation of the library");
  refused(Sequential{Dense{2, {.kernel_initializer = [](const Shape& s, DType t) { return ones(s, t); }}}},
          "needs an initializer of the library");
  refused(Sequential{Dense{2, {.kernel_regularizer = [](Var w) { return sum(w); }}}}, "needs a regularizer");
  refused(Sequential{Dense{2, {.kernel_constraint = [](Var w) { return w; }}}}, "needs a constraint");
  Dense out{1};
  refused(Model([=](Var x) { return out(x); }), "made of a function");
  Sequential model{Dense{1}};
  CHECK_THROWS_WITH_AS(model.save(path), doctest::Contains("needs a model that is built"), ArgError);
  CHECK_THROWS_WITH_AS(model.save(folder / "model.keras"), doctest::Contains(".safetensors"), ArgError);
}

TEST_CASE("a loss, metric or optimizer of one's own is noted, and asked for when the model is trained") {
  const Scratch folder;
  const std::string path = folder / "model.safetensors";
  const Batch data = batch({3}, {1}, 3);
  const Loss mine = [](Var t, Var p) { return mean(square(t - p)); };
  Sequential model{Dense{1}};
  model.compile({.optimizer = Adam{0.1}, .loss = mine, .metrics = {"mae"}});
  model.train_on_batch(data.x, data.y);
  model.save(path);
  Model bare = load_model(path);
  CHECK(same_bits(bare.predict(data.x), model.predict(data.x)));
  CHECK_THROWS_WITH_AS(bare.fit(data.x, data.y), doctest::Contains("its file notes a loss of your own"), ArgError);
  Model whole = load_model(path, {.loss = mine});
  CHECK(whole.optimizer().iterations() == 1);
  CHECK(whole.train_on_batch(data.x, data.y).loss == model.train_on_batch(data.x, data.y).loss);
  check_same_weights(model, whole);

  model.compile({.optimizer = SGD{[](std::int64_t step) { return 0.1 / (1.0 + static_cast<double>(step)); }},
                 .loss = "mse",
                 .metrics = {Metric("mine", [](Var t, Var p) { return abs(t - p); }), Metric(mine).named("other")}});
  model.train_on_batch(data.x, data.y);
  model.save(path);
  Model second = load_model(path);
  CHECK_THROWS_WITH_AS(second.evaluate(data.x, data.y), doctest::Contains("an optimizer of your own"), ArgError);
  CHECK_THROWS_WITH_AS(second.evaluate(data.x, data.y), doctest::Contains("a metric of your own"), ArgError);
  Model third = load_model(path, {.metrics = std::vector<Metric>{}, .optimizer = SGD{0.1}});
  CHECK(third.optimizer().iterations() == 1);
  CHECK(third.evaluate(data.x, data.y, {.verbose = 0}).loss == model.evaluate(data.x, data.y, {.verbose = 0}).loss);
}

TEST_CASE("the weights of a whole model's file go into a model that is there") {
  const Scratch folder;
  Sequential model{Dense{3, {.name = "a"}}, Dense{1, {.name = "b"}}};
  const Batch data = batch({3}, {1}, 3);
  model.compile({.optimizer = Adam{}, .loss = "mse"});
  model.train_on_batch(data.x, data.y);
  model.save(folder / "model.safetensors");
  Sequential other{Dense{3, {.name = "a"}}, Dense{1, {.name = "b"}}};
  other.build({3});
  other.load_weights(folder / "model.safetensors");
  check_same_weights(model, other);
  model.save_weights(folder / "weights.safetensors");
  CHECK_THROWS_WITH_AS(load_model(folder / "weights.safetensors"), doctest::Contains("got arrays alone"), IoError);
}

TEST_CASE("settings that are damaged are refused by name, and never crash") {
  const Scratch folder;
  const std::string path = folder / "model.safetensors";
  Sequential model{Dense{3, {.activation = relu, .kernel_regularizer = L2{0.5}, .name = "a"}}, Dropout{0.5}, Dense{2}};
  model.build({4});
  model.compile({.optimizer = Adam{}, .loss = "mse", .metrics = {"mae"}});
  model.save(path);
  const std::string text = load_safetensors(path).metadata.at("xgrad_model");
  const std::string bytes = Scratch::read(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const std::string arrays = bytes.substr(sizeof length + length);
  detail::SafetensorsHeader header =
      detail::parse_safetensors_header(bytes.substr(sizeof length, length), arrays.size(), path, Loc::current());
  const auto with = [&](const std::string& json) {  // not by save_safetensors, which waits for the disk each time
    header.metadata = {{"xgrad_model", json}};
    const std::string head = detail::safetensors_header(header);
    length = head.size();
    std::filesystem::remove(path);
    folder.write("model.safetensors",
                 std::string(reinterpret_cast<const char*>(&length), sizeof length) + head + arrays);
    return load_model(path);
  };
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string json = text;
    const auto at = json.find(from);
    REQUIRE(at != std::string::npos);
    return json.replace(at, from.size(), to);
  };
  CHECK_NOTHROW(with(text));
  const auto refused = [&](const std::string& from, const std::string& to, const char* why) {
    const std::string json = replaced(from, to);
    CHECK_THROWS_WITH_AS(with(json), doctest::Contains(why), Error);
  };
  refused("\"units\":3", "\"units\":\"3\"", "needs a whole number as setting 'model.layers[0].config.units'");
  refused("\"units\":3", "\"units\":4", "needs a weight 'a/kernel' float32[4,4]");
  refused("\"units\":3", "\"units\":-3", "needs a positive number of units; got -3");
  refused("\"units\":3", "\"units\":3,\"colour\":1", "got 'model.layers[0].config.colour'");
  refused("\"class_name\":\"Dense\"", "\"class_name\":\"Dens\"", "did you mean 'Dense'");
  refused("\"class_name\":\"relu\"", "\"class_name\":\"rely\"", "did you mean 'relu'");
  refused("\"class_name\":\"adam\"", "\"class_name\":\"adamant\"", "needs a kind of the library");
  refused("\"rate\":0.5", "\"rate\":5", "needs a rate from 0 to 1");
  refused("\"format\":1", "\"format\":2", "needs format 1");
  refused("\"sample\":[4]", "\"sample\":[5]", "needs a weight 'a/kernel' float32[5,3]");
  refused("\"sample\":[4]", "\"sample\":[4611686018427387904,4611686018427387904]", "needs a sample that fits memory");
  refused("{\"format\"", "[\"format\"", "needs");
  CHECK_THROWS_WITH_AS(with(""), doctest::Contains("needs a value at byte 0"), IoError);

  std::uint64_t state = 1;
  const auto next = [&state](std::size_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(state >> 33) % below;
  };
  int loaded = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string json = text;
    for (std::size_t changes = 1 + next(3); changes > 0; --changes) {
      const std::size_t at = next(json.size());
      switch (next(4)) {
        case 0:
          json[at] = "0123456789{}[]\",:.-e"[next(20)];
          break;
        case 1:
          json.erase(at, 1 + next(8));
          break;
        case 2:
          json.insert(at, json.substr(next(json.size()), next(20)));
          break;
        default:
          json.resize(at);
      }
      if (json.empty()) json = "{";
    }
    try {
      with(json);
      ++loaded;
    } catch (const Error&) {
    }
  }
  CHECK(loaded < 1500);
}
