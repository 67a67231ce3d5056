#include "xgrad/ops/shaping.hpp"

#include "kernels/broadcast.hpp"

namespace xgrad {

namespace {

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

}  // namespace

Var reshape(Arg x, const Shape& shape) { return record(Reshape{shape}, x); }
Var broadcast_to(Arg x, const Shape& shape) { return record(BroadcastTo{shape}, x); }

}  // namespace xgrad
