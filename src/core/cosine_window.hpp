#pragma once
// How frames of a signal fade at their ends.

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace xgrad::detail {

/// a0 + a1 cos(2πt / period) + a2 cos(4πt / period).
struct CosineWindow {
  std::string_view name;
  double a0, a1, a2;
  double operator()(std::int64_t t, std::int64_t period) const {
    const double angle = 2 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(period);
    return a0 + a1 * std::cos(angle) + a2 * std::cos(2 * angle);
  }
};
inline constexpr CosineWindow hann{"hann", 0.5, -0.5, 0}, hamming{"hamming", 0.54, -0.46, 0},
    blackman{"blackman", 0.42, -0.5, 0.08};

}  // namespace xgrad::detail
