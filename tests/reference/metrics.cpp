// The metrics against Keras, batch by batch.

#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "support/reference.hpp"
#include "xgrad/core/xt.hpp"
#include "xgrad/train/metrics/accuracy.hpp"
#include "xgrad/train/metrics/auc.hpp"
#include "xgrad/train/metrics/confusion.hpp"
#include "xgrad/train/metrics/f_score.hpp"
#include "xgrad/train/metrics/regression.hpp"

using reference::Case;
using namespace xgrad;

namespace {

Array array_of(const reference::Values& values) {
  const Array a = Array::from<double>(values.data, Shape(std::span(values.shape)));
  return values.dtype == "int64" ? a.astype(DType::int64) : a;
}

std::vector<double> list(const Case& c, const std::string& key) {
  std::vector<double> numbers;
  if (!c.has(key)) return numbers;
  std::istringstream in(c.text(key));
  for (double x; in >> x;) numbers.push_back(x);
  return numbers;
}
std::optional<std::int64_t> class_id(const Case& c) {
  return c.has("class_id") ? std::optional(c.integer("class_id")) : std::nullopt;
}
std::optional<double> threshold(const Case& c) {
  return c.has("threshold") ? std::optional(c.number("threshold")) : std::nullopt;
}
Average average(const Case& c) {
  const std::string& text = c.text("average");
  return text == "micro"      ? Average::micro
         : text == "macro"    ? Average::macro
         : text == "weighted" ? Average::weighted
                              : Average::none;
}
AUC auc(const Case& c) {
  const std::string method = c.has("summation") ? c.text("summation") : "interpolation";
  return {.num_thresholds = c.has("num_thresholds") ? c.integer("num_thresholds") : 200,
          .curve = c.has("curve") && c.text("curve") == "pr" ? Curve::pr : Curve::roc,
          .summation_method = method == "minoring"   ? Summation::minoring
                              : method == "majoring" ? Summation::majoring
                                                     : Summation::interpolation,
          .thresholds = list(c, "thresholds"),
          .multi_label = c.flag("multi_label"),
          .label_weights = list(c, "label_weights"),
          .from_logits = c.flag("from_logits")};
}
R2Score r2(const Case& c) {
  const std::string& text = c.text("aggregation");
  return {.class_aggregation = text == "none"              ? R2Aggregation::none
                               : text == "uniform_average" ? R2Aggregation::uniform_average
                                                           : R2Aggregation::variance_weighted_average,
          .num_regressors = c.has("num_regressors") ? c.integer("num_regressors") : 0};
}

Metric metric_of(const Case& c) {
  const std::string op = c.op();
  const auto top_k = c.has("top_k") ? c.integer("top_k") : 0;
  const auto thresholds = list(c, "thresholds");
  if (op == "accuracy") return Accuracy{};
  if (op == "binary_accuracy") return BinaryAccuracy{.threshold = c.number("threshold", 0.5)};
  if (op == "top_k_categorical_accuracy") return TopKCategoricalAccuracy{.k = c.integer("k")};
  if (op == "sparse_top_k_categorical_accuracy") return SparseTopKCategoricalAccuracy{.k = c.integer("k")};
  if (op == "cosine_similarity" && c.has("axis"))
    return CosineSimilarityMetric{.axis = static_cast<int>(c.integer("axis"))};
  if (op == "r2_score") return r2(c);
  if (op == "precision") return Precision{.thresholds = thresholds, .top_k = top_k, .class_id = class_id(c)};
  if (op == "recall") return Recall{.thresholds = thresholds, .top_k = top_k, .class_id = class_id(c)};
  if (op == "true_positives") return TruePositives{.thresholds = thresholds};
  if (op == "false_positives") return FalsePositives{.thresholds = thresholds};
  if (op == "true_negatives") return TrueNegatives{.thresholds = thresholds};
  if (op == "false_negatives") return FalseNegatives{.thresholds = thresholds};
  if (op == "f1_score") return F1Score{.average = average(c), .threshold = threshold(c)};
  if (op == "fbeta_score")
    return FBetaScore{.average = average(c), .beta = c.number("beta"), .threshold = threshold(c)};
  if (op == "auc") return auc(c);
  return Metric(op);
}

}  // namespace

TEST_CASE("reference: metrics give what Keras gives, after every batch") {
  reference::File file("metrics.txt");
  CHECK(file.cases().size() > 100);
  for (const Case& c : file.cases()) {
    CAPTURE(c.name);
    Metric metric = metric_of(c);
    const bool weighted = c.name.ends_with("_weighted");
    REQUIRE(c.in.size() == (weighted ? 3 : 2) * c.out.size());
    for (std::size_t batch = 0; batch < c.out.size(); ++batch) {
      CAPTURE(batch);
      const std::string i = std::to_string(batch);
      const Array t = array_of(c.input("t" + i)), p = array_of(c.input("p" + i));
      const Array w = weighted ? array_of(c.input("w" + i)) : Array();
      metric.update(t, p, weighted ? &w : nullptr);
      const reference::Values& want = c.out[batch];
      const Array got = metric.result();
      REQUIRE(got.shape() == Shape(std::span(want.shape)));
      double mean = 0;
      for (std::int64_t k = 0; k < got.size(); ++k) {
        const double wanted = want.data[static_cast<std::size_t>(k)];
        CAPTURE(wanted);
        CAPTURE(got.data<double>()[k]);
        CHECK(std::abs(got.data<double>()[k] - wanted) <= 1e-12 * std::max(1.0, std::abs(wanted)));
        mean += wanted / static_cast<double>(got.size());
      }
      CHECK(metric.value() == doctest::Approx(mean));
    }
  }
}
