#include "xgrad/ops/conv.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "kernels/conv_providers.hpp"
#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"

using namespace xgrad;
using namespace op_table;
using std::int64_t;

namespace {

/// A convolution in the plainest words: its operands' extents, and which result reads which place by which tap.
struct Plan {
  int64_t n, h, w, c, kh, kw, f;
  Conv2DOptions o;
  int64_t top = 0, left = 0, oh = 0, ow = 0;

  static void axis(int64_t n, int64_t k, int64_t s, int64_t d, const Padding& p, Margin m, int64_t& before,
                   int64_t& out) {
    const int64_t reach = (k - 1) * d + 1;
    before = 0;
    if (p.kind() == Padding::Kind::same) {
      out = 0;
      while (out * s < n) ++out;
      before = std::max<int64_t>((out - 1) * s + reach - n, 0) / 2;
      return;
    }
    int64_t after = 0;
    if (p.kind() == Padding::Kind::margins) before = m.before, after = m.after;
    if (p.kind() == Padding::Kind::causal) before = reach - 1;
    out = 0;
    while (out * s + reach <= before + n + after) ++out;
  }
  Plan& place() {
    axis(h, kh, o.strides.rows, o.dilation.rows, o.padding, o.padding.rows(), top, oh);
    axis(w, kw, o.strides.columns, o.dilation.columns, o.padding, o.padding.columns(), left, ow);
    return *this;
  }
  Shape x() const { return {n, h, w, c}; }
  Shape kernel() const { return {kh, kw, c / o.groups, f}; }
  Shape y() const { return {n, oh, ow, f}; }

