#include "xgrad/ops/conv.hpp"

#include <algorithm>

#include "kernels/conv.hpp"
#include "ops/window.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

using detail::Asker;
using kernels::ConvShape;

Shape x_of(const ConvShape& s) { return {s.n, s.h, s.w, s.c}; }
Shape w_of(const ConvShape& s) { return {s.kh, s.kw, s.group_channels(), s.filters}; }
Shape y_of(const ConvShape& s) { return {s.n, s.oh, s.ow, s.filters}; }

std::string text_of(const ConvShape& s) {
  std::string more;
  const auto add = [&more](const std::string& text) { more += (more.empty() ? "" : ", ") + text; };
  if (s.dilation[0] != 1 || s.dilation[1] != 1)
    add("dilation " + std::to_string(s.dilation[0]) + " x " + std::to_string(s.dilation[1]));
  if (s.groups != 1) add(std::to_string(s.groups) + " groups");
  return detail::window_text({s.stride[0], s.stride[1]}, more);
}

// The three are one another's transposes: each one's gradients are the other two.
Var transpose_in_x(const ConvShape& s, const Var& g, const Var& w, Loc loc);
Var transpose_in_w(const ConvShape& s, const Var& x, const Var& g, Loc loc);

/// Operands: x, w.
struct Conv2D {
  static constexpr OpInfo info{.name = "conv2d", .saves = Saves::others};
  ConvShape s;
  void infer(Infer& i) const {
    i.need_floating(0);
    i.result(y_of(s), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::conv2d<T>(s, k.in(0), k.in(1), k.out(), false);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, transpose_in_x(s, c.grad(), c.in(1), c.loc()));
    if (c.wants(1)) c.give(1, transpose_in_w(s, c.in(0), c.grad(), c.loc()));
  }
  Var jvp(const Jvp& c) const {  // ẏ = ẋ ∗ w + x ∗ ẇ
    if (!c.moves(1)) return record(*this, Arg(c.tangent(0)), Arg(c.in(1)));
    const Var by_w = record(*this, Arg(c.in(0)), Arg(c.tangent(1)));
    return c.moves(0) ? record(*this, Arg(c.tangent(0)), Arg(c.in(1))) + by_w : by_w;
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    if (k.wants(0)) {
      const Target<T> to = k.target(0);
      kernels::conv2d_input<T>(s, g, k.in(1), to.data, to.add);
    }
    if (k.wants(1)) {
      const Target<T> to = k.target(1);
      kernels::conv2d_kernel<T>(s, k.in(0), g, to.data, to.add);
    }
  }
  std::string attributes() const { return text_of(s); }
};

/// Operands: g, w.
struct Conv2DInput {
  static constexpr OpInfo info{.name = "conv2d_input", .saves = Saves::others};
  ConvShape s;
  void infer(Infer& i) const {
    i.need_floating(0);
    i.result(x_of(s), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::conv2d_input<T>(s, k.in(0), k.in(1), k.out(), false);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, record(Conv2D{s}, Arg(c.grad(), c.loc()), Arg(c.in(1), c.loc())));
    if (c.wants(1)) c.give(1, transpose_in_w(s, c.grad(), c.in(0), c.loc()));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    if (k.wants(0)) {
      const Target<T> to = k.target(0);
      kernels::conv2d<T>(s, g, k.in(1), to.data, to.add);
    }
    if (k.wants(1)) {
      const Target<T> to = k.target(1);
      kernels::conv2d_kernel<T>(s, g, k.in(0), to.data, to.add);
    }
  }
  std::string attributes() const { return text_of(s); }
};

/// Operands: x, g.
struct Conv2DKernel {
  static constexpr OpInfo info{.name = "conv2d_kernel", .saves = Saves::others};
  ConvShape s;
  void infer(Infer& i) const {
    i.need_floating(0);
    i.result(w_of(s), i.dtype(0));
  }
  template <std::floating_point T>
  void forward(Kernel<T>& k) const {
    kernels::conv2d_kernel<T>(s, k.in(0), k.in(1), k.out(), false);
  }
  void vjp(Vjp& c) const {
    if (c.wants(0)) c.give(0, transpose_in_x(s, c.in(1), c.grad(), c.loc()));
    if (c.wants(1)) c.give(1, record(Conv2D{s}, Arg(c.in(0), c.loc()), Arg(c.grad(), c.loc())));
  }
  template <std::floating_point T>
  void fast_vjp(BackwardKernel<T>& k) const {
    const T* g = k.grad();
    if (k.wants(0)) {
      const Target<T> to = k.target(0);
      kernels::conv2d_input<T>(s, k.in(1), g, to.data, to.add);
    }
    if (k.wants(1)) {
      const Target<T> to = k.target(1);
      kernels::conv2d<T>(s, k.in(0), g, to.data, to.add);
    }
  }
  std::string attributes() const { return text_of(s); }
};

