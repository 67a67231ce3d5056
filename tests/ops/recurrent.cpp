#include "xgrad/ops/recurrent.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "support/op_table.hpp"
#include "xgrad/autodiff/functional.hpp"
#include "xgrad/core/threads.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using I64 = std::int64_t;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// Row `row` of step t of a (x or a state) times column `column` of w, element by element.
double product(const Dense& a, I64 at, const Dense& w, I64 column) {
  double total = 0;
  for (I64 k = 0; k < w.shape[0]; ++k) total += a[at + k] * w[k * w.shape[1] + column];
  return total;
}

/// h and c after every step, unit by unit.
std::vector<Dense> naive_lstm(const std::vector<Dense>& in) {
  const I64 steps = in[0].shape[0], n = in[0].shape[1], f = in[0].shape[2], u = in[2].shape[0];
  Dense h(Shape{steps, n, u}), c(Shape{steps, n, u}), before_h = in[4], before_c = in[5];
  for (I64 t = 0; t < steps; ++t) {
    for (I64 i = 0; i < n; ++i)
      for (I64 j = 0; j < u; ++j) {
        const auto gate = [&](I64 block) {
          const I64 column = block * u + j;
          return product(in[0], (t * n + i) * f, in[1], column) + product(before_h, i * u, in[2], column) +
                 in[3][column];
        };
        const I64 to = (t * n + i) * u + j;
        if (in.size() > 6 && in[6][t * n + i] == 0) {
          h[to] = before_h[i * u + j];
          c[to] = before_c[i * u + j];
        } else {
          c[to] = logistic(gate(1)) * before_c[i * u + j] + logistic(gate(0)) * std::tanh(gate(2));
          h[to] = logistic(gate(3)) * std::tanh(c[to]);
        }
      }
    for (I64 k = 0; k < n * u; ++k) {
      before_h[k] = h[t * n * u + k];
      before_c[k] = c[t * n * u + k];
    }
  }
  return {h, c};
}

Dense naive_gru(const std::vector<Dense>& in) {
  const I64 steps = in[0].shape[0], n = in[0].shape[1], f = in[0].shape[2], u = in[2].shape[0];
  Dense h(Shape{steps, n, u}), before = in[4];
  for (I64 t = 0; t < steps; ++t) {
    for (I64 i = 0; i < n; ++i)
      for (I64 j = 0; j < u; ++j) {
        const auto from_x = [&](I64 block) {
          return product(in[0], (t * n + i) * f, in[1], block * u + j) + in[3][block * u + j];
        };
        const auto from_h = [&](I64 block) {
          return product(before, i * u, in[2], block * u + j) + in[3][3 * u + block * u + j];
        };
        const double z = logistic(from_x(0) + from_h(0)), r = logistic(from_x(1) + from_h(1));
        const double old = before[i * u + j];
        const bool goes_on = in.size() < 6 || in[5][t * n + i] != 0;
        h[(t * n + i) * u + j] = goes_on ? z * old + (1 - z) * std::tanh(from_x(2) + r * from_h(2)) : old;
      }
    for (I64 k = 0; k < n * u; ++k) before[k] = h[t * n * u + k];
  }
  return h;
}

struct Size {
  I64 steps, n, f, u;
};

Sample mask_of(I64 steps, I64 n) {
  return {.shape = {steps, n}, .dtype = DType::boolean, .values = {1, 0, 1, 1, 1, 0, 1}};
}

std::vector<OpRow> lstm_rows() {
  std::vector<OpRow> rows;
  for (const Size& s :
       std::vector<Size>{{3, 2, 3, 2}, {1, 1, 1, 1}, {4, 3, 2, 5}, {2, 5, 1, 19}, {0, 2, 3, 2}, {2, 0, 3, 2}})
    for (const bool masked : {false, true}) {
      OpRow row{.name = "lstm",
                .variant = std::to_string(s.steps) + " steps" + (masked ? ", mask" : ""),
                .call =
                    [](const Vars& x) {
                      const LstmStates r = x.size() > 6 ? lstm(x[0], x[1], x[2], x[3], x[4], x[5], x[6])
                                                        : lstm(x[0], x[1], x[2], x[3], x[4], x[5]);
                      return Vars{r.h, r.c};
                    },
                .operands = {{.low = -1, .high = 1, .shape = {s.steps, s.n, s.f}},
                             {.low = -1, .high = 1, .shape = {s.f, 4 * s.u}},
                             {.low = -1, .high = 1, .shape = {s.u, 4 * s.u}},
                             {.low = -1, .high = 1, .shape = {4 * s.u}},
                             {.low = -1, .high = 1, .shape = {s.n, s.u}},
                             {.low = -1, .high = 1, .shape = {s.n, s.u}}},
                .naive = naive_lstm,
                .order = s.u > 4 ? 1 : 2,
                .same_operand = false};
      if (masked) row.operands.push_back(mask_of(s.steps, s.n));
      rows.push_back(std::move(row));
    }
  const auto f64 = [](const Shape& s) { return zeros(s, DType::float64); };
  const auto with = [&](std::size_t place, const Array& wrong) {
    Arrays all{f64({3, 2, 3}), f64({3, 8}), f64({2, 8}), f64({8}), f64({2, 2}), f64({2, 2})};
    if (place == 6) {
      all.push_back(wrong);
    } else {
      all[place] = wrong;
    }
    return all;
  };
  rows[0].rejections = {
      rejects<ShapeError>(with(0, f64({3, 2})), "needs x of shape [steps, n, features]"),
      rejects<ShapeError>(with(2, f64({2, 6})), "needs a recurrent kernel of shape [units, 4 units]"),
      rejects<ShapeError>(with(1, f64({4, 8})), "needs a kernel of shape [3,8]"),
      rejects<ShapeError>(with(3, f64({4})), "needs a bias of shape [8]"),
      rejects<ShapeError>(with(4, f64({3, 2})), "needs first states of shape [2,2]"),
      rejects<ShapeError>(with(5, f64({2})), "needs first states of shape [2,2]"),
      rejects<DTypeError>(with(3, zeros({8})), "needs operands of one element type"),
  };
  rows[1].rejections = {
      rejects<ShapeError>(with(6, zeros({2, 3}, DType::boolean)), "needs a mask of shape [3,2]"),
      rejects<DTypeError>(with(6, zeros({3, 2}, DType::int64)), "needs a mask of type bool"),
  };
  return rows;
}

