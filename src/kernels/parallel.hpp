#pragma once
// The one place where kernels split work over threads.

#include <cstdint>

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

}  // namespace xgrad::kernels
