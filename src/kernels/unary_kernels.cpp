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
/// A function of a vector and a parameter as a kernel.
template <class T, auto f>
void parameter_kernel(std::int64_t n, const T* x, T parameter, T* y) {
  map(n, x, y, [p = Vec<T>(parameter)](Vec<T> v) { return f(v, p); });
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
/// min(max(x, lo), hi); keeps NaN.
template <class T>
Vec<T> clamped(Vec<T> x, T lo, T hi) {
  return max_or_second(Vec<T>(lo), min_or_second(Vec<T>(hi), x));
}
template <class T>
Vec<T> v_hard_sigmoid(Vec<T> x) {
  return clamped(x + Vec<T>(T(3)), T(0), T(6)) / Vec<T>(T(6));
}
/// Lambert's continued fraction tanh x = x / (1 + z / (3 + z / (5 + ...))), z = x^2, gives x - tanh x = x z / (z + C),
/// C = 3 + z / (5 + ...), where nothing cancels. From 1 on the difference loses two bits at most.
template <class T>
Vec<T> v_tanh_shrink(Vec<T> x) {
  const Vec<T> z = x * x;
  Vec<T> c = T(19);
  for (int k = 17; k >= 3; k -= 2) c = Vec<T>(T(k)) + z / c;
  return select(abs(x) < Vec<T>(T(1)), x * (z / (z + c)), x - tanh(x));
}
template <class T>
Vec<T> v_sparse_plus(Vec<T> x) {
  const Vec<T> one = T(1), half = (x + one) * Vec<T>(T(0.5));
  return select(x >= one, x, select(x <= -one, Vec<T>(T(0)), half * half));
}
/// With x < 0 the two terms cancel; their product b / 4 gives the sum from the conjugate, which does not.
template <class T>
Vec<T> v_squareplus(Vec<T> x, Vec<T> b) {
  const Vec<T> half = T(0.5), a = abs(x), root = root_of_sum(x, b);
  return select(x >= Vec<T>(T(0)), half * a + half * root, half * b / (a + root));
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
  set(U::relu6, vector_kernel<T, [](V x) { return clamped(x, T(0), T(6)); }>);
  set(U::gelu, vector_kernel<T, [](V x) { return gelu(x); }>);
  set(U::gelu_tanh, vector_kernel<T, v_gelu_tanh<T>>);
  set(U::silu, vector_kernel<T, [](V x) { return x * sigmoid(x); }>);
  set(U::mish, vector_kernel<T, v_mish<T>>);
  set(U::softsign, vector_kernel<T, [](V x) { return x / (V(T(1)) + abs(x)); }>);
  set(U::hard_sigmoid, vector_kernel<T, v_hard_sigmoid<T>>);
  set(U::hard_silu, vector_kernel<T, [](V x) { return x * v_hard_sigmoid(x); }>);
  set(U::hard_tanh, vector_kernel<T, [](V x) { return clamped(x, T(-1), T(1)); }>);
  set(U::tanh_shrink, vector_kernel<T, v_tanh_shrink<T>>);
  set(U::sparse_plus, vector_kernel<T, v_sparse_plus<T>>);
  set(U::sparse_sigmoid, vector_kernel<T, [](V x) { return clamped((x + V(T(1))) * V(T(0.5)), T(0), T(1)); }>);
  auto set_p = [&t](UnaryP f, UnaryPFn<T> fn) { t.unary_p[static_cast<int>(f)] = fn; };
  using P = UnaryP;
  set_p(P::leaky_relu, parameter_kernel<T, [](V x, V a) { return select(x > V(T(0)), x, a * x); }>);
  set_p(P::elu, parameter_kernel<T, [](V x, V a) { return select(x > V(T(0)), x, a * expm1(x)); }>);
  set_p(P::celu, parameter_kernel<T, [](V x, V a) { return select(x > V(T(0)), x, a * expm1(x / a)); }>);
  set_p(P::hard_shrink, parameter_kernel<T, [](V x, V a) { return select(abs(x) <= a, V(T(0)), x); }>);
  set_p(P::soft_shrink, parameter_kernel<T, [](V x, V a) { return select(abs(x) <= a, V(T(0)), x - copysign(a, x)); }>);
  set_p(P::squareplus, parameter_kernel<T, v_squareplus<T>>);
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