std::vector<OpRow> gru_rows() {
  std::vector<OpRow> rows;
  for (const Size& s :
       std::vector<Size>{{3, 2, 3, 2}, {1, 1, 1, 1}, {4, 3, 2, 5}, {2, 5, 1, 19}, {0, 2, 3, 2}, {2, 0, 3, 2}})
    for (const bool masked : {false, true}) {
      OpRow row{.name = "gru",
                .variant = std::to_string(s.steps) + " steps" + (masked ? ", mask" : ""),
                .call =
                    [](const Vars& x) {
                      return x.size() > 5 ? gru(x[0], x[1], x[2], x[3], x[4], x[5]) : gru(x[0], x[1], x[2], x[3], x[4]);
                    },
                .operands = {{.low = -1, .high = 1, .shape = {s.steps, s.n, s.f}},
                             {.low = -1, .high = 1, .shape = {s.f, 3 * s.u}},
                             {.low = -1, .high = 1, .shape = {s.u, 3 * s.u}},
                             {.low = -1, .high = 1, .shape = {2, 3 * s.u}},
                             {.low = -1, .high = 1, .shape = {s.n, s.u}}},
                .naive = naive_gru,
                .order = s.u > 4 ? 1 : 2,
                .same_operand = false};
      if (masked) row.operands.push_back(mask_of(s.steps, s.n));
      rows.push_back(std::move(row));
    }
  const auto f64 = [](const Shape& s) { return zeros(s, DType::float64); };
  rows[0].rejections = {
      rejects<ShapeError>({f64({3, 2, 3}), f64({3, 6}), f64({2, 6}), f64({6}), f64({2, 2})},
                          "needs a bias of shape [2,6]"),
      rejects<ShapeError>({f64({3, 2, 3}), f64({3, 6}), f64({2, 8}), f64({2, 6}), f64({2, 2})},
                          "needs a recurrent kernel of shape [units, 3 units]"),
  };
  return rows;
}

/// Random operands of an LSTM (blocks 4) or a GRU (3) that is large enough for several threads.
std::vector<Array> large(I64 blocks, I64 steps, I64 n, I64 f, I64 u) {
  std::vector<Array> all{random::normal({steps, n, f}), 0.1 * random::normal({f, blocks * u}),
                         0.1 * random::normal({u, blocks * u})};
  all.push_back(blocks == 4 ? random::normal({4 * u}) : random::normal({2, 3 * u}));
  all.push_back(random::normal({n, u}));
  if (blocks == 4) all.push_back(random::normal({n, u}));
  return all;
}

/// The largest difference, relative to the largest entry.
double difference(const Array& a, const Array& b) {
  REQUIRE(a.shape() == b.shape());
  double worst = 0, largest = 0;
  for (I64 i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a.data<float>()[i]), y = static_cast<double>(b.data<float>()[i]);
    worst = std::max(worst, std::fabs(x - y));
    largest = std::max(largest, std::fabs(y));
  }
  return worst / largest;
}

Var outcome(const std::vector<Var>& v) {
  if (v.size() == 5) return sum(gru(v[0], v[1], v[2], v[3], v[4]));
  const LstmStates r = lstm(v[0], v[1], v[2], v[3], v[4], v[5]);
  return sum(r.h) + sum(slice(r.c, {-1}));
}

}  // namespace

TEST_CASE("ops: lstm") { check_rows(lstm_rows()); }
TEST_CASE("ops: gru") { check_rows(gru_rows()); }

TEST_CASE("lstm, gru: a batch is its samples, and threads change nothing that shows") {
  const int before = num_threads();
  for (const I64 blocks : {4, 3}) {
    CAPTURE(blocks);
    const std::vector<Array> operands = large(blocks, 20, 24, 30, 70);
    set_num_threads(1);
    const auto one = value_and_grad(outcome, operands);
    set_num_threads(3);
    const auto three = value_and_grad(outcome, operands);
    set_num_threads(before);
    for (std::size_t i = 0; i < operands.size(); ++i) CHECK(difference(one.second[i], three.second[i]) < 5e-6);
    std::vector<Array> sums;
    for (I64 i = 0; i < 24; i += 8) {
      std::vector<Array> part = operands;
      part[0] = slice(operands[0], {Slice{}, Slice{i, i + 8}});
      for (std::size_t k = 4; k < part.size(); ++k) part[k] = slice(operands[k], {Slice{i, i + 8}});
      const auto g = value_and_grad(outcome, part).second;
      CHECK(difference(g[0], slice(one.second[0], {Slice{}, Slice{i, i + 8}})) < 5e-6);
      CHECK(difference(g[4], slice(one.second[4], {Slice{i, i + 8}})) < 5e-6);
      for (const std::size_t k : {1, 2, 3}) i == 0 ? sums.push_back(g[k]) : void(sums[k - 1] = sums[k - 1] + g[k]);
    }
    for (const std::size_t k : {1, 2, 3}) CHECK(difference(sums[k - 1], one.second[k]) < 5e-6);
  }
}
