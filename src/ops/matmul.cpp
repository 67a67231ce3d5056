#include "ops/stacks.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::Stack;
using detail::StackShape;

struct MatMul {
  static constexpr OpInfo info{.name = "matmul", .saves = Saves::others};
  bool transpose_a = false, transpose_b = false;

  /// The operands as stacks, and what their product is.
  struct Plan {
    StackShape a, b, c;
    Shape batch;
    std::int64_t m, n, k, k_of_b;
    bool broadcasts;
  };
  Plan plan(const Shape& sa, const Shape& sb) const {
    Plan p{};
    p.a = detail::stack_of(sa, true);
    p.b = detail::stack_of(sb, false);
    const bool ta = swaps_a(sa), tb = swaps_b(sb);
    p.m = ta ? p.a.columns : p.a.rows;
    p.k = ta ? p.a.rows : p.a.columns;
    p.k_of_b = tb ? p.b.columns : p.b.rows;
    p.n = tb ? p.b.rows : p.b.columns;
    p.broadcasts = broadcast_shapes(p.a.batch, p.b.batch, p.batch);
    p.c = {p.batch, p.m, p.n};
    return p;
  }
  // A vector is its own transpose.
  bool swaps_a(const Shape& sa) const noexcept { return transpose_a && sa.rank() > 1; }
  bool swaps_b(const Shape& sb) const noexcept { return transpose_b && sb.rank() > 1; }

  void infer(Infer& i) const {
    const Shape &sa = i.shape(0), &sb = i.shape(1);
    if (sa.rank() == 0 || sb.rank() == 0)
      i.shape_error("arrays of at least one axis (multiply scales by a scalar)", i.shapes());
    const Plan p = plan(sa, sb);
    if (p.k != p.k_of_b) i.shape_error("inner dimensions that agree", product_of(sa, sb));
    if (!p.broadcasts) i.shape_error("batch axes that broadcast", product_of(sa, sb));
    Shape result = p.batch;
    if (sa.rank() > 1) result.push_back(p.m);
    if (sb.rank() > 1) result.push_back(p.n);
    i.result(result, i.dtype(0));
  }
  std::string product_of(const Shape& sa, const Shape& sb) const {
    return sa.to_string() + (swaps_a(sa) ? " transposed" : "") + " x " + sb.to_string() +
           (swaps_b(sb) ? " transposed" : "");
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Shape &sa = k.shape(0), &sb = k.shape(1);
    if (sa.rank() == 2 && sb.rank() == 2) {
      const std::int64_t m = sa[transpose_a ? 1 : 0], inner = sa[transpose_a ? 0 : 1], n = sb[transpose_b ? 0 : 1];
      return kernels::gemm<T>(transpose_a, transpose_b, m, n, inner, T{1}, k.in(0), sa[1], k.in(1), sb[1], T{0},
                              k.out(), n);
    }
    const Plan p = plan(sa, sb);
    detail::multiply_stacks<T>(p.batch, p.m, p.n, p.k, {k.in(0), p.a, swaps_a(sa)}, {k.in(1), p.b, swaps_b(sb)},
                               {k.out(), p.c}, false);
  }

  void vjp(Vjp& c) const {  // y = a b:  ā = ȳ bᵀ,  b̄ = aᵀ ȳ
    const Shape &sa = c.in_shape(0), &sb = c.in_shape(1);
    const Plan p = plan(sa, sb);
    const bool ta = swaps_a(sa), tb = swaps_b(sb);
    Var g = c.grad();
    if (sa.rank() == 1 || sb.rank() == 1) {  // the axes that a vector took from the result
      Shape full = p.batch;
      full.push_back(p.m);
      full.push_back(p.n);
      g = reshape(g, full);
    }
    const auto matrix = [&](int i) {
      const StackShape& s = i == 0 ? p.a : p.b;
      return c.in_shape(i).rank() == 1 ? reshape(c.in(i), {s.rows, s.columns}) : c.in(i);
    };
    if (c.wants(0)) {
      const Var b = matrix(1);
      const Var d = ta ? matmul(b, g, {.transpose_a = tb, .transpose_b = true}) : matmul(g, b, {.transpose_b = !tb});
      c.give(0, d);  // [..., 1, k] for a vector [k]: the engine's sum over leading axes drops them
    }
    if (c.wants(1)) {
      Var a = matrix(0);
      if (p.b.batch.size() == 1 && p.batch.size() > 1 && p.a.batch == p.batch && !ta) {
        // One matrix for a whole batch: one product over all rows, instead of a batch of them and a sum.
        a = reshape(a, {p.batch.size() * p.m, p.k});
        g = reshape(g, {p.batch.size() * p.m, p.n});
      }
      Var d = tb ? matmul(g, a, {.transpose_a = true, .transpose_b = ta}) : matmul(a, g, {.transpose_a = !ta});
      if (sb.rank() == 1) {  // [..., k, 1]: drop the column axis
        Shape vector = d.shape();
        vector.erase(vector.rank() - 1);
        d = reshape(d, vector);
      } else if (d.rank() < sb.rank()) {
        d = reshape(d, sb);
      }
      c.give(1, d);
    }
  }

  Var jvp(const Jvp& c) const {  // ẏ = ȧ b + a ḃ
    const MatMulOptions flags{transpose_a, transpose_b};
    if (!c.moves(1)) return matmul(c.tangent(0), c.in(1), flags);
    const Var by_b = matmul(c.in(0), c.tangent(1), flags);
    return c.moves(0) ? matmul(c.tangent(0), c.in(1), flags) + by_b : by_b;
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& c) const {
    const Shape &sa = c.shape(0), &sb = c.shape(1);
    const Plan p = plan(sa, sb);
    const bool ta = swaps_a(sa), tb = swaps_b(sb);
    const T* g = c.grad();
    if (c.wants(0)) {
      const Stack<const T> b{c.in(1), p.b, tb};
      const Target<T> d = c.target(0);
      if (ta) {
        detail::multiply_stacks<T>(p.batch, p.k, p.m, p.n, b, {g, p.c, true}, {d.data, p.a}, d.add);
      } else {
        detail::multiply_stacks<T>(p.batch, p.m, p.k, p.n, {g, p.c, false}, {c.in(1), p.b, !tb}, {d.data, p.a}, d.add);
      }
    }
    if (c.wants(1)) {
      const Target<T> d = c.target(1);
      if (tb) {
        detail::multiply_stacks<T>(p.batch, p.n, p.k, p.m, {g, p.c, true}, {c.in(0), p.a, ta}, {d.data, p.b}, d.add);
      } else {
        detail::multiply_stacks<T>(p.batch, p.k, p.n, p.m, {c.in(0), p.a, !ta}, {g, p.c, false}, {d.data, p.b}, d.add);
      }
    }
  }

  std::string attributes() const {
    return transpose_a || transpose_b ? std::string(transpose_a ? "transpose_a" : "") +
                                            (transpose_a && transpose_b ? " " : "") + (transpose_b ? "transpose_b" : "")
                                      : "";
  }
};

}  // namespace

Var matmul(Arg a, Arg b) { return record(MatMul{}, a, b); }
Var matmul(Arg a, Arg b, MatMulOptions options) {
  return record(MatMul{options.transpose_a, options.transpose_b}, a, b);
}

}  // namespace xgrad
