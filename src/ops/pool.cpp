#include "xgrad/ops/pool.hpp"

#include "kernels/pool.hpp"
#include "ops/window.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using detail::Asker;
using kernels::PoolShape;

Shape x_of(const PoolShape& s) { return {s.n, s.h, s.w, s.c}; }
Shape y_of(const PoolShape& s) { return {s.n, s.oh, s.ow, s.c}; }

std::string text_of(const PoolShape& s) {
  const std::string strides = detail::window_text({s.stride[0], s.stride[1]}, "");
  return std::to_string(s.kh) + " x " + std::to_string(s.kw) + (strides.empty() ? "" : ", ") + strides;
}

// --- max ---

Var at_places(const PoolShape& s, const Var& x, const Var& place, Loc loc);

/// Operands: g, the places. The transpose of PoolGather.
struct PoolScatter {
  static constexpr OpInfo info{.name = "max_pool2d_input", .saves = Saves::second, .uniform = false};
  PoolShape s;
  void infer(Infer& i) const { i.result(x_of(s), i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::pool_scatter<T>(s, k.in(0), k.template in_as<std::int64_t>(1), k.out(), false);
  }
  void vjp(Vjp& c) const { c.give(0, at_places(s, c.grad(), c.in(1), c.loc())); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::pool_gather<T>(s, g, k.template in_as<std::int64_t>(1), to.data, to.add);
  }
};

/// Operands: x, the places.
struct PoolGather {
  static constexpr OpInfo info{.name = "max_pool2d_gather", .saves = Saves::second, .uniform = false};
  PoolShape s;
  void infer(Infer& i) const { i.result(y_of(s), i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::pool_gather<T>(s, k.in(0), k.template in_as<std::int64_t>(1), k.out(), false);
  }
  void vjp(Vjp& c) const { c.give(0, record(PoolScatter{s}, Arg(c.grad(), c.loc()), Arg(c.in(1), c.loc()))); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::pool_scatter<T>(s, g, k.template in_as<std::int64_t>(1), to.data, to.add);
  }
};

Var at_places(const PoolShape& s, const Var& x, const Var& place, Loc loc) {
  return record(PoolGather{s}, Arg(x, loc), Arg(place, loc));
}

struct MaxPool2D {
  static constexpr OpInfo info{.name = "max_pool2d", .saves = Saves::inputs | Saves::output};
  PoolShape s;
  void infer(Infer& i) const {
    i.need_floating(0);
    i.result(y_of(s), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::max_pool2d<T>(s, k.in(0), k.out());
  }
  void vjp(Vjp& c) const {
    c.give(0, record(PoolScatter{s}, Arg(c.grad(), c.loc()), Arg(places(c.in(0), c.loc()), c.loc())));
  }
  Var jvp(const Jvp& c) const { return at_places(s, c.tangent(0), places(c.in(0), Loc{}), Loc{}); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::max_pool2d_vjp<T>(s, k.in(0), k.out(), g, to.data, to.add);
  }
  std::string attributes() const { return text_of(s); }

 private:
  /// Where each window's largest stands: found again, rather than kept beside x.
  Var places(const Var& x, Loc loc) const {
    Array place = Array::empty(y_of(s), DType::int64);
    visit_dtype(x.dtype(), [&]<class T>() {
      if constexpr (std::floating_point<T>)
        kernels::max_pool2d_place<T>(s, static_cast<const T*>(x.value().raw()),
                                     static_cast<std::int64_t*>(place.raw()));
    });
    return Var(place, loc);
  }
};

// --- mean ---

Var shares(const PoolShape& s, const Var& g, Loc loc);

struct AvgPool2D {
  static constexpr OpInfo info{.name = "avg_pool2d"};
  PoolShape s;
  void infer(Infer& i) const {
    i.need_floating(0);
    i.result(y_of(s), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::avg_pool2d<T>(s, k.in(0), k.out(), false);
  }
  void vjp(Vjp& c) const { c.give(0, shares(s, c.grad(), c.loc())); }
  Var jvp(const Jvp& c) const { return record(*this, Arg(c.tangent(0))); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::avg_pool2d_input<T>(s, g, to.data, to.add);
  }
  std::string attributes() const { return text_of(s); }
};

/// The transpose of AvgPool2D.
struct AvgPool2DInput {
  static constexpr OpInfo info{.name = "avg_pool2d_input"};
  PoolShape s;
  void infer(Infer& i) const { i.result(x_of(s), i.dtype(0)); }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::avg_pool2d_input<T>(s, k.in(0), k.out(), false);
  }
  void vjp(Vjp& c) const { c.give(0, record(AvgPool2D{s}, Arg(c.grad(), c.loc()))); }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    const Target<T> to = k.target(0);
    kernels::avg_pool2d<T>(s, g, to.data, to.add);
  }
};

Var shares(const PoolShape& s, const Var& g, Loc loc) { return record(AvgPool2DInput{s}, Arg(g, loc)); }

// --- shapes ---

/// Windows along one axis.
detail::WindowFit fit_axis(const Asker& a, const char* places, std::int64_t n, std::int64_t size, std::int64_t stride,
                           const Padding& padding, Margin margin) {
  if (size < 1) throw ArgError(a.name, "needs a pool_size of at least 1; got " + std::to_string(size), a.loc);
  if (margin.before >= size || margin.after >= size)
    throw ArgError(a.name, "needs margins smaller than a window of " + std::to_string(size) + "; got " + padding.name(),
                   a.loc);
  return detail::fit_window(a, places, n, size, stride, 1, padding.kind(), margin);
}

PoolShape fit(const Asker& a, const Shape& x, const Pool2DOptions& o) {
  const Pair strides = o.strides.value_or(o.pool_size);
  detail::need_padding(a, o.padding, false);
  const auto rows = fit_axis(a, "rows", x[1], o.pool_size.rows, strides.rows, o.padding, o.padding.rows());
  const auto columns =
      fit_axis(a, "columns", x[2], o.pool_size.columns, strides.columns, o.padding, o.padding.columns());
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .c = x[3],
          .kh = o.pool_size.rows,
          .kw = o.pool_size.columns,
          .oh = rows.results,
          .ow = columns.results,
          .stride = {strides.rows, strides.columns},
          .before = {rows.before, columns.before}};
}

template <class Op>
Var pool2d(const char* name, const Arg& x, const Pool2DOptions& o) {
  const Asker a{name, detail::user_line(x.loc())};
  if (x.rank() != 4) throw ShapeError(name, "needs x [n, h, w, c]; got " + x.shape().to_string(), a.loc);
  return record(Op{fit(a, x.shape(), o)}, x);
}

/// Series as pictures of one row.
template <class Op>
Var pool1d(const char* name, const Arg& x, const Pool1DOptions& o) {
  const Asker a{name, detail::user_line(x.loc())};
  const Shape& shape = x.shape();
  if (shape.rank() != 3) throw ShapeError(name, "needs x [n, steps, c]; got " + shape.to_string(), a.loc);
  if (!is_floating(x.dtype())) throw DTypeError(name, "needs float32 or float64; got " + signature(x.value()), a.loc);
  detail::need_padding(a, o.padding, true);
  if (o.padding.kind() == Padding::Kind::causal) detail::need_padding(a, o.padding, false);
  const std::int64_t stride = o.strides.value_or(o.pool_size);
  const auto steps = fit_axis(a, "steps", shape[1], o.pool_size, stride, o.padding, o.padding.columns());
  const PoolShape s{.n = shape[0],
                    .h = 1,
                    .w = shape[1],
                    .c = shape[2],
                    .kh = 1,
                    .kw = o.pool_size,
                    .oh = 1,
                    .ow = steps.results,
                    .stride = {1, stride},
                    .before = {0, steps.before}};
  const Var y = record(Op{s}, Arg(reshape(Arg(x), x_of(s)), x.loc()));
  return reshape(Arg(y, x.loc()), {s.n, s.ow, s.c});
}

}  // namespace

Var max_pool2d(Arg x, Pool2DOptions options) { return pool2d<MaxPool2D>("max_pool2d", x, options); }
Var avg_pool2d(Arg x, Pool2DOptions options) { return pool2d<AvgPool2D>("avg_pool2d", x, options); }
Var max_pool1d(Arg x, Pool1DOptions options) { return pool1d<MaxPool2D>("max_pool1d", x, options); }
Var avg_pool1d(Arg x, Pool1DOptions options) { return pool1d<AvgPool2D>("avg_pool1d", x, options); }

}  // namespace xgrad
