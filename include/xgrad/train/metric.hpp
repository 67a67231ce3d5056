#pragma once
/// \file Metric: what `compile(.metrics = …)` takes, whatever it was made of.

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "xgrad/core/array.hpp"
#include "xgrad/nn/loss.hpp"
#include "xgrad/tape/arg.hpp"
#include "xgrad/train/metrics/mean.hpp"

namespace xgrad {

class Settings;

/// Which way a metric improves; callbacks that are not told read it here.
enum class Direction { unknown, up, down };

/// A metric of its own: state that grows with every batch, and a result. The structs of `train/metrics/` are such, and
/// a user's own may be. It may also have a member `name` (else "metric"), `direction` (else unknown) and
/// `double value() const` (else the mean of the result's elements).
template <class M>
concept MetricRule = std::copyable<M> && requires(M metric, const M& constant, const Array& y, const Array* weights) {
  metric.update(y, y, weights);
  { constant.result() } -> std::convertible_to<Array>;
  metric.reset();
};

namespace detail {

/// A callable (Var y_true, Var y_pred) -> Var, and the mean of what it gives.
struct FunctionMetric {
  std::function<Var(const Var&, const Var&)> function = {};
  std::string name = "metric";
  Direction direction = Direction::unknown;
  MeanState state = {};

  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc = Loc::current());
  Array result() const { return Array::scalar(state.value()); }
  double value() const noexcept { return state.value(); }
  void reset() noexcept { state.reset(); }
};

double mean_of_elements(const Array& a);

class MetricModel {
 public:
  MetricModel() = default;
  virtual ~MetricModel() = default;
  virtual std::unique_ptr<MetricModel> clone() const = 0;
  virtual void update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) = 0;
  virtual Array result() const = 0;
  virtual double value() const = 0;
  virtual void reset() = 0;

  std::string name = "metric";
  Direction direction = Direction::unknown;

 protected:
  MetricModel(const MetricModel&) = default;
  MetricModel& operator=(const MetricModel&) = default;
};

template <MetricRule M>
class MetricOf final : public MetricModel {
 public:
  explicit MetricOf(M rule) : rule_(std::move(rule)) {
    if constexpr (requires { std::string(rule_.name); }) name = rule_.name;
    if constexpr (requires { Direction{rule_.direction}; }) direction = rule_.direction;
  }
  std::unique_ptr<MetricModel> clone() const override { return std::make_unique<MetricOf>(*this); }
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight, Loc loc) override {
    if constexpr (requires { rule_.update(y_true, y_pred, sample_weight, loc); }) {
      rule_.update(y_true, y_pred, sample_weight, loc);
    } else {
      rule_.update(y_true, y_pred, sample_weight);
    }
  }
  Array result() const override { return rule_.result(); }
  double value() const override {
    if constexpr (requires { double{rule_.value()}; }) {
      return rule_.value();
    } else {
      return mean_of_elements(rule_.result());
    }
  }
  void reset() override { rule_.reset(); }
  M& rule() noexcept { return rule_; }

 private:
  M rule_;
};

}  // namespace detail

/// A callable object that takes (Var y_true, Var y_pred) and gives a Var.
template <class F>
concept MetricFunction = std::is_invocable_r_v<Var, F&, const Var&, const Var&> && std::copy_constructible<F>;

