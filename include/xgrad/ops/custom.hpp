#pragma once
/// \file custom: a user's own op.
///
/// Most ops need none of this: a plain function of Vars has its gradient already. `custom` is for a gradient rule of
/// one's own, or for a value that is computed outside xgrad.
///
/// ```cpp
/// // From a function of Vars, with another gradient: the value passes, the gradient is clipped.
/// auto clip_gradient = custom("clip_gradient", [](Var x) { return x; },
///                             [](const CustomVjp& c) { return clip(c.grad(), -1, 1); });
/// Var y = clip_gradient(x);
///
/// // From a kernel on Arrays, with the rule written in ops: every order of derivative follows from it.
/// auto my_exp = custom("my_exp", [](const Array& x) { return compute(x); },
///                      [](const CustomVjp& c) { return c.grad() * c.out(); });
///
/// // With a rule on Arrays alone: first derivatives only; asking for a graph of the gradient throws NotDifferentiable.
/// auto raw = custom("raw", [](const Array& x) { return compute(x); },
///                   [](const CustomBackward& c) { return slope(c.in(0), c.grad()); });
/// ```
///
/// A rule reads its operands, its result and the cotangent, nothing else: what it needs besides must be an operand. A
/// Var that the forward function has captured counts as a constant. Whatever user code throws passes through, and the
/// tape is as it was.

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "xgrad/tape/mode.hpp"
#include "xgrad/tape/op.hpp"

namespace xgrad {

/// What a rule written in ops sees: the cotangent, the operands and the result, as Vars.
class CustomVjp {
 public:
  explicit CustomVjp(const Vjp& vjp) noexcept : vjp_(vjp) {}
  int inputs() const noexcept { return vjp_.inputs(); }
  /// Whether anybody asks for the gradient of operand i: its cotangent may else be left out, as `Var()`.
  bool wants(int i) const { return vjp_.wants(i); }
  /// The cotangent of the result, with its shape and dtype.
  Var grad() const { return vjp_.grad(); }
  Var in(int i = 0) const { return vjp_.in(i); }
  Var out() const { return vjp_.out(); }

 private:
  const Vjp& vjp_;
};

/// What a rule on Arrays sees: the same, as values.
class CustomBackward {
 public:
  explicit CustomBackward(const Vjp& vjp) : vjp_(vjp), grad_(vjp.grad().value()) {}
  int inputs() const noexcept { return vjp_.inputs(); }
  bool wants(int i) const { return vjp_.wants(i); }
  const Array& grad() const noexcept { return grad_; }
  Array in(int i = 0) const { return vjp_.in(i).value(); }
  Array out() const { return vjp_.out().value(); }

