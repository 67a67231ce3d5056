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

/// A vector's lanes: all of them, or the first few.
template <class T>
struct Whole {
  Vec<T> get(const T* p) const { return load(p); }
  void set(T* p, Vec<T> v) const { store(p, v); }
};
template <class T>
struct Part {
  int lanes;
  Vec<T> get(const T* p) const { return load_partial(p, lanes, T(0)); }
  void set(T* p, Vec<T> v) const { store_partial(p, lanes, v); }
};

/// body(q, columns of the window, first channel, lanes) for each vector of a row of results.
template <class T, class Body>
inline void each_vector(const PoolShape& s, Body body) {
  constexpr I64 w = Vec<T>::size;
  for (I64 q = 0; q < s.ow; ++q) {
    const Inside right = inside(q, s.stride[1], s.before[1], s.kw, s.w);
    I64 k = 0;
    for (; k + w <= s.c; k += w) body(q, right, k, Whole<T>{});
    if (k < s.c) body(q, right, k, Part<T>{static_cast<int>(s.c - k)});
  }
}

template <class T>
void max(const PoolShape& s, I64 row, const T* x, T* y) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, auto v) {
    Vec<T> most = T(-__builtin_inf());
    each_tap(s, down, right, [&](I64 at) {
      const Vec<T> here = v.get(x + at + k);
      most = select(here > most, here, select(is_nan(here), here, most));
    });
    v.set(y + q * s.c + k, most);
  });
}

template <class T>
void max_vjp(const PoolShape& s, I64 row, const T* x, const T* y, const T* g, T* dx, bool add) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, auto v) {
    const Vec<T> most = v.get(y + q * s.c + k);
    const typename Vec<T>::Mask lost = is_nan(most);
    Vec<T> left = v.get(g + q * s.c + k);  // what has not found its place yet
    each_tap(s, down, right, [&](I64 at) {
      const Vec<T> here = v.get(x + at + k), none = T(0);
      const typename Vec<T>::Mask found = (here == most) | (lost & is_nan(here));
      const Vec<T> given = select(found, left, none);
      left = select(found, none, left);
      v.set(dx + at + k, add ? v.get(dx + at + k) + given : given);
    });
  });
}

template <class T>
void avg(const PoolShape& s, I64 row, const T* x, T* y, bool add) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, auto v) {
    Vec<T> sum = T(0);
    each_tap(s, down, right, [&](I64 at) { sum = sum + v.get(x + at + k); });
    const Vec<T> mean = sum / Vec<T>(T((down.last - down.first) * (right.last - right.first)));
    T* to = y + q * s.c + k;
    v.set(to, add ? v.get(to) + mean : mean);
  });
}

template <class T>
void avg_input(const PoolShape& s, I64 row, const T* g, T* dx, bool add) {
  const Inside down = inside(row, s.stride[0], s.before[0], s.kh, s.h);
  each_vector<T>(s, [&](I64 q, const Inside& right, I64 k, auto v) {
    const Vec<T> share = v.get(g + q * s.c + k) / Vec<T>(T((down.last - down.first) * (right.last - right.first)));
    each_tap(s, down, right, [&](I64 at) {
      T* to = dx + at + k;
      v.set(to, add ? v.get(to) + share : share);
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
