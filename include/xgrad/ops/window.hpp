#pragma once
/// \file What convolution and pooling have in common: extents along two axes, and margins.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "xgrad/core/location.hpp"

namespace xgrad {

/// A number for rows and one for columns: `3` is `{3, 3}`.
struct Pair {
  std::int64_t rows = 1;     ///< along the axis of rows
  std::int64_t columns = 1;  ///< along the axis of columns
  constexpr Pair() noexcept = default;
  template <std::integral I>
  constexpr Pair(I both) noexcept  // NOLINT(google-explicit-constructor): .strides = 2
      : rows(static_cast<std::int64_t>(both)), columns(static_cast<std::int64_t>(both)) {}
  constexpr Pair(std::int64_t rows_, std::int64_t columns_) noexcept : rows(rows_), columns(columns_) {}
  friend constexpr bool operator==(const Pair&, const Pair&) noexcept = default;
};

/// What is put before and behind an axis.
struct Margin {
  std::int64_t before = 0;  ///< in front of the first place
  std::int64_t after = 0;   ///< behind the last
  friend constexpr bool operator==(const Margin&, const Margin&) noexcept = default;
};

/// How far windows reach beyond the edge: "valid" (not at all), "same" (so that every stride has a result), "causal"
/// (in one dimension: a result reads nothing that comes after it), or margins of one's own, `{{1, 1}, {2, 2}}`.
///
/// | padding | results along an axis of n | before, after |
/// |---|---|---|
/// | valid | ⌊(n − k′) / s⌋ + 1 | 0, 0 |
/// | same | ⌈n / s⌉ | ⌊p / 2⌋, p − ⌊p / 2⌋ with p = max((results − 1) s + k′ − n, 0) |
/// | causal | ⌈n / s⌉ | k′ − 1, 0 |
/// | margins | ⌊(n + before + after − k′) / s⌋ + 1 | as given |
///
/// with strides s and windows that reach over k′ = (k − 1) d + 1 places, d the dilation. That is the rule of Keras and
/// XLA: an odd cell of "same" goes to the end, and with strides it depends on n.
class Padding {
 public:
  enum class Kind : std::uint8_t { valid, same, causal, margins };
  Padding() noexcept = default;
  /// @throws ArgError for another name than the three
  Padding(std::string_view name, Loc loc = Loc::current());                                      // NOLINT
  Padding(const char* name, Loc loc = Loc::current()) : Padding(std::string_view(name), loc) {}  // NOLINT
  /// Of one axis.
  Padding(Margin columns) noexcept : kind_(Kind::margins), columns_(columns) {}  // NOLINT
  /// Of two.
  Padding(Margin rows, Margin columns) noexcept : kind_(Kind::margins), rows_(rows), columns_(columns) {}

  Kind kind() const noexcept { return kind_; }
  const Margin& rows() const noexcept { return rows_; }
  const Margin& columns() const noexcept { return columns_; }
  /// "same"; "[[1,1],[2,2]]" for margins.
  std::string name() const;
  friend bool operator==(const Padding&, const Padding&) noexcept = default;

 private:
  Kind kind_ = Kind::valid;
  Margin rows_, columns_;
};

}  // namespace xgrad
