#pragma once
// How convolutions and pooling cut their work: bands of results that fit the cache, the windows of the operand that a
// band reads, and room for them.

#include <algorithm>
#include <atomic>
#include <new>

#include "kernels/conv.hpp"
#include "kernels/parallel.hpp"
#include "xgrad/core/buffer.hpp"

namespace xgrad::kernels {

/// Some rows of one picture, or all rows of several.
struct Band {
  std::int64_t image, images, row, rows;
};

/// All pictures cut into bands, by their shape alone: neither sums nor results depend on the number of threads.
class Bands {
 public:
  /// @param numbers of operand and result that one row of a picture comes with
  Bands(std::int64_t images, std::int64_t rows, std::int64_t numbers) : all_images_(images), all_rows_(rows) {
    const std::int64_t in_image = std::max<std::int64_t>(1, rows * numbers);
    if (in_image <= kNumbers) {
      images_ = std::clamp<std::int64_t>(kNumbers / in_image, 1, (images + kPieces - 1) / kPieces);
      rows_ = rows;
    } else {
      const std::int64_t pieces = (in_image + kNumbers - 1) / kNumbers;
      rows_ = (rows + pieces - 1) / pieces;
    }
    in_image_ = (rows + rows_ - 1) / rows_;
  }
  std::int64_t count() const noexcept { return (all_images_ + images_ - 1) / images_ * in_image_; }
  Band operator[](std::int64_t i) const noexcept {
    const std::int64_t image = i / in_image_ * images_, row = i % in_image_ * rows_;
    return {image, std::min(images_, all_images_ - image), row, std::min(rows_, all_rows_ - row)};
  }
  /// The most that a band has.
  std::int64_t images() const noexcept { return images_; }
  std::int64_t rows() const noexcept { return rows_; }

 private:
  static constexpr std::int64_t kNumbers = 24 * 1024;  // 96 KB of floats: within the second-level cache with weights
  static constexpr std::int64_t kPieces = 8;           // so that several threads have work
  std::int64_t all_images_, all_rows_, images_ = 1, rows_ = 1, in_image_ = 1;
};

/// Memory of the pool for `n` numbers.
template <class T>
class Room {
 public:
  Room() = default;
  explicit Room(std::int64_t n) {
    if (n > 0) memory_ = Buffer::allocate(static_cast<std::size_t>(n) * sizeof(T));
  }
  T* data() const noexcept { return reinterpret_cast<T*>(memory_.data()); }

 private:
  Buffer memory_;
};

/// Room for each piece of a parallel loop. The caller takes it, so that a worker asks the heap for nothing.
template <class T>
class Rooms {
 public:
  explicit Rooms(std::int64_t n) : size_((n + kLine - 1) / kLine * kLine), all_(size_ * (n > 0 ? num_threads() : 0)) {}
  /// For one piece.
  T* next() { return size_ > 0 ? all_.data() + size_ * next_.fetch_add(1) : nullptr; }

 private:
  static constexpr std::int64_t kLine = 64 / sizeof(T);
  std::int64_t size_;
  Room<T> all_;
  std::atomic<std::int64_t> next_{0};
};

/// Pictures [n, h, w, c] of which bands of windows are read: in place, or where windows reach outside from a copy with
/// zeros around. Every number may be repeated, for filters that share a channel.
template <class T>
class Windows {
 public:
  /// Band rows [r, r + k) read the rows first_row + r · stride … of `extent + (k − 1) · stride` rows, and all read the
  /// columns [first_column, first_column + columns).
  Windows(const T* x, std::int64_t h, std::int64_t w, std::int64_t c, std::int64_t repeat, const Bands& bands,
          std::int64_t all_rows, std::int64_t stride, std::int64_t first_row, std::int64_t extent,
          std::int64_t first_column, std::int64_t columns)
      : x_(x),
        h_(h),
        w_(w),
        c_(c),
        repeat_(repeat),
        stride_(stride),
        first_row_(first_row),
        extent_(extent),
        first_column_(first_column),
        columns_(columns) {
    const std::int64_t last_row = first_row + (all_rows - 1) * stride + extent;
    copied_ = repeat > 1 || first_row < 0 || last_row > h || first_column < 0 || first_column + columns > w;
    row_step_ = copied_ ? columns * c * repeat : w * c;
    image_step_ = copied_ ? (extent + (bands.rows() - 1) * stride) * row_step_ : h * row_step_;
    room_ = copied_ ? bands.images() * image_step_ : 0;
  }
  std::int64_t row_step() const noexcept { return row_step_; }
  std::int64_t image_step() const noexcept { return image_step_; }
  /// Numbers of room that `look` needs.
  std::int64_t room() const noexcept { return room_; }

