#pragma once
// Moving elements without looking at them: slices, permuted axes, rows by index. `bytes` is the size of an element: 1,
// 4 or 8.

#include <cstdint>

namespace xgrad::kernels {

/// Part of a contiguous array, or its axes in another order: element (i, j, …) stands at first + i stride[0] + j
/// stride[1] + …, counted in elements. Strides may be negative.
struct Region {
  static constexpr int max_rank = 8;
  int rank = 0;
  std::int64_t first = 0;
  std::int64_t count[max_rank] = {};
  std::int64_t stride[max_rank] = {};

  std::int64_t size() const noexcept {
    std::int64_t n = 1;
    for (int d = 0; d < rank; ++d) n *= count[d];
    return n;
  }
};

/// y, contiguous, = the region of x.
void copy_region(const Region& region, int bytes, const void* x, void* y);
/// The region of y, whose elements are distinct, = x, contiguous.
void copy_to_region(const Region& region, int bytes, const void* x, void* y);
/// The region of y, whose elements are distinct, += x, contiguous. T: float, double.
template <class T>
void add_to_region(const Region& region, const T* x, T* y);

/// `rows` runs of `run` bytes, from places `from` bytes apart to places `to` bytes apart.
void copy_runs(std::int64_t rows, std::int64_t run, std::int64_t from, const void* x, std::int64_t to, void* y);

/// y[o, k, :] = x[o, index[k], :] for x of shape [outer, n, inner] and `count` indices, all from 0 to n − 1.
void take(std::int64_t outer, std::int64_t n, std::int64_t inner, int bytes, const void* x, std::int64_t count,
          const std::int64_t* index, void* y);
/// y[o, index[k], :] = x[o, k, :]; of equal indices the last wins.
void put(std::int64_t outer, std::int64_t n, std::int64_t inner, int bytes, const void* x, std::int64_t count,
         const std::int64_t* index, void* y);
/// y[o, index[k], :] += x[o, k, :], in the order of k. T: float, double, int64_t.
template <class T>
void take_add(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t count,
              const std::int64_t* index, T* y);

/// y[o, k, i] = x[o, index[o, k, i], i] for x of shape [outer, n, inner], indices of shape [outer, count, inner].
void take_along(std::int64_t outer, std::int64_t n, std::int64_t inner, int bytes, const void* x, std::int64_t count,
                const std::int64_t* index, void* y);
/// y[o, index[o, k, i], i] += x[o, k, i]. T: float, double.
template <class T>
void take_along_add(std::int64_t outer, std::int64_t n, std::int64_t inner, const T* x, std::int64_t count,
                    const std::int64_t* index, T* y);

}  // namespace xgrad::kernels
