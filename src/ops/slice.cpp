// Parts of arrays by slices, parts replaced, and margins.

#include "xgrad/ops/slice.hpp"

#include <algorithm>

#include "ops/region.hpp"
#include "xgrad/ops/index.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

/// A part of an array: its shape, where its elements are, and the shape of the part as the user sees it.
struct Part {
  Shape from;
  kernels::Region region;  // one axis for each of `from`
  Shape result;            // without the axes of single places, with the new ones

  /// Whether the elements stand in one run.
  bool contiguous() const noexcept {
    std::int64_t step = 1;
    for (int d = region.rank - 1; d >= 0; --d) {
      if (region.count[d] != 1 && region.stride[d] != step) return false;
      step *= region.count[d];
    }
    return true;
  }
  Array view(const Array& x) const {
    const std::int64_t n = region.size();
    return x.reshape({x.size()}).rows(n ? region.first : 0, n ? region.first + n : 0).reshape(result);
  }
};

[[noreturn]] void refuse_place(const char* name, std::int64_t place, int axis, const Arg& x) {
  const std::int64_t n = x.shape()[axis];
  throw IndexError(name,
                   n ? "needs a place from " + std::to_string(-n) + " to " + std::to_string(n - 1) + " on axis " +
                           std::to_string(axis) + " of " + signature(x.value()) + "; got " + std::to_string(place)
                     : "needs elements along axis " + std::to_string(axis) + "; got " + signature(x.value()),
                   x.loc());
}

/// NumPy's rule for start : stop : step over n elements: the first place, and how many.
void resolve(const Slice& s, std::int64_t n, std::int64_t& first, std::int64_t& count) {
  const bool back = s.step < 0;
  const std::int64_t lowest = back ? -1 : 0, highest = back ? n - 1 : n;
  const auto bring = [&](const std::optional<std::int64_t>& place, std::int64_t otherwise) {
    if (!place) return otherwise;
    return std::clamp(*place < 0 ? *place + n : *place, lowest, highest);
  };
  first = bring(s.start, back ? highest : lowest);
  const std::int64_t stop = bring(s.stop, back ? lowest : highest);
  const std::int64_t span = back ? first - stop : stop - first;
  const auto step = static_cast<std::uint64_t>(s.step);
  const std::uint64_t size = back ? 0 - step : step;  // right for the smallest integer too
  count = span <= 0 ? 0 : static_cast<std::int64_t>((static_cast<std::uint64_t>(span) - 1) / size) + 1;
}

Part part_of(const char* name, const Arg& x, std::span<const SliceIndex> index) {
  const Shape& from = x.shape();
  int named = 0, dots = 0;
  for (const SliceIndex& i : index) {
    named += i.kind() == SliceIndex::Kind::place || i.kind() == SliceIndex::Kind::range;
    dots += i.kind() == SliceIndex::Kind::ellipsis;
    if (i.kind() == SliceIndex::Kind::range && i.range().step == 0)
      throw ArgError(name, "needs a step other than 0; got a slice of step 0", x.loc());
  }
  if (dots > 1) throw ArgError(name, "needs one ellipsis at the most; got " + std::to_string(dots), x.loc());
  if (named > from.rank())
    throw IndexError(name,
                     "needs at most " + std::to_string(from.rank()) + " indices for " + signature(x.value()) +
                         "; got " + std::to_string(named),
                     x.loc());
  Part part{.from = from, .region = detail::whole(from), .result = {}};
  kernels::Region& r = part.region;
  int axis = 0;
  const auto keep = [&](int axes) {
    for (; axes > 0; --axes) part.result.push_back(from[axis++]);
  };
  for (const SliceIndex& i : index) {
    switch (i.kind()) {
      case SliceIndex::Kind::place: {
        const std::int64_t n = from[axis], place = i.place() < 0 ? i.place() + n : i.place();
        if (place < 0 || place >= n) refuse_place(name, i.place(), axis, x);
        r.first += place * r.stride[axis];
        r.count[axis++] = 1;
        break;
      }
      case SliceIndex::Kind::range: {
        std::int64_t first = 0, count = 0;
        resolve(i.range(), from[axis], first, count);
        if (count > 0) r.first += first * r.stride[axis];
        // A single element needs no stride, and a huge step would overflow it.
        if (count > 1) r.stride[axis] *= i.range().step;
        r.count[axis++] = count;
        part.result.push_back(count);
        break;
      }
      case SliceIndex::Kind::ellipsis:
        keep(from.rank() - named);
        break;
      case SliceIndex::Kind::newaxis:
        part.result.push_back(1);
        break;
    }
  }
  keep(from.rank() - axis);
  return part;
}

