#include "xgrad/ops/recurrent.hpp"

#include <algorithm>
#include <array>

#include "kernels/dense.hpp"
#include "kernels/gemm.hpp"
#include "kernels/recurrent.hpp"
#include "xgrad/ops/activation.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/linalg.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;
using kernels::SequenceSize;

/// Checks x, kernel, recurrent_kernel, bias, the states, and a mask if there is one more operand.
SequenceSize check_operands(const Infer& i, I64 blocks, int states, const Shape& bias_of_units) {
  i.need_floating(0);
  const int mask = 4 + states;
  for (int k = 1; k < mask; ++k)
    if (i.dtype(k) != i.dtype(0)) i.dtype_error("operands of one element type", i.signatures());
  const Shape &x = i.shape(0), &u = i.shape(2);
  if (x.rank() != 3) i.shape_error("x of shape [steps, n, features]", i.shapes());
  if (u.rank() != 2 || u[1] != blocks * u[0])
    i.shape_error("a recurrent kernel of shape [units, " + std::to_string(blocks) + " units]", i.shapes());
  const SequenceSize s{x[0], x[1], x[2], u[0]};
  if (i.shape(1) != Shape{s.features, blocks * s.units})
    i.shape_error("a kernel of shape " + Shape{s.features, blocks * s.units}.to_string(), i.shapes());
  if (i.shape(3) != bias_of_units) i.shape_error("a bias of shape " + bias_of_units.to_string(), i.shapes());
  for (int k = 4; k < mask; ++k)
    if (i.shape(k) != Shape{s.n, s.units})
      i.shape_error("first states of shape " + Shape{s.n, s.units}.to_string(), i.shapes());
  if (i.count() > mask) {
    if (i.dtype(mask) != DType::boolean) i.dtype_error("a mask of type bool", i.signatures());
    if (i.shape(mask) != Shape{s.steps, s.n})
      i.shape_error("a mask of shape " + Shape{s.steps, s.n}.to_string(), i.shapes());
  }
  return s;
}

I64 units_of(const Infer& i) { return i.rank(2) > 0 ? i.shape(2)[0] : 0; }

template <class K>
SequenceSize size_of(const K& k) {
  return {k.shape(0)[0], k.shape(0)[1], k.shape(0)[2], k.shape(2)[0]};
}

template <class T>
T factor(const Target<T>& target) {
  return target.add ? T{1} : T{0};
}

/// What the weights get from the cotangents dx of x W and dh of h₋ U, each [steps, n, blocks · units]: one product for
/// each, since the rows of all steps are one matrix.
template <class T>
void give_to_kernels(BackwardKernel<T>& k, const SequenceSize& s, I64 wide, const T* dx, const T* dh, const T* h) {
  const I64 rows = s.steps * s.n, later = std::max<I64>(0, rows - s.n);
  if (k.wants(0)) {
    const Target<T> to = k.target(0);
    kernels::gemm<T>(false, true, rows, s.features, wide, T{1}, dx, wide, k.in(1), wide, factor(to), to.data,
                     s.features);
  }
  if (k.wants(1)) {
    const Target<T> to = k.target(1);
    kernels::gemm<T>(true, false, s.features, wide, rows, T{1}, k.in(0), s.features, dx, wide, factor(to), to.data,
                     wide);
  }
  if (k.wants(2)) {
    const Target<T> to = k.target(2);
    const I64 first = rows - later;  // the first step reads the state that was given
    kernels::gemm<T>(true, false, s.units, wide, first, T{1}, k.in(4), s.units, dh, wide, factor(to), to.data, wide);
    kernels::gemm<T>(true, false, s.units, wide, later, T{1}, h, s.units, dh + first * wide, wide, T{1}, to.data, wide);
  }
}

/// to (= or +=) the sum of the rows of d.
template <class T>
void give_row_sum(const Target<T>& to, I64 rows, I64 wide, const T* d, I64 place = 0) {
  kernels::activation_vjp_bias<T>(rows, wide, kernels::Act::linear, d, nullptr, const_cast<T*>(d), to.data + place,
                                  to.add);
}

