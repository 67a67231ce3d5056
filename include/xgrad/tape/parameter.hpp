#pragma once
/// \file Parameter: a named value that is learned, and its gradient.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// The gradient of a table of which few rows were read: zero in all others.
struct RowGradient {
  Array indices;  ///< int64[k]: which rows, ascending, each once
  Array rows;     ///< [k, …]: their gradients
};

namespace detail {
struct ParameterState {
  std::string name;
  Array value;
  bool has_gradient = false;
  std::optional<RowGradient> rows;  // the gradient, where lookups alone gave it
  Array gradient;                   // else the gradient; with `rows` the same as a whole table, once it was asked for
  bool trainable = true;
  std::uint64_t version = 0;
  std::uint64_t id = 0;         // process-wide
  const char* label = nullptr;  // the name, interned
};
}  // namespace detail

/// A named value and its gradient. Copies are handles to the same parameter. It belongs to no tape: where an op reads
/// it, the open tape makes one leaf that shares the value's memory. Values change through `assign` and optimizers only.
class Parameter : public operators::Operand {
 public:
  /// @param name how errors, drawings and files call it
  /// @param value its first value, of a floating type @throws DTypeError for any other
  Parameter(std::string name, const Array& value, Loc loc = Loc::current());

  const std::string& name() const noexcept { return state_->name; }
  const Array& value() const noexcept { return state_->value; }
  const Shape& shape() const noexcept { return state_->value.shape(); }
  DType dtype() const noexcept { return state_->value.dtype(); }
  std::int64_t size() const noexcept { return state_->value.size(); }

  /// The gradient that `backward` has added up since the last `zero_grad`. @throws GraphError while there is none
  /// Where rows were looked up (`row_grad`), the whole table is made at the first call.
  const Array& grad(Loc loc = Loc::current()) const;
  /// The gradient as rows, where it came from lookups alone: `take` and `gather` along the first axis, `embedding_bag`,
  /// and so Embedding. Nothing where there is no gradient, or one of all elements: another op read the table too, or a
  /// sweep was being watched.
  const std::optional<RowGradient>& row_grad() const noexcept { return state_->rows; }
  bool has_grad() const noexcept { return state_->has_gradient; }
  /// Marks the gradient absent: the next sweep writes it instead of adding to it.
  void zero_grad() const noexcept;
  /// Sets the gradient. @throws ShapeError, DTypeError where it does not fit the value
  void set_grad(const Array& gradient, Loc loc = Loc::current()) const;

  /// Replaces the value. @throws ShapeError, DTypeError where it does not fit
  void assign(const Array& value, Loc loc = Loc::current()) const;
  /// Whether gradients flow into it. A frozen parameter is a constant to the ops that read it.
  bool trainable() const noexcept { return state_->trainable; }
  void set_trainable(bool trainable) const noexcept { state_->trainable = trainable; }
  /// Counts the changes of the value.
  std::uint64_t version() const noexcept { return state_->version; }
  /// Tells parameters apart for as long as the process runs.
  std::uint64_t id() const noexcept { return state_->id; }

  // --- for optimizers and the engine ---
  explicit Parameter(std::shared_ptr<detail::ParameterState> state) noexcept : state_(std::move(state)) {}
  /// The value, to be written in place; counts as a change.
  Array& mutable_value() const noexcept {
    ++state_->version;
    return state_->value;
  }
  const std::shared_ptr<detail::ParameterState>& state() const noexcept { return state_; }
  friend bool operator==(const Parameter& a, const Parameter& b) noexcept { return a.state_ == b.state_; }

 private:
  std::shared_ptr<detail::ParameterState> state_;
};

/// "Parameter 'w' float32[784,10] [[0.03, …": its name and value, needing no tape.
std::string to_string(const Parameter& p);
std::ostream& operator<<(std::ostream& out, const Parameter& p);

/// Several parameters, as functions take them: `{w, b}` or a vector.
using Parameters = std::vector<Parameter>;

/// Marks the gradients absent.
void zero_grad(const Parameters& parameters) noexcept;

}  // namespace xgrad
