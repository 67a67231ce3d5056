#pragma once
/// \file ActivationFn: an activation as an option, by function, by name or as any callable.

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "xgrad/tape/arg.hpp"

namespace xgrad {

class Settings;

/// A function of one Var that a layer applies to its result: `relu`, `"relu"`, or `[](Var x) { return x * sigmoid(x);
/// }`.
///
/// Functions of the library are known by their address, so that a layer may fuse them; their names are the snake_case
/// names of the functions ("linear" is none, "swish" is silu).
class ActivationFn {
 public:
  /// The identity, "linear".
  ActivationFn() noexcept = default;
  ActivationFn(Var (*function)(Arg)) noexcept : function_(function) {}  // NOLINT: .activation = relu
  /// @throws ArgError for an unknown name, with the near ones
  ActivationFn(std::string_view name, Loc loc = Loc::current());                                           // NOLINT
  ActivationFn(const char* name, Loc loc = Loc::current()) : ActivationFn(std::string_view(name), loc) {}  // NOLINT
  template <class F>
  requires(std::is_invocable_r_v<Var, F&, Var> && !std::same_as<std::decay_t<F>, ActivationFn> &&
           !std::convertible_to<F, Var (*)(Arg)>) ActivationFn(F f)
      : callable_(std::make_shared<std::function<Var(Var)>>(std::move(f))) {}  // NOLINT

  /// The function's address; null for the identity and for callables.
  Var (*function() const noexcept)(Arg) { return function_; }
  bool linear() const noexcept { return !function_ && !callable_; }
  /// Whether the result has the operand's shape, as far as is known: of the library's all but glu, of one's own none.
  bool keeps_shape() const noexcept;
  /// "relu"; "linear" for the identity, "lambda" for what has no name.
  std::string name() const;
  Var operator()(Arg x) const;
  /// For files. @throws ArgError for a function of one's own
  void settings(Settings& s);

 private:
  Var (*function_)(Arg) = nullptr;
  std::shared_ptr<std::function<Var(Var)>> callable_;
};

}  // namespace xgrad
