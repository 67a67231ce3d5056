// Variance, norms and log-sum-exp: reductions with arithmetic inside.

#include <cmath>
#include <limits>

#include "core/number_text.hpp"
#include "ops/reduction.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::reduce;
using detail::Reduction;
using kernels::Binary;
using kernels::Reduce;
using kernels::Unary;

/// A temporary on the pool.
template <class T>
class Scratch {
 public:
  explicit Scratch(const Shape& shape) : array_(Array::empty(shape, dtype_of<T>())) {}
  T* data() noexcept { return static_cast<T*>(array_.raw()); }
  operator T*() noexcept { return data(); }

 private:
  Array array_;
};

/// to (=|+=) d · w, w of the reduced shape; d is used up
template <class T>
void give_weighted(const Shape& from, const Shape& few, T* d, const T* w, Target<T> to) {
  kernels::binary_broadcast(Binary::mul, from.extents(), few.extents(), d, w, to.add ? d : to.data);
  if (to.add) kernels::add_into(from.size(), d, to.data);
}

/// 1/x, and 0 at 0: with it the norm's derivatives at 0 are 0, to any order.
struct ReciprocalOrZero {
  static constexpr OpInfo info{.name = "reciprocal_or_zero", .saves = Saves::output};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::unary(Unary::reciprocal, k.size(), k.in(0), k.out());
    for (std::int64_t i = 0; i < k.size(); ++i)
      if (k.in(0)[i] == 0) k.out()[i] = 0;
  }
  void vjp(Vjp& c) const { c.give(0, neg(c.grad() * c.out() * c.out())); }
};

/// e = e^(x − y), for y = log Σ eˣ of each group, and total = Σ e: 1 but for the rounding of y, which dividing by it
/// undoes. Where y is −∞ all are 0; where it is ∞, 1 for each infinite x.
template <class T>
void exponentials(const Reduction& r, const Shape& from, const T* x, const T* y, T* e, T* total) {
  const Shape few = r.kept(from);
  const std::int64_t n = from.size();
  kernels::binary_broadcast(Binary::sub, from.extents(), few.extents(), x, y, e);
  kernels::unary(Unary::exp, n, e, e);
  for (std::int64_t i = 0; i < few.size(); ++i) {
    if (!std::isinf(y[i])) continue;
    // ∞ − ∞ is NaN, and exp kept it: the only NaN here that stands for a number.
    for (std::int64_t j = 0; j < n; ++j)
      if (std::isnan(e[j]) && std::isinf(x[j])) e[j] = x[j] > 0 ? T{1} : T{0};
    break;
  }
  reduce(Reduce::sum, from, r.mask(from), e, total);
}

