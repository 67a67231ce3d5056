#pragma once
/// \file Loss: what a model is trained on, by function, by name, by class or as any callable.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "xgrad/nn/losses.hpp"

namespace xgrad {

class Settings;

/// What a class form of a loss has: a name, a reduction, and the losses of single samples. A struct of the user's own
/// serves as well. It may have `Var counted(y_true, y_pred) const` besides, the mask (bool) of the losses that count.
template <class L>
concept LossForm = requires(const L& form, const Var& y) {
  { L::name } -> std::convertible_to<std::string>;
  { form.reduction } -> std::convertible_to<Reduction>;
  { form.per_sample(y, y) } -> std::same_as<Var>;
};

namespace detail {

/// The names that a Loss is made from, without their aliases.
std::vector<std::string_view> loss_names();

/// How a Loss computes.
struct LossRule {
  std::string name;
  Reduction reduction = Reduction::sum_over_batch_size;
  bool own_lines = false;  // written by the user: errors name his lines, not that of the call
  virtual ~LossRule() = default;
  virtual Var per_sample(const Var& y_true, const Var& y_pred) const = 0;
  virtual Var counted(const Var&, const Var&) const { return {}; }
};

template <LossForm L>
struct FormRule final : LossRule {
  explicit FormRule(L f) : form(std::move(f)) {
    name = L::name;
    reduction = form.reduction;
  }
  Var per_sample(const Var& y_true, const Var& y_pred) const override { return form.per_sample(y_true, y_pred); }
  Var counted(const Var& y_true, const Var& y_pred) const override {
    if constexpr (requires { form.counted(y_true, y_pred); }) {
      return form.counted(y_true, y_pred);
    } else {
      return {};
    }
  }
  L form;
};

/// Calls what the user wrote, with y_true in y_pred's type and both of one rank where an axis of extent 1 is missing.
struct CallableRule final : LossRule {
  explicit CallableRule(std::function<Var(const Var&, const Var&)> f, std::string called);
  Var per_sample(const Var& y_true, const Var& y_pred) const override;
  std::function<Var(const Var&, const Var&)> function;
};

}  // namespace detail

/// A loss, of whatever kind, with its reduction.
///
/// ```cpp
/// Loss a = mean_squared_error;                                    // a function of (y_true, y_pred)
/// Loss b = "binary_crossentropy";                                 // a name: of a function, a class, or mse, bce, …
/// Loss c = CategoricalCrossentropy{.label_smoothing = 0.1, .reduction = Reduction::sum};   // a class form
/// Loss d = [](Var y_true, Var y_pred) { return mean(square(y_true - y_pred)); };           // any callable
/// Var l = b(y_true, y_pred);
/// ```
/// The per-sample losses are weighed, if weights are given, and reduced. A single number is taken as it is. Before a
/// callable of the user's own is called, y_true is converted to y_pred's type, and where one of them has a last axis of
/// extent 1 that the other lacks, the shorter one gets it (if it has one axis) or the longer one loses it.
///
/// Sample weights have the shape of the losses, or of their first axes (one weight a sample where a sample has several
/// losses), or broadcast to it. A sample of weight 0 does not count even where its loss is infinite or NaN. As in
/// Keras, the default reduction divides by the number of losses, not by the sum of the weights.
class Loss {
 public:
  /// No loss: to call it is an error.
  Loss() noexcept = default;
  /// A function of the library, or of the user's own.
  Loss(Var (*function)(Arg, Arg));  // NOLINT(google-explicit-constructor): .loss = mean_squared_error
  /// Keras's names: of functions ("mean_squared_error") and classes ("MeanSquaredError"), and mse, mae, mape, msle,
  /// bce, kld. "crossentropy" or "ce" chooses when it is called: binary where y_pred's last axis has extent 1, else
  /// sparse categorical where y_true has no such axis or one of extent 1, else categorical.
  /// @throws ArgError for an unknown name, with the near ones
  Loss(std::string_view name, Loc loc = Loc::current());                                          // NOLINT
  Loss(const char* name, Loc loc = Loc::current()) : Loss(std::string_view(name), loc) {}         // NOLINT
  Loss(const std::string& name, Loc loc = Loc::current()) : Loss(std::string_view(name), loc) {}  // NOLINT
  /// A class form: one of the library's, or the user's own.
  template <LossForm L>
  Loss(L form) : rule_(std::make_shared<detail::FormRule<L>>(std::move(form))) {}  // NOLINT
  /// Any callable (y_true, y_pred) → Var.
  template <class F>
  requires(!LossForm<F> && !std::same_as<std::decay_t<F>, Loss> &&
           std::is_invocable_r_v<Var, const F&, const Var&, const Var&>) Loss(F f)  // NOLINT
      : rule_(std::make_shared<detail::CallableRule>(std::move(f), "loss")) {}

  /// The reduced loss: a scalar, but for Reduction::none. @throws ShapeError, DTypeError, IndexError, ArgError
  Var operator()(const Var& y_true, const Var& y_pred, Loc loc = Loc::current()) const;
  /// The same with weights; an empty Var stands for none.
  /// @throws ShapeError for weights that do not go with the losses, or beside a loss that gives a single number
  Var operator()(const Var& y_true, const Var& y_pred, const Var& sample_weight, Loc loc = Loc::current()) const;
  /// The losses before weights and reduction.
  Var per_sample(const Var& y_true, const Var& y_pred, Loc loc = Loc::current()) const;

  /// Keras's name: "mean_squared_error", "huber_loss"; "loss" for a callable; "" for no loss.
  const std::string& name() const noexcept;
  Reduction reduction() const noexcept { return rule_ ? rule_->reduction : Reduction::sum_over_batch_size; }
  /// Whether there is none.
  bool empty() const noexcept { return rule_ == nullptr; }
  /// For files. @return false where it is one of the user's own: a file notes that, and it is read back as no loss
  bool settings(Settings& s);

 private:
  const detail::LossRule& rule(Loc loc) const;
  std::shared_ptr<const detail::LossRule> rule_;
};

}  // namespace xgrad