Var transpose_in_x(const ConvShape& s, const Var& g, const Var& w, Loc loc) {
  return record(Conv2DInput{s}, Arg(g, loc), Arg(w, loc));
}
Var transpose_in_w(const ConvShape& s, const Var& x, const Var& g, Loc loc) {
  return record(Conv2DKernel{s}, Arg(x, loc), Arg(g, loc));
}

// --- shapes ---

[[noreturn]] void refuse_shapes(const Asker& a, const std::string& needs, const Shape& x, const Shape& w) {
  throw ShapeError(a.name, "needs " + needs + "; got " + x.to_string() + " and " + w.to_string(), a.loc);
}

/// A series as a picture of one row; its kernel as one of one row.
Shape as_picture(const Shape& x) { return {x[0], 1, x[1], x[2]}; }
Shape as_kernel(const Shape& w) { return {1, w[0], w[1], w[2]}; }

/// Checks the operands of a convolution, and says all about it. Shapes are of pictures.
ConvShape fit(const Asker& a, const Shape& x, const Shape& w, const Conv2DOptions& o, bool series) {
  const std::int64_t c = x[3], filters = w[3];
  if (o.groups < 1 || c % o.groups != 0 || filters % o.groups != 0)
    throw ArgError(a.name,
                   "needs groups that divide " + std::to_string(c) + " channels and " + std::to_string(filters) +
                       " filters; got " + std::to_string(o.groups),
                   a.loc);
  if (w[2] != c / o.groups)
    refuse_shapes(a, "w for " + std::to_string(c / o.groups) + " channels" + (o.groups > 1 ? " in each group" : ""), x,
                  w);
  if (w[0] < 1 || w[1] < 1) refuse_shapes(a, "w of at least one tap", x, w);
  detail::need_padding(a, o.padding, series);
  const Padding::Kind kind = o.padding.kind();
  // One row stays one row, whatever happens along the steps.
  const auto rows =
      series ? detail::WindowFit{1, 0}
             : detail::fit_window(a, "rows", x[1], w[0], o.strides.rows, o.dilation.rows, kind, o.padding.rows());
  const auto columns = detail::fit_window(a, series ? "steps" : "columns", x[2], w[1], o.strides.columns,
                                          o.dilation.columns, kind, o.padding.columns());
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .c = c,
          .kh = w[0],
          .kw = w[1],
          .filters = filters,
          .groups = o.groups,
          .oh = rows.results,
          .ow = columns.results,
          .stride = {series ? 1 : o.strides.rows, o.strides.columns},
          .dilation = {series ? 1 : o.dilation.rows, o.dilation.columns},
          .before = {rows.before, columns.before}};
}

/// The pictures that a convolution of these options takes to pictures of another shape.
struct Origin {
  Shape shape;
  Conv2DOptions options;
};

/// One of its axes: n results of windows that reach over `reach` places, with `extra` places asked for, or −1.
struct OriginAxis {
  std::int64_t extent;
  Margin margin;
};
OriginAxis origin_axis(Padding::Kind kind, std::int64_t n, std::int64_t reach, std::int64_t stride, std::int64_t extra,
                       Margin margin) {
  if (kind == Padding::Kind::valid)
    return {(n - 1) * stride + (extra < 0 ? std::max(reach, stride) : reach + extra), {}};
  if (kind == Padding::Kind::margins)
    return {(n - 1) * stride + reach - margin.before - margin.after + std::max<std::int64_t>(extra, 0), margin};
  if (extra < 0) return {n * stride, {}};
  // "same" with places asked for: Keras's rule, of which none divides the extents by the stride.
  const std::int64_t odd = reach % 2, pad = reach + odd - 2 + extra;
  const std::int64_t left = std::min((pad + 1) / 2, reach - 1), right = pad - left;
  return {(n - 1) * stride + odd + extra, {reach - 1 - left, std::max<std::int64_t>(reach - 1 - right, 0)}};
}

