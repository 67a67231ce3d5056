#include "xgrad/nn/loss.hpp"

#include "nn/losses/support.hpp"
#include "xgrad/nn/mask.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace detail {

CallableRule::CallableRule(std::function<Var(const Var&, const Var&)> f, std::string called) : function(std::move(f)) {
  name = std::move(called);
  own_lines = true;
}

Var CallableRule::per_sample(const Var& y_true, const Var& y_pred) const {
  Var t = y_true, p = y_pred;
  losses::match_ranks(t, p);
  return function(is_floating(p.dtype()) ? losses::in_dtype(t, p.dtype()) : t, p);
}

}  // namespace detail

namespace {

/// Σ x / n, and 0 where n is 0.
Var over(const Var& x, const Var& n) {
  const Var none = equal(n, 0);
  return where(none, 0, x / where(none, 1, n));
}

/// The weights in the losses' type and of a shape that broadcasts to theirs.
Var fitted(const std::string& name, const Var& weight, const Var& losses, Loc loc) {
  if (losses.rank() == 0)
    throw ShapeError(name, "needs one loss a sample where sample weights are given; got a single number", loc);
  Var w = losses::in_dtype(weight, losses.dtype());
  const Shape &given = weight.shape(loc), &shape = losses.shape();
  if (w.rank() == losses.rank() + 1 && given.back() == 1) w = squeeze(w, -1);
  if (w.rank() > 0 && w.rank() < losses.rank()) {
    Shape column = w.shape();
    bool leading = true;
    for (int i = 0; i < w.rank(); ++i) leading = leading && column[i] == shape[i];
    while (leading && column.rank() < losses.rank()) column.push_back(1);
    if (leading) w = reshape(w, column);
  }
  if (!broadcasts_to(w.shape(), shape))
    throw ShapeError(
        name,
        "needs sample weights that go with losses of shape " + shape.to_string() + "; got " + signature(weight.value()),
        loc);
  return w;
}

Var reduced(const detail::LossRule& rule, Var losses, const Var& weight, const Var& counted, Loc loc) {
  Var w;
  if (!weight.empty()) {
    w = fitted(rule.name, weight, losses, loc);
    losses = absorb_multiply(w, losses);  // 0 · ∞ is 0 here
  }
  const Reduction how = rule.reduction;
  if (how == Reduction::none || losses.rank() == 0) return losses;
  if (how == Reduction::sum || losses.size() == 0) return sum(losses);
  if (how == Reduction::mean_with_sample_weight && !w.empty()) {
    if (!counted.empty()) w = where(counted, w, 0);
    const double times = static_cast<double>(losses.size()) / static_cast<double>(w.size());
    return over(sum(losses), sum(w) * times);
  }
  if (!counted.empty()) return over(sum(losses), astype(sum(counted), losses.dtype()));
  return mean(losses);
}

}  // namespace

const detail::LossRule& Loss::rule(Loc loc) const {
  if (!rule_) throw ArgError("Loss", "needs a loss; got none (a function, a name, a class form or a callable)", loc);
  return *rule_;
}

const std::string& Loss::name() const noexcept {
  static const std::string none;
  return rule_ ? rule_->name : none;
}

Var Loss::per_sample(const Var& y_true, const Var& y_pred, Loc loc) const {
  const detail::LossRule& how = rule(loc);
  if (how.own_lines) return how.per_sample(y_true, y_pred);
  const losses::At at(loc);
  return how.per_sample(y_true, y_pred);
}

Var Loss::operator()(const Var& y_true, const Var& y_pred, Loc loc) const {
  return (*this)(y_true, y_pred, Var(), loc);
}

Var Loss::operator()(const Var& y_true, const Var& y_pred, const Var& sample_weight, Loc loc) const {
  Var losses = per_sample(y_true, y_pred, loc);
  const losses::At at(loc);
  Var counted = rule_->counted(y_true, y_pred);
  const Var mask = mask_of(y_pred);
  if (mask.valid() && mask.shape() == losses.shape()) {
    losses = where(mask, losses, 0);
    counted = counted.empty() ? mask : logical_and(counted, mask);
  }
  return reduced(*rule_, losses, sample_weight, counted, loc);
}

}  // namespace xgrad
