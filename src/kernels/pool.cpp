#include "kernels/pool.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/isa.hpp"
#include "kernels/parallel.hpp"
#include "kernels/pool_tables.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// body(picture, row of its results), over all of them.
template <class Body>
void each_row(const PoolShape& s, Body body) {
  const I64 work = std::max<I64>(1, s.ow * s.c * s.kh * s.kw);
  split_rows(s.n * s.oh, work, kCheapGrain, [&](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) body(i / s.oh, i % s.oh);
  });
}

/// body(picture, row of its results) for what adds to the places that the windows read: rows of one picture, whose
/// windows may overlap, come one after the other. Where nothing is to be added to, dx is 0 at first, unless every
/// place will be written.
template <class T, class Body>
void each_row_adding(const PoolShape& s, T* dx, bool add, Body body) {
  const I64 picture = s.h * s.w * s.c;
  const bool write = !add && s.apart();
  // With windows side by side from edge to edge every place belongs to one.
  const bool all = write && s.stride[0] == s.kh && s.stride[1] == s.kw && s.oh * s.kh - s.before[0] >= s.h &&
                   s.ow * s.kw - s.before[1] >= s.w;
  split_rows(s.n, std::max<I64>(1, picture * 2), kCheapGrain, [&](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) {
      if (!add && !all) std::fill_n(dx + i * picture, picture, T(0));
      for (I64 row = 0; row < s.oh; ++row) body(i, row, !write);
    }
  });
}

/// body(place of x, place of y) for each result, the first by its place in the window.
template <class Body>
void each_place(const PoolShape& s, I64 image, I64 row, const I64* place, Body body) {
  I64 y = (image * s.oh + row) * s.ow * s.c;
  for (I64 q = 0; q < s.ow; ++q) {
    for (I64 k = 0; k < s.c; ++k, ++y) {
      const I64 a = place[y] / s.kw, b = place[y] % s.kw;
      const I64 down = row * s.stride[0] - s.before[0] + a, right = q * s.stride[1] - s.before[1] + b;
      body(((image * s.h + down) * s.w + right) * s.c + k, y);
    }
  }
}

}  // namespace

template <class T>
void max_pool2d(const PoolShape& s, const T* x, T* y) {
  const auto f = table<PoolTable<T>>().max;
  each_row(s, [&](I64 i, I64 row) { f(s, row, x + i * s.h * s.w * s.c, y + (i * s.oh + row) * s.ow * s.c); });
}

template <class T>
void max_pool2d_place(const PoolShape& s, const T* x, I64* place) {
  each_row(s, [&](I64 i, I64 row) {
    I64* to = place + (i * s.oh + row) * s.ow * s.c;
    for (I64 q = 0; q < s.ow; ++q) {
      for (I64 k = 0; k < s.c; ++k) {
        I64 found = -1;
        T most = T(0);
        for (I64 a = 0; a < s.kh; ++a) {
          const I64 down = row * s.stride[0] - s.before[0] + a;
          if (down < 0 || down >= s.h) continue;
          for (I64 b = 0; b < s.kw; ++b) {
            const I64 right = q * s.stride[1] - s.before[1] + b;
            if (right < 0 || right >= s.w) continue;
            const T v = x[((i * s.h + down) * s.w + right) * s.c + k];
            if (found >= 0 && (std::isnan(most) || !(v > most || std::isnan(v)))) continue;
            found = a * s.kw + b;
            most = v;
          }
        }
        *to++ = found;
      }
    }
  });
}

template <class T>
void max_pool2d_vjp(const PoolShape& s, const T* x, const T* y, const T* g, T* dx, bool add) {
  const auto f = table<PoolTable<T>>().max_vjp;
  each_row_adding(s, dx, add, [&](I64 i, I64 row, bool more) {
    const I64 from = i * s.h * s.w * s.c, at = (i * s.oh + row) * s.ow * s.c;
    f(s, row, x + from, y + at, g + at, dx + from, more);
  });
}

template <class T>
void pool_scatter(const PoolShape& s, const T* g, const I64* place, T* dx, bool add) {
  const I64 picture = s.h * s.w * s.c;
  split_rows(s.n, std::max<I64>(1, picture), kCheapGrain, [&](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) {
      if (!add) std::fill_n(dx + i * picture, picture, T(0));
      for (I64 row = 0; row < s.oh; ++row) each_place(s, i, row, place, [&](I64 x, I64 y) { dx[x] += g[y]; });
    }
  });
}

template <class T>
void pool_gather(const PoolShape& s, const T* x, const I64* place, T* y, bool add) {
  each_row(s, [&](I64 i, I64 row) {
    each_place(s, i, row, place, [&](I64 from, I64 to) { y[to] = add ? y[to] + x[from] : x[from]; });
  });
}

template <class T>
void avg_pool2d(const PoolShape& s, const T* x, T* y, bool add) {
  const auto f = table<PoolTable<T>>().avg;
  each_row(s, [&](I64 i, I64 row) { f(s, row, x + i * s.h * s.w * s.c, y + (i * s.oh + row) * s.ow * s.c, add); });
}

template <class T>
void avg_pool2d_input(const PoolShape& s, const T* g, T* dx, bool add) {
  const auto f = table<PoolTable<T>>().avg_input;
  each_row_adding(s, dx, add, [&](I64 i, I64 row, bool more) {
    f(s, row, g + (i * s.oh + row) * s.ow * s.c, dx + i * s.h * s.w * s.c, more);
  });
}

template void max_pool2d(const PoolShape&, const float*, float*);
template void max_pool2d(const PoolShape&, const double*, double*);
template void max_pool2d_place(const PoolShape&, const float*, I64*);
template void max_pool2d_place(const PoolShape&, const double*, I64*);
template void max_pool2d_vjp(const PoolShape&, const float*, const float*, const float*, float*, bool);
template void max_pool2d_vjp(const PoolShape&, const double*, const double*, const double*, double*, bool);
template void pool_scatter(const PoolShape&, const float*, const I64*, float*, bool);
template void pool_scatter(const PoolShape&, const double*, const I64*, double*, bool);
template void pool_gather(const PoolShape&, const float*, const I64*, float*, bool);
template void pool_gather(const PoolShape&, const double*, const I64*, double*, bool);
template void avg_pool2d(const PoolShape&, const float*, float*, bool);
template void avg_pool2d(const PoolShape&, const double*, double*, bool);
template void avg_pool2d_input(const PoolShape&, const float*, float*, bool);
template void avg_pool2d_input(const PoolShape&, const double*, double*, bool);

}  // namespace xgrad::kernels
