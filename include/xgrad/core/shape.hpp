#pragma once
/// \file The extents of an array.

#include <array>
#include <cassert>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>

namespace xgrad {

/// The extents of an array, outermost first; at most eight. `{}` is a scalar's shape. No heap.
class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() noexcept = default;
  /// From extents. @throws ShapeError for more than eight. Negative extents are the business of whoever reads them
  /// (`reshape` takes −1); every function that allocates rejects them.
  Shape(std::initializer_list<std::int64_t> extents) : Shape(extents.begin(), extents.size()) {}
  explicit Shape(std::span<const std::int64_t> extents) : Shape(extents.data(), extents.size()) {}

  // Copies what is in use alone, extent by extent: most arrays have two.
  constexpr Shape(const Shape& other) noexcept { copy(other); }
  constexpr Shape& operator=(const Shape& other) noexcept {
    copy(other);
    return *this;
  }

  constexpr int rank() const noexcept { return rank_; }
  /// Number of elements: the product of the extents, 1 for a scalar.
  constexpr std::int64_t size() const noexcept {
    std::int64_t n = 1;
    for (int i = 0; i < rank_; ++i) n *= extents_[static_cast<std::size_t>(i)];
    return n;
  }

  constexpr std::int64_t operator[](int axis) const noexcept {
    assert(axis >= 0 && axis < rank_);
    return extents_[static_cast<std::size_t>(axis)];
  }
  constexpr std::int64_t& operator[](int axis) noexcept {
    assert(axis >= 0 && axis < rank_);
    return extents_[static_cast<std::size_t>(axis)];
  }
  /// The last extent; 1 for a scalar.
  constexpr std::int64_t back() const noexcept { return rank_ == 0 ? 1 : extents_[rank_ - 1u]; }

  constexpr const std::int64_t* begin() const noexcept { return extents_.data(); }
  constexpr const std::int64_t* end() const noexcept { return extents_.data() + rank_; }
  constexpr std::int64_t* begin() noexcept { return extents_.data(); }
  constexpr std::int64_t* end() noexcept { return extents_.data() + rank_; }
  std::span<const std::int64_t> extents() const noexcept { return {extents_.data(), rank_}; }

  /// Appends an axis. @throws ShapeError for a ninth.
  void push_back(std::int64_t extent);
  void erase(int axis) noexcept;
  /// Inserts an axis before `axis`. @throws ShapeError for a ninth.
  void insert(int axis, std::int64_t extent);

  friend constexpr bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (unsigned i = 0; i < a.rank_; ++i)
      if (a.extents_[i] != b.extents_[i]) return false;
    return true;
  }

  /// "[128,784]"; "[]" for a scalar.
  std::string to_string() const;
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape);

 private:
  Shape(const std::int64_t* extents, std::size_t count) {
    if (count > max_rank) too_many_axes(count);
    for (std::size_t i = 0; i < count; ++i) extents_[rank_++] = extents[i];
  }
  [[noreturn]] static void too_many_axes(std::size_t rank);
  constexpr void copy(const Shape& other) noexcept {
    rank_ = other.rank_;
    if (rank_ > 0) extents_[0] = other.extents_[0];
    if (rank_ > 1) extents_[1] = other.extents_[1];
    for (unsigned i = 2; i < rank_; ++i) extents_[i] = other.extents_[i];
  }
  std::array<std::int64_t, max_rank> extents_{};
  std::uint8_t rank_ = 0;
};

/// NumPy's broadcasting rule: extents are aligned at the right, and agree or are 1.
/// @return true and the common shape in `out`; false where some extents disagree.
bool broadcast_shapes(const Shape& a, const Shape& b, Shape& out) noexcept;

/// Whether `from` broadcasts to exactly `to`.
bool broadcasts_to(const Shape& from, const Shape& to) noexcept;

}  // namespace xgrad
