#include "train/trainer.hpp"

#include <algorithm>

#include "train/feed.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad::detail {

Batch batch_of(const Samples& x, const Array& y, const Array& weight, const Array& numbers) {
  Batch b{x.take(numbers), take(y, numbers, 0)};
  if (weight.size() > 0) b.sample_weight = take(weight, numbers, 0);
  return b;
}
Batch batch_of(const Samples& x, const Array& y, const Array& weight, std::int64_t begin, std::int64_t end) {
  Batch b{x.range(begin, end), y.rows(begin, end)};
  if (weight.size() > 0) b.sample_weight = weight.rows(begin, end);
  return b;
}

Var result_of(const Layer& model, const Samples& x) { return x.sparse() ? model(x.csr()) : model(x.dense()); }

std::int64_t batch_count(std::int64_t samples, std::int64_t size, std::int64_t most) {
  const std::int64_t all = (samples + size - 1) / size;
  return most > 0 ? std::min(all, most) : all;
}

void Trainer::begin(const Layer& model, const Samples& x, Loc loc) {
  model.build(x.sample_shape(), DType::float32, loc);
  weights_ = weights_of(model);
  trained_.clear();
  constrained_ = false;
  for (const OwnedWeight& w : weights_) {
    if (w.trainable) trained_.push_back(w.weight->parameter);
    constrained_ |= static_cast<bool>(w.weight->constraint);
  }
  zero_grad(trained_);  // what a loop of the user's own has left is none of this training's
}

Var Trainer::total_loss(const Batch& batch, const Var& y_pred, std::span<const Var> added) const {
  Var total = batch.sample_weight.size() > 0 ? loss(batch.y, y_pred, batch.sample_weight) : loss(batch.y, y_pred);
  if (total.size() != 1)
    throw ShapeError("fit", "needs a loss that gives one number; got " + signature(total.value()), user_line());
  if (total.rank() > 0) total = reshape(total, {});
  for (const Var& extra : added) total = total + reshape(extra, {});
  if (const std::optional<Var> penalty = penalties(weights_)) total = total + *penalty;
  return total;
}

void Trainer::take_in(const Batch& batch, const Var& y_pred, const Var& total) {
  const auto n = static_cast<double>(batch.x.size());
  loss_sum_ += n * total.value().astype(DType::float64).item<double>();
  loss_count_ += n;
  for (Metric& m : metrics) m.update(batch.y, y_pred.value(), nullptr, user_line());
}

void Trainer::train(const Layer& model, const Batch& batch) {
  auto scope = tape_.scope();
  const Training on;
  const AddedLosses added;
  const Var y_pred = result_of(model, batch.x);
  const Var total = total_loss(batch, y_pred, added.losses());
  backward(total);
  optimizer.step(trained_);
  zero_grad(trained_);
  if (constrained_) apply_constraints(weights_);
  take_in(batch, y_pred, total);
}

void Trainer::test(const Layer& model, const Batch& batch) {
  const NoGrad off;
  const Training inference(false);
  const AddedLosses added;
  const Var y_pred = result_of(model, batch.x);
  take_in(batch, y_pred, total_loss(batch, y_pred, added.losses()));
}

Var Trainer::loss_of(const Layer& model, const Batch& batch) const {
  const AddedLosses added;
  const Var y_pred = result_of(model, batch.x);
  return total_loss(batch, y_pred, added.losses());
}

Evaluation Trainer::evaluate(const Layer& model, Feed& feed, int epoch, std::int64_t steps, Progress* progress) {
  reset_figures();
  feed.begin_epoch(epoch, 0);
  Batch batch;
  for (std::int64_t i = 0; (steps == 0 || i < steps) && feed.next(batch); ++i) {
    test(model, batch);
    if (progress && progress->due(i + 1)) progress->step(i + 1, figures().logs);
  }
  return figures();
}

void Trainer::reset_figures() {
  loss_sum_ = loss_count_ = 0;
  for (Metric& m : metrics) m.reset();
}

Evaluation Trainer::figures() const {
  Evaluation e{.loss = loss_count_ > 0 ? loss_sum_ / loss_count_ : 0};
  e.logs.set("loss", e.loss);
  for (const Metric& m : metrics) e.logs.set(m.name(), m.value());
  return e;
}

}  // namespace xgrad::detail
