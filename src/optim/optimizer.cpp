#include "xgrad/optim/optimizer.hpp"

#include <cmath>

#include "optim/step.hpp"

namespace xgrad {

namespace {

void scale(Array& a, double factor) {
  a.detach();
  visit_dtype(a.dtype(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      T* p = detail::memory<T>(a);
      for (std::int64_t i = 0; i < a.size(); ++i) p[i] *= static_cast<T>(factor);
    }
  });
}

}  // namespace

std::span<const Array> OptimizerState::slots(const Parameter& parameter) const {
  const auto found = entries_.find(parameter.id());
  if (found == entries_.end()) return {};
  return found->second.slots;
}

void OptimizerState::set_slots(const Parameter& parameter, std::vector<Array> slots, Loc loc) {
  for (const Array& slot : slots) {
    const std::string problem = "needs slots like parameter '" + parameter.name() + "', " +
                                signature(parameter.value()) + "; got " + signature(slot);
    if (slot.shape() != parameter.shape()) throw ShapeError("OptimizerState::set_slots", problem, loc);
    if (slot.dtype() != parameter.dtype()) throw DTypeError("OptimizerState::set_slots", problem, loc);
  }
  entries_[parameter.id()] = {std::move(slots), true};
}

OptimizerState::Entry& OptimizerState::ready(const Parameter& parameter, std::size_t count, double first_value) {
  const auto found = entries_.find(parameter.id());
  if (found != entries_.end() && found->second.slots.size() == count) return found->second;
  Entry fresh;
  for (std::size_t i = 0; i < count; ++i)
    fresh.slots.push_back(i == 0 && first_value != 0 ? full_like(parameter.value(), first_value)
                                                     : zeros_like(parameter.value()));
  return entries_[parameter.id()] = std::move(fresh);
}

OptimizerState::Entry* OptimizerState::find(const Parameter& parameter) {
  const auto found = entries_.find(parameter.id());
  return found == entries_.end() ? nullptr : &found->second;
}

void detail::use_averages(OptimizerState& state, std::size_t place, const Parameters& parameters) {
  for (const Parameter& p : parameters) {
    const OptimizerState::Entry* entry = state.find(p);
    if (entry != nullptr && entry->averaged && place < entry->slots.size()) p.assign(entry->slots[place]);
  }
}

void detail::check_gradients(const char* name, const Parameters& parameters, Loc loc) {
  for (const Parameter& p : parameters)
    if (p.trainable() && p.has_grad()) return;
  std::string names;
  for (const Parameter& p : parameters)
    names += (names.empty() ? "'" : ", '") + p.name() + (p.trainable() ? "'" : "' (frozen)");
  throw GraphError(std::string(name) + "::step",
                   "needs a gradient of at least one trainable parameter (backward(loss) gives them); got " +
                       (names.empty() ? "no parameters" : "none for " + names),
                   loc);
}

double clip_grad_norm(const Parameters& parameters, double max_norm, Loc loc) {
  if (!(max_norm > 0))
    throw ArgError("clip_grad_norm", "needs a positive max_norm; got " + std::to_string(max_norm), loc);
  double squares = 0;
  for (const Parameter& p : parameters) {
    if (!p.has_grad()) continue;
    squares += detail::sum_squares(p.row_grad() ? p.row_grad()->rows : p.grad());
  }
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm))
    throw NonFiniteError("clip_grad_norm", "needs finite gradients; got a norm of " + std::to_string(norm), loc);
  if (norm <= max_norm) return norm;
  for (const Parameter& p : parameters) {
    if (!p.has_grad()) continue;
    if (p.row_grad()) scale(p.state()->rows->rows, max_norm / norm);
    if (Array& whole = p.state()->gradient; whole.has_memory()) scale(whole, max_norm / norm);
  }
  return norm;
}

}  // namespace xgrad
