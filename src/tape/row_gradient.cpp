#include "tape/row_gradient.hpp"

#include <algorithm>

namespace xgrad::detail {

namespace {

using I64 = std::int64_t;

/// Rows of float or double.
template <class T>
struct Rows {
  explicit Rows(const RowGradient& g)
      : count(g.indices.size()),
        n(count > 0 ? g.rows.size() / count : 0),
        index(static_cast<const I64*>(g.indices.raw())),
        from(static_cast<const T*>(g.rows.raw())) {}
  /// y += row k
  void add(I64 k, T* y) const {
    for (I64 i = 0; i < n; ++i) y[i] += from[k * n + i];
  }
  I64 count, n;
  const I64* index;
  const T* from;
};

template <class F>
void with_rows_of(DType dtype, F f) {
  if (dtype == DType::float32) {
    f(float{});
  } else {
    f(double{});
  }
}

}  // namespace

void add_rows(Array& table, const RowGradient& g) noexcept {
  with_rows_of(table.dtype(), [&]<class T>(T) {
    const Rows<T> rows(g);
    T* to = static_cast<T*>(table.raw());
    for (I64 k = 0; k < rows.count; ++k) rows.add(k, to + rows.index[k] * rows.n);
  });
}

Array whole_table(const RowGradient& g, const Array& value) {
  Array table = zeros_like(value);
  add_rows(table, g);
  return table;
}

RowGradient sum_of(const RowGradient& a, const RowGradient& b) {
  const auto* of_a = static_cast<const I64*>(a.indices.raw());
  const auto* of_b = static_cast<const I64*>(b.indices.raw());
  std::vector<I64> both;
  both.reserve(static_cast<std::size_t>(a.indices.size() + b.indices.size()));
  std::set_union(of_a, of_a + a.indices.size(), of_b, of_b + b.indices.size(), std::back_inserter(both));
  Shape shape = a.rows.shape();
  shape[0] = static_cast<I64>(both.size());
  RowGradient sum{Array::from<I64>(both, {static_cast<I64>(both.size())}), zeros(shape, a.rows.dtype())};
  for (const RowGradient* part : {&a, &b}) {
    with_rows_of(a.rows.dtype(), [&]<class T>(T) {
      const Rows<T> rows(*part);
      T* to = static_cast<T*>(sum.rows.raw());
      for (I64 k = 0, place = 0; k < rows.count; ++k, ++place) {
        while (both[static_cast<std::size_t>(place)] != rows.index[k]) ++place;
        rows.add(k, to + place * rows.n);
      }
    });
  }
  return sum;
}

}  // namespace xgrad::detail
