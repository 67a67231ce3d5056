#pragma once
/// \file Arg and ArrayArg: what ops take, and where the user wrote it.

#include "xgrad/tape/parameter.hpp"
#include "xgrad/tape/var.hpp"

namespace xgrad {

/// An operand of a recording op: a Var, Parameter, Array, number or xtensor expression, and the user's line.
class Arg {
 public:
  Arg(const Var& v, Loc loc = Loc::current()) : var_(v), file_(loc.file), line_(loc.line) {}                 // NOLINT
  Arg(Var&& v, Loc loc = Loc::current()) noexcept : var_(std::move(v)), file_(loc.file), line_(loc.line) {}  // NOLINT
  Arg(const Parameter& p, Loc loc = Loc::current())
      : parameter_(p.state()), file_(loc.file), line_(loc.line) {}                                   // NOLINT
  Arg(const Array& a, Loc loc = Loc::current()) : var_(a, loc), file_(loc.file), line_(loc.line) {}  // NOLINT
  template <Number T>
  Arg(T number, Loc loc = Loc::current()) : var_(number, loc), file_(loc.file), line_(loc.line) {}  // NOLINT
  template <XtExpression E>
  Arg(const E& expression, Loc loc = Loc::current())
      : var_(Array(expression), loc), file_(loc.file), line_(loc.line) {}  // NOLINT

  Loc loc() const noexcept { return {file_, line_}; }
  /// The parameter, or null.
  const std::shared_ptr<detail::ParameterState>& parameter() const noexcept { return parameter_; }
  /// The Var of any other operand.
  const Var& var() const noexcept { return var_; }
  const Array& value() const { return parameter_ ? parameter_->value : var_.value(loc()); }
  const Shape& shape() const { return value().shape(); }
  DType dtype() const { return value().dtype(); }
  int rank() const { return shape().rank(); }

 private:
  Var var_;
  std::shared_ptr<detail::ParameterState> parameter_;
  // A Loc in two parts, so that a move copies them as they were written: one wide load would wait for both stores.
  const char* file_;
  unsigned line_;
};

/// An operand of an op on Arrays alone. A Var or Parameter does not convert to it: their ops record.
class ArrayArg {
 public:
  ArrayArg(const Array& a, Loc loc = Loc::current()) : arg_(a, loc) {}  // NOLINT
  template <Number T>
  ArrayArg(T number, Loc loc = Loc::current()) : arg_(number, loc) {}  // NOLINT
  template <XtExpression E>
  ArrayArg(const E& expression, Loc loc = Loc::current()) : arg_(expression, loc) {}  // NOLINT
  const Arg& arg() const noexcept { return arg_; }
  Loc loc() const noexcept { return arg_.loc(); }

 private:
  Arg arg_;
};

/// Exactly an Array: the overloads that leave xtensor's own functions of the same name alone.
template <class A>
concept IsArray = std::is_same_v<A, Array>;
/// An Array, a number or an xtensor expression: the first operand of an op on Arrays alone.
template <class A>
concept ArrayLike = IsArray<A> || Number<A> || XtExpression<A>;
/// An Array or an xtensor expression, for functions whose name xtensor does not have.
template <class A>
concept ArrayOrXt = IsArray<A> || XtExpression<A>;

}  // namespace xgrad
