#include "xgrad/optim/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

namespace xgrad {
namespace {

void need(bool holds, const char* schedule, const std::string& what, double got, Loc loc) {
  if (!holds) throw ArgError(schedule, "needs " + what + "; got " + std::to_string(got), loc);
}
void need_steps(std::int64_t steps, const char* schedule, const char* field, Loc loc) {
  if (steps < 1)
    throw ArgError(schedule, std::string("needs ") + field + " of at least 1; got " + std::to_string(steps), loc);
}

/// From 1 at the start to alpha at the end, with peaks of `height`.
double half_cosine(double part, double height, double alpha) {
  return (1 - alpha) * 0.5 * height * (1 + std::cos(std::numbers::pi * part)) + alpha;
}

double ratio(std::int64_t step, std::int64_t steps) { return static_cast<double>(step) / static_cast<double>(steps); }

}  // namespace

Schedule::operator double() const {
  if (!constant())
    throw ArgError("Schedule",
                   "needs a constant learning rate to be read as a number; got a function of the step "
                   "(call it with the step)",
                   Loc{});
  return rate_;
}

double ExponentialDecay::operator()(std::int64_t step) const {
  const double part = ratio(step, decay_steps);
  return initial_learning_rate * std::pow(decay_rate, staircase ? std::floor(part) : part);
}
void ExponentialDecay::check(Loc loc) const {
  need_steps(decay_steps, "ExponentialDecay", "decay_steps", loc);
  need(decay_rate >= 0, "ExponentialDecay", "a decay_rate that is not negative", decay_rate, loc);
}

double PiecewiseConstantDecay::operator()(std::int64_t step) const {
  // The first boundary that is not below the step has the step's index.
  const auto at = std::lower_bound(boundaries.begin(), boundaries.end(), step) - boundaries.begin();
  return values.at(static_cast<std::size_t>(at));
}
void PiecewiseConstantDecay::check(Loc loc) const {
  if (values.size() != boundaries.size() + 1)
    throw ArgError("PiecewiseConstantDecay",
                   "needs one value more than boundaries; got " + std::to_string(values.size()) + " values and " +
                       std::to_string(boundaries.size()) + " boundaries",
                   loc);
  for (std::size_t i = 1; i < boundaries.size(); ++i)
    if (boundaries[i] <= boundaries[i - 1])
      throw ArgError("PiecewiseConstantDecay",
                     "needs rising boundaries; got " + std::to_string(boundaries[i - 1]) + " before " +
                         std::to_string(boundaries[i]),
                     loc);
}

double PolynomialDecay::operator()(std::int64_t step) const {
  double part = ratio(step, decay_steps);
  if (!cycle) {
    part = std::min(part, 1.0);
  } else if (step > 0) {
    part = static_cast<double>(step) / (static_cast<double>(decay_steps) * std::ceil(part));
  }
  return (initial_learning_rate - end_learning_rate) * std::pow(1 - part, power) + end_learning_rate;
}
void PolynomialDecay::check(Loc loc) const { need_steps(decay_steps, "PolynomialDecay", "decay_steps", loc); }

double InverseTimeDecay::operator()(std::int64_t step) const {
  const double part = ratio(step, decay_steps);
  return initial_learning_rate / (1 + decay_rate * (staircase ? std::floor(part) : part));
}
void InverseTimeDecay::check(Loc loc) const {
  need_steps(decay_steps, "InverseTimeDecay", "decay_steps", loc);
  need(decay_rate >= 0, "InverseTimeDecay", "a decay_rate that is not negative", decay_rate, loc);
}

double CosineDecay::operator()(std::int64_t step) const {
  double top = initial_learning_rate;
  if (warmup_target) {
    if (step < warmup_steps)
      return initial_learning_rate + (*warmup_target - initial_learning_rate) * ratio(step, warmup_steps);
    step -= warmup_steps;
    top = *warmup_target;
  }
  return top * half_cosine(ratio(std::min(step, decay_steps), decay_steps), 1, alpha);
}
void CosineDecay::check(Loc loc) const {
  need_steps(decay_steps, "CosineDecay", "decay_steps", loc);
  need(warmup_steps >= 0, "CosineDecay", "warmup_steps that are not negative", static_cast<double>(warmup_steps), loc);
  need(warmup_steps == 0 || warmup_target, "CosineDecay", "a warmup_target where there are warmup_steps",
       static_cast<double>(warmup_steps), loc);
}

double CosineDecayRestarts::operator()(std::int64_t step) const {
  const double passed = ratio(step, first_decay_steps);
  double i, part;
  if (t_mul == 1) {
    i = std::floor(passed);
    part = passed - i;
  } else {
    // Cosine i begins after (t_mulⁱ − 1) / (t_mul − 1) first lengths. The logarithm may round to either side of a
    // restart.
    const auto begin = [this](double k) { return (std::pow(t_mul, k) - 1) / (t_mul - 1); };
    i = std::floor(std::log1p(passed * (t_mul - 1)) / std::log(t_mul));
    if (begin(i + 1) <= passed) ++i;
    if (begin(i) > passed) --i;
    part = (passed - begin(i)) / std::pow(t_mul, i);
  }
  return initial_learning_rate * half_cosine(part, std::pow(m_mul, i), alpha);
}
void CosineDecayRestarts::check(Loc loc) const {
  need_steps(first_decay_steps, "CosineDecayRestarts", "first_decay_steps", loc);
  need(t_mul >= 1, "CosineDecayRestarts", "a t_mul of at least 1", t_mul, loc);
}

}  // namespace xgrad
