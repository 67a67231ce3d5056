#include "xgrad/ops/softmax.hpp"

#include <limits>

#include "kernels/broadcast.hpp"
#include "kernels/elementwise.hpp"
#include "kernels/softmax.hpp"
#include "ops/axes.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

std::int64_t rows_of(const Shape& x) { return x.back() ? x.size() / x.back() : 0; }

void need_rows(const Infer& i) {
  i.need_floating(0);
  if (i.rank(0) == 0) i.shape_error("an array of at least one axis", i.signatures());
}

/// The base of what makes a row of each row.
struct OfRows {
  void infer(Infer& i) const {
    need_rows(i);
    i.result(i.shape(0), i.dtype(0));
  }
};

struct Softmax : OfRows {
  static constexpr OpInfo info{.name = "softmax", .saves = Saves::output};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::softmax(rows_of(k.shape(0)), k.shape(0).back(), k.in(0), k.out());
  }
  void vjp(Vjp& c) const {  // x̄ = y (ȳ − Σ ȳ y)
    const Var y = c.out();
    c.give(0, y * (c.grad() - sum(c.grad() * y, -1, true)));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::softmax_vjp(rows_of(k.out_shape()), k.out_shape().back(), g, k.out(), to.data, to.add);
  }
};

struct LogSoftmax : OfRows {
  static constexpr OpInfo info{.name = "log_softmax", .saves = Saves::output};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::log_softmax(rows_of(k.shape(0)), k.shape(0).back(), k.in(0), k.out());
  }
  void vjp(Vjp& c) const {  // x̄ = ȳ − eʸ Σ ȳ
    c.give(0, c.grad() - exp(c.out()) * sum(c.grad(), -1, true));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::log_softmax_vjp(rows_of(k.out_shape()), k.out_shape().back(), g, k.out(), to.data, to.add);
  }
};

struct Sparsemax : OfRows {
  static constexpr OpInfo info{.name = "sparsemax", .saves = Saves::output};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::sparsemax(rows_of(k.shape(0)), k.shape(0).back(), k.in(0), k.out());
  }
  void vjp(Vjp& c) const {  // on the support, ȳ less its mean there
    const Var y = c.out(), support = y > 0;
    const Var kept = where(support, c.grad(), 0), size = sum(astype(support, y.dtype()), -1, true);
    c.give(0, where(support, kept - sum(kept, -1, true) / size, 0 * y.detach()));
  }
};

/// Logits of rows that are fully masked replaced by 0, so that no −∞ meets another; and where they are.
struct Unmasked {
  Var logits, masked;
};
Unmasked unmasked(const Var& x) {
  const Var masked = equal(amax(x.detach(), -1, true), -std::numeric_limits<double>::infinity());
  return {where(masked, 0, x), masked};
}

