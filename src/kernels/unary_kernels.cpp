#include "kernels/elementwise_tables.hpp"
#include "kernels/simd/libm.hpp"
#include "kernels/simd/loops.hpp"
#include "kernels/simd/trig_erf.hpp"
#include "kernels/special.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

/// A function of vectors as a kernel.
template <class T, auto f>
void vector_kernel(std::int64_t n, const T* x, T* y) {
  map(n, x, y, [](Vec<T> v) { return f(v); });
}
/// A function of numbers as a kernel: one call per element.
template <class T, T (*f)(T)>
void scalar_kernel(std::int64_t n, const T* x, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
}

template <class T>
Vec<T> v_sign(Vec<T> x) {
  const Vec<T> zero = T(0), one = T(1);
  return select(x > zero, one, select(x < zero, -one, x));  // keeps NaN and the sign of zero
}
template <class T>
Vec<T> v_relu(Vec<T> x) {
  return select(x <= Vec<T>(T(0)), Vec<T>(T(0)), x);  // keeps NaN
}
template <class T>
Vec<T> v_gelu_tanh(Vec<T> x) {
  // (1 + tanh u) / 2 = sigmoid(2 u)
  const Vec<T> c = T(2 * 0.79788456080286535588), d = T(2 * 0.79788456080286535588 * 0.044715);
  return x * sigmoid(x * fma(x * x, d, c));
}
template <class T>
Vec<T> v_mish(Vec<T> x) {
  // tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2)
  const Vec<T> two = T(2);
  const Vec<T> e = exp(min_or_second(Vec<T>(Format<T>::tanh_top + Format<T>::tanh_top), x));
  const Vec<T> s = e * (e + two);
  return x * (s / (s + two));
}
template <class T>
Vec<T> v_hard_sigmoid(Vec<T> x) {
  const Vec<T> shifted = x + Vec<T>(T(3));
  return max_or_second(Vec<T>(T(0)), min_or_second(Vec<T>(T(6)), shifted)) / Vec<T>(T(6));
}

template <class T>
constexpr UnaryTable<T> make_table() {
  UnaryTable<T> t{};
  using V = Vec<T>;
  auto set = [&t](Unary f, UnaryFn<T> fn) { t.unary[static_cast<int>(f)] = fn; };
  using U = Unary;
  set(U::neg, vector_kernel<T, [](V x) { return -x; }>);
  set(U::abs, vector_kernel<T, [](V x) { return abs(x); }>);
  set(U::sign, vector_kernel<T, v_sign<T>>);
  set(U::square, vector_kernel<T, [](V x) { return x * x; }>);
  set(U::sqrt, vector_kernel<T, [](V x) { return sqrt(x); }>);
  set(U::rsqrt, vector_kernel<T, [](V x) { return V(T(1)) / sqrt(x); }>);
  set(U::cbrt, scalar_kernel<T, libm::cbrt>);
  set(U::reciprocal, vector_kernel<T, [](V x) { return V(T(1)) / x; }>);
  set(U::exp, vector_kernel<T, [](V x) { return exp(x); }>);
  set(U::exp2, vector_kernel<T, [](V x) { return exp2(x); }>);
  set(U::expm1, vector_kernel<T, [](V x) { return expm1(x); }>);
  set(U::log, vector_kernel<T, [](V x) { return log(x); }>);
  set(U::log2, vector_kernel<T, [](V x) { return log2(x); }>);
  set(U::log10, scalar_kernel<T, libm::log10>);
  set(U::log1p, vector_kernel<T, [](V x) { return log1p(x); }>);
  set(U::sin, vector_kernel<T, [](V x) { return sin(x); }>);
  set(U::cos, vector_kernel<T, [](V x) { return cos(x); }>);
  set(U::tan, scalar_kernel<T, libm::tan>);
  set(U::asin, scalar_kernel<T, libm::asin>);
  set(U::acos, scalar_kernel<T, libm::acos>);
  set(U::atan, scalar_kernel<T, libm::atan>);
  set(U::sinh, scalar_kernel<T, libm::sinh>);
  set(U::cosh, scalar_kernel<T, libm::cosh>);
  set(U::tanh, vector_kernel<T, [](V x) { return tanh(x); }>);
  set(U::asinh, scalar_kernel<T, libm::asinh>);
  set(U::acosh, scalar_kernel<T, libm::acosh>);
  set(U::atanh, scalar_kernel<T, libm::atanh>);
  set(U::erf, vector_kernel<T, [](V x) { return erf(x); }>);
  set(U::erfc, vector_kernel<T, [](V x) { return erfc(x); }>);
  set(U::lgamma, scalar_kernel<T, special::lgamma>);
  set(U::digamma, scalar_kernel<T, special::digamma>);
  set(U::trigamma, scalar_kernel<T, special::trigamma>);
  set(U::floor, scalar_kernel<T, libm::floor>);
  set(U::ceil, scalar_kernel<T, libm::ceil>);
  set(U::round, scalar_kernel<T, libm::rint>);
  set(U::trunc, scalar_kernel<T, libm::trunc>);
  set(U::sigmoid, vector_kernel<T, [](V x) { return sigmoid(x); }>);
  set(U::log_sigmoid, vector_kernel<T, [](V x) { return -softplus(-x); }>);
  set(U::softplus, vector_kernel<T, [](V x) { return softplus(x); }>);
  set(U::relu, vector_kernel<T, v_relu<T>>);
  set(U::gelu, vector_kernel<T, [](V x) { return gelu(x); }>);
  set(U::gelu_tanh, vector_kernel<T, v_gelu_tanh<T>>);
  set(U::silu, vector_kernel<T, [](V x) { return x * sigmoid(x); }>);
  set(U::mish, vector_kernel<T, v_mish<T>>);
  set(U::softsign, vector_kernel<T, [](V x) { return x / (V(T(1)) + abs(x)); }>);
  set(U::hard_sigmoid, vector_kernel<T, v_hard_sigmoid<T>>);
  set(U::hard_silu, vector_kernel<T, [](V x) { return x * v_hard_sigmoid(x); }>);
  t.unary_p[static_cast<int>(UnaryP::leaky_relu)] = [](std::int64_t n, const T* x, T alpha, T* y) {
    const V a = alpha;
    map(n, x, y, [a](V v) { return select(v > V(T(0)), v, a * v); });
  };
  t.unary_p[static_cast<int>(UnaryP::elu)] = [](std::int64_t n, const T* x, T alpha, T* y) {
    const V a = alpha;
    map(n, x, y, [a](V v) { return select(v > V(T(0)), v, a * expm1(v)); });
  };
  return t;
}

constexpr UnaryTable<float> f32 = make_table<float>();
constexpr UnaryTable<double> f64 = make_table<double>();

}  // namespace

template <>
const UnaryTable<float>& table() {
  return f32;
}
template <>
const UnaryTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
