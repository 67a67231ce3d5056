#include "xgrad/ops/ctc.hpp"

#include <limits>

#include "kernels/ctc.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/ops/softmax.hpp"

namespace xgrad {

namespace {

using I64 = std::int64_t;

constexpr double never = -std::numeric_limits<double>::infinity();  // the logarithm of no chance at all

std::string of_sample(I64 value, I64 sample) { return std::to_string(value) + " for sample " + std::to_string(sample); }

/// The classes of the states blank, label, blank, …, blank; and as masks, what a recursion needs to know of each.
struct StatesOfLabels {
  Array classes;  // int64 [n, states]; the blank where there is no label
  Array skips;    // bool [n, states]: may follow the state before the last, an equal label having no blank between
  Array ends;     // bool [n, states]: the last label and the blank after it
};

StatesOfLabels states_of(const Array& labels, const Array& lengths, I64 blank) {
  const I64 n = labels.shape()[0], width = labels.shape()[1], states = 2 * width + 1;
  StatesOfLabels s{full({n, states}, blank, DType::int64), zeros({n, states}, DType::boolean),
                   zeros({n, states}, DType::boolean)};
  const I64 *label = labels.data<I64>(), *length = lengths.data<I64>();
  I64* c = s.classes.mutable_data<I64>();
  bool *skips = s.skips.mutable_data<bool>(), *ends = s.ends.mutable_data<bool>();
  for (I64 i = 0; i < n; ++i, label += width, c += states, skips += states, ends += states) {
    for (I64 u = 0; u < length[i]; ++u) {
      c[2 * u + 1] = label[u];
      skips[2 * u + 1] = u > 0 && label[u] != label[u - 1];
    }
    ends[2 * length[i]] = true;
    if (length[i] > 0) ends[2 * length[i] - 1] = true;
  }
  return s;
}

/// Operands: log_probs, labels, input_lengths, label_lengths.
struct CtcNll {
  static constexpr OpInfo info{.name = "ctc_nll", .uniform = false};
  I64 blank;
  Infeasible infeasible;

  void infer(Infer& i) const {
    i.need_floating(0);
    if (i.rank(0) != 3) i.shape_error("log-probabilities of shape [n, frames, classes]", i.shapes());
    const I64 n = i.shape(0)[0], classes = i.shape(0)[2];
    if (i.rank(1) != 2 || i.shape(1)[0] != n)
      i.shape_error("labels of shape [" + std::to_string(n) + ", width]", i.shapes());
    for (const int lengths : {2, 3})
      if (i.shape(lengths) != Shape{n}) i.shape_error("lengths of shape [" + std::to_string(n) + "]", i.shapes());
    for (const int whole : {1, 2, 3})
      if (i.dtype(whole) != DType::int64) i.dtype_error("labels and lengths of type int64", i.signatures());
    if (blank < -classes || blank >= classes)
      i.arg_error("a blank that is one of the " + std::to_string(classes) + " classes", std::to_string(blank));
    i.result({n}, i.dtype(0));
  }

  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const kernels::CtcBatch<T> b = batch<T>(k);
    for (I64 i = 0; i < b.n; ++i) {
      if (b.input_lengths[i] < 0 || b.input_lengths[i] > b.frames)
        k.arg_error("input lengths from 0 to " + std::to_string(b.frames), of_sample(b.input_lengths[i], i));
      if (b.label_lengths[i] < 0 || b.label_lengths[i] > b.width)
        k.arg_error("label lengths from 0 to " + std::to_string(b.width), of_sample(b.label_lengths[i], i));
      for (I64 u = 0; u < b.label_lengths[i]; ++u) {
        const I64 label = b.labels[i * b.width + u];
        if (label < 0 || label >= b.classes)
          k.index_error("labels from 0 to " + std::to_string(b.classes - 1), of_sample(label, i));
        if (label == b.blank) k.arg_error("labels other than the blank", of_sample(label, i));
      }
    }
    kernels::ctc_nll(b, k.out());
    if (infeasible == Infeasible::infinity) return;
    for (I64 i = 0; i < b.n; ++i)
      if (k.out()[i] == std::numeric_limits<T>::infinity()) k.out()[i] = 0;
  }

  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const kernels::CtcBatch<T> b = batch<T>(k);
    const auto to = k.target(0);
    kernels::ctc_nll_vjp(b, g, to.data, to.add);
  }

