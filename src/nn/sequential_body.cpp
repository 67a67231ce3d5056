#include "xgrad/nn/sequential_body.hpp"

#include "xgrad/core/error.hpp"
#include "xgrad/core/settings.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

SequentialBody::SequentialBody(std::vector<Layer> layers, std::string name) : LayerBody("Sequential", std::move(name)) {
  for (const Layer& layer : layers) add(layer, detail::user_line());
}

void SequentialBody::add(const Layer& layer, Loc loc) {
  if (dynamic_cast<const InputBody*>(layer.body().get())) {
    if (input_ || !inner().empty() || is_built())
      throw ArgError("Sequential::add", "needs an Input before all layers; got one after them in '" + name() + "'",
                     loc);
    input_ = layer;
    return;
  }
  if (is_built() && !input_)
    throw ArgError("Sequential::add",
                   "needs a model that is not built yet, or that begins with an Input; got '" + name() + "', which is",
                   loc);
  for (const Layer& known : inner())
    if (known.name() == layer.name())
      throw ArgError("Sequential::add",
                     "needs layers of different names; got two called '" + layer.name() + "' in '" + name() + "'", loc);
  if (is_built()) layer.build(output_shape(sample_shape()), dtype(), loc);
  add_layer(layer);
}

Layer SequentialBody::pop(Loc loc) {
  if (is_built() && !input_)
    throw ArgError("Sequential::pop",
                   "needs a model that is not built yet, or that begins with an Input; got '" + name() + "', which is",
                   loc);
  if (inner().empty()) throw ArgError("Sequential::pop", "needs a layer to take away; got an empty model", loc);
  return remove_layer();
}

void SequentialBody::build(const Shape& sample) {
  if (inner().empty())
    throw ArgError("Sequential", "needs at least one layer in '" + name() + "'; got none", detail::user_line());
  Shape shape = sample;
  for (const Layer& layer : inner()) {
    layer.build(shape, dtype());
    shape = layer.output_shape(shape);
  }
}

Var SequentialBody::call(const Var& x) {
  Var y = x;
  for (const Layer& layer : inner()) y = layer(std::move(y));
  return y;
}

Var SequentialBody::call(const Csr& x, Loc loc) {
  Var y = inner().front()(x, loc);
  for (std::size_t i = 1; i < inner().size(); ++i) y = inner()[i](std::move(y));
  return y;
}

Shape SequentialBody::output_shape(const Shape& sample) {
  Shape shape = sample;
  for (const Layer& layer : inner()) shape = layer.output_shape(shape);
  return shape;
}

void FunctionalBody::settings(Settings& s) {
  s.refuse("a model that a file can describe",
           "'" + name() +
               "', made of a function (Sequential, Add, Concatenate and Residual can be; weights alone can "
               "be saved with save_weights)");
}

Layer detail::make_sequential(const std::vector<Layer>& layers) {
  const auto body = std::make_shared<SequentialBody>(layers);
  const Layer model(body);
  if (body->input() && !model.layers().empty())
    model.build(body->input()->expected, body->input()->type, body->input()->loc);
  return model;
}

FunctionalBody::FunctionalBody(std::function<Var(Var)> f, std::string name)
    : LayerBody("Functional", std::move(name)), f_(std::move(f)) {}

void FunctionalBody::build(const Shape& sample) {
  const NoGrad off;
  const Training inference(false);
  Shape batch = sample;
  batch.insert(0, 1);
  detail::LayerTrace trace;
  f_(zeros(batch, dtype()));
  for (const Layer& layer : trace.layers) {
    bool known = false;
    for (const Layer& l : inner()) known = known || l == layer;
    if (!known) add_layer(layer);
  }
}

}  // namespace xgrad
