#include "xgrad/ops/solve.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include "ops/lapack.hpp"
#include "ops/stacks.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::StackShape;
using detail::transpose_into;

void need_square(const Infer& i) {
  i.need_floating(0);
  const Shape& a = i.shape(0);
  if (a.rank() < 2 || a[a.rank() - 2] != a.back()) i.shape_error("square matrices [..., n, n]", i.signatures());
}

/// What solve and triangular_solve share: a [..., n, n] and b [..., n, k].
Shape solution_shape(const Infer& i) {
  need_square(i);
  const Shape &a = i.shape(0), &b = i.shape(1);
  if (b.rank() < 2 || b[b.rank() - 2] != a.back())
    i.shape_error("b [..., " + std::to_string(a.back()) + ", k] or a vector [" + std::to_string(a.back()) + "]",
                  i.shapes());
  const StackShape sa = detail::stack_of(a, true), sb = detail::stack_of(b, false);
  Shape result;
  if (!broadcast_shapes(sa.batch, sb.batch, result)) i.shape_error("batch axes that broadcast", i.shapes());
  result.push_back(sb.rows);
  result.push_back(sb.columns);
  return result;
}

/// Room for row exchanges, from the pool.
class Pivots {
 public:
  explicit Pivots(std::int64_t count) : memory_(Array::empty({count}, DType::int64)) {}
  int* data() { return static_cast<int*>(memory_.raw()); }

 private:
  Array memory_;
};

/// The LU factors of every matrix of a stack that is not empty; a singular one is refused by its number.
template <class T>
struct Factors {
  Array lu;
  Pivots pivots;
  template <class Refuse>
  Factors(const Array& a, Refuse refuse) : lu(a.copy()), pivots(a.size() / a.shape().back()) {
    const std::int64_t n = a.shape().back();
    T* p = static_cast<T*>(lu.raw());
    for (std::int64_t at = 0; at < a.size(); at += n * n)
      if (!detail::lu_factor(n, p + at, pivots.data() + at / n)) refuse(at / (n * n));
  }
  const T* matrix(std::int64_t offset) const { return static_cast<const T*>(lu.raw()) + offset; }
};

[[noreturn]] void refuse_singular(const Run& run, std::int64_t matrix) {
  run.arg_error("matrices that are not singular",
                "a singular one, number " + std::to_string(matrix) + " of " + signature(run.in(0)));
}

struct Solve {
  static constexpr OpInfo info{.name = "solve", .saves = Saves::first | Saves::output};
  bool transpose = false;

  void infer(Infer& i) const { i.result(solution_shape(i), i.dtype(0)); }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const StackShape a = detail::stack_of(k.shape(0), true), b = detail::stack_of(k.shape(1), false);
    StackShape x = detail::stack_of(k.out_shape(), false);
    const std::int64_t n = x.rows, columns = x.columns;
    if (k.size() == 0) return;
    Factors<T> factors(k.Run::in(0), [&k](std::int64_t m) { refuse_singular(k, m); });
    Array sides = Array::empty({columns, n}, dtype_of<T>());
    T* side = static_cast<T*>(sides.raw());
    detail::for_each_matrix(
        x.batch, detail::batch_steps(a, x.batch), detail::batch_steps(b, x.batch), detail::batch_steps(x, x.batch),
        [&](std::int64_t oa, std::int64_t ob, std::int64_t ox, bool) {
          transpose_into(n, columns, k.in(1) + ob, side);
          detail::lu_solve(n, columns, transpose, factors.matrix(oa), factors.pivots.data() + oa / n, side);
          transpose_into(columns, n, side, k.out() + ox);
        });
  }

  void vjp(Vjp& c) const {  // b̄ = a⁻ᵀ x̄,  ā = −b̄ xᵀ
    const Var gb = record(Solve{!transpose}, Arg(c.in(0)), Arg(c.grad()));
    if (c.wants(1)) c.give(1, gb);
    if (c.wants(0)) {
      const Var x = c.out();
      c.give(0, neg(transpose ? matmul(x, gb, {.transpose_b = true}) : matmul(gb, x, {.transpose_b = true})));
    }
  }
  std::string attributes() const { return transpose ? "transpose" : ""; }
};

