// Order along an axis, and the elements that stand at given places along one.

#include "xgrad/ops/sort.hpp"

#include "kernels/sort.hpp"
#include "ops/axes.hpp"
#include "ops/indices.hpp"
#include "ops/region.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::Around;
using detail::CheckedIndices;
using detail::from_front;

Var put_along(const Shape& shape, int axis, const Var& g, const Var& indices, Loc loc);

struct TakeAlongAxis {
  static constexpr OpInfo info{.name = "take_along_axis", .saves = Saves::second, .uniform = false};
  int axis;
  void infer(Infer& i) const {
    const int at = i.axis(axis, i.rank(0));
    detail::need_int64(i, 1);
    const Shape& x = i.shape(0);
    bool fits = i.rank(1) == x.rank();
    for (int d = 0; fits && d < x.rank(); ++d) fits = d == at || i.shape(1)[d] == x[d];
    if (!fits) i.shape_error("indices of the array's shape but along axis " + std::to_string(axis), i.shapes());
    i.result(i.shape(1), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    const int at = from_front(axis, x.rank());
    const Around a(x.shape(), at);
    const CheckedIndices index(r, 1, a.n);
    kernels::take_along(a.outer, a.n, a.inner, detail::bytes_of(x), x.raw(), r.in(1).shape(at), index.data(),
                        r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, put_along(c.in_shape(0), axis, c.grad(), c.in(1), c.loc())); }
  std::string attributes() const { return "axis " + std::to_string(axis); }
};

/// The adjoint of `take_along_axis`: each element of g added in zeros of `shape`.
struct PutAlong {
  static constexpr OpInfo info{.name = "take_along_axis_adjoint", .saves = Saves::second, .uniform = false};
  Shape shape;
  int axis;
  void infer(Infer& i) const { i.result(shape, i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const int at = from_front(axis, shape.rank());
    const Around a(shape, at);
    const CheckedIndices index(k, 1, a.n);
    kernels::fill(k.size(), T{0}, k.out());
    kernels::take_along_add(a.outer, a.n, a.inner, k.in(0), k.shape(1)[at], index.data(), k.out());
  }
  void vjp(Vjp& c) const { c.give(0, take_along_axis(Arg(c.grad(), c.loc()), c.in(1), axis)); }
};

Var put_along(const Shape& shape, int axis, const Var& g, const Var& indices, Loc loc) {
  return record(PutAlong{shape, axis}, Arg(g, loc), Arg(indices, loc));
}

/// Runs f with x, y and places whose last axis is the one to order along.
template <class T, class F>
void along_last(const Array& x, int axis, Array* y, Array* places, F f) {
  const int at = from_front(axis, x.rank());
  if (at == x.rank() - 1) return f(x, y, places);
  const Array turned = moveaxis(x, at, -1);
  Shape shape = turned.shape();
  shape[x.rank() - 1] = (y ? *y : *places).shape(at);
  Array values, indices;
  if (y) values = Array::empty(shape, x.dtype());
  if (places) indices = Array::empty(shape, DType::int64);
  f(turned, y ? &values : nullptr, places ? &indices : nullptr);
  if (y) *y = moveaxis(values, -1, at);
  if (places) *places = moveaxis(indices, -1, at);
}

template <class T>
void order(const Array& x, int axis, bool descending, Array* y, Array* places) {
  along_last<T>(x, axis, y, places, [&](const Array& from, Array* values, Array* indices) {
    const std::int64_t n = from.shape(-1), keep = (values ? *values : *indices).shape(-1);
    if (from.size() == 0) return;
    kernels::sort_rows(from.size() / n, n, keep, descending, static_cast<const T*>(from.raw()),
                       values ? static_cast<T*>(values->raw()) : nullptr,
                       indices ? static_cast<std::int64_t*>(indices->raw()) : nullptr);
  });
}

template <class T>
concept Ordered = !std::same_as<T, bool>;

/// Values in order, and their places as a second result: what the gradient reads.
template <bool top>
struct Sorted {
  static constexpr OpInfo info{.name = top ? "topk" : "sort", .saves = Saves::output};
  int axis;
  bool descending;
  std::int64_t k = 0;
  void infer(Infer& i) const {
    const int at = i.axis(axis, i.rank(0));
    Shape result = i.shape(0);
    if (top) {
      if (k < 0 || k > result[at])
        i.arg_error("k from 0 to " + std::to_string(result[at]) + " for " + i.signatures(), std::to_string(k));
      result[at] = k;
    }
    i.result(result, i.dtype(0));
    i.result(result, DType::int64);
  }
  template <Ordered T>
  void forward(Kernel<T>& r) const {
    order<T>(r.Run::in(0), axis, descending, &r.Run::out(0), &r.Run::out(1));
  }
  void vjp(Vjp& c) const { c.give(0, put_along(c.in_shape(0), axis, c.grad(), c.out(1), c.loc())); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& b) const {
    const int at = from_front(axis, b.shape(0).rank());
    const Around a(b.shape(0), at);
    const T* g = b.grad();
    const Target<T> to = b.target(0);
    if (!to.add) kernels::fill(b.shape(0).size(), T{0}, to.data);
    kernels::take_along_add(a.outer, a.n, a.inner, g, b.out_shape()[at],
                            static_cast<const std::int64_t*>(static_cast<const void*>(b.out(1))), to.data);
  }
  std::string attributes() const {
    return std::string(top ? "k " + std::to_string(k) + " " : "") + "axis " + std::to_string(axis) +
           (descending ? " descending" : "");
  }
};

struct ArgSort {
  static constexpr OpInfo info{.name = "argsort"};
  int axis;
  bool descending;
  void infer(Infer& i) const {
    i.axis(axis, i.rank(0));
    i.result(i.shape(0), DType::int64);
  }
  template <Ordered T>
  void forward(Kernel<T>& r) const {
    order<T>(r.Run::in(0), axis, descending, nullptr, &r.Run::out());
  }
};

/// The largest so far, and its places as a second result: what the gradient reads.
struct CumMaxOp {
  static constexpr OpInfo info{.name = "cummax", .saves = Saves::output};
  int axis;
  void infer(Infer& i) const {
    i.axis(axis, i.rank(0));
    i.result(i.shape(0), i.dtype(0));
    i.result(i.shape(0), DType::int64);
  }
  template <Ordered T>
  void forward(Kernel<T>& r) const {
    const Around a(r.shape(0), from_front(axis, r.shape(0).rank()));
    auto* places = r.template out_as<std::int64_t>(1);
    for (std::int64_t o = 0; o < a.outer; ++o)
      for (std::int64_t j = 0; j < a.n; ++j)
        for (std::int64_t i = 0; i < a.inner; ++i) {
          const std::int64_t at = (o * a.n + j) * a.inner + i, before = at - a.inner;
          const T x = r.in(0)[at];
          // A NaN is above all but another one.
          const bool above = j == 0 || x > r.out()[before] || (x != x && r.out()[before] == r.out()[before]);
          r.out()[at] = above ? x : r.out()[before];
          places[at] = above ? j : places[before];
        }
  }
  void vjp(Vjp& c) const { c.give(0, put_along(c.in_shape(0), axis, c.grad(), c.out(1), c.loc())); }
  std::string attributes() const { return "axis " + std::to_string(axis); }
};

}  // namespace

Var take_along_axis(Arg x, Arg indices, int axis) {
  // Extents of 1 stretch to x's; anything else that does not fit is refused by the op.
  const Shape& from = x.shape();
  Shape shape = indices.shape();
  if (shape.rank() == from.rank() && axis >= -from.rank() && axis < from.rank())
    for (int d = 0; d < from.rank(); ++d)
      if (d != from_front(axis, from.rank()) && shape[d] == 1) shape[d] = from[d];
  if (shape == indices.shape()) return record(TakeAlongAxis{axis}, x, indices);
  return record(TakeAlongAxis{axis}, x, Arg(broadcast_to(indices, shape), indices.loc()));
}

Var sort(Arg x, int axis, bool descending) {
  return std::move(record_all(Sorted<false>{axis, descending}, std::span<const Arg>(&x, 1), x.loc())[0]);
}
Var argsort(Arg x, int axis, bool descending) { return record(ArgSort{axis, descending}, x); }
TopK<Var> topk(Arg x, std::int64_t k, int axis, bool largest) {
  std::vector<Var> both = record_all(Sorted<true>{axis, largest, k}, std::span<const Arg>(&x, 1), x.loc());
  return {std::move(both[0]), std::move(both[1])};
}
CumMax<Var> cummax(Arg x, int axis) {
  std::vector<Var> both = record_all(CumMaxOp{axis}, std::span<const Arg>(&x, 1), x.loc());
  return {std::move(both[0]), std::move(both[1])};
}

}  // namespace xgrad
