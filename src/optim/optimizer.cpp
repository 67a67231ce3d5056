#include "xgrad/optim/optimizer.hpp"

#include <cmath>

namespace xgrad {

std::span<const Array> OptimizerState::slots(const Parameter& parameter) const {
  const auto found = slots_.find(parameter.id());
  if (found == slots_.end()) return {};
  return found->second;
}

void OptimizerState::set_slots(const Parameter& parameter, std::vector<Array> slots, Loc loc) {
  for (const Array& slot : slots) {
    const std::string problem = "needs slots like parameter '" + parameter.name() + "', " +
                                signature(parameter.value()) + "; got " + signature(slot);
    if (slot.shape() != parameter.shape()) throw ShapeError("OptimizerState::set_slots", problem, loc);
    if (slot.dtype() != parameter.dtype()) throw DTypeError("OptimizerState::set_slots", problem, loc);
  }
  slots_[parameter.id()] = std::move(slots);
}

std::vector<Array>& OptimizerState::ready(const Parameter& parameter, std::size_t count) {
  const auto found = slots_.find(parameter.id());
  if (found != slots_.end() && found->second.size() == count) return found->second;
  std::vector<Array> fresh;
  for (std::size_t i = 0; i < count; ++i) fresh.push_back(zeros_like(parameter.value()));
  return slots_[parameter.id()] = std::move(fresh);
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
    visit_dtype(p.dtype(), [&]<class T>() {
      const T* g = detail::memory<T>(p.grad());
      for (std::int64_t i = 0; i < p.size(); ++i) squares += static_cast<double>(g[i]) * static_cast<double>(g[i]);
    });
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
