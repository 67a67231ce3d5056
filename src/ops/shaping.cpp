// The same elements under another shape, in another order of axes, or of another type.

#include "xgrad/ops/shaping.hpp"

#include "kernels/broadcast.hpp"
#include "ops/axes.hpp"
#include "ops/region.hpp"

namespace xgrad {

namespace {

/// The gradient of what only changes the shape: a copy while that costs less than an op; above, the rule in ops shares
/// the memory.
template <class T>
bool pass_back(BackwardKernel<T>& k) {
  const std::int64_t n = k.size();
  if (n > 4096) return false;
  const T* g = k.grad();
  const Target<T> to = k.target(0);
  if (to.add) {
    kernels::add_into(n, g, to.data);
  } else {
    kernels::copy(n, g, to.data);
  }
  return true;
}

/// What the ops share that only say another shape.
struct SameElements {
  void vjp(Vjp& c) const { c.give(0, reshape(c.grad(), c.in_shape(0))); }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    return pass_back(k);
  }
};

struct Reshape : SameElements {
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
  Var jvp(const Jvp& c) const { return reshape(c.tangent(0), shape); }
  std::string attributes() const { return shape.to_string(); }
};

struct ExpandDims : SameElements {
  static constexpr OpInfo info{.name = "expand_dims", .view = true};
  Axes axes;
  void infer(Infer& i) const {
    const int rank = i.rank(0) + axes.count();
    if (axes.all() || rank > Shape::max_rank)
      i.arg_error("places for the new axes, at most 8 axes in all",
                  "axes " + axes.to_string() + " for " + i.signatures());
    detail::checked_mask(i, axes, rank);
    i.result(expanded(i.shape(0)), i.dtype(0));
  }
  void forward(Run& r) const { r.out() = r.in(0).reshape(expanded(r.in(0).shape())); }
  std::string attributes() const { return "axes " + axes.to_string(); }

 private:
  Shape expanded(const Shape& from) const {
    const int rank = from.rank() + axes.count();
    const std::uint32_t mask = detail::mask_of(axes, rank);
    Shape result;
    for (int axis = 0, next = 0; axis < rank; ++axis) result.push_back(mask >> axis & 1 ? 1 : from[next++]);
    return result;
  }
};

struct Squeeze : SameElements {
  static constexpr OpInfo info{.name = "squeeze", .view = true};
  Axes axes;
  void infer(Infer& i) const {
    const std::uint32_t mask = detail::checked_mask(i, axes, i.rank(0));
    if (!axes.all() && detail::count_along(i.shape(0), mask) != 1)
      i.shape_error("extent 1 along axes " + axes.to_string(), i.signatures());
    i.result(squeezed(i.shape(0)), i.dtype(0));
  }
  void forward(Run& r) const { r.out() = r.in(0).reshape(squeezed(r.in(0).shape())); }
  std::string attributes() const { return "axes " + axes.to_string(); }

