#include "xgrad/ops/pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/reduce.hpp"

using namespace xgrad;
using namespace op_table;
using std::int64_t;

namespace {

struct Plan {
  int64_t n, h, w, c;
  Pool2DOptions o;
  int64_t top = 0, left = 0, oh = 0, ow = 0;

  static void axis(int64_t n, int64_t k, int64_t s, const Padding& p, Margin m, int64_t& before, int64_t& out) {
    before = 0, out = 0;
    if (p.kind() == Padding::Kind::same) {
      while (out * s < n) ++out;
      before = std::max<int64_t>((out - 1) * s + k - n, 0) / 2;
      return;
    }
    if (p.kind() == Padding::Kind::margins) before = m.before;
    while (out * s + k <= before + n + m.after) ++out;
  }
  Pair strides() const { return o.strides ? *o.strides : o.pool_size; }
  Plan& place() {
    axis(h, o.pool_size.rows, strides().rows, o.padding, o.padding.rows(), top, oh);
    axis(w, o.pool_size.columns, strides().columns, o.padding, o.padding.columns(), left, ow);
    return *this;
  }
  Shape x() const { return {n, h, w, c}; }

  /// One result from its window's numbers.
  template <class F>
  Dense pool(const Dense& in, F f) const {
    Dense y(Shape{n, oh, ow, c});
    for (int64_t i = 0; i < n; ++i)
      for (int64_t p = 0; p < oh; ++p)
        for (int64_t q = 0; q < ow; ++q)
          for (int64_t k = 0; k < c; ++k) {
            std::vector<double> window;
            for (int64_t a = 0; a < o.pool_size.rows; ++a)
              for (int64_t b = 0; b < o.pool_size.columns; ++b) {
                const int64_t r = p * strides().rows + a - top, s = q * strides().columns + b - left;
                if (r >= 0 && r < h && s >= 0 && s < w) window.push_back(in[((i * h + r) * w + s) * c + k]);
              }
            y[((i * oh + p) * ow + q) * c + k] = f(window);
          }
    return y;
  }
};

double largest(const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); }
double mean_of(const std::vector<double>& v) {
  double sum = 0;
  for (const double x : v) sum += x;
  return sum / static_cast<double>(v.size());
}

void add_rows(std::vector<OpRow>& rows, const std::string& variant, Plan p) {
  p.place();
  const Pool2DOptions o = p.o;
  const auto add = [&](OpRow row) {
    row.variant = variant;
    row.operands = {{.low = -4, .high = 4, .shape = p.x(), .distinct = true}};
    rows.push_back(std::move(row));
  };
  add({.name = "max_pool2d",
       .call = [o](const auto& v) { return max_pool2d(v[0], o); },
       .naive = [p](const std::vector<Dense>& v) { return p.pool(v[0], largest); }});
  add({.name = "avg_pool2d",
       .call = [o](const auto& v) { return avg_pool2d(v[0], o); },
       .naive = [p](const std::vector<Dense>& v) { return p.pool(v[0], mean_of); }});
}

const Array x4 = zeros({1, 4, 4, 2}, DType::float64), x3 = zeros({1, 4, 2}, DType::float64),
            i4 = zeros({1, 4, 4, 2}, DType::int64);