Var put_part(const Part& part, const Var& g, Loc loc);
Var take_part(const Part& part, const Var& x, Loc loc);

struct SliceOp {
  static constexpr OpInfo info{.name = "slice", .view = true};
  Part part;
  void infer(Infer& i) const { i.result(part.result, i.dtype(0)); }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    if (part.contiguous()) {
      r.out() = part.view(x);
      return;
    }
    Array y = Array::empty(part.result, x.dtype());
    kernels::copy_region(part.region, detail::bytes_of(x), x.raw(), y.raw());
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const { c.give(0, put_part(part, c.grad(), c.loc())); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    detail::give_region(part.region, k.grad(), k.target(0), part.from.size());
  }
};

/// The adjoint of a slice: zeros but for the part.
struct SliceScatter {
  static constexpr OpInfo info{.name = "slice_scatter"};
  Part part;
  void infer(Infer& i) const { i.result(part.from, i.dtype(0)); }
  void forward(Run& r) const {
    if (part.region.size() != part.from.size()) detail::zero(r.out());
    kernels::copy_to_region(part.region, detail::bytes_of(r.in(0)), r.in(0).raw(), r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, take_part(part, c.grad(), c.loc())); }
};

Var put_part(const Part& part, const Var& g, Loc loc) { return record(SliceScatter{part}, Arg(g, loc)); }
Var take_part(const Part& part, const Var& x, Loc loc) { return record(SliceOp{part}, Arg(x, loc)); }

struct IndexUpdate {
  static constexpr OpInfo info{.name = "index_update"};
  Part part;
  void infer(Infer& i) const {
    if (!broadcasts_to(i.shape(1), part.result))
      i.shape_error("updates that broadcast to " + part.result.to_string(), i.signatures());
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    const int bytes = detail::bytes_of(r.out());
    if (r.out().size()) std::memcpy(r.out().raw(), r.in(0).raw(), r.out().bytes());
    if (r.in(1).shape() == part.result) {
      kernels::copy_to_region(part.region, bytes, r.in(1).raw(), r.out().raw());
    } else {
      const Array fitting = broadcast_to(r.in(1), part.result);
      kernels::copy_to_region(part.region, bytes, fitting.raw(), r.out().raw());
    }
  }
  void vjp(Vjp& c) const {
    const Var g = c.grad();
    if (c.wants(0)) {
      const Var nothing(zeros(part.result, g.dtype()), c.loc());
      c.give(0, record(IndexUpdate{part}, Arg(g, c.loc()), Arg(nothing, c.loc())));
    }
    if (c.wants(1)) c.give(1, take_part(part, g, c.loc()));
  }
};