 private:
  const Vjp& vjp_;
  Array grad_;
};

namespace detail {

/// The cotangents that a rule gives, in memory of the pool.
using Shares = std::vector<Var, PoolAllocator<Var>>;

/// A user's op, its functions brought to one form. Shared by the nodes that it records.
struct CustomRule {
  std::string name;
  int operands = -1;  // −1: any number
  std::function<Array(std::span<const Array>)> forward;
  std::function<Shares(const CustomVjp&)> vjp;
  std::function<std::vector<Array>(const CustomBackward&)> backward;  // where there is no vjp
};
Var record_custom(const std::shared_ptr<const CustomRule>& rule, std::span<const Arg> operands, Loc loc);

/// How many operands (1 to 6) of type T a callable takes; 0: none of these.
template <class F, class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return std::is_invocable_v<const F&, decltype(static_cast<void>(I), std::declval<const T&>())...>;
}
template <class F, class T>
constexpr int operands_taken() {
  if constexpr (takes<F, T>(std::make_index_sequence<1>{})) {
    return 1;
  } else if constexpr (takes<F, T>(std::make_index_sequence<2>{})) {
    return 2;
  } else if constexpr (takes<F, T>(std::make_index_sequence<3>{})) {
    return 3;
  } else if constexpr (takes<F, T>(std::make_index_sequence<4>{})) {
    return 4;
  } else if constexpr (takes<F, T>(std::make_index_sequence<5>{})) {
    return 5;
  } else if constexpr (takes<F, T>(std::make_index_sequence<6>{})) {
    return 6;
  } else {
    return 0;
  }
}
template <class T, class F, std::size_t... I>
decltype(auto) spread(const F& f, std::span<const T> x, std::index_sequence<I...>) {
  return f(x[I]...);
}

Shares as_constants(std::span<const Array> x);

/// Runs a function of Vars on Arrays, recording nothing.
template <class F>
Array on_constants(const F& f, std::span<const Array> x) {
  const NoGrad off;
  const Shares vars = as_constants(x);
  return f(std::span<const Var>(vars.data(), vars.size())).value();
}

template <class F>
void set_forward(CustomRule& rule, F f) {
  if constexpr (std::is_invocable_v<const F&, std::span<const Var>>) {
    rule.forward = [f = std::move(f)](std::span<const Array> x) { return on_constants(f, x); };
  } else if constexpr (std::is_invocable_v<const F&, std::span<const Array>>) {
    rule.forward = std::move(f);
  } else if constexpr (constexpr int n = operands_taken<F, Var>(); n > 0) {
    rule.operands = n;
    rule.forward = [f = std::move(f)](std::span<const Array> x) {
      return on_constants([&f](std::span<const Var> v) -> Var { return spread(f, v, std::make_index_sequence<n>{}); },
                          x);
    };
  } else {
    constexpr int count = operands_taken<F, Array>();
    static_assert(count > 0,
                  "custom: forward takes one to six Vars or Arrays, or a std::span<const Var> or <const Array>");
    rule.operands = count;
    rule.forward = [f = std::move(f)](std::span<const Array> x) -> Array {
      return spread(f, x, std::make_index_sequence<count>{});
    };
  }
}

template <class F>
void set_gradient(CustomRule& rule, F f) {
  if constexpr (std::is_invocable_v<const F&, const CustomVjp&>) {
    rule.vjp = [f = std::move(f)](const CustomVjp& c) {
      if constexpr (std::is_convertible_v<decltype(f(c)), std::vector<Var>>) {
        const std::vector<Var> shares = f(c);
        return Shares(shares.begin(), shares.end());
      } else {
        return Shares{Var(f(c))};
      }
    };
  } else {
    static_assert(std::is_invocable_v<const F&, const CustomBackward&>,
                  "custom: the gradient takes a const CustomVjp& (ops) or a const CustomBackward& (Arrays)");
    rule.backward = [f = std::move(f)](const CustomBackward& c) {
      if constexpr (std::is_convertible_v<decltype(f(c)), std::vector<Array>>) {
        return std::vector<Array>(f(c));
      } else {
        return std::vector<Array>{Array(f(c))};
      }
    };
  }
}

}  // namespace detail

/// A user's op: call it with operands. Copies share the functions.
class Custom {
 public:
  explicit Custom(std::shared_ptr<const detail::CustomRule> rule) noexcept : rule_(std::move(rule)) {}
  const std::string& name() const noexcept { return rule_->name; }

  /// Computes and records, like any op. @throws ArgError for another number of operands than forward takes
  Var operator()(Arg a) const;
  Var operator()(Arg a, Arg b) const;
  Var operator()(Arg a, Arg b, Arg c) const;
  Var operator()(std::span<const Arg> operands, Loc loc = Loc::current()) const;
  /// On Arrays alone: the value.
  template <ArrayOrXt A>
  Array operator()(const A& a, Loc loc = Loc::current()) const {
    return (*this)(Arg(a, loc)).value();
  }
  template <ArrayLike A>
  Array operator()(const A& a, ArrayArg b) const {
    return (*this)(Arg(a, b.loc()), b.arg()).value();
  }

 private:
  std::shared_ptr<const detail::CustomRule> rule_;
};

/// Makes an op of one's own.
/// @param name what errors and drawings call it
/// @param forward computes the value, from one to six Vars (run without recording) or Arrays, or from a
///        `std::span<const Var>` or `std::span<const Array>`
/// @param gradient the rule: `const CustomVjp&` to a Var, one cotangent; or to a `std::vector<Var>`, one for each
///        operand, `Var()` where there is none. Each has its operand's dtype and a shape that the operand broadcasts
///        to. With `const CustomBackward&` the same in Arrays, for first derivatives only (an Array without elements
///        for an operand that has some means none).
/// @return the op: call it with Vars, Parameters, Arrays, numbers
template <class Forward, class Gradient>
Custom custom(std::string name, Forward forward, Gradient gradient) {
  auto rule = std::make_shared<detail::CustomRule>();
  rule->name = std::move(name);
  detail::set_forward(*rule, std::move(forward));
  detail::set_gradient(*rule, std::move(gradient));
  return Custom(std::move(rule));
}

/// Where only the value is one's own and its gradient is the identity: y = forward(x), x̄ = ȳ. `forward` keeps the
/// shape, as round and sign do.
/// Source: Bengio, Léonard and Courville 2013, "Estimating or propagating gradients through stochastic neurons".
template <class Forward>
Custom straight_through(std::string name, Forward forward) {
  return custom(std::move(name), std::move(forward), [](const CustomVjp& c) { return c.grad(); });
}

}  // namespace xgrad
