#pragma once
/// \file What `Model::check` finds: configurations that cannot learn.

#include <iosfwd>
#include <string>
#include <vector>

#include "xgrad/data/audit.hpp"

namespace xgrad {

/// One thing that `Model::check` found.
struct ModelFinding {
  Severity severity;
  std::string what;     ///< a short name: "softmax over one unit"
  std::string message;  ///< what was found, and where
  std::string why;      ///< why it cannot learn, or learns less
  std::string advice;   ///< what to write instead
};

/// The report of `Model::check`, the gravest first. It looks for
///
/// - a softmax over one unit, which is always 1; a stack of Dense layers without activations, which is but one;
/// - losses that do not go with the result: a sigmoid under a categorical cross-entropy, a softmax under a binary one,
///   logits under a loss of probabilities (and the reverse), negative rates under `poisson`;
/// - labels outside of the loss's range, class numbers under a one-hot loss (and the reverse), targets that a sigmoid
///   or softmax cannot reach, accuracy of targets that are no classes;
/// - ReLU units that give 0 for every sample; weights that are not finite; nothing that could be trained.
struct ModelReport {
  std::string subject;  ///< what was looked at, in a line
  std::vector<ModelFinding> findings;

  /// No errors and no warnings; notes there may be.
  bool clean() const noexcept;
  /// The finding of that short name; null where there is none.
  const ModelFinding* find(std::string_view what) const noexcept;
  bool has(std::string_view what) const noexcept { return find(what) != nullptr; }
  /// The subject, then each finding with its reason and its advice.
  std::string to_string() const;
};
std::ostream& operator<<(std::ostream& out, const ModelReport& report);

}  // namespace xgrad
