// Decoding by CTC against all paths there are, and edit distances against a recursion.

#include "xgrad/nn/ctc.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "support.hpp"

using namespace xgrad;

namespace {

using I64 = std::int64_t;
using Labels = std::vector<I64>;

constexpr double inf = std::numeric_limits<double>::infinity();

Labels labels_of(const Labels& path, I64 blank) {
  Labels labels;
  for (std::size_t t = 0; t < path.size(); ++t)
    if (path[t] != blank && (t == 0 || path[t] != path[t - 1])) labels.push_back(path[t]);
  return labels;
}

/// The log-probability of each labelling: those of all paths, the most probable first.
std::vector<std::pair<double, Labels>> enumerated(const Array& log_probs, I64 sample, I64 frames, I64 blank) {
  const I64 classes = log_probs.shape()[2];
  const double* x = log_probs.data<double>() + sample * log_probs.shape()[1] * classes;
  std::map<Labels, double> found;
  Labels path(static_cast<std::size_t>(frames), 0);
  for (;;) {
    double logarithm = 0;
    for (std::size_t t = 0; t < path.size(); ++t) logarithm += x[static_cast<I64>(t) * classes + path[t]];
    found[labels_of(path, blank)] += std::exp(logarithm);
    std::size_t t = 0;
    while (t < path.size() && ++path[t] == classes) path[t++] = 0;
    if (t == path.size()) break;
  }
  std::vector<std::pair<double, Labels>> all;
  for (const auto& [labels, p] : found)
    if (p > 0) all.emplace_back(std::log(p), labels);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  return all;
}

Array whole_numbers(const Labels& v, const Shape& s) { return Array::from<I64>(v, s); }

I64 distance(const Labels& a, const Labels& b, std::size_t i, std::size_t j) {
  if (i == a.size()) return static_cast<I64>(b.size() - j);
  if (j == b.size()) return static_cast<I64>(a.size() - i);
  if (a[i] == b[j]) return distance(a, b, i + 1, j + 1);
  return 1 + std::min({distance(a, b, i + 1, j), distance(a, b, i, j + 1), distance(a, b, i + 1, j + 1)});
}

}  // namespace

TEST_CASE("ctc_beam_search: a beam wide enough gives the most probable labellings, with their exact probabilities") {
  set_seed(5);
  for (const I64 classes : {2, 3, 4})
    for (const I64 blank : {I64{0}, I64{-1}, I64{1}})
      for (const double spread : {0.3, 2.0}) {
        CAPTURE(classes);
        CAPTURE(blank);
        const I64 n = 5, frames = 6, at = blank < 0 ? blank + classes : blank;
        const Array logits = random::normal({n, frames, classes}, 3, spread, DType::float64);
        const Labels lengths{6, 5, 3, 1, 0};
        const CtcDecoded got =
            ctc_beam_search(logits, whole_numbers(lengths, {n}), {.beam_width = 5000, .top_paths = 7, .blank = blank});
        const Array log_probs = log_softmax(logits);
        for (I64 i = 0; i < n; ++i) {
          const auto wanted = enumerated(log_probs, i, lengths[static_cast<std::size_t>(i)], at);
          for (I64 k = 0; k < 7; ++k) {
            const double score = got.scores.data<double>()[i * 7 + k];
            if (k >= static_cast<I64>(wanted.size())) {
              CHECK(score == -inf);
              CHECK(got.sequence(i, k).empty());
              continue;
            }
            CHECK(got.sequence(i, k) == wanted[static_cast<std::size_t>(k)].second);
            CHECK(score == doctest::Approx(wanted[static_cast<std::size_t>(k)].first).epsilon(1e-12));
          }
        }
      }
}

