#include "xgrad/optim/optimizer.hpp"

#include <cmath>

#include "optim/step.hpp"

namespace xgrad {

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
    squares += p.dtype() == DType::float32 ? kernels::sum_squares(p.size(), detail::memory<float>(p.grad()))
                                           : kernels::sum_squares(p.size(), detail::memory<double>(p.grad()));
  }
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm))
    throw NonFiniteError("clip_grad_norm", "needs finite gradients; got a norm of " + std::to_string(norm), loc);
  if (norm <= max_norm) return norm;
  for (const Parameter& p : parameters) {
    if (!p.has_grad()) continue;
    Array& gradient = p.state()->gradient;
    gradient.detach();
    visit_dtype(p.dtype(), [&]<class T>() {
      if constexpr (std::is_floating_point_v<T>) {
        const T scale = static_cast<T>(max_norm / norm);
        T* g = detail::memory<T>(gradient);
        for (std::int64_t i = 0; i < p.size(); ++i) g[i] *= scale;
      }
    });
  }
  return norm;
}

}  // namespace xgrad