  /// The window's first number.
  const T* look(const Band& band, T* room) const {
    const std::int64_t first = first_row_ + band.row * stride_;
    if (!copied_) return x_ + ((band.image * h_ + first) * w_ + first_column_) * c_;
    const std::int64_t rows = extent_ + (band.rows - 1) * stride_;
    const std::int64_t from = std::clamp<std::int64_t>(first_column_, 0, w_);
    const std::int64_t inside = std::clamp<std::int64_t>(first_column_ + columns_, from, w_) - from;
    const std::int64_t k = c_ * repeat_, left = inside > 0 ? (from - first_column_) * k : 0;
    for (std::int64_t i = 0; i < band.images; ++i) {
      for (std::int64_t r = 0; r < rows; ++r) {
        T* to = room + i * image_step_ + r * row_step_;
        const std::int64_t at = first + r;
        if (at < 0 || at >= h_ || inside <= 0) {
          std::fill_n(to, row_step_, T(0));
          continue;
        }
        const T* row = x_ + (((band.image + i) * h_ + at) * w_ + from) * c_;
        std::fill_n(to, left, T(0));
        if (repeat_ == 1) {
          std::copy_n(row, inside * c_, to + left);
        } else {
          T* p = to + left;
          for (std::int64_t j = 0; j < inside * c_; ++j) {
            for (std::int64_t m = 0; m < repeat_; ++m) *p++ = row[j];
          }
        }
        std::fill_n(to + left + inside * k, row_step_ - left - inside * k, T(0));
      }
    }
    return room;
  }

 private:
  const T* x_;
  std::int64_t h_, w_, c_, repeat_, stride_, first_row_, extent_, first_column_, columns_;
  bool copied_;
  std::int64_t row_step_, image_step_, room_;
};

/// How far a kernel of `size` taps reaches.
inline std::int64_t reach(std::int64_t size, std::int64_t dilation) noexcept { return (size - 1) * dilation + 1; }

/// The windows of x that results read.
template <class T>
Windows<T> windows_of_x(const ConvShape& s, const T* x, const Bands& bands, std::int64_t repeat = 1) {
  return Windows<T>(x, s.h, s.w, s.c, repeat, bands, s.oh, s.stride[0], -s.before[0], reach(s.kh, s.dilation[0]),
                    -s.before[1], reach(s.kw, s.dilation[1]) + (s.ow - 1) * s.stride[1]);
}

/// Along one axis: the places of x that are `phase` from a multiple of the stride, and the taps that reach them. Tap
/// `tap(i)` of a result `shift(i)` after the place's quotient, i < taps, in the order of the shifts.
struct Phase {
  std::int64_t places = 0;  // phase, phase + stride, …
  std::int64_t taps = 0;
  std::int64_t last_tap = 0, tap_step = 1, first_shift = 0, shift_step = 1;
  std::int64_t tap(std::int64_t i) const noexcept { return last_tap - i * tap_step; }
  std::int64_t shift(std::int64_t i) const noexcept { return first_shift + i * shift_step; }
};
Phase phase_of(std::int64_t phase, std::int64_t extent, std::int64_t size, std::int64_t stride, std::int64_t dilation,
               std::int64_t before);

/// All phases of an axis: the lowest and the highest shift, over the taps.
struct Shifts {
  std::int64_t low, high;
};
Shifts shifts_of(std::int64_t size, std::int64_t stride, std::int64_t dilation, std::int64_t before);

/// Up to how many pieces a second thread does not pay.
inline std::int64_t grain_of(double flops, std::int64_t pieces) {
  constexpr double kFlopsPerThread = 0.5e6;
  return static_cast<std::int64_t>(
      std::clamp(kFlopsPerThread * static_cast<double>(pieces) / std::max(flops, 1.0), 1.0, 1e12));
}

inline std::int64_t round_up(std::int64_t n, std::int64_t to) noexcept { return (n + to - 1) / to * to; }

/// Where each row of a product begins in the operand and in the result.
struct Offsets {
  Room<std::int64_t> room;
  std::int64_t *row, *to;
  explicit Offsets(std::int64_t n) : room(2 * n), row(room.data()), to(row + n) {}
};

/// The transpose in x, but for products and filters that each read one channel.
template <class T>
void gathered_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add);

/// All three for filters that each read one channel.
template <class T>
void depthwise(const ConvShape& s, const T* x, const T* w, T* y, bool add);
template <class T>
void depthwise_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add);
template <class T>
void depthwise_kernel(const ConvShape& s, const T* x, const T* g, T* dw, bool add);

}  // namespace xgrad::kernels
