// Slices: a part of an array, an array with a part replaced, and a part alone among zeros.

#include <algorithm>

#include "ops/strided.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {
namespace detail {

namespace {

std::string text_of(const Part& p) {
  std::string text;
  for (int i = 0; i < p.extent.rank(); ++i)
    text += (i ? "," : "") + std::to_string(p.start[i]) + "+" + std::to_string(p.extent[i]) +
            (p.step[i] == 1 ? "" : "*" + std::to_string(p.step[i]));
  return text;
}

/// Whether the part is rows of the first axis, one after the other: then it can share memory.
bool is_rows(const Shape& shape, const Part& p) {
  for (int i = 0; i < shape.rank(); ++i)
    if (p.step[i] != 1 || (i > 0 && p.extent[i] != shape[i])) return false;
  return shape.rank() > 0;
}

struct Slice {
  static constexpr OpInfo info{.name = "slice", .view = true};
  Part part;
  void infer(Infer& i) const { i.result(part.extent, i.dtype(0)); }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    r.out() = is_rows(x.shape(), part) ? x.rows(part.start[0], part.start[0] + part.extent[0]) : read_part(x, part);
  }
  void vjp(Vjp& c) const { c.give(0, place_part(c.grad(), part, c.in_shape(0))); }
  std::string attributes() const { return text_of(part); }
};

struct SlicePlace {
  static constexpr OpInfo info{.name = "slice_place", .view = true};
  Part part;
  Shape shape;
  void infer(Infer& i) const { i.result(shape, i.dtype(0)); }
  void forward(Run& r) const {
    Array y = zeros(shape, r.in(0).dtype());
    write_part(r.in(0), y, part);
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const { c.give(0, take_part(c.grad(), part)); }
  std::string attributes() const { return text_of(part); }
};

struct SliceUpdate {
  static constexpr OpInfo info{.name = "slice_update", .view = true};
  Part part;
  void infer(Infer& i) const {
    if (!broadcasts_to(i.shape(1), part.extent))
      i.shape_error("values that broadcast to the slice " + part.extent.to_string(), i.shapes());
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    Array y = r.in(0).copy();
    Array values = r.in(1);
    if (values.shape() != part.extent) values = broadcast_to(values, part.extent);
    write_part(values, y, part);
    r.out() = std::move(y);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, replace_part(c.grad(), part, 0));
    if (c.wants(1)) c.give(1, take_part(c.grad(), part));
  }
  std::string attributes() const { return text_of(part); }
};

/// NumPy's reading of start, stop and step along an axis of n places.
void resolve(const xgrad::Slice& s, std::int64_t n, std::int64_t& start, std::int64_t& extent) {
  const auto place = [n](std::int64_t p, std::int64_t lowest, std::int64_t highest) {
    return std::clamp(p < 0 ? p + n : p, lowest, highest);
  };
  if (s.step > 0) {
    start = s.start ? place(*s.start, 0, n) : 0;
    const std::int64_t stop = s.stop ? place(*s.stop, 0, n) : n;
    extent = stop > start ? (stop - start - 1) / s.step + 1 : 0;
  } else {
    start = s.start ? place(*s.start, -1, n - 1) : n - 1;
    const std::int64_t stop = s.stop ? place(*s.stop, -1, n - 1) : -1;
    extent = start > stop ? (start - stop - 1) / -s.step + 1 : 0;
  }
  if (extent == 0) start = 0;
}

struct Resolved {
  Part part;
  Shape result;  // without the axes of single places
};

Resolved resolved(const char* operation, const Arg& x, std::initializer_list<SliceIndex> index) {
  const Shape& shape = x.shape();
  if (index.size() > static_cast<std::size_t>(shape.rank()))
    throw IndexError(
        operation,
        "needs at most one part an axis; got " + std::to_string(index.size()) + " for " + signature(x.value()),
        x.loc());
  Resolved r{whole(shape), {}};
  int axis = 0;
  for (const SliceIndex& i : index) {
    const std::int64_t n = shape[axis];
    if (i.single()) {
      if (i.place() < -n || i.place() >= n)
        throw IndexError(operation,
                         "needs a place from " + std::to_string(-n) + " to " + std::to_string(n - 1) + " on axis " +
                             std::to_string(axis) + "; got " + std::to_string(i.place()) + " for " +
                             signature(x.value()),
                         x.loc());
      r.part.start[axis] = i.place() < 0 ? i.place() + n : i.place();
      r.part.extent[axis] = 1;
    } else {
      if (i.slice().step == 0)
        throw ArgError(operation, "needs a step other than 0; got 0 on axis " + std::to_string(axis), x.loc());
      r.part.step[axis] = i.slice().step;
      resolve(i.slice(), n, r.part.start[axis], r.part.extent[axis]);
      r.result.push_back(r.part.extent[axis]);
    }
    ++axis;
  }
  for (; axis < shape.rank(); ++axis) r.result.push_back(shape[axis]);
  return r;
}

}  // namespace

Var take_part(Arg x, const Part& part) { return record(Slice{part}, x); }
Var replace_part(Arg x, const Part& part, Arg values) { return record(SliceUpdate{part}, x, values); }
Var place_part(Arg x, const Part& part, const Shape& shape) { return record(SlicePlace{part, shape}, x); }

}  // namespace detail

Var slice(Arg x, std::initializer_list<SliceIndex> index) {
  const detail::Resolved r = detail::resolved("slice", x, index);
  const Var part = detail::take_part(x, r.part);
  return r.result == r.part.extent ? part : reshape(Arg(part, x.loc()), r.result);
}

Var slice_update(Arg x, std::initializer_list<SliceIndex> index, Arg values) {
  const detail::Resolved r = detail::resolved("slice_update", x, index);
  if (r.result != r.part.extent) {  // values do not have the axes of single places
    if (!broadcasts_to(values.shape(), r.result))
      throw ShapeError(
          "slice_update",
          "needs values that broadcast to the slice " + r.result.to_string() + "; got " + signature(values.value()),
          values.loc());
    values = Arg(reshape(broadcast_to(values, r.result), r.part.extent), values.loc());
  }
  return detail::replace_part(std::move(x), r.part, std::move(values));
}

}  // namespace xgrad