/// The shares of the elements x in y = log Σ eˣ: a softmax over the axes. y is passed as a constant; that it depends on
/// x is in the rule: x̄ = p (ȳ − Σ p ȳ).
struct Shares : Reduction {
  static constexpr OpInfo info{.name = "logsumexp_shares", .saves = Saves::output};
  void infer(Infer& i) const { i.result(i.shape(0), i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& from = k.shape(0);
    const Shape few = kept(from);
    Scratch<T> total(few);
    exponentials(*this, from, k.in(0), k.in(1), k.out(), total.data());
    for (std::int64_t i = 0; i < few.size(); ++i)
      if (total[i] == 0) total[i] = 1;
    kernels::binary_broadcast(Binary::div, from.extents(), few.extents(), k.out(), total.data(), k.out());
  }
  void vjp(Vjp& c) const {
    const Var share = c.grad() * c.out();
    c.give(0, share - c.out() * sum(share, axes, true));
  }
};

struct LogSumExp : Reduction {
  static constexpr OpInfo info{.name = "logsumexp", .saves = Saves::inputs | Saves::output};
  void infer(Infer& i) const {
    i.need_floating(0);
    declare(i, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& from = k.shape(0);
    const Shape few = kept(from);
    Scratch<T> shift(few), e(from);
    reduce(Reduce::amax, from, mask(from), k.in(0), shift.data());
    for (std::int64_t i = 0; i < few.size(); ++i)
      if (!std::isfinite(shift[i])) shift[i] = 0;
    kernels::binary_broadcast(Binary::sub, from.extents(), few.extents(), k.in(0), shift.data(), e.data());
    kernels::unary(Unary::exp, from.size(), e.data(), e.data());
    reduce(Reduce::sum, from, mask(from), e.data(), k.out());
    kernels::unary(Unary::log, k.size(), k.out(), k.out());
    kernels::add_into(k.size(), shift.data(), k.out());
  }
  void vjp(Vjp& c) const {
    const Shape few = kept(c.in_shape(0));
    const Arg y(reshape(c.out(), few).detach(), c.loc());
    c.give(0, reshape(c.grad(), few) * record(Shares{{axes}}, Arg(c.in(0), c.loc()), y));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Shape& from = k.shape(0);
    const Shape few = kept(from);
    Scratch<T> e(from), weight(few);
    exponentials(*this, from, k.in(0), k.out(), e.data(), weight.data());
    const T* g = k.grad();
    for (std::int64_t i = 0; i < few.size(); ++i) weight[i] = weight[i] == 0 ? T{0} : g[i] / weight[i];
    give_weighted<T>(from, few, e, weight, k.target(0));
  }
};

/// d = x − mean x
template <class T>
void centre(const Reduction& r, const Shape& from, const T* x, T* d) {
  const Shape few = r.kept(from);
  Scratch<T> mean(few);
  reduce(Reduce::sum, from, r.mask(from), x, mean.data());
  detail::divide_by(r.count<T>(from), few.size(), mean.data());
  kernels::binary_broadcast(Binary::sub, from.extents(), few.extents(), x, mean.data(), d);
}

struct VarOp : Reduction {
  static constexpr OpInfo info{.name = "var"};
  void infer(Infer& i) const {
    i.need_floating(0);
    declare(i, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& from = k.shape(0);
    Scratch<T> d(from);
    centre(*this, from, k.in(0), d.data());
    reduce(Reduce::sum_square, from, mask(from), d.data(), k.out());
    detail::divide_by(count<T>(from), k.size(), k.out());
  }
  Var decompose(std::span<const Var> in) const { return mean(square(in[0] - mean(in[0], axes, true)), axes, keepdims); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Shape& from = k.shape(0);
    const Shape few = kept(from);
    Scratch<T> d(from), w(few);
    centre(*this, from, k.in(0), d.data());
    kernels::scale(few.size(), T{2}, k.grad(), w.data());
    detail::divide_by(count<T>(from), few.size(), w.data());
    give_weighted<T>(from, few, d, w, k.target(0));
  }
};

/// √Σ x² of each group, without overflow or underflow on the way.
template <class T>
void euclidean(const Shape& from, std::uint32_t mask, const T* x, T* y) {
  const Shape few = detail::reduced(from, mask, true);
  reduce(Reduce::sum_square, from, mask, x, y);
  const T lowest = std::numeric_limits<T>::min() / std::numeric_limits<T>::epsilon();
  bool exact = true;
  for (std::int64_t i = 0; i < few.size(); ++i)
    exact = exact && y[i] >= lowest && y[i] <= std::numeric_limits<T>::max();
  if (!exact) {  // again, with each group divided by its largest element
    Scratch<T> scaled(from), largest(few);
    kernels::unary(Unary::abs, from.size(), x, scaled.data());
    reduce(Reduce::amax, from, mask, scaled.data(), largest.data());
    for (std::int64_t i = 0; i < few.size(); ++i)
      if (!(largest[i] > 0 && std::isfinite(largest[i]))) largest[i] = 1;
    kernels::binary_broadcast(Binary::div, from.extents(), few.extents(), scaled.data(), largest.data(), scaled.data());
    reduce(Reduce::sum_square, from, mask, scaled.data(), y);
    kernels::unary(Unary::sqrt, few.size(), y, y);
    kernels::binary(Binary::mul, few.size(), y, 1, largest.data(), 1, y);
  } else {
    kernels::unary(Unary::sqrt, few.size(), y, y);
  }
}

struct Stddev : Reduction {
  static constexpr OpInfo info{.name = "stddev", .saves = Saves::output};
  void infer(Infer& i) const {
    i.need_floating(0);
    declare(i, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& from = k.shape(0);
    Scratch<T> d(from);
    centre(*this, from, k.in(0), d.data());
    euclidean(from, mask(from), d.data(), k.out());
    detail::divide_by(std::sqrt(count<T>(from)), k.size(), k.out());
  }
  Var decompose(std::span<const Var> in) const {
    return norm(in[0] - mean(in[0], axes, true), axes, keepdims) / std::sqrt(count<double>(in[0].shape()));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Shape& from = k.shape(0);
    const Shape few = kept(from);
    Scratch<T> d(from), w(few);
    centre(*this, from, k.in(0), d.data());
    const T n = count<T>(from);
    for (std::int64_t i = 0; i < few.size(); ++i) w[i] = k.out()[i] == 0 ? T{0} : k.grad()[i] / (n * k.out()[i]);
    give_weighted<T>(from, few, d, w, k.target(0));
  }
};

struct Norm : Reduction {
  static constexpr OpInfo info{.name = "norm", .saves = Saves::inputs | Saves::output};
  double order = 2;
  void infer(Infer& i) const {
    i.need_floating(0);
    declare(i, i.dtype(0));
    if (order != 1 && order != 2 && order != std::numeric_limits<double>::infinity())
      i.arg_error("order 1, 2 or infinity", std::to_string(order));
    if (order > 2) need_elements(i);
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape& from = k.shape(0);
    if (order == 2) {
      euclidean(from, mask(from), k.in(0), k.out());
    } else {
      Scratch<T> size(from);
      kernels::unary(Unary::abs, from.size(), k.in(0), size.data());
      reduce(order == 1 ? Reduce::sum : Reduce::amax, from, mask(from), size.data(), k.out());
    }
  }
  void vjp(Vjp& c) const {
    const Shape few = kept(c.in_shape(0));
    const Var g = reshape(c.grad(), few), x = c.in(0);
    if (order == 2) {
      c.give(0, x * (g * record(ReciprocalOrZero{}, Arg(reshape(c.out(), few), c.loc()))));
    } else if (order == 1) {
      c.give(0, g * sign(x));
    } else {
      c.give(0, g * (sign(x) * detail::tie_shares(abs(x), reshape(c.out(), few), axes, c.loc())));
    }
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (order != 2) return false;
    const Shape& from = k.shape(0);
    const Shape few = kept(from);
    Scratch<T> w(few), share(from);
    for (std::int64_t i = 0; i < few.size(); ++i) w[i] = k.out()[i] == 0 ? T{0} : k.grad()[i] * (1 / k.out()[i]);
    const Target<T> to = k.target(0);
    T* product = to.add ? share.data() : to.data;
    kernels::binary_broadcast(Binary::mul, from.extents(), few.extents(), k.in(0), w.data(), product);
    if (to.add) kernels::add_into(from.size(), product, to.data);
    return true;
  }
  std::string attributes() const { return Reduction::attributes() + " order " + detail::number_text(order); }
};

}  // namespace

Var var(Arg x) { return record(VarOp{}, x); }
Var var(Arg x, const Axes& axes, bool keepdims) { return record(VarOp{{axes, keepdims}}, x); }
Var stddev(Arg x) { return record(Stddev{}, x); }
Var stddev(Arg x, const Axes& axes, bool keepdims) { return record(Stddev{{axes, keepdims}}, x); }
Var logsumexp(Arg x) { return record(LogSumExp{}, x); }
Var logsumexp(Arg x, const Axes& axes, bool keepdims) { return record(LogSumExp{{axes, keepdims}}, x); }
Var norm(Arg x) { return record(Norm{}, x); }
Var norm(Arg x, const Axes& axes, bool keepdims, double order) { return record(Norm{{axes, keepdims}, order}, x); }

}  // namespace xgrad