template <class T>
void give_state(const Target<T>& to, I64 n, const T* d) {
  for (I64 i = 0; i < n; ++i) to.data[i] = to.add ? to.data[i] + d[i] : d[i];
}

/// Columns [block · units, (block + 1) · units).
Var block(const Var& z, I64 units, I64 place) { return slice(z, {Slice{}, Slice{place * units, (place + 1) * units}}); }

/// `now` where a sample goes on, else `before`.
Var goes_on(std::span<const Var> in, std::size_t mask, I64 t, const Var& now, const Var& before) {
  return in.size() > mask ? where(expand_dims(slice(in[mask], {t}), -1), now, before) : now;
}

Var all_inputs(const Var& x, const Var& kernel) {
  const Shape& s = x.shape();
  return reshape(matmul(reshape(x, {s[0] * s[1], s[2]}), kernel), {s[0], s[1], kernel.shape()[1]});
}

/// The steps' values as one array; of no steps, an empty one.
Var steps_of(const std::vector<Var>& values, const Var& like, I64 columns) {
  return values.empty() ? Var(zeros({0, like.shape()[1], columns}, like.dtype())) : stack(values, 0);
}

/// Results: h, c, and the gates for the backward pass.
struct Lstm {
  static constexpr OpInfo info{.name = "lstm", .saves = Saves::inputs | Saves::output, .uniform = false};

  void infer(Infer& i) const {
    const SequenceSize s = check_operands(i, 4, 2, {4 * units_of(i)});
    i.result({s.steps, s.n, s.units}, i.dtype(0));
    i.result({s.steps, s.n, s.units}, i.dtype(0));
    i.result({s.steps, s.n, 4 * s.units}, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::lstm_forward(operands<T>(k), k.out(0), k.out(1), k.out(2));
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const kernels::LstmOperands<T> in = operands<T>(k);
    const SequenceSize& s = in.size;
    const I64 wide = 4 * s.units;
    Array dz = Array::empty({s.steps, s.n, wide}, dtype_of<T>());
    Array dh = Array::empty({s.n, s.units}, dtype_of<T>()), dc = Array::empty({s.n, s.units}, dtype_of<T>());
    T* d = static_cast<T*>(dz.raw());
    kernels::lstm_backward(in, k.out(1), k.out(2), k.has_grad(0) ? k.grad(0) : nullptr,
                           k.has_grad(1) ? k.grad(1) : nullptr, d, static_cast<T*>(dh.raw()),
                           static_cast<T*>(dc.raw()));
    give_to_kernels(k, s, wide, d, d, k.out(0));
    if (k.wants(3)) give_row_sum(k.target(3), s.steps * s.n, wide, d);
    if (k.wants(4)) give_state(k.target(4), s.n * s.units, static_cast<const T*>(dh.raw()));
    if (k.wants(5)) give_state(k.target(5), s.n * s.units, static_cast<const T*>(dc.raw()));
  }

  std::vector<Var> decompose(std::span<const Var> in) const {
    const Var from_x = all_inputs(in[0], in[1]) + in[3];
    const I64 steps = in[0].shape()[0], u = in[2].shape()[0];
    Var h = in[4], c = in[5];
    std::vector<Var> hs, cs, gates;
    for (I64 t = 0; t < steps; ++t) {
      const Var z = slice(from_x, {t}) + matmul(h, in[2]);
      const Var i = sigmoid(block(z, u, 0)), f = sigmoid(block(z, u, 1)), g = tanh(block(z, u, 2)),
                o = sigmoid(block(z, u, 3));
      const Var carried = f * c + i * g;
      const Var given = o * tanh(carried);
      h = goes_on(in, 6, t, given, h);
      c = goes_on(in, 6, t, carried, c);
      hs.push_back(h);
      cs.push_back(c);
      gates.push_back(concat({i, f, g, o}, 1));
    }
    return {steps_of(hs, in[0], u), steps_of(cs, in[0], u), steps_of(gates, in[0], 4 * u)};
  }

 private:
  template <class T, class K>
  kernels::LstmOperands<T> operands(K& k) const {
    return {size_of(k), k.in(0), k.in(1), k.in(2),
            k.in(3),    k.in(4), k.in(5), k.inputs() > 6 ? k.template in_as<bool>(6) : nullptr};
  }
};

/// Results: h, and the gates for the backward pass.
struct Gru {
  static constexpr OpInfo info{.name = "gru", .saves = Saves::inputs | Saves::output, .uniform = false};