/// What a convolution takes to pictures of x's shape. Shapes are of pictures.
Origin origin_of(const Asker& a, const Shape& x, const Shape& w, const Conv2DOptions& o,
                 const std::optional<Pair>& output_padding, bool series) {
  if (x[3] != w[3]) refuse_shapes(a, "w for " + std::to_string(x[3]) + " channels on its last axis", x, w);
  if (o.groups < 1) throw ArgError(a.name, "needs groups of at least 1; got " + std::to_string(o.groups), a.loc);
  if (o.padding.kind() == Padding::Kind::causal)
    throw ArgError(a.name, "needs padding 'valid', 'same' or margins; got 'causal'", a.loc);
  detail::need_padding(a, o.padding, series);
  const auto axis = [&](std::int64_t n, std::int64_t k, std::int64_t stride, std::int64_t dilation, Margin margin,
                        std::int64_t extra) {
    if (output_padding && (extra < 0 || extra >= stride))
      throw ArgError(a.name,
                     "needs an output_padding of at least 0 and below the strides, " + std::to_string(stride) +
                         "; got " + std::to_string(extra),
                     a.loc);
    return origin_axis(o.padding.kind(), n, (k - 1) * dilation + 1, stride, output_padding ? extra : -1, margin);
  };
  const Pair extra = output_padding.value_or(Pair(0));
  const OriginAxis rows =
      series ? OriginAxis{1, {}} : axis(x[1], w[0], o.strides.rows, o.dilation.rows, o.padding.rows(), extra.rows);
  const OriginAxis columns =
      axis(x[2], w[1], o.strides.columns, o.dilation.columns, o.padding.columns(), extra.columns);
  Origin y{{x[0], rows.extent, columns.extent, w[2] * o.groups}, o};
  if (output_padding) y.options.padding = Padding(rows.margin, columns.margin);
  return y;
}

void need_rank(const Asker& a, int rank, const char* needs, const Shape& x, const Shape& w) {
  if (x.rank() != rank || w.rank() != rank) refuse_shapes(a, needs, x, w);
}
void need_types(const Asker& a, const Arg& x, const Arg& w) {
  if (!is_floating(x.dtype()) || x.dtype() != w.dtype())
    throw DTypeError(a.name,
                     "needs operands of one element type, float32 or float64; got " + signature(x.value()) + " and " +
                         signature(w.value()),
                     a.loc);
}
void need_result(const Asker& a, const Shape& g, const ConvShape& s) {
  if (g != y_of(s))
    throw ShapeError(a.name, "needs g of the result's shape, " + y_of(s).to_string() + "; got " + g.to_string(), a.loc);
}

Conv2DOptions of_one_row(const Conv1DOptions& o) {
  return {.strides = {1, o.strides}, .padding = o.padding, .dilation = {1, o.dilation}, .groups = o.groups};
}

Var reshaped(const Arg& x, const Shape& shape) { return reshape(Arg(x), shape); }

/// A function of pictures on series.
template <class Op>
Var on_series(const ConvShape& s, const Arg& x, const Shape& w_shape, const Arg& w, Loc loc) {
  const Var y = record(Op{s}, Arg(reshaped(x, as_picture(x.shape())), loc), Arg(reshaped(w, w_shape), loc));
  return reshape(Arg(y, loc), {y.shape()[0], y.shape()[2], y.shape()[3]});
}

constexpr const char* pictures = "x [n, h, w, c] and w [kh, kw, c / groups, filters]";
constexpr const char* series = "x [n, steps, c] and w [k, c / groups, filters]";

}  // namespace

Var conv2d(Arg x, Arg w, Conv2DOptions options) {
  const Asker a{"conv2d", detail::user_line(x.loc())};
  need_rank(a, 4, pictures, x.shape(), w.shape());
  return record(Conv2D{fit(a, x.shape(), w.shape(), options, false)}, x, w);
}

