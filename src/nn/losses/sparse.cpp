// The cross-entropy of class numbers.

#include "nn/losses/support.hpp"
#include "xgrad/nn/logits.hpp"
#include "xgrad/nn/losses/probability.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"

namespace xgrad {

namespace {

constexpr const char* name = SparseCategoricalCrossentropy::name;

Shape samples_of(const Shape& prediction) {
  Shape samples = prediction;
  samples.erase(prediction.rank() - 1);
  return samples;
}

/// y_true as int64 of the shape of the samples.
Array labels_of(const Var& y_true, const Shape& prediction, Loc loc) {
  const Array& given = y_true.value(loc);
  const Shape samples = samples_of(prediction);
  const bool column = given.rank() == prediction.rank() && given.shape().back() == 1;
  if (given.shape() != samples && !(column && samples_of(given.shape()) == samples)) {
    std::string why;
    if (given.shape() == prediction) {
      why = "; for rows of one number a class (one-hot) there is categorical_crossentropy";
    } else if (given.rank() > 0 && prediction.rank() > 1 && given.shape()[0] != prediction[0]) {
      why = "; they differ in the number of samples";
    }
    throw ShapeError(name,
                     "needs class numbers of shape " + samples.to_string() + " for y_pred of " +
                         prediction.to_string() + "; got " + signature(given) + why,
                     loc);
  }
  return losses::whole_numbers(name, "class numbers", given, loc).reshape(samples);
}

/// Labels that are ignored become class 0. @throws IndexError for others out of range
void check_labels(Array& labels, std::int64_t classes, std::optional<std::int64_t> ignored, Loc loc) {
  const auto check = [&](std::int64_t label, std::int64_t place) {
    if (label >= 0 && label < classes) return;
    throw IndexError(name,
                     "needs labels from 0 to " + std::to_string(classes - 1) + " for " + std::to_string(classes) +
                         " classes; got " + std::to_string(label) + " at place " + std::to_string(place),
                     loc);
  };
  const std::int64_t size = labels.size();
  if (!ignored) {
    const auto* l = labels.data<std::int64_t>();
    for (std::int64_t i = 0; i < size; ++i) check(l[i], i);
    return;
  }
  auto* l = labels.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < size; ++i) {
    if (l[i] == *ignored) {
      l[i] = 0;
    } else {
      check(l[i], i);
    }
  }
}

}  // namespace

Var sparse_categorical_crossentropy(Arg y_true, Arg y_pred) {
  return sparse_categorical_crossentropy(std::move(y_true), std::move(y_pred), {});
}
Var sparse_categorical_crossentropy(Arg y_true, Arg y_pred, SparseCrossentropyOptions options) {
  const Loc loc = detail::user_line(y_pred.loc());
  const losses::At at(loc);
  Var p = losses::as_var(y_pred);
  losses::check_prediction(name, p, loc);
  bool logits = options.from_logits;
  if (Var behind = detail::logits_behind(p, detail::LogitsKind::softmax); !behind.empty()) {
    p = std::move(behind);
    logits = true;
  }
  Array labels = labels_of(losses::as_var(y_true), p.shape(), loc);
  Var counts;
  if (options.ignore_class) {
    counts = not_equal(labels, *options.ignore_class);
    p = where(expand_dims(counts, -1), p, 0);  // nor does what is predicted there matter
  }
  check_labels(labels, p.shape().back(), options.ignore_class, loc);
  Var loss;
  if (logits) {
    loss = softmax_cross_entropy(p, labels);
  } else {
    const Var of_label = squeeze(take_along_axis(p, expand_dims(Var(labels), -1), -1), -1);
    loss = -log(clip(of_label / sum(p, -1), losses::epsilon, 1 - losses::epsilon));
  }
  return options.ignore_class ? where(counts, loss, 0) : loss;
}

Var SparseCategoricalCrossentropy::per_sample(const Var& y_true, const Var& y_pred) const {
  return sparse_categorical_crossentropy(y_true, y_pred, {.from_logits = from_logits, .ignore_class = ignore_class});
}
Var SparseCategoricalCrossentropy::counted(const Var& y_true, const Var& y_pred) const {
  if (!ignore_class) return {};
  return not_equal(labels_of(y_true, y_pred.shape(), detail::user_line({})), *ignore_class);
}

}  // namespace xgrad
