#include "kernels/movement.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {

namespace {

constexpr std::int64_t elements_per_thread = 1 << 16;

/// A walk over strided memory beside contiguous memory, with neighbouring axes merged where their strides allow it.
struct Walk {
  int rank = 0;
  std::int64_t size = 1;
  std::int64_t shape[8], strides[8], dense[8];  // dense: strides of the contiguous side

  explicit Walk(const Strided& at) {
    for (int i = 0; i < at.rank; ++i) {
      size *= at.shape[i];
      if (at.shape[i] == 1) continue;
      if (rank > 0 && strides[rank - 1] == at.strides[i] * at.shape[i]) {
        shape[rank - 1] *= at.shape[i];
        strides[rank - 1] = at.strides[i];
      } else {
        shape[rank] = at.shape[i];
        strides[rank++] = at.strides[i];
      }
    }
    std::int64_t step = 1;
    for (int i = rank; i-- > 0; step *= shape[i]) dense[i] = step;
  }
};

/// Moves one way or the other: `read` from the strided side to the contiguous one, else back.
template <bool read, class E>
struct Mover {
  using Strided = std::conditional_t<read, const E*, E*>;
  using Dense = std::conditional_t<read, E*, const E*>;

  static void put(Strided s, Dense d) {
    if constexpr (read) {
      std::memcpy(d, s, sizeof(E));  // whatever type the bytes are
    } else {
      std::memcpy(s, d, sizeof(E));
    }
  }
  static void row(std::int64_t n, Strided s, std::int64_t stride, Dense d) {
    if (stride == 1) {
      if constexpr (read) {
        std::memcpy(d, s, static_cast<std::size_t>(n) * sizeof(E));
      } else {
        std::memcpy(s, d, static_cast<std::size_t>(n) * sizeof(E));
      }
    } else {
      for (std::int64_t i = 0; i < n; ++i) put(s + i * stride, d + i);
    }
  }
  /// Two axes at once, in square blocks: what is far apart on one side is next to each other on the other.
  static void square(std::int64_t rows, std::int64_t columns, Strided s, std::int64_t s_row, std::int64_t s_column,
                     Dense d, std::int64_t d_row) {
    constexpr std::int64_t block = 32;
    for (std::int64_t i0 = 0; i0 < rows; i0 += block)
      for (std::int64_t j0 = 0; j0 < columns; j0 += block)
        for (std::int64_t i = i0; i < std::min(i0 + block, rows); ++i)
          for (std::int64_t j = j0; j < std::min(j0 + block, columns); ++j)
            put(s + i * s_row + j * s_column, d + i * d_row + j);
  }
  static void walk(const Walk& w, int axis, Strided s, Dense d) {
    if (axis == w.rank) return put(s, d);
    if (axis + 1 == w.rank) return row(w.shape[axis], s, w.strides[axis], d);
    if (axis + 2 == w.rank && w.strides[axis + 1] != 1)
      return square(w.shape[axis], w.shape[axis + 1], s, w.strides[axis], w.strides[axis + 1], d, w.dense[axis]);
    for (std::int64_t i = 0; i < w.shape[axis]; ++i) walk(w, axis + 1, s + i * w.strides[axis], d + i * w.dense[axis]);
  }
  static void run(const Walk& w, Strided s, Dense d) {
    if (w.size == 0) return;
    if (w.rank < 2) return walk(w, 0, s, d);
    const std::int64_t grain = std::max<std::int64_t>(1, elements_per_thread / std::max<std::int64_t>(1, w.dense[0]));
    parallel_for(w.shape[0], grain, [&](std::int64_t begin, std::int64_t end) {
      Walk part = w;
      part.shape[0] = end - begin;
      walk(part, 0, s + begin * w.strides[0], d + begin * w.dense[0]);
    });
  }
};

template <bool read, class S, class D>
void move(const Strided& at, std::size_t width, S* strided, D* dense) {
  const Walk w(at);
  const auto with = [&]<class E>(E) {
    using M = Mover<read, E>;
    M::run(w, static_cast<typename M::Strided>(strided), static_cast<typename M::Dense>(dense));
  };
  if (width == 1) {
    with(std::uint8_t{});
  } else if (width == 4) {
    with(std::uint32_t{});
  } else {
    with(std::uint64_t{});
  }
}

template <class E>
void gather_along_as(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count,
                     const std::int64_t* index, const E* x, E* y) {
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t j = 0; j < count; ++j)
      for (std::int64_t i = 0; i < inner; ++i) {
        const std::int64_t at = (o * count + j) * inner + i;
        std::memcpy(y + at, x + (o * n + index[at]) * inner + i, sizeof(E));
      }
}

}  // namespace

void strided_read(const Strided& at, std::size_t width, const void* x, void* y) { move<true>(at, width, x, y); }
void strided_write(const Strided& at, std::size_t width, const void* x, void* y) { move<false>(at, width, y, x); }

void gather(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count, const std::int64_t* index,
            std::size_t width, const void* x, void* y) {
  const std::size_t block = static_cast<std::size_t>(inner) * width;
  const auto* from = static_cast<const std::byte*>(x);
  auto* to = static_cast<std::byte*>(y);
  const std::int64_t grain = std::max<std::int64_t>(1, elements_per_thread / std::max<std::int64_t>(1, inner));
  parallel_for(outer * count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      const auto source = static_cast<std::size_t>(k / count * n + index[k % count]);
      std::memcpy(to + static_cast<std::size_t>(k) * block, from + source * block, block);
    }
  });
}

template <class T>
void scatter_add(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count, const std::int64_t* index,
                 const T* x, T* y) {
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t j = 0; j < count; ++j) {
      const T* from = x + (o * count + j) * inner;
      T* to = y + (o * n + index[j]) * inner;
      for (std::int64_t i = 0; i < inner; ++i) to[i] += from[i];
    }
}

void gather_along(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count, const std::int64_t* index,
                  std::size_t width, const void* x, void* y) {
  if (width == 1) {
    gather_along_as(outer, n, inner, count, index, static_cast<const std::uint8_t*>(x), static_cast<std::uint8_t*>(y));
  } else if (width == 4) {
    gather_along_as(outer, n, inner, count, index, static_cast<const std::uint32_t*>(x),
                    static_cast<std::uint32_t*>(y));
  } else {
    gather_along_as(outer, n, inner, count, index, static_cast<const std::uint64_t*>(x),
                    static_cast<std::uint64_t*>(y));
  }
}

template <class T>
void scatter_add_along(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count,
                       const std::int64_t* index, const T* x, T* y) {
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::int64_t j = 0; j < count; ++j)
      for (std::int64_t i = 0; i < inner; ++i) {
        const std::int64_t at = (o * count + j) * inner + i;
        y[(o * n + index[at]) * inner + i] += x[at];
      }
}

template void scatter_add(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const std::int64_t*, const float*,
                          float*);
template void scatter_add(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const std::int64_t*, const double*,
                          double*);
template void scatter_add(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const std::int64_t*,
                          const std::int64_t*, std::int64_t*);
template void scatter_add_along(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const std::int64_t*,
                                const float*, float*);
template void scatter_add_along(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const std::int64_t*,
                                const double*, double*);
template void scatter_add_along(std::int64_t, std::int64_t, std::int64_t, std::int64_t, const std::int64_t*,
                                const std::int64_t*, std::int64_t*);

}  // namespace xgrad::kernels