std::vector<OpRow> rows() {
  std::vector<OpRow> rows;
  add_rows(rows, "halves", {2, 4, 6, 3, {}});
  add_rows(rows, "halves, odd", {1, 5, 5, 2, {}});
  add_rows(rows, "halves, same", {1, 5, 3, 2, {.padding = "same"}});
  add_rows(rows, "overlapping", {1, 6, 5, 2, {.pool_size = 3, .strides = 2}});
  add_rows(rows, "overlapping, same", {1, 5, 6, 2, {.pool_size = 3, .strides = 1, .padding = "same"}});
  add_rows(rows, "with gaps", {1, 7, 8, 2, {.pool_size = 2, .strides = Pair{3, 4}}});
  add_rows(rows, "overlapping along one axis", {1, 5, 6, 2, {.pool_size = {2, 3}, .strides = Pair{2, 1}}});
  add_rows(rows, "margins", {1, 4, 5, 2, {.pool_size = {3, 2}, .strides = 2, .padding = {{2, 1}, {1, 0}}}});
  add_rows(rows, "many channels", {1, 4, 4, 19, {}});
  add_rows(rows, "nothing", {0, 4, 4, 2, {}});
  add_rows(rows, "no channels", {2, 4, 4, 0, {}});

  // Pooling is linear where no maximum changes: only between squares and cubes do all of its derivatives appear.
  for (const bool of_largest : {true, false}) {
    const Pool2DOptions o{.pool_size = 3, .strides = 2, .padding = "same"};
    const Plan p = Plan{1, 4, 5, 2, o}.place();
    OpRow row{.name = "max_pool2d",
              .variant = "between squares and cubes",
              .operands = {{.low = 0.5, .high = 2, .shape = p.x(), .distinct = true}},
              .float32_tolerance = 1e-5};
    if (!of_largest) row.name = "avg_pool2d";
    row.call = [o, of_largest](const auto& v) {
      const auto pool = [of_largest](const auto& x, const Pool2DOptions& windows) {
        return of_largest ? max_pool2d(x, windows) : avg_pool2d(x, windows);
      };
      const auto x = pool(v[0], {.pool_size = 1});  // refuses what it must
      const auto y = pool(x * x, o);
      return y * y * y;
    };
    row.naive = [p, of_largest](const std::vector<Dense>& v) {
      Dense x = v[0];
      for (double& e : x.data) e = e * e;
      Dense y = p.pool(x, of_largest ? largest : mean_of);
      for (double& e : y.data) e = e * e * e;
      return y;
    };
    rows.push_back(std::move(row));
  }
  for (const Pool1DOptions& o : {Pool1DOptions{}, {.pool_size = 3, .strides = 2, .padding = "same"}}) {
    Plan p{2,
           1,
           7,
           3,
           {.pool_size = {1, o.pool_size}, .strides = Pair{1, o.strides.value_or(o.pool_size)}, .padding = o.padding}};
    p.place();
    const auto flat = [](Dense d) {
      d.shape.erase(1);
      return d;
    };
    const auto add = [&](OpRow row) {
      row.variant = o.padding.name();
      row.operands = {{.low = -4, .high = 4, .shape = {2, 7, 3}, .distinct = true}};
      row.order = 2;
      rows.push_back(std::move(row));
    };
    add({.name = "max_pool1d",
         .call = [o](const auto& v) { return max_pool1d(v[0], o); },
         .naive = [p, flat](const std::vector<Dense>& v) { return flat(p.pool(v[0], largest)); }});
    add({.name = "avg_pool1d",
         .call = [o](const auto& v) { return avg_pool1d(v[0], o); },
         .naive = [p, flat](const std::vector<Dense>& v) { return flat(p.pool(v[0], mean_of)); }});
  }

  const Plan p = Plan{1, 4, 4, 2, {}}.place();
  const auto with = [](Pool2DOptions o) { return Call([o](const auto& v) { return max_pool2d(v[0], o); }); };
  rows.push_back(
      {.name = "max_pool2d",
       .variant = "edges",
       .call = [](const auto& v) { return max_pool2d(v[0]); },
       .operands = {{.low = -4, .high = 4, .shape = {1, 4, 4, 2}, .distinct = true}},
       .naive = [p](const std::vector<Dense>& v) { return p.pool(v[0], largest); },
       .edges =
           {// at ties the first of the window
            {.in = {Dense({1, 2, 2, 1}, {1, 3, 3, 3})},
             .out = Dense({1, 1, 1, 1}, {3}),
             .grad = {Dense({1, 2, 2, 1}, {0, 1, 0, 0})}},
            {.in = {Dense({1, 2, 2, 1}, {-inf, -inf, -inf, -inf})},
             .out = Dense({1, 1, 1, 1}, {-inf}),
             .grad = {Dense({1, 2, 2, 1}, {1, 0, 0, 0})}},
            {.in = {Dense({1, 2, 2, 1}, {1, NaN, 3, NaN})},
             .out = Dense({1, 1, 1, 1}, {NaN}),
             .grad = {Dense({1, 2, 2, 1}, {0, 1, 0, 0})}},
            // windows that overlap at one place add up there
            {.in = {Dense({1, 1, 3, 1}, {0, 5, 0})},
             .out = Dense({1, 1, 2, 1}, {5, 5}),
             .grad = {Dense({1, 1, 3, 1}, {0, 2, 0})},
             .call = with({.pool_size = {1, 2}, .strides = 1})}},
       .rejections = {rejects<ShapeError>({x3}, "needs x [n, h, w, c]; got [1,4,2]"),
                      rejects<DTypeError>({i4}, "float32 or float64"),
                      rejects<ShapeError>({x4}, "needs 5 rows for a window; got 4", with({.pool_size = {5, 1}})),
                      rejects<ArgError>({x4}, "needs a pool_size of at least 1; got 0", with({.pool_size = {0, 1}})),
                      rejects<ArgError>({x4}, "needs strides of at least 1; got 0", with({.strides = Pair{1, 0}})),
                      rejects<ArgError>({x4}, "needs margins smaller than a window of 2; got [[2,0],[0,0]]",
                                        with({.padding = {{2, 0}, {0, 0}}})),
                      rejects<ArgError>({x4}, "got 'causal'", with({.padding = "causal"}))}});
  return rows;
}

