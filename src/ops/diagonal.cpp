// Triangles and diagonals of the last two axes; copies side by side.

#include <algorithm>

#include "ops/axes.hpp"
#include "ops/region.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

template <bool upper>
struct Triangle {
  static constexpr OpInfo info{.name = upper ? "triu" : "tril"};
  std::int64_t k;
  void infer(Infer& i) const {
    if (i.rank(0) < 2) i.shape_error("an array of rank 2 or more", i.signatures());
    i.result(i.shape(0), i.dtype(0));
  }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    if (x.size() == 0) return;
    const std::int64_t rows = x.shape(-2), columns = x.shape(-1), all_rows = x.size() / columns;
    const std::int64_t element = detail::bytes_of(x);
    const char* from = static_cast<const char*>(x.raw());
    char* to = static_cast<char*>(r.out().raw());
    for (std::int64_t i = 0; i < all_rows; ++i, from += columns * element, to += columns * element) {
      // Columns from here on (triu), or up to here (tril), stay.
      const std::int64_t cut = std::clamp<std::int64_t>(i % rows + k + (upper ? 0 : 1), 0, columns);
      const std::int64_t begin = upper ? cut : 0, end = upper ? columns : cut;
      std::memset(to, 0, static_cast<std::size_t>(columns * element));
      std::memcpy(to + begin * element, from + begin * element, static_cast<std::size_t>((end - begin) * element));
    }
  }
  void vjp(Vjp& c) const { c.give(0, upper ? triu(c.grad(), k) : tril(c.grad(), k)); }
  std::string attributes() const { return "diagonal " + std::to_string(k); }
};

/// Where the k-th diagonal of the last two axes of `shape` stands; its length is the last count.
kernels::Region diagonal_of(const Shape& shape, std::int64_t k) {
  const int rank = shape.rank();
  const std::int64_t rows = shape[rank - 2], columns = shape[rank - 1];
  const std::int64_t top = std::max<std::int64_t>(0, -k), left = std::max<std::int64_t>(0, k);
  const std::int64_t length = std::max<std::int64_t>(0, std::min(rows - top, columns - left));
  kernels::Region r = detail::whole(shape);
  r.first = length ? top * columns + left : 0;
  r.rank = rank - 1;
  r.count[rank - 2] = length;
  r.stride[rank - 2] = columns + 1;
  return r;
}

Var placed_diagonal(const Shape& shape, std::int64_t k, const Var& values, Loc loc);

struct Diagonal {
  static constexpr OpInfo info{.name = "diag"};
  std::int64_t k;
  void infer(Infer& i) const {
    Shape result = i.shape(0);
    const kernels::Region r = diagonal_of(i.shape(0), k);
    result.erase(result.rank() - 1);
    result[result.rank() - 1] = r.count[r.rank - 1];
    i.result(result, i.dtype(0));
  }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    kernels::copy_region(diagonal_of(x.shape(), k), detail::bytes_of(x), x.raw(), r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, placed_diagonal(c.in_shape(0), k, c.grad(), c.loc())); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& b) const {
    detail::give_region(diagonal_of(b.shape(0), k), b.grad(), b.target(0), b.shape(0).size());
  }
  std::string attributes() const { return "diagonal " + std::to_string(k); }
};

/// Zeros but for the k-th diagonal: the adjoint of Diagonal.
struct PlacedDiagonal {
  static constexpr OpInfo info{.name = "diag"};
  Shape shape;
  std::int64_t k;
  void infer(Infer& i) const { i.result(shape, i.dtype(0)); }
  void forward(Run& r) const {
    detail::zero(r.out());
    kernels::copy_to_region(diagonal_of(shape, k), detail::bytes_of(r.in(0)), r.in(0).raw(), r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, record(Diagonal{k}, Arg(c.grad(), c.loc()))); }
  std::string attributes() const { return "diagonal " + std::to_string(k); }
};

Var placed_diagonal(const Shape& shape, std::int64_t k, const Var& values, Loc loc) {
  return record(PlacedDiagonal{shape, k}, Arg(values, loc));
}

/// x as [outer, 1, inner] before, [outer, count, inner] after: copies of a stretch.
Var copies(const Var& x, std::int64_t outer, std::int64_t count, std::int64_t inner, const Shape& result, Loc loc) {
  const Var flat = reshape(Arg(x, loc), {outer, 1, inner});
  return reshape(Arg(broadcast_to(Arg(flat, loc), {outer, count, inner}), loc), result);
}

Var var_of(const Arg& x) { return x.parameter() ? Var(Parameter(x.parameter()), x.loc()) : x.var(); }

}  // namespace

Var triu(Arg x, std::int64_t k) { return record(Triangle<true>{k}, x); }
Var tril(Arg x, std::int64_t k) { return record(Triangle<false>{k}, x); }

Var diag(Arg x, std::int64_t k) {
  if (x.rank() == 0) throw ShapeError("diag", "needs a vector or a matrix; got " + signature(x.value()), x.loc());
  if (x.rank() > 1) return record(Diagonal{k}, x);
  const std::int64_t n = x.shape()[0] + std::abs(k);
  return record(PlacedDiagonal{{n, n}, k}, x);
}

Var trace(Arg x, std::int64_t k) {
  if (x.rank() < 2) throw ShapeError("trace", "needs an array of rank 2 or more; got " + signature(x.value()), x.loc());
  const Loc loc = x.loc();
  return sum(Arg(diag(std::move(x), k), loc), -1);
}

Var tile(Arg x, const std::vector<std::int64_t>& counts) {
  const Loc loc = x.loc();
  for (std::int64_t n : counts)
    if (n < 0) throw ArgError("tile", "needs counts of at least 0; got " + std::to_string(n), loc);
  if (counts.size() > Shape::max_rank)
    throw ArgError("tile", "needs at most 8 counts; got " + std::to_string(counts.size()), loc);
  Var y = var_of(x);
  Shape shape = x.shape();
  const int rank = std::max(shape.rank(), static_cast<int>(counts.size()));
  while (shape.rank() < rank) shape.insert(0, 1);
  y = reshape(Arg(y, loc), shape);
  std::int64_t inner = 1;
  for (int d = rank - 1; d >= 0; --d) {
    const int at = d - (rank - static_cast<int>(counts.size()));
    const std::int64_t n = at < 0 ? 1 : counts[static_cast<std::size_t>(at)];
    inner *= shape[d];
    if (n != 1) {
      std::int64_t outer = 1;
      for (int i = 0; i < d; ++i) outer *= shape[i];
      Shape result = shape;
      result[d] *= n;
      y = copies(y, outer, n, inner, result, loc);
      shape = result;
      inner *= n;
    }
  }
  return y;
}

Var repeat(Arg x, std::int64_t count, int axis) {
  const Loc loc = x.loc();
  const Shape& from = x.shape();
  if (count < 0) throw ArgError("repeat", "needs a count of at least 0; got " + std::to_string(count), loc);
  const int at = detail::checked_axis("repeat", x, axis, from.rank());
  std::int64_t outer = 1, inner = 1;
  for (int d = 0; d <= at; ++d) outer *= from[d];
  for (int d = at + 1; d < from.rank(); ++d) inner *= from[d];
  Shape result = from;
  result[at] *= count;
  return copies(var_of(x), outer, count, inner, result, loc);
}

}  // namespace xgrad
