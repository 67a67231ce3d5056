#include "nn/saved_layer.hpp"

#include <algorithm>
#include <array>

#include "core/near.hpp"
#include "xgrad/nn/layers.hpp"
#include "xgrad/nn/sequential_body.hpp"

namespace xgrad::detail {

namespace {

/// How a layer of the library is made before it reads its settings; from the layers inside, where there are such.
struct Maker {
  std::string_view class_name;
  Layer (*make)(const std::vector<Layer>& inner);
  bool container = false;
};
using Inner = const std::vector<Layer>&;
constexpr std::array makers{
    Maker{"Sequential", [](Inner inner) { return make_layer<SequentialBody>(inner); }, true},
    Maker{"Add", make_sum, true},
    Maker{"Concatenate", make_concatenation, true},
    Maker{"Residual", make_residual, true},
    Maker{"RNN", make_rnn, true},
    Maker{"Bidirectional", make_bidirectional, true},
    Maker{"TimeDistributed", make_time_distributed, true},
    Maker{"Dense", [](Inner) -> Layer { return Dense{1}; }},
    Maker{"Embedding",
          [](Inner) -> Layer {
            return Embedding{1, 1};
          }},
    Maker{"EmbeddingBag",
          [](Inner) -> Layer {
            return EmbeddingBag{1, 1};
          }},
    Maker{"Activation", [](Inner) -> Layer { return Activation{ActivationFn{}}; }},
    Maker{"ReLU", [](Inner) -> Layer { return ReLU{}; }},
    Maker{"LeakyReLU", [](Inner) -> Layer { return LeakyReLU{}; }},
    Maker{"ELU", [](Inner) -> Layer { return ELU{}; }},
    Maker{"PReLU", [](Inner) -> Layer { return PReLU{}; }},
    Maker{"Softmax", [](Inner) -> Layer { return Softmax{}; }},
    Maker{"Dropout", [](Inner) -> Layer { return Dropout{0}; }},
    Maker{"GaussianNoise", [](Inner) -> Layer { return GaussianNoise{0}; }},
    Maker{"Flatten", [](Inner) -> Layer { return Flatten{}; }},
    Maker{"Reshape", [](Inner) -> Layer { return Reshape{{-1}}; }},
    Maker{"Permute", [](Inner) -> Layer { return Permute{{1}}; }},
    Maker{"RepeatVector", [](Inner) -> Layer { return RepeatVector{1}; }},
    Maker{"BatchNormalization", [](Inner) -> Layer { return BatchNormalization{}; }},
    Maker{"LayerNormalization", [](Inner) -> Layer { return LayerNormalization{}; }},
    Maker{"Normalization", [](Inner) -> Layer { return Normalization{}; }},
    Maker{"SimpleRNNCell", [](Inner) -> Layer { return SimpleRNNCell(1); }},
    Maker{"LSTMCell", [](Inner) -> Layer { return LSTMCell(1); }},
    Maker{"GRUCell", [](Inner) -> Layer { return GRUCell(1); }},
    Maker{"SimpleRNN", [](Inner) -> Layer { return SimpleRNN(1); }},
    Maker{"LSTM", [](Inner) -> Layer { return LSTM(1); }},
    Maker{"GRU", [](Inner) -> Layer { return GRU(1); }},
    Maker{"Masking", [](Inner) -> Layer { return Masking{}; }},
    Maker{"MultiHeadAttention", [](Inner) -> Layer { return MultiHeadAttention(1, 1); }},
    Maker{"PositionEmbedding", [](Inner) -> Layer { return PositionEmbedding(1); }},
    Maker{"SinePositionEncoding", [](Inner) -> Layer { return SinePositionEncoding{}; }},
    Maker{"Conv1D", [](Inner) -> Layer { return Conv1D(1, 1); }},
    Maker{"Conv2D", [](Inner) -> Layer { return Conv2D(1, 1); }},
    Maker{"Conv1DTranspose", [](Inner) -> Layer { return Conv1DTranspose(1, 1); }},
    Maker{"Conv2DTranspose", [](Inner) -> Layer { return Conv2DTranspose(1, 1); }},
    Maker{"DepthwiseConv1D", [](Inner) -> Layer { return DepthwiseConv1D(1); }},
    Maker{"DepthwiseConv2D", [](Inner) -> Layer { return DepthwiseConv2D(1); }},
    Maker{"SeparableConv1D", [](Inner) -> Layer { return SeparableConv1D(1, 1); }},
    Maker{"SeparableConv2D", [](Inner) -> Layer { return SeparableConv2D(1, 1); }},
    Maker{"MaxPooling1D", [](Inner) -> Layer { return MaxPooling1D{}; }},
    Maker{"MaxPooling2D", [](Inner) -> Layer { return MaxPooling2D{}; }},
    Maker{"AveragePooling1D", [](Inner) -> Layer { return AveragePooling1D(1); }},
    Maker{"AveragePooling2D", [](Inner) -> Layer { return AveragePooling2D(1); }},
    Maker{"GlobalMaxPooling1D", [](Inner) -> Layer { return GlobalMaxPooling1D{}; }},
    Maker{"GlobalMaxPooling2D", [](Inner) -> Layer { return GlobalMaxPooling2D{}; }},
    Maker{"GlobalAveragePooling1D", [](Inner) -> Layer { return GlobalAveragePooling1D{}; }},
    Maker{"GlobalAveragePooling2D", [](Inner) -> Layer { return GlobalAveragePooling2D{}; }},
    Maker{"ZeroPadding1D", [](Inner) -> Layer { return ZeroPadding1D{}; }},
    Maker{"ZeroPadding2D", [](Inner) -> Layer { return ZeroPadding2D{}; }},
    Maker{"Cropping1D", [](Inner) -> Layer { return Cropping1D{}; }},
    Maker{"Cropping2D", [](Inner) -> Layer { return Cropping2D{}; }},
    Maker{"UpSampling1D", [](Inner) -> Layer { return UpSampling1D{}; }},
    Maker{"UpSampling2D", [](Inner) -> Layer { return UpSampling2D{}; }},
};

}  // namespace

void SavedLayer::write(Settings& s, const Layer& layer) {
  LayerBody& body = *layer.body();
  s.kind(body.class_name());
  s("name", body.name_)("trainable", body.trainable_);
  Settings config = s.config();
  body.settings(config);
  for (const Layer& inner : layer.layers()) {
    Settings element = s.append("layers");
    write(element, inner);
  }
}

Layer SavedLayer::read(Settings& s, const LayerMakers& own) {
  const std::string kind = s.kind();
  const auto users = std::find_if(own.begin(), own.end(), [&](const auto& maker) { return maker.first == kind; });
  const auto librarys =
      std::find_if(makers.begin(), makers.end(), [&](const Maker& m) { return m.class_name == kind; });
  if (users == own.end() && librarys == makers.end()) {
    std::vector<std::string_view> known;
    for (const auto& [name, make] : own) known.push_back(name);
    for (const Maker& m : makers) known.push_back(m.class_name);
    s.refuse("a layer of the library, or a maker for it (.layers = {{\"" + kind + "\", make_layer<…>}})",
             "class '" + kind + "'" + near_matches(kind, known));
  }
  std::vector<Layer> inner;
  if (users == own.end() && librarys->container)
    for (Settings& element : s.elements("layers")) inner.push_back(read(element, own));
  if (users == own.end() && librarys->container && kind != "Sequential" && inner.empty())
    s.refuse("layers inside of a " + kind, "none");
  const Layer layer = users != own.end() ? users->second() : librarys->make(inner);
  LayerBody& body = *layer.body();
  take(s, body);
  if (inner.empty()) take_inner(s, layer);
  return layer;
}

void SavedLayer::take(Settings& s, LayerBody& body) {
  s("name", body.name_)("trainable", body.trainable_);
  Settings config = s.config();
  if (config) body.settings(config);
}

// The layers that a body of the user's own makes for itself have new names each time.
void SavedLayer::take_inner(Settings& s, const Layer& layer) {
  std::vector<Settings> elements = s.elements("layers");
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const std::string kind = elements[i].kind();
    if (i >= layer.layers().size() || layer.layers()[i].class_name() != kind)
      elements[i].refuse("a layer inside that '" + layer.name() + "' makes for itself", "class '" + kind + "'");
    take(elements[i], *layer.layers()[i].body());
    take_inner(elements[i], layer.layers()[i]);
  }
}

void SavedLayer::set_trainable(Settings& s, const Layer& layer) {
  LayerBody& body = *layer.body();
  s("trainable", body.trainable_);
  for (const Weight& w : body.weights_) w.parameter.set_trainable(body.trainable_ && w.trainable);
  std::vector<Settings> elements = s.elements("layers");
  for (std::size_t i = 0; i < elements.size() && i < layer.layers().size(); ++i)
    set_trainable(elements[i], layer.layers()[i]);
}

}  // namespace xgrad::detail
