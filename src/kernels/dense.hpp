#pragma once
// What surrounds the matrix product of a dense layer, fused: bias and activation after it, their derivatives before the
// products of the backward pass.

#include <cstdint>

namespace xgrad::kernels {

/// Activations whose derivative follows from their value, so that only the value need be kept.
enum class Act : std::uint8_t { linear, relu, tanh, sigmoid, count };

/// y = act(y + bias) in place, for y of shape (m, n) and bias (n); bias may be null. T = float, double.
template <class T>
void bias_activation(std::int64_t m, std::int64_t n, const T* bias, Act act, T* y);

/// dz = g act'(z), with act' from y = act(z); and with dbias (n), not null, its column sums, added where `add_bias`.
///
/// dz may be g itself (with Act::linear nothing is then written); y is not read for Act::linear. relu's derivative at 0
/// is 0. The sums are taken in an order that m and n alone determine.
template <class T>
void activation_vjp_bias(std::int64_t m, std::int64_t n, Act act, const T* g, const T* y, T* dz, T* dbias,
                         bool add_bias);

}  // namespace xgrad::kernels
