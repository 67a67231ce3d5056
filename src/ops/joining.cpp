// Joining, cutting, padding and repeating.

#include <algorithm>

#include "ops/axes.hpp"
#include "ops/strided.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::along;
using detail::checked_axis;

struct Concat {
  static constexpr OpInfo info{.name = "concat"};
  int axis;
  void infer(Infer& i) const {
    Shape result = i.shape(0);
    if (result.rank() == 0) i.shape_error("operands of at least one axis", i.shapes());
    for (int k = 1; k < i.count(); ++k) {
      Shape other = i.shape(k);
      if (other.rank() == result.rank()) other[axis] = result[axis];
      if (other != result) i.shape_error("operands that agree but on axis " + std::to_string(axis), i.shapes());
      result[axis] += i.shape(k)[axis];
    }
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const {
    std::int64_t at = 0;
    for (int k = 0; k < r.inputs(); ++k) {
      const Shape& part = r.in(k).shape();
      detail::Part place = along(r.out().shape(), axis, at, part[axis]);
      detail::write_part(r.in(k), r.out(), place);
      at += part[axis];
    }
  }
  void vjp(Vjp& c) const {  // each operand's share is its own part of ȳ
    std::int64_t at = 0;
    for (int k = 0; k < c.inputs(); ++k) {
      const std::int64_t extent = c.in_shape(k)[axis];
      if (c.wants(k)) c.give(k, detail::take_part(c.grad(), along(c.out_shape(), axis, at, extent)));
      at += extent;
    }
  }
  std::string attributes() const { return "axis=" + std::to_string(axis); }
};

struct Pad {
  static constexpr OpInfo info{.name = "pad"};
  Shape before, after;
  double value;
  void infer(Infer& i) const {
    Shape result = i.shape(0);
    for (int axis = 0; axis < result.rank(); ++axis) result[axis] += before[axis] + after[axis];
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const {
    r.out() = full(r.out().shape(), value, r.out().dtype());
    detail::write_part(r.in(0), r.out(), inside(r.in(0).shape()));
  }
  void vjp(Vjp& c) const { c.give(0, detail::take_part(c.grad(), inside(c.in_shape(0)))); }
  std::string attributes() const { return before.to_string() + " " + after.to_string(); }

 private:
  detail::Part inside(const Shape& shape) const {
    detail::Part p = detail::whole(shape);
    p.start = before;
    return p;
  }
};

Arg first_of(std::span<const Arg> parts, const char* operation, Loc loc) {
  if (parts.empty()) throw ArgError(operation, "needs at least one operand; got none", loc);
  return parts[0];
}

Var concat_of(std::span<const Arg> parts, std::int64_t axis, Loc loc) {
  const Arg first = first_of(parts, "concat", loc);
  return record(Concat{checked_axis("concat", first, axis, std::max(1, first.rank()))}, parts, loc);
}

Var stack_of(std::span<const Arg> parts, int axis, Loc loc) {
  const Arg first = first_of(parts, "stack", loc);
  const int place = checked_axis("stack", first, axis, first.rank() + 1);
  std::vector<Arg> expanded;
  for (const Arg& part : parts) {
    if (part.shape() != first.shape())
      throw ShapeError(
          "stack", "needs operands of one shape; got " + signature(first.value()) + " and " + signature(part.value()),
          loc);
    expanded.emplace_back(expand_dims(part, place), part.loc());
  }
  return concat_of(expanded, place, loc);
}

std::vector<Arg> args_of(const std::vector<Var>& parts, Loc loc) {
  std::vector<Arg> args;
  for (const Var& v : parts) args.emplace_back(v, loc);
  return args;
}

}  // namespace

Var concat(std::initializer_list<Arg> parts, int axis, Loc loc) {
  return concat_of({parts.begin(), parts.size()}, axis, loc);
}
Var concat(const std::vector<Var>& parts, int axis, Loc loc) { return concat_of(args_of(parts, loc), axis, loc); }
Var stack(std::initializer_list<Arg> parts, int axis, Loc loc) {
  return stack_of({parts.begin(), parts.size()}, axis, loc);
}
Var stack(const std::vector<Var>& parts, int axis, Loc loc) { return stack_of(args_of(parts, loc), axis, loc); }

std::vector<Var> split(Arg x, const std::vector<std::int64_t>& extents, int axis) {
  const int at = checked_axis("split", x, axis, x.rank());
  const Shape shape = x.shape();
  std::int64_t total = 0;
  bool negative = false;
  for (std::int64_t e : extents) {
    total += e;
    negative |= e < 0;
  }
  if (negative || total != shape[at])
    throw ShapeError("split",
                     "needs extents of at least 0 that add up to " + std::to_string(shape[at]) + "; got " +
                         std::to_string(total) + " for " + signature(x.value()),
                     x.loc());
  // One handle for all parts, so that a parameter is bound once.
  const Arg whole(x.parameter() ? Var(Parameter(x.parameter()), x.loc()) : x.var(), x.loc());
  std::vector<Var> parts;
  std::int64_t begin = 0;
  for (std::int64_t e : extents) {
    parts.push_back(detail::take_part(whole, along(shape, at, begin, e)));
    begin += e;
  }
  return parts;
}

std::vector<Var> split(Arg x, std::int64_t parts, int axis) {
  const int at = checked_axis("split", x, axis, x.rank());
  const std::int64_t n = x.shape()[at];
  if (parts < 1 || n % parts != 0)
    throw ShapeError("split",
                     "needs a number of parts that divides " + std::to_string(n) + "; got " + std::to_string(parts) +
                         " for " + signature(x.value()),
                     x.loc());
  return split(std::move(x), std::vector<std::int64_t>(static_cast<std::size_t>(parts), n / parts), at);
}

Var pad(Arg x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after, double value) {
  const auto rank = static_cast<std::size_t>(x.rank());
  bool negative = false;
  for (const auto* widths : {&before, &after})
    for (std::int64_t w : *widths) negative |= w < 0;
  if (negative || before.size() != rank || after.size() != rank)
    throw ArgError("pad",
                   "needs two widths of at least 0 for each of " + std::to_string(rank) + " axes; got " +
                       std::to_string(before.size()) + " and " + std::to_string(after.size()) +
                       (negative ? " with a negative one" : ""),
                   x.loc());
  return record(Pad{Shape(std::span(before)), Shape(std::span(after)), value}, x);
}

Var flip(Arg x, const Axes& axes) {
  detail::Part part = detail::whole(x.shape());
  for (int k = 0, n = axes.all() ? x.rank() : axes.count(); k < n; ++k) {
    const int axis = axes.all() ? k : checked_axis("flip", x, axes[k], x.rank());
    part.step[axis] = -1;
    part.start[axis] = std::max<std::int64_t>(0, x.shape()[axis] - 1);
  }
  return detail::take_part(std::move(x), part);
}
Var flip(Arg x) { return flip(std::move(x), Axes()); }

Var roll(Arg x, std::int64_t shift, int axis) {
  const int at = checked_axis("roll", x, axis, x.rank());
  const std::int64_t n = x.shape()[at];
  const std::int64_t back = n ? ((shift % n) + n) % n : 0;
  if (back == 0) return reshape(x, x.shape());
  const std::vector<Var> parts = split(x, std::vector<std::int64_t>{n - back, back}, at);
  return concat({Arg(parts[1], x.loc()), Arg(parts[0], x.loc())}, at, x.loc());
}

Var tile(Arg x, const std::vector<std::int64_t>& times) {
  for (std::int64_t t : times)
    if (t < 0) throw ArgError("tile", "needs numbers of at least 0; got " + std::to_string(t), x.loc());
  Shape shape = x.shape();
  while (shape.rank() < static_cast<int>(times.size())) shape.insert(0, 1);
  Shape between, repeated, result = shape;  // each axis as (times, extent)
  for (int i = 0; i < shape.rank(); ++i) {
    const int k = i - (shape.rank() - static_cast<int>(times.size()));
    const std::int64_t t = k < 0 ? 1 : times[static_cast<std::size_t>(k)];
    result[i] *= t;
    if (t != 1) {
      between.push_back(1);
      repeated.push_back(t);
    }
    between.push_back(shape[i]);
    repeated.push_back(shape[i]);
  }
  const Loc loc = x.loc();
  return reshape(Arg(broadcast_to(Arg(reshape(std::move(x), between), loc), repeated), loc), result);
}

Var repeat(Arg x, std::int64_t times, int axis) {
  const int at = checked_axis("repeat", x, axis, x.rank());
  if (times < 0) throw ArgError("repeat", "needs a number of at least 0; got " + std::to_string(times), x.loc());
  Shape result = x.shape(), repeated = x.shape();
  result[at] *= times;
  repeated.insert(at + 1, times);
  const Loc loc = x.loc();
  return reshape(Arg(broadcast_to(Arg(expand_dims(std::move(x), at + 1), loc), repeated), loc), result);
}

}  // namespace xgrad
