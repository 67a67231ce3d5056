// Losses by function and by name.

#include <array>

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
};

/// A function of the library: it converts its operands itself.
struct FunctionRule final : detail::LossRule {
  FunctionRule(std::string_view called, Function f) : function(f) { name = called; }
  Var per_sample(const Var& y_true, const Var& y_pred) const override { return function(y_true, y_pred); }
  Function function;
};

}  // namespace

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
  std::array<std::string_view, named.size()> names;
  for (std::size_t i = 0; i < named.size(); ++i) names[i] = named[i].name;
  throw ArgError("loss",
                 "needs the name of a loss; got '" + std::string(name) + "'" + detail::near_matches(name, names), loc);
}

}  // namespace xgrad
