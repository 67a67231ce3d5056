#pragma once
// The operands of an op about to run: which tape, which values, which element type.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "tape/tape_state.hpp"

namespace xgrad::detail {

/// A list of fixed length that stands on the stack when it is short: nearly every op has one result and one or two
/// operands, and none of the library's more than seven.
template <class T>
class ShortList {
 public:
  explicit ShortList(std::size_t n) : n_(n) {
    if (n > few) many_.resize(n);
    data_ = n > few ? many_.data() : reinterpret_cast<T*>(raw_);
    if (n <= few) std::uninitialized_value_construct_n(data_, n);
  }
  ShortList(ShortList&& other) noexcept : n_(other.n_), many_(std::move(other.many_)) {
    data_ = n_ > few ? many_.data() : reinterpret_cast<T*>(raw_);
    if (n_ <= few) std::uninitialized_move_n(other.data_, n_, data_);
  }
  ShortList& operator=(ShortList&&) = delete;
  ~ShortList() {
    if (n_ <= few) std::destroy_n(data_, n_);
  }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return n_; }
  std::span<T> span() noexcept { return {data_, n_}; }

 private:
  static constexpr std::size_t few = std::is_trivial_v<T> ? 8 : 4;
  std::size_t n_;
  T* data_;
  std::vector<T> many_;
  alignas(T) std::byte raw_[few * sizeof(T)];
};

class Operands {
 public:
  /// Finds the tape, checks every handle and the element types. @throws StaleHandle, WrongThread, ForeignTape, NoTape,
  /// DTypeError
  Operands(const OpClass& op, std::span<const Arg* const> args, Loc loc);

  std::size_t count() const noexcept { return args_.size(); }
  const Array& value(std::size_t i) const noexcept { return *values_[i]; }
  std::span<const Array* const> values() const noexcept { return {values_.data(), values_.size()}; }
  /// The tape to record on; null where no gradient can flow.
  TapeState* tape() const noexcept { return tape_; }
  bool carries_gradient(std::size_t i) const noexcept { return carries_[i]; }
  const Arg& arg(std::size_t i) const noexcept { return *args_[i]; }
  /// Whether all are plain numbers: then so is the result.
  bool all_numbers() const noexcept { return all_numbers_; }
  /// The type that `forward` is instantiated for: the first floating operand's, else the first one's.
  DType kernel_dtype(DType otherwise) const noexcept;
  /// "operand 0: relu [128,784], train.cpp:41": what errors say of the operands.
  std::string describe() const;

 private:
  void adopt_numbers(const OpClass& op, Loc loc);

  std::span<const Arg* const> args_;
  ShortList<const Array*> values_;
  ShortList<std::uint8_t> carries_;
  std::optional<ShortList<Array>> numbers_;  // plain numbers in the type of the others
  TapeState* tape_ = nullptr;
  bool all_numbers_ = false;
};

}  // namespace xgrad::detail
