#include "xgrad/ops/index.hpp"

#include <algorithm>
#include <vector>

#include "ops/axes.hpp"
#include "ops/indices.hpp"
#include "ops/region.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"

namespace xgrad {

namespace {

using detail::Around;
using detail::CheckedIndices;
using detail::DistinctIndices;
using detail::from_front;

/// Checks axis and indices, and says the shape of `take`'s result.
Shape taken_shape(const Infer& i, const Shape& from, int axis) {
  const int at = i.axis(axis, from.rank());
  detail::need_int64(i, 1);
  if (from.rank() - 1 + i.rank(1) > Shape::max_rank) i.shape_error("a result of at most 8 axes", i.signatures());
  Shape result;
  for (int d = 0; d < at; ++d) result.push_back(from[d]);
  for (std::int64_t extent : i.shape(1)) result.push_back(extent);
  for (int d = at + 1; d < from.rank(); ++d) result.push_back(from[d]);
  return result;
}

Var put_back(const Shape& shape, int axis, const Var& g, const Var& indices, Loc loc);

template <bool rows>
struct Take {
  static constexpr OpInfo info{.name = rows ? "gather" : "take", .saves = Saves::second, .uniform = false};
  int axis;
  void infer(Infer& i) const { i.result(taken_shape(i, i.shape(0), axis), i.dtype(0)); }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    const Around a(x.shape(), from_front(axis, x.rank()));
    const CheckedIndices index(r, 1, a.n);
    kernels::take(a.outer, a.n, a.inner, detail::bytes_of(x), x.raw(), index.size(), index.data(), r.out().raw());
  }
  void vjp(Vjp& c) const { c.give(0, put_back(c.in_shape(0), axis, c.grad(), c.in(1), c.loc())); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const Around a(k.shape(0), from_front(axis, k.shape(0).rank()));
    const CheckedIndices index(k.template in_as<std::int64_t>(1), k.shape(1).size(), a.n);
    const T* g = k.grad();
    if (a.outer == 1 && from_front(axis, k.shape(0).rank()) == 0 && k.takes_rows(0)) {
      const DistinctIndices different(index, a.n);
      Shape shape = k.shape(0);
      shape[0] = different.count();
      Array sums = zeros(shape, dtype_of<T>());
      kernels::take_add(1, shape[0], a.inner, g, index.size(), different.places(), static_cast<T*>(sums.raw()));
      return k.give_rows(0, {different.values(), std::move(sums)});
    }
    const Target<T> to = k.target(0);
    if (!to.add) kernels::fill(k.shape(0).size(), T{0}, to.data);
    kernels::take_add(a.outer, a.n, a.inner, g, index.size(), index.data(), to.data);
  }
  std::string attributes() const { return "axis " + std::to_string(axis); }
};

/// The adjoint of `take`: the slices of g added up in zeros of `shape`.
struct PutBack {
  static constexpr OpInfo info{.name = "take_adjoint", .saves = Saves::second, .uniform = false};
  Shape shape;
  int axis;
  void infer(Infer& i) const { i.result(shape, i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    const Around a(shape, from_front(axis, shape.rank()));
    const CheckedIndices index(k, 1, a.n);
    kernels::fill(k.size(), T{0}, k.out());
    kernels::take_add(a.outer, a.n, a.inner, k.in(0), index.size(), index.data(), k.out());
  }
  void vjp(Vjp& c) const { c.give(0, take(Arg(c.grad(), c.loc()), c.in(1), axis)); }
};

Var put_back(const Shape& shape, int axis, const Var& g, const Var& indices, Loc loc) {
  return record(PutBack{shape, axis}, Arg(g, loc), Arg(indices, loc));
}

/// What scatter_add and index_update share.
void infer_updates(Infer& i, int axis) {
  const Shape needed = taken_shape(i, i.shape(0), axis);
  if (i.dtype(2) != i.dtype(0)) i.dtype_error("updates of the array's element type", i.signatures());
  if (i.shape(2) != needed)
    i.shape_error("updates of shape " + needed.to_string() + " for these indices", i.signatures());
  i.result(i.shape(0), i.dtype(0));
}

struct ScatterAdd {
  static constexpr OpInfo info{.name = "scatter_add", .saves = Saves::second, .uniform = false};
  int axis;
  void infer(Infer& i) const { infer_updates(i, axis); }
  template <class T>
  requires(std::floating_point<T> || std::same_as<T, std::int64_t>) void forward(Kernel<T>& k) const {
    const Around a(k.shape(0), from_front(axis, k.shape(0).rank()));
    const CheckedIndices index(k, 1, a.n);
    kernels::copy(k.size(), k.in(0), k.out());
    kernels::take_add(a.outer, a.n, a.inner, k.in(2), index.size(), index.data(), k.out());
  }
  void vjp(Vjp& c) const {
    c.give(0, c.grad());
    if (c.wants(2)) c.give(2, take(Arg(c.grad(), c.loc()), c.in(1), axis));
  }
  std::string attributes() const { return "axis " + std::to_string(axis); }
};

struct IndexUpdateRows {
  static constexpr OpInfo info{.name = "index_update", .saves = Saves::second, .uniform = false};
  int axis;
  void infer(Infer& i) const { infer_updates(i, axis); }
  void forward(Run& r) const {
    const Array& x = r.in(0);
    const Around a(x.shape(), from_front(axis, x.rank()));
    const CheckedIndices index(r, 1, a.n);
    if (x.size()) std::memcpy(r.out().raw(), x.raw(), x.bytes());
    kernels::put(a.outer, a.n, a.inner, detail::bytes_of(x), r.in(2).raw(), index.size(), index.data(), r.out().raw());
  }
  void vjp(Vjp& c) const {
    const Var g = c.grad(), indices = c.in(1);
    if (c.wants(0)) {
      const Var nothing(zeros(c.in_shape(2), g.dtype()), c.loc());
      c.give(0, index_update(Arg(g, c.loc()), indices, nothing, axis));
    }
    if (!c.wants(2)) return;
    const Var taken = take(Arg(g, c.loc()), indices, axis);
    const Array kept = last_of_equals(indices.value(), c.in_shape(0), g.dtype());
    c.give(2, kept.size() ? taken * Var(kept, c.loc()) : taken);
  }
  std::string attributes() const { return "axis " + std::to_string(axis); }

