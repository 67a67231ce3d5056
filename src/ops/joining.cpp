// Arrays joined and cut, turned round and repeated along an axis.

#include "ops/axes.hpp"
#include "ops/region.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"

namespace xgrad {

namespace {

/// x[…, begin : end, …] along one axis.
Var piece(const Var& x, int axis, std::int64_t begin, std::int64_t end) {
  std::vector<SliceIndex> index(static_cast<std::size_t>(axis), Slice{});
  index.push_back(Slice{begin, end});
  return slice(x, index);
}

/// Rows [begin, begin + run) of each [n · inner] stretch of `from`, to (=|+=) `to`, contiguous.
template <class T>
void take_runs(std::int64_t outer, std::int64_t run, std::int64_t stretch, const T* from, Target<T> to) {
  if (!to.add) {
    constexpr auto size = static_cast<std::int64_t>(sizeof(T));
    return kernels::copy_runs(outer, run * size, stretch * size, from, run * size, to.data);
  }
  for (std::int64_t o = 0; o < outer; ++o) kernels::add_into(run, from + o * stretch, to.data + o * run);
}

struct Concat {
  static constexpr OpInfo info{.name = "concat"};
  int axis;
  void infer(Infer& i) const {
    const int at = i.axis(axis, i.rank(0));
    Shape result = i.shape(0);
    for (int k = 1; k < i.count(); ++k) {
      Shape other = i.shape(k);
      bool fits = other.rank() == result.rank();
      for (int d = 0; fits && d < result.rank(); ++d) fits = d == at || other[d] == result[d];
      if (!fits)
        i.shape_error("shapes that agree but along axis " + std::to_string(axis),
                      i.shape(0).to_string() + " and, as operand " + std::to_string(k) + ", " + other.to_string());
      result[at] += other[at];
    }
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const {
    Array& y = r.out();
    const int at = detail::from_front(axis, y.rank());
    const detail::Around all(y.shape(), at);
    const std::int64_t element = detail::bytes_of(y), stretch = all.n * all.inner * element;
    char* to = static_cast<char*>(y.raw());
    for (int k = 0; k < r.inputs(); ++k) {
      const std::int64_t run = r.in(k).shape(at) * all.inner * element;
      kernels::copy_runs(all.outer, run, run, r.in(k).raw(), stretch, to);
      to += run;
    }
  }
  void vjp(Vjp& c) const {
    const int at = detail::from_front(axis, c.out_shape().rank());
    std::int64_t begin = 0;
    for (int k = 0; k < c.inputs(); ++k) {
      const std::int64_t end = begin + c.in_shape(k)[at];
      if (c.wants(k)) c.give(k, piece(c.grad(), at, begin, end));
      begin = end;
    }
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const int at = detail::from_front(axis, k.out_shape().rank());
    const detail::Around all(k.out_shape(), at);
    std::int64_t begin = 0;
    for (int i = 0; i < k.inputs(); ++i) {
      const std::int64_t run = k.shape(i)[at] * all.inner;
      if (k.wants(i)) take_runs(all.outer, run, all.n * all.inner, k.grad() + begin, k.target(i));
      begin += run;
    }
  }
  std::string attributes() const { return "axis " + std::to_string(axis); }
};

struct Stack {
  static constexpr OpInfo info{.name = "stack"};
  int axis;
  void infer(Infer& i) const {
    const int at = i.axis(axis, i.rank(0) + 1);
    for (int k = 1; k < i.count(); ++k)
      if (i.shape(k) != i.shape(0))
        i.shape_error("arrays of one shape",
                      i.shape(0).to_string() + " and, as operand " + std::to_string(k) + ", " + i.shape(k).to_string());
    Shape result = i.shape(0);
    result.insert(at, i.count());
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const {
    Array& y = r.out();
    const detail::Around all(y.shape(), detail::from_front(axis, y.rank()));
    const std::int64_t run = all.inner * detail::bytes_of(y);
    for (int k = 0; k < r.inputs(); ++k)
      kernels::copy_runs(all.outer, run, run, r.in(k).raw(), all.n * run, static_cast<char*>(y.raw()) + k * run);
  }
  void vjp(Vjp& c) const {
    const int at = detail::from_front(axis, c.out_shape().rank());
    for (int k = 0; k < c.inputs(); ++k)
      if (c.wants(k)) c.give(k, reshape(piece(c.grad(), at, k, k + 1), c.in_shape(k)));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const detail::Around all(k.out_shape(), detail::from_front(axis, k.out_shape().rank()));
    for (int i = 0; i < k.inputs(); ++i)
      if (k.wants(i)) take_runs(all.outer, all.inner, all.n * all.inner, k.grad() + i * all.inner, k.target(i));
  }
  std::string attributes() const { return "axis " + std::to_string(axis); }
};

struct Split {
  static constexpr OpInfo info{.name = "split", .view = true};
  std::vector<std::int64_t> sizes;  // one number: that many equal parts
  bool equal;
  int axis;
  void infer(Infer& i) const {
    const int at = i.axis(axis, i.rank(0));
    const std::int64_t extent = i.shape(0)[at];
    if (equal && (sizes[0] < 1 || extent % sizes[0] != 0))
      i.shape_error("an extent along axis " + std::to_string(axis) + " that splits into " + std::to_string(sizes[0]) +
                        " equal parts",
                    i.signatures());
    std::int64_t total = 0;
    bool negative = false;
    for (std::int64_t s : sizes) {
      negative |= s < 0;
      total += s;
    }
    if (!equal && (negative || total != extent || sizes.empty()))
      i.shape_error("sizes of at least 0 that add up to " + std::to_string(extent), Shape_text());
    Shape part = i.shape(0);
    for (std::int64_t k = 0, n = parts(); k < n; ++k) {
      part[at] = size(k, extent);
      i.result(part, i.dtype(0));
    }
  }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    const int at = detail::from_front(axis, x.rank());
    const detail::Around all(x.shape(), at);
    const std::int64_t element = detail::bytes_of(x);
    std::int64_t begin = 0;
    for (int j = 0; j < r.outputs(); ++j) {
      const std::int64_t n = size(j, all.n);
      if (at == 0) {
        r.out(j) = x.rows(begin, begin + n);
      } else {
        Shape shape = x.shape();
        shape[at] = n;
        Array part = Array::empty(shape, x.dtype());
        const std::int64_t run = n * all.inner * element;
        kernels::copy_runs(all.outer, run, all.n * all.inner * element,
                           static_cast<const char*>(x.raw()) + begin * all.inner * element, run, part.raw());
        r.out(j) = std::move(part);
      }
      begin += n;
    }
  }
  void vjp(Vjp& c) const {
    std::vector<Var> pieces;
    for (int j = 0; j < static_cast<int>(parts()); ++j) pieces.push_back(c.grad(j));
    c.give(0, concat(pieces, axis, c.loc()));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Shape& from = k.shape(0);
    const detail::Around all(from, detail::from_front(axis, from.rank()));
    const Target<T> to = k.target(0);
    const std::int64_t stretch = all.n * all.inner;
    constexpr auto bytes = static_cast<std::int64_t>(sizeof(T));
    std::int64_t begin = 0;
    for (int j = 0; j < static_cast<int>(parts()); ++j) {
      const std::int64_t run = size(j, all.n) * all.inner;
      if (k.has_grad(j)) {
        const T* g = k.grad(j);
        if (to.add) {
          for (std::int64_t o = 0; o < all.outer; ++o)
            kernels::add_into(run, g + o * run, to.data + o * stretch + begin);
        } else {
          kernels::copy_runs(all.outer, run * bytes, run * bytes, g, stretch * bytes, to.data + begin);
        }
      } else if (!to.add) {
        for (std::int64_t o = 0; o < all.outer; ++o) kernels::fill(run, T{0}, to.data + o * stretch + begin);
      }
      begin += run;
    }
  }
  std::string attributes() const { return Shape_text() + " axis " + std::to_string(axis); }