  /// body(x's place, w's place, y's place) for each product of the convolution.
  template <class Body>
  void each(Body body) const {
    const int64_t cg = c / o.groups, fg = f / o.groups;
    for (int64_t i = 0; i < n; ++i)
      for (int64_t p = 0; p < oh; ++p)
        for (int64_t q = 0; q < ow; ++q)
          for (int64_t a = 0; a < kh; ++a)
            for (int64_t b = 0; b < kw; ++b) {
              const int64_t r = p * o.strides.rows + a * o.dilation.rows - top;
              const int64_t s = q * o.strides.columns + b * o.dilation.columns - left;
              if (r < 0 || r >= h || s < 0 || s >= w) continue;
              for (int64_t j = 0; j < f; ++j)
                for (int64_t k = 0; k < cg; ++k)
                  body(((i * h + r) * w + s) * c + j / fg * cg + k, ((a * kw + b) * cg + k) * f + j,
                       ((i * oh + p) * ow + q) * f + j);
            }
  }
  Dense conv(const Dense& x_, const Dense& w_) const {
    Dense r(y());
    each([&](int64_t i, int64_t j, int64_t k) { r[k] += x_[i] * w_[j]; });
    return r;
  }
  Dense input(const Dense& g, const Dense& w_) const {
    Dense r(x());
    each([&](int64_t i, int64_t j, int64_t k) { r[i] += g[k] * w_[j]; });
    return r;
  }
  Dense weights(const Dense& x_, const Dense& g) const {
    Dense r(kernel());
    each([&](int64_t i, int64_t j, int64_t k) { r[j] += g[k] * x_[i]; });
    return r;
  }
};

Sample of(const Shape& shape) { return {.low = -1, .high = 1, .shape = shape}; }

/// The three ops of one plan.
void add_rows(std::vector<OpRow>& rows, const std::string& variant, Plan p, int order = 3, double tolerance = 1e-5) {
  p.place();
  const Conv2DOptions o = p.o;
  const Shape x = p.x(), w = p.kernel();
  const auto add = [&](OpRow row, Shape a, Shape b) {
    row.variant = variant;
    row.operands = {of(a), of(b)};
    row.order = order;
    row.float32_tolerance = tolerance;
    row.same_operand = false;
    rows.push_back(std::move(row));
  };
  add({.name = "conv2d",
       .call = [o](const auto& v) { return conv2d(v[0], v[1], o); },
       .naive = [p](const std::vector<Dense>& v) { return p.conv(v[0], v[1]); }},
      x, w);
  add({.name = "conv2d_input",
       .call = [o, x](const auto& v) { return conv2d_input(v[0], v[1], x, o); },
       .naive = [p](const std::vector<Dense>& v) { return p.input(v[0], v[1]); }},
      p.y(), w);
  add({.name = "conv2d_kernel",
       .call = [o, w](const auto& v) { return conv2d_kernel(v[0], v[1], w, o); },
       .naive = [p](const std::vector<Dense>& v) { return p.weights(v[0], v[1]); }},
      x, p.y());
}

std::vector<OpRow> rows() {
  std::vector<OpRow> rows;
  add_rows(rows, "plain", {2, 5, 4, 2, 3, 2, 3, {}});
  add_rows(rows, "1 x 1", {2, 3, 2, 3, 1, 1, 4, {}});
  add_rows(rows, "1 x 1, strides 2", {2, 3, 4, 3, 1, 1, 2, {.strides = 2}});
  add_rows(rows, "same", {2, 5, 4, 2, 3, 2, 3, {.padding = "same"}});
  add_rows(rows, "same, strides", {1, 6, 5, 2, 3, 3, 2, {.strides = {2, 3}, .padding = "same"}});
  add_rows(rows, "same, dilation", {1, 5, 6, 2, 2, 3, 2, {.padding = "same", .dilation = {3, 2}}});
  add_rows(rows, "margins", {1, 3, 2, 2, 2, 2, 3, {.padding = {{1, 3}, {2, 0}}}});
  add_rows(rows, "margins wider than the kernel", {1, 2, 2, 1, 1, 2, 2, {.strides = 2, .padding = {{2, 1}, {3, 2}}}});
  add_rows(rows, "strides and dilation", {1, 9, 8, 2, 3, 2, 2, {.strides = {2, 3}, .dilation = {3, 2}}});
  add_rows(rows, "strides larger than the kernel", {1, 7, 8, 1, 2, 1, 2, {.strides = 3}});
  add_rows(rows, "groups", {1, 4, 4, 4, 2, 3, 6, {.padding = "same", .groups = 2}});
  add_rows(rows, "groups, strides", {1, 5, 4, 4, 2, 3, 2, {.strides = 2, .groups = 2}});
  add_rows(rows, "depthwise", {2, 4, 5, 3, 3, 2, 3, {.padding = "same", .groups = 3}});
  add_rows(rows, "depthwise, two filters a channel",
           {1, 5, 4, 3, 2, 3, 6, {.strides = 2, .padding = "same", .groups = 3}});
  add_rows(rows, "depthwise, dilation", {1, 5, 6, 2, 2, 2, 4, {.dilation = {2, 3}, .groups = 2}});
  add_rows(rows, "one channel", {3, 6, 7, 1, 3, 3, 5, {}}, 2);
  add_rows(rows, "one filter", {2, 5, 5, 9, 2, 2, 1, {}}, 2);
  add_rows(rows, "many channels", {2, 6, 5, 19, 2, 2, 37, {}}, 1, 4e-5);  // sums of 148 products
  add_rows(rows, "nothing", {0, 4, 4, 2, 2, 2, 3, {}});
  add_rows(rows, "no channels", {2, 4, 4, 0, 2, 2, 3, {}});
  add_rows(rows, "no filters", {2, 4, 4, 2, 2, 2, 0, {}});

  // The functions made of them.
  const auto made = [&](OpRow row, Shape a, Shape b) {
    row.operands = {of(a), of(b)};
    row.order = 2;
    row.float32_tolerance = 1e-5;
    row.same_operand = false;
    rows.push_back(std::move(row));
  };
  const auto series = [](int64_t n, int64_t t, int64_t c, int64_t k, int64_t f, const Conv1DOptions& o) {
    Plan p{n, 1, t, c, 1, k, f, {}};
    p.o = {.strides = {1, o.strides}, .padding = o.padding, .dilation = {1, o.dilation}, .groups = o.groups};
    p.place();
    p.top = 0, p.oh = 1;
    return p;
  };
  const auto flat = [](Dense d) {
    d.shape.erase(1);
    return d;
  };
  for (const Conv1DOptions& o : {Conv1DOptions{},
                                 {.padding = "same"},
                                 {.strides = 2, .padding = "same"},
                                 {.padding = "causal"},
                                 {.strides = 2, .padding = "causal", .dilation = 2},
                                 {.padding = Margin{2, 1}, .groups = 2}}) {
    const Plan p = series(2, 7, 4, 3, 2, o);
    made({.name = "conv1d",
          .variant = o.padding.name(),
          .call = [o](const auto& v) { return conv1d(v[0], v[1], o); },
          .naive = [p, flat](const std::vector<Dense>& v) { return flat(p.conv(v[0], v[1])); }},
         {2, 7, 4}, {3, 4 / o.groups, 2});
  }
  const std::pair<Conv1DOptions, int64_t> transposed[] = {{{}, 6},
                                                          {{.strides = 2, .padding = "same"}, 8},
                                                          {{.strides = 4}, 16},
                                                          {{.strides = 3, .padding = Margin{1, 0}}, 11}};
  for (const auto& each : transposed) {
    const Conv1DOptions o = each.first;
    const Plan p = series(2, each.second, 2, 3, 3, o);
    made({.name = "conv1d_transpose",
          .variant = o.padding.name(),
          .call = [o](const auto& v) { return conv1d_transpose(v[0], v[1], o); },
          .naive = [p, flat](const std::vector<Dense>& v) { return flat(p.input(v[0], v[1])); }},
         {2, 4, 3}, {3, 2, 3});
  }
  {
    const Plan p = series(2, 5, 3, 2, 6, {.padding = "same", .groups = 3});
    made({.name = "depthwise_conv1d",
          .call = [](const auto& v) { return depthwise_conv1d(v[0], v[1], {.padding = "same"}); },
          .naive = [p, flat](const std::vector<Dense>& v) { return flat(p.conv(v[0], v[1])); }},
         {2, 5, 3}, {2, 3, 2});
  }
  for (const bool same : {true, false}) {
    const Conv2DOptions o{.strides = {2, 3}, .padding = same ? "same" : "valid"};
    const Plan p = Plan{2, 6, same ? 6 : 7, 2, 2, 4, 3, o}.place();
    made({.name = "conv2d_transpose",
          .variant = o.padding.name(),
          .call = [o](const auto& v) { return conv2d_transpose(v[0], v[1], o); },
          .naive = [p](const std::vector<Dense>& v) { return p.input(v[0], v[1]); }},
         {2, 3, 2, 3}, {2, 4, 2, 3});
  }
  {
    const Conv2DOptions o{.strides = {2, 3}, .padding = Padding(Margin{1, 0}, Margin{0, 1})};
    const Plan p = Plan{2, 6, 8, 2, 2, 4, 3, o}.place();
    made({.name = "conv2d_transpose",
          .variant = "output_padding",
          .call =
              [o](const auto& v) {
                return conv2d_transpose(v[0], v[1], o, Pair{1, 2});
              },
          .naive = [p](const std::vector<Dense>& v) { return p.input(v[0], v[1]); }},
         {2, 3, 2, 3}, {2, 4, 2, 3});
  }
  {
    const Plan p = Plan{2, 5, 4, 3, 2, 3, 6, {.strides = 2, .groups = 3}}.place();
    made({.name = "depthwise_conv2d",
          .call = [](const auto& v) { return depthwise_conv2d(v[0], v[1], {.strides = 2}); },
          .naive = [p](const std::vector<Dense>& v) { return p.conv(v[0], v[1]); }},
         {2, 5, 4, 3}, {2, 3, 3, 2});
  }
  return rows;
}

// --- refusals ---

Array f64(const Shape& shape) { return zeros(shape, DType::float64); }
const Array x4 = f64({1, 4, 4, 4}), w4 = f64({3, 3, 4, 6}), x3 = f64({1, 4, 4}), w3 = f64({3, 4, 6});

/// A row of refusals alone needs operands and an evaluator as any other.
OpRow refusing(const char* name, Call call, Plan p, std::vector<Rejection> rejections, bool transposed = false) {
  p.place();
  return {.name = name,
          .variant = "refusals",
          .call = std::move(call),
          .operands = {of(transposed ? p.y() : p.x()), of(p.kernel())},
          .naive = [p, transposed](
                       const std::vector<Dense>& v) { return transposed ? p.input(v[0], v[1]) : p.conv(v[0], v[1]); },
          .order = 1,
          .float32_tolerance = 1e-5,
          .same_operand = false,
          .rejections = std::move(rejections)};
}

template <class E>
Rejection refuses(Arrays operands, std::string piece, Conv2DOptions o) {
  return rejects<E>(std::move(operands), std::move(piece), Call([o](const auto& v) { return conv2d(v[0], v[1], o); }));
}

std::vector<OpRow> refusals() {
  return {
      refusing("conv2d", [](const auto& v) { return conv2d(v[0], v[1]); }, {1, 4, 4, 4, 3, 3, 2, {}},
               {rejects<ShapeError>({x3, w4},
                                    "needs x [n, h, w, c] and w [kh, kw, c / groups, filters]; got [1,4,4] "
                                    "and [3,3,4,6]"),
                rejects<ShapeError>({x4, w3}, "needs x [n, h, w, c]"),
                rejects<ShapeError>({x4, f64({3, 3, 2, 6})}, "needs w for 4 channels; got [1,4,4,4] and [3,3,2,6]"),
                rejects<ShapeError>({x4, f64({5, 3, 4, 6})}, "needs 5 rows for a window; got 4"),
                rejects<ShapeError>({x4, f64({3, 5, 4, 6})}, "needs 5 columns for a window; got 4"),
                rejects<ShapeError>({x4, f64({0, 5, 4, 6})}, "needs w of at least one tap"),
                rejects<DTypeError>({x4, zeros({3, 3, 4, 6})}, "needs operands of one element type")}),
      refusing("conv2d", [](const auto& v) { return conv2d(v[0], v[1]); }, {1, 4, 4, 4, 3, 3, 2, {}},
               {refuses<ArgError>({x4, w4}, "needs groups that divide 4 channels and 6 filters; got 4", {.groups = 4}),
                refuses<ArgError>({x4, w4}, "needs groups that divide", {.groups = 0}),
                refuses<ShapeError>({x4, w4}, "needs w for 2 channels in each group", {.groups = 2}),
                refuses<ArgError>({x4, w4}, "needs strides of at least 1; got 0", {.strides = {1, 0}}),
                refuses<ArgError>({x4, w4}, "needs a dilation of at least 1; got -1", {.dilation = {-1, 1}}),
                refuses<ArgError>({x4, w4}, "needs margins of at least 0; got [-1,0]", {.padding = {{-1, 0}, {0, 0}}}),
                refuses<ShapeError>({x4, w4}, "needs 5 rows for a window; got 4", {.dilation = 2}),
                refuses<ArgError>({x4, w4}, "got 'causal'", {.padding = "causal"})}),
      refusing(
          "conv2d_input",
          [](const auto& v) {
            return conv2d_input(v[0], v[1], {1, 4, 4, 4});
          },
          {1, 4, 4, 4, 3, 3, 6, {}},
          {rejects<ShapeError>({f64({1, 2, 3, 6}), w4}, "needs g of the result's shape, [1,2,2,6]; got [1,2,3,6]"),
           rejects<ShapeError>({f64({1, 2, 2, 6}), w3}, "needs x [n, h, w, c] and w")},
          true),
      refusing(
          "conv2d_transpose", [](const auto& v) { return conv2d_transpose(v[0], v[1]); }, {1, 4, 4, 4, 3, 3, 6, {}},
          {rejects<ShapeError>({x4, w4}, "needs w for 4 channels on its last axis; got [1,4,4,4] and [3,3,4,6]"),
           rejects<ShapeError>({x3, w4}, "needs x [n, h, w, c] and w [kh, kw, filters / groups, c]"),
           rejects<ArgError>({x4, f64({3, 3, 6, 4})},
                             "needs an output_padding of at least 0 and below the strides, 1; got 1",
                             [](const auto& v) { return conv2d_transpose(v[0], v[1], {}, Pair(1)); })},
          true),
  };
}

Array numbers(const Shape& shape) {
  return arange(1, static_cast<double>(shape.size() + 1), 1, DType::float64).reshape(shape);
}

void same(const Array& got, const std::vector<double>& want) {
  REQUIRE(got.size() == static_cast<int64_t>(want.size()));
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(got.data<double>()[i] == want[i]);
}

/// While it lives, all convolutions go to one provider.
class On {
 public:
  explicit On(kernels::ConvProvider provider) { kernels::force_conv_provider(provider); }
  ~On() { kernels::choose_conv_provider_by_shape(); }
};
std::vector<kernels::ConvProvider> providers() {
  if (!kernels::has_onednn_conv()) return {kernels::ConvProvider::own};
  return {kernels::ConvProvider::own, kernels::ConvProvider::onednn};
}

}  // namespace

