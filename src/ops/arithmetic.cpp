#include "xgrad/ops/arithmetic.hpp"

#include "kernels/broadcast.hpp"
#include "kernels/elementwise.hpp"
#include "ops/unary_op.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

/// A chain of scalars lives from what is not done: one number needs no plan, no table and no loop.
template <kernels::Binary f, class T>
void binary(Kernel<T>& k) {
  using kernels::Binary;
  if (k.size() == 1) {
    const T a = *k.in(0), b = *k.in(1);
    if constexpr (f == Binary::add && std::is_floating_point_v<T>) return void(*k.out() = a + b);
    if constexpr (f == Binary::sub && std::is_floating_point_v<T>) return void(*k.out() = a - b);
    if constexpr (f == Binary::mul && std::is_floating_point_v<T>) return void(*k.out() = a * b);
    if constexpr (f == Binary::div) return void(*k.out() = a / b);
  }
  kernels::binary_broadcast(f, k.shape(0).extents(), k.shape(1).extents(), k.in(0), k.in(1), k.out());
}

template <class T>
concept Arithmetic = std::floating_point<T> || std::same_as<T, std::int64_t>;

/// Whether each share has the shape of the result, so that nothing needs to be summed: every wanted operand has that
/// shape, and the others have it too or are one number.
template <class T>
bool plain(const BackwardKernel<T>& k) {
  for (int i = 0; i < 2; ++i)
    if (k.shape(i) != k.out_shape() && (k.wants(i) || k.shape(i).size() != 1)) return false;
  return true;
}

/// dx (= or +=) g.
template <class T>
void pass_on(BackwardKernel<T>& k, int i) {
  const T* g = k.grad();
  const auto to = k.target(i);
  if (k.size() == 1) {
    *to.data = to.add ? *to.data + *g : *g;
  } else if (to.add) {
    kernels::add_into(k.size(), g, to.data);
  } else {
    kernels::copy(k.size(), g, to.data);
  }
}

struct Add {
  static constexpr OpInfo info{.name = "add"};
  static constexpr bool elementwise = true;
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    binary<kernels::Binary::add>(k);
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (!plain(k)) return false;
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
  static constexpr bool elementwise = true;
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    binary<kernels::Binary::sub>(k);
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (!plain(k)) return false;
    if (k.wants(0)) pass_on(k, 0);
    if (k.wants(1)) {
      const T* g = k.grad();
      const auto to = k.target(1);
      if (k.size() == 1) {
        *to.data = to.add ? *to.data - *g : -*g;
      } else if (to.add) {
        kernels::binary(kernels::Binary::sub, k.size(), to.data, 1, g, 1, to.data);
      } else {
        kernels::unary(kernels::Unary::neg, k.size(), g, to.data);
      }
    }
    return true;
  }
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    if (c.wants(1)) c.give(1, neg(c.grad()));
  }
};

struct Multiply {
  static constexpr OpInfo info{.name = "multiply", .saves = Saves::others};
  static constexpr bool elementwise = true;
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    binary<kernels::Binary::mul>(k);
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (!plain(k)) return false;
    for (int i = 0; i < 2; ++i) {
      if (!k.wants(i)) continue;
      const T *g = k.grad(), *other = k.in(1 - i);
      const bool number = k.shape(1 - i) != k.out_shape();
      const auto to = k.target(i);
      if (k.size() == 1) {
        *to.data = to.add ? *to.data + *g * *other : *g * *other;
      } else if (!to.add) {
        kernels::binary(kernels::Binary::mul, k.size(), g, 1, other, number ? 0 : 1, to.data);
      } else if (number) {
        kernels::axpy(k.size(), *other, g, to.data);
      } else {
        kernels::multiply_add(k.size(), g, other, to.data);
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
  static constexpr bool elementwise = true;
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    binary<kernels::Binary::div>(k);
  }
  /// A few numbers, with the same rounding and absorption as below; more go through the kernels there.
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    constexpr std::int64_t few = 16;
    if (k.size() > few || !plain(k)) return false;
    const T *g = k.grad(), *b = k.in(1), *y = k.out();
    const std::int64_t step = k.shape(1) != k.out_shape() ? 0 : 1;
    for (int i = 0; i < 2; ++i) {
      if (!k.wants(i)) continue;
      const auto to = k.target(i);
      for (std::int64_t e = 0; e < k.size(); ++e) {
        const T share = g[e] == 0 ? T(0) : (i == 0 ? g[e] : -(g[e] * y[e])) * (1 / b[e * step]);
        to.data[e] = to.add ? to.data[e] + share : share;
      }
    }
    return true;
  }
  void vjp(Vjp& c) const {  // d(a/b) = (da − y db) / b
    const Var slope = reciprocal(c.in(1));
    if (c.wants(0)) c.give(0, absorb_multiply(c.grad(), slope));
    if (c.wants(1)) c.give(1, neg(absorb_multiply(absorb_multiply(c.grad(), c.out()), slope)));
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
    binary<kernels::Binary::absorb_mul>(k);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) {
      const Var masked = where(logical_and(c.in(0) == 0, !isfinite(c.in(1))), 0, c.in(1));
      c.give(0, absorb_multiply(c.grad(), masked));
    }
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

namespace {

template <kernels::Binary f>
Array in_place(Array&& a, const ArrayArg& b, Var (*op)(Arg, Arg)) {
  const Array& other = b.arg().value();
  const bool number = b.arg().var().node()->weak();
  const bool one = other.size() == 1 && other.rank() <= a.rank();
  // What does not fit, and what is to be looked at afterwards, goes the usual way.
  if (!a.unique() || !is_floating(a.dtype()) || !(number || other.dtype() == a.dtype()) ||
      !(one || other.shape() == a.shape()) || detail::mode().check_nan)
    return op(Arg(a, b.loc()), b.arg()).value();
  const Array fitting = other.astype(a.dtype());
  visit_dtype(a.dtype(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      T* const x = static_cast<T*>(a.raw());
      kernels::binary(f, a.size(), x, 1, static_cast<const T*>(fitting.raw()), one ? 0 : 1, x);
    }
  });
  return std::move(a);
}

}  // namespace

namespace detail {
using kernels::Binary;
Array add_in_place(Array&& a, const ArrayArg& b) { return in_place<Binary::add>(std::move(a), b, add); }
Array subtract_in_place(Array&& a, const ArrayArg& b) { return in_place<Binary::sub>(std::move(a), b, subtract); }
Array multiply_in_place(Array&& a, const ArrayArg& b) { return in_place<Binary::mul>(std::move(a), b, multiply); }
Array divide_in_place(Array&& a, const ArrayArg& b) { return in_place<Binary::div>(std::move(a), b, divide); }
}  // namespace detail

}  // namespace xgrad
