// Layers that say where in a sequence a place is.

#include <cmath>

#include "xgrad/core/settings.hpp"
#include "xgrad/nn/layers/attention.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;

void check_wavelength(const char* what, double max_wavelength, Loc loc) {
  if (!(max_wavelength > 0))
    throw ArgError(what, "needs a positive max_wavelength; got " + std::to_string(max_wavelength), loc);
}

/// Samples [T, width], of any T.
void check_sequence(const char* layer, const std::string& name, const Var& x) {
  if (x.rank() != 3)
    throw ShapeError(layer, "needs a batch [n, T, width] in layer '" + name + "'; got " + signature(x.value()),
                     detail::user_line());
}

class SinePositionEncodingBody final : public LayerBody {
 public:
  SinePositionEncodingBody(SinePositionEncodingOptions options, Loc loc)
      : LayerBody("SinePositionEncoding", std::move(options.name)), max_wavelength_(options.max_wavelength) {
    check_wavelength("SinePositionEncoding", max_wavelength_, loc);
  }
  bool keeps_mask() const noexcept override { return true; }
  Var call(const Var& x) override {
    check_sequence("SinePositionEncoding", name(), x);
    const Shape& s = x.shape();
    return broadcast_to(sine_position_encoding(s[1], s[2], max_wavelength_, dtype()), s);
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override {
    s("max_wavelength", max_wavelength_);
    check_wavelength("SinePositionEncoding", max_wavelength_, s.loc());
  }

 private:
  double max_wavelength_;
};

class PositionEmbeddingBody final : public LayerBody {
 public:
  PositionEmbeddingBody(I64 length, PositionEmbeddingOptions options, Loc loc)
      : LayerBody("PositionEmbedding", options.name), length_(length), options_(std::move(options)) {
    check(loc);
  }
  void build(const Shape& sample) override {
    if (sample.rank() != 2)
      throw ShapeError("PositionEmbedding",
                       "needs samples [T, width] in layer '" + name() + "'; got " + sample.to_string(),
                       detail::user_line());
    embeddings_ = add_weight("embeddings", {length_, sample.back()}, options_.initializer);
  }
  bool keeps_mask() const noexcept override { return true; }
  Var call(const Var& x) override {
    check_sequence("PositionEmbedding", name(), x);
    const I64 steps = x.shape()[1];
    if (steps > length_)
      throw ShapeError("PositionEmbedding",
                       "needs sequences of at most " + std::to_string(length_) + " places in layer '" + name() +
                           "'; got " + signature(x.value()),
                       detail::user_line());
    return broadcast_to(slice(*embeddings_, {Slice{0, steps}}), x.shape());
  }
  Shape output_shape(const Shape& sample) override { return sample; }
  void settings(Settings& s) override {
    s("sequence_length", length_)("initializer", options_.initializer);
    check(s.loc());
  }

 private:
  void check(Loc loc) const {
    if (length_ <= 0)
      throw ArgError("PositionEmbedding", "needs a sequence_length of at least 1; got " + std::to_string(length_), loc);
  }
  I64 length_;
  PositionEmbeddingOptions options_;
  std::optional<Parameter> embeddings_;
};

}  // namespace

Array sine_position_encoding(I64 length, I64 width, double max_wavelength, DType dtype, Loc loc) {
  for (const I64 size : {length, width})
    if (size < 0)
      throw ArgError("sine_position_encoding", "needs sizes of at least 0; got " + std::to_string(size), loc);
  check_wavelength("sine_position_encoding", max_wavelength, loc);
  Array y = zeros({length, width}, DType::float64);
  double* row = y.mutable_data<double>();
  for (I64 t = 0; t < length; ++t, row += width) {
    for (I64 i = 0; i < width; ++i) {
      const double exponent = static_cast<double>(i / 2 * 2) / static_cast<double>(width);
      const double angle = static_cast<double>(t) * std::pow(max_wavelength, -exponent);
      row[i] = i % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
  }
  return y.astype(dtype);
}

SinePositionEncoding::SinePositionEncoding(SinePositionEncodingOptions options, Loc loc)
    : Layer(std::make_shared<SinePositionEncodingBody>(std::move(options), loc)) {}
PositionEmbedding::PositionEmbedding(I64 sequence_length, PositionEmbeddingOptions options, Loc loc)
    : Layer(std::make_shared<PositionEmbeddingBody>(sequence_length, std::move(options), loc)) {}

}  // namespace xgrad
