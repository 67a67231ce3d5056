// Shapes and orders of axes; broadcasting and its inverse; element types; diagonals and triangles.

#include "xgrad/ops/shaping.hpp"

#include <algorithm>

#include "kernels/broadcast.hpp"
#include "ops/axes.hpp"
#include "ops/strided.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"

namespace xgrad {

int detail::checked_axis(const char* operation, const Arg& x, std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw IndexError(operation,
                     "needs an axis from " + std::to_string(-rank) + " to " + std::to_string(rank - 1) + "; got " +
                         std::to_string(axis) + " for " + signature(x.value()),
                     x.loc());
  return from_front(axis, rank);
}

namespace {

using detail::checked_axis;

struct Reshape {
  static constexpr OpInfo info{.name = "reshape", .view = true};
  Shape shape;
  void infer(Infer& i) const {
    Shape result = shape;
    std::int64_t known = 1;
    int open = -1, opens = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] == -1) {
        open = axis;
        ++opens;
      } else {
        known *= shape[axis];
      }
    }
    const std::int64_t size = i.shape(0).size();
    if (opens == 1 && known > 0 && size % known == 0) result[open] = size / known;
    bool fits = opens < 2 && result.size() == size;
    for (std::int64_t extent : result) fits = fits && extent >= 0;
    if (!fits)
      i.shape_error("a shape of " + std::to_string(size) + " elements, with one -1 at the most",
                    i.signatures() + " to " + shape.to_string());
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const { r.out() = r.in(0).reshape(shape); }
  void vjp(Vjp& c) const { c.give(0, reshape(c.grad(), c.in_shape(0))); }
  std::string attributes() const { return shape.to_string(); }
};

struct Transpose {
  static constexpr OpInfo info{.name = "transpose"};
  Shape order;
  void infer(Infer& i) const {
    unsigned seen = 0;
    for (std::int64_t axis : order)
      if (axis >= 0 && axis < order.rank()) seen |= 1u << axis;
    if (order.rank() != i.rank(0) || seen != (1u << order.rank()) - 1)
      i.shape_error("an order that names each axis once", order.to_string() + " for " + i.signatures());
    Shape result = i.shape(0);
    for (int axis = 0; axis < order.rank(); ++axis) result[axis] = i.shape(0)[static_cast<int>(order[axis])];
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const {
    const Shape from = detail::dense_strides(r.in(0).shape());
    Shape strides = from;
    for (int axis = 0; axis < order.rank(); ++axis) strides[axis] = from[static_cast<int>(order[axis])];
    kernels::strided_read(detail::strided(r.out().shape(), strides), size_of(r.in(0).dtype()), r.in(0).raw(),
                          r.out().raw());
  }
  void vjp(Vjp& c) const {
    std::vector<int> undo(static_cast<std::size_t>(order.rank()));
    for (int axis = 0; axis < order.rank(); ++axis) undo[static_cast<std::size_t>(order[axis])] = axis;
    c.give(0, transpose(c.grad(), undo));
  }
  std::string attributes() const { return order.to_string(); }
};

struct BroadcastTo {
  static constexpr OpInfo info{.name = "broadcast_to"};
  Shape shape;
  void infer(Infer& i) const {
    for (std::int64_t extent : shape)
      if (extent < 0) i.shape_error("extents of at least 0", shape.to_string());
    if (!broadcasts_to(i.shape(0), shape))
      i.shape_error("an array that broadcasts to " + shape.to_string(), i.signatures());
    i.result(shape, i.dtype(0));
  }
  template <class T>
  void forward(Kernel<T>& k) const {
    using Stored = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
    kernels::broadcast_copy(k.shape(0).extents(), shape.extents(), k.template in_as<Stored>(0),
                            k.template out_as<Stored>());
  }
  void vjp(Vjp& c) const { c.give(0, c.grad()); }  // the engine sums over what was broadcast
  std::string attributes() const { return shape.to_string(); }
};

struct AsType {
  static constexpr OpInfo info{.name = "astype", .view = true};
  DType dtype;
  void infer(Infer& i) const { i.result(i.shape(0), dtype); }
  void forward(Run& r) const { r.out() = r.in(0).astype(dtype); }
  void vjp(Vjp& c) const { c.give(0, astype(c.grad(), c.in_dtype(0))); }
  std::string attributes() const { return name_of(dtype); }
};

}  // namespace

