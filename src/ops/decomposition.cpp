#include "xgrad/ops/decomposition.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ops/lapack.hpp"
#include "ops/stacks.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/solve.hpp"

namespace xgrad {

namespace {

using detail::StackShape;

/// The extents of a [..., m, n], k the smaller one, and how many matrices there are.
struct Size {
  std::int64_t m, n, k, count;
  explicit Size(const Shape& a)
      : m(a[a.rank() - 2]), n(a.back()), k(std::min(m, n)), count(detail::stack_of(a, true).batch.size()) {}
};

/// a's batch axes, then these.
Shape beside_batch(const Shape& a, std::initializer_list<std::int64_t> extents) {
  Shape s = detail::stack_of(a, true).batch;
  for (const std::int64_t n : extents) s.push_back(n);
  return s;
}

void need_matrices(const Infer& i) {
  i.need_floating(0);
  if (i.rank(0) < 2) i.shape_error("matrices [..., m, n]", i.signatures());
}

/// An iteration over infinities need not end.
template <class T>
void need_finite(Kernel<T>& k, const T* a, std::int64_t size, std::int64_t matrix) {
  for (std::int64_t i = 0; i < size; ++i)
    if (!std::isfinite(a[i]))
      k.arg_error("finite matrices",
                  std::to_string(a[i]) + " in number " + std::to_string(matrix) + " of " + signature(k.Run::in(0)));
}
template <class T>
[[noreturn]] void refuse_endless(Kernel<T>& k, std::int64_t matrix) {
  k.arg_error("matrices for which the iteration ends",
              "number " + std::to_string(matrix) + " of " + signature(k.Run::in(0)) + ", for which it does not");
}

/// Whether the first entry that is at least half as large as the largest is negative: a rule that neither rounding nor
/// equal entries can sway.
template <class T>
bool is_turned(std::int64_t n, std::int64_t step, const T* x) {
  T largest = 0;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(x[i * step]));
  for (std::int64_t i = 0; i < n; ++i)
    if (2 * std::abs(x[i * step]) >= largest) return x[i * step] < 0;
  return false;
}
template <class T>
void turn(std::int64_t n, std::int64_t step, T* x) {
  for (std::int64_t i = 0; i < n; ++i) x[i * step] = -x[i * step];
}

// --- pieces of the rules ---

Var t(const Var& x) { return swapaxes(x, -2, -1); }
/// Numbers [..., n] as a row that scales columns, and as a column that scales rows.
Var as_row(const Var& x) { return expand_dims(x, -2); }
Var as_column(const Var& x) { return expand_dims(x, -1); }
/// xᵀ y − yᵀ x: 0 on the diagonal, exactly.
Var turning(const Var& x, const Var& y) {
  const Var p = matmul(x, y, {.transpose_a = true});
  return p - t(p);
}
/// x − u uᵀ x.
Var beyond(const Var& u, const Var& x) { return x - matmul(u, matmul(u, x, {.transpose_a = true})); }

struct EigHOp {
  static constexpr OpInfo info{.name = "eigh", .saves = Saves::output};

  void infer(Infer& i) const {
    i.need_floating(0);
    const Shape& a = i.shape(0);
    if (a.rank() < 2 || a[a.rank() - 2] != a.back()) i.shape_error("square matrices [..., n, n]", i.signatures());
    i.result(beside_batch(a, {a.back()}), i.dtype(0));
    i.result(a, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Size s(k.shape(0));
    const std::int64_t n = s.n;
    if (n == 0) return;
    Array symmetric = Array::empty({n, n}, dtype_of<T>());
    T* rows = static_cast<T*>(symmetric.raw());
    for (std::int64_t matrix = 0; matrix < s.count; ++matrix) {
      const T* a = k.in(0) + matrix * n * n;
      need_finite(k, a, n * n, matrix);
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) rows[i * n + j] = a[i * n + j] / 2 + a[j * n + i] / 2;
      if (!detail::symmetric_eigen(n, rows, k.out(0) + matrix * n)) refuse_endless(k, matrix);
      for (std::int64_t i = 0; i < n; ++i)
        if (is_turned(n, 1, rows + i * n)) turn(n, 1, rows + i * n);
      detail::transpose_into(n, n, rows, k.out(1) + matrix * n * n);
    }
  }

