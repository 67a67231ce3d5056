#include "xgrad/ops/ctc.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "support/op_table.hpp"
#include "xgrad/autodiff/functional.hpp"
#include "xgrad/ops/arithmetic.hpp"
#include "xgrad/ops/random.hpp"
#include "xgrad/ops/reduce.hpp"
#include "xgrad/ops/shaping.hpp"
#include "xgrad/ops/slice.hpp"
#include "xgrad/ops/softmax.hpp"

using namespace xgrad;
using namespace op_table;

namespace {

using I64 = std::int64_t;

/// What a path stands for: repeats merged, blanks dropped.
std::vector<I64> labels_of(const std::vector<I64>& path, I64 blank) {
  std::vector<I64> labels;
  for (std::size_t t = 0; t < path.size(); ++t)
    if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) labels.push_back(path[t]);
  return labels;
}

/// −log of the sum over every path there is.
double enumerated(const Dense& x, I64 sample, I64 frames, const std::vector<I64>& labels, I64 blank) {
  const I64 classes = x.shape[2];
  double total = 0;
  std::vector<I64> path(static_cast<std::size_t>(frames), 0);
  for (;;) {
    if (labels_of(path, blank) == labels) {
      double logarithm = 0;
      for (I64 t = 0; t < frames; ++t)
        logarithm += x[(sample * x.shape[1] + t) * classes + path[static_cast<std::size_t>(t)]];
      total += std::exp(logarithm);
    }
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == classes) path[t++] = 0;
    if (t == path.size()) return -std::log(total);
  }
}

Naive paths(I64 blank, bool zero_infeasible = false) {
  return [=](const std::vector<Dense>& in) {
    const I64 n = in[0].shape[0], width = in[1].shape[1];
    Dense nll(Shape{n});
    for (I64 i = 0; i < n; ++i) {
      std::vector<I64> labels;
      for (I64 u = 0; u < static_cast<I64>(in[3][i]); ++u) labels.push_back(static_cast<I64>(in[1][i * width + u]));
      nll[i] = enumerated(in[0], i, static_cast<I64>(in[2][i]), labels, blank < 0 ? blank + in[0].shape[2] : blank);
      if (zero_infeasible && std::isinf(nll[i])) nll[i] = 0;
    }
    return nll;
  };
}

Sample whole(std::vector<double> values, const Shape& shape) {
  return {.shape = shape, .dtype = DType::int64, .values = std::move(values)};
}

struct Example {
  const char* name;
  I64 frames, classes, blank;
  std::vector<double> labels;  // [3, width]
  std::vector<double> input_lengths, label_lengths;
};

OpRow row_of(const Example& e, Infeasible policy = Infeasible::infinity) {
  const I64 n = 3, width = static_cast<I64>(e.labels.size()) / n;
  const CtcOptions options{.blank = e.blank, .infeasible = policy};
  return {.name = "ctc_nll",
          .variant = e.name,
          .call = [options](const auto& x) { return ctc_nll(x[0], x[1], x[2], x[3], options); },
          .operands = {{.low = -3, .high = 0, .shape = {n, e.frames, e.classes}},
                       whole(e.labels, {n, width}),
                       whole(e.input_lengths, {n}),
                       whole(e.label_lengths, {n})},
          .naive = paths(e.blank, policy == Infeasible::zero),
          .same_operand = false};
}

