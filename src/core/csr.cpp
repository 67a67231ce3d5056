#include "xgrad/core/csr.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <ostream>
#include <utility>
#include <vector>

namespace xgrad {

namespace {

const std::int64_t* integers(const Array& a) { return static_cast<const std::int64_t*>(a.raw()); }
std::int64_t* integers(Array& a) { return static_cast<std::int64_t*>(a.raw()); }

void need_vector(const char* what, const Array& a, DType type, std::int64_t size, Loc loc) {
  if (a.dtype() != type) throw DTypeError("Csr", std::string("needs ") + what + " of int64; got " + signature(a), loc);
  if (a.shape() != Shape{size})
    throw ShapeError(
        "Csr", std::string("needs ") + what + " of shape [" + std::to_string(size) + "]; got " + signature(a), loc);
}

void need_values(const Array& values, Loc loc) {
  if (!is_floating(values.dtype()))
    throw DTypeError("Csr", "needs values of float32 or float64; got " + signature(values), loc);
  if (values.rank() != 1) throw ShapeError("Csr", "needs values of one axis; got " + signature(values), loc);
}

void need_size(std::int64_t rows, std::int64_t columns, Loc loc) {
  if (rows < 0 || columns < 0)
    throw ShapeError("Csr", "needs rows and columns of at least 0; got " + Shape{rows, columns}.to_string(), loc);
}

[[noreturn]] void outside(const char* what, std::int64_t value, std::int64_t place, std::int64_t end, Loc loc) {
  throw IndexError("Csr",
                   std::string("needs ") + what + " from 0 to " + std::to_string(end - 1) + "; got " +
                       std::to_string(value) + " at place " + std::to_string(place),
                   loc);
}

void need_indices(const char* what, const Array& a, std::int64_t end, Loc loc) {
  for (std::int64_t e = 0; e < a.size(); ++e)
    if (integers(a)[e] < 0 || integers(a)[e] >= end) outside(what, integers(a)[e], e, end, loc);
}

/// f with the C++ type of floating values.
template <class F>
void with_type(const Array& values, F f) {
  if (values.dtype() == DType::float32) {
    f.template operator()<float>();
  } else {
    f.template operator()<double>();
  }
}
template <class T>
const T* memory(const Array& a) {
  return static_cast<const T*>(a.raw());
}

}  // namespace

Csr::Csr(std::int64_t rows, std::int64_t columns, Array row_ptr, Array column, Array values, Loc loc)
    : rows_(rows),
      columns_(columns),
      row_ptr_(std::move(row_ptr)),
      column_(std::move(column)),
      values_(std::move(values)) {
  need_size(rows, columns, loc);
  need_values(values_, loc);
  need_vector("row_ptr", row_ptr_, DType::int64, rows + 1, loc);
  need_vector("column", column_, DType::int64, values_.size(), loc);
  const std::int64_t* p = integers(row_ptr_);
  if (p[0] != 0 || p[rows] != values_.size())
    throw IndexError("Csr",
                     "needs row_ptr from 0 to the number of entries, " + std::to_string(values_.size()) +
                         "; got from " + std::to_string(p[0]) + " to " + std::to_string(p[rows]),
                     loc);
  for (std::int64_t r = 0; r < rows; ++r)
    if (p[r + 1] < p[r])
      throw IndexError("Csr",
                       "needs row_ptr that never falls; got " + std::to_string(p[r]) + " and then " +
                           std::to_string(p[r + 1]) + " at row " + std::to_string(r),
                       loc);
  need_indices("columns", column_, columns, loc);
}

Csr Csr::from_dense(const Array& dense, Loc loc) {
  if (!is_floating(dense.dtype()))
    throw DTypeError("Csr::from_dense", "needs float32 or float64; got " + signature(dense), loc);
  if (dense.rank() != 2) throw ShapeError("Csr::from_dense", "needs two axes; got " + signature(dense), loc);
  const std::int64_t rows = dense.shape(0), columns = dense.shape(1);
  Array row_ptr = zeros({rows + 1}, DType::int64), column, values;
  with_type(dense, [&]<class T>() {
    const T* x = memory<T>(dense);
    const std::int64_t entries = dense.size() - std::count(x, x + dense.size(), T{0});
    column = Array::empty({entries}, DType::int64);
    values = Array::empty({entries}, dense.dtype());
    std::int64_t e = 0;
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        if (x[r * columns + c] == 0) continue;
        integers(column)[e] = c;
        static_cast<T*>(values.raw())[e++] = x[r * columns + c];
      }
      integers(row_ptr)[r + 1] = e;
    }
  });
  return Csr(rows, columns, row_ptr, column, values, loc);
}

