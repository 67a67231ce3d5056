#pragma once
// Products of stacks of matrices: batch axes that broadcast, and the collapses that make many products one.

#include <algorithm>
#include <array>

#include "kernels/gemm.hpp"
#include "xgrad/core/shape.hpp"

namespace xgrad::detail {

/// A stack of row-major matrices, [batch..., rows, columns] as stored.
struct StackShape {
  Shape batch;
  std::int64_t rows = 1, columns = 1;
  std::int64_t matrix() const noexcept { return rows * columns; }
};

/// A shape read as a stack: a vector is one row (or one column).
inline StackShape stack_of(const Shape& shape, bool vector_is_row) {
  StackShape s;
  if (shape.rank() == 1) {
    (vector_is_row ? s.columns : s.rows) = shape[0];
    return s;
  }
  s.batch = Shape(shape.extents().first(static_cast<std::size_t>(shape.rank() - 2)));
  s.rows = shape[shape.rank() - 2];
  s.columns = shape[shape.rank() - 1];
  return s;
}

/// [rows, columns] to [columns, rows].
template <class T>
void transpose_into(std::int64_t rows, std::int64_t columns, const T* x, T* y) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) y[j * rows + i] = x[i * columns + j];
}

/// One operand of a product of stacks.
template <class T>
struct Stack {
  T* data;
  StackShape shape;
  bool transposed = false;
};

/// Elements from one matrix to the next along each batch axis of the product; 0 where the operand is broadcast.
using BatchSteps = std::array<std::int64_t, Shape::max_rank>;
inline BatchSteps batch_steps(const StackShape& s, const Shape& batch) noexcept {
  BatchSteps steps{};
  std::int64_t step = s.matrix();
  for (int axis = s.batch.rank() - 1, to = batch.rank() - 1; axis >= 0; --axis, --to) {
    if (s.batch[axis] != 1) steps[static_cast<std::size_t>(to)] = step;
    step *= s.batch[axis];
  }
  return steps;
}

/// Visits the matrices of a batch: body(offset a, offset b, offset c, first), `first` where c is met the first time.
template <class Body>
void for_each_matrix(const Shape& batch, const BatchSteps& a, const BatchSteps& b, const BatchSteps& c, Body&& body) {
  std::array<std::int64_t, Shape::max_rank> at{};
  std::int64_t oa = 0, ob = 0, oc = 0;
  for (std::int64_t left = batch.size(); left > 0; --left) {
    bool first = true;
    for (int axis = 0; axis < batch.rank(); ++axis) {
      const auto i = static_cast<std::size_t>(axis);
      first = first && (c[i] != 0 || at[i] == 0);
    }
    body(oa, ob, oc, first);
    for (int axis = batch.rank() - 1; axis >= 0; --axis) {
      const auto i = static_cast<std::size_t>(axis);
      oa += a[i], ob += b[i], oc += c[i];
      if (++at[i] < batch[axis]) break;
      oa -= a[i] * at[i], ob -= b[i] * at[i], oc -= c[i] * at[i];
      at[i] = 0;
    }
  }
}

/// c (+)= op(a) op(b) over the batch [batch..., m, k] x [batch..., k, n]. Where c itself lacks a batch axis, the
/// products along it are summed: what the gradient of a broadcast operand needs.
template <class T>
void multiply_stacks(const Shape& batch, std::int64_t m, std::int64_t n, std::int64_t k, const Stack<const T>& a,
                     const Stack<const T>& b, const Stack<T>& c, bool add) {
  const std::int64_t count = batch.size();
  const std::int64_t lda = a.shape.columns, ldb = b.shape.columns, ldc = c.shape.columns;
  const auto product = [&](std::int64_t m_, std::int64_t k_, const T* pa, const T* pb, T* pc, bool more) {
    kernels::gemm<T>(a.transposed, b.transposed, m_, n, k_, T{1}, pa, lda, pb, ldb, more ? T{1} : T{0}, pc, ldc);
  };
  if (count == 0) {
    if (!add) std::fill_n(c.data, c.shape.batch.size() * c.shape.matrix(), T{0});
    return;
  }
  if (count == 1) return product(m, k, a.data, b.data, c.data, add);
  const bool full_a = a.shape.batch.size() == count, full_b = b.shape.batch.size() == count,
             full_c = c.shape.batch.size() == count;
  const bool one_b = b.shape.batch.size() == 1, one_c = c.shape.batch.size() == 1;
  // Many rows times one matrix, and one sum over many rows, are single products.
  if (full_a && one_b && full_c && !a.transposed) return product(count * m, k, a.data, b.data, c.data, add);
  if (full_a && full_b && one_c && a.transposed && !b.transposed)
    return product(m, count * k, a.data, b.data, c.data, add);
  if (full_c && (full_a || a.shape.batch.size() == 1) && (full_b || one_b)) {
    kernels::gemm_batched<T>(count, a.transposed, b.transposed, m, n, k, T{1}, a.data, lda,
                             full_a ? a.shape.matrix() : 0, b.data, ldb, full_b ? b.shape.matrix() : 0,
                             add ? T{1} : T{0}, c.data, ldc, c.shape.matrix());
    return;
  }
  for_each_matrix(batch, batch_steps(a.shape, batch), batch_steps(b.shape, batch), batch_steps(c.shape, batch),
                  [&](std::int64_t oa, std::int64_t ob, std::int64_t oc, bool first) {
                    product(m, k, a.data + oa, b.data + ob, c.data + oc, add || !first);
                  });
}

}  // namespace xgrad::detail