struct LabelCrossEntropy {
  static constexpr OpInfo info{.name = "softmax_cross_entropy", .uniform = false};
  void infer(Infer& i) const {
    need_rows(i);
    Shape rows = i.shape(0);
    rows.erase(rows.rank() - 1);
    if (i.shape(1) != rows)
      i.shape_error("labels of shape " + rows.to_string() + ", or targets like the logits", i.signatures());
    i.result(rows, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const std::int64_t n = k.shape(0).back();
    const auto* labels = k.template in_as<std::int64_t>(1);
    for (std::int64_t r = 0; r < k.size(1); ++r)
      if (labels[r] < 0 || labels[r] >= n)
        k.index_error("labels from 0 to " + std::to_string(n - 1),
                      std::to_string(labels[r]) + " at place " + std::to_string(r));
    kernels::softmax_cross_entropy(rows_of(k.shape(0)), n, k.in(0), labels, k.out());
  }
  Var jvp(const Jvp& c) const {  // Σ softmax(x) ẋ − ẋ[label]; a fully masked row stands still
    const Var& dx = c.tangent(0);
    const Var picked = squeeze(take_along_axis(dx, expand_dims(c.in(1), -1), -1), -1);
    const Var p = softmax(c.in(0));
    return sum(p * dx, -1) - sum(p.detach(), -1) * picked;
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::softmax_cross_entropy_vjp(rows_of(k.shape(0)), k.shape(0).back(), g, k.in(0),
                                       k.template in_as<std::int64_t>(1), to.data, to.add);
  }
  Var decompose(std::span<const Var> in) const {
    const Unmasked u = unmasked(in[0]);
    const Var picked = squeeze(take_along_axis(log_softmax(u.logits), expand_dims(in[1], -1), -1), -1);
    return where(squeeze(u.masked, -1), 0, neg(picked));
  }
};

struct TargetCrossEntropy {
  static constexpr OpInfo info{.name = "softmax_cross_entropy"};
  void infer(Infer& i) const {
    need_rows(i);
    if (i.shape(1) != i.shape(0))
      i.shape_error("labels without the last axis, or targets like the logits", i.signatures());
    Shape rows = i.shape(0);
    rows.erase(rows.rank() - 1);
    i.result(rows, i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::softmax_cross_entropy(rows_of(k.shape(0)), k.shape(0).back(), k.in(0), k.in(1), k.out());
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    if (k.wants(1)) return false;  // rare: learned targets
    const T* g = k.grad();
    const auto to = k.target(0);
    kernels::softmax_cross_entropy_vjp(rows_of(k.shape(0)), k.shape(0).back(), g, k.in(0), k.in(1), to.data, to.add);
    return true;
  }
  Var decompose(std::span<const Var> in) const {
    const Unmasked u = unmasked(in[0]);
    const Var rows = sum(absorb_multiply(in[1], neg(log_softmax(u.logits))), -1);
    return where(squeeze(u.masked, -1), 0, rows);
  }
};

/// softplus(x) − x t: never through max or |x|, whose slopes at 0 would be wrong.
struct SigmoidCrossEntropy {
  static constexpr OpInfo info{.name = "sigmoid_cross_entropy"};
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    using namespace kernels;
    const Extents xs = k.shape(0).extents(), ts = k.shape(1).extents(), ys = k.out_shape().extents();
    Array soft = Array::empty(k.shape(0), dtype_of<T>()), product = Array::empty(k.out_shape(), dtype_of<T>());
    T *s = static_cast<T*>(soft.raw()), *p = static_cast<T*>(product.raw());
    unary(Unary::softplus, k.size(0), k.in(0), s);
    binary_broadcast(Binary::mul, xs, ts, k.in(0), k.in(1), p);
    binary_broadcast(Binary::sub, xs, ys, s, p, k.out());
  }
  template <std::floating_point T>
  bool fast_vjp(BackwardKernel<T>& k) const {
    using namespace kernels;
    if (k.shape(0) != k.out_shape() || k.shape(1) != k.out_shape()) return false;
    const std::int64_t n = k.size();
    Array scratch = Array::empty(k.out_shape(), dtype_of<T>());
    T* share = static_cast<T*>(scratch.raw());
    const auto give = [&](int i) {
      const Target<T> to = k.target(i);
      if (to.add) {
        add_into(n, share, to.data);
      } else {
        copy(n, share, to.data);
      }
    };
    const T* g = k.grad();
    if (k.wants(0)) {  // ȳ (sigmoid(x) − t)
      unary(Unary::sigmoid, n, k.in(0), share);
      binary(Binary::sub, n, share, 1, k.in(1), 1, share);
      binary(Binary::mul, n, share, 1, g, 1, share);
      give(0);
    }
    if (k.wants(1)) {  // −ȳ x
      binary(Binary::mul, n, g, 1, k.in(0), 1, share);
      unary(Unary::neg, n, share, share);
      give(1);
    }
    return true;
  }
  Var decompose(std::span<const Var> in) const { return softplus(in[0]) - in[0] * in[1]; }
};

/// The op on another axis: it is brought to the end and back.
template <class Op>
Var along_axis(const char* name, Op op, Arg x, int axis) {
  const int at = detail::checked_axis(name, x, axis, x.rank());
  if (at == x.rank() - 1) return record(op, x);
  const Loc loc = x.loc();
  return swapaxes(Arg(record(op, Arg(swapaxes(std::move(x), at, -1), loc)), loc), at, -1);
}

}  // namespace

Var softmax(Arg x) { return record(Softmax{}, x); }
Var softmax(Arg x, int axis) { return along_axis("softmax", Softmax{}, std::move(x), axis); }
Var log_softmax(Arg x) { return record(LogSoftmax{}, x); }
Var log_softmax(Arg x, int axis) { return along_axis("log_softmax", LogSoftmax{}, std::move(x), axis); }

Var sparsemax(Arg x) { return record(Sparsemax{}, x); }
Var sparsemax(Arg x, int axis) { return along_axis("sparsemax", Sparsemax{}, std::move(x), axis); }

Var softmax_cross_entropy(Arg logits, Arg targets) {
  const DType type = targets.dtype();
  if (type == DType::int64) return record(LabelCrossEntropy{}, logits, targets);
  if (type == DType::uint8) {
    const Loc loc = targets.loc();
    return record(LabelCrossEntropy{}, logits, Arg(astype(std::move(targets), DType::int64), loc));
  }
  return record(TargetCrossEntropy{}, logits, targets);
}

Var sigmoid_cross_entropy(Arg logits, Arg targets) {
  const Loc loc = targets.loc();
  const DType type = logits.dtype();
  if (!is_floating(targets.dtype()) && is_floating(type)) targets = Arg(astype(std::move(targets), type), loc);
  return record(SigmoidCrossEntropy{}, logits, targets);
}

}  // namespace xgrad
