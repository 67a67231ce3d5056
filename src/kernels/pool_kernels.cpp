#include "kernels/isa.hpp"
#include "kernels/pool_tables.hpp"
#include "kernels/simd/vec.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

/// Along one axis: the window's taps that x has.
struct Inside {
  I64 first, last;  // of the window
  I64 place;        // of its tap 0, which may lie outside
};
inline Inside inside(I64 result, I64 stride, I64 before, I64 taps, I64 extent) {
  const I64 place = result * stride - before;
  return {place < 0 ? -place : 0, extent - place < taps ? extent - place : taps, place};
}

/// body(first number of x's place, tap) for the window of result (row, q).
template <class Body>
inline void each_tap(const PoolShape& s, const Inside& down, const Inside& right, Body body) {
  for (I64 a = down.first; a < down.last; ++a) {
    for (I64 b = right.first; b < right.last; ++b) body(((down.place + a) * s.w + right.place + b) * s.c);
  }
}

/// body(q, columns of the window, first channel, lanes) for each vector of a row of results.
template <class T, class Body>
inline void each_vector(const PoolShape& s, Body body) {
  constexpr I64 w = Vec<T>::size;
  for (I64 q = 0; q < s.ow; ++q) {
    const Inside right = inside(q, s.stride[1], s.before[1], s.kw, s.w);
    for (I64 k = 0; k < s.c; k += w) body(q, right, k, static_cast<int>(s.c - k < w ? s.c - k : w));
  }
}

template <class T>
inline Vec<T> get(const T* p, int lanes) {
  return lanes == Vec<T>::size ? load(p) : load_partial(p, lanes, T(0));
}
template <class T>
inline void set(T* p, int lanes, Vec<T> v) {
  lanes == Vec<T>::size ? store(p, v) : store_partial(p, lanes, v);
}

template <class T>
void max(const PoolShape& s, I64 row, const T* x, T* y) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, int lanes) {
    Vec<T> most = T(-__builtin_inf());
    each_tap(s, down, right, [&](I64 at) {
      const Vec<T> v = get(x + at + k, lanes);
      most = select(v > most, v, select(is_nan(v), v, most));
    });
    set(y + q * s.c + k, lanes, most);
  });
}

template <class T>
void max_vjp(const PoolShape& s, I64 row, const T* x, const T* y, const T* g, T* dx, bool add) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, int lanes) {
    const Vec<T> most = get(y + q * s.c + k, lanes);
    const typename Vec<T>::Mask lost = is_nan(most);
    Vec<T> left = get(g + q * s.c + k, lanes);  // what has not found its place yet
    each_tap(s, down, right, [&](I64 at) {
      const Vec<T> v = get(x + at + k, lanes), none = T(0);
      const typename Vec<T>::Mask here = (v == most) | (lost & is_nan(v));
      const Vec<T> given = select(here, left, none);
      left = select(here, none, left);
      set(dx + at + k, lanes, add ? get(dx + at + k, lanes) + given : given);
    });
  });
}

template <class T>
void avg(const PoolShape& s, I64 row, const T* x, T* y, bool add) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, int lanes) {
    Vec<T> sum = T(0);
    each_tap(s, down, right, [&](I64 at) { sum = sum + get(x + at + k, lanes); });
    const Vec<T> mean = sum / Vec<T>(T((down.last - down.first) * (right.last - right.first)));
    T* to = y + q * s.c + k;
    set(to, lanes, add ? get(to, lanes) + mean : mean);
  });
}

template <class T>
void avg_input(const PoolShape& s, I64 row, const T* g, T* dx, bool add) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, int lanes) {
    const Vec<T> share = get(g + q * s.c + k, lanes) / Vec<T>(T((down.last - down.first) * (right.last - right.first)));
    each_tap(s, down, right, [&](I64 at) {
      T* to = dx + at + k;
      set(to, lanes, add ? get(to, lanes) + share : share);
    });
  });
}

constexpr PoolTable<float> f32{max<float>, max_vjp<float>, avg<float>, avg_input<float>};
constexpr PoolTable<double> f64{max<double>, max_vjp<double>, avg<double>, avg_input<double>};

}  // namespace

template <>
const PoolTable<float>& table() {
  return f32;
}
template <>
const PoolTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
