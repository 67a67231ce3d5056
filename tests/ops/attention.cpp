#include "xgrad/ops/attention.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "support/op_table.hpp"
#include "xgrad/autodiff/backward.hpp"
#include "xgrad/autodiff/functional.hpp"
#include "xgrad/core/buffer.hpp"
#include "xgrad/core/settings.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/comparison.hpp"
#include "xgrad/ops/elementwise.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/tape/tape.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using I64 = std::int64_t;

/// Row by row, with the weights written out.
Naive weighted(bool causal, double scale) {
  return [=](const std::vector<Dense>& in) {
    const Dense &q = in[0], &k = in[1], &v = in[2];
    const int rank = q.rank();
    const I64 columns = k.shape[rank - 2], depth = q.shape.back(), values = v.shape.back();
    Shape shape = q.shape;
    shape[rank - 1] = values;
    Dense y(shape);
    numeric::each_index(shape, [&](const std::vector<I64>& at) {
      const auto element = [&](const Dense& x, I64 row, I64 column) {
        std::vector<I64> place(at.begin(), at.end() - 2);
        place.push_back(row);
        place.push_back(column);
        return x.at(place);
      };
      const I64 row = at[at.size() - 2], value = at.back();
      double top = 0, total = 0;
      for (I64 j = 0; j < columns; ++j) {
        std::vector<I64> place = at;
        place.back() = j;
        if ((causal && j > row) || (in.size() == 4 && numeric::broadcast_at(in[3], place) == 0)) continue;
        double score = 0;
        for (I64 l = 0; l < depth; ++l) score += element(q, row, l) * element(k, j, l);
        const double weight = std::exp(score * scale);
        top += weight * element(v, j, value);
        total += weight;
      }
      y.at(at) = total == 0 ? 0 : top / total;
    });
    return y;
  };
}

struct Sizes {
  Shape leading;
  I64 rows, columns, depth, values;
  Shape with(I64 a, I64 b) const {
    Shape s = leading;
    s.push_back(a);
    s.push_back(b);
    return s;
  }
  std::vector<Sample> operands() const {
    return {{-1, 1, with(rows, depth)}, {-1, 1, with(columns, depth)}, {-2, 2, with(columns, values)}};
  }
};

OpRow row_of(const char* variant, const Sizes& s, AttentionOptions o = {}, const Shape& mask = {},
             std::vector<double> allowed = {}) {
  OpRow row{.name = "attention", .variant = variant, .operands = s.operands(), .same_operand = false};
  if (allowed.empty()) {
    row.call = [o](const auto& x) { return attention(x[0], x[1], x[2], o); };
  } else {
    row.call = [o](const auto& x) { return attention(x[0], x[1], x[2], x[3], o); };
    row.operands.push_back({.shape = mask, .dtype = DType::boolean, .values = std::move(allowed)});
  }
  row.naive = weighted(o.causal, o.scale.value_or(1 / std::sqrt(static_cast<double>(s.depth))));
  return row;
}

