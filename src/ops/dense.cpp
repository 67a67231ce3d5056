#include "xgrad/ops/dense.hpp"

#include "kernels/dense.hpp"
#include "kernels/gemm.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using kernels::Act;

constexpr const char* names[] = {"linear", "relu", "tanh", "sigmoid"};

/// Operands x, w and, where there is one, b.
template <bool linear>
struct DenseOp {
  // The derivative of an activation follows from its value.
  static constexpr OpInfo info{.name = "dense", .saves = linear ? Saves::none : Saves::output};
  Act act;

  void infer(Infer& i) const {
    i.need_floating(0);
    const Shape &x = i.shape(0), &w = i.shape(1);
    if (x.rank() < 1 || w.rank() != 2 || x.back() != w[0]) i.shape_error("x [..., in] and w [in, out]", i.shapes());
    if (i.count() == 3 && i.shape(2) != Shape{w[1]})
      i.shape_error("a bias of shape [" + std::to_string(w[1]) + "]", i.shapes());
    Shape result = x;
    result[result.rank() - 1] = w[1];
    i.result(result, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const std::int64_t in = k.shape(1)[0], out = k.shape(1)[1], rows = rows_of(k.shape(0));
    kernels::gemm<T>(false, false, rows, out, in, T{1}, k.in(0), in, k.in(1), out, T{0}, k.out(), out);
    kernels::bias_activation<T>(rows, out, k.inputs() == 3 ? k.in(2) : nullptr, act, k.out());
  }

  void vjp(Vjp& c) const {
    const Shape &x = c.in_shape(0), &w = c.in_shape(1);
    const Var dz = reshape(slope(c.grad(), c.out()), {rows_of(x), w[1]});
    if (c.wants(0)) c.give(0, reshape(matmul(dz, c.in(1), {.transpose_b = true}), x));
    if (c.wants(1)) c.give(1, matmul(reshape(c.in(0), {rows_of(x), w[0]}), dz, {.transpose_a = true}));
    if (c.inputs() == 3 && c.wants(2)) c.give(2, dz);  // the engine sums over the rows
  }

  Var jvp(const Jvp& c) const {  // ẏ = f′(z) (ẋ w + x ẇ + ḃ)
    Var dz;
    const auto add_term = [&dz](const Var& term) { dz = dz.valid() ? dz + term : term; };
    if (c.moves(0)) add_term(dense(c.tangent(0), c.in(1)));
    if (c.moves(1)) add_term(dense(c.in(0), c.tangent(1)));
    if (c.inputs() == 3 && c.moves(2)) add_term(c.tangent(2));
    return slope(dz, c.out());
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const std::int64_t in = k.shape(1)[0], out = k.shape(1)[1], rows = rows_of(k.shape(0));
    const bool bias = k.inputs() == 3 && k.wants(2);
    const T* dz = k.grad();
    Array scratch;  // z̄, where it is not ȳ itself
    Target<T> db{nullptr, false};
    if (bias) db = k.target(2);
    if (!linear) scratch = Array::empty(k.out_shape(), dtype_of<T>());
    if (!linear || bias) {
      T* to = linear ? const_cast<T*>(dz) : static_cast<T*>(scratch.raw());  // with a linear layer the pass only sums
      kernels::activation_vjp_bias<T>(rows, out, act, dz, linear ? nullptr : k.out(), to, db.data, db.add);
      dz = to;
    }
    if (k.wants(1)) {
      const Target<T> dw = k.target(1);
      kernels::gemm<T>(true, false, in, out, rows, T{1}, k.in(0), in, dz, out, dw.add ? T{1} : T{0}, dw.data, out);
    }
    if (k.wants(0)) {
      const Target<T> dx = k.target(0);
      kernels::gemm<T>(false, true, rows, in, out, T{1}, dz, out, k.in(1), out, dx.add ? T{1} : T{0}, dx.data, in);
    }
  }

  Var decompose(std::span<const Var> in) const {
    const Var z = in.size() == 3 ? matmul(in[0], in[1]) + in[2] : matmul(in[0], in[1]);
    switch (act) {
      case Act::relu:
        return relu(z);
      case Act::tanh:
        return tanh(z);
      case Act::sigmoid:
        return sigmoid(z);
      default:
        return z;
    }
  }

  std::string attributes() const { return names[static_cast<int>(act)]; }

 private:
  static std::int64_t rows_of(const Shape& x) {
    std::int64_t rows = 1;
    for (int axis = 0; axis + 1 < x.rank(); ++axis) rows *= x[axis];
    return rows;
  }
  /// g f′(z), from y = f(z).
  Var slope(const Var& g, const Var& y) const {
    switch (act) {
      case Act::relu:
        return where(y > 0, g, 0);
      case Act::tanh:
        return g * ((1 - y) * (1 + y));
      case Act::sigmoid:
        return g * (y * (1 - y));
      default:
        return g;
    }
  }
};

using Dense = DenseOp<false>;
using LinearDense = DenseOp<true>;

template <class... Args>
Var record_dense(const ActivationFn& activation, const Args&... args) {
  Var (*const f)(Arg) = activation.function();
  if (f == static_cast<Var (*)(Arg)>(relu)) return record(Dense{Act::relu}, args...);
  if (f == static_cast<Var (*)(Arg)>(tanh)) return record(Dense{Act::tanh}, args...);
  if (f == static_cast<Var (*)(Arg)>(sigmoid)) return record(Dense{Act::sigmoid}, args...);
  const Var z = record(LinearDense{Act::linear}, args...);
  return activation.linear() ? z : activation(z);
}

}  // namespace

Var dense(Arg x, Arg w, Arg b, ActivationFn activation) { return record_dense(activation, x, w, b); }
Var dense(Arg x, Arg w, Arg b) { return record_dense({}, x, w, b); }
Var dense(Arg x, Arg w, ActivationFn activation) { return record_dense(activation, x, w); }
Var dense(Arg x, Arg w) { return record_dense({}, x, w); }

}  // namespace xgrad
