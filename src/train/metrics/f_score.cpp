#include "xgrad/train/metrics/f_score.hpp"

#include <algorithm>
#include <cmath>

#include "train/metrics/samples.hpp"

namespace xgrad {

void detail::check_beta(double beta, Loc loc) {
  if (!(beta > 0)) throw ArgError("FBetaScore", "needs beta > 0; got " + std::to_string(beta), loc);
}

void detail::count_classes(const char* op, ClassCounts& counts, std::optional<double> threshold, const Array& y_true,
                           const Array& y_pred, const Array* sample_weight, Loc loc) {
  if (threshold && !(*threshold > 0 && *threshold <= 1))
    throw ArgError(op, "needs a threshold within (0, 1]; got " + std::to_string(*threshold), loc);
  const std::size_t before = counts.classes.size();
  if (y_true.rank() != 2 || y_pred.rank() != 2 || (before > 0 && static_cast<std::size_t>(y_pred.shape()[1]) != before))
    throw ShapeError(op,
                     "needs y_true and y_pred [n, classes]" +
                         (before > 0 ? " with " + std::to_string(before) + " classes as before" : "") + "; got " +
                         shapes(y_true, y_pred),
                     loc);
  const Pair pair = matched(op, y_true, y_pred, loc);
  const std::int64_t n = pair.y_pred.shape()[0], width = pair.y_pred.shape()[1];
  std::optional<Weights> weights;
  if (sample_weight) weights.emplace(op, *sample_weight, Shape{n}, loc);
  counts.classes.resize(static_cast<std::size_t>(width));
  if (width == 0) return;
  visit(pair, [&]<class T>(const T* t, const T* p) {
    for (std::int64_t i = 0; i < n; ++i, t += width, p += width) {
      const double w = weights ? weights->at(i / weights->reach()) : 1;
      T largest = p[0];
      for (std::int64_t j = 1; j < width; ++j) largest = std::max(largest, p[j]);
      for (std::int64_t j = 0; j < width; ++j) {
        const bool positive = threshold ? p[j] > static_cast<T>(*threshold)
                                        : p[j] >= largest && std::abs(static_cast<double>(p[j])) > 1e-9;
        const double truth = w * static_cast<double>(t[j]);
        ClassCounts::Class& c = counts.classes[static_cast<std::size_t>(j)];
        c.positives += truth;
        if (positive) {
          c.true_positives += truth;
          c.false_positives += w - truth;
        } else {
          c.false_negatives += truth;
        }
      }
    }
  });
}

Array detail::f_score(const ClassCounts& counts, Average average, double beta) {
  constexpr double epsilon = 1e-7;
  const auto score = [beta](const ClassCounts::Class& c) {
    const double precision = c.true_positives / (c.true_positives + c.false_positives + epsilon),
                 recall = c.true_positives / (c.true_positives + c.false_negatives + epsilon);
    return (1 + beta * beta) * precision * recall / (beta * beta * precision + recall + epsilon);
  };
  if (average == Average::micro) {
    ClassCounts::Class all;
    for (const ClassCounts::Class& c : counts.classes) {
      all.true_positives += c.true_positives;
      all.false_positives += c.false_positives;
      all.false_negatives += c.false_negatives;
    }
    return Array::scalar(score(all));
  }
  std::vector<double> scores;
  double positives = epsilon, weighted = 0, sum = 0;
  for (const ClassCounts::Class& c : counts.classes) {
    scores.push_back(score(c));
    positives += c.positives;
    weighted += scores.back() * c.positives;
    sum += scores.back();
  }
  if (average == Average::none) return Array::from<double>(scores, {static_cast<std::int64_t>(scores.size())});
  if (average == Average::weighted) return Array::scalar(weighted / positives);
  return Array::scalar(scores.empty() ? 0.0 : sum / static_cast<double>(scores.size()));
}

}  // namespace xgrad
