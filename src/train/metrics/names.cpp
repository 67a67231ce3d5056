// What names and functions stand for.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/near.hpp"
#include "resolve.hpp"
#include "xgrad/train/metrics/accuracy.hpp"
#include "xgrad/train/metrics/auc.hpp"
#include "xgrad/train/metrics/confusion.hpp"
#include "xgrad/train/metrics/f_score.hpp"
#include "xgrad/train/metrics/regression.hpp"
#include "xgrad/train/metrics/sequence.hpp"

namespace xgrad {

namespace {

using Make = Metric (*)();

template <class Rule>
Metric made() {
  return Rule{};
}
template <detail::ElementError::Kind kind>
Metric made_error() {
  return detail::ElementError{.kind = kind};
}

struct Named {
  std::string_view name;
  Make make;
  std::string_view alias = {};
};
using enum detail::ElementError::Kind;
constexpr std::array kNames{
    Named{"accuracy", made<detail::ShapedAccuracy>, "acc"},
    Named{"auc", made<AUC>},
    Named{"binary_accuracy", made<BinaryAccuracy>},
    Named{"categorical_accuracy", made<CategoricalAccuracy>},
    Named{"confusion_matrix", made<ConfusionMatrix>},
    // The loss falls where the directions agree; the metric rises.
    Named{"cosine_similarity", made<CosineSimilarityMetric>},
    Named{"f1_score", made<F1Score>},
    Named{"false_negatives", made<FalseNegatives>},
    Named{"false_positives", made<FalsePositives>},
    Named{"fbeta_score", made<FBetaScore>},
    Named{"label_error_rate", made<LabelErrorRate>},
    Named{"mean_absolute_error", made_error<absolute>, "mae"},
    Named{"mean_absolute_percentage_error", made_error<percentage>, "mape"},
    Named{"mean_squared_error", made_error<squared>, "mse"},
    Named{"mean_squared_logarithmic_error", made_error<squared_logarithmic>, "msle"},
    Named{"precision", made<Precision>},
    Named{"r2_score", made<R2Score>},
    Named{"recall", made<Recall>},
    Named{"root_mean_squared_error", made<RootMeanSquaredError>, "rmse"},
    Named{"sparse_categorical_accuracy", made<SparseCategoricalAccuracy>},
    Named{"sparse_top_k_categorical_accuracy", made<SparseTopKCategoricalAccuracy>},
    Named{"top_k_categorical_accuracy", made<TopKCategoricalAccuracy>},
    Named{"true_negatives", made<TrueNegatives>},
    Named{"true_positives", made<TruePositives>},
};

// Beside these, every loss.
template <class Add>
void each_loss(Add&& add) {
  for (std::string_view loss : detail::loss_names())
    if (std::none_of(kNames.begin(), kNames.end(), [&](const Named& n) { return n.name == loss; })) add(loss);
}

struct Function {
  Var (*function)(Arg, Arg);
  std::string_view name;
};
// Not constexpr: addresses of a library's functions may be known at load time only.
const std::array kFunctions{
    Function{accuracy, "accuracy"},
    Function{binary_accuracy, "binary_accuracy"},
    Function{categorical_accuracy, "categorical_accuracy"},
    Function{sparse_categorical_accuracy, "sparse_categorical_accuracy"},
    Function{mean_absolute_error, "mean_absolute_error"},
    Function{mean_absolute_percentage_error, "mean_absolute_percentage_error"},
    Function{mean_squared_error, "mean_squared_error"},
    Function{mean_squared_logarithmic_error, "mean_squared_logarithmic_error"},
    Function{top_k_categorical_accuracy, "top_k_categorical_accuracy"},
    Function{sparse_top_k_categorical_accuracy, "sparse_top_k_categorical_accuracy"},
};

Metric of_loss(const Loss& loss, const std::string& name, Direction direction) {
  return detail::FunctionMetric{.function = detail::LossValues{loss}, .name = name, .direction = direction};
}

/// What the library has under a name, or nothing.
std::optional<Loss> loss_of(const std::string& name) {
  try {
    return Loss(name);
  } catch (const ArgError&) {
    return std::nullopt;
  }
}

Metric by_name(const std::string& name, Loc loc) {
  const std::string wanted = detail::folded(name);
  for (const Named& known : kNames)
    if (wanted == detail::folded(known.name) || (!known.alias.empty() && wanted == known.alias))
      return known.make().named(name);
  if (const auto loss = loss_of(name)) return of_loss(*loss, name, Direction::down);
  std::vector<std::string_view> names;
  for (const Named& known : kNames) {
    names.push_back(known.name);
    if (!known.alias.empty()) names.push_back(known.alias);
  }
  each_loss([&](std::string_view loss) { names.push_back(loss); });
  throw ArgError("Metric", "needs the name of a metric; got '" + name + "'" + detail::near_matches(name, names), loc);
}

Metric by_function(Var (*function)(Arg, Arg)) {
  for (const Function& known : kFunctions)
    if (known.function == function) return by_name(std::string(known.name), {});
  const Loss loss(function);
  if (loss.name() != "loss") return by_name(loss.name(), {});
  return Metric("metric", [function](const Var& y_true, const Var& y_pred) { return function(y_true, y_pred); });
}

}  // namespace

Metric::Metric(const std::string& name, Loc loc) : Metric(by_name(name, loc)) {}
// The losses that the library has go down; what a user's own does, nobody knows.
Metric::Metric(const Loss& loss)
    : Metric(of_loss(loss, loss.name(), loss_of(loss.name()) ? Direction::down : Direction::unknown)) {}
Metric::Metric(Var (*function)(Arg, Arg)) : Metric(by_function(function)) {}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const Named& known : kNames) names.emplace_back(known.name);
  each_loss([&](std::string_view loss) { names.emplace_back(loss); });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace xgrad
