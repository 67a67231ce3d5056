#pragma once
// The operands of an op about to run: which tape, which values, which element type.

#include <array>
#include <span>
#include <vector>

#include "tape/tape_state.hpp"

namespace xgrad::detail {

/// A list that keeps the first eight on the stack: nearly every op has fewer operands.
template <class T>
class ShortList {
 public:
  explicit ShortList(std::size_t n) : n_(n) {
    if (n > few_.size()) many_.resize(n);
  }
  T& operator[](std::size_t i) noexcept { return data()[i]; }
  const T& operator[](std::size_t i) const noexcept { return n_ > few_.size() ? many_[i] : few_[i]; }
  T* data() noexcept { return n_ > few_.size() ? many_.data() : few_.data(); }
  const T* data() const noexcept { return n_ > few_.size() ? many_.data() : few_.data(); }
  std::size_t size() const noexcept { return n_; }
  std::span<T> span() noexcept { return {data(), n_}; }

 private:
  std::size_t n_;
  std::array<T, 8> few_{};
  std::vector<T> many_;
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
  /// The type that `forward` is instantiated for: the first floating operand's, else the first one's.
  DType kernel_dtype(DType otherwise) const noexcept;
  /// "operand 0: relu [128,784], train.cpp:41": what errors say of the operands.
  std::string describe() const;

 private:
  void adopt_numbers(const OpClass& op, Loc loc);

  std::span<const Arg* const> args_;
  ShortList<const Array*> values_;
  ShortList<std::uint8_t> carries_;
  ShortList<Array> numbers_;  // plain numbers in the type of the others
  TapeState* tape_ = nullptr;
};

}  // namespace xgrad::detail