struct TriangularSolve {
  static constexpr OpInfo info{.name = "triangular_solve", .saves = Saves::first | Saves::output};
  TriangularOptions options;

  void infer(Infer& i) const { i.result(solution_shape(i), i.dtype(0)); }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const StackShape a = detail::stack_of(k.shape(0), true), b = detail::stack_of(k.shape(1), false);
    const StackShape x = detail::stack_of(k.out_shape(), false);
    const std::int64_t n = x.rows;
    if (k.size() == 0) return;
    if (!options.unit_diagonal)
      for (std::int64_t i = 0; i < k.size(0) / n; ++i)
        if (k.in(0)[i * n + i % n] == 0)
          k.arg_error("a diagonal without zeros", "0 at place " + std::to_string(i % n) + " of matrix " +
                                                      std::to_string(i / n) + " of " + signature(k.Run::in(0)));
    detail::for_each_matrix(x.batch, detail::batch_steps(a, x.batch), detail::batch_steps(b, x.batch),
                            detail::batch_steps(x, x.batch),
                            [&](std::int64_t oa, std::int64_t ob, std::int64_t ox, bool) {
                              std::copy_n(k.in(1) + ob, n * x.columns, k.out() + ox);
                              detail::triangular(options.lower, options.transpose, options.unit_diagonal, n, x.columns,
                                                 k.in(0) + oa, k.out() + ox);
                            });
  }

  void vjp(Vjp& c) const {
    TriangularOptions other = options;
    other.transpose = !options.transpose;
    const Var gb = triangular_solve(c.in(0), c.grad(), other);
    if (c.wants(1)) c.give(1, gb);
    if (c.wants(0)) {
      const Var x = c.out();
      const Var all = options.transpose ? matmul(x, gb, {.transpose_b = true}) : matmul(gb, x, {.transpose_b = true});
      const std::int64_t off = options.unit_diagonal ? 1 : 0;
      c.give(0, neg(options.lower ? tril(all, -off) : triu(all, off)));
    }
  }
  std::string attributes() const {
    return std::string(options.lower ? "lower" : "upper") + (options.transpose ? " transpose" : "") +
           (options.unit_diagonal ? " unit_diagonal" : "");
  }
};

struct Cholesky {
  static constexpr OpInfo info{.name = "cholesky", .saves = Saves::output};

  void infer(Infer& i) const {
    need_square(i);
    i.result(i.shape(0), i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const std::int64_t n = k.shape(0).back();
    for (std::int64_t at = 0; at < k.size(); at += n * n) {
      const T* a = k.in(0) + at;
      T* l = k.out() + at;
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) l[i * n + j] = j > i ? T{0} : (a[i * n + j] + a[j * n + i]) / 2;
      if (const std::int64_t minor = detail::cholesky_factor(n, l))
        k.arg_error("positive definite matrices", "one whose leading minor of order " + std::to_string(minor) +
                                                      " is not positive, number " + std::to_string(at / (n * n)) +
                                                      " of " + signature(k.Run::in(0)));
    }
  }

  void vjp(Vjp& c) const {
    const Var l = c.out();
    const TriangularOptions transposed{.transpose = true};
    const Var p = matmul(l, tril(c.grad()), {.transpose_a = true});
    const Var phi = 0.5 * (tril(p) + tril(p, -1));
    const Var left = triangular_solve(l, phi, transposed);  // l⁻ᵀ Φ
    const Var both =
        triangular_solve(l, swapaxes(left, -2, -1), transposed);  // its transpose from the right: l⁻ᵀ Φᵀ l⁻¹
    c.give(0, 0.5 * (both + swapaxes(both, -2, -1)));
  }
};

struct Inverse {
  static constexpr OpInfo info{.name = "inverse", .saves = Saves::output};