TEST_CASE("ops: convolution") {
  for (const kernels::ConvProvider provider : providers()) {
    const On forced(provider);
    check_rows(rows());
  }
}
TEST_CASE("ops: convolution, refusals") { check_rows(refusals()); }

TEST_CASE("convolution has Keras's numbers") {  // keras 3 on 1…25 as a picture, 1…9 and 1…4 as kernels
  const Array picture = numbers({1, 5, 5, 1}), k3 = numbers({3, 3, 1, 1}), k2 = numbers({2, 2, 1, 1});
  same(conv2d(picture, k3), {411, 456, 501, 636, 681, 726, 861, 906, 951});
  same(conv2d(picture, k3, {.padding = "same"}), {128, 202, 241, 280, 184, 276, 411, 456, 501, 318, 441, 636, 681,
                                                  726, 453, 606, 861, 906, 951, 588, 320, 436, 457, 478, 280});
  same(conv2d(picture, k3, {.strides = 2, .padding = "same"}), {128, 241, 184, 441, 681, 453, 320, 457, 280});
  same(conv2d(picture, k3, {.strides = 2}), {411, 501, 861, 951});
  same(conv2d(picture, k3, {.strides = 3, .padding = "same"}), {411, 318, 436, 280});
  same(conv2d(picture, k3, {.padding = "same", .dilation = 2}),
       {228, 256, 365, 224, 248, 368, 396, 560, 344, 368, 519, 552, 777,
        474, 501, 224, 240, 326, 188, 200, 304, 320, 431, 248, 260});
  same(conv2d(picture, k2, {.padding = "same"}), {51,  61, 71,  81,  35,  101, 111, 121, 131, 55, 151, 161, 171,
                                                  181, 75, 201, 211, 221, 231, 95,  65,  68,  71, 74,  25});
  same(conv2d(picture, k2, {.strides = 2, .padding = "same"}), {51, 71, 35, 151, 171, 75, 65, 71, 25});
  const Array steps = numbers({1, 6, 1}), k = numbers({3, 1, 1});
  same(conv1d(steps, k), {14, 20, 26, 32});
  same(conv1d(steps, k, {.padding = "same"}), {8, 14, 20, 26, 32, 17});
  same(conv1d(steps, k, {.strides = 2, .padding = "same"}), {14, 26, 17});
  same(conv1d(steps, k, {.strides = 4, .padding = "same"}), {14, 17});
  same(conv1d(steps, k, {.padding = "causal", .dilation = 2}), {3, 6, 11, 16, 22, 28});
}