  /// The recursion over frames: α′[s] = e[s] + log(exp α[s] + exp α[s − 1] + exp α[s − 2]), the last where s may follow
  /// s − 2; frames beyond a sample's length leave α as it is.
  Var decompose(std::span<const Var> in) const {
    const Array lengths = in[2].value();
    const I64 frames = in[0].shape()[1], classes = in[0].shape()[2], n = in[0].shape()[0];
    const StatesOfLabels s = states_of(in[1].value(), in[3].value(), blank < 0 ? blank + classes : blank);
    const I64 states = s.classes.shape()[1];
    // Before the first frame all is at a blank before the first state, from where the first two states are reached.
    Var alpha = pad(zeros({n, 1}, in[0].dtype()), {0, 2}, {0, states - 1}, never);
    const Var unreached = full({n, states}, never, in[0].dtype());
    for (I64 t = 0; t < frames; ++t) {
      const Var emission = take_along_axis(slice(in[0], {Slice{}, t}), s.classes, 1);
      const Var stay = slice(alpha, {Slice{}, Slice{2, states + 2}}),
                step = slice(alpha, {Slice{}, Slice{1, states + 1}});
      const Var skip = where(s.skips, slice(alpha, {Slice{}, Slice{0, states}}), unreached);
      Var came = logsumexp(stack({stay, step, skip}), 0) + emission;
      came = where(expand_dims(less(t, lengths), -1), came, stay);
      alpha = pad(came, {0, 2}, {0, 0}, never);
    }
    const Var ends = where(s.ends, slice(alpha, {Slice{}, Slice{2, states + 2}}), unreached);
    const Var nll = neg(logsumexp(ends, 1));
    return infeasible == Infeasible::zero ? where(equal(nll.detach(), -never), 0, nll) : nll;
  }

  std::string attributes() const {
    return "blank " + std::to_string(blank) + (infeasible == Infeasible::zero ? ", infeasible 0" : "");
  }

 private:
  template <class T, class K>
  kernels::CtcBatch<T> batch(K& k) const {
    const Shape& x = k.shape(0);
    return {x[0],
            x[1],
            x[2],
            k.shape(1)[1],
            blank < 0 ? blank + x[2] : blank,
            k.in(0),
            k.template in_as<I64>(1),
            k.template in_as<I64>(2),
            k.template in_as<I64>(3)};
  }
};

/// Every frame of every sample; nothing where x is no such array, for the op to say so.
Array whole_length(const Arg& x) {
  const Shape& shape = x.shape();
  return shape.rank() == 3 ? full({shape[0]}, shape[1], DType::int64) : zeros({0}, DType::int64);
}

void check_logits(const Arg& logits) {
  if (!is_floating(logits.dtype()))
    throw DTypeError("ctc_loss", "needs logits of float32 or float64; got " + signature(logits.value()), logits.loc());
  if (logits.rank() != 3)
    throw ShapeError("ctc_loss", "needs logits of shape [n, frames, classes]; got " + logits.shape().to_string(),
                     logits.loc());
}

}  // namespace

Var ctc_nll(Arg log_probs, Arg labels, Arg input_lengths, Arg label_lengths, CtcOptions options) {
  return record(CtcNll{options.blank, options.infeasible}, log_probs, labels, input_lengths, label_lengths);
}
Var ctc_nll(Arg log_probs, Arg labels, Arg label_lengths, CtcOptions options) {
  return ctc_nll(log_probs, labels, Arg(whole_length(log_probs), log_probs.loc()), label_lengths, options);
}
Var ctc_loss(Arg logits, Arg labels, Arg input_lengths, Arg label_lengths, CtcOptions options) {
  check_logits(logits);
  return ctc_nll(Arg(log_softmax(logits), logits.loc()), labels, input_lengths, label_lengths, options);
}
Var ctc_loss(Arg logits, Arg labels, Arg label_lengths, CtcOptions options) {
  return ctc_loss(logits, labels, Arg(whole_length(logits), logits.loc()), label_lengths, options);
}

}  // namespace xgrad
