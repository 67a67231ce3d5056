#pragma once
// The rule of windows that move along an axis, for convolution and pooling.

#include "xgrad/core/shape.hpp"
#include "xgrad/ops/window.hpp"

namespace xgrad::detail {

/// Windows along one axis: how many there are, and how far the first reaches in front of the axis.
struct WindowFit {
  std::int64_t results, before;
};

/// Who asks, for the words of a refusal.
struct Asker {
  const char* name;
  Loc loc;
};

/// Windows of `size` taps along an axis of n places ("rows"). @throws ArgError for a stride or dilation below 1 or a
/// negative margin; ShapeError where no window fits
WindowFit fit_window(const Asker& asker, const char* places, std::int64_t n, std::int64_t size, std::int64_t stride,
                     std::int64_t dilation, Padding::Kind kind, Margin margin);

/// For two axes "causal" has no meaning, and margins come for both; for one axis they come alone. @throws ArgError
void need_padding(const Asker& asker, const Padding& padding, bool series);

/// "strides 2 x 1, padding same, …": what differs from the plainest windows.
std::string window_text(Pair strides, const std::string& more);

}  // namespace xgrad::detail
