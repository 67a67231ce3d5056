#include "xgrad/ops/arithmetic.hpp"

#include "kernels/broadcast.hpp"
#include "kernels/elementwise.hpp"
#include "ops/unary_op.hpp"

namespace xgrad {

namespace {

template <class T>
void binary(kernels::Binary f, Kernel<T>& k) {
  kernels::binary_broadcast(f, k.shape(0).extents(), k.shape(1).extents(), k.in(0), k.in(1), k.out());
}

template <class T>
concept Arithmetic = std::floating_point<T> || std::same_as<T, std::int64_t>;

/// dx (= or +=) g: the share that a sum passes on.
template <class T>
void pass_on(BackwardKernel<T>& k, int i) {
  const T* g = k.grad();
  const auto to = k.target(i);
  if (to.add) {
    kernels::add_into(k.size(), g, to.data);
  } else {
    kernels::copy(k.size(), g, to.data);
  }
}
/// Whether both operands have the result's shape, so that no share needs to be summed.
template <class T>
bool same_shapes(const BackwardKernel<T>& k) {
  return k.shape(0) == k.out_shape() && k.shape(1) == k.out_shape();
}

struct Add {
  static constexpr OpInfo info{.name = "add"};
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    binary(kernels::Binary::add, k);
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (!same_shapes(k)) return false;
    for (int i = 0; i < 2; ++i)
      if (k.wants(i)) pass_on(k, i);
    return true;
  }
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    c.give(1, c.grad());
  }
};

struct Subtract {
  static constexpr OpInfo info{.name = "subtract"};
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    binary(kernels::Binary::sub, k);
  }
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    if (c.wants(1)) c.give(1, neg(c.grad()));
  }
};

struct Multiply {
  static constexpr OpInfo info{.name = "multiply", .saves = Saves::others};
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    binary(kernels::Binary::mul, k);
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (!same_shapes(k)) return false;
    for (int i = 0; i < 2; ++i) {
      if (!k.wants(i)) continue;
      const T *g = k.grad(), *other = k.in(1 - i);
      const auto to = k.target(i);
      if (to.add) {
        kernels::multiply_add(k.size(), g, other, to.data);
      } else {
        kernels::binary(kernels::Binary::mul, k.size(), g, 1, other, 1, to.data);
      }
    }
    return true;
  }
  void vjp(Vjp& c) const {  // d(ab) = b da + a db
    if (c.wants(0)) c.give(0, c.grad() * c.in(1));
    if (c.wants(1)) c.give(1, c.grad() * c.in(0));
  }
};

struct Divide {
  static constexpr OpInfo info{.name = "divide", .saves = Saves::second | Saves::output};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    binary(kernels::Binary::div, k);
  }
  void vjp(Vjp& c) const {  // d(a/b) = (da − y db) / b
    const Var share = absorb_multiply(c.grad(), 1 / c.in(1));
    c.give(0, share);
    if (c.wants(1)) c.give(1, neg(absorb_multiply(c.grad() * c.out(), 1 / c.in(1))));
  }
};

struct Neg : UnaryOp<Neg, kernels::Unary::neg> {
  static constexpr OpInfo info{.name = "neg"};
  using UnaryOp::forward;
  void forward(Kernel<std::int64_t>& k) const { kernels::unary(kernels::Unary::neg, k.size(), k.in(0), k.out()); }
  void vjp(Vjp& c) const { c.give(0, neg(c.grad())); }
};

struct AbsorbMultiply {
  static constexpr OpInfo info{.name = "absorb_multiply", .saves = Saves::inputs};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    binary(kernels::Binary::absorb_mul, k);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, absorb_multiply(c.grad(), c.in(1)));
    if (c.wants(1)) c.give(1, absorb_multiply(c.grad(), c.in(0)));
  }
};

}  // namespace

Var add(Arg a, Arg b) { return record(Add{}, a, b); }
Var subtract(Arg a, Arg b) { return record(Subtract{}, a, b); }
Var multiply(Arg a, Arg b) { return record(Multiply{}, a, b); }
Var divide(Arg a, Arg b) { return record(Divide{}, a, b); }
Var neg(Arg x) { return record(Neg{}, x); }
Var absorb_multiply(Arg a, Arg b) { return record(AbsorbMultiply{}, a, b); }

}  // namespace xgrad
