#pragma once
// Moving elements: strided reads and writes, gathering and scattering by index. Deterministic, whatever the number of
// threads.

#include <cstddef>
#include <cstdint>

namespace xgrad::kernels {

/// Where the elements of an array of `shape` lie in other memory: element strides, negative ones and 0 included.
struct Strided {
  int rank;  // at most 8
  const std::int64_t* shape;
  const std::int64_t* strides;
};

/// y = x: x is read at the strides (from its element with all indices 0), y is contiguous. Elements of `width` 1, 4 or
/// 8 bytes.
void strided_read(const Strided& at, std::size_t width, const void* x, void* y);
/// y = x: x is contiguous, y is written at the strides, which must not meet.
void strided_write(const Strided& at, std::size_t width, const void* x, void* y);

/// y[o, j, :] = x[o, index[j], :] for x of (outer, n, inner) and `count` indices, all in [0, n).
void gather(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count, const std::int64_t* index,
            std::size_t width, const void* x, void* y);
/// y[o, index[j], :] += x[o, j, :], in the order of j. T = float, double, int64_t.
template <class T>
void scatter_add(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count, const std::int64_t* index,
                 const T* x, T* y);

/// y[o, j, i] = x[o, index[o, j, i], i]: an index of its own for every element; index of (outer, count, inner).
void gather_along(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count, const std::int64_t* index,
                  std::size_t width, const void* x, void* y);
/// y[o, index[o, j, i], i] += x[o, j, i]. T = float, double, int64_t.
template <class T>
void scatter_add_along(std::int64_t outer, std::int64_t n, std::int64_t inner, std::int64_t count,
                       const std::int64_t* index, const T* x, T* y);

}  // namespace xgrad::kernels
