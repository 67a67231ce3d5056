#include "optim/step.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace xgrad {

void UpdateOptions::check(const char* optimizer, Loc loc) const {
  const auto fail = [&](const std::string& problem) { throw ArgError(optimizer, problem, loc); };
  const auto positive = [&](const std::optional<double>& x, const char* what) {
    if (x && !(*x > 0)) fail(std::string("needs a positive ") + what + "; got " + std::to_string(*x));
  };
  positive(clipnorm, "clipnorm");
  positive(clipvalue, "clipvalue");
  positive(global_clipnorm, "global_clipnorm");
  if (clipnorm.has_value() + clipvalue.has_value() + global_clipnorm.has_value() > 1) {
    std::string set;
    const auto add = [&set](bool is_set, const char* what) {
      set += is_set ? (set.empty() ? "" : " and ") + std::string(what) : "";
    };
    add(clipnorm.has_value(), "clipnorm");
    add(clipvalue.has_value(), "clipvalue");
    add(global_clipnorm.has_value(), "global_clipnorm");
    fail("needs one kind of clipping; got " + set);
  }
  if (weight_decay && !(*weight_decay >= 0))
    fail("needs a weight_decay that is not negative; got " + std::to_string(*weight_decay));
  if (use_ema && !(ema_momentum >= 0 && ema_momentum <= 1))
    fail("needs an ema_momentum from 0 to 1; got " + std::to_string(ema_momentum));
  if (ema_overwrite_frequency && *ema_overwrite_frequency < 1)
    fail("needs an ema_overwrite_frequency of at least 1; got " + std::to_string(*ema_overwrite_frequency));
  if (gradient_accumulation_steps < 1)
    fail("needs gradient_accumulation_steps of at least 1; got " + std::to_string(gradient_accumulation_steps));
  if (lazy && gradient_accumulation_steps > 1)
    fail("needs gradient_accumulation_steps of 1 with lazy, for sums are of whole tables; got " +
         std::to_string(gradient_accumulation_steps));
}