std::vector<OpRow> rows() {
  std::vector<OpRow> all = {
      row_of("one head", {{}, 4, 4, 3, 3}),
      row_of("heads", {{2, 2}, 3, 5, 4, 2}),
      row_of("causal", {{2}, 5, 5, 3, 2}, {.causal = true}),
      row_of("causal, T < S", {{1}, 3, 6, 2, 3}, {.causal = true}),
      row_of("causal, T > S", {{1}, 6, 3, 2, 3}, {.causal = true}),
      row_of("scale", {{2}, 3, 4, 2, 3}, {.scale = -0.7}),
      row_of("mask", {{2}, 3, 4, 3, 2}, {}, {2, 3, 4}, {1, 0, 1, 1, 0, 0, 1}),
      row_of("mask of keys", {{2, 2}, 3, 4, 3, 2}, {}, {2, 1, 1, 4}, {1, 1, 0, 1, 1, 0, 0, 0}),
      row_of("mask of queries", {{2}, 3, 4, 3, 2}, {}, {3, 1}, {1, 0, 1}),
      row_of("mask and causal", {{2, 1}, 4, 4, 2, 2}, {.causal = true}, {4, 4}, {1, 1, 1, 1, 0, 1, 0, 1, 1, 0}),
      row_of("T = 0", {{2}, 0, 4, 3, 2}),
      row_of("S = 0", {{2}, 3, 0, 3, 2}),
      row_of("no heads", {{0}, 3, 4, 3, 2}),
      row_of("d = 0", {{2}, 3, 4, 0, 2}, {.scale = 1.0}),
      row_of("dv = 0", {{2}, 3, 4, 2, 0}),
      row_of("several tiles", {{1}, 70, 130, 5, 17}, {.causal = true}),
  };
  all.back().order = 1;
  all.push_back({.name = "attention",
                 .variant = "of one with itself",
                 .call = [](const auto& x) { return attention(x[0], x[0], x[0], {.causal = true}); },
                 .operands = {{-1, 1, {2, 4, 3}}},
                 .naive =
                     [](const std::vector<Dense>& x) {
                       return weighted(true, 1 / std::sqrt(3.0))({x[0], x[0], x[0]});
                     }});

  const auto masked = Call([](const auto& x) { return attention(x[0], x[1], x[2], x[3]); });
  const auto boolean = [](const Shape& s, std::vector<double> v) { return Dense(s, std::move(v), DType::boolean); };
  all[0].edges = {
      // a query that attends to nothing: 0, and no gradient
      {.in = {Dense({2, 1}, {1, 2}), Dense({2, 1}, {3, 4}), Dense({2, 1}, {5, 7}), boolean({2, 2}, {1, 0, 0, 0})},
       .out = Dense({2, 1}, {5, 0}),
       .grad = {Dense({2, 1}, {0, 0}), Dense({2, 1}, {0, 0})},
       .call = masked},
      {.in = {Dense({1, 1}, {1}), Dense({2, 1}, {3, 4}), Dense({2, 1}, {5, 7}), boolean({1}, {0})},
       .out = Dense({1, 1}, {0}),
       .grad = {Dense({1, 1}, {0}), Dense({2, 1}, {0, 0}), Dense({2, 1}, {0, 0})},
       .call = masked},
      // scores of −∞ weigh nothing, and nothing else is disturbed
      {.in = {Dense({1, 1}, {1}), Dense({2, 1}, {-inf, 0}), Dense({2, 1}, {5, 7})},
       .out = Dense({1, 1}, {7}),
       .call = [](const auto& x) { return attention(x[0], x[1], x[2]); }},
      // a key that must not be seen may be anything
      {.in = {Dense({1, 1}, {1}), Dense({2, 1}, {NaN, 0}), Dense({2, 1}, {5, 7}), boolean({2}, {0, 1})},
       .out = Dense({1, 1}, {7}),
       .call = masked},
      // far apart: no overflow
      {.in = {Dense({1, 1}, {1e4}), Dense({3, 1}, {1e4, -1e4, 1e4}), Dense({3, 1}, {2, 5, 4})},
       .out = Dense({1, 1}, {3}),
       .grad = {Dense({1, 1}, {0}), Dense({3, 1}, {-5e3, 0, 5e3}), Dense({3, 1}, {0.5, 0, 0.5})}},
  };
  const Array q = zeros({2, 3, 4}, DType::float64), k = zeros({2, 5, 4}, DType::float64),
              v = zeros({2, 5, 6}, DType::float64);
  all[0].rejections = {
      rejects<ShapeError>({zeros({4}, DType::float64), k, v}, "needs queries [..., T, d], keys [..., S, d]"),
      rejects<ShapeError>({q, zeros({3, 5, 4}, DType::float64), v}, "with the same leading axes; got [2,3,4]"),
      rejects<ShapeError>({q, zeros({2, 5, 3}, DType::float64), v}, "needs queries and keys of one depth"),
      rejects<ShapeError>({q, k, zeros({2, 4, 6}, DType::float64)}, "needs as many values as keys"),
      rejects<DTypeError>({q, zeros({2, 5, 4}), v}, "needs queries, keys and values of one element type"),
      rejects<DTypeError>({q, k, v, zeros({3, 5})}, "needs a mask of type bool", masked),
      rejects<ShapeError>({q, k, v, zeros({3, 4}, DType::boolean)}, "needs a mask that broadcasts to [2,3,5]", masked),
      rejects<ShapeError>({q, k, v, zeros({1, 2, 3, 5}, DType::boolean)}, "needs a mask that broadcasts to", masked),
  };
  return all;
}

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

/// y, q̄, k̄, v̄ for a random cotangent.
Arrays all_of(const Array& q, const Array& k, const Array& v, const Array& mask, AttentionOptions o, const Array& g) {
  Tape tape;
  auto scope = tape.scope();
  const Var a = tape.variable(q), b = tape.variable(k), c = tape.variable(v);
  const Var y = mask.size() > 1 ? attention(a, b, c, mask, o) : attention(a, b, c, o);
  const std::vector<Var> d = grad(y, {a, b, c}, {.cotangent = g});
  return {y.value(), d[0].value(), d[1].value(), d[2].value()};
}

/// The largest difference, relative to b's largest element.
double distance(const Array& a, const Array& b) {
  if (a.size() == 0) return 0;
  const auto largest = [](const Array& x) { return amax(xgrad::abs(x)).item<double>(); };
  const Array exact = b.astype(DType::float64);
  return largest(a.astype(DType::float64) - exact) / std::max(1.0, largest(exact));
}

}  // namespace

