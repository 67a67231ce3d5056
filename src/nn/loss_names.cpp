// Losses by function, by name, and in files.

#include <array>

#include "core/kinds.hpp"
#include "core/near.hpp"
#include "xgrad/nn/loss.hpp"

namespace xgrad {

namespace {

using Function = Var (*)(Arg, Arg);

/// What a name stands for: a function of (y_true, y_pred), reduced to the mean over the batch.
struct Named {
  std::string_view name, alias;
  Function function;
};
/// The cross-entropy that the shapes ask for.
Var crossentropy(Arg y_true, Arg y_pred) {
  const Shape &t = y_true.shape(), &p = y_pred.shape();
  if (p.back() == 1) return binary_crossentropy(std::move(y_true), std::move(y_pred));
  const bool numbers = t.rank() < p.rank() || t.back() == 1;
  return numbers ? sparse_categorical_crossentropy(std::move(y_true), std::move(y_pred))
                 : categorical_crossentropy(std::move(y_true), std::move(y_pred));
}
const std::array named{
    Named{"mean_squared_error", "mse", mean_squared_error},
    Named{"mean_absolute_error", "mae", mean_absolute_error},
    Named{"mean_absolute_percentage_error", "mape", mean_absolute_percentage_error},
    Named{"mean_squared_logarithmic_error", "msle", mean_squared_logarithmic_error},
    Named{"huber", "huber_loss", huber},
    Named{"log_cosh", "logcosh", log_cosh},
    Named{"binary_crossentropy", "bce", binary_crossentropy},
    Named{"categorical_crossentropy", "", categorical_crossentropy},
    Named{"sparse_categorical_crossentropy", "", sparse_categorical_crossentropy},
    Named{"crossentropy", "ce", crossentropy},
    Named{"binary_focal_crossentropy", "", binary_focal_crossentropy},
    Named{"categorical_focal_crossentropy", "", categorical_focal_crossentropy},
    Named{"kl_divergence", "kld", kl_divergence},
    Named{"poisson", "", poisson},
    Named{"hinge", "", hinge},
    Named{"squared_hinge", "", squared_hinge},
    Named{"categorical_hinge", "", categorical_hinge},
    Named{"cosine_similarity", "", cosine_similarity},
    Named{"ctc", "", ctc},
};

/// A function of the library: it converts its operands itself.
struct FunctionRule final : detail::LossRule {
  FunctionRule(std::string_view called, Function f) : function(f) { name = called; }
  Var per_sample(const Var& y_true, const Var& y_pred) const override { return function(y_true, y_pred); }
  Function function;
};

}  // namespace

std::vector<std::string_view> detail::loss_names() {
  std::vector<std::string_view> names;
  for (const Named& n : named) names.push_back(n.name);
  return names;
}

Loss::Loss(Function function) {
  for (const Named& n : named)
    if (n.function == function) {
      rule_ = std::make_shared<FunctionRule>(n.name, function);
      return;
    }
  rule_ = std::make_shared<detail::CallableRule>(
      [function](const Var& y_true, const Var& y_pred) { return function(y_true, y_pred); }, "loss");
}

Loss::Loss(std::string_view name, Loc loc) {
  const std::string wanted = detail::folded(name);
  for (const Named& n : named)
    if (!wanted.empty() && (detail::folded(n.name) == wanted || detail::folded(n.alias) == wanted)) {
      rule_ = std::make_shared<FunctionRule>(n.name, n.function);
      return;
    }
  const std::vector<std::string_view> names = detail::loss_names();
  throw ArgError("loss",
                 "needs the name of a loss; got '" + std::string(name) + "'" + detail::near_matches(name, names), loc);
}

namespace {

/// The class forms, as `exchange_kind` looks into them.
struct HeldForm {
  std::shared_ptr<const detail::LossRule>& rule;
  template <class L>
  L* get() {
    const auto* held = dynamic_cast<const detail::FormRule<L>*>(rule.get());
    // Written only: what it points to stays as it is.
    return held ? const_cast<L*>(&held->form) : nullptr;
  }
  template <class L>
  void set(L form) {
    rule = std::make_shared<detail::FormRule<L>>(std::move(form));
  }
};

template <class L>
void reduction_of(Settings& s, L& form) {
  detail::exchange_enum(s, "reduction", form.reduction,
                        {"sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"});
}
template <class L>
void plain_fields(Settings& s, L& form) {
  reduction_of(s, form);
}
template <class L>
void logits_fields(Settings& s, L& form) {
  s("from_logits", form.from_logits);
  reduction_of(s, form);
}
template <class L>
void smoothed_fields(Settings& s, L& form) {
  s("label_smoothing", form.label_smoothing);
  logits_fields(s, form);
}

}  // namespace

bool Loss::settings(Settings& s) {
  bool there = rule_ != nullptr;
  s.nothing(there);
  if (!there) {
    rule_.reset();
    return true;
  }
  if (const auto* function = dynamic_cast<const FunctionRule*>(rule_.get()); function && !s.reading()) {
    s.kind(function->name);
    return true;
  }
  if (s.reading()) {
    const std::string kind = s.kind();
    for (const Named& n : named)
      if (n.name == kind) {
        rule_ = std::make_shared<FunctionRule>(n.name, n.function);
        return true;
      }
  }
  using detail::KindOf;
  const bool known = detail::exchange_kind(
      s, nullptr, HeldForm{rule_},  //
      KindOf<MeanSquaredError>{"MeanSquaredError", plain_fields},
      KindOf<MeanAbsoluteError>{"MeanAbsoluteError", plain_fields},
      KindOf<MeanAbsolutePercentageError>{"MeanAbsolutePercentageError", plain_fields},
      KindOf<MeanSquaredLogarithmicError>{"MeanSquaredLogarithmicError", plain_fields},
      KindOf<Huber>{"Huber",
                    [](Settings& c, Huber& l) {
                      c("delta", l.delta);
                      reduction_of(c, l);
                    }},
      KindOf<LogCosh>{"LogCosh", plain_fields},
      KindOf<CosineSimilarity>{"CosineSimilarity",
                               [](Settings& c, CosineSimilarity& l) {
                                 c("axis", l.axis);
                                 reduction_of(c, l);
                               }},
      KindOf<BinaryCrossentropy>{"BinaryCrossentropy", smoothed_fields},
      KindOf<CategoricalCrossentropy>{"CategoricalCrossentropy", smoothed_fields},
      KindOf<SparseCategoricalCrossentropy>{"SparseCategoricalCrossentropy",
                                            [](Settings& c, SparseCategoricalCrossentropy& l) {
                                              c("ignore_class", l.ignore_class);
                                              logits_fields(c, l);
                                            }},
      KindOf<BinaryFocalCrossentropy>{"BinaryFocalCrossentropy",
                                      [](Settings& c, BinaryFocalCrossentropy& l) {
                                        c("apply_class_balancing", l.apply_class_balancing);
                                        c("alpha", l.alpha)("gamma", l.gamma);
                                        smoothed_fields(c, l);
                                      }},
      KindOf<CategoricalFocalCrossentropy>{"CategoricalFocalCrossentropy",
                                           [](Settings& c, CategoricalFocalCrossentropy& l) {
                                             c("alpha", l.alpha)("gamma", l.gamma);
                                             smoothed_fields(c, l);
                                           }},
      KindOf<KLDivergence>{"KLDivergence", plain_fields}, KindOf<Poisson>{"Poisson", plain_fields},
      KindOf<Hinge>{"Hinge", plain_fields}, KindOf<SquaredHinge>{"SquaredHinge", plain_fields},
      KindOf<CategoricalHinge>{"CategoricalHinge", plain_fields},
      KindOf<CTC>{"CTC", [](Settings& c, CTC& l) {
                    c("blank", l.blank);
                    detail::exchange_enum(c, "infeasible", l.infeasible, {"infinity", "zero"});
                    reduction_of(c, l);
                  }});
  if (!known && s.reading()) rule_.reset();
  return known;
}

}  // namespace xgrad
