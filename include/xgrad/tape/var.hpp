#pragma once
/// \file Var: a value on a tape.

#include <string>
#include <string_view>
#include <utility>

#include "xgrad/tape/node.hpp"

namespace xgrad {

class Parameter;

/// A handle to a value: on a tape, where ops that read it are recorded, or a loose constant, on none.
///
/// Ops take Vars and give Vars. An Array, a number or an xtensor expression converts to a Var and is then a constant; a
/// Parameter converts to its leaf on the open tape. A Var never converts to an Array: that would silently drop its
/// gradient; `value()` says so aloud.
///
/// Copies are cheap, counted and confined to one thread. A Var may outlive its scope, but any use of it then throws
/// StaleHandle. There is no in-place arithmetic: `a += b` makes `a` the handle of a new value.
class Var : public operators::Operand {
 public:
  /// Refers to nothing; any use but assignment throws StaleHandle.
  Var() noexcept = default;
  Var(const Array& value, Loc loc = Loc::current());          // NOLINT(google-explicit-constructor)
  Var(const Parameter& parameter, Loc loc = Loc::current());  // NOLINT(google-explicit-constructor)
  template <Number T>
  Var(T number, Loc loc = Loc::current()) : Var(from_number(number, loc)) {}  // NOLINT(google-explicit-constructor)
  template <XtExpression E>
  Var(const E& expression, Loc loc = Loc::current())
      : Var(Array(expression), loc) {}  // NOLINT(google-explicit-constructor)

  Var(const Var& other) noexcept : node_(other.node_), serial_(other.serial_) {
    if (alive()) ++node_->handles;
  }
  Var(Var&& other) noexcept : node_(std::exchange(other.node_, nullptr)), serial_(other.serial_) {}
  Var& operator=(const Var& other) noexcept {
    Var copy(other);
    swap(copy);
    return *this;
  }
  Var& operator=(Var&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Var() {
    if (alive() && --node_->handles == 0) detail::last_handle_gone(node_);
  }

  const Shape& shape(Loc loc = Loc::current()) const { return node(loc)->value.shape(); }
  DType dtype(Loc loc = Loc::current()) const { return node(loc)->value.dtype(); }
  int rank(Loc loc = Loc::current()) const { return shape(loc).rank(); }
  std::int64_t size(Loc loc = Loc::current()) const { return shape(loc).size(); }

  /// The number behind the handle, shared without a copy.
  const Array& value(Loc loc = Loc::current()) const { return node(loc)->value; }
  /// The one element of a value of size 1. @throws ShapeError for any other size
  template <Number T>
  T item(Loc loc = Loc::current()) const {
    return value(loc).item<T>(loc);
  }
  /// An xtensor container with the values. @throws DTypeError when T is not the element type
  template <Element T>
  auto as(Loc loc = Loc::current()) const {
    return Array(value(loc)).as<T>(loc);
  }

  /// Whether gradients flow through this value: it is, or was computed from, a variable or a trainable parameter.
  bool needs_grad(Loc loc = Loc::current()) const { return node(loc)->needs_grad(); }
  /// The same value as a constant: no gradient flows through it.
  Var detach(Loc loc = Loc::current()) const { return Var(value(loc), loc); }
  /// After a sweep over a tape opened with `{.keep_values = true}`: the cotangent that arrived here.
  /// @throws GraphError where none is kept
  const Array& grad(Loc loc = Loc::current()) const;

  /// Names the value in errors, drawings and traces; returns the Var itself.
  Var& label(std::string_view name, Loc loc = Loc::current());
  std::string label(Loc loc = Loc::current()) const;

  /// False for a default-made Var, and once the node is gone.
  bool valid() const noexcept { return alive(); }
  /// True for a default-made Var: it never held a value.
  bool empty() const noexcept { return node_ == nullptr; }
  /// Position on the tape, as `tape.print()` numbers it; −1 for a loose constant.
  std::int64_t index(Loc loc = Loc::current()) const;

  // --- for the engine ---
  /// The node. @throws StaleHandle, WrongThread
  detail::Node* node(Loc loc = Loc::current()) const {
    if (!alive() || (node_->tape && detail::thread_of(node_) != detail::this_thread()))
      detail::refuse_handle(node_, serial_, loc);
    return node_;
  }
  explicit Var(detail::Node* node) noexcept : node_(node), serial_(node->serial) { ++node->handles; }

 private:
  bool alive() const noexcept { return node_ && node_->serial == serial_; }
  void swap(Var& other) noexcept {
    std::swap(node_, other.node_);
    std::swap(serial_, other.serial_);
  }
  template <Number T>
  static Var from_number(T number, Loc loc) {
    if constexpr (std::is_same_v<T, bool>) {
      return Var(Array::scalar(number), loc);
    } else {
      return weak(Array::scalar(number), loc);
    }
  }
  static Var weak(const Array& number, Loc loc);

  detail::Node* node_ = nullptr;
  std::uint64_t serial_ = 0;
};

/// Prints signature, label and values.
std::ostream& operator<<(std::ostream& out, const Var& v);
std::string to_string(const Var& v);

}  // namespace xgrad
