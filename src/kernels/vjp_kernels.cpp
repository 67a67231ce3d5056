#include "kernels/elementwise_tables.hpp"
#include "kernels/simd/loops.hpp"
#include "kernels/simd/trig_erf.hpp"

// g times a derivative, one pass. Each rule reads x, y or neither.

namespace xgrad::kernels::XGRAD_ISA {
namespace {

/// dx = f(g, v), or dx +=; v is x or y.
template <class T, class F>
void product(std::int64_t n, const T* g, const T* v, T* dx, bool add, F f) {
  if (add) {
    map3(n, g, v, dx, dx, [f](Vec<T> a, Vec<T> b, Vec<T> c) { return c + f(a, b); });
  } else {
    map2(n, g, v, dx, f);
  }
}
template <class T, auto f>
void from_x(std::int64_t n, const T* g, const T* x, const T*, T* dx, bool add) {
  product(n, g, x, dx, add, [](Vec<T> a, Vec<T> b) { return f(a, b); });
}
template <class T, auto f>
void from_y(std::int64_t n, const T* g, const T*, const T* y, T* dx, bool add) {
  product(n, g, y, dx, add, [](Vec<T> a, Vec<T> b) { return f(a, b); });
}

/// The same with a parameter of the function.
template <class T, auto f>
void from_x_p(std::int64_t n, const T* g, const T* x, T parameter, T* dx, bool add) {
  product(n, g, x, dx, add, [p = Vec<T>(parameter)](Vec<T> a, Vec<T> b) { return f(a, b, p); });
}

/// g f, but 0 where g is 0, whatever f.
template <class T>
Vec<T> absorb(Vec<T> g, Vec<T> f) {
  const Vec<T> zero = T(0);
  return select(g == zero, zero, g * f);
}

template <class T>
Vec<T> d_gelu(Vec<T> g, Vec<T> x) {
  Vec<T> gauss;
  const Vec<T> cdf = normal_cdf(x, gauss);
  return g * fma(x * gauss, Vec<T>(T(0.39894228040143267794)), cdf);  // Phi + x phi
}
/// sigmoid(x), and sigmoid(-x) to full relative accuracy, which 1 - sigmoid(x) has not.
template <class T>
Vec<T> sigmoid_pair(Vec<T> x, Vec<T>& complement) {
  const auto negative = x < Vec<T>(T(0));
  const Vec<T> e = exp(-abs(x));
  const Vec<T> near_one = Vec<T>(T(1)) / (Vec<T>(T(1)) + e), near_zero = e * near_one;
  complement = select(negative, near_one, near_zero);
  return select(negative, near_zero, near_one);
}
template <class T>
Vec<T> d_gelu_tanh(Vec<T> g, Vec<T> x) {
  const T c = T(2 * 0.79788456080286535588);
  const Vec<T> z = x * x;
  Vec<T> rest;
  const Vec<T> s = sigmoid_pair(x * fma(z, Vec<T>(c * T(0.044715)), Vec<T>(c)), rest);
  const Vec<T> du = fma(z, Vec<T>(c * T(3 * 0.044715)), Vec<T>(c));
  return g * (s + x * s * rest * du);
}
template <class T>
Vec<T> d_silu(Vec<T> g, Vec<T> x) {
  Vec<T> rest;
  const Vec<T> s = sigmoid_pair(x, rest);
  return g * (s * fma(x, rest, Vec<T>(T(1))));
}
template <class T>
Vec<T> d_mish(Vec<T> g, Vec<T> x) {
  // t = tanh(softplus(x)): t + x (1 - t^2) sigmoid(x)
  const Vec<T> two = T(2), one = T(1);
  const Vec<T> e = exp(min_or_second(Vec<T>(Format<T>::tanh_top + Format<T>::tanh_top), x));
  const Vec<T> s = e * (e + two);
  const Vec<T> q = s + two;
  // 1 - t^2 = 4 (e + 1)^2 / q^2 and sigmoid = e / (e + 1)
  return g * (s / q + x * (Vec<T>(T(4)) * e * (e + one)) / q / q);
}
template <class T>
Vec<T> d_softsign(Vec<T> g, Vec<T> x) {
  const Vec<T> d = Vec<T>(T(1)) + abs(x);
  return g / (d * d);
}
/// slope g where |x| < bound, else 0; NaN where x is.
template <class T>
Vec<T> inside(Vec<T> g, Vec<T> x, T bound, T slope) {
  return select(abs(x) < Vec<T>(bound), g * Vec<T>(slope), select(is_nan(x), x, Vec<T>(T(0))));
}
template <class T>
Vec<T> d_relu6(Vec<T> g, Vec<T> x) {
  const Vec<T> zero = T(0);
  return select(x <= zero, zero, select(x >= Vec<T>(T(6)), zero, select(is_nan(x), x, g)));
}
template <class T>
Vec<T> d_hard_silu(Vec<T> g, Vec<T> x) {
  const Vec<T> three = T(3);
  const Vec<T> inside = g * fma(x, Vec<T>(T(1. / 3)), Vec<T>(T(0.5)));
  return select(x >= three, g, select(x <= -three, Vec<T>(T(0)), inside));
}

template <class T>
Vec<T> d_tanh_shrink(Vec<T> g, Vec<T> x) {
  const Vec<T> t = tanh(x);
  return g * (t * t);
}
template <class T>
Vec<T> d_sparse_plus(Vec<T> g, Vec<T> x) {
  const Vec<T> one = T(1);
  return select(x >= one, g, select(x <= -one, Vec<T>(T(0)), g * ((x + one) * Vec<T>(T(0.5)))));
}
/// g where |x| > bound, else 0.
template <class T>
Vec<T> beyond(Vec<T> g, Vec<T> x, Vec<T> bound) {
  return select(abs(x) <= bound, Vec<T>(T(0)), select(is_nan(x), x, g));
}
/// (1 + x / root) / 2, root = sqrt(x^2 + b); on the left by the conjugate, as the value.
template <class T>
Vec<T> d_squareplus(Vec<T> g, Vec<T> x, Vec<T> b) {
  const Vec<T> half = T(0.5), root = root_of_sum(x, b), a = min_or_second(Vec<T>(Format<T>::largest), abs(x));
  const Vec<T> left = half * b / root / (a + root);
  return g * select(x >= Vec<T>(T(0)), half + half * (a / root), left);
}

template <class T>
constexpr VjpTable<T> make_table() {
  using V = Vec<T>;
  using U = Unary;
  VjpTable<T> t{};
  auto x_rule = [&t](U f, VjpFn<T> fn) {
    t.vjp[static_cast<int>(f)] = fn;
    t.reads[static_cast<int>(f)] = {true, true, false};
  };
  auto y_rule = [&t](U f, VjpFn<T> fn) {
    t.vjp[static_cast<int>(f)] = fn;
    t.reads[static_cast<int>(f)] = {true, false, true};
  };
  t.vjp[static_cast<int>(U::neg)] = [](std::int64_t n, const T* g, const T*, const T*, T* dx, bool add) {
    if (add) {
      map2(n, g, dx, dx, [](V a, V c) { return c - a; });
    } else {
      map(n, g, dx, [](V a) { return -a; });
    }
  };
  t.reads[static_cast<int>(U::neg)] = {true, false, false};
  x_rule(U::abs, from_x<T, [](V g, V x) {
           const V zero = T(0);
           return select(x > zero, g, select(x < zero, -g, g * x));  // 0 at 0, NaN at NaN
         }>);
  x_rule(U::square, from_x<T, [](V g, V x) { return (g + g) * x; }>);
  y_rule(U::sqrt, from_y<T, [](V g, V y) { return absorb(g, V(T(0.5)) / y); }>);
  y_rule(U::rsqrt, from_y<T, [](V g, V y) { return absorb(g, V(T(-0.5)) * y * y * y); }>);
  y_rule(U::cbrt, from_y<T, [](V g, V y) { return absorb(g, V(T(1)) / (V(T(3)) * y * y)); }>);
  y_rule(U::reciprocal, from_y<T, [](V g, V y) { return absorb(g, -(y * y)); }>);
  y_rule(U::exp, from_y<T, [](V g, V y) { return g * y; }>);
  y_rule(U::exp2, from_y<T, [](V g, V y) { return g * y * V(T(0.69314718055994530942)); }>);
  y_rule(U::expm1, from_y<T, [](V g, V y) { return g * (y + V(T(1))); }>);
  x_rule(U::log, from_x<T, [](V g, V x) { return absorb(g, V(T(1)) / x); }>);
  x_rule(U::log2, from_x<T, [](V g, V x) { return absorb(g, V(T(1.44269504088896340736)) / x); }>);
  x_rule(U::log10, from_x<T, [](V g, V x) { return absorb(g, V(T(0.43429448190325182765)) / x); }>);
  x_rule(U::log1p, from_x<T, [](V g, V x) { return absorb(g, V(T(1)) / (V(T(1)) + x)); }>);
  x_rule(U::sin, from_x<T, [](V g, V x) { return g * cos(x); }>);
  x_rule(U::cos, from_x<T, [](V g, V x) { return -(g * sin(x)); }>);
  y_rule(U::tan, from_y<T, [](V g, V y) { return g * fma(y, y, V(T(1))); }>);
  x_rule(U::asin, from_x<T, [](V g, V x) { return absorb(g, V(T(1)) / sqrt((V(T(1)) - x) * (V(T(1)) + x))); }>);
  x_rule(U::acos, from_x<T, [](V g, V x) { return absorb(g, V(T(-1)) / sqrt((V(T(1)) - x) * (V(T(1)) + x))); }>);
  x_rule(U::atan, from_x<T, [](V g, V x) { return g / fma(x, x, V(T(1))); }>);
  y_rule(U::tanh, from_y<T, [](V g, V y) { return g * ((V(T(1)) - y) * (V(T(1)) + y)); }>);
  x_rule(U::erf, from_x<T, [](V g, V x) {
           const V a = min_or_second(V(erfc_top(T())), abs(x));
           return g * V(T(1.12837916709551257390)) * exp_minus_square(a, T(1));
         }>);
  x_rule(U::erfc, from_x<T, [](V g, V x) {
           const V a = min_or_second(V(erfc_top(T())), abs(x));
           return g * V(T(-1.12837916709551257390)) * exp_minus_square(a, T(1));
         }>);
  y_rule(U::sigmoid, from_y<T, [](V g, V y) { return g * (y * (V(T(1)) - y)); }>);
  x_rule(U::log_sigmoid, from_x<T, [](V g, V x) { return g * sigmoid(-x); }>);
  x_rule(U::softplus, from_x<T, [](V g, V x) { return g * sigmoid(x); }>);
  // y > 0 exactly where x > 0; a NaN stays one
  y_rule(U::relu, from_y<T, [](V g, V y) { return select(y > V(T(0)), g, select(is_nan(y), y, V(T(0)))); }>);
  x_rule(U::gelu, from_x<T, d_gelu<T>>);
  x_rule(U::gelu_tanh, from_x<T, d_gelu_tanh<T>>);
  x_rule(U::silu, from_x<T, d_silu<T>>);
  x_rule(U::mish, from_x<T, d_mish<T>>);
  x_rule(U::softsign, from_x<T, d_softsign<T>>);
  x_rule(U::relu6, from_x<T, d_relu6<T>>);
  x_rule(U::hard_sigmoid, from_x<T, [](V g, V x) { return inside(g, x, T(3), T(1. / 6)); }>);
  x_rule(U::hard_silu, from_x<T, d_hard_silu<T>>);
  x_rule(U::hard_tanh, from_x<T, [](V g, V x) { return inside(g, x, T(1), T(1)); }>);
  x_rule(U::tanh_shrink, from_x<T, d_tanh_shrink<T>>);
  x_rule(U::sparse_plus, from_x<T, d_sparse_plus<T>>);
  x_rule(U::sparse_sigmoid, from_x<T, [](V g, V x) { return inside(g, x, T(1), T(0.5)); }>);
  auto p_rule = [&t](UnaryP f, VjpPFn<T> fn) { t.vjp_p[static_cast<int>(f)] = fn; };
  using P = UnaryP;
  p_rule(P::leaky_relu, from_x_p<T, [](V g, V x, V a) { return select(x > V(T(0)), g, a * g); }>);
  p_rule(P::elu, from_x_p<T, [](V g, V x, V a) { return select(x > V(T(0)), g, g * a * exp(x)); }>);
  p_rule(P::celu, from_x_p<T, [](V g, V x, V a) { return select(x > V(T(0)), g, g * exp(x / a)); }>);
  p_rule(P::hard_shrink, from_x_p<T, beyond<T>>);
  p_rule(P::soft_shrink, from_x_p<T, beyond<T>>);
  p_rule(P::squareplus, from_x_p<T, d_squareplus<T>>);
  t.multiply_add = [](std::int64_t n, const T* a, const T* b, T* y) {
    map3(n, a, b, y, y, [](V u, V v, V w) { return w + u * v; });
  };
  return t;
}

constexpr VjpTable<float> f32 = make_table<float>();
constexpr VjpTable<double> f64 = make_table<double>();

}  // namespace

template <>
const VjpTable<float>& table() {
  return f32;
}
template <>
const VjpTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