Array numbers(const Shape& shape) {
  return arange(1, static_cast<double>(shape.size() + 1), 1, DType::float64).reshape(shape);
}
void same(const Array& got, const std::vector<double>& want) {
  REQUIRE(got.size() >= static_cast<int64_t>(want.size()));
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(got.data<double>()[i] == want[i]);
}

}  // namespace

TEST_CASE("ops: pooling") { check_rows(rows()); }

TEST_CASE("pooling has Keras's numbers") {  // keras 3 on 1…25 as a picture
  const Array x = numbers({1, 5, 5, 1});
  same(max_pool2d(x), {7, 9, 17, 19});
  same(max_pool2d(x, {.padding = "same"}), {7, 9, 10, 17, 19, 20, 22, 24, 25});
  same(max_pool2d(x, {.pool_size = 3, .strides = 2}), {13, 15, 23, 25});
  same(max_pool2d(x, {.pool_size = 3, .strides = 2, .padding = "same"}), {7, 9, 10, 17, 19, 20, 22, 24, 25});
  same(avg_pool2d(x), {4, 6, 14, 16});
  same(avg_pool2d(x, {.padding = "same"}), {4, 6, 7.5, 14, 16, 17.5, 21.5, 23.5, 25});
  same(avg_pool2d(x, {.pool_size = 3, .strides = 2, .padding = "same"}), {4, 5.5, 7, 11.5, 13, 14.5, 19, 20.5, 22});
  same(avg_pool2d(x, {.pool_size = 3, .strides = 1, .padding = "same"}), {4, 4.5, 5.5, 6.5, 7, 6.5, 7, 8, 9, 9.5});
}

TEST_CASE("pooling of random shapes, on any number of threads") {
  const int before = num_threads();
  numeric::Random random(11);
  const auto up_to = [&random](int64_t n) { return 1 + random.below(n); };
  int checked = 0;
  for (int round = 0; round < 300; ++round) {
    Plan p{up_to(4), up_to(20), up_to(20), up_to(2) == 1 ? up_to(4) : up_to(70), {}};
    p.o = {.pool_size = {up_to(4), up_to(4)}, .padding = random.below(2) ? "same" : "valid"};
    if (random.below(2)) p.o.strides = Pair{up_to(4), up_to(4)};
    p.place();
    if (p.oh < 1 || p.ow < 1) continue;
    ++checked;
    CAPTURE(round);
    set_num_threads(1 + round % 3);
    const Dense x = numeric::rounded_to_float(random.uniform(p.x()));
    const Array single = numeric::to_array(x, DType::float32);
    CHECK(numeric::difference(numeric::to_dense(max_pool2d(single, p.o)), p.pool(x, largest), {.relative = 0}) == "");
    CHECK(numeric::difference(numeric::to_dense(avg_pool2d(single, p.o)), p.pool(x, mean_of), {.relative = 1e-6}) ==
          "");
    // The gradient without a graph, which looks for the largest again, is the one with a graph, which goes by places.
    Tape tape;
    auto scope = tape.scope();
    const Var v = tape.variable(single);
    for (const bool largest_of : {true, false}) {
      const Var y = largest_of ? max_pool2d(v, p.o) : avg_pool2d(v, p.o);
      const Var s = sum(y * y);
      const Array plain = grad(s, v, {.retain = true}).value();
      const Array graph = grad(s, v, {.create_graph = true}).value();
      CHECK(numeric::difference(numeric::to_dense(plain), numeric::to_dense(graph), {.relative = 1e-6}) == "");
    }
  }
  set_num_threads(before);
  CHECK(checked > 200);
}
