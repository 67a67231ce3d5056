#pragma once
/// \file Sequences: lists of integers of different lengths, such as texts as numbers of words.

#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "xgrad/core/array.hpp"

namespace xgrad {

/// Lists of integers of different lengths, kept one after the other: sequence i is values[offsets[i]] …
/// values[offsets[i + 1] − 1].
///
/// A value, like Array: copies share memory, and it does not change. `multi_hot` and `pad_sequences`
/// (data/preprocessing.hpp) make of it what a network reads.
///
/// ```cpp
/// Sequences x{{1, 14, 22}, {1, 7}};
/// for (std::span<const std::int64_t> text : x) print(text.size());
/// ```
class Sequences {
 public:
  /// None.
  Sequences() : Sequences(zeros({0}, DType::int64), zeros({1}, DType::int64)) {}
  /// One list each.
  Sequences(std::initializer_list<std::initializer_list<std::int64_t>> lists);
  explicit Sequences(const std::vector<std::vector<std::int64_t>>& lists);
  /// From its parts.
  /// @param values int64 [all integers] @param offsets int64 [sequences + 1], from 0 to the number of values, never
  /// falling @throws ShapeError, DTypeError; IndexError for offsets that do not fit
  Sequences(Array values, Array offsets, Loc loc = Loc::current());

  /// How many sequences.
  std::int64_t size() const noexcept { return offsets_.size() - 1; }
  bool empty() const noexcept { return size() == 0; }
  /// The integers of sequence i, valid while these Sequences live; i is not checked.
  std::span<const std::int64_t> operator[](std::int64_t i) const noexcept {
    return {first() + bounds()[i], first() + bounds()[i + 1]};
  }
  /// The same, checked. @throws IndexError
  std::span<const std::int64_t> at(std::int64_t i, Loc loc = Loc::current()) const;

  const Array& values() const noexcept { return values_; }
  const Array& offsets() const noexcept { return offsets_; }
  /// The length of each, int64 [size()].
  Array lengths() const;
  /// The largest integer of all; −1 where there is none.
  std::int64_t max() const noexcept;

  /// The sequences of these numbers, in this order. @param rows int64, one axis @throws IndexError, ShapeError,
  /// DTypeError
  Sequences take(const Array& rows, Loc loc = Loc::current()) const;
  Sequences take(std::span<const std::int64_t> rows, Loc loc = Loc::current()) const;
  /// Sequences begin … end − 1. @throws IndexError
  Sequences rows(std::int64_t begin, std::int64_t end, Loc loc = Loc::current()) const;

  /// Goes over the sequences: each is a span.
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::span<const std::int64_t>;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = value_type;

    Iterator() = default;
    value_type operator*() const noexcept { return {values_ + at_[0], values_ + at_[1]}; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    Iterator operator++(int) noexcept {
      Iterator before = *this;
      ++at_;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.at_ == b.at_; }

   private:
    friend class Sequences;
    Iterator(const std::int64_t* values, const std::int64_t* at) : values_(values), at_(at) {}
    const std::int64_t* values_ = nullptr;
    const std::int64_t* at_ = nullptr;
  };
  Iterator begin() const noexcept { return {first(), bounds()}; }
  Iterator end() const noexcept { return {first(), bounds() + size()}; }

  /// Whether the same lists stand in the same order.
  friend bool operator==(const Sequences& a, const Sequences& b) noexcept;

 private:
  const std::int64_t* first() const noexcept { return static_cast<const std::int64_t*>(values_.raw()); }
  const std::int64_t* bounds() const noexcept { return static_cast<const std::int64_t*>(offsets_.raw()); }

  Array values_, offsets_;
};

/// "8982 sequences of 1306934 integers"
std::string signature(const Sequences& sequences);
/// The signature, then a line a sequence; many and long ones are elided.
std::string to_string(const Sequences& sequences);
std::ostream& operator<<(std::ostream& out, const Sequences& sequences);

}  // namespace xgrad