/// A metric over the batches of an epoch, whatever it was made of:
///
/// - a name, as in Keras: "accuracy" or "acc" in any case, a metric's or a loss's name in snake_case or CamelCase
///   ("precision", "AUC", "root_mean_squared_error"), or an alias (mse, mae, mape, msle, …). The log key is the name as
///   written. "accuracy" is resolved from the shapes at the first batch, as the function `accuracy` is; the metric
///   "cosine_similarity" has the opposite sign of the loss;
/// - a function such as `accuracy` or `mean_squared_error`, whose name is the log key;
/// - any callable (Var y_true, Var y_pred) -> Var of values per sample, of which the mean is taken; its log key is
///   "metric" unless one is given;
/// - a loss's class form, or a Loss: the mean of its losses, whatever its reduction, under its name;
/// - a struct of `train/metrics/`, or any other `MetricRule`.
///
/// A value: a copy has the same configuration and state, and then goes its own way.
///
/// A callable that gives one number for the whole batch has it counted once per sample of the batch (by their weights,
/// where there are some), so that a smaller last batch counts less. (Keras counts every batch alike.)
class Metric {
 public:
  /// By name. @throws ArgError for an unknown one, with those that are near
  Metric(const char* name, Loc loc = Loc::current()) : Metric(std::string(name), loc) {}  // NOLINT
  Metric(const std::string& name, Loc loc = Loc::current());                              // NOLINT
  /// A function of (y_true, y_pred): `accuracy`, any loss, or your own.
  Metric(Var (*function)(Arg, Arg));  // NOLINT(google-explicit-constructor)
  /// The losses of a Loss, or of the class form of one.
  Metric(const Loss& loss);  // NOLINT(google-explicit-constructor)
  template <LossForm L>
  Metric(L form) : Metric(Loss(std::move(form))) {}  // NOLINT(google-explicit-constructor)
  /// A metric's struct.
  template <class M>
  requires(!std::same_as<M, Metric>) && MetricRule<M> Metric(M rule)
      : model_(std::make_unique<detail::MetricOf<M>>(std::move(rule))) {}  // NOLINT
  template <class F>
  requires(!std::same_as<F, Metric>) && (!std::convertible_to<F, std::string>)&&(!std::same_as<F, Loss>)&&(
                                            !MetricRule<F>)&&(!LossForm<F>)&&MetricFunction<F> Metric(F function)
      : Metric("metric", std::move(function)) {}  // NOLINT(google-explicit-constructor)
  /// A callable under a log key of your own.
  template <MetricFunction F>
  Metric(std::string name, F function)
      : Metric(detail::FunctionMetric{.function = std::move(function), .name = std::move(name)}) {}

  Metric(const Metric& other) : model_(other.model_->clone()) {}
  Metric(Metric&&) noexcept = default;
  Metric& operator=(const Metric& other) {
    model_ = other.model_->clone();
    return *this;
  }
  Metric& operator=(Metric&&) noexcept = default;
  ~Metric() = default;

  /// The key in logs and in the history.
  const std::string& name() const noexcept { return model_->name; }
  /// The same metric under another key.
  Metric named(std::string name) const {
    Metric renamed(*this);
    renamed.model_->name = std::move(name);
    return renamed;
  }
  /// Which way it improves.
  Direction direction() const noexcept { return model_->direction; }

  /// Takes in a batch.
  /// @param y_true,y_pred what was wanted and what the model gave, in the shapes that the metric takes
  /// @param sample_weight null, or weights that stand at the left: [n] weighs samples, [n, t] the steps of each
  /// @throws ShapeError where they do not fit each other; then nothing has changed
  void update(const Array& y_true, const Array& y_pred, const Array* sample_weight = nullptr,
              Loc loc = Loc::current()) {
    model_->update(y_true, y_pred, sample_weight, loc);
  }
  /// What was gathered since the last reset: a float64 scalar for most.
  Array result() const { return model_->result(); }
  /// The same as one number; the mean of the elements where there are several.
  double value() const { return model_->value(); }
  /// Forgets all batches.
  void reset() { model_->reset(); }
  /// For files: what it is, without what it has gathered. @return false where it is one of the user's own: a file notes
  /// its name alone, and reading leaves the metric as it is
  bool settings(Settings& s);

 private:
  std::unique_ptr<detail::MetricModel> model_;
};

/// Gives later metrics of the same name a number: precision, precision_1, precision_2, …
void make_names_unique(std::vector<Metric>& metrics);

/// The names that `Metric` knows, in alphabetical order, without their aliases.
std::vector<std::string> metric_names();

}  // namespace xgrad
