#pragma once
/// \file Axes: which axes of an operand an op works along.

#include <array>
#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "xgrad/core/shape.hpp"

namespace xgrad {

/// A list of axes: all of them by default, one, or several. Negative ones count from the end.
///
/// ```cpp
/// sum(x);  sum(x, -1);  sum(x, {0, 2});  sum(x, {}, true);
/// ```
class Axes {
 public:
  /// Every axis.
  Axes() noexcept = default;
  template <std::integral I>
  Axes(I axis) : Axes({static_cast<int>(axis)}) {  // NOLINT(google-explicit-constructor): an axis is a list of one
    static_assert(!std::same_as<I, bool>, "an axis is a number; keepdims comes after the axes: sum(x, {}, true)");
  }
  /// In the order in which they are named. @throws ArgError for more than eight
  Axes(std::initializer_list<int> axes) : Axes(axes.begin(), axes.size()) {}
  Axes(const std::vector<int>& axes) : Axes(axes.data(), axes.size()) {}  // NOLINT
  explicit Axes(std::span<const int> axes) : Axes(axes.data(), axes.size()) {}

  bool all() const noexcept { return all_; }
  int count() const noexcept { return count_; }
  int operator[](int i) const noexcept { return axes_[static_cast<std::size_t>(i)]; }
  /// "all", "1", "(0,2)"
  std::string to_string() const;

 private:
  Axes(const int* axes, std::size_t count);  // not from a span, whose deduction costs every file that includes this
  std::array<int, Shape::max_rank> axes_{};
  std::uint8_t count_ = 0;
  bool all_ = true;
};

}  // namespace xgrad