Var conv2d_input(Arg g, Arg w, const Shape& x_shape, Conv2DOptions options) {
  const Asker a{"conv2d_input", detail::user_line(g.loc())};
  need_rank(a, 4, pictures, x_shape, w.shape());
  const ConvShape s = fit(a, x_shape, w.shape(), options, false);
  need_result(a, g.shape(), s);
  return record(Conv2DInput{s}, g, w);
}

Var conv2d_kernel(Arg x, Arg g, const Shape& w_shape, Conv2DOptions options) {
  const Asker a{"conv2d_kernel", detail::user_line(x.loc())};
  need_rank(a, 4, pictures, x.shape(), w_shape);
  const ConvShape s = fit(a, x.shape(), w_shape, options, false);
  need_result(a, g.shape(), s);
  return record(Conv2DKernel{s}, x, g);
}

Var conv2d_transpose(Arg x, Arg w, Conv2DOptions options, std::optional<Pair> output_padding) {
  const Asker a{"conv2d_transpose", detail::user_line(x.loc())};
  need_rank(a, 4, "x [n, h, w, c] and w [kh, kw, filters / groups, c]", x.shape(), w.shape());
  need_types(a, x, w);
  const Origin y = origin_of(a, x.shape(), w.shape(), options, output_padding, false);
  return record(Conv2DInput{fit(a, y.shape, w.shape(), y.options, false)}, x, w);
}

Var depthwise_conv2d(Arg x, Arg w, Conv2DOptions options) {
  const Asker a{"depthwise_conv2d", detail::user_line(x.loc())};
  const Shape &from = x.shape(), &k = w.shape();
  need_rank(a, 4, "x [n, h, w, c] and w [kh, kw, c, m]", from, k);
  need_types(a, x, w);
  if (from[3] != k[2] || from[3] < 1) refuse_shapes(a, "a filter for each channel, w [kh, kw, c, m]", from, k);
  if (options.groups != 1)
    throw ArgError(a.name, "needs groups left at 1; got " + std::to_string(options.groups), a.loc);
  options.groups = from[3];
  const Shape filters{k[0], k[1], 1, k[2] * k[3]};
  const ConvShape s = fit(a, from, filters, options, false);
  return record(Conv2D{s}, x, Arg(reshaped(w, filters), x.loc()));
}

Var conv1d(Arg x, Arg w, Conv1DOptions options) {
  const Asker a{"conv1d", detail::user_line(x.loc())};
  need_rank(a, 3, series, x.shape(), w.shape());
  need_types(a, x, w);
  const Shape kernel = as_kernel(w.shape());
  return on_series<Conv2D>(fit(a, as_picture(x.shape()), kernel, of_one_row(options), true), x, kernel, w, x.loc());
}

Var conv1d_transpose(Arg x, Arg w, Conv1DOptions options, std::optional<std::int64_t> output_padding) {
  const Asker a{"conv1d_transpose", detail::user_line(x.loc())};
  need_rank(a, 3, "x [n, steps, c] and w [k, filters / groups, c]", x.shape(), w.shape());
  need_types(a, x, w);
  const Shape kernel = as_kernel(w.shape());
  std::optional<Pair> extra;
  if (output_padding) extra = Pair{0, *output_padding};
  const Origin y = origin_of(a, as_picture(x.shape()), kernel, of_one_row(options), extra, true);
  return on_series<Conv2DInput>(fit(a, y.shape, kernel, y.options, true), x, kernel, w, x.loc());
}

Var depthwise_conv1d(Arg x, Arg w, Conv1DOptions options) {
  const Asker a{"depthwise_conv1d", detail::user_line(x.loc())};
  const Shape &from = x.shape(), &k = w.shape();
  need_rank(a, 3, "x [n, steps, c] and w [k, c, m]", from, k);
  need_types(a, x, w);
  if (from[2] != k[1] || from[2] < 1) refuse_shapes(a, "a filter for each channel, w [k, c, m]", from, k);
  if (options.groups != 1)
    throw ArgError(a.name, "needs groups left at 1; got " + std::to_string(options.groups), a.loc);
  options.groups = from[2];
  const Shape filters{1, k[0], 1, k[1] * k[2]};
  const ConvShape s = fit(a, as_picture(from), filters, of_one_row(options), true);
  return on_series<Conv2D>(s, x, filters, w, x.loc());
}

}  // namespace xgrad
