#include "xgrad/train/model.hpp"

#include <algorithm>
#include <iostream>

#include "core/near.hpp"
#include "train/check.hpp"
#include "train/passes.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"
#include "xgrad/view/summary.hpp"

namespace xgrad {

using detail::batch_count;
using detail::need_samples;
using detail::Pass;
using detail::positive;
using detail::result_of;
using detail::sample_weights;

detail::Trainer& detail::trainer_of(const Model& model) noexcept { return *model.trainer_; }

Model::Model(const Layer& layer) : Layer(layer), trainer_(std::make_shared<detail::Trainer>()) {}

detail::Trainer& Model::compiled(const char* operation, Loc loc) const {
  if (!trainer_->compiled)
    throw ArgError(operation,
                   "needs a compiled model; got '" + name() + "', which is not (" +
                       (trainer_->missing.empty() ? "call compile first" : trainer_->missing) + ")",
                   loc);
  return *trainer_;
}

void Model::compile(CompileOptions options, Loc loc) {
  make_names_unique(options.metrics);
  for (const Metric& m : options.metrics)
    if (m.name() == "loss")
      throw ArgError("compile", "needs metrics of other names than 'loss', which is the loss; got one", loc);
  trainer_->optimizer = std::move(options.optimizer);
  trainer_->loss = std::move(options.loss);
  trainer_->metrics = std::move(options.metrics);
  trainer_->compiled = true;
  trainer_->checked = false;
  trainer_->said.clear();
  if (!built()) return;
  const Pass pass(loc);
  detail::warn(*this, *trainer_, {}, zeros({0}));
}

Array Model::predict(const Samples& x, PredictOptions o, Loc loc) {
  const Pass pass(loc);
  positive("predict", "batch size", o.batch_size, loc);
  const NoGrad off;
  const Training inference(false);
  build(x.sample_shape(), DType::float32, loc);
  const std::int64_t count = batch_count(x.size(), o.batch_size, o.steps);
  if (count == 0) return result_of(*this, x).value();
  std::vector<Var> parts;
  for (std::int64_t i = 0; i < count; ++i)
    parts.push_back(result_of(*this, x.range(i * o.batch_size, std::min(x.size(), (i + 1) * o.batch_size))));
  return parts.size() == 1 ? parts[0].value() : concat(parts, 0).value();
}

Evaluation Model::train_on_batch(const Samples& x, const Array& y, const Array& sample_weight, Loc loc) {
  detail::Trainer& trainer = compiled("train_on_batch", loc);
  const Pass pass(loc);
  need_samples("train_on_batch", x, y, loc);
  trainer.begin(*this, x, loc);
  trainer.reset_figures();
  trainer.train(*this, Batch{x, y, sample_weights("train_on_batch", y, sample_weight, {}, loc)});
  return trainer.figures();
}

Evaluation Model::test_on_batch(const Samples& x, const Array& y, const Array& sample_weight, Loc loc) {
  detail::Trainer& trainer = compiled("test_on_batch", loc);
  const Pass pass(loc);
  need_samples("test_on_batch", x, y, loc);
  trainer.begin(*this, x, loc);
  trainer.reset_figures();
  trainer.test(*this, Batch{x, y, sample_weights("test_on_batch", y, sample_weight, {}, loc)});
  return trainer.figures();
}

Array Model::predict_on_batch(const Samples& x, Loc loc) {
  return predict(x, {.batch_size = std::max<std::int64_t>(1, x.size())}, loc);
}

Layer Model::get_layer(std::string_view wanted, Loc loc) const {
  std::vector<std::string_view> known;
  for (const Layer& layer : layers()) {
    if (layer.name() == wanted) return layer;
    known.push_back(layer.name());
  }
  throw ArgError("get_layer",
                 "needs the name of a layer of '" + name() + "'; got '" + std::string(wanted) + "'" +
                     detail::near_matches(wanted, known),
                 loc);
}

void Model::summary() const { summary(std::cout); }
void Model::summary(std::ostream& out) const { out << xgrad::summary(*this); }

void Model::save_weights(const std::string& path, Loc loc) const { xgrad::save_weights(*this, path, loc); }
UnmatchedWeights Model::load_weights(const std::string& path, LoadWeightsOptions options, Loc loc) {
  return xgrad::load_weights(*this, path, options, loc);
}

Optimizer& Model::optimizer(Loc loc) const { return compiled("optimizer", loc).optimizer; }
const std::vector<Metric>& Model::metrics() const noexcept { return trainer_->metrics; }
const History& Model::history() const noexcept { return trainer_->history; }

}  // namespace xgrad
