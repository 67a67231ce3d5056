#include "kernels/ctc_tables.hpp"
#include "kernels/isa.hpp"
#include "kernels/simd/exp_log.hpp"

namespace xgrad::kernels::XGRAD_ISA {
namespace {

using I64 = std::int64_t;

template <class T>
constexpr T infinity = static_cast<T>(__builtin_inf());
template <class T>
constexpr T lowest = sizeof(T) == 4 ? static_cast<T>(-3.4e38) : static_cast<T>(-1.7e308);

/// The states of an alignment: blank, label, blank, …, blank. A row of a table holds a number for each, after a vector
/// of −∞, and −∞ from there to the end: so a neighbour outside counts for nothing.
template <class T>
struct States {
  static constexpr I64 w = Vec<T>::size;
  explicit States(I64 labels) : count(2 * labels + 1), padded((count + w - 1) / w * w), stride(padded + 2 * w) {}
  I64 count, padded, stride;
};

/// Where things lie in `work`.
template <class T>
struct Layout {
  Layout(const CtcSample<T>& s, T* work) : states(s.count) {
    const I64 row = states.stride, w = States<T>::w;
    skip = work + w;
    skip_back = skip + row;
    emission = skip_back + row;
    beta = emission + row;
    path = beta + row;
    alpha = path + row;
    offset = reinterpret_cast<double*>(alpha - w + s.frames * row);
  }
  static I64 size(I64 frames, I64 labels) {
    const I64 numbers_of_double = static_cast<I64>(sizeof(double) / sizeof(T));
    return (frames + 5) * States<T>(labels).stride + (frames + 1) * numbers_of_double;
  }
  T* row(I64 t) const { return alpha + t * states.stride; }

