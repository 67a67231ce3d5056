#pragma once
// Indices that a kernel can trust.

#include "xgrad/tape/op.hpp"

namespace xgrad::detail {

inline void need_int64(const Infer& i, int operand) {
  if (i.dtype(operand) != DType::int64)
    i.dtype_error("int64 indices (astype converts)", "operand " + std::to_string(operand) + " of " + i.signatures());
}

/// "[1,0]": where element i of an array of this shape stands.
std::string place_text(const Shape& shape, std::int64_t i);

/// Indices from 0 to n − 1: an operand's own where none is negative, else a copy counted from the front.
class CheckedIndices {
 public:
  /// @throws IndexError naming the first index out of range and its place
  CheckedIndices(const Run& r, int operand, std::int64_t n)
      : CheckedIndices(static_cast<const std::int64_t*>(r.in(operand).raw()), r.in(operand).size(), n, &r,
                       &r.in(operand).shape()) {}
  /// For indices that `forward` has checked.
  CheckedIndices(const std::int64_t* index, std::int64_t size, std::int64_t n)
      : CheckedIndices(index, size, n, nullptr, nullptr) {}
  const std::int64_t* data() const noexcept { return data_; }
  std::int64_t size() const noexcept { return size_; }

 private:
  CheckedIndices(const std::int64_t* index, std::int64_t size, std::int64_t n, const Run* r, const Shape* shape);

  const std::int64_t* data_;
  std::int64_t size_;
  Array counted_;
};

/// The different ones among indices, and where each stands among them.
class DistinctIndices {
 public:
  /// @param index from 0 to n − 1
  DistinctIndices(const std::int64_t* index, std::int64_t size, std::int64_t n);
  DistinctIndices(const CheckedIndices& index, std::int64_t n) : DistinctIndices(index.data(), index.size(), n) {}
  /// int64[k], ascending.
  const Array& values() const noexcept { return values_; }
  std::int64_t count() const noexcept { return values_.size(); }
  /// For each index, its place among `values`.
  const std::int64_t* places() const noexcept { return static_cast<const std::int64_t*>(places_.raw()); }

 private:
  Array values_, places_;
};

}  // namespace xgrad::detail
