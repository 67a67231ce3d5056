#pragma once
/// \file Derivatives of plain functions: value_and_grad, vjp, jvp, hvp, jacobian, hessian.
///
/// `f` is any callable of one to six Vars, or of a `const std::vector<Var>&`, that returns a Var: a lambda, a function,
/// or the bare name of an op of one operand. Arrays in, Arrays out: f is recorded on the open tape (or one of the
/// library's own) and dropped again. Vars in, Vars out: the derivatives are recorded on the tape of the inputs and can
/// be differentiated again, as a loss that contains derivatives needs.

#include <span>
#include <utility>
#include <vector>

#include "xgrad/autodiff/backward.hpp"
#include "xgrad/core/buffer.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/tape/arg.hpp"

namespace xgrad {

namespace detail {

using Function = FunctionRef<Var(std::span<const Var>)>;
/// Lists that take nothing from the heap, step after step.
using Arrays = std::vector<Array, PoolAllocator<Array>>;
using Vars = std::vector<Var, PoolAllocator<Var>>;
template <class T>
std::vector<T, PoolAllocator<T>> pooled(const std::vector<T>& list) {
  return {list.begin(), list.end()};
}
template <class T>
std::vector<T> plain(const std::vector<T, PoolAllocator<T>>& list) {
  return {list.begin(), list.end()};
}
template <class Y, class T>
std::pair<Y, std::vector<T>> plain(std::pair<Y, std::vector<T, PoolAllocator<T>>> p) {
  return {std::move(p.first), plain(p.second)};
}
template <class T>
std::vector<std::vector<T>> plain(const std::vector<std::vector<T, PoolAllocator<T>>>& rows) {
  std::vector<std::vector<T>> result;
  for (const auto& row : rows) result.push_back(plain(row));
  return result;
}

template <class F, std::size_t... I>
constexpr bool takes_vars(std::index_sequence<I...>) {
  return std::is_invocable_r_v<Var, const F&, decltype(static_cast<void>(I), std::declval<const Var&>())...>;
}
/// How many Vars a callable takes (1 to 6); 0 for none of these.
template <class F>
constexpr std::size_t var_count() {
  if constexpr (takes_vars<F>(std::make_index_sequence<1>{})) {
    return 1;
  } else if constexpr (takes_vars<F>(std::make_index_sequence<2>{})) {
    return 2;
  } else if constexpr (takes_vars<F>(std::make_index_sequence<3>{})) {
    return 3;
  } else if constexpr (takes_vars<F>(std::make_index_sequence<4>{})) {
    return 4;
  } else if constexpr (takes_vars<F>(std::make_index_sequence<5>{})) {
    return 5;
  } else if constexpr (takes_vars<F>(std::make_index_sequence<6>{})) {
    return 6;
  } else {
    return 0;
  }
}
template <class F>
concept OfVars = var_count<F>()
> 0 || std::is_invocable_r_v<Var, const F&, const std::vector<Var>&>;

/// @throws ArgError where f does not take so many inputs
void check_count(std::size_t takes, std::size_t given);

template <class F, std::size_t... I>
Var call_with(const F& f, std::span<const Var> x, std::index_sequence<I...>) {
  check_count(sizeof...(I), x.size());
  return f(x[I]...);
}
template <OfVars F>
auto function_of(F f) {
  if constexpr (constexpr std::size_t n = var_count<F>(); n > 0) {
    return [f = std::move(f)](std::span<const Var> x) -> Var { return call_with(f, x, std::make_index_sequence<n>{}); };
  } else {
    return [f = std::move(f)](std::span<const Var> x) -> Var { return f(std::vector<Var>(x.begin(), x.end())); };
  }
}
inline auto function_of(Var (*f)(Arg)) {
  return [f](std::span<const Var> x) -> Var {
    check_count(1, x.size());
    return f(x[0]);
  };
}

std::pair<Array, Arrays> value_and_grad(const Function& f, const Arrays& x, Loc loc);
std::pair<Var, Vars> value_and_grad(const Function& f, const Vars& x, Loc loc);
std::pair<Array, Arrays> vjp(const Function& f, const Arrays& x, const Array& cotangent, Loc loc);
std::pair<Var, Vars> vjp(const Function& f, const Vars& x, const Var& cotangent, Loc loc);
std::pair<Array, Array> jvp(const Function& f, const Arrays& x, const Arrays& tangent, Loc loc);
std::pair<Var, Var> jvp(const Function& f, const Vars& x, const Vars& tangent, Loc loc);
Arrays hvp(const Function& f, const Arrays& x, const Arrays& v, Loc loc);
Vars hvp(const Function& f, const Vars& x, const Vars& v, Loc loc);
Arrays jacobian(const Function& f, const Arrays& x, Loc loc);
Vars jacobian(const Function& f, const Vars& x, Loc loc);
std::vector<Arrays> hessian(const Function& f, const Arrays& x, Loc loc);
std::vector<Vars> hessian(const Function& f, const Vars& x, Loc loc);

/// The functions below come for callables and for the bare name of an op.
template <class F>
concept Differentiable = OfVars<F>;
using OpName = Var (*)(Arg);

}  // namespace detail

/// The value of f at x, and its gradient. f gives one element.
/// @return {f(x), ∂f/∂x}, the gradient of x's shape; for several inputs a vector of gradients
/// @throws ShapeError where f gives more than one element; ArgError where f takes another number of inputs
template <detail::Differentiable F>
std::pair<Array, Array> value_and_grad(F f, const Array& x, Loc loc = Loc::current()) {
  auto [y, g] = detail::value_and_grad(detail::function_of(std::move(f)), detail::Arrays{x}, loc);
  return {std::move(y), std::move(g[0])};
}
std::pair<Array, Array> value_and_grad(detail::OpName f, const Array& x, Loc loc = Loc::current());
template <detail::Differentiable F>
std::pair<Var, Var> value_and_grad(F f, const Var& x, Loc loc = Loc::current()) {
  auto [y, g] = detail::value_and_grad(detail::function_of(std::move(f)), detail::Vars{x}, loc);
  return {std::move(y), std::move(g[0])};
}
template <detail::Differentiable F>
std::pair<Array, std::vector<Array>> value_and_grad(F f, const std::vector<Array>& x, Loc loc = Loc::current()) {
  return detail::plain(detail::value_and_grad(detail::function_of(std::move(f)), detail::pooled(x), loc));
}
template <detail::Differentiable F>
std::pair<Var, std::vector<Var>> value_and_grad(F f, const std::vector<Var>& x, Loc loc = Loc::current()) {
  return detail::plain(detail::value_and_grad(detail::function_of(std::move(f)), detail::pooled(x), loc));
}

/// The vector-Jacobian product: {f(x), ȳᵀ ∂f/∂x}, for a cotangent ȳ of f's shape.
template <detail::Differentiable F>
std::pair<Array, Array> vjp(F f, const Array& x, const Array& cotangent, Loc loc = Loc::current()) {
  auto [y, g] = detail::vjp(detail::function_of(std::move(f)), detail::Arrays{x}, cotangent, loc);
  return {std::move(y), std::move(g[0])};
}
std::pair<Array, Array> vjp(detail::OpName f, const Array& x, const Array& cotangent, Loc loc = Loc::current());
template <detail::Differentiable F>
std::pair<Var, Var> vjp(F f, const Var& x, const Var& cotangent, Loc loc = Loc::current()) {
  auto [y, g] = detail::vjp(detail::function_of(std::move(f)), detail::Vars{x}, cotangent, loc);
  return {std::move(y), std::move(g[0])};
}
template <detail::Differentiable F>
std::pair<Array, std::vector<Array>> vjp(F f, const std::vector<Array>& x, const Array& cotangent,
                                         Loc loc = Loc::current()) {
  return detail::plain(detail::vjp(detail::function_of(std::move(f)), detail::pooled(x), cotangent, loc));
}
template <detail::Differentiable F>
std::pair<Var, std::vector<Var>> vjp(F f, const std::vector<Var>& x, const Var& cotangent, Loc loc = Loc::current()) {
  return detail::plain(detail::vjp(detail::function_of(std::move(f)), detail::pooled(x), cotangent, loc));
}

/// The Jacobian-vector product: {f(x), ∂f/∂x ẋ}, for a tangent ẋ of x's shape: how f changes as x moves along ẋ.
template <detail::Differentiable F>
std::pair<Array, Array> jvp(F f, const Array& x, const Array& tangent, Loc loc = Loc::current()) {
  return detail::jvp(detail::function_of(std::move(f)), detail::Arrays{x}, detail::Arrays{tangent}, loc);
}
std::pair<Array, Array> jvp(detail::OpName f, const Array& x, const Array& tangent, Loc loc = Loc::current());
template <detail::Differentiable F>
std::pair<Var, Var> jvp(F f, const Var& x, const Var& tangent, Loc loc = Loc::current()) {
  return detail::jvp(detail::function_of(std::move(f)), detail::Vars{x}, detail::Vars{tangent}, loc);
}
template <detail::Differentiable F>
std::pair<Array, Array> jvp(F f, const std::vector<Array>& x, const std::vector<Array>& tangents,
                            Loc loc = Loc::current()) {
  return detail::jvp(detail::function_of(std::move(f)), detail::pooled(x), detail::pooled(tangents), loc);
}
template <detail::Differentiable F>
std::pair<Var, Var> jvp(F f, const std::vector<Var>& x, const std::vector<Var>& tangents, Loc loc = Loc::current()) {
  return detail::jvp(detail::function_of(std::move(f)), detail::pooled(x), detail::pooled(tangents), loc);
}

/// The Hessian times a vector, ∂²f/∂x² v, without making the Hessian: about the cost of two gradients. f gives one
/// element.
template <detail::Differentiable F>
Array hvp(F f, const Array& x, const Array& v, Loc loc = Loc::current()) {
  return detail::hvp(detail::function_of(std::move(f)), detail::Arrays{x}, detail::Arrays{v}, loc)[0];
}
template <detail::Differentiable F>
Var hvp(F f, const Var& x, const Var& v, Loc loc = Loc::current()) {
  return detail::hvp(detail::function_of(std::move(f)), detail::Vars{x}, detail::Vars{v}, loc)[0];
}
template <detail::Differentiable F>
std::vector<Array> hvp(F f, const std::vector<Array>& x, const std::vector<Array>& v, Loc loc = Loc::current()) {
  return detail::plain(detail::hvp(detail::function_of(std::move(f)), detail::pooled(x), detail::pooled(v), loc));
}
template <detail::Differentiable F>
std::vector<Var> hvp(F f, const std::vector<Var>& x, const std::vector<Var>& v, Loc loc = Loc::current()) {
  return detail::plain(detail::hvp(detail::function_of(std::move(f)), detail::pooled(x), detail::pooled(v), loc));
}

/// All first derivatives: J[i…, j…] = ∂f[i…]/∂x[j…], of f's shape followed by x's. By rows or by columns, whichever are
/// fewer.
/// @throws ShapeError where that has more than eight axes
template <detail::Differentiable F>
Array jacobian(F f, const Array& x, Loc loc = Loc::current()) {
  return detail::jacobian(detail::function_of(std::move(f)), detail::Arrays{x}, loc)[0];
}
Array jacobian(detail::OpName f, const Array& x, Loc loc = Loc::current());
template <detail::Differentiable F>
Var jacobian(F f, const Var& x, Loc loc = Loc::current()) {
  return detail::jacobian(detail::function_of(std::move(f)), detail::Vars{x}, loc)[0];
}
template <detail::Differentiable F>
std::vector<Array> jacobian(F f, const std::vector<Array>& x, Loc loc = Loc::current()) {
  return detail::plain(detail::jacobian(detail::function_of(std::move(f)), detail::pooled(x), loc));
}
template <detail::Differentiable F>
std::vector<Var> jacobian(F f, const std::vector<Var>& x, Loc loc = Loc::current()) {
  return detail::plain(detail::jacobian(detail::function_of(std::move(f)), detail::pooled(x), loc));
}

/// All second derivatives: H[i…, j…] = ∂²f/∂x[i…]∂x[j…], of x's shape twice. f gives one element. For several inputs
/// block [a][b] has input a's shape followed by input b's.
template <detail::Differentiable F>
Array hessian(F f, const Array& x, Loc loc = Loc::current()) {
  return detail::hessian(detail::function_of(std::move(f)), detail::Arrays{x}, loc)[0][0];
}
template <detail::Differentiable F>
Var hessian(F f, const Var& x, Loc loc = Loc::current()) {
  return detail::hessian(detail::function_of(std::move(f)), detail::Vars{x}, loc)[0][0];
}
template <detail::Differentiable F>
std::vector<std::vector<Array>> hessian(F f, const std::vector<Array>& x, Loc loc = Loc::current()) {
  return detail::plain(detail::hessian(detail::function_of(std::move(f)), detail::pooled(x), loc));
}
template <detail::Differentiable F>
std::vector<std::vector<Var>> hessian(F f, const std::vector<Var>& x, Loc loc = Loc::current()) {
  return detail::plain(detail::hessian(detail::function_of(std::move(f)), detail::pooled(x), loc));
}

}  // namespace xgrad
