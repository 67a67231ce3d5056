#pragma once
/// \file Activation functions with Keras 3's definitions; element by element, but for glu.
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
/// min(max(x, 0), 6); NaN stays. Gradient: x̄ = ȳ where 0 < x < 6, else 0.
Var relu6(Arg x);
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
/// min(max(x, −1), 1); NaN stays. Gradient: x̄ = ȳ where |x| < 1, else 0.
Var hard_tanh(Arg x);
/// x − tanh x, to full relative accuracy near 0 too. Gradient: x̄ = ȳ tanh² x.
Var tanh_shrink(Arg x);
/// 0 for x ≤ −1, x for x ≥ 1, (x + 1)² / 4 between. Gradient: x̄ = ȳ sparse_sigmoid(x).
/// Source: Martins, Astudillo 2016, whose sparsemax has this loss for two classes
Var sparse_plus(Arg x);
/// min(max((x + 1) / 2, 0), 1). Gradient: x̄ = ȳ / 2 where |x| < 1, else 0.
Var sparse_sigmoid(Arg x);
/// x where x > 0, else alpha x; 0.2 as in Keras where alpha is not given. Gradient: x̄ = ȳ or alpha ȳ (alpha ȳ at 0).
Var leaky_relu(Arg x);
Var leaky_relu(Arg x, double alpha);
/// x where x > 0, else alpha (eˣ − 1); alpha is 1 where it is not given. Gradient: x̄ = ȳ, or ȳ (y + alpha).
/// Source: Clevert, Unterthiner, Hochreiter 2016
Var elu(Arg x);
Var elu(Arg x, double alpha);
/// x where x > 0, else alpha (e^(x / alpha) − 1), smooth at 0 for every alpha; alpha is 1 where it is not given.
/// Gradient: x̄ = ȳ, or ȳ e^(x / alpha). Source: Barron 2017
/// @throws ArgError unless alpha > 0
Var celu(Arg x);
Var celu(Arg x, double alpha);
/// x where |x| > threshold, else 0; threshold is 0.5 where it is not given. Gradient: x̄ = ȳ, or 0.
/// @throws ArgError for a threshold below 0
Var hard_shrink(Arg x);
Var hard_shrink(Arg x, double threshold);
/// x − threshold sign(x) where |x| > threshold, else 0: what an L1 penalty does to a least-squares estimate. threshold
/// is 0.5 where it is not given. Gradient: x̄ = ȳ, or 0.
/// @throws ArgError for a threshold below 0
Var soft_shrink(Arg x);
Var soft_shrink(Arg x, double threshold);
/// (x + √(x² + b)) / 2, a softplus without exponentials; b is 4 where it is not given. Gradient: x̄ = ȳ y / √(x² + b).
/// Source: Barron 2021
/// @throws ArgError unless b > 0
Var squareplus(Arg x);
Var squareplus(Arg x, double b);
/// x where x > threshold, else value; NaN stays. Gradient: x̄ = ȳ, or 0.
Var threshold(Arg x, double threshold, double value);
/// The gated linear unit: the first half of x times sigmoid of the second, along the last or a named axis. Gradient:
/// through its parts. Source: Dauphin, Fan, Auli, Grangier 2017
/// @param x an even extent along the axis @return half of it @throws ShapeError for an odd one; IndexError for the axis
Var glu(Arg x);
Var glu(Arg x, int axis);
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
template <ArrayOrXt A>
Array relu6(const A& x, Loc loc = Loc::current()) {
  return relu6(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array hard_tanh(const A& x, Loc loc = Loc::current()) {
  return hard_tanh(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array tanh_shrink(const A& x, Loc loc = Loc::current()) {
  return tanh_shrink(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array sparse_plus(const A& x, Loc loc = Loc::current()) {
  return sparse_plus(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array sparse_sigmoid(const A& x, Loc loc = Loc::current()) {
  return sparse_sigmoid(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array celu(const A& x, Loc loc = Loc::current()) {
  return celu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array celu(const A& x, double alpha, Loc loc = Loc::current()) {
  return celu(Arg(x, loc), alpha).value();
}
template <ArrayOrXt A>
Array hard_shrink(const A& x, Loc loc = Loc::current()) {
  return hard_shrink(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array hard_shrink(const A& x, double threshold, Loc loc = Loc::current()) {
  return hard_shrink(Arg(x, loc), threshold).value();
}
template <ArrayOrXt A>
Array soft_shrink(const A& x, Loc loc = Loc::current()) {
  return soft_shrink(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array soft_shrink(const A& x, double threshold, Loc loc = Loc::current()) {
  return soft_shrink(Arg(x, loc), threshold).value();
}
template <ArrayOrXt A>
Array squareplus(const A& x, Loc loc = Loc::current()) {
  return squareplus(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array squareplus(const A& x, double b, Loc loc = Loc::current()) {
  return squareplus(Arg(x, loc), b).value();
}
template <ArrayOrXt A>
Array glu(const A& x, Loc loc = Loc::current()) {
  return glu(Arg(x, loc)).value();
}
template <ArrayOrXt A>
Array glu(const A& x, int axis, Loc loc = Loc::current()) {
  return glu(Arg(x, loc), axis).value();
}
template <ArrayOrXt A>
Array threshold(const A& x, double limit, double value, Loc loc = Loc::current()) {
  return threshold(Arg(x, loc), limit, value).value();
}

}  // namespace xgrad
