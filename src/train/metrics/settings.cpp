// Metrics in files.

#include "core/kinds.hpp"
#include "resolve.hpp"
#include "xgrad/train/metrics/accuracy.hpp"
#include "xgrad/train/metrics/auc.hpp"
#include "xgrad/train/metrics/confusion.hpp"
#include "xgrad/train/metrics/f_score.hpp"
#include "xgrad/train/metrics/regression.hpp"
#include "xgrad/train/metrics/sequence.hpp"

namespace xgrad {

namespace {

using detail::KindOf;

struct HeldMetric {
  Metric& self;
  std::unique_ptr<detail::MetricModel>& model;
  bool& own;  // a loss of the user's own, as a metric
  template <class M>
  M* get() {
    if constexpr (std::same_as<M, detail::LossValues>) {
      auto* held = dynamic_cast<detail::MetricOf<detail::FunctionMetric>*>(model.get());
      return held ? held->rule().function.template target<detail::LossValues>() : nullptr;
    } else {
      auto* held = dynamic_cast<detail::MetricOf<M>*>(model.get());
      return held ? &held->rule() : nullptr;
    }
  }
  template <class M>
  void set(M rule) {
    if constexpr (std::same_as<M, detail::LossValues>) {
      own = rule.loss.empty();
      if (!own) self = Metric(rule.loss);
    } else {
      self = Metric(std::move(rule));
    }
  }
};

template <class M>
void threshold_fields(Settings& s, M& m) {
  s("threshold", m.threshold);
}
template <class M>
void k_fields(Settings& s, M& m) {
  s("k", m.k);
}
template <class M>
void thresholds_fields(Settings& s, M& m) {
  s("thresholds", m.thresholds);
}
template <class M>
void precision_fields(Settings& s, M& m) {
  s("thresholds", m.thresholds)("top_k", m.top_k)("class_id", m.class_id);
}
template <class M>
void f_fields(Settings& s, M& m) {
  detail::exchange_enum(s, "average", m.average, {"none", "micro", "macro", "weighted"});
  s("threshold", m.threshold);
}
void auc_fields(Settings& s, AUC& m) {
  s("num_thresholds", m.num_thresholds);
  detail::exchange_enum(s, "curve", m.curve, {"roc", "pr"});
  detail::exchange_enum(s, "summation_method", m.summation_method, {"interpolation", "minoring", "majoring"});
  s("thresholds", m.thresholds)("multi_label", m.multi_label)("label_weights", m.label_weights);
  s("from_logits", m.from_logits);
}

}  // namespace

bool Metric::settings(Settings& s) {
  std::string called = name();
  Direction way = direction();
  bool own = false;
  using detail::ElementError;
  const bool known = detail::exchange_kind(
      s, nullptr, HeldMetric{*this, model_, own},  //
      KindOf<detail::ShapedAccuracy>{"Accuracy"}, KindOf<Accuracy>{"EqualShare"},
      KindOf<BinaryAccuracy>{"BinaryAccuracy", threshold_fields}, KindOf<CategoricalAccuracy>{"CategoricalAccuracy"},
      KindOf<SparseCategoricalAccuracy>{"SparseCategoricalAccuracy"},
      KindOf<TopKCategoricalAccuracy>{"TopKCategoricalAccuracy", k_fields},
      KindOf<SparseTopKCategoricalAccuracy>{"SparseTopKCategoricalAccuracy", k_fields},
      KindOf<ElementError>{
          "ElementError",
          [](Settings& c, ElementError& m) {
            detail::exchange_enum(c, "of", m.kind, {"squared", "absolute", "percentage", "squared_logarithmic"});
          }},
      KindOf<TruePositives>{"TruePositives", thresholds_fields},
      KindOf<TrueNegatives>{"TrueNegatives", thresholds_fields},
      KindOf<FalsePositives>{"FalsePositives", thresholds_fields},
      KindOf<FalseNegatives>{"FalseNegatives", thresholds_fields}, KindOf<Precision>{"Precision", precision_fields},
      KindOf<Recall>{"Recall", precision_fields}, KindOf<AUC>{"AUC", auc_fields}, KindOf<F1Score>{"F1Score", f_fields},
      KindOf<FBetaScore>{"FBetaScore",
                         [](Settings& c, FBetaScore& m) {
                           f_fields(c, m);
                           c("beta", m.beta);
                         }},
      KindOf<RootMeanSquaredError>{"RootMeanSquaredError"},
      KindOf<CosineSimilarityMetric>{"CosineSimilarity",
                                     [](Settings& c, CosineSimilarityMetric& m) { c("axis", m.axis); }},
      KindOf<R2Score>{"R2Score",
                      [](Settings& c, R2Score& m) {
                        detail::exchange_enum(c, "class_aggregation", m.class_aggregation,
                                              {"none", "uniform_average", "variance_weighted_average"});
                        c("num_regressors", m.num_regressors);
                      }},
      KindOf<ConfusionMatrix>{"ConfusionMatrix",
                              [](Settings& c, ConfusionMatrix& m) { c("num_classes", m.num_classes); }},
      KindOf<LabelErrorRate>{"LabelErrorRate", [](Settings& c, LabelErrorRate& m) { c("blank", m.blank); }},
      KindOf<detail::LossValues>{"Loss", [](Settings& c, detail::LossValues& m) { c("loss", m.loss); }});
  s("name", called);
  detail::exchange_enum(s, "direction", way, {"unknown", "up", "down"});
  if (known && !own) {
    model_->name = called;
    model_->direction = way;
  }
  return known && !own;
}

}  // namespace xgrad