 private:
  /// 1 for each index that no later one overwrites, else 0, of a shape that broadcasts against the updates; nothing
  /// where none repeats.
  Array last_of_equals(const Array& indices, const Shape& from, DType dtype) const {
    const int at = from_front(axis, from.rank());
    const std::int64_t n = from[at];
    const std::int64_t* p = indices.data<std::int64_t>();
    std::vector<bool> seen(static_cast<std::size_t>(n));
    std::vector<float> kept(static_cast<std::size_t>(indices.size()), 1.f);
    bool repeats = false;
    for (std::int64_t i = indices.size() - 1; i >= 0; --i) {
      const auto place = static_cast<std::size_t>(p[i] < 0 ? p[i] + n : p[i]);
      if (seen[place]) {
        kept[static_cast<std::size_t>(i)] = 0.f;
        repeats = true;
      }
      seen[place] = true;
    }
    if (!repeats) return {};
    Shape shape = indices.shape();
    for (int d = at + 1; d < from.rank(); ++d) shape.push_back(1);
    return Array::from<float>(kept, shape).astype(dtype);
  }
};

struct OneHot {
  static constexpr OpInfo info{.name = "one_hot", .uniform = false};
  std::int64_t n;
  DType dtype;
  void infer(Infer& i) const {
    if (i.dtype(0) != DType::int64 && i.dtype(0) != DType::uint8)
      i.dtype_error("labels of type int64 or uint8", i.signatures());
    if (n < 1) i.arg_error("at least one class", std::to_string(n));
    if (i.rank(0) == Shape::max_rank) i.shape_error("labels of at most 7 axes", i.signatures());
    Shape result = i.shape(0);
    result.push_back(n);
    i.result(result, dtype);
  }
  void forward(Run& r) const {
    const Array labels = r.in(0).astype(DType::int64);
    const std::int64_t* label = labels.data<std::int64_t>();
    for (std::int64_t i = 0; i < labels.size(); ++i)
      if (label[i] < 0 || label[i] >= n)
        r.index_error("labels from 0 to " + std::to_string(n - 1),
                      std::to_string(label[i]) + " at " + detail::place_text(labels.shape(), i));
    detail::zero(r.out());
    visit_dtype(dtype, [&]<class T>() {
      T* y = static_cast<T*>(r.out().raw());
      for (std::int64_t i = 0; i < labels.size(); ++i) y[i * n + label[i]] = T{1};
    });
  }
  std::string attributes() const { return std::to_string(n) + " classes"; }
};

}  // namespace

Var take(Arg x, Arg indices, int axis) { return record(Take<false>{axis}, x, indices); }
Var gather(Arg x, Arg indices) { return record(Take<true>{0}, x, indices); }
Var scatter_add(Arg x, Arg indices, Arg updates, int axis) { return record(ScatterAdd{axis}, x, indices, updates); }
Var index_update(Arg x, Arg indices, Arg updates, int axis) {
  return record(IndexUpdateRows{axis}, x, indices, updates);
}
Var one_hot(Arg labels, std::int64_t n, DType dtype) { return record(OneHot{n, dtype}, labels); }

}  // namespace xgrad
