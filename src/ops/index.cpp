#include "xgrad/ops/index.hpp"

#include <algorithm>
#include <vector>

#include "kernels/movement.hpp"
#include "ops/axes.hpp"
#include "ops/strided.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::Around;
using detail::checked_axis;

void need_indices(const Infer& i, int k) {
  if (i.dtype(k) != DType::int64) i.dtype_error("indices of type int64 (astype converts)", i.signatures());
}
void need_same_type(const Infer& i, int a, int b) {
  if (i.dtype(a) != i.dtype(b))
    i.dtype_error("values of the type of what they go into (astype converts)", i.signatures());
}

/// Indices from the front, each in [0, n): the array itself where none is negative. @throws IndexError
Array resolved(const Run& r, const Array& index, std::int64_t n) {
  const std::int64_t* at = index.data<std::int64_t>();
  bool negative = false;
  for (std::int64_t k = 0; k < index.size(); ++k) {
    if (at[k] < -n || at[k] >= n)
      r.index_error("indices from " + std::to_string(-n) + " to " + std::to_string(n - 1),
                    std::to_string(at[k]) + " at place " + std::to_string(k) + " of " + signature(index));
    negative |= at[k] < 0;
  }
  if (!negative) return index;
  Array front = index.copy();
  std::int64_t* to = front.mutable_data<std::int64_t>();
  for (std::int64_t k = 0; k < front.size(); ++k) to[k] += to[k] < 0 ? n : 0;
  return front;
}

const std::int64_t* places(const Array& index) { return static_cast<const std::int64_t*>(index.raw()); }

/// x's shape with one axis replaced by the indices' shape.
Shape replaced(const Infer& i, const Shape& x, int axis, const Shape& index) {
  if (x.rank() - 1 + index.rank() > Shape::max_rank)
    i.shape_error("a result of at most 8 axes", x.to_string() + " and indices " + index.to_string());
  Shape result;
  for (int k = 0; k < axis; ++k) result.push_back(x[k]);
  for (std::int64_t extent : index) result.push_back(extent);
  for (int k = axis + 1; k < x.rank(); ++k) result.push_back(x[k]);
  return result;
}

struct Take {
  static constexpr OpInfo info{.name = "take", .saves = Saves::second, .uniform = false};
  int axis;
  void infer(Infer& i) const {
    need_indices(i, 1);
    i.result(replaced(i, i.shape(0), axis, i.shape(1)), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array &x = r.in(0), index = resolved(r, r.in(1), x.shape(axis));
    const Around at(x.shape(), axis);
    kernels::gather(at.outer, at.n, at.inner, index.size(), places(index), size_of(x.dtype()), x.raw(), r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, scatter_add(Var(zeros(c.in_shape(0), c.in_dtype(0))), c.in(1), c.grad(), axis)); }
  std::string attributes() const { return "axis=" + std::to_string(axis); }
};

struct ScatterAdd {
  static constexpr OpInfo info{.name = "scatter_add", .saves = Saves::second, .uniform = false, .view = true};
  int axis;
  void infer(Infer& i) const {
    need_indices(i, 1);
    need_same_type(i, 0, 2);
    const Shape wanted = replaced(i, i.shape(0), axis, i.shape(1));
    if (i.shape(2) != wanted) i.shape_error("values of shape " + wanted.to_string(), i.shapes());
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array &x = r.in(0), &values = r.in(2), index = resolved(r, r.in(1), x.shape(axis));
    Array y = x.copy();
    const Around at(x.shape(), axis);
    visit_dtype(x.dtype(), [&]<class T>() {
      if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, std::int64_t>) {
        kernels::scatter_add(at.outer, at.n, at.inner, index.size(), places(index), static_cast<const T*>(values.raw()),
                             static_cast<T*>(y.raw()));
      } else {
        r.arg_error("float32, float64 or int64", signature(x));
      }
    });
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    if (c.wants(2)) c.give(2, take(c.grad(), c.in(1), axis));
  }
  std::string attributes() const { return "axis=" + std::to_string(axis); }
};

