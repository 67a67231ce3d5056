#include "xgrad/ops/shaping.hpp"

#include <algorithm>

#include "kernels/broadcast.hpp"

namespace xgrad {

namespace {

struct BroadcastTo {
  static constexpr OpInfo info{.name = "broadcast_to"};
  Shape shape;
  void infer(Infer& i) const {
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

struct SumTo {
  static constexpr OpInfo info{.name = "sum_to"};
  Shape shape;
  void infer(Infer& i) const {
    if (!broadcasts_to(shape, i.shape(0)))
      i.shape_error("an array that " + shape.to_string() + " broadcasts to", i.signatures());
    i.result(shape, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    std::fill_n(k.out(), k.size(), T{0});
    const Shape& from = k.shape(0);
    const int lead = from.rank() - shape.rank();
    for (std::int64_t i = 0; i < k.size(0); ++i) {
      std::int64_t rest = i, at = 0, stride = 1;
      for (int axis = from.rank() - 1; axis >= lead; --axis) {
        if (shape[axis - lead] != 1) at += rest % from[axis] * stride;
        rest /= from[axis];
        stride *= shape[axis - lead];
      }
      k.out()[at] += k.in(0)[i];
    }
  }
  void vjp(Vjp& c) const { c.give(0, broadcast_to(c.grad(), c.in_shape(0))); }
  std::string attributes() const { return shape.to_string(); }
};

}  // namespace

Var broadcast_to(Arg x, const Shape& shape) { return record(BroadcastTo{shape}, x); }
Var sum_to(Arg x, const Shape& shape) { return record(SumTo{shape}, x); }

}  // namespace xgrad