  void vjp(Vjp& c) const {
    const Var v = c.out(1);
    Var inner;  // v times what stands between v and vᵀ
    if (c.has_grad(0)) inner = v * as_row(c.grad(0));
    if (c.has_grad(1)) {
      const Var w = c.out(0), between = as_row(w) - as_column(w);
      const Var turned = matmul(v, absorb_multiply(0.5 * turning(v, c.grad(1)), reciprocal(between)));
      inner = inner.valid() ? inner + turned : turned;
    }
    c.give(0, matmul(inner, v, {.transpose_b = true}));
  }
};

struct QROp {
  static constexpr OpInfo info{.name = "qr", .saves = Saves::output};

  void infer(Infer& i) const {
    need_matrices(i);
    const Size s(i.shape(0));
    i.result(beside_batch(i.shape(0), {s.m, s.k}), i.dtype(0));
    i.result(beside_batch(i.shape(0), {s.k, s.n}), i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Size s(k.shape(0));
    if (s.k == 0) return;
    for (std::int64_t i = 0; i < s.count; ++i)
      detail::qr_factor(s.m, s.n, k.in(0) + i * s.m * s.n, k.out(0) + i * s.m * s.k, k.out(1) + i * s.k * s.n);
  }

  void vjp(Vjp& c) const {
    const Size s(c.in_shape(0));
    const Var q = c.out(0), r = c.out(1), gr = c.grad(1);
    if (s.m >= s.n) return c.give(0, tall(q, r, c.grad(0), gr));
    const std::vector<Var> both = split(r, {s.m, s.n - s.m}, -1), cotangents = split(gr, {s.m, s.n - s.m}, -1);
    const Var y = matmul(q, both[1]);
    const Var gq = c.grad(0) + matmul(y, cotangents[1], {.transpose_b = true});
    c.give(0, concat({tall(q, both[0], gq, cotangents[0]), matmul(q, cotangents[1])}, -1));
  }

 private:
  static Var tall(const Var& q, const Var& r, const Var& gq, const Var& gr) {
    const Var m = matmul(r, triu(gr), {.transpose_b = true}) - matmul(gq, q, {.transpose_a = true});
    const Var whole = gq + matmul(q, tril(m) + t(tril(m, -1)));
    return t(triangular_solve(r, t(whole), {.lower = false}));  // whole r⁻ᵀ
  }
};

/// u, s and vt of one matrix after the other, signs fixed; a is destroyed.
template <class T>
void decompose_all(Kernel<T>& k, const Size& size, T* a, T* u, T* s, T* vt) {
  const auto [m, n, few, count] = size;
  if (few == 0) return;
  for (std::int64_t i = 0; i < count; ++i, a += m * n, u += m * few, s += few, vt += few * n) {
    need_finite(k, a, m * n, i);
    if (!detail::singular_values(m, n, a, u, s, vt)) refuse_endless(k, i);
    for (std::int64_t j = 0; j < few; ++j) {
      if (!is_turned(m, few, u + j)) continue;
      turn(m, few, u + j);
      turn(n, 1, vt + j * n);
    }
  }
}

struct SVDOp {
  static constexpr OpInfo info{.name = "svd", .saves = Saves::output};

