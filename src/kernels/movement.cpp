#include "kernels/movement.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/parallel.hpp"

namespace xgrad::kernels {
namespace {

using I64 = std::int64_t;

/// Like split, for items that are rows.
template <class Body>
void split_rows(I64 rows, I64 row, const Body& body) {
  if (rows * row <= kCheapGrain) return rows > 0 ? body(I64{0}, rows) : void();
  parallel_for(rows, std::max<I64>(1, kCheapGrain / row), body, 1);
}

/// Calls f with a pointer type of the element's size.
template <class F>
void with_element(int bytes, F&& f) {
  if (bytes == 4) return f(static_cast<std::uint32_t*>(nullptr));
  if (bytes == 8) return f(static_cast<std::uint64_t*>(nullptr));
  f(static_cast<std::uint8_t*>(nullptr));
}

/// The region without axes of extent 1, neighbours merged where they are one run.
Region merged(const Region& r) {
  Region m;
  m.first = r.first;
  for (int d = 0; d < r.rank; ++d) {
    if (r.count[d] == 1) continue;
    if (m.rank > 0 && m.stride[m.rank - 1] == r.stride[d] * r.count[d]) {
      m.count[m.rank - 1] *= r.count[d];
      m.stride[m.rank - 1] = r.stride[d];
    } else {
      m.count[m.rank] = r.count[d];
      m.stride[m.rank++] = r.stride[d];
    }
  }
  if (m.rank == 0) {
    m.rank = 1;
    m.count[0] = m.stride[0] = 1;
  }
  return m;
}

/// visit(place in the region, place in the contiguous array) for each index of the axes before `inner` ones.
template <class Visit>
void walk(const Region& r, int inner, Visit visit) {
  const int outer = r.rank - inner;
  I64 index[Region::max_rank] = {}, rows = 1, row = 1;
  for (int d = 0; d < outer; ++d) rows *= r.count[d];
  for (int d = outer; d < r.rank; ++d) row *= r.count[d];
  I64 at = 0;
  for (I64 i = 0; i < rows; ++i) {
    visit(at, i * row);
    for (int d = outer - 1; d >= 0; --d) {
      at += r.stride[d];
      if (++index[d] < r.count[d]) break;
      index[d] = 0;
      at -= r.stride[d] * r.count[d];
    }
  }
}

constexpr I64 kTile = 32;  // 32 x 32 elements of 8 bytes: a quarter of a level-1 cache

/// y[k * y_row + i] = x[k + i * x_row] for k < m, i < n: each side is read or written along its own rows, and the turn
/// is made in a buffer whose rows fall on different cache lines.
template <class U>
void turn(I64 m, I64 n, const U* x, I64 x_row, U* y, I64 y_row) {
  constexpr I64 pad = 64 / static_cast<I64>(sizeof(U)) / 4 + 1;
  U buffer[kTile * (kTile + pad)];
  for (I64 j = 0; j < m; j += kTile) {
    const I64 rows = std::min(kTile, m - j);
    for (I64 i = 0; i < n; i += kTile) {
      const I64 columns = std::min(kTile, n - i);
      for (I64 b = 0; b < columns; ++b)
        for (I64 a = 0; a < rows; ++a) buffer[a * (kTile + pad) + b] = x[(i + b) * x_row + j + a];
      for (I64 a = 0; a < rows; ++a)
        std::memcpy(y + (j + a) * y_row + i, buffer + a * (kTile + pad), static_cast<std::size_t>(columns) * sizeof(U));
    }
  }
}

/// How the axes are walked: `other`, along which the region is one run while along the last it is not, or none (−1).
int turned_axis(const Region& r) {
  const int last = r.rank - 1;
  int other = -1;
  if (std::abs(r.stride[last]) > 8 && r.count[last] > 4)
    for (int d = 0; d < last; ++d)
      if (r.stride[d] == 1 && r.count[d] > 4) other = d;
  return other;
}

/// visit(place in the region, place in the contiguous array, rows of the latter's axis `other`) for each index of the
/// axes beside `other` and the last one.
template <class Visit>
void walk_turned(const Region& r, int other, Visit visit) {
  const int last = r.rank - 1;
  I64 flat[Region::max_rank];  // strides of the contiguous array
  I64 step = 1;
  for (int d = last; d >= 0; --d) {
    flat[d] = step;
    step *= r.count[d];
  }
  Region rest;
  I64 rest_flat[Region::max_rank];
  for (int d = 0; d < last; ++d) {
    if (d == other) continue;
    rest.count[rest.rank] = r.count[d];
    rest.stride[rest.rank] = r.stride[d];
    rest_flat[rest.rank++] = flat[d];
  }
  I64 index[Region::max_rank] = {}, at = 0, to = 0;
  for (I64 row = 0, rows = rest.size(); row < rows; ++row) {
    visit(at, to, flat[other]);
    for (int d = rest.rank - 1; d >= 0; --d) {
      at += rest.stride[d];
      to += rest_flat[d];
      if (++index[d] < rest.count[d]) break;
      index[d] = 0;
      at -= rest.stride[d] * rest.count[d];
      to -= rest_flat[d] * rest.count[d];
    }
  }
}

/// part(piece of the region, its first element, where it begins in the contiguous array), for pieces on several
/// threads.
template <class Part>
void over(const Region& region, Part part) {
  if (region.size() == 0) return;
  const Region r = merged(region);
  const I64 row = r.size() / r.count[0];
  split_rows(r.count[0], row, [&](I64 begin, I64 end) {
    Region piece = r;
    piece.count[0] = end - begin;
    part(piece, r.first + begin * r.stride[0], begin * row);
  });
}

/// row(place in the region, place in the contiguous array, how many, stride in the region), for each run of the last
/// axis.
template <class Row>
void over_rows(const Region& region, Row row) {
  over(region, [&](const Region& r, I64 first, I64 flat) {
    const int last = r.rank - 1;
    walk(r, 1, [&](I64 at, I64 to) { row(first + at, flat + to, r.count[last], r.stride[last]); });
  });
}

}  // namespace

void copy_region(const Region& region, int bytes, const void* x, void* y) {
  with_element(bytes, [&](auto* type) {
    using U = std::remove_pointer_t<decltype(type)>;
    const U* from = static_cast<const U*>(x);
    U* to = static_cast<U*>(y);
    over(region, [=](const Region& r, I64 first, I64 flat) {
      const int last = r.rank - 1, other = turned_axis(r);
      const I64 n = r.count[last], stride = r.stride[last];
      if (other >= 0) {
        return walk_turned(r, other, [&](I64 at, I64 place, I64 y_row) {
          turn(r.count[other], n, from + first + at, stride, to + flat + place, y_row);
        });
      }
      walk(r, 1, [&](I64 at, I64 place) {
        const U* p = from + first + at;
        U* q = to + flat + place;
        if (stride == 1 && n >= 16) {
          std::memcpy(q, p, static_cast<std::size_t>(n) * sizeof(U));
        } else {
          for (I64 i = 0; i < n; ++i) q[i] = p[i * stride];
        }
      });
    });
  });
}

void copy_to_region(const Region& region, int bytes, const void* x, void* y) {
  with_element(bytes, [&](auto* type) {
    using U = std::remove_pointer_t<decltype(type)>;
    const U* from = static_cast<const U*>(x);
    U* to = static_cast<U*>(y);
    over_rows(region, [=](I64 at, I64 flat, I64 n, I64 stride) {
      const U* p = from + flat;
      U* q = to + at;
      for (I64 i = 0; i < n; ++i) q[i * stride] = p[i];
    });
  });
}

template <class T>
void add_to_region(const Region& region, const T* x, T* y) {
  over_rows(region, [=](I64 at, I64 flat, I64 n, I64 stride) {
    const T* p = x + flat;
    T* q = y + at;
    if (stride == 1) {
      for (I64 i = 0; i < n; ++i) q[i] += p[i];
    } else {
      for (I64 i = 0; i < n; ++i) q[i * stride] += p[i];
    }
  });
}

void copy_runs(I64 rows, I64 run, I64 from, const void* x, I64 to, void* y) {
  const char* p = static_cast<const char*>(x);
  char* q = static_cast<char*>(y);
  if (run == 4 || run == 8) {  // one element each: a column
    for (I64 i = 0; i < rows; ++i, p += from, q += to) {
      if (run == 4) {
        std::memcpy(q, p, 4);
      } else {
        std::memcpy(q, p, 8);
      }
    }
    return;
  }
  if (run <= 0) return;
  split_rows(rows, (run + 7) / 8, [=](I64 begin, I64 end) {
    for (I64 i = begin; i < end; ++i) std::memcpy(q + i * to, p + i * from, static_cast<std::size_t>(run));
  });
}

void take(I64 outer, I64 n, I64 inner, int bytes, const void* x, I64 count, const I64* index, void* y) {
  with_element(bytes, [&](auto* type) {
    using U = std::remove_pointer_t<decltype(type)>;
    const U* from = static_cast<const U*>(x);
    U* to = static_cast<U*>(y);
    if (count <= 0 || inner <= 0) return;
    split_rows(outer * count, inner, [=](I64 begin, I64 end) {
      for (I64 row = begin; row < end; ++row) {
        const U* p = from + (row / count * n + index[row % count]) * inner;
        U* q = to + row * inner;
        if (inner >= 16) {
          std::memcpy(q, p, static_cast<std::size_t>(inner) * sizeof(U));
        } else {
          for (I64 i = 0; i < inner; ++i) q[i] = p[i];
        }
      }
    });
  });
}

void put(I64 outer, I64 n, I64 inner, int bytes, const void* x, I64 count, const I64* index, void* y) {
  const char* from = static_cast<const char*>(x);
  char* to = static_cast<char*>(y);
  const I64 run = inner * bytes;
  for (I64 o = 0; o < outer; ++o)
    for (I64 k = 0; k < count; ++k)
      std::memcpy(to + (o * n + index[k]) * run, from + (o * count + k) * run, static_cast<std::size_t>(run));
}

template <class T>
void take_add(I64 outer, I64 n, I64 inner, const T* x, I64 count, const I64* index, T* y) {
  if (outer <= 0 || count <= 0 || inner <= 0) return;
  // Threads share the columns, or the outermost axis, never a sum.
  const auto part = [=](I64 first, I64 last, I64 begin, I64 end) {
    for (I64 o = first; o < last; ++o) {
      for (I64 k = 0; k < count; ++k) {
        const T* p = x + (o * count + k) * inner;
        T* q = y + (o * n + index[k]) * inner;
        for (I64 i = begin; i < end; ++i) q[i] += p[i];
      }
    }
  };
  if (outer > 1) {
    split_rows(outer, count * inner, [&](I64 b, I64 e) { part(b, e, 0, inner); });
  } else {
    split(inner, std::max<I64>(64, kCheapGrain / count), [&](I64 b, I64 e) { part(0, 1, b, e); });
  }
}

void take_along(I64 outer, I64 n, I64 inner, int bytes, const void* x, I64 count, const I64* index, void* y) {
  with_element(bytes, [&](auto* type) {
    using U = std::remove_pointer_t<decltype(type)>;
    const U* from = static_cast<const U*>(x);
    U* to = static_cast<U*>(y);
    for (I64 o = 0; o < outer; ++o, from += n * inner)
      for (I64 k = 0; k < count; ++k, index += inner, to += inner)
        for (I64 i = 0; i < inner; ++i) to[i] = from[index[i] * inner + i];
  });
}

template <class T>
void take_along_add(I64 outer, I64 n, I64 inner, const T* x, I64 count, const I64* index, T* y) {
  for (I64 o = 0; o < outer; ++o, y += n * inner)
    for (I64 k = 0; k < count; ++k, index += inner, x += inner)
      for (I64 i = 0; i < inner; ++i) y[index[i] * inner + i] += x[i];
}

template void add_to_region(const Region&, const float*, float*);
template void add_to_region(const Region&, const double*, double*);
template void take_add(I64, I64, I64, const float*, I64, const I64*, float*);
template void take_add(I64, I64, I64, const double*, I64, const I64*, double*);
template void take_add(I64, I64, I64, const I64*, I64, const I64*, I64*);
template void take_along_add(I64, I64, I64, const float*, I64, const I64*, float*);
template void take_along_add(I64, I64, I64, const double*, I64, const I64*, double*);

}  // namespace xgrad::kernels
