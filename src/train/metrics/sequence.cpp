#include "xgrad/train/metrics/sequence.hpp"

#include <limits>
#include <optional>

#include "nn/losses/sequence.hpp"
#include "train/metrics/samples.hpp"
#include "xgrad/nn/ctc.hpp"

namespace xgrad {

void LabelErrorRate::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  constexpr const char* op = "LabelErrorRate";
  if (!is_floating(y_pred.dtype()))
    throw DTypeError(op, "needs y_pred of float32 or float64; got " + signature(y_pred), loc);
  if (y_pred.rank() != 3)
    throw ShapeError(op, "needs y_pred of logits [n,frames,classes]; got " + signature(y_pred), loc);
  const std::int64_t n = y_pred.shape()[0], classes = y_pred.shape()[2];
  const std::int64_t at = losses::blank_class(op, blank, classes, loc);
  const losses::LabelRows truth = losses::label_rows(op, y_true, n, classes, at, loc);
  std::optional<detail::Weights> weights;
  if (sample_weight) weights.emplace(op, *sample_weight, Shape{n}, loc);
  const CtcDecoded read = ctc_greedy_decode(y_pred, {.blank = at});
  const std::int64_t width = y_true.shape()[1];
  for (std::int64_t i = 0; i < n; ++i) {
    const std::span wanted(truth.labels.data<std::int64_t>() + i * width,
                           static_cast<std::size_t>(truth.lengths.data<std::int64_t>()[i]));
    const double weight = weights ? weights->at(i / weights->reach()) : 1;
    errors += weight * static_cast<double>(edit_distance(read.sequence(i), wanted));
    labels += weight * static_cast<double>(wanted.size());
  }
}

double LabelErrorRate::value() const noexcept {
  if (labels == 0) return errors == 0 ? 0 : std::numeric_limits<double>::infinity();
  return errors / labels;
}

}  // namespace xgrad