  void infer(Infer& i) const {
    need_matrices(i);
    const Size s(i.shape(0));
    i.result(beside_batch(i.shape(0), {s.m, s.k}), i.dtype(0));
    i.result(beside_batch(i.shape(0), {s.k}), i.dtype(0));
    i.result(beside_batch(i.shape(0), {s.k, s.n}), i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    Array a = k.Run::in(0).copy();
    decompose_all(k, Size(a.shape()), static_cast<T*>(a.raw()), k.out(0), k.out(1), k.out(2));
  }

  void vjp(Vjp& c) const {
    const Size size(c.in_shape(0));
    const Var u = c.out(0), s = c.out(1), vt = c.out(2);
    const bool has_u = c.has_grad(0), has_v = c.has_grad(2);
    Var left;  // what stands before vt
    if (c.has_grad(1)) left = u * as_row(c.grad(1));
    const auto add_left = [&left](const Var& more) { left = left.valid() ? left + more : more; };
    if (has_u || has_v) {
      Var turned;
      if (has_u) turned = turning(u, c.grad(0)) * as_row(s);
      if (has_v) {
        const Var by_v = as_column(s) * turning(t(vt), t(c.grad(2)));
        turned = turned.valid() ? turned + by_v : by_v;
      }
      const Var squares = (as_row(s) - as_column(s)) * (as_row(s) + as_column(s));
      add_left(matmul(u, absorb_multiply(turned, reciprocal(squares))));
    }
    if (has_u && size.m > size.k) add_left(absorb_multiply(beyond(u, c.grad(0)), as_row(reciprocal(s))));
    Var whole = left.valid() ? matmul(left, vt) : Var{};
    if (has_v && size.n > size.k) {
      const Var rest = t(beyond(t(vt), t(c.grad(2))));
      whole = whole + matmul(u, absorb_multiply(rest, as_column(reciprocal(s))));
    }
    c.give(0, whole);
  }
};

struct PInv {
  static constexpr OpInfo info{.name = "pinv", .saves = Saves::first | Saves::output};
  double rcond;

  void infer(Infer& i) const {
    need_matrices(i);
    const Size s(i.shape(0));
    i.result(beside_batch(i.shape(0), {s.n, s.m}), i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Size size(k.shape(0));
    const auto [m, n, few, count] = size;
    Array a = k.Run::in(0).copy(), us = Array::empty({count, m, few}, dtype_of<T>()),
          values = Array::empty({count, few}, dtype_of<T>()), vts = Array::empty({count, few, n}, dtype_of<T>());
    T *u = static_cast<T*>(us.raw()), *s = static_cast<T*>(values.raw()), *vt = static_cast<T*>(vts.raw());
    decompose_all(k, size, static_cast<T*>(a.raw()), u, s, vt);
    const T share =
        rcond >= 0 ? static_cast<T>(rcond) : static_cast<T>(std::max(m, n)) * std::numeric_limits<T>::epsilon();
    for (std::int64_t i = 0; i < count; ++i)
      for (std::int64_t j = 0; j < few; ++j) {
        const T value = s[i * few + j], scale = value > share * s[i * few] ? 1 / value : T{0};
        for (std::int64_t e = 0; e < n; ++e) vt[(i * few + j) * n + e] *= scale;
      }
    const StackShape of_v{{count}, few, n}, of_u{{count}, m, few}, of_y{{count}, n, m};
    detail::multiply_stacks<T>({count}, n, m, few, {vt, of_v, true}, {u, of_u, true}, {k.out(), of_y}, false);
  }

  void vjp(Vjp& c) const {
    const Var a = c.in(0), y = c.out(), g = c.grad(), gt = t(g);
    const Var inverse_rule = matmul(matmul(y, g, {.transpose_a = true}), y, {.transpose_b = true});
    const Var rows = matmul(gt - matmul(a, matmul(y, gt)), matmul(y, y, {.transpose_b = true}));
    const Var columns = matmul(matmul(y, y, {.transpose_a = true}), gt - matmul(matmul(gt, y), a));
    c.give(0, rows + columns - inverse_rule);
  }
  std::string attributes() const { return rcond < 0 ? "" : "rcond " + std::to_string(rcond); }
};

}  // namespace

EigH<Var> eigh(Arg a) {
  std::vector<Var> both = record_all(EigHOp{}, std::span<const Arg>(&a, 1), a.loc());
  return {std::move(both[0]), std::move(both[1])};
}
QR<Var> qr(Arg a) {
  std::vector<Var> both = record_all(QROp{}, std::span<const Arg>(&a, 1), a.loc());
  return {std::move(both[0]), std::move(both[1])};
}
SVD<Var> svd(Arg a) {
  std::vector<Var> all = record_all(SVDOp{}, std::span<const Arg>(&a, 1), a.loc());
  return {std::move(all[0]), std::move(all[1]), std::move(all[2])};
}
Var pinv(Arg a, double rcond) { return record(PInv{rcond}, a); }

}  // namespace xgrad
