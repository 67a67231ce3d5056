#pragma once
// What a report shows, and its two forms: data and page.

#include <memory>
#include <optional>
#include <string>

#include "train/judged.hpp"
#include "train/plots.hpp"
#include "xgrad/train/report.hpp"

namespace xgrad::detail {

struct ReportParts {
  const History& history;
  const Model& model;
  const Trainer& trainer;
  const view::ReportOptions& options;
  std::string title = {};
  Drawing curves = {};
  std::optional<BestEpoch> best = {};
  ModelReport check = {};
  std::shared_ptr<const TrainingRecorder::State> recorded = {};  // null where nobody watched
  Samples x = {};                                                // none: nothing was judged
  Array y = zeros({0});
  std::string origin = {};  // "held-out samples"
  Judged judged = {};
  std::vector<std::int64_t> worst = {};
  std::vector<std::int64_t> confusion = {};
  Shape image = {};  // of a sample as a picture; [] where it is none

  bool classified() const { return judged.classes > 0; }
  /// The class's name, or its number; "none" for −1.
  std::string class_name(std::int64_t c) const;
  /// Of classified samples: how many are right, of how many.
  std::pair<std::int64_t, std::int64_t> hits() const;
};

/// All numbers of the report.
std::string report_json(const ReportParts& parts);
/// The page, with that in it.
std::string report_page(const ReportParts& parts, const std::string& json);

}  // namespace xgrad::detail