  States<T> states;
  T *skip, *skip_back;  // 0 where a label may follow the label before it without a blank, else −∞; as seen from behind
  T *emission, *beta, *path;
  T* alpha;        // [frames] rows, each less its offset
  double* offset;  // what was taken from a row, in double: so the rows keep their precision however long the sequence
};

template <class T>
void fill_with(I64 n, T value, T* to) {
  for (I64 i = 0; i < n; ++i) to[i] = value;
}

template <class T>
void prepare(const CtcSample<T>& s, const Layout<T>& l) {
  const I64 w = States<T>::w;
  fill_with(5 * l.states.stride, -infinity<T>, l.skip - w);
  for (I64 t = 0; t < s.frames; ++t) {
    fill_with(w, -infinity<T>, l.row(t) - w);
    fill_with(w, -infinity<T>, l.row(t) + l.states.padded);
  }
  for (I64 u = 1; u < s.count; ++u)
    if (s.labels[u] != s.labels[u - 1]) {
      l.skip[2 * u + 1] = T(0);
      l.skip_back[2 * u - 1] = T(0);
    }
}

/// e[state] = log P(its class at this frame).
template <class T>
void emit(const CtcSample<T>& s, const T* frame, T* e) {
  const T blank = frame[s.blank];
  for (I64 u = 0; u < s.count; ++u) {
    e[2 * u] = blank;
    e[2 * u + 1] = frame[s.labels[u]];
  }
  e[2 * s.count] = blank;
}

/// log(eᵃ + eᵇ + eᶜ); −∞ of three −∞, NaN where one is.
template <class T>
inline Vec<T> log_add(Vec<T> a, Vec<T> b, Vec<T> c) {
  const Vec<T> top = max_or_second(a, max_or_second(b, max_or_second(c, Vec<T>(lowest<T>))));
  const Vec<T> sum = exp(a - top) + exp(b - top) + exp(c - top);
  return select(sum == Vec<T>(T(0)), Vec<T>(-infinity<T>),
                top + log_normal(sum) + (sum - sum));  // sum − sum: NaN stays
}

/// The largest lane, 0 where all are −∞: what a row is shifted by.
template <class T>
inline T shift_of(Vec<T> v) {
  T top = -infinity<T>;
  for (int k = 0; k < Vec<T>::size; ++k) top = v.v[k] > top ? v.v[k] : top;
  return top == -infinity<T> ? T(0) : top;
}

/// α: log P(the labels up to a state, frames up to this one). Row t is less the largest of row t − 1, and offset[t] is
/// the sum of what was taken.
template <class T>
void go_forward(const CtcSample<T>& s, const Layout<T>& l) {
  using V = Vec<T>;
  emit(s, s.log_probs, l.emission);
  T* first = l.row(0);
  fill_with(l.states.padded, -infinity<T>, first);
  first[0] = l.emission[0];
  if (s.count > 0) first[1] = l.emission[1];
  l.offset[0] = 0;
  T shift = s.count > 0 && first[1] > first[0] ? first[1] : first[0];
  if (shift == -infinity<T>) shift = 0;
  for (I64 t = 1; t < s.frames; ++t) {
    emit(s, s.log_probs + t * s.classes, l.emission);
    const T* before = l.row(t - 1);
    T* now = l.row(t);
    l.offset[t] = l.offset[t - 1] + static_cast<double>(shift);
    V top = -infinity<T>;
    for (I64 i = 0; i < l.states.padded; i += V::size) {
      const V came = log_add(load(before + i), load(before + i - 1), load(before + i - 2) + load(l.skip + i));
      const V here = came - V(shift) + load(l.emission + i);
      store(now + i, here);
      top = max_or_second(here, top);
    }
    shift = shift_of(top);
  }
}

/// What is added to the last two states of the last frame.
template <class T>
double likelihood(const CtcSample<T>& s, const Layout<T>& l) {
  const T* last = l.row(s.frames - 1);
  const double blank = last[2 * s.count],
               label = s.count > 0 ? static_cast<double>(last[2 * s.count - 1]) : -__builtin_inf();
  if (blank != blank || label != label) return __builtin_nan("");
  const double top = blank > label ? blank : label;
  if (top == -__builtin_inf()) return top;
  return l.offset[s.frames - 1] + top + __builtin_log(__builtin_exp(blank - top) + __builtin_exp(label - top));
}

template <class T>
T nll(const CtcSample<T>& s, T* work) {
  if (s.frames == 0) return s.count == 0 ? T(0) : infinity<T>;
  const Layout<T> l(s, work);
  prepare(s, l);
  go_forward(s, l);
  return static_cast<T>(-likelihood(s, l));
}

/// β without the frame's own emission, from the last frame to the first; with α it gives the probability of each state
/// at the frame, and so of each class.
template <class T>
void vjp(const CtcSample<T>& s, T scale, T* dx, T* work) {
  using V = Vec<T>;
  if (s.frames == 0) return;
  const Layout<T> l(s, work);
  prepare(s, l);
  go_forward(s, l);
  const double total = likelihood(s, l);
  if (total == -__builtin_inf()) return;
  T* after = l.beta;  // β of frame t + 1, its emission included
  T* path = l.path;   // P(state at frame t | labels)
  double taken = 0;
  for (I64 t = s.frames - 1; t >= 0; --t) {
    const bool last = t == s.frames - 1;
    if (last) {
      fill_with(l.states.padded, -infinity<T>, path);
      path[2 * s.count] = T(0);
      if (s.count > 0) path[2 * s.count - 1] = T(0);
    }
    emit(s, s.log_probs + t * s.classes, l.emission);
    const T* forward = l.row(t);
    const V level = static_cast<T>(l.offset[t] + taken - total);
    V top = -infinity<T>;
    // In place from left to right: what is read lies to the right of what was written.
    for (I64 i = 0; i < l.states.padded; i += V::size) {
      const V going = last ? load(path + i)
                           : log_add(load(after + i), load(after + i + 1), load(after + i + 2) + load(l.skip_back + i));
      store(path + i, exp(load(forward + i) + going + level));
      const V here = going + load(l.emission + i);
      store(after + i, here);
      top = max_or_second(here, top);
    }
    const T shift = shift_of(top);
    for (I64 i = 0; i < l.states.padded; i += V::size) store(after + i, load(after + i) - V(shift));
    taken += static_cast<double>(shift);
    T* row = dx + t * s.classes;
    T blank = 0;
    for (I64 u = 0; u < s.count; ++u) {
      blank += path[2 * u];
      row[s.labels[u]] -= scale * path[2 * u + 1];
    }
    row[s.blank] -= scale * (blank + path[2 * s.count]);
  }
}

template <class T>
I64 work_size(I64 frames, I64 labels) {
  return Layout<T>::size(frames, labels);
}

constexpr CtcTable<float> f32{work_size<float>, nll<float>, vjp<float>};
constexpr CtcTable<double> f64{work_size<double>, nll<double>, vjp<double>};

}  // namespace

template <>
const CtcTable<float>& table() {
  return f32;
}
template <>
const CtcTable<double>& table() {
  return f64;
}

}  // namespace xgrad::kernels::XGRAD_ISA
