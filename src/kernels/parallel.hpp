#pragma once
// The one place where kernels split work over threads.

#include <cstdint>

#if __has_include("xgrad/core/threads.hpp")
#include "xgrad/core/threads.hpp"
#endif

namespace xgrad::kernels {

// Elements below which a second thread costs more than it brings (fork and join: about a microsecond).
inline constexpr std::int64_t kCheapGrain = 64 * 1024;   // a load, an operation, a store
inline constexpr std::int64_t kCostlyGrain = 16 * 1024;  // exp and its kin
inline constexpr std::int64_t kLibmGrain = 2 * 1024;     // a libm call per element

/// body(begin, end) over [0, n), on several threads where n > grain.
template <class Body>
inline void split(std::int64_t n, std::int64_t grain, const Body& body) {
  if (n <= 0) return;
#if __has_include("xgrad/core/threads.hpp")
  if (n > grain) return parallel_for(n, grain, body);
#else
  static_cast<void>(grain);
#endif
  body(std::int64_t{0}, n);
}

}  // namespace xgrad::kernels
