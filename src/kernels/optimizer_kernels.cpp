#include "kernels/optimizer_tables.hpp"

#include "kernels/isa.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// Calls body(i, count) for whole vectors, then once for the rest.
template <class T, class Body>
inline void vectors(I64 n, Body body) {
  constexpr int w = Vec<T>::size;
  I64 i = 0;
  for (; i + w <= n; i += w) body(i, w);
  if (i < n) body(i, static_cast<int>(n - i));
}
template <class T>
inline Vec<T> get(const T* p, int count) {
  return count == Vec<T>::size ? load(p) : load_partial(p, count, T(1));
}
template <class T>
inline void put(T* p, int count, Vec<T> x) {
  count == Vec<T>::size ? store(p, x) : store_partial(p, count, x);
}

/// The gradient and the weight as the rule sees them. A NaN stays one.
template <class T>
inline Vec<T> gradient_at(const T* g, int count, const Adjusted<T>& a) {
  const Vec<T> x = Vec<T>(a.scale) * get(g, count);
  return max_or_second(Vec<T>(-a.limit), min_or_second(Vec<T>(a.limit), x));
}
template <class T>
inline Vec<T> weight_at(const T* w, int count, const Adjusted<T>& a) {
  const Vec<T> x = get(w, count);
  return fma(Vec<T>(-a.decay), x, x);
}
/// The larger one; NaN where either is, as in `maximum`.
template <class T>
inline Vec<T> larger(Vec<T> a, Vec<T> b) {
  return select((a > b) | is_nan(a), a, b);
}

template <class T>
void sgd(I64 n, T* w, const T* g, T* m, T lr, T mu, bool nesterov, const Adjusted<T>& a) {
  using V = Vec<T>;
  if (m == nullptr) {
    vectors<T>(n, [=](I64 i, int c) { put(w + i, c, fma(V(-lr), gradient_at(g + i, c, a), weight_at(w + i, c, a))); });
    return;
  }
  vectors<T>(n, [=](I64 i, int c) {
    const V move = V(lr) * gradient_at(g + i, c, a);
    const V velocity = fma(V(mu), get(m + i, c), -move);
    put(m + i, c, velocity);
    put(w + i, c, weight_at(w + i, c, a) + (nesterov ? fma(V(mu), velocity, -move) : velocity));
  });
}

template <class T, bool centered, bool momentum>
void rmsprop_as(I64 n, T* w, const T* g, T* v, T* m, T* a, T lr, T rho, T rest, T mu, T epsilon,
                const Adjusted<T>& adjusted) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, adjusted);
    const V square = fma(V(rho), get(v + i, c), V(rest) * (gradient * gradient));
    put(v + i, c, square);
    V d = square + V(epsilon);
    if constexpr (centered) {
      const V mean = fma(V(rho), get(a + i, c), V(rest) * gradient);
      put(a + i, c, mean);
      d = square - mean * mean + V(epsilon);
    }
    V move = V(lr) * gradient / sqrt(d);
    if constexpr (momentum) {
      move = fma(V(mu), get(m + i, c), move);
      put(m + i, c, move);
    }
    put(w + i, c, weight_at(w + i, c, adjusted) - move);
  });
}

template <class T>
void rmsprop(I64 n, T* w, const T* g, T* v, T* m, T* a, T lr, T rho, T rest, T mu, T epsilon,
             const Adjusted<T>& adjusted) {
  const auto f = a == nullptr   ? m == nullptr ? rmsprop_as<T, false, false> : rmsprop_as<T, false, true>
                   : m == nullptr ? rmsprop_as<T, true, false>
                                : rmsprop_as<T, true, true>;
  f(n, w, g, v, m, a, lr, rho, rest, mu, epsilon, adjusted);
}

template <class T, bool amsgrad>
void adam_as(I64 n, T* w, const T* g, T* m, T* v, T* largest, T alpha, T rest_1, T rest_2, T epsilon,
             const Adjusted<T>& adjusted) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, adjusted), m_before = get(m + i, c), v_before = get(v + i, c);
    const V mean = fma(V(rest_1), gradient - m_before, m_before);
    V square = fma(V(rest_2), fma(gradient, gradient, -v_before), v_before);
    put(m + i, c, mean);
    put(v + i, c, square);
    if constexpr (amsgrad) {
      square = larger<T>(get(largest + i, c), square);
      put(largest + i, c, square);
    }
    put(w + i, c, weight_at(w + i, c, adjusted) - V(alpha) * mean / (sqrt(square) + V(epsilon)));
  });
}

template <class T>
void adam(I64 n, T* w, const T* g, T* m, T* v, T* largest, T alpha, T rest_1, T rest_2, T epsilon,
          const Adjusted<T>& adjusted) {
  const auto f = largest == nullptr ? adam_as<T, false> : adam_as<T, true>;
  f(n, w, g, m, v, largest, alpha, rest_1, rest_2, epsilon, adjusted);
}

