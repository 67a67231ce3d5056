#include "kernels/isa.hpp"
#include "kernels/simd/exp_log.hpp"
#include "kernels/simd/loops.hpp"
#include "kernels/softmax_tables.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

template <class T>
constexpr T infinity = static_cast<T>(__builtin_inf());

inline float log_of(float x) { return __builtin_logf(x); }
inline double log_of(double x) { return __builtin_log(x); }

/// Calls f on the vectors of a row; the last one is filled up with `fill`.
template <class T, class F>
inline void over(I64 n, const T* x, T fill, F f) {
  constexpr int w = Vec<T>::size;
  I64 i = 0;
  for (; i + w <= n; i += w) f(load(x + i));
  if (i < n) f(load_partial(x + i, static_cast<int>(n - i), fill));
}
template <class T, class F>
inline void over(I64 n, const T* x, const T* y, T fill_x, T fill_y, F f) {
  constexpr int w = Vec<T>::size;
  I64 i = 0;
  for (; i + w <= n; i += w) f(load(x + i), load(y + i));
  const int rest = static_cast<int>(n - i);
  if (rest > 0) f(load_partial(x + i, rest, fill_x), load_partial(y + i, rest, fill_y));
}

template <class T>
inline T sum_lanes(Vec<T> a) {
  constexpr int w = Vec<T>::size;
  T lanes[w];
  store(lanes, a);
  for (int half = w / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  return lanes[0];
}

/// The sum of what `term` makes of a row's vectors; places beyond the row count as `fill`. Long rows go in blocks, so
/// that the error does not grow with them.
constexpr I64 kBlock = 1024;
template <class T, class F>
inline T sum_over(I64 n, const T* x, T fill, F term) {
  double total = 0;
  for (I64 i = 0;; i += kBlock) {
    const I64 left = n - i;
    Vec<T> sum = T(0);
    over(left < kBlock ? left : kBlock, x + i, fill, [&](Vec<T> v) { sum = sum + term(v); });
    const T part = sum_lanes(sum);
    if (n <= kBlock) return part;
    total += part;
    if (left <= kBlock) return static_cast<T>(total);
  }
}
template <class T, class F>
inline T sum_over(I64 n, const T* x, const T* y, F term) {
  double total = 0;
  for (I64 i = 0;; i += kBlock) {
    const I64 left = n - i;
    Vec<T> sum = T(0);
    over(left < kBlock ? left : kBlock, x + i, y + i, T(0), T(0), [&](Vec<T> u, Vec<T> v) { sum = sum + term(u, v); });
    const T part = sum_lanes(sum);
    if (n <= kBlock) return part;
    total += part;
    if (left <= kBlock) return static_cast<T>(total);
  }
}

/// The largest element; NaN where there is one.
template <class T>
inline T top_of(I64 n, const T* x) {
  using V = Vec<T>;
  V top = V(-infinity<T>), poison = V(T(0));
  over(n, x, -infinity<T>, [&](V v) {
    top = max_or_second(v, top);            // skips NaN …
    poison = select(is_nan(v), v, poison);  // … which is kept here
  });
  T lanes[V::size];
  store(lanes, top);
  T best = lanes[0];
  for (int k = 1; k < V::size; ++k) best = lanes[k] > best ? lanes[k] : best;
  return best + sum_lanes(poison);
}

/// A row's shift (its largest element, 0 for a row of −∞ alone) and Σ e^(x − shift).
template <class T>
struct Row {
  T shift, sum;
  bool masked;
};
template <class T>
inline Row<T> row_of(I64 n, const T* x) {
  using V = Vec<T>;
  const T top = top_of(n, x);
  const bool masked = top == -infinity<T>;
  const T shift = masked ? T(0) : top;
  return {shift, sum_over(n, x, -infinity<T>, [=](V v) { return exp(v - V(shift)); }), masked};
}

template <class T>
void softmax_rows(I64 m, I64 n, const T* x, T* y) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, x += n, y += n) {
    const T top = top_of(n, x);
    const V shift = top == -infinity<T> ? T(0) : top;
    map(n, x, y, [=](V v) { return exp(v - shift); });
    const T total = sum_over(n, y, T(0), [](V v) { return v; });
    const V scale = total == T(0) ? T(0) : T(1) / total;
    map(n, y, y, [=](V v) { return v * scale; });
  }
}

template <class T>
void log_softmax_rows(I64 m, I64 n, const T* x, T* y) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, x += n, y += n) {
    const Row<T> r = row_of(n, x);
    const V shift = r.shift, log_sum = r.masked ? T(0) : log_of(r.sum);
    map(n, x, y, [=](V v) { return v - shift - log_sum; });
  }
}

