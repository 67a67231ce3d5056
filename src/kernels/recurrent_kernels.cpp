#include "kernels/isa.hpp"
#include "kernels/recurrent_tables.hpp"
#include "kernels/simd/exp_log.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// f(place, load, store) over the vectors of a row; the last one may be partial.
template <class T, class F>
inline void over_units(I64 units, const F& f) {
  constexpr int w = Vec<T>::size;
  I64 j = 0;
  for (; j + w <= units; j += w)
    f(
        j, [](const T* p) { return load(p); }, [](T* p, Vec<T> v) { store(p, v); });
  const int rest = static_cast<int>(units - j);
  if (rest > 0)
    f(
        j, [rest](const T* p) { return load_partial(p, rest, T(0)); },
        [rest](T* p, Vec<T> v) { store_partial(p, rest, v); });
}

template <class T>
inline void copy(I64 n, const T* from, T* to) {
  if (n > 0) __builtin_memmove(to, from, static_cast<std::size_t>(n) * sizeof(T));
}
template <class T>
inline void clear(I64 n, T* to) {
  if (n > 0) __builtin_memset(to, 0, static_cast<std::size_t>(n) * sizeof(T));
}

template <class T>
void lstm_step(I64 n, I64 u, const T* bias, const bool* mask, const T* h_before, const T* c_before, T* gates, T* h,
               T* c) {
  using V = Vec<T>;
  for (I64 row = 0; row < n; ++row, h_before += u, c_before += u, gates += 4 * u, h += u, c += u) {
    over_units<T>(u, [=](I64 j, auto get, auto put) {
      T *pi = gates + j, *pf = pi + u, *pg = pf + u, *po = pg + u;
      const V i = sigmoid(get(pi) + get(bias + j)), f = sigmoid(get(pf) + get(bias + u + j)),
              g = tanh(get(pg) + get(bias + 2 * u + j)), o = sigmoid(get(po) + get(bias + 3 * u + j));
      const V state = fma(f, get(c_before + j), i * g);
      put(pi, i);
      put(pf, f);
      put(pg, g);
      put(po, o);
      put(c + j, state);
      put(h + j, o * tanh(state));
    });
    if (mask && !mask[row]) {
      copy(u, h_before, h);
      copy(u, c_before, c);
    }
  }
}

template <class T>
void lstm_step_vjp(I64 n, I64 u, const bool* mask, const T* c_before, const T* c, const T* gates, const T* gh,
                   const T* gc, T* dz, T* dh, T* dc) {
  using V = Vec<T>;
  const V one = T(1);
  for (I64 row = 0; row < n; ++row) {
    const I64 at = row * u;
    if (mask && !mask[row]) {
      clear(4 * u, dz + 4 * at);
      over_units<T>(u, [=](I64 j, auto get, auto put) {
        if (gh) put(dh + at + j, get(dh + at + j) + get(gh + at + j));
        if (gc) put(dc + at + j, get(dc + at + j) + get(gc + at + j));
      });
      continue;
    }
    over_units<T>(u, [=](I64 j, auto get, auto put) {
      const I64 k = at + j;
      const T* gate = gates + 4 * at + j;
      const V i = get(gate), f = get(gate + u), g = get(gate + 2 * u), o = get(gate + 3 * u);
      const V t = tanh(get(c + k));
      V into_h = get(dh + k), into_c = get(dc + k);
      if (gh) into_h = into_h + get(gh + k);
      if (gc) into_c = into_c + get(gc + k);
      into_c = fma(into_h * o, one - t * t, into_c);
      T* to = dz + 4 * at + j;
      put(to, into_c * g * (i * (one - i)));
      put(to + u, into_c * get(c_before + k) * (f * (one - f)));
      put(to + 2 * u, into_c * i * (one - g * g));
      put(to + 3 * u, into_h * t * (o * (one - o)));
      put(dc + k, into_c * f);
      put(dh + k, V(T(0)));
    });
  }
}

template <class T>
void gru_step(I64 n, I64 u, const T* bias, const bool* mask, const T* h_before, const T* from_x, const T* from_h,
              T* gates, T* h) {
  using V = Vec<T>;
  const T* own = bias + 3 * u;  // of the product with the state
  for (I64 row = 0; row < n; ++row, h_before += u, from_x += 3 * u, from_h += 3 * u, gates += 4 * u, h += u) {
    over_units<T>(u, [=](I64 j, auto get, auto put) {
      const auto from_both = [&](I64 k) {
        return (get(from_x + k) + get(bias + k)) + (get(from_h + k) + get(own + k));
      };
      const V z = sigmoid(from_both(j)), r = sigmoid(from_both(u + j));
      const V recalled = get(from_h + 2 * u + j) + get(own + 2 * u + j);
      const V candidate = tanh(fma(r, recalled, get(from_x + 2 * u + j) + get(bias + 2 * u + j)));
      put(gates + j, z);
      put(gates + u + j, r);
      put(gates + 2 * u + j, candidate);
      put(gates + 3 * u + j, recalled);
      put(h + j, fma(z, get(h_before + j) - candidate, candidate));
    });
    if (mask && !mask[row]) copy(u, h_before, h);
  }
}

template <class T>
void gru_step_vjp(I64 n, I64 u, const bool* mask, const T* h_before, const T* gates, const T* gh, T* dx, T* dr, T* dh) {
  using V = Vec<T>;
  const V one = T(1);
  for (I64 row = 0; row < n; ++row) {
    const I64 at = row * u;
    if (mask && !mask[row]) {
      clear(3 * u, dx + 3 * at);
      clear(3 * u, dr + 3 * at);
      over_units<T>(u, [=](I64 j, auto get, auto put) { put(dh + at + j, get(dh + at + j) + get(gh + at + j)); });
      continue;
    }
    over_units<T>(u, [=](I64 j, auto get, auto put) {
      const T* gate = gates + 4 * at + j;
      const V z = get(gate), r = get(gate + u), candidate = get(gate + 2 * u), recalled = get(gate + 3 * u);
      const V g = get(dh + at + j) + get(gh + at + j);
      const V into_candidate = g * (one - z) * (one - candidate * candidate);
      const V into_z = g * (get(h_before + at + j) - candidate) * (z * (one - z));
      const V into_r = into_candidate * recalled * (r * (one - r));
      const I64 k = 3 * at + j;
      put(dx + k, into_z);
      put(dr + k, into_z);
      put(dx + k + u, into_r);
      put(dr + k + u, into_r);
      put(dx + k + 2 * u, into_candidate);
      put(dr + k + 2 * u, into_candidate * r);
      put(dh + at + j, g * z);
    });
  }
}

constexpr RecurrentTable<float> f32{lstm_step<float>, lstm_step_vjp<float>, gru_step<float>, gru_step_vjp<float>};
constexpr RecurrentTable<double> f64{lstm_step<double>, lstm_step_vjp<double>, gru_step<double>, gru_step_vjp<double>};

}  // namespace

template <>
const RecurrentTable<float>& table() {
  return f32;
}
template <>
const RecurrentTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