namespace detail {
namespace {

bool accumulates(const UpdateOptions& options) { return options.gradient_accumulation_steps > 1; }

std::size_t all_slots(const StepRule& rule) {
  return rule.slot_count + (rule.options.use_ema ? 1 : 0) + (accumulates(rule.options) ? 1 : 0);
}

bool all_zero(const Array& a) {
  return visit_dtype(a.dtype(), [&a]<class T>() {
    return std::all_of(memory<T>(a), memory<T>(a) + a.size(), [](T x) { return x == T(0); });
  });
}

bool decays(const UpdateOptions& options, const Parameter& p) {
  return std::none_of(options.exclude_from_weight_decay.begin(), options.exclude_from_weight_decay.end(),
                      [&p](const std::string& part) { return p.name().find(part) != std::string::npos; });
}

}  // namespace

double sum_squares(const Array& a) {
  return a.dtype() == DType::float32 ? kernels::sum_squares(a.size(), memory<float>(a))
                                     : kernels::sum_squares(a.size(), memory<double>(a));
}

bool takes_part(const StepRule& rule, const Parameter& p) {
  if (!p.trainable()) return false;
  if (p.has_grad() || !accumulates(rule.options)) return p.has_grad();
  const auto* entry = rule.state.find(p);  // no gradient now, but perhaps one in an earlier call
  return entry != nullptr && entry->slots.size() == all_slots(rule) && !all_zero(entry->slots.back());
}

const RowGradient* rows_to_update(const StepRule& rule, const Parameter& p) {
  const UpdateOptions& options = rule.options;
  if (!p.row_grad() || accumulates(options)) return nullptr;
  const std::optional<double> decay = rule.weight_decay ? rule.weight_decay : options.weight_decay;
  const bool rests = rule.rests && !(decay && *decay != 0 && decays(options, p));
  return options.lazy || rests ? &*p.row_grad() : nullptr;
}

const Array& gradient_of(const StepRule& rule, const Parameter& p, const std::vector<Array>& slots) {
  if (accumulates(rule.options)) return slots.back();
  const RowGradient* rows = rows_to_update(rule, p);
  return rows ? rows->rows : p.grad();
}

StepPlan begin_step(const StepRule& rule, const Parameters& parameters, Loc loc) {
  const UpdateOptions& options = rule.options;
  OptimizerState& state = rule.state;
  options.check(rule.name, loc);
  check_gradients(rule.name, parameters, loc);
  StepPlan plan;
  plan.learning_rate = rule.learning_rate(state.iterations);
  plan.plain = !rule.weight_decay && !options.clipnorm && !options.clipvalue && !options.global_clipnorm &&
               !options.weight_decay && !options.use_ema && !accumulates(options);
  const std::int64_t round = options.gradient_accumulation_steps;
  plan.step = state.iterations / round + 1;
  plan.updates = (state.iterations + 1) % round == 0;
  for (const Parameter& p : parameters) {
    if (!p.trainable()) continue;
    OptimizerState::Entry* entry = p.has_grad() ? &state.ready(p, all_slots(rule), rule.first_value) : state.find(p);
    if (entry == nullptr) continue;
    for (Array& slot : entry->slots) slot.detach();
    if (plan.updates) p.state()->value.detach();
  }
  // From here on nothing fails.
  if (accumulates(options)) {
    for (const Parameter& p : parameters) {
      if (!p.trainable() || !p.has_grad()) continue;
      Array& sum = state.find(p)->slots.back();
      if (sum.dtype() == DType::float32) {
        kernels::accumulate(sum.size(), memory<float>(sum), memory<float>(p.grad()));
      } else {
        kernels::accumulate(sum.size(), memory<double>(sum), memory<double>(p.grad()));
      }
    }
    plan.scale = 1 / static_cast<double>(round);
  }
  if (plan.updates && options.global_clipnorm) {
    double squares = 0;
    for (const Parameter& p : parameters)
      if (takes_part(rule, p)) {
        const auto* entry = state.find(p);
        squares += sum_squares(gradient_of(rule, p, entry->slots));
      }
    const double norm = plan.scale * std::sqrt(squares), most = *options.global_clipnorm;
    plan.scale *= std::isfinite(norm) ? most / std::max(norm, most) : std::nan("");
  }
  return plan;
}

kernels::Adjustment adjustment(const StepRule& rule, const StepPlan& plan, const Parameter& p, const Array& gradient) {
  const UpdateOptions& options = rule.options;
  kernels::Adjustment adjust{.scale = plan.scale};
  if (options.clipnorm) {
    const double norm = plan.scale * std::sqrt(sum_squares(gradient));
    adjust.scale *= *options.clipnorm / (norm < *options.clipnorm ? *options.clipnorm : norm);  // NaN stays
  }
  if (options.clipvalue) adjust.limit = *options.clipvalue;
  const std::optional<double> decay = rule.weight_decay ? rule.weight_decay : options.weight_decay;
  if (decay && decays(options, p)) adjust.decay = *decay * plan.learning_rate;
  return adjust;
}

void end_step(const StepRule& rule, const StepPlan& plan, const Parameters& parameters) {
  const UpdateOptions& options = rule.options;
  const auto frequency = options.ema_overwrite_frequency;
  const bool overwrite = frequency && plan.step % *frequency == 0;
  for (const Parameter& p : parameters) {
    if (!plan.updates || !p.trainable()) continue;
    auto* entry = rule.state.find(p);
    if (entry == nullptr || entry->slots.size() != all_slots(rule)) continue;
    if (options.use_ema) {
      Array& mean = entry->slots[rule.slot_count];
      const double momentum = entry->averaged && plan.step > 1 ? options.ema_momentum : 0;
      Array& value = overwrite ? p.mutable_value() : p.state()->value;
      if (mean.dtype() == DType::float32) {
        kernels::average(mean.size(), memory<float>(mean), memory<float>(value), momentum, overwrite);
      } else {
        kernels::average(mean.size(), memory<double>(mean), memory<double>(value), momentum, overwrite);
      }
      entry->averaged = true;
    }
    if (accumulates(options)) {
      Array& sum = entry->slots.back();
      if (sum.size() > 0) std::memset(sum.raw(), 0, sum.bytes());
    }
  }
}

}  // namespace detail
}  // namespace xgrad
