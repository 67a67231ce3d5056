#pragma once
/// \file Csr: a sparse matrix in compressed rows.

#include "xgrad/core/array.hpp"

namespace xgrad {

/// A sparse matrix that keeps its entries row by row: row r has the entries row_ptr[r] … row_ptr[r + 1] − 1, each with
/// a column and a value.
///
/// A value, like Array: copies share memory. It is a constant to the ops that read it (`matmul` in ops/sparse.hpp);
/// where the values are to be learned, `spmm` takes them as an operand of their own. A column that stands twice in a
/// row counts as the sum.
///
/// ```cpp
/// Csr x = Csr::from_triplets(2, 5, rows, columns, values);   // multi-hot texts, say
/// Var h = matmul(x, w) + b;                                  // [2, n]
/// ```
class Csr {
 public:
  /// No rows, no columns.
  Csr() : Csr(0, 0, zeros({1}, DType::int64), zeros({0}, DType::int64), zeros({0})) {}
  /// From its parts.
  /// @param row_ptr int64 [rows + 1], from 0 to the number of entries, never falling
  /// @param column int64 [entries] @param values float32 or float64 [entries]
  /// @throws ShapeError, DTypeError; IndexError for a column or row pointer out of range
  Csr(std::int64_t rows, std::int64_t columns, Array row_ptr, Array column, Array values, Loc loc = Loc::current());

  /// The entries of a matrix that are not 0. @param dense float32 or float64, two axes @throws ShapeError, DTypeError
  static Csr from_dense(const Array& dense, Loc loc = Loc::current());
  /// From entries in any order: values[e] at (row[e], column[e]); entries of one place add up.
  /// @param row,column int64 [entries] @param values float32 or float64 [entries]
  /// @throws ShapeError, DTypeError; IndexError for a place outside the matrix
  static Csr from_triplets(std::int64_t rows, std::int64_t columns, const Array& row, const Array& column,
                           const Array& values, Loc loc = Loc::current());

  std::int64_t rows() const noexcept { return rows_; }
  std::int64_t columns() const noexcept { return columns_; }
  Shape shape() const { return {rows_, columns_}; }
  /// How many entries it keeps.
  std::int64_t entries() const noexcept { return values_.size(); }
  DType dtype() const noexcept { return values_.dtype(); }
  const Array& row_ptr() const noexcept { return row_ptr_; }
  const Array& column() const noexcept { return column_; }
  const Array& values() const noexcept { return values_; }

  /// The same places with other values. @throws ShapeError for another number of them; DTypeError
  Csr with_values(const Array& values, Loc loc = Loc::current()) const;
  /// The rows of these numbers, in this order: a batch. @param rows int64, one axis @throws IndexError, ShapeError,
  /// DTypeError
  Csr take_rows(const Array& rows, Loc loc = Loc::current()) const;
  /// The matrix with its zeros, [rows, columns].
  Array to_dense() const;

 private:
  std::int64_t rows_, columns_;
  Array row_ptr_, column_, values_;
};

/// "float32[512,10000] with 61440 entries"
std::string signature(const Csr& matrix);
/// The signature, then a line a row: "row 1: [0] 0.5, [7] 2", each entry as [column] value. Many rows and long rows are
/// elided.
std::string to_string(const Csr& matrix);
std::ostream& operator<<(std::ostream& out, const Csr& matrix);

}  // namespace xgrad