TEST_CASE("ops: attention") { check_rows(rows()); }

TEST_CASE(
    "attention: random sizes, tiles and masks are what the primitive ops make of them, on any number of threads") {
  const int before = num_threads();
  numeric::Random random(5);
  const auto up_to = [&random](I64 n) { return 1 + random.below(n); };
  for (int round = 0; round < 120; ++round) {
    const I64 heads = up_to(3), rows = up_to(random.below(2) ? 12 : 200), columns = up_to(random.below(2) ? 12 : 200),
              depth = up_to(40), values = up_to(40);
    const DType dtype = round % 2 ? DType::float64 : DType::float32;
    const AttentionOptions o{.causal = random.below(2) == 1};
    Shape mask_shape{up_to(2) == 1 ? 1 : heads, up_to(2) == 1 ? 1 : rows, up_to(2) == 1 ? 1 : columns};
    Array mask = random.below(3) == 0 ? zeros({1}, DType::boolean)
                                      : (random::uniform(mask_shape) < (random.below(2) ? 0.5 : 0.02));
    INFO("round " << round << ": " << rows << " x " << columns << ", depths " << depth << " and " << values);
    CAPTURE(o.causal);
    const auto sample = [&](I64 m, I64 n) { return random::normal({heads, m, n}, 0, 1, dtype); };
    const Array q = sample(rows, depth), k = sample(columns, depth), v = sample(columns, values),
                g = sample(rows, values);
    set_num_threads(1);
    const Arrays one = all_of(q, k, v, mask, o, g);
    set_num_threads(2 + round % 3);
    const Arrays several = all_of(q, k, v, mask, o, g);
    Fusion off(false);
    const Arrays primitive = all_of(q, k, v, mask, o, g);
    // Gradients are sums over up to 200 rows or columns of terms near 1, which cancel where there is one key alone.
    const double rounding = dtype == DType::float32 ? 0x1p-24 : 0x1p-53;
    for (std::size_t i = 0; i < 4; ++i) {
      CAPTURE(i);
      CHECK(same(one[i], several[i]));
      CHECK(distance(one[i], primitive[i]) < 200 * rounding);
    }
  }
  set_num_threads(before);
}

TEST_CASE("attention: rows of large and rising scores, tile after tile") {
  // each tile's scores exceed those before it: every row's shift moves with every tile
  const I64 n = 300;
  const Array k = (arange(0, static_cast<double>(n), 1, DType::float64) * 3).reshape({n, 1});
  const Array q = ones({2, 1}, DType::float64), v = random::normal({n, 4}, 0, 1, DType::float64);
  const Array y = attention(q, k, v, {.scale = 1.0});
  Dense naive(Shape{2, 4});
  for (int j = 0; j < 4; ++j) {
    double top = 0, total = 0;
    for (I64 i = 0; i < n; ++i) {
      const double weight = std::exp(3.0 * static_cast<double>(i - n + 1));
      top += weight * v.data<double>()[i * 4 + j];
      total += weight;
    }
    CHECK(y.data<double>()[j] == doctest::Approx(top / total).epsilon(1e-13));
    CHECK(y.data<double>()[4 + j] == y.data<double>()[j]);
  }
}

TEST_CASE("attention: a batch is its heads") {
  const Array q = random::normal({3, 90, 16}), k = random::normal({3, 90, 16}), v = random::normal({3, 90, 16}),
              g = random::normal({3, 90, 16}), none = zeros({1}, DType::boolean);
  const Arrays all = all_of(q, k, v, none, {.causal = true}, g);
  for (I64 h = 0; h < 3; ++h) {
    const auto part = [h](const Array& a) { return slice(a, {Slice{h, h + 1}}); };
    const Arrays one = all_of(part(q), part(k), part(v), none, {.causal = true}, part(g));
    for (std::size_t i = 0; i < 4; ++i) CHECK(same(one[i], part(all[i])));
  }
}

TEST_CASE("attention: memory grows with the length, not with its square") {
  for (const I64 length : {4096, 16384}) {
    const Array q = random::normal({1, length, 16}), none = zeros({1}, DType::boolean);
    const std::size_t before = pool_statistics().bytes_from_heap;
    (void)all_of(q, q + 1.f, q + 2.f, none, {.causal = true}, q);
    const std::size_t grown = pool_statistics().bytes_from_heap - before;
    MESSAGE(length << " queries: " << grown / q.bytes() << " times the queries' memory");
    CHECK(grown < (1 << 20) + 12 * (1 + static_cast<std::size_t>(num_threads())) * q.bytes());
  }
}