/// Source: Michelot 1986, "A finite algorithm for finding the projection of a point onto the canonical simplex": with a
/// τ from too large a support, only those above it can be in the support, and give a better τ. Begun with all that lie
/// less than 1 below the top, it ends when none drops out.
template <class T>
void sparsemax_rows(I64 m, I64 n, const T* x, T* y) {
  using V = Vec<T>;
  const V zero = T(0), one = T(1);
  for (I64 i = 0; i < m; ++i, x += n, y += n) {
    const T top = top_of(n, x);
    const V shift = top == -infinity<T> ? T(0) : top;
    V tau = T(-1);
    for (T before = static_cast<T>(n) + 1;;) {
      const auto above = [=](V v) { return v - shift > tau; };
      const T kept = sum_over(n, x, -infinity<T>, [=](V v) { return select(above(v), one, zero); });
      if (!(kept < before && kept > 0)) break;
      const T total = sum_over(n, x, -infinity<T>, [=](V v) { return select(above(v), v - shift, zero); });
      tau = (total - 1) / kept;
      before = kept;
    }
    map(n, x, y, [=](V v) { return max_or_second(zero, v - shift - tau); });
  }
}

template <class T>
void softmax_vjp_rows(I64 m, I64 n, const T* g, const T* y, T* dx, bool add) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, g += n, y += n, dx += n) {
    const V mean = sum_over(n, g, y, [](V a, V b) { return a * b; });
    if (add) {
      map3(n, g, y, dx, dx, [=](V a, V b, V c) { return fma(b, a - mean, c); });
    } else {
      map2(n, g, y, dx, [=](V a, V b) { return b * (a - mean); });
    }
  }
}

template <class T>
void log_softmax_vjp_rows(I64 m, I64 n, const T* g, const T* y, T* dx, bool add) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, g += n, y += n, dx += n) {
    const V total = sum_over(n, g, T(0), [](V a) { return a; });
    if (add) {
      map3(n, g, y, dx, dx, [=](V a, V b, V c) { return c + (a - exp(b) * total); });
    } else {
      map2(n, g, y, dx, [=](V a, V b) { return a - exp(b) * total; });
    }
  }
}

template <class T>
void label_loss_rows(I64 m, I64 n, const T* x, const I64* labels, T* loss) {
  for (I64 i = 0; i < m; ++i, x += n) {
    const Row<T> r = row_of(n, x);
    loss[i] = r.masked ? T(0) : log_of(r.sum) - (x[labels[i]] - r.shift);
  }
}

template <class T>
void label_vjp_rows(I64 m, I64 n, const T* g, const T* x, const I64* labels, T* dx, bool add) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, x += n, dx += n) {
    const Row<T> r = row_of(n, x);
    if (r.masked) {
      if (!add) map(n, x, dx, [](V) { return V(T(0)); });
      continue;
    }
    const V shift = r.shift, scale = g[i] / r.sum;
    if (add) {
      map2(n, x, dx, dx, [=](V v, V c) { return fma(exp(v - shift), scale, c); });
    } else {
      map(n, x, dx, [=](V v) { return exp(v - shift) * scale; });
    }
    dx[labels[i]] -= g[i];
  }
}

template <class T>
void target_loss_rows(I64 m, I64 n, const T* x, const T* t, T* loss) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, x += n, t += n) {
    const Row<T> r = row_of(n, x);
    const V shift = r.shift, log_sum = r.masked ? T(0) : log_of(r.sum);
    const T sum = sum_over(n, x, t, [=](V v, V p) {
      const V zero = T(0);
      return select(p == zero, zero, p * (log_sum - (v - shift)));
    });
    loss[i] = r.masked ? T(0) : sum;
  }
}

template <class T>
void target_vjp_rows(I64 m, I64 n, const T* g, const T* x, const T* t, T* dx, bool add) {
  using V = Vec<T>;
  for (I64 i = 0; i < m; ++i, x += n, t += n, dx += n) {
    const Row<T> r = row_of(n, x);
    if (r.masked) {
      if (!add) map(n, x, dx, [](V) { return V(T(0)); });
      continue;
    }
    const T mass = sum_over(n, t, T(0), [](V p) { return p; });
    const V shift = r.shift, scale = g[i] * mass / r.sum, grad = g[i];
    if (add) {
      map3(n, x, t, dx, dx, [=](V v, V p, V c) { return c + (exp(v - shift) * scale - grad * p); });
    } else {
      map2(n, x, t, dx, [=](V v, V p) { return exp(v - shift) * scale - grad * p; });
    }
  }
}

template <class T>
constexpr SoftmaxTable<T> make_table() {
  return {softmax_rows<T>,    log_softmax_rows<T>, sparsemax_rows<T>,   softmax_vjp_rows<T>, log_softmax_vjp_rows<T>,
          label_loss_rows<T>, label_vjp_rows<T>,   target_loss_rows<T>, target_vjp_rows<T>};
}
constexpr SoftmaxTable<float> floats = make_table<float>();
constexpr SoftmaxTable<double> doubles = make_table<double>();

}  // namespace

template <>
const SoftmaxTable<float>& table<SoftmaxTable<float>>() {
  return floats;
}
template <>
const SoftmaxTable<double>& table<SoftmaxTable<double>>() {
  return doubles;
}

}  // namespace xgrad::kernels::XGRAD_ISA
