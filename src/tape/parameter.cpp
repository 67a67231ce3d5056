#include "xgrad/tape/parameter.hpp"

#include <atomic>
#include <mutex>

#include "tape/row_gradient.hpp"
#include "tape/tape_state.hpp"

namespace xgrad {

namespace {
void check_fits(const char* operation, const detail::ParameterState& p, const Array& value, Loc loc) {
  const bool shape = value.shape() == p.value.shape();
  if (shape && value.dtype() == p.value.dtype()) return;
  const std::string needs = "needs " + signature(p.value) + " for parameter '" + p.name + "'; got " + signature(value);
  if (!shape) throw ShapeError(operation, needs, loc);
  throw DTypeError(operation, needs, loc);
}
}  // namespace

Parameter::Parameter(std::string name, const Array& value, Loc loc)
    : state_(std::make_shared<detail::ParameterState>()) {
  static std::atomic<std::uint64_t> ids{0};
  if (!is_floating(value.dtype()))
    throw DTypeError(
        "Parameter",
        "needs float32 or float64, the types that carry a gradient, for '" + name + "'; got " + signature(value), loc);
  state_->name = std::move(name);
  state_->label = detail::intern(state_->name);
  state_->value = value;
  state_->id = ++ids;
}

const Array& Parameter::grad(Loc loc) const {
  if (!state_->has_gradient)
    throw GraphError("Parameter::grad",
                     "needs a gradient of parameter '" + state_->name +
                         "'; got none (no backward() since it was made or zero_grad() was called)",
                     loc);
  if (state_->rows) {
    static std::mutex making;  // two readers may be the first
    const std::lock_guard lock(making);
    if (!state_->gradient.has_memory()) state_->gradient = detail::whole_table(*state_->rows, state_->value);
  }
  return state_->gradient;
}

void Parameter::zero_grad() const noexcept {
  state_->rows.reset();
  state_->gradient.release();
  state_->has_gradient = false;
}

void Parameter::set_grad(const Array& gradient, Loc loc) const {
  check_fits("Parameter::set_grad", *state_, gradient, loc);
  state_->rows.reset();
  state_->gradient = gradient;
  state_->has_gradient = true;
}

void Parameter::assign(const Array& value, Loc loc) const {
  check_fits("Parameter::assign", *state_, value, loc);
  state_->value = value;
  ++state_->version;
}

void zero_grad(const Parameters& parameters) noexcept {
  for (const Parameter& p : parameters) p.zero_grad();
}

std::string to_string(const Parameter& p) { return "Parameter '" + p.name() + "' " + to_string(p.value()); }
std::ostream& operator<<(std::ostream& out, const Parameter& p) { return out << to_string(p); }

}  // namespace xgrad