Var reshape(Arg x, const Shape& shape) { return record(Reshape{shape}, x); }
Var broadcast_to(Arg x, const Shape& shape) { return record(BroadcastTo{shape}, x); }
Var astype(Arg x, DType dtype) { return record(AsType{dtype}, x); }

Var transpose(Arg x, const std::vector<int>& order) {
  Shape axes;
  for (int axis : order) axes.push_back(axis < 0 ? axis + static_cast<int>(order.size()) : axis);
  return record(Transpose{axes}, x);
}
Var transpose(Arg x) {
  Shape axes;
  for (int axis = x.rank(); axis-- > 0;) axes.push_back(axis);
  return record(Transpose{axes}, x);
}
Var swapaxes(Arg x, int a, int b) {
  const int rank = x.rank(), first = checked_axis("swapaxes", x, a, rank),
            second = checked_axis("swapaxes", x, b, rank);
  Shape axes;
  for (int axis = 0; axis < rank; ++axis) axes.push_back(axis == first ? second : axis == second ? first : axis);
  return record(Transpose{axes}, x);
}
Var moveaxis(Arg x, int from, int to) {
  const int rank = x.rank(), source = checked_axis("moveaxis", x, from, rank),
            place = checked_axis("moveaxis", x, to, rank);
  Shape axes;
  for (int axis = 0; axis < rank; ++axis)
    if (axis != source) axes.push_back(axis);
  axes.insert(place, source);
  return record(Transpose{axes}, x);
}

Var expand_dims(Arg x, int axis) {
  Shape shape = x.shape();
  shape.insert(checked_axis("expand_dims", x, axis, x.rank() + 1), 1);
  return reshape(std::move(x), shape);
}
Var squeeze(Arg x) {
  Shape shape;
  for (std::int64_t extent : x.shape())
    if (extent != 1) shape.push_back(extent);
  return reshape(std::move(x), shape);
}
Var squeeze(Arg x, const Axes& axes) {
  if (axes.all()) return squeeze(std::move(x));
  unsigned drop = 0;
  for (int k = 0; k < axes.count(); ++k) {
    const int axis = checked_axis("squeeze", x, axes[k], x.rank());
    if (x.shape()[axis] != 1)
      throw ShapeError("squeeze",
                       "needs axes of extent 1; got axis " + std::to_string(axes[k]) + " of " + signature(x.value()),
                       x.loc());
    drop |= 1u << axis;
  }
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (!(drop >> axis & 1)) shape.push_back(x.shape()[axis]);
  return reshape(std::move(x), shape);
}

// --- diagonals: regular strides in the flattened matrix ---

Var diag(Arg x, std::int64_t k) {
  const Shape shape = x.shape();
  const std::int64_t down = std::max<std::int64_t>(0, -k), right = std::max<std::int64_t>(0, k);
  const Loc loc = x.loc();
  if (shape.rank() == 1) {
    const std::int64_t n = shape[0] + down + right;
    return reshape(Arg(detail::place_part(std::move(x), {Shape{down * n + right}, Shape{n + 1}, shape}, {n * n}), loc),
                   {n, n});
  }
  if (shape.rank() != 2) throw ShapeError("diag", "needs a vector or a matrix; got " + signature(x.value()), loc);
  const std::int64_t columns = shape[1];
  const std::int64_t n = std::max<std::int64_t>(0, std::min(shape[0] - down, columns - right));
  const std::int64_t start = n ? down * columns + right : 0;
  return detail::take_part(Arg(reshape(std::move(x), {shape.size()}), loc),
                           {Shape{start}, Shape{columns + 1}, Shape{n}});
}

namespace {
/// x where row − column passes, else 0.
template <class Keep>
Var triangle(const char* operation, Arg x, Keep keep) {
  const Shape& shape = x.shape();
  if (shape.rank() < 2) throw ShapeError(operation, "needs at least two axes; got " + signature(x.value()), x.loc());
  const std::int64_t rows = shape[shape.rank() - 2], columns = shape.back();
  Array mask = Array::empty({rows, columns}, DType::boolean);
  bool* m = mask.mutable_data<bool>();
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) m[i * columns + j] = keep(j - i);
  const Loc loc = x.loc();
  return where(Arg(mask, loc), std::move(x), Arg(0, loc));
}
}  // namespace

Var tril(Arg x, std::int64_t k) {
  return triangle("tril", std::move(x), [k](std::int64_t above) { return above <= k; });
}
Var triu(Arg x, std::int64_t k) {
  return triangle("triu", std::move(x), [k](std::int64_t above) { return above >= k; });
}

}  // namespace xgrad