  void infer(Infer& i) const {
    need_square(i);
    i.result(i.shape(0), i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const std::int64_t n = k.shape(0).back();
    if (k.size() == 0) return;
    std::copy_n(k.in(0), k.size(), k.out());
    Pivots pivots(n);
    Array work = Array::empty({n * 64}, dtype_of<T>());
    for (std::int64_t at = 0; at < k.size(); at += n * n) {
      if (!detail::lu_factor(n, k.out() + at, pivots.data())) refuse_singular(k, at / (n * n));
      detail::lu_invert(n, k.out() + at, pivots.data(), static_cast<T*>(work.raw()));
    }
  }

  void vjp(Vjp& c) const {  // d(a⁻¹) = −a⁻¹ da a⁻¹
    const Var y = c.out();
    c.give(0, neg(matmul(matmul(y, c.grad(), {.transpose_a = true}), y, {.transpose_b = true})));
  }
};

struct SlogDetOp {
  static constexpr OpInfo info{.name = "slogdet", .saves = Saves::inputs};

  void infer(Infer& i) const {
    need_square(i);
    const Shape batch = detail::stack_of(i.shape(0), true).batch;
    i.result(batch, i.dtype(0));
    i.result(batch, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const std::int64_t n = k.shape(0).back();
    Array scratch = Array::empty({n, n}, dtype_of<T>());
    T* lu = static_cast<T*>(scratch.raw());
    Pivots pivots(n);
    for (std::int64_t m = 0; m < k.size(); ++m) {
      std::copy_n(k.in(0) + m * n * n, n * n, lu);
      if (n > 0) detail::lu_factor(n, lu, pivots.data());  // a singular one has a 0 on its diagonal
      T sign = 1, log_abs = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        const T d = lu[i * n + i];
        if (pivots.data()[i] != i + 1) sign = -sign;
        sign *= std::isnan(d) ? d : static_cast<T>((d > 0) - (d < 0));
        log_abs += std::log(std::abs(d));
      }
      k.out(0)[m] = sign + T{0};  // no −0
      k.out(1)[m] = log_abs;
    }
  }

  void vjp(Vjp& c) const {  // d log|det a| = tr(a⁻¹ da)
    if (!c.has_grad(1)) return c.give(0, Var(zeros(c.in_shape(0), c.in_dtype(0)), c.loc()));
    const Var a = c.in(0);
    c.give(0, expand_dims(c.grad(1), {-2, -1}) * swapaxes(inverse(a), -2, -1));
  }
};

/// `op` for a vector b: as one column, and back.
template <class Op>
Var solved(const char* name, Op op, Arg a, Arg b) {
  if (b.rank() != 1) return record(op, a, b);
  const Loc loc = a.loc();
  const std::int64_t n = b.shape()[0];
  if (a.rank() >= 2 && a.shape().back() != n)
    throw ShapeError(name,
                     "needs b [..., " + std::to_string(a.shape().back()) + ", k] or a vector [" +
                         std::to_string(a.shape().back()) + "]; got " + a.shape().to_string() + " and " +
                         b.shape().to_string(),
                     loc);
  const Loc line = b.loc();
  const Var x = record(op, a, Arg(reshape(std::move(b), {n, 1}), line));
  Shape result = x.shape();
  result.erase(result.rank() - 1);
  return reshape(Arg(x, loc), result);
}

}  // namespace

Var solve(Arg a, Arg b) { return solved("solve", Solve{}, std::move(a), std::move(b)); }
Var triangular_solve(Arg a, Arg b) { return triangular_solve(std::move(a), std::move(b), TriangularOptions{}); }
Var triangular_solve(Arg a, Arg b, TriangularOptions options) {
  return solved("triangular_solve", TriangularSolve{options}, std::move(a), std::move(b));
}
Var cholesky(Arg a) { return record(Cholesky{}, a); }
Var inverse(Arg a) { return record(Inverse{}, a); }
SlogDet slogdet(Arg a) {
  const Arg list[] = {a};
  std::vector<Var> both = record_all(SlogDetOp{}, list, a.loc());
  return {std::move(both[0]), std::move(both[1])};
}

}  // namespace xgrad
