// Sums, means, products of nothing but the operand, and the backs of broadcasting.

#include "xgrad/ops/reduce.hpp"

#include "kernels/broadcast.hpp"
#include "kernels/reduce.hpp"
#include "ops/reduction.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::reduce;
using detail::Reduction;

template <class T>
concept Arithmetic = std::floating_point<T> || std::same_as<T, std::int64_t>;

struct Sum : Reduction {
  static constexpr OpInfo info{.name = "sum"};
  void infer(Infer& i) const {
    const DType type = i.dtype(0);
    declare(i, is_floating(type) ? type : DType::int64);
  }
  template <class T>
  void forward(Kernel<T>& k) const {
    if constexpr (Arithmetic<T>) {
      reduce(kernels::Reduce::sum, k.shape(0), mask(k.shape(0)), k.in(0), k.out());
    } else {
      const Array wide = k.Run::in(0).astype(DType::int64);
      reduce(kernels::Reduce::sum, wide.shape(), mask(wide.shape()), wide.data<std::int64_t>(),
             k.template out_as<std::int64_t>());
    }
  }
  void vjp(Vjp& c) const { c.give(0, broadcast_to(reshape(c.grad(), kept(c.in_shape(0))), c.in_shape(0))); }
  Var jvp(const Jvp& c) const { return record(*this, Arg(c.tangent(0))); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    spread(k.shape(0), k.grad(), k.target(0));
  }
};

struct Mean : Reduction {
  static constexpr OpInfo info{.name = "mean"};
  void infer(Infer& i) const {
    i.need_floating(0);
    declare(i, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    reduce(kernels::Reduce::sum, k.shape(0), mask(k.shape(0)), k.in(0), k.out());
    detail::divide_by(count<T>(k.shape(0)), k.size(), k.out());
  }
  void vjp(Vjp& c) const {
    const Shape& from = c.in_shape(0);
    c.give(0, broadcast_to(reshape(c.grad() / count<double>(from), kept(from)), from));
  }
  Var jvp(const Jvp& c) const { return record(*this, Arg(c.tangent(0))); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Shape& from = k.shape(0);
    Array share = Array::empty(k.out_shape(), dtype_of<T>());
    T* s = static_cast<T*>(share.raw());
    kernels::copy(k.size(), k.grad(), s);
    detail::divide_by(count<T>(from), k.size(), s);
    spread(from, s, k.target(0));
  }
};

struct TieShares : Reduction {
  static constexpr OpInfo info{.name = "tie_shares"};
  void infer(Infer& i) const { i.result(i.shape(0), i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& shape = k.shape(0);
    const Shape few = kept(shape);
    Array mask_array = Array::empty(shape, DType::uint8), count_array = Array::empty(few, k.Run::in(0).dtype());
    std::uint8_t* mask_bytes = static_cast<std::uint8_t*>(mask_array.raw());
    T* count = static_cast<T*>(count_array.raw());
    kernels::compare_broadcast(kernels::Compare::eq, shape.extents(), few.extents(), k.in(0), k.in(1), mask_bytes);
    for (std::int64_t i = 0, nan = any_nan(k.in(1), few.size()); nan && i < shape.size(); ++i)
      mask_bytes[i] |= k.in(0)[i] != k.in(0)[i];  // a NaN is the extreme of its group: let it take the gradient
    kernels::cast(shape.size(), mask_bytes, k.out());
    reduce(kernels::Reduce::sum, shape, mask(shape), k.out(), count);
    kernels::binary_broadcast(kernels::Binary::div, shape.extents(), few.extents(), k.out(), count, k.out());
  }

 private:
  template <class T>
  static bool any_nan(const T* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i)
      if (y[i] != y[i]) return true;
    return false;
  }
};

template <bool largest>
struct Extreme : Reduction {
  static constexpr OpInfo info{.name = largest ? "amax" : "amin", .saves = Saves::inputs | Saves::output};
  static constexpr kernels::Reduce rule = largest ? kernels::Reduce::amax : kernels::Reduce::amin;
  void infer(Infer& i) const {
    declare(i, i.dtype(0));
    need_elements(i);
  }
  template <class T>
  void forward(Kernel<T>& k) const {
    if constexpr (Arithmetic<T>) {
      reduce(rule, k.shape(0), mask(k.shape(0)), k.in(0), k.out());
    } else {
      const Array wide = k.Run::in(0).astype(DType::int64);
      Array result = Array::empty(k.out_shape(), DType::int64);
      reduce(rule, wide.shape(), mask(wide.shape()), wide.data<std::int64_t>(),
             static_cast<std::int64_t*>(result.raw()));
      k.Run::out() = result.astype(k.Run::in(0).dtype());
    }
  }
  void vjp(Vjp& c) const {
    const Shape few = kept(c.in_shape(0));
    c.give(0, reshape(c.grad(), few) * detail::tie_shares(c.in(0), reshape(c.out(), few), axes, c.loc()));
  }
};

template <bool is_all>
struct Truth : Reduction {
  static constexpr OpInfo info{.name = is_all ? "all" : "any"};
  void infer(Infer& i) const { declare(i, DType::boolean); }
  template <class T>
  void forward(Kernel<T>& k) const {
    const std::uint8_t* flags = k.template in_as<std::uint8_t>(0);
    Array truth;
    if constexpr (!std::same_as<T, bool>) {
      truth = Array::empty(k.shape(0), DType::uint8);
      kernels::cast_bool(k.size(0), k.in(0), static_cast<std::uint8_t*>(truth.raw()));
      flags = static_cast<const std::uint8_t*>(truth.raw());
    }
    // Of bytes that are 0 or 1, the largest and the smallest.
    reduce(is_all ? kernels::Reduce::all : kernels::Reduce::any, k.shape(0), mask(k.shape(0)), flags,
           k.template out_as<std::uint8_t>());
  }
};

template <bool largest>
struct Place {
  static constexpr OpInfo info{.name = largest ? "argmax" : "argmin"};
  int axis = 0;
  bool flat = true, keepdims = false;
  void infer(Infer& i) const {
    const Shape& shape = i.shape(0);
    if (flat) {
      if (shape.size() == 0) i.shape_error("at least one element", i.signatures());
      return i.result({}, DType::int64);
    }
    const int from_front = i.axis(axis, shape.rank());
    if (shape[from_front] == 0)
      i.shape_error("at least one element along axis " + std::to_string(axis), i.signatures());
    i.result(detail::reduced(shape, 1u << from_front, keepdims), DType::int64);
  }
  template <class T>
  void forward(Kernel<T>& k) const {
    using Stored = std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>;
    const auto* x = k.template in_as<Stored>(0);
    auto* y = k.template out_as<std::int64_t>();
    std::int64_t outer = 1, n = k.size(0), inner = 1;
    if (!flat) {
      const detail::Around a(k.shape(0), detail::from_front(axis, k.shape(0).rank()));
      outer = a.outer, n = a.n, inner = a.inner;
    }
    if constexpr (largest) {
      kernels::argmax(outer, n, inner, x, y);
    } else {
      kernels::argmin(outer, n, inner, x, y);
    }
  }
  std::string attributes() const { return flat ? "" : "axis " + std::to_string(axis); }
};

struct SumTo {
  static constexpr OpInfo info{.name = "sum_to"};
  Shape shape;
  void infer(Infer& i) const {
    if (!broadcasts_to(shape, i.shape(0)))
      i.shape_error("an array that " + shape.to_string() + " broadcasts to", i.signatures());
    i.result(shape, i.dtype(0));
  }
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    reduce(kernels::Reduce::sum, k.shape(0), mask(k.shape(0)), k.in(0), k.out());
  }
  void vjp(Vjp& c) const { c.give(0, broadcast_to(c.grad(), c.in_shape(0))); }
  std::string attributes() const { return shape.to_string(); }