  void infer(Infer& i) const {
    const SequenceSize s = check_operands(i, 3, 1, {2, 3 * units_of(i)});
    i.result({s.steps, s.n, s.units}, i.dtype(0));
    i.result({s.steps, s.n, 4 * s.units}, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::gru_forward(operands<T>(k), k.out(0), k.out(1));
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    if (!k.has_grad(0)) return;
    const kernels::GruOperands<T> in = operands<T>(k);
    const SequenceSize& s = in.size;
    const I64 wide = 3 * s.units;
    Array dx = Array::empty({s.steps, s.n, wide}, dtype_of<T>()), dr = Array::empty(dx.shape(), dtype_of<T>());
    Array dh = Array::empty({s.n, s.units}, dtype_of<T>());
    T *from_x = static_cast<T*>(dx.raw()), *from_h = static_cast<T*>(dr.raw());
    kernels::gru_backward(in, k.out(0), k.out(1), k.grad(0), from_x, from_h, static_cast<T*>(dh.raw()));
    give_to_kernels(k, s, wide, from_x, from_h, k.out(0));
    if (k.wants(3)) {
      const Target<T> to = k.target(3);
      give_row_sum(to, s.steps * s.n, wide, from_x);
      give_row_sum(to, s.steps * s.n, wide, from_h, wide);
    }
    if (k.wants(4)) give_state(k.target(4), s.n * s.units, static_cast<const T*>(dh.raw()));
  }

  std::vector<Var> decompose(std::span<const Var> in) const {
    const Var from_x = all_inputs(in[0], in[1]) + slice(in[3], {0});
    const Var own = slice(in[3], {1});
    const I64 steps = in[0].shape()[0], u = in[2].shape()[0];
    Var h = in[4];
    std::vector<Var> hs, gates;
    for (I64 t = 0; t < steps; ++t) {
      const Var x = slice(from_x, {t}), recalled = matmul(h, in[2]) + own;
      const Var z = sigmoid(block(x, u, 0) + block(recalled, u, 0)),
                r = sigmoid(block(x, u, 1) + block(recalled, u, 1));
      const Var from_state = block(recalled, u, 2);
      const Var candidate = tanh(block(x, u, 2) + r * from_state);
      h = goes_on(in, 5, t, z * h + (1 - z) * candidate, h);
      hs.push_back(h);
      gates.push_back(concat({z, r, candidate, from_state}, 1));
    }
    return {steps_of(hs, in[0], u), steps_of(gates, in[0], 4 * u)};
  }

 private:
  template <class T, class K>
  kernels::GruOperands<T> operands(K& k) const {
    return {
        size_of(k), k.in(0), k.in(1), k.in(2), k.in(3), k.in(4), k.inputs() > 5 ? k.template in_as<bool>(5) : nullptr};
  }
};

template <class... Args>
LstmStates record_lstm(const Arg& x, const Args&... more) {
  const std::array<Arg, 1 + sizeof...(Args)> args{x, more...};
  thread_local std::vector<Var> results;  // its memory is kept
  results.clear();
  Lstm op;
  detail::record_many(detail::op_class<Lstm>, &op, args, x.loc(), results);
  LstmStates states{std::move(results[0]), std::move(results[1])};
  results.clear();
  return states;
}

}  // namespace

LstmStates lstm(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h, Arg c) {
  return record_lstm(x, kernel, recurrent_kernel, bias, h, c);
}
LstmStates lstm(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h, Arg c, Arg mask) {
  return record_lstm(x, kernel, recurrent_kernel, bias, h, c, mask);
}
Var gru(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h) {
  return record(Gru{}, x, kernel, recurrent_kernel, bias, h);
}
Var gru(Arg x, Arg kernel, Arg recurrent_kernel, Arg bias, Arg h, Arg mask) {
  return record(Gru{}, x, kernel, recurrent_kernel, bias, h, mask);
}

}  // namespace xgrad