std::vector<OpRow> rows() {
  std::vector<OpRow> all = {
      row_of({"labels", 4, 3, 0, {1, 2, 2, 1, 1, 2}, {4, 4, 4}, {2, 2, 2}}),
      row_of({"repeats", 5, 3, 0, {1, 1, 2, 2, 2, 1, 1, 2, 1}, {5, 5, 5}, {2, 3, 3}}),
      row_of({"lengths", 5, 4, 0, {1, 2, 3, 3, 3, -7, 2, 9, 9}, {5, 3, 1}, {3, 2, 1}}),
      row_of({"no labels", 3, 3, 0, {1, 2, 2, 1, 1, 1}, {3, 0, 2}, {0, 0, 0}}),
      row_of({"last blank", 4, 3, -1, {0, 1, 1, 0, 0, 0}, {4, 4, 4}, {2, 2, 2}}),
      row_of({"blank between", 4, 3, 1, {0, 2, 2, 0, 2, 2}, {4, 4, 3}, {2, 1, 2}}),
      row_of({"width 0", 3, 2, 0, {}, {3, 2, 1}, {0, 0, 0}}),
      row_of({"infeasible, 0", 3, 3, 0, {1, 1, 2, 1, 2, 1}, {2, 3, 3}, {2, 2, 2}}, Infeasible::zero),
  };
  const auto with = [](const std::vector<I64>& v, const Shape& s) { return Array::from<I64>(v, s); };
  const Array x = zeros({2, 3, 4}, DType::float64), labels = with({1, 2, 3, 1}, {2, 2}), frames = with({3, 3}, {2}),
              lengths = with({2, 1}, {2});
  all[0].rejections = {
      rejects<ShapeError>({zeros({3, 4}, DType::float64), labels, frames, lengths},
                          "needs log-probabilities of shape [n, frames, classes]"),
      rejects<ShapeError>({x, with({1, 2}, {2}), frames, lengths}, "needs labels of shape [2, width]"),
      rejects<ShapeError>({x, labels, with({3}, {1}), lengths}, "needs lengths of shape [2]"),
      rejects<DTypeError>({x, zeros({2, 2}), frames, lengths}, "needs labels and lengths of type int64"),
      rejects<IndexError>({x, with({1, 4, 1, 1}, {2, 2}), frames, lengths},
                          "needs labels from 0 to 3; got 4 for sample 0"),
      rejects<IndexError>({x, with({1, 2, -1, 1}, {2, 2}), frames, lengths}, "got -1 for sample 1"),
      rejects<ArgError>({x, with({1, 2, 0, 1}, {2, 2}), frames, lengths}, "needs labels other than the blank; got 0"),
      rejects<ArgError>({x, labels, with({3, 4}, {2}), lengths}, "needs input lengths from 0 to 3; got 4 for sample 1"),
      rejects<ArgError>({x, labels, frames, with({-1, 1}, {2})},
                        "needs label lengths from 0 to 2; got -1 for sample 0"),
      rejects<ArgError>({x, labels, frames, lengths}, "needs a blank that is one of the 4 classes; got 4",
                        [](const auto& in) { return ctc_nll(in[0], in[1], in[2], in[3], {.blank = 4}); }),
  };
  return all;
}

/// From logits: the same of x − log Σ eˣ.
OpRow from_logits() {
  return {.name = "ctc_loss",
          .call = [](const auto& x) { return ctc_loss(x[0], x[1], x[2], x[3]); },
          .operands = {{.shape = {2, 5, 3}}, whole({1, 2, 2, 2}, {2, 2}), whole({5, 4}, {2}), whole({2, 2}, {2})},
          .naive =
              [](std::vector<Dense> in) {
                for (I64 row = 0; row < 10; ++row) {
                  double total = 0;
                  for (I64 k = 0; k < 3; ++k) total += std::exp(in[0][row * 3 + k]);
                  for (I64 k = 0; k < 3; ++k) in[0][row * 3 + k] -= std::log(total);
                }
                return paths(0)(in)[0];
              },
          .same_operand = false};
}

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.raw(), b.raw(), static_cast<std::size_t>(a.size()) * sizeof(float)) == 0;
}
Array whole_numbers(const std::vector<I64>& v, const Shape& s) { return Array::from<I64>(v, s); }

}  // namespace

TEST_CASE("ops: ctc_nll, ctc_loss") {
  check_rows(rows());
  check_rows({from_logits()});
}

TEST_CASE("ctc_nll: labels without a path have an infinite loss or none, and no gradient") {
  const Array x = log_softmax(random::normal({2, 3, 3}, 0, 1, DType::float64));
  const Array labels = whole_numbers({1, 1, 2, 0}, {2, 2}), frames = whole_numbers({2, 3}, {2}),
              lengths = whole_numbers({2, 1}, {2});
  for (const Infeasible policy : {Infeasible::infinity, Infeasible::zero}) {
    CtcOptions options{.infeasible = policy};
    const auto loss = [&](Var v) { return ctc_nll(v, labels, frames, lengths, options); };
    const Array nll = loss(x).value();
    CHECK(nll.data<double>()[0] == (policy == Infeasible::zero ? 0.0 : inf));
    const auto summed = [&](Var v) { return sum(loss(v)); };
    const Array g = value_and_grad(summed, x).second;
    for (int k = 0; k < 9; ++k) CHECK(g.data<double>()[k] == 0.0);
    CHECK(g.data<double>()[9] != 0.0);
  }
}

TEST_CASE("ctc_loss: from logits the gradient is softmax less occupancy, and 0 beyond a sample's end") {
  const Array x = random::normal({2, 6, 5}, 0, 3, DType::float64);
  const Array labels = whole_numbers({1, 2, 4, 4}, {2, 2}), frames = whole_numbers({6, 4}, {2}),
              lengths = whole_numbers({2, 2}, {2});
  const Array g = value_and_grad([&](Var v) { return sum(ctc_loss(v, labels, frames, lengths)); }, x).second;
  const double* row = g.data<double>();
  for (int t = 0; t < 12; ++t, row += 5) {
    double total = 0, size = 0;
    for (int k = 0; k < 5; ++k) total += row[k], size += std::fabs(row[k]);
    CHECK(std::fabs(total) < 1e-14);
    CHECK((size == 0.0) == (t >= 10));
  }
}