TEST_CASE("convolutions of random shapes, strides, dilations, margins and groups") {
  const int before = num_threads();
  numeric::Random random(7);
  const auto up_to = [&random](int64_t n) { return 1 + random.below(n); };
  int checked = 0;
  for (int round = 0; round < 400; ++round) {
    Plan p{up_to(3), up_to(14), up_to(14), 0, up_to(4), up_to(4), 0, {}};
    p.o = {.strides = {up_to(3), up_to(3)}, .dilation = {up_to(3), up_to(3)}, .groups = up_to(3)};
    switch (random.below(4)) {
      case 0:
        p.o.padding = "same";
        break;
      case 1:
        p.o.padding = {{random.below(4), random.below(4)}, {random.below(4), random.below(4)}};
        break;
      default:
        break;
    }
    p.c = p.o.groups * (random.below(2) ? up_to(3) : up_to(40));
    p.f = p.o.groups * (random.below(2) ? up_to(3) : up_to(40));
    if (random.below(4) == 0) {
      p.o.groups = p.c;
      p.f = p.c * up_to(2);
    }
    p.place();
    if (p.oh < 1 || p.ow < 1) continue;
    ++checked;
    CAPTURE(round);
    const Dense x = random.uniform(p.x()), w = random.uniform(p.kernel()), g = random.uniform(p.y());
    for (const bool single : {false, true}) {
      const DType dtype = single ? DType::float32 : DType::float64;
      const auto in = [&](const Dense& d) { return numeric::to_array(d, dtype); };
      const numeric::Tolerance t{.relative = single ? 2e-5 : 1e-12};
      const auto rounded = [&](const Dense& d) { return single ? numeric::rounded_to_float(d) : d; };
      const Dense xr = rounded(x), wr = rounded(w), gr = rounded(g);
      const Dense y = p.conv(xr, wr), dx = p.input(gr, wr), dw = p.weights(xr, gr);
      for (const kernels::ConvProvider provider : providers()) {
        const On forced(provider);
        set_num_threads(1 + round % 3);
        CHECK(numeric::difference(numeric::to_dense(conv2d(in(x), in(w), p.o)), y, t) == "");
        CHECK(numeric::difference(numeric::to_dense(conv2d_input(in(g), in(w), p.x(), p.o)), dx, t) == "");
        CHECK(numeric::difference(numeric::to_dense(conv2d_kernel(in(x), in(g), p.kernel(), p.o)), dw, t) == "");
      }
    }
  }
  set_num_threads(before);
  CHECK(checked > 200);
}