struct TakeAlongAxis {
  static constexpr OpInfo info{.name = "take_along_axis", .saves = Saves::second, .uniform = false};
  int axis;
  void infer(Infer& i) const {
    need_indices(i, 1);
    Shape wanted = i.shape(0);
    if (i.rank(1) == wanted.rank()) wanted[axis] = i.shape(1)[axis];
    if (i.shape(1) != wanted) i.shape_error("indices of x's shape but on axis " + std::to_string(axis), i.shapes());
    i.result(i.shape(1), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array &x = r.in(0), index = resolved(r, r.in(1), x.shape(axis));
    const Around at(x.shape(), axis);
    kernels::gather_along(at.outer, at.n, at.inner, index.shape(axis), places(index), size_of(x.dtype()), x.raw(),
                          r.out().raw());
  }
  void vjp(Vjp& c) const;
  std::string attributes() const { return "axis=" + std::to_string(axis); }
};

/// Zeros of `shape` with the values added at an index of their own each: the gradient of take_along_axis, and it of
/// this.
struct ScatterAlongAxis {
  static constexpr OpInfo info{.name = "scatter_along_axis", .saves = Saves::second, .uniform = false, .view = true};
  int axis;
  Shape shape;
  void infer(Infer& i) const {
    need_indices(i, 1);
    i.need_floating(0);
    i.result(shape, i.dtype(0));
  }
  void forward(Run& r) const {
    const Array &values = r.in(0), index = resolved(r, r.in(1), shape[axis]);
    Array y = zeros(shape, values.dtype());
    const Around at(shape, axis);
    visit_dtype(values.dtype(), [&]<class T>() {
      if constexpr (std::is_floating_point_v<T>)
        kernels::scatter_add_along(at.outer, at.n, at.inner, index.shape(axis), places(index),
                                   static_cast<const T*>(values.raw()), static_cast<T*>(y.raw()));
    });
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const { c.give(0, take_along_axis(c.grad(), c.in(1), axis)); }
  std::string attributes() const { return "axis=" + std::to_string(axis); }
};

void TakeAlongAxis::vjp(Vjp& c) const {
  c.give(0, record(ScatterAlongAxis{axis, c.in_shape(0)}, Arg(c.grad()), Arg(c.in(1))));
}

struct IndexUpdate {
  static constexpr OpInfo info{.name = "index_update", .saves = Saves::second, .uniform = false, .view = true};
  void infer(Infer& i) const {
    need_indices(i, 1);
    need_same_type(i, 0, 2);
    if (i.rank(0) == 0 || i.rank(1) != 1) i.shape_error("x of at least one axis and indices [n]", i.shapes());
    Shape rows = i.shape(0);
    rows[0] = i.shape(1)[0];
    if (!broadcasts_to(i.shape(2), rows)) i.shape_error("values that broadcast to " + rows.to_string(), i.shapes());
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array &x = r.in(0), index = resolved(r, r.in(1), x.shape(0));
    std::vector<std::int64_t> seen(places(index), places(index) + index.size());
    std::sort(seen.begin(), seen.end());
    if (const auto twice = std::adjacent_find(seen.begin(), seen.end()); twice != seen.end())
      r.arg_error("each index once", std::to_string(*twice) + " twice");
    Shape rows = x.shape();
    rows[0] = index.size();
    const Array values = r.in(2).shape() == rows ? r.in(2) : broadcast_to(r.in(2), rows);
    Array y = x.copy();
    const std::size_t row = x.shape(0) ? x.bytes() / static_cast<std::size_t>(x.shape(0)) : 0;
    for (std::int64_t k = 0; k < index.size(); ++k)
      std::copy_n(static_cast<const std::byte*>(values.raw()) + static_cast<std::size_t>(k) * row, row,
                  static_cast<std::byte*>(y.raw()) + static_cast<std::size_t>(places(index)[k]) * row);
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, index_update(c.grad(), c.in(1), 0));
    if (c.wants(2)) c.give(2, take(c.grad(), c.in(1), 0));
  }
};

struct OneHot {
  static constexpr OpInfo info{.name = "one_hot", .uniform = false};
  std::int64_t classes;
  DType dtype;
  void infer(Infer& i) const {
    if (i.dtype(0) != DType::int64 && i.dtype(0) != DType::uint8)
      i.dtype_error("labels of type int64 or uint8", i.signatures());
    if (classes < 1) i.arg_error("at least one class", std::to_string(classes));
    Shape shape = i.shape(0);
    if (shape.rank() == Shape::max_rank) i.shape_error("labels of at most 7 axes", i.signatures());
    shape.push_back(classes);
    i.result(shape, dtype);
  }
  void forward(Run& r) const {
    const Array labels = r.in(0).astype(DType::int64);
    Array y = zeros(r.out().shape(), dtype);
    visit_dtype(dtype, [&]<class T>() {
      for (std::int64_t k = 0; k < labels.size(); ++k) {
        const std::int64_t label = places(labels)[k];
        if (label < 0 || label >= classes)
          r.index_error("labels from 0 to " + std::to_string(classes - 1),
                        std::to_string(label) + " at place " + std::to_string(k));
        static_cast<T*>(y.raw())[k * classes + label] = T{1};
      }
    });
    r.out() = std::move(y);
  }
  std::string attributes() const { return std::to_string(classes); }
};

}  // namespace

Var take(Arg x, Arg index, int axis) {
  const int at = checked_axis("take", x, axis, x.rank());
  return record(Take{at}, x, index);
}
Var gather(Arg x, Arg index) { return take(std::move(x), std::move(index), 0); }
Var take_along_axis(Arg x, Arg index, int axis) {
  const int at = checked_axis("take_along_axis", x, axis, x.rank());
  return record(TakeAlongAxis{at}, x, index);
}
Var scatter_add(Arg x, Arg index, Arg values, int axis) {
  const int at = checked_axis("scatter_add", x, axis, x.rank());
  return record(ScatterAdd{at}, x, index, values);
}
Var index_update(Arg x, Arg index, Arg values) { return record(IndexUpdate{}, x, index, values); }
Var one_hot(Arg labels, std::int64_t classes, DType dtype) { return record(OneHot{classes, dtype}, labels); }

}  // namespace xgrad