 private:
  std::int64_t parts() const noexcept { return equal ? sizes[0] : static_cast<std::int64_t>(sizes.size()); }
  std::int64_t size(std::int64_t j, std::int64_t extent) const noexcept {
    return equal ? extent / sizes[0] : sizes[static_cast<std::size_t>(j)];
  }
  std::string Shape_text() const {
    if (equal) return std::to_string(sizes[0]) + " parts";
    std::string text = "sizes ";
    for (std::size_t i = 0; i < sizes.size(); ++i) text += (i ? "," : "") + std::to_string(sizes[i]);
    return text;
  }
};

struct Flip {
  static constexpr OpInfo info{.name = "flip"};
  Axes axes;
  void infer(Infer& i) const {
    detail::checked_mask(i, axes, i.rank(0));
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    const std::uint32_t mask = detail::mask_of(axes, x.rank());
    kernels::Region region = detail::whole(x.shape());
    for (int d = 0; d < x.rank(); ++d) {
      if (!(mask >> d & 1)) continue;
      region.first += (region.count[d] - 1) * region.stride[d];
      region.stride[d] = -region.stride[d];
    }
    kernels::copy_region(region, detail::bytes_of(x), x.raw(), r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, flip(c.grad(), axes)); }
  std::string attributes() const { return "axes " + axes.to_string(); }
};

struct Roll {
  static constexpr OpInfo info{.name = "roll"};
  std::int64_t shift;
  int axis;
  void infer(Infer& i) const {
    i.axis(axis, i.rank(0));
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    if (x.size() == 0) return;
    const detail::Around a(x.shape(), detail::from_front(axis, x.rank()));
    const std::int64_t s = ((shift % a.n) + a.n) % a.n, row = a.inner * detail::bytes_of(x), stretch = a.n * row;
    const char* from = static_cast<const char*>(x.raw());
    char* to = static_cast<char*>(r.out().raw());
    kernels::copy_runs(a.outer, (a.n - s) * row, stretch, from, stretch, to + s * row);
    kernels::copy_runs(a.outer, s * row, stretch, from + (a.n - s) * row, stretch, to);
  }
  void vjp(Vjp& c) const { c.give(0, roll(c.grad(), -shift, axis)); }
  std::string attributes() const { return "shift " + std::to_string(shift) + " axis " + std::to_string(axis); }
};

template <class Op>
Var join(Op op, const std::vector<Var>& xs, Loc loc) {
  if (xs.empty()) throw ArgError(Op::info.name, "needs at least one array; got none", loc);
  std::vector<Arg> args;
  args.reserve(xs.size());
  for (const Var& x : xs) args.emplace_back(x, loc);
  return record(op, std::span<const Arg>(args), loc);
}
template <class Op>
Var join(Op op, std::initializer_list<Arg> xs) {
  if (xs.size() == 0) throw ArgError(Op::info.name, "needs at least one array; got none", Loc{});
  return record(op, std::span<const Arg>(xs.begin(), xs.size()), xs.begin()->loc());
}
template <class Op>
Array join(Op op, std::span<const Array> xs, Loc loc) {
  return join(op, std::vector<Var>(xs.begin(), xs.end()), loc).value();
}

}  // namespace

Var concat(std::initializer_list<Arg> xs, int axis) { return join(Concat{axis}, xs); }
Var concat(const std::vector<Var>& xs, int axis, Loc loc) { return join(Concat{axis}, xs, loc); }
Array concat(std::initializer_list<Array> xs, int axis, Loc loc) {
  return join(Concat{axis}, std::span<const Array>(xs.begin(), xs.size()), loc);
}
Array concat(const std::vector<Array>& xs, int axis, Loc loc) {
  return join(Concat{axis}, std::span<const Array>(xs), loc);
}
Var stack(std::initializer_list<Arg> xs, int axis) { return join(Stack{axis}, xs); }
Var stack(const std::vector<Var>& xs, int axis, Loc loc) { return join(Stack{axis}, xs, loc); }
Array stack(std::initializer_list<Array> xs, int axis, Loc loc) {
  return join(Stack{axis}, std::span<const Array>(xs.begin(), xs.size()), loc);
}
Array stack(const std::vector<Array>& xs, int axis, Loc loc) {
  return join(Stack{axis}, std::span<const Array>(xs), loc);
}

std::vector<Var> split(Arg x, std::int64_t parts, int axis) {
  return record_all(Split{{parts}, true, axis}, std::span<const Arg>(&x, 1), x.loc());
}
std::vector<Var> split(Arg x, const std::vector<std::int64_t>& sizes, int axis) {
  return record_all(Split{sizes, false, axis}, std::span<const Arg>(&x, 1), x.loc());
}
std::vector<Var> split(Arg x, std::initializer_list<std::int64_t> sizes, int axis) {
  return split(std::move(x), std::vector<std::int64_t>(sizes), axis);
}
std::vector<Array> values_of(const std::vector<Var>& xs) {
  std::vector<Array> values;
  for (const Var& x : xs) values.push_back(x.value());
  return values;
}

Var flip(Arg x) { return record(Flip{}, x); }
Var flip(Arg x, const Axes& axes) { return record(Flip{axes}, x); }
Var roll(Arg x, std::int64_t shift, int axis) { return record(Roll{shift, axis}, x); }

}  // namespace xgrad