 private:
  std::uint32_t mask(const Shape& from) const {
    const int lead = from.rank() - shape.rank();
    std::uint32_t m = 0;
    for (int axis = 0; axis < from.rank(); ++axis)
      if (axis < lead || (shape[axis - lead] == 1 && from[axis] != 1)) m |= 1u << axis;
    return m;
  }
};

}  // namespace

Var detail::tie_shares(const Var& x, const Var& y, const Axes& axes, Loc loc) {
  return record(TieShares{{axes}}, Arg(x.detach(), loc), Arg(y.detach(), loc));
}

Var sum(Arg x) { return record(Sum{}, x); }
Var sum(Arg x, const Axes& axes, bool keepdims) { return record(Sum{{axes, keepdims}}, x); }
Var mean(Arg x) { return record(Mean{}, x); }
Var mean(Arg x, const Axes& axes, bool keepdims) { return record(Mean{{axes, keepdims}}, x); }
Var amax(Arg x) { return record(Extreme<true>{}, x); }
Var amax(Arg x, const Axes& axes, bool keepdims) { return record(Extreme<true>{{axes, keepdims}}, x); }
Var amin(Arg x) { return record(Extreme<false>{}, x); }
Var amin(Arg x, const Axes& axes, bool keepdims) { return record(Extreme<false>{{axes, keepdims}}, x); }
Var any(Arg x) { return record(Truth<false>{}, x); }
Var any(Arg x, const Axes& axes, bool keepdims) { return record(Truth<false>{{axes, keepdims}}, x); }
Var all(Arg x) { return record(Truth<true>{}, x); }
Var all(Arg x, const Axes& axes, bool keepdims) { return record(Truth<true>{{axes, keepdims}}, x); }
Var argmax(Arg x) { return record(Place<true>{}, x); }
Var argmax(Arg x, int axis, bool keepdims) { return record(Place<true>{axis, false, keepdims}, x); }
Var argmin(Arg x) { return record(Place<false>{}, x); }
Var argmin(Arg x, int axis, bool keepdims) { return record(Place<false>{axis, false, keepdims}, x); }
Var sum_to(Arg x, const Shape& shape) { return record(SumTo{shape}, x); }

}  // namespace xgrad