TEST_CASE("ctc_beam_search: a narrow beam finds no more than there is, and better labels than the best path's") {
  set_seed(6);
  const I64 n = 4;
  const Array logits = random::normal({n, 30, 6}, 0, 1.5, DType::float64);
  const auto exact = [&](const Labels& labels, I64 i) {
    const I64 count = static_cast<I64>(labels.size());
    return -ctc_loss(logits.rows(i, i + 1), whole_numbers(labels, {1, count}), whole_numbers({count}, {1}))
                .item<double>();
  };
  const CtcDecoded greedy = ctc_greedy_decode(logits);
  for (const I64 width : {1, 2, 8, 64, 512}) {
    CAPTURE(width);
    const CtcDecoded got = ctc_beam_search(logits, {.beam_width = width}),
                     single = ctc_beam_search(logits.astype(DType::float32), {.beam_width = width});
    CHECK(single.scores.dtype() == DType::float32);
    for (I64 i = 0; i < n; ++i) {
      const double score = got.scores.data<double>()[i], is = exact(got.sequence(i), i);
      CHECK(score <= is + 1e-9);
      if (width == 512) CHECK(is > exact(greedy.sequence(i), i));
      CHECK(static_cast<double>(single.scores.data<float>()[i]) == doctest::Approx(score));
    }
  }
}

TEST_CASE("ctc_beam_search: what many paths share is more probable than the most probable path") {
  // at each frame the blank 0.4, two classes 0.3: no label has 0.16, label 1 in all 0.09 + 2 · 0.12
  const Array p = log(f64({0.4, 0.3, 0.3, 0.4, 0.3, 0.3}, {1, 2, 3}));
  const CtcDecoded greedy = ctc_greedy_decode(p), beam = ctc_beam_search(p, {.top_paths = 3});
  CHECK(greedy.sequence(0).empty());
  CHECK(greedy.scores.data<double>()[0] == doctest::Approx(std::log(0.16)));
  CHECK(beam.sequence(0, 0) == Labels{1});  // of equals the lower class
  CHECK(beam.sequence(0, 1) == Labels{2});
  CHECK(beam.sequence(0, 2).size() == 0);
  CHECK(beam.scores.data<double>()[0] == doctest::Approx(std::log(0.33)));
  CHECK(beam.scores.data<double>()[2] == doctest::Approx(std::log(0.16)));
}

TEST_CASE("ctc_greedy_decode: repeats, blanks, lengths, scores") {
  const Labels path{1, 1, 0, 1, 2, 2, 0, 0, 3, 3};
  const Array x = log(to_categorical(whole_numbers(path, {10}), 4, DType::float64) * 0.6 + 0.1).reshape({1, 10, 4});
  const auto read = [&](CtcGreedyOptions options, I64 length = 10) {
    return ctc_greedy_decode(x, whole_numbers({length}, {1}), options);
  };
  CHECK(read({}).sequence(0) == Labels{1, 1, 2, 3});
  CHECK(read({}).scores.data<double>()[0] == doctest::Approx(10 * std::log(0.7)));
  CHECK(read({.merge_repeated = false}).sequence(0) == Labels{1, 1, 1, 2, 2, 3, 3});
  CHECK(read({.blank = 2}).sequence(0) == Labels{1, 0, 1, 0, 3});
  CHECK(read({.blank = -1}).sequence(0) == Labels{1, 0, 1, 2, 0});
  CHECK(read({}, 4).sequence(0) == Labels{1, 1});
  CHECK(read({}, 4).scores.data<double>()[0] == doctest::Approx(4 * std::log(0.7)));
  CHECK(read({}, 0).sequence(0).empty());
  CHECK(read({}, 0).labels.shape() == Shape{1, 1, 0});
  CHECK(ctc_greedy_decode(zeros({1, 3, 2})).sequence(0).empty());  // of equals the first
  CHECK(ctc_greedy_decode(zeros({0, 3, 2})).labels.shape() == Shape{0, 1, 0});
  // rows are filled up with −1
  const CtcDecoded two = ctc_greedy_decode(concat({x, x}), whole_numbers({10, 2}, {2}));
  CHECK(two.labels.shape() == Shape{2, 1, 4});
  CHECK(Labels(two.labels.data<I64>() + 4, two.labels.data<I64>() + 8) == Labels{1, -1, -1, -1});
}