struct Pad {
  static constexpr OpInfo info{.name = "pad"};
  Shape before, after;
  double value;
  void infer(Infer& i) const {
    Shape result = i.shape(0);
    for (int d = 0; d < result.rank(); ++d) result[d] += before[d] + after[d];
    i.result(result, i.dtype(0));
  }
  template <class T>
  void forward(Kernel<T>& k) const {
    using Stored = std::conditional_t<std::same_as<T, bool>, std::uint8_t, T>;
    const Stored filling = std::same_as<T, bool> ? static_cast<Stored>(value != 0) : static_cast<Stored>(value);
    kernels::fill(k.size(), filling, k.template out_as<Stored>());
    kernels::Region region = detail::whole(k.out_shape());
    for (int d = 0; d < region.rank; ++d) {
      region.first += before[d] * region.stride[d];
      region.count[d] = k.shape(0)[d];
    }
    kernels::copy_to_region(region, static_cast<int>(sizeof(T)), k.in(0), k.out());
  }
  void vjp(Vjp& c) const {
    std::vector<SliceIndex> inside;
    for (int d = 0; d < c.in_shape(0).rank(); ++d) inside.push_back(Slice{before[d], before[d] + c.in_shape(0)[d]});
    c.give(0, slice(Arg(c.grad(), c.loc()), inside));
  }
  std::string attributes() const { return before.to_string() + " " + after.to_string(); }
};

/// The widths of a margin as a Shape. @throws ArgError
Shape widths(const Arg& x, const std::vector<std::int64_t>& list) {
  if (list.size() != static_cast<std::size_t>(x.rank()))
    throw ArgError("pad",
                   "needs a width for each axis of " + signature(x.value()) + "; got " + std::to_string(list.size()),
                   x.loc());
  for (std::int64_t w : list)
    if (w < 0) throw ArgError("pad", "needs widths of at least 0; got " + std::to_string(w), x.loc());
  return Shape(std::span<const std::int64_t>(list));
}

/// The place that the margin shows at `place`, which may lie outside 0 … n − 1.
std::int64_t shown(PadMode mode, std::int64_t place, std::int64_t n) {
  const auto modulo = [](std::int64_t a, std::int64_t b) { return (a % b + b) % b; };
  switch (mode) {
    case PadMode::wrap:
      return modulo(place, n);
    case PadMode::symmetric: {
      const std::int64_t p = modulo(place, 2 * n);
      return p < n ? p : 2 * n - 1 - p;
    }
    case PadMode::reflect: {
      if (n == 1) return 0;
      const std::int64_t p = modulo(place, 2 * n - 2);
      return p < n ? p : 2 * n - 2 - p;
    }
    default:
      return std::clamp<std::int64_t>(place, 0, n - 1);
  }
}

}  // namespace

Var slice(Arg x, std::initializer_list<SliceIndex> index) {
  const std::span<const SliceIndex> list(index.begin(), index.size());
  return record(SliceOp{part_of("slice", x, list)}, x);
}
Var slice(Arg x, const std::vector<SliceIndex>& index) { return record(SliceOp{part_of("slice", x, index)}, x); }
Var index_update(Arg x, std::initializer_list<SliceIndex> index, Arg updates) {
  const std::span<const SliceIndex> list(index.begin(), index.size());
  return record(IndexUpdate{part_of("index_update", x, list)}, x, updates);
}
Var index_update(Arg x, const std::vector<SliceIndex>& index, Arg updates) {
  return record(IndexUpdate{part_of("index_update", x, index)}, x, updates);
}

Var pad(Arg x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, double value) {
  return record(Pad{widths(x, before), widths(x, after), value}, x);
}

Var pad(Arg x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, PadMode mode) {
  if (mode == PadMode::constant) return pad(std::move(x), before, after, 0.0);
  const Shape front = widths(x, before), behind = widths(x, after);
  const Loc loc = x.loc();
  Var y = x.parameter() ? Var(Parameter(x.parameter()), loc) : x.var();
  for (int d = 0; d < front.rank(); ++d) {
    const std::int64_t n = y.shape()[d];
    if (front[d] == 0 && behind[d] == 0) continue;
    if (n == 0) throw ShapeError("pad", "needs elements to copy into the margin; got " + signature(y.value()), loc);
    Array places = Array::empty({front[d] + n + behind[d]}, DType::int64);
    std::int64_t* p = places.mutable_data<std::int64_t>();
    for (std::int64_t i = 0; i < places.size(); ++i) p[i] = shown(mode, i - front[d], n);
    y = take(Arg(y, loc), Arg(places, loc), d);
  }
  return y;
}

}  // namespace xgrad
