#pragma once
/// \file Activation functions, element by element, with Keras 3's definitions.
///
/// @param x float32 or float64, of any shape @return the same shape and type @throws DTypeError for other types

#include "xgrad/tape/op.hpp"

namespace xgrad {

/// 1 / (1 + e⁻ˣ), computed from the side that cannot overflow. Gradient: x̄ = ȳ y (1 − y).
Var sigmoid(Arg x);
/// ln sigmoid(x) = −softplus(−x). Gradient: x̄ = ȳ sigmoid(−x).
Var log_sigmoid(Arg x);
/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|). Gradient: x̄ = ȳ sigmoid(x).
Var softplus(Arg x);
/// max(x, 0); NaN stays. Gradient: x̄ = ȳ where x > 0, else 0 (0 at 0).
Var relu(Arg x);
/// 1.0507… · elu(x, 1.6733…). Source: Klambauer et al. 2017. Gradient: as elu's, scaled.
Var selu(Arg x);
/// x Φ(x), with the normal distribution's Φ by erf. Source: Hendrycks, Gimpel 2016. Gradient: x̄ = ȳ (Φ(x) + x φ(x)).
Var gelu(Arg x);
/// x sigmoid(x), also called swish. Gradient: x̄ = ȳ (s + x s (1 − s)), s = sigmoid(x).
Var silu(Arg x);
/// x tanh(softplus(x)). Source: Misra 2019. Gradient: through its parts.
Var mish(Arg x);
/// x / (1 + |x|). Gradient: x̄ = ȳ / (1 + |x|)².
Var softsign(Arg x);
/// min(max(x + 3, 0), 6) / 6, Keras 3's definition. Gradient: x̄ = ȳ / 6 where |x| < 3, else 0.
Var hard_sigmoid(Arg x);
/// x hard_sigmoid(x), also called hard swish. Gradient: x̄ = 0 for x ≤ −3, ȳ for x ≥ 3, ȳ (x/3 + ½) between.
Var hard_silu(Arg x);
/// x where x > 0, else alpha x; 0.2 as in Keras where alpha is not given. Gradient: x̄ = ȳ or alpha ȳ (alpha ȳ at 0).
Var leaky_relu(Arg x);
Var leaky_relu(Arg x, double alpha);
/// x where x > 0, else alpha (eˣ − 1); alpha is 1 where it is not given. Gradient: x̄ = ȳ, or ȳ (y + alpha).
/// Source: Clevert, Unterthiner, Hochreiter 2016
Var elu(Arg x);
Var elu(Arg x, double alpha);
/// How gelu is computed.
struct GeluOptions {
  bool approximate = false;  ///< ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))
};
Var gelu(Arg x, GeluOptions options);

template <ArrayOrXt A>
Array sigmoid(const A& x, Loc loc = Loc::current()) {
  return sigmoid(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array log_sigmoid(const A& x, Loc loc = Loc::current()) {
  return log_sigmoid(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array softplus(const A& x, Loc loc = Loc::current()) {
  return softplus(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array relu(const A& x, Loc loc = Loc::current()) {
  return relu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array selu(const A& x, Loc loc = Loc::current()) {
  return selu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array gelu(const A& x, Loc loc = Loc::current()) {
  return gelu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array silu(const A& x, Loc loc = Loc::current()) {
  return silu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array mish(const A& x, Loc loc = Loc::current()) {
  return mish(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array softsign(const A& x, Loc loc = Loc::current()) {
  return softsign(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array hard_sigmoid(const A& x, Loc loc = Loc::current()) {
  return hard_sigmoid(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array hard_silu(const A& x, Loc loc = Loc::current()) {
  return hard_silu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array leaky_relu(const A& x, Loc loc = Loc::current()) {
  return leaky_relu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array leaky_relu(const A& x, double alpha, Loc loc = Loc::current()) {
  return leaky_relu(Arg(x, loc), alpha).value();
}
template <ArrayOrXt A>
Array elu(const A& x, Loc loc = Loc::current()) {
  return elu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array elu(const A& x, double alpha, Loc loc = Loc::current()) {
  return elu(Arg(x, loc), alpha).value();
}
template <ArrayOrXt A>
Array gelu(const A& x, GeluOptions options, Loc loc = Loc::current()) {
  return gelu(Arg(x, loc), options).value();
}

}  // namespace xgrad