template <class T>
void adamax(I64 n, T* w, const T* g, T* m, T* u, T alpha, T rest_1, T beta_2, T epsilon, const Adjusted<T>& a) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, a), before = get(m + i, c);
    const V mean = fma(V(rest_1), gradient - before, before);
    const V largest = larger<T>(V(beta_2) * get(u + i, c), abs(gradient));
    put(m + i, c, mean);
    put(u + i, c, largest);
    put(w + i, c, weight_at(w + i, c, a) - V(alpha) * mean / (largest + V(epsilon)));
  });
}

template <class T>
void nadam(I64 n, T* w, const T* g, T* m, T* v, T for_mean, T for_gradient, T for_square, T rest_1, T rest_2, T epsilon,
           const Adjusted<T>& a) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, a), m_before = get(m + i, c), v_before = get(v + i, c);
    const V mean = fma(V(rest_1), gradient - m_before, m_before);
    const V square = fma(V(rest_2), fma(gradient, gradient, -v_before), v_before);
    put(m + i, c, mean);
    put(v + i, c, square);
    const V move = fma(V(for_mean), mean, V(for_gradient) * gradient);
    put(w + i, c, weight_at(w + i, c, a) - move / (sqrt(V(for_square) * square) + V(epsilon)));
  });
}

template <class T>
void adagrad(I64 n, T* w, const T* g, T* sum, T lr, T epsilon, const Adjusted<T>& a) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, a);
    const V total = fma(gradient, gradient, get(sum + i, c));
    put(sum + i, c, total);
    put(w + i, c, weight_at(w + i, c, a) - V(lr) * gradient / sqrt(total + V(epsilon)));
  });
}

template <class T>
void adadelta(I64 n, T* w, const T* g, T* squares, T* moves, T lr, T rho, T rest, T epsilon, const Adjusted<T>& a) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, a), moves_before = get(moves + i, c);
    const V square = fma(V(rho), get(squares + i, c), V(rest) * (gradient * gradient));
    put(squares + i, c, square);
    const V move = sqrt(moves_before + V(epsilon)) / sqrt(square + V(epsilon)) * gradient;
    put(moves + i, c, fma(V(rho), moves_before, V(rest) * (move * move)));
    put(w + i, c, fma(V(-lr), move, weight_at(w + i, c, a)));
  });
}

template <class T>
void lion(I64 n, T* w, const T* g, T* m, T lr, T beta_1, T rest_1, T beta_2, T rest_2, const Adjusted<T>& a) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V gradient = gradient_at(g + i, c, a), before = get(m + i, c);
    const V x = fma(V(beta_1), before, V(rest_1) * gradient);
    const V sign = select(x > V(T(0)), V(T(1)), select(x < V(T(0)), V(T(-1)), x));
    put(w + i, c, fma(V(-lr), sign, weight_at(w + i, c, a)));
    put(m + i, c, fma(V(beta_2), before, V(rest_2) * gradient));
  });
}

template <class T>
void accumulate(I64 n, T* sum, const T* g) {
  vectors<T>(n, [=](I64 i, int c) { put(sum + i, c, get(sum + i, c) + get(g + i, c)); });
}

template <class T>
void average(I64 n, T* average, T* w, T momentum, T rest, bool overwrite) {
  using V = Vec<T>;
  vectors<T>(n, [=](I64 i, int c) {
    const V now = fma(V(momentum), get(average + i, c), V(rest) * get(w + i, c));
    put(average + i, c, now);
    if (overwrite) put(w + i, c, now);
  });
}

/// Short blocks in T, their totals in double.
template <class T>
double sum_squares(I64 n, const T* x) {
  using V = Vec<T>;
  constexpr I64 block = 64 * V::size;
  double total = 0;
  for (I64 from = 0; from < n; from += block) {
    const I64 end = from + block < n ? from + block : n;
    V a(T(0)), b(T(0)), c(T(0)), d(T(0));
    I64 i = from;
    for (; i + 4 * V::size <= end; i += 4 * V::size) {
      const V p = load(x + i), q = load(x + i + V::size), r = load(x + i + 2 * V::size), s = load(x + i + 3 * V::size);
      a = fma(p, p, a), b = fma(q, q, b), c = fma(r, r, c), d = fma(s, s, d);
    }
    for (; i + V::size <= end; i += V::size) {
      const V p = load(x + i);
      a = fma(p, p, a);
    }
    const V sum = (a + b) + (c + d);
    for (int k = 0; k < V::size; ++k) total += static_cast<double>(sum.v[k]);
    for (; i < end; ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }
  return total;
}

template <class T>
constexpr OptimizerTable<T> all{sgd<T>,      rmsprop<T>, adam<T>,       adamax<T>,  nadam<T>,      adagrad<T>,
                                adadelta<T>, lion<T>,    accumulate<T>, average<T>, sum_squares<T>};

}  // namespace

template <>
const OptimizerTable<float>& table() {
  return all<float>;
}
template <>
const OptimizerTable<double>& table() {
  return all<double>;
}

}  // namespace xgrad::kernels::XGRAD_ISA
