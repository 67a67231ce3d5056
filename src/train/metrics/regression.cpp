#include "xgrad/train/metrics/regression.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "train/metrics/samples.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

void RootMeanSquaredError::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  const detail::Pair pair = detail::matched("RootMeanSquaredError", y_true, y_pred, loc);
  detail::visit(pair, [&](auto* t, auto* p) {
    const auto squared = [=](std::int64_t i) {
      const double gap = static_cast<double>(t[i]) - static_cast<double>(p[i]);
      return gap * gap;
    };
    detail::accumulate("RootMeanSquaredError", state, pair.y_pred.shape(), sample_weight, squared, loc);
  });
}
double RootMeanSquaredError::value() const { return std::sqrt(state.value()); }

void CosineSimilarityMetric::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  detail::Pair pair = detail::matched("CosineSimilarityMetric", y_true, y_pred, loc);
  const int rank = pair.y_pred.rank(), along = axis < 0 ? axis + rank : axis;
  if (along < 0 || along >= rank)
    throw IndexError("CosineSimilarityMetric",
                     "needs an axis of " + signature(pair.y_pred) + "; got " + std::to_string(axis), loc);
  if (along != rank - 1) {
    pair.y_true = moveaxis(pair.y_true, along, -1);
    pair.y_pred = moveaxis(pair.y_pred, along, -1);
  }
  Shape samples = pair.y_pred.shape();
  const std::int64_t n = samples.back();
  samples.erase(rank - 1);
  detail::visit(pair, [&](auto* t, auto* p) {
    const auto cosine = [=](std::int64_t i) {
      double tt = 0, pp = 0, tp = 0;
      for (std::int64_t j = i * n; j < (i + 1) * n; ++j) {
        const double a = static_cast<double>(t[j]), b = static_cast<double>(p[j]);
        tt += a * a;
        pp += b * b;
        tp += a * b;
      }
      constexpr double least = 1e-14;  // of a squared norm
      return tp / (std::sqrt(std::max(tt, least)) * std::sqrt(std::max(pp, least)));
    };
    detail::accumulate("CosineSimilarityMetric", state, samples, sample_weight, cosine, loc);
  });
}

void R2Score::update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) {
  detail::Pair pair = detail::matched("R2Score", y_true, y_pred, loc);
  if (pair.y_pred.rank() == 1) {
    const Shape column{pair.y_pred.size(), 1};
    pair = {pair.y_true.reshape(column), pair.y_pred.reshape(column)};
  }
  const Shape shape = pair.y_pred.shape();
  const auto count = static_cast<std::size_t>(shape.back());
  if (shape.rank() != 2 || (!outputs.empty() && outputs.size() != count))
    throw ShapeError("R2Score",
                     "needs y_true and y_pred [n, outputs]" +
                         (outputs.empty() ? "" : " with " + std::to_string(outputs.size()) + " outputs as before") +
                         "; got " + detail::shapes(y_true, y_pred),
                     loc);
  std::optional<detail::Weights> weights;
  if (sample_weight) weights.emplace("R2Score", *sample_weight, shape, loc);
  outputs.resize(count);
  samples += shape[0];
  detail::visit(pair, [&](auto* t, auto* p) {
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      const double w = weights ? weights->at(i / weights->reach()) : 1;
      if (w == 0) continue;
      Output& o = outputs[static_cast<std::size_t>(i) % count];
      const double y = static_cast<double>(t[i]), gap = y - static_cast<double>(p[i]), before = y - o.mean;
      // Welford's update: nothing large is subtracted from something large.
      o.weight += w;
      o.mean += w / o.weight * before;
      o.squares += w * before * (y - o.mean);
      o.residual += w * gap * gap;
    }
  });
}

Array R2Score::result() const {
  std::vector<double> scores;
  double mean = 0, weighted = 0, variance = 0;
  for (const Output& o : outputs) {
    const double score = o.squares > 0 ? 1 - o.residual / o.squares : o.weight > 0 && o.residual == 0 ? 1 : 0;
    scores.push_back(score);
    mean += score / static_cast<double>(outputs.size());
    weighted += o.squares * score;
    variance += o.squares;
  }
  const double n = static_cast<double>(samples), p = static_cast<double>(num_regressors);
  const auto adjusted = [&](double score) {
    return p > 0 && n > p + 1 ? 1 - (1 - score) * (n - 1) / (n - p - 1) : score;
  };
  if (class_aggregation == R2Aggregation::none) {
    for (double& score : scores) score = adjusted(score);
    return Array::from<double>(scores, {static_cast<std::int64_t>(scores.size())});
  }
  if (class_aggregation == R2Aggregation::variance_weighted_average) mean = variance > 0 ? weighted / variance : 0;
  return Array::scalar(adjusted(mean));
}

}  // namespace xgrad
