#include "xgrad/ops/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/number_text.hpp"
#include "kernels/attention.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/softmax.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;

constexpr double never = -std::numeric_limits<double>::infinity();

/// The axes before the last two.
Shape leading(const Shape& shape) { return Shape(std::span<const I64>(shape.begin(), shape.end() - 2)); }

/// Operands: q, k, v and, if there is one, the mask. Results: y, and two numbers for each row that make weights of
/// scores: e^(score − first) · second. They are for the gradient alone.
struct Attention {
  static constexpr OpInfo info{.name = "attention", .saves = Saves::inputs | Saves::output, .uniform = false};
  bool causal;
  std::optional<double> scale;

  void infer(Infer& i) const {
    i.need_floating(0);
    if (i.dtype(1) != i.dtype(0) || i.dtype(2) != i.dtype(0))
      i.dtype_error("queries, keys and values of one element type", i.signatures());
    const Shape &q = i.shape(0), &k = i.shape(1), &v = i.shape(2);
    const int rank = q.rank();
    if (rank < 2 || k.rank() != rank || v.rank() != rank || leading(k) != leading(q) || leading(v) != leading(q))
      i.shape_error("queries [..., T, d], keys [..., S, d] and values [..., S, dv] with the same leading axes",
                    i.shapes());
    if (k.back() != q.back()) i.shape_error("queries and keys of one depth", i.shapes());
    if (v[rank - 2] != k[rank - 2]) i.shape_error("as many values as keys", i.shapes());
    Shape rows = leading(q);
    rows.push_back(q[rank - 2]);
    if (i.count() == 4) {
      if (i.dtype(3) != DType::boolean) i.dtype_error("a mask of type bool", i.signatures());
      Shape scores = rows, common;
      scores.push_back(k[rank - 2]);
      if (!broadcast_shapes(scores, i.shape(3), common) || common != scores)
        i.shape_error("a mask that broadcasts to " + scores.to_string(), i.shapes());
    }
    Shape result = rows;
    result.push_back(v.back());
    i.result(result, i.dtype(0));
    rows.push_back(2);
    i.result(rows, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::attention(batch<T>(k), k.out(0), k.out(1));
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    bool add[3] = {};
    T* to[3] = {};
    kernels::AttentionGradient<T> g{k.out(0), k.out(1), k.grad(0), nullptr, nullptr, nullptr};
    for (int i = 0; i < 3; ++i) {
      if (!k.wants(i)) continue;
      const Target<T> target = k.target(i);
      to[i] = target.data;
      add[i] = target.add;
    }
    g.dq = to[0], g.dk = to[1], g.dv = to[2];
    kernels::attention_vjp(batch<T>(k), g, add[0], add[1], add[2]);
  }

  std::vector<Var> decompose(std::span<const Var> in) const {
    const Shape& q = in[0].shape();
    const int rank = q.rank();
    const I64 rows = q[rank - 2], columns = in[1].shape()[rank - 2];
    Var scores = matmul(in[0], in[1], {.transpose_b = true}) * factor(q.back());
    if (causal) scores = where(tril(full({rows, columns}, 1, DType::boolean)), scores, never);
    if (in.size() == 4) scores = where(in[3], scores, never);
    Shape of_rows = leading(q);
    of_rows.push_back(rows);
    const Var log_sums = columns > 0 ? logsumexp(scores, -1) : Var(full(of_rows, never, in[0].dtype()));
    return {matmul(softmax(scores), in[2]), stack({log_sums, ones(of_rows, in[0].dtype())}, -1)};
  }

  std::string attributes() const {
    std::string text = causal ? "causal" : "";
    if (scale) text += (causal ? ", scale " : "scale ") + detail::number_text(*scale);
    return text;
  }

 private:
  double factor(I64 depth) const { return scale ? *scale : depth > 0 ? 1 / std::sqrt(static_cast<double>(depth)) : 1; }

  template <class T, class K>
  kernels::AttentionBatch<T> batch(K& k) const {
    const Shape &q = k.shape(0), &v = k.shape(2);
    const int rank = q.rank(), axes = rank - 2;
    kernels::AttentionBatch<T> b;
    b.first = {q[axes], v[axes], q.back(), v.back(), static_cast<T>(factor(q.back())), causal, k.in(0), k.in(1),
               k.in(2), nullptr, 0,        0};
    b.heads = leading(q).size();
    if (k.inputs() < 4) return b;
    const Shape& mask = k.shape(3);
    const auto step_of = [&](int axis) -> I64 {  // between neighbours along an axis of the scores; 0: the mask repeats
      const int own = axis - (rank - mask.rank());
      if (own < 0 || mask[own] == 1) return 0;
      I64 step = 1;
      for (int i = own + 1; i < mask.rank(); ++i) step *= mask[i];
      return step;
    };
    b.first.mask = k.template in_as<bool>(3);
    b.first.mask_row = step_of(axes);
    b.first.mask_column = step_of(axes + 1);
    b.axes = axes;
    for (int axis = 0; axis < axes; ++axis) {
      b.size[static_cast<std::size_t>(axis)] = q[axis];
      b.mask_step[static_cast<std::size_t>(axis)] = step_of(axis);
    }
    return b;
  }
};

}  // namespace

Var attention(Arg q, Arg k, Arg v, AttentionOptions options) {
  return record(Attention{options.causal, options.scale}, q, k, v);
}
Var attention(Arg q, Arg k, Arg v, Arg mask, AttentionOptions options) {
  return record(Attention{options.causal, options.scale}, q, k, v, mask);
}

}  // namespace xgrad
