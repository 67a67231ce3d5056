#pragma once
// Convolution in two dimensions and its two transposes, on arrays with the channels last.

#include <cstdint>

namespace xgrad::kernels {

/// One convolution. y[i, p, q, f] = Σ over a, b, k of x[i, p s₀ + a d₀ − b₀, q s₁ + b d₁ − b₁, k] w[a, b, k, f], with x
/// zero outside: strides s, dilations d, margins before the first row and column b. With groups, filter f of group e
/// reads the channels k of group e.
struct ConvShape {
  std::int64_t n, h, w, c;       // x: [n, h, w, c]
  std::int64_t kh, kw;           // w: [kh, kw, c / groups, filters]
  std::int64_t filters, groups;  // both divide evenly
  std::int64_t oh, ow;           // y: [n, oh, ow, filters]
  std::int64_t stride[2], dilation[2], before[2];

  bool depthwise() const noexcept { return groups == c && groups > 1; }
  std::int64_t group_channels() const noexcept { return c / groups; }
  std::int64_t group_filters() const noexcept { return filters / groups; }
  /// Numbers that one filter reads for one result.
  std::int64_t taps() const noexcept { return kh * kw * group_channels(); }
  /// Multiplications and additions.
  double flops() const noexcept {
    return 2.0 * static_cast<double>(n * oh * ow) * static_cast<double>(filters) * static_cast<double>(taps());
  }
  friend bool operator==(const ConvShape&, const ConvShape&) = default;
};

/// y (+)= x ∗ w. T = float, double. By our own kernels the results do not depend on the number of threads, those of
/// matrix products (1 × 1) aside; oneDNN's repeat at a fixed number.
template <class T>
void conv2d(const ConvShape& s, const T* x, const T* w, T* y, bool add);

/// The transpose in x: dx (+)= what g, of y's shape, passes back through w.
template <class T>
void conv2d_input(const ConvShape& s, const T* g, const T* w, T* dx, bool add);

/// The transpose in w: dw (+)= Σ over all places of x there times g.
template <class T>
void conv2d_kernel(const ConvShape& s, const T* x, const T* g, T* dw, bool add);

}  // namespace xgrad::kernels
