#pragma once
/// \file The inputs of a model: dense or sparse, one sample after the other.

#include <optional>

#include "xgrad/core/csr.hpp"

namespace xgrad {

/// Samples along the first axis of an Array, or the rows of a Csr matrix.
class Samples {
 public:
  /// None.
  Samples() = default;
  Samples(Array dense) : dense_(std::move(dense)), given_(true) {}   // NOLINT
  Samples(Csr sparse) : sparse_(std::move(sparse)), given_(true) {}  // NOLINT
  template <XtExpression E>
  Samples(const E& expression, Loc loc = Loc::current()) : Samples(Array(expression, loc)) {}  // NOLINT

  /// Whether there are any to speak of: false for a default-made one.
  bool given() const noexcept { return given_; }
  bool sparse() const noexcept { return sparse_.has_value(); }
  std::int64_t size() const noexcept { return sparse_ ? sparse_->rows() : dense_.rank() == 0 ? 0 : dense_.shape()[0]; }
  /// The shape of one.
  Shape sample_shape() const;
  const Array& dense() const noexcept { return dense_; }
  const Csr& csr() const noexcept { return *sparse_; }

  /// The samples of these numbers. @param rows int64, one axis
  Samples take(const Array& rows) const;
  /// Samples [begin, end): dense ones without a copy.
  Samples range(std::int64_t begin, std::int64_t end) const;
  std::string signature() const;

 private:
  Array dense_ = zeros({0});
  std::optional<Csr> sparse_;
  bool given_ = false;
};

}  // namespace xgrad
