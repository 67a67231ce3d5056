// Products, and running sums and products along an axis.

#include "ops/reduction.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"

namespace xgrad {

namespace {

using detail::Around;
using detail::from_front;
using detail::reduce;
using detail::Reduction;

template <class T>
concept Arithmetic = std::floating_point<T> || std::same_as<T, std::int64_t>;

Var rows(const Var& x, std::int64_t begin, std::int64_t end) { return slice(x, {Slice{begin, end}}); }

struct Prod : Reduction {
  static constexpr OpInfo info{.name = "prod"};
  void infer(Infer& i) const { declare(i, i.dtype(0)); }
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    reduce(kernels::Reduce::prod, k.shape(0), mask(k.shape(0)), k.in(0), k.out());
  }
  /// A tree: halves are multiplied until one is left. No division, so that zeros do no harm.
  Var decompose(std::span<const Var> in) const {
    const Shape& from = in[0].shape();
    const std::uint32_t m = mask(from);
    std::array<int, Shape::max_rank> order{};  // the reduced axes first
    std::size_t n_axes = 0;
    for (const bool reduced_ones : {true, false})
      for (int d = 0; d < from.rank(); ++d)
        if (static_cast<bool>(m >> d & 1) == reduced_ones) order[n_axes++] = d;
    const std::int64_t groups = detail::reduced(from, m, false).size();
    std::int64_t n = detail::count_along(from, m);
    const Shape result = detail::reduced(from, m, keepdims);
    if (n == 0) return ones(result, in[0].dtype());
    Var x = reshape(transpose(in[0], Axes(std::span<const int>(order.data(), n_axes))), {n, groups});
    while (n > 1) {
      const std::int64_t half = n / 2;
      const Var product = rows(x, 0, half) * rows(x, half, 2 * half);
      x = n % 2 ? concat({product, rows(x, n - 1, n)}, 0) : product;
      n = half + n % 2;
    }
    return reshape(x, result);
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    // The reduced axes must stand side by side: [outer, n, inner].
    const Shape& from = k.shape(0);
    const std::uint32_t m = mask(from);
    std::int64_t outer = 1, n = 1, inner = 1;
    for (int d = 0; d < from.rank(); ++d) {
      if (from[d] == 1) continue;
      if (m >> d & 1) {
        if (inner != 1) return false;
        n *= from[d];
      } else {
        (n == 1 ? outer : inner) *= from[d];
      }
    }
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::prod_vjp(outer, n, inner, g, k.in(0), to.data, to.add);
    return true;
  }
};

/// The base of the ops that run along an axis.
struct Scan {
  int axis;
  bool reverse;
  void infer(Infer& i) const {
    i.axis(axis, i.rank(0));
    i.result(i.shape(0), i.dtype(0));
  }
  std::string attributes() const { return "axis " + std::to_string(axis) + (reverse ? " reverse" : ""); }
};

struct CumSum : Scan {
  static constexpr OpInfo info{.name = "cumsum"};
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    const Around a(k.shape(0), from_front(axis, k.shape(0).rank()));
    kernels::cumsum(a.outer, a.n, a.inner, k.in(0), k.out(), reverse);
  }
  void vjp(Vjp& c) const { c.give(0, cumsum(c.grad(), axis, !reverse)); }
};

struct CumProd : Scan {
  static constexpr OpInfo info{.name = "cumprod"};
  template <Arithmetic T>
  void forward(Kernel<T>& k) const {
    const Around a(k.shape(0), from_front(axis, k.shape(0).rank()));
    kernels::cumprod(a.outer, a.n, a.inner, k.in(0), k.out(), reverse);
  }
  /// In log₂ n steps each element is multiplied by the one 1, 2, 4, … places before it (Hillis and Steele 1986, "Data
  /// parallel algorithms"). No division, so that zeros do no harm.
  Var decompose(std::span<const Var> in) const {
    Var x = moveaxis(in[0], axis, 0);
    const std::int64_t n = x.shape()[0];
    for (std::int64_t step = 1; step < n; step *= 2) {
      const Var product = rows(x, 0, n - step) * rows(x, step, n);
      x = reverse ? concat({product, rows(x, n - step, n)}, 0) : concat({rows(x, 0, step), product}, 0);
    }
    return moveaxis(x, 0, axis);
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Around a(k.shape(0), from_front(axis, k.shape(0).rank()));
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::cumprod_vjp(a.outer, a.n, a.inner, g, k.in(0), to.data, reverse, to.add);
  }
};

}  // namespace

Var prod(Arg x) { return record(Prod{}, x); }
Var prod(Arg x, const Axes& axes, bool keepdims) { return record(Prod{{axes, keepdims}}, x); }
Var cumsum(Arg x, int axis, bool reverse) { return record(CumSum{{axis, reverse}}, x); }
Var cumprod(Arg x, int axis, bool reverse) { return record(CumProd{{axis, reverse}}, x); }

}  // namespace xgrad