 private:
  Shape squeezed(const Shape& from) const {
    const std::uint32_t mask = detail::mask_of(axes, from.rank());
    Shape result;
    for (int axis = 0; axis < from.rank(); ++axis)
      if (!(mask >> axis & 1) || from[axis] != 1) result.push_back(from[axis]);
    return result;
  }
};

/// An order of axes: axis i of the result is axis order[i] of the operand.
using Order = std::array<int, Shape::max_rank>;

/// What the ops that reorder axes share; Op says the order.
template <class Op>
struct Reordering {
  void forward(Run& r) const {
    const Array& x = r.in(0);
    const Order order = self().order(x.rank());
    const Shape shape = reordered(x.shape(), order);
    int last = -1;
    bool same_elements = true;  // only axes of extent 1 move: the elements stay where they are
    for (int d = 0; d < x.rank(); ++d) {
      if (shape[d] == 1) continue;
      same_elements = same_elements && order[static_cast<std::size_t>(d)] > last;
      last = order[static_cast<std::size_t>(d)];
    }
    if (same_elements) {
      r.out() = x.reshape(shape);
      return;
    }
    Array y = Array::empty(shape, x.dtype());
    const kernels::Region from = detail::whole(x.shape());
    kernels::Region region = from;
    for (int d = 0; d < x.rank(); ++d) {
      region.count[d] = from.count[order[static_cast<std::size_t>(d)]];
      region.stride[d] = from.stride[order[static_cast<std::size_t>(d)]];
    }
    kernels::copy_region(region, detail::bytes_of(x), x.raw(), y.raw());
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const {
    const int rank = c.in_shape(0).rank();
    const Order order = self().order(rank);
    Order back{};
    for (int d = 0; d < rank; ++d) back[static_cast<std::size_t>(order[static_cast<std::size_t>(d)])] = d;
    c.give(0, transpose(c.grad(), Axes(std::span<const int>(back.data(), static_cast<std::size_t>(rank)))));
  }

 protected:
  static Shape reordered(const Shape& from, const Order& order) {
    Shape result = from;
    for (int d = 0; d < from.rank(); ++d) result[d] = from[order[static_cast<std::size_t>(d)]];
    return result;
  }

 private:
  const Op& self() const noexcept { return static_cast<const Op&>(*this); }
};

struct Transpose : Reordering<Transpose> {
  static constexpr OpInfo info{.name = "transpose", .view = true};
  Axes axes;
  explicit Transpose(const Axes& a) : axes(a) {}
  void infer(Infer& i) const {
    detail::checked_mask(i, axes, i.rank(0));
    if (!axes.all() && axes.count() != i.rank(0))
      i.arg_error("each of " + std::to_string(i.rank(0)) + " axes once", "axes " + axes.to_string());
    i.result(reordered(i.shape(0), order(i.rank(0))), i.dtype(0));
  }
  Order order(int rank) const noexcept {
    Order o{};
    for (int d = 0; d < rank; ++d)
      o[static_cast<std::size_t>(d)] = axes.all() ? rank - 1 - d : detail::from_front(axes[d], rank);
    return o;
  }
  std::string attributes() const { return axes.all() ? "" : "axes " + axes.to_string(); }
};

struct SwapAxes : Reordering<SwapAxes> {
  static constexpr OpInfo info{.name = "swapaxes", .view = true};
  int a, b;
  SwapAxes(int axis1, int axis2) : a(axis1), b(axis2) {}
  void infer(Infer& i) const {
    i.axis(a, i.rank(0));
    i.axis(b, i.rank(0));
    i.result(reordered(i.shape(0), order(i.rank(0))), i.dtype(0));
  }
  Order order(int rank) const noexcept {
    Order o{};
    for (int d = 0; d < rank; ++d) o[static_cast<std::size_t>(d)] = d;
    std::swap(o[static_cast<std::size_t>(detail::from_front(a, rank))],
              o[static_cast<std::size_t>(detail::from_front(b, rank))]);
    return o;
  }
  std::string attributes() const { return std::to_string(a) + " <-> " + std::to_string(b); }
};

struct MoveAxis : Reordering<MoveAxis> {
  static constexpr OpInfo info{.name = "moveaxis", .view = true};
  int source, destination;
  MoveAxis(int from, int to) : source(from), destination(to) {}
  void infer(Infer& i) const {
    i.axis(source, i.rank(0));
    i.axis(destination, i.rank(0));
    i.result(reordered(i.shape(0), order(i.rank(0))), i.dtype(0));
  }
  Order order(int rank) const noexcept {
    Order o{};
    const int from = detail::from_front(source, rank), to = detail::from_front(destination, rank);
    for (int d = 0, next = 0; d < rank; ++d) {
      if (next == from) ++next;
      o[static_cast<std::size_t>(d)] = d == to ? from : next++;
    }
    return o;
  }
  std::string attributes() const { return std::to_string(source) + " -> " + std::to_string(destination); }
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

Var reshape(Arg x, const Shape& shape) { return record(Reshape{{}, shape}, x); }
Var expand_dims(Arg x, const Axes& axes) { return record(ExpandDims{{}, axes}, x); }
Var squeeze(Arg x) { return record(Squeeze{}, x); }
Var squeeze(Arg x, const Axes& axes) { return record(Squeeze{{}, axes}, x); }
Var transpose(Arg x) { return record(Transpose{Axes{}}, x); }
Var transpose(Arg x, const Axes& axes) { return record(Transpose{axes}, x); }
Var swapaxes(Arg x, int axis1, int axis2) { return record(SwapAxes{axis1, axis2}, x); }
Var moveaxis(Arg x, int source, int destination) { return record(MoveAxis{source, destination}, x); }
Var broadcast_to(Arg x, const Shape& shape) { return record(BroadcastTo{shape}, x); }
Var astype(Arg x, DType dtype) { return record(AsType{dtype}, x); }

}  // namespace xgrad
