#pragma once
// The one place where kernels split work over threads.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "xgrad/core/buffer.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::kernels {

// Elements below which a second thread costs more than it brings (fork and join: about a microsecond).
inline constexpr std::int64_t kCheapGrain = 64 * 1024;   // a load, an operation, a store
inline constexpr std::int64_t kCostlyGrain = 16 * 1024;  // exp and its kin
inline constexpr std::int64_t kLibmGrain = 2 * 1024;     // a libm call per element

/// body(begin, end) over [0, n), on several threads where n > grain.
template <class Body>
inline void split(std::int64_t n, std::int64_t grain, const Body& body) {
  if (n <= 0) return;
  if (n > grain) return parallel_for(n, grain, body);
  body(std::int64_t{0}, n);
}

/// body(begin, end) over m rows of n elements, on several threads where m n > grain.
template <class Body>
inline void split_rows(std::int64_t m, std::int64_t n, std::int64_t grain, const Body& body) {
  if (m <= 0) return;
  if (m * n > grain) return parallel_for(m, grain / n > 1 ? grain / n : 1, body, 1);
  body(std::int64_t{0}, m);
}

/// Memory for the pieces of a job, `size` elements of T each and aligned to 64 bytes. The caller of the job takes it,
/// so that a thread that joins late asks the heap for nothing.
template <class T>
class PieceMemory {
 public:
  PieceMemory(std::int64_t size, std::int64_t pieces) : size_((size + line - 1) / line * line) {
    if (size_ * pieces > 0) memory_ = Buffer::allocate(static_cast<std::size_t>(size_ * pieces) * sizeof(T));
  }
  /// The next piece's.
  T* take() noexcept { return reinterpret_cast<T*>(memory_.data()) + size_ * next_.fetch_add(1); }

 private:
  static constexpr std::int64_t line = 64 / sizeof(T);
  std::int64_t size_ = 0;
  Buffer memory_;
  std::atomic<std::int64_t> next_{0};
};

}  // namespace xgrad::kernels
