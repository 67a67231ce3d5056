#pragma once
// What a model makes of samples, one by one: its loss of each, and the classes where it tells them.

#include <string>
#include <vector>

#include "train/trainer.hpp"

namespace xgrad::detail {

/// Whether the targets and results of a model tell classes, and how.
enum class ClassRule { none, yes_or_no, numbers, one_hot };

struct Judged {
  std::vector<double> losses;   // a sample each, without penalties
  std::vector<double> results;  // of the model, one row after the other
  std::int64_t width = 1;       // of a row
  ClassRule rule = ClassRule::none;
  std::string reason;                          // why there are no classes
  std::int64_t classes = 0;                    // 0: none
  std::vector<std::int64_t> truth, predicted;  // −1: no class
  std::vector<double> confidence;              // the probability of the predicted class; NaN where results are none

  /// How often what is truly of a class (rows) was taken for which; samples of no class are left out.
  std::vector<std::int64_t> confusion() const;
  /// The numbers of the samples with the greatest loss, NaN before all; at most so many.
  std::vector<std::int64_t> worst(std::int64_t most) const;
};

/// Runs the model over all samples, in inference mode; nothing is recorded.
Judged judge(const Model& model, const Trainer& trainer, const Samples& x, const Array& y);

}  // namespace xgrad::detail