TEST_CASE("our own convolutions do not depend on the number of threads") {
  const On forced(kernels::ConvProvider::own);
  const int before = num_threads();
  numeric::Random random(3);
  for (const Plan& plan : {Plan{9, 20, 17, 8, 3, 3, 24, {.padding = "same"}},
                           {9, 20, 17, 8, 3, 3, 24, {.strides = 2}},
                           {1, 60, 50, 2, 3, 5, 32, {.padding = "same"}},
                           {40, 14, 14, 1, 3, 3, 16, {}},
                           {5, 30, 20, 32, 3, 3, 64, {.padding = "same", .groups = 32}}}) {
    Plan p = plan;
    p.place();
    const auto in = [](const Dense& d) { return numeric::to_array(d, DType::float32); };
    const Array x = in(random.uniform(p.x())), w = in(random.uniform(p.kernel())), g = in(random.uniform(p.y()));
    const auto results = [&](int threads) {
      set_num_threads(threads);
      return std::vector<Array>{conv2d(x, w, p.o), conv2d_input(g, w, p.x(), p.o),
                                conv2d_kernel(x, g, p.kernel(), p.o)};
    };
    const std::vector<Array> one = results(1), three = results(3);
    for (std::size_t i = 0; i < one.size(); ++i)
      CHECK(std::ranges::equal(one[i].span<float>(), three[i].span<float>()));
  }
  set_num_threads(before);
}