TEST_CASE("ctc_nll: the occupancies of a frame sum to 1, in float32 as near as its digits reach") {
  struct Length {
    I64 frames, labels;
    double error;
  };
  // A frame's most likely states and those that the labels lead through drift apart as frames go by, by 1e5 in the
  // last case: of seven digits two are left there. Sums in float32 from the start keep none.
  for (const Length& l : {Length{50, 15, 1e-5}, Length{1000, 40, 1e-3}, Length{10000, 40, 2e-2}}) {
    CAPTURE(l.frames);
    const Array x = log_softmax(5 * random::normal({1, l.frames, 8}));
    std::vector<I64> label;
    for (I64 u = 0; u < l.labels; ++u) label.push_back(1 + u * u % 7);
    const Array labels = whole_numbers(label, {1, l.labels}), lengths = whole_numbers({l.labels}, {1});
    const auto gradient = [&](const Array& at) {
      return value_and_grad([&](Var v) { return sum(ctc_nll(v, labels, lengths)); }, at);
    };
    const auto single = gradient(x), exact = gradient(x.astype(DType::float64));
    const float* row = single.second.data<float>();
    const double* exact_row = exact.second.data<double>();
    double worst = 0, exact_worst = 0, difference = 0;
    for (I64 t = 0; t < l.frames; ++t, row += 8, exact_row += 8) {
      double total = 1, exact_total = 1;
      for (int k = 0; k < 8; ++k) {
        total += static_cast<double>(row[k]);
        exact_total += exact_row[k];
        difference = std::max(difference, std::fabs(static_cast<double>(row[k]) - exact_row[k]));
      }
      worst = std::max(worst, std::fabs(total));
      exact_worst = std::max(exact_worst, std::fabs(exact_total));
    }
    MESSAGE(l.frames << " frames: " << worst << ", against float64 " << difference << ", float64 " << exact_worst);
    CHECK(worst < l.error);
    CHECK(difference < l.error);
    CHECK(exact_worst < 1e-9 * l.error / 1e-3);
    CHECK(std::fabs(static_cast<double>(single.first.item<float>()) / exact.first.item<double>() - 1) < 1e-6);
  }
}

TEST_CASE("ctc_nll: probabilities far below the smallest number, and impossible classes") {
  // one path at e^-4000 a frame: lost at once where numbers are probabilities
  Array x = full({1, 3, 2}, -4000.0, DType::float64);
  CHECK(ctc_nll(x, whole_numbers({1}, {1, 1}), whole_numbers({3}, {1}), whole_numbers({1}, {1})).item<double>() ==
        doctest::Approx(12000 - std::log(6.0)));
  double* v = x.mutable_data<double>();
  for (int t = 0; t < 3; ++t) v[2 * t] = -inf, v[2 * t + 1] = 0;  // the blank never comes
  CHECK(ctc_nll(x, whole_numbers({1}, {1, 1}), whole_numbers({3}, {1}), whole_numbers({1}, {1})).item<double>() == 0);
  CHECK(ctc_nll(x, whole_numbers({1}, {1, 1}), whole_numbers({3}, {1}), whole_numbers({0}, {1})).item<double>() == inf);
  v[1] = NaN;
  CHECK(std::isnan(
      ctc_nll(x, whole_numbers({1}, {1, 1}), whole_numbers({3}, {1}), whole_numbers({1}, {1})).item<double>()));
}

TEST_CASE("ctc_nll: a batch is its samples, on any number of threads") {
  const Array x = log_softmax(random::normal({9, 40, 12}));
  const Array labels = random::integers({9, 10}, 1, 12), lengths = random::integers({9}, 0, 11),
              frames = random::integers({9}, 25, 41);
  const auto gradient = [&] {
    return value_and_grad([&](Var v) { return sum(ctc_nll(v, labels, frames, lengths)); }, x);
  };
  const int before = num_threads();
  set_num_threads(1);
  const auto one = gradient();
  set_num_threads(3);
  const auto three = gradient();
  set_num_threads(before);
  CHECK(same(one.second, three.second));
  for (I64 i = 0; i < 9; ++i) {
    const auto part = [&](const Array& a) { return slice(a, {Slice{i, i + 1}}); };
    const Array g =
        value_and_grad([&](Var v) { return sum(ctc_nll(v, part(labels), part(frames), part(lengths))); }, part(x))
            .second;
    CHECK(same(g, part(one.second)));
  }
}