Csr Csr::from_triplets(std::int64_t rows, std::int64_t columns, const Array& row, const Array& column,
                       const Array& values, Loc loc) {
  need_size(rows, columns, loc);
  need_values(values, loc);
  need_vector("row", row, DType::int64, values.size(), loc);
  need_vector("column", column, DType::int64, values.size(), loc);
  need_indices("rows", row, rows, loc);
  need_indices("columns", column, columns, loc);
  const std::int64_t *r = integers(row), *c = integers(column);
  std::vector<std::int64_t> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return r[a] != r[b] ? r[a] < r[b] : c[a] < c[b]; });
  const auto same_place = [&](std::int64_t a, std::int64_t b) { return r[a] == r[b] && c[a] == c[b]; };
  std::int64_t places = 0;
  for (std::size_t i = 0; i < order.size(); ++i) places += i == 0 || !same_place(order[i], order[i - 1]);
  Array row_ptr = zeros({rows + 1}, DType::int64), at = Array::empty({places}, DType::int64),
        sums = zeros({places}, values.dtype());
  with_type(values, [&]<class T>() {
    std::int64_t e = -1;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i == 0 || !same_place(order[i], order[i - 1])) {
        integers(at)[++e] = c[order[i]];
        ++integers(row_ptr)[r[order[i]] + 1];
      }
      static_cast<T*>(sums.raw())[e] += memory<T>(values)[order[i]];
    }
  });
  std::partial_sum(integers(row_ptr), integers(row_ptr) + rows + 1, integers(row_ptr));
  return Csr(rows, columns, row_ptr, at, sums, loc);
}

Csr Csr::with_values(const Array& values, Loc loc) const {
  need_values(values, loc);
  if (values.size() != entries())
    throw ShapeError("Csr::with_values", "needs " + std::to_string(entries()) + " values; got " + signature(values),
                     loc);
  Csr other = *this;
  other.values_ = values;
  return other;
}

Csr Csr::take_rows(const Array& rows, Loc loc) const {
  need_vector("row numbers", rows, DType::int64, rows.size(), loc);
  need_indices("row numbers", rows, rows_, loc);
  const std::int64_t* p = integers(row_ptr_);
  Array row_ptr = zeros({rows.size() + 1}, DType::int64);
  for (std::int64_t i = 0; i < rows.size(); ++i) {
    const std::int64_t r = integers(rows)[i];
    integers(row_ptr)[i + 1] = integers(row_ptr)[i] + p[r + 1] - p[r];
  }
  const std::int64_t count = integers(row_ptr)[rows.size()];
  Array column = Array::empty({count}, DType::int64), values = Array::empty({count}, dtype());
  with_type(values_, [&]<class T>() {
    for (std::int64_t i = 0; i < rows.size(); ++i) {
      const std::int64_t r = integers(rows)[i], to = integers(row_ptr)[i];
      std::copy(integers(column_) + p[r], integers(column_) + p[r + 1], integers(column) + to);
      std::copy(memory<T>(values_) + p[r], memory<T>(values_) + p[r + 1], static_cast<T*>(values.raw()) + to);
    }
  });
  return Csr(rows.size(), columns_, row_ptr, column, values, loc);
}

Array Csr::to_dense() const {
  Array dense = zeros(shape(), dtype());
  with_type(values_, [&]<class T>() {
    const std::int64_t* p = integers(row_ptr_);
    for (std::int64_t r = 0; r < rows_; ++r)
      for (std::int64_t e = p[r]; e < p[r + 1]; ++e)
        static_cast<T*>(dense.raw())[r * columns_ + integers(column_)[e]] += memory<T>(values_)[e];
  });
  return dense;
}

std::string signature(const Csr& matrix) {
  return std::string(name_of(matrix.dtype())) + matrix.shape().to_string() + " with " +
         std::to_string(matrix.entries()) + " entries";
}

std::string to_string(const Csr& matrix) {
  constexpr std::int64_t edge = 3, most = 8;  // rows shown at either end of many; entries of a row
  const std::int64_t* p = integers(matrix.row_ptr());
  std::string text = signature(matrix);
  for (std::int64_t r = 0; r < matrix.rows(); ++r) {
    if (matrix.rows() > 2 * edge + 1 && r == edge) {
      text += "\n  …";
      r = matrix.rows() - edge;
    }
    text += "\n  row " + std::to_string(r) + ":";
    for (std::int64_t e = p[r]; e < std::min(p[r + 1], p[r] + most); ++e) {
      char value[40];
      std::snprintf(value, sizeof value, "%.5g", matrix.values().rows(e, e + 1).item<double>());
      text += (e > p[r] ? ", [" : " [") + std::to_string(integers(matrix.column())[e]) + "] " + value;
    }
    if (p[r + 1] - p[r] > most) text += ", … (" + std::to_string(p[r + 1] - p[r]) + " entries)";
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Csr& matrix) { return out << to_string(matrix); }

}  // namespace xgrad