TEST_CASE("ctc decoding: impossible classes, and frames without probabilities") {
  Array x = full({3, 3, 3}, 0, DType::float64);
  double* v = x.mutable_data<double>();
  for (int t = 0; t < 3; ++t) v[3 * t] = v[3 * t + 1] = -inf;  // sample 0: class 2 alone
  v[9 + 4] = std::nan("");
  v[18 + 7] = inf;
  const CtcDecoded beam = ctc_beam_search(x, {.beam_width = 10, .top_paths = 2}), greedy = ctc_greedy_decode(x);
  CHECK(beam.sequence(0) == Labels{2});
  CHECK(beam.scores.data<double>()[0] == 0);
  CHECK(beam.scores.data<double>()[1] == -inf);
  CHECK(greedy.sequence(0) == Labels{2});
  for (const I64 i : {1, 2}) {
    CHECK(beam.sequence(i).empty());
    CHECK(greedy.sequence(i).empty());
    CHECK(std::isnan(greedy.scores.data<double>()[i]));
    CHECK(std::isnan(beam.scores.data<double>()[2 * i]));
  }
  // What stands beyond a sample's frames does not matter.
  CHECK(ctc_greedy_decode(x, whole_numbers({3, 1, 2}, {3})).scores.data<double>()[1] == doctest::Approx(-std::log(3)));
}

TEST_CASE("ctc decoding: refusals") {
  const Array x = zeros({2, 3, 4}), lengths = whole_numbers({3, 3}, {2});
  CHECK(has(message_of<ShapeError>([&] {
              ctc_greedy_decode(zeros({3, 4}));
            }),
            "ctc_greedy_decode: needs logits [n,frames,classes]; got float32[3,4]"));
  CHECK(has(message_of<ShapeError>([&] { ctc_beam_search(x, whole_numbers({3}, {1})); }),
            "ctc_beam_search: needs input lengths [2]; got int64[1]"));
  CHECK(has(message_of<DTypeError>([&] { ctc_greedy_decode(x.astype(DType::int64)); }), "needs logits of float32"));
  CHECK(has(message_of<DTypeError>([&] { ctc_greedy_decode(x, zeros({2})); }), "needs input lengths of type int64"));
  CHECK(has(message_of<ArgError>([&] {
              ctc_greedy_decode(x, whole_numbers({3, 4}, {2}));
            }),
            "needs input lengths from 0 to 3; got 4 for sample 1"));
  CHECK(has(message_of<ArgError>([&] { ctc_greedy_decode(x, lengths, {.blank = 4}); }),
            "needs a blank that is one of the 4 classes; got 4"));
  CHECK(has(message_of<ArgError>([&] { ctc_beam_search(x, {.beam_width = 0}); }), "beam_width of at least 1; got 0"));
  const std::string text = message_of<ArgError>([&] { ctc_beam_search(x, {.beam_width = 3, .top_paths = 4}); });
  CHECK(has(text, "needs top_paths from 1 to beam_width, 3; got 4"));
  CHECK(has(text, "ctc.cpp"));
  CHECK(has(message_of<IndexError>([&] { ctc_greedy_decode(x).sequence(2); }), "needs a sample below 2"));
}

TEST_CASE("edit_distance: agrees with a recursion that tries everything") {
  CHECK(edit_distance(Labels{}, Labels{}) == 0);
  CHECK(edit_distance(Labels{}, Labels{1, 2}) == 2);
  CHECK(edit_distance(Labels{11, 9, 20, 20, 5, 14}, Labels{19, 9, 20, 20, 9, 14, 7}) == 3);  // kitten, sitting
  set_seed(7);
  for (int trial = 0; trial < 300; ++trial) {
    const auto drawn = [] {
      const Array length = random::integers({1}, 0, 7), labels = random::integers({7}, 0, 3);
      return Labels(labels.data<I64>(), labels.data<I64>() + length.data<I64>()[0]);
    };
    const Labels a = drawn(), b = drawn();
    CHECK(edit_distance(a, b) == distance(a, b, 0, 0));
  }
}
