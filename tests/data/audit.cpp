// audit: planted faults are found and told with their rows; honest data are clean. Statistics of held-out samples:
// audit_statistics.cpp.

#include <cstring>
#include <sstream>

#include "data/audit/parts.hpp"
#include "data/audit_support.hpp"
#include "data/support.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/data/preprocessing.hpp"
#include "xgrad/data/texts.hpp"

using namespace xgrad;
using namespace audit_support;
using Kind = FindingKind;

namespace {

constexpr std::uint64_t seeds = 50;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinite = std::numeric_limits<double>::infinity();

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

Array ints(std::vector<std::int64_t> v) {
  return Array::from(std::span<const std::int64_t>(v), {static_cast<std::int64_t>(v.size())});
}
Array doubles(std::vector<double> v, std::int64_t width = 1) {
  return Array::from(std::span<const double>(v), {static_cast<std::int64_t>(v.size()) / width, width});
}

/// A table of 1000 rows after `plant` has changed it, as 600 train, 200 validation, 200 test.
template <class Plant>
Audit planted(std::uint64_t seed, const Plant& plant, const AuditOptions& options = {}) {
  Table t = made(seed, 1000);
  plant(t);
  return audit(t.part(0, 600), t.part(600, 800), t.part(800, 1000), options);
}

/// In each of the seeds, `kind` is found with the severity, and tells these rows and features (where any are given).
template <class Plant>
void check_planted(Kind kind, Severity severity, const Plant& plant, const std::vector<DataRow>& rows = {},
                   const std::vector<std::int64_t>& features = {}, const AuditOptions& options = {}) {
  CAPTURE(name_of(kind));
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    CAPTURE(seed);
    const Audit report = planted(seed, plant, options);
    const Finding* f = report.find(kind);
    REQUIRE(f != nullptr);
    CHECK(f->severity == severity);
    if (!rows.empty()) CHECK(f->rows == rows);
    if (!features.empty()) CHECK(f->features == features);
    CHECK(report.clean() == (severity == Severity::note));
    CHECK(!f->message.empty());
    CHECK(!f->why.empty());
    CHECK(!f->advice.empty());
  }
}

void copy_row(Table& t, std::size_t from, std::size_t to, bool label = true) {
  for (auto& c : t.columns) c[to] = c[from];
  if (label) t.labels[to] = t.labels[from];
}

DataRow train(std::int64_t row) { return {DataPart::train, row}; }
DataRow validation(std::int64_t row) { return {DataPart::validation, row}; }
DataRow test(std::int64_t row) { return {DataPart::test, row}; }

}  // namespace

TEST_CASE("audit: honest data are clean") {
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (std::size_t rows : {50U, 1000U, 4000U})
      for (DType dtype : {DType::float64, DType::float32}) {
        CAPTURE(seed);
        CAPTURE(rows);
        const Table t = made(seed, rows);
        const std::size_t a = rows * 6 / 10, b = rows * 8 / 10;
        const Audit report = audit(t.part(0, a, dtype), t.part(a, b, dtype), t.part(b, rows, dtype));
        CHECK_MESSAGE(report.clean(), report.to_string());
        CHECK(audit(t.part(0, a, dtype), t.part(a, rows, dtype)).clean());
      }
}

TEST_CASE("audit: honest classes of few samples, sparse rows and numbers as targets are clean") {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::vector<std::vector<std::int64_t>> texts(400);
    std::vector<std::int64_t> labels;
    for (auto& text : texts) {
      for (int k = 0; k < 30; ++k) {
        const double u = std::generate_canonical<double, 53>(random);
        text.push_back(static_cast<std::int64_t>(500 * u * u * u));
      }
      labels.push_back(static_cast<std::int64_t>(random() % 8));
    }
    const Sequences x(texts);
    const Array y = ints(labels);
    const auto part = [&](std::int64_t a, std::int64_t b) { return AuditData{x.rows(a, b), y.rows(a, b)}; };
    CHECK(audit(part(0, 300), part(300, 340), part(340, 400)).clean());
    const auto sparse = [&](std::int64_t a, std::int64_t b) {
      return AuditData{multi_hot(x.rows(a, b), 500), to_categorical(y.rows(a, b), 8)};
    };
    const Audit report = audit(sparse(0, 300), sparse(300, 340), sparse(340, 400));
    CHECK_MESSAGE(report.clean(), report.to_string());

    const Table t = made(seed, 500);
    std::vector<double> price;
    for (std::size_t i = 0; i < 500; ++i)
      price.push_back(t.columns[0][i] + t.columns[4][i] + std::generate_canonical<double, 53>(random));
    const Array target = doubles(price);
    const auto numbers = [&](std::size_t a, std::size_t b) {
      return AuditData{std::get<Array>(t.part(a, b).inputs().x),
                       target.rows(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b))};
    };
    const Audit regression = audit(numbers(0, 400), numbers(400, 500));
    CHECK_MESSAGE(regression.clean(), regression.to_string());
  }
}

TEST_CASE("audit: equal rows") {
  check_planted(Kind::shared_rows, Severity::warning, [](Table& t) { copy_row(t, 7, 803); }, {train(7), test(3)});
  check_planted(Kind::shared_rows, Severity::error,
                [](Table& t) {
                  for (std::size_t i = 0; i < 20; ++i) copy_row(t, 600 + i, 800 + i);
                },
                {validation(0), test(0), validation(1), test(1), validation(2), test(2), validation(3), test(3),
                 validation(4), test(4)});
  check_planted(Kind::repeated_rows, Severity::note, [](Table& t) { copy_row(t, 7, 9); }, {train(7), train(9)});
  check_planted(Kind::contradictory_labels, Severity::warning,
                [](Table& t) {
                  copy_row(t, 7, 9);
                  t.labels[9] = (t.labels[7] + 1) % 3;
                },
                {train(7), train(9)});
  // −0 and 0 are one number, and every NaN equals every other; a difference in the last bit is one.
  const Array a = doubles({0.0, not_a_number, 1, 2}, 2),
              b = doubles({-0.0, -not_a_number, 1, std::nextafter(2.0, 3)}, 2);
  const Audit report = audit(a, b);
  REQUIRE(report.has(Kind::shared_rows));
  CHECK(report.find(Kind::shared_rows)->count == 1);
  CHECK(report.find(Kind::shared_rows)->rows == std::vector{train(0), test(0)});
  CHECK(audit(a.astype(DType::float32), b.astype(DType::float32)).find(Kind::shared_rows)->count == 2);
  // Few different values: equal rows are to be expected, and no fault.
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<double> v;
    std::vector<std::int64_t> labels;
    for (int i = 0; i < 1200; ++i) v.push_back(static_cast<double>(random() % 4));
    for (int i = 0; i < 400; ++i) labels.push_back(static_cast<std::int64_t>(random() % 2));
    const Array x = doubles(v, 3), y = ints(labels);
    const Audit few = audit({x.rows(0, 300), y.rows(0, 300)}, {x.rows(300, 400), y.rows(300, 400)});
    CHECK(few.has(Kind::shared_rows));
    CHECK_MESSAGE(few.clean(), few.to_string());
  }
}

TEST_CASE("audit: rows are compared, and not their hashes alone") {
  std::vector<auditing::AuditPart> parts;
  const Table t = made(1, 300);
  Table copies = t;
  copy_row(copies, 4, 290);
  copy_row(copies, 290, 299);
  parts.push_back({DataPart::train, copies.part(0, 200).inputs().x, {}, 200});
  parts.push_back({DataPart::test, copies.part(200, 300).inputs().x, {}, 100});
  for (int bits : {64, 5, 1}) {
    const auto first = auditing::first_equal_rows(parts, bits);
    for (std::int64_t i = 0; i < 300; ++i) CHECK(first[static_cast<std::size_t>(i)] == (i == 290 || i == 299 ? 4 : i));
  }
}

TEST_CASE("audit: equal sequences and sparse rows") {
  const Sequences a{{1, 2, 3}, {}, {4}, {1, 2, 3}}, b{{1, 2}, {4}, {3, 2, 1}};
  const Audit report = audit({a, ints({0, 1, 0, 1})}, {b, ints({0, 1, 1})});
  CHECK(report.find(Kind::shared_rows)->rows == std::vector{train(2), test(1)});
  CHECK(report.find(Kind::repeated_rows)->rows == std::vector{train(0), train(3)});
  CHECK(report.find(Kind::contradictory_labels)->rows == std::vector{train(0), train(3), train(2), test(1)});
  // As sparse rows the order of words is gone, and so is how a matrix stores them.
  const Audit sparse = audit(multi_hot(a, 5), multi_hot(b, 5));
  CHECK(sparse.find(Kind::shared_rows)->rows == std::vector{train(2), test(1), train(0), test(2)});
  const Csr stored(1, 5, ints({0, 5}), ints({3, 1, 2, 0, 1}),
                   Array::from(std::span<const float>(std::vector<float>{1, .5F, 1, 0, .5F}), {5}));
  CHECK(audit(multi_hot(a, 5), stored).find(Kind::shared_rows)->rows == std::vector{train(0), test(0)});
}

TEST_CASE("audit: classes") {
  check_planted(Kind::unknown_class, Severity::error,
                [](Table& t) {
                  for (std::size_t i = 800; i < 815; ++i) t.labels[i] = 3;
                },
                {test(0), test(1), test(2), test(3), test(4)});
  check_planted(Kind::unknown_class, Severity::warning, [](Table& t) { t.labels[805] = 3; }, {test(5)});
  check_planted(Kind::missing_class, Severity::warning, [](Table& t) {
    for (std::size_t i = 600; i < 800; ++i) t.labels[i] %= 2;
  });
  check_planted(Kind::unlike_classes, Severity::warning,
                [](Table& t) { std::sort(t.labels.begin() + 500, t.labels.end()); });
  check_planted(Kind::imbalance, Severity::warning, [](Table& t) {
    for (std::size_t i = 0; i < 1000; ++i) t.labels[i] = i % 25 == 0;
  });
  // A class of 12 among 100 that is not among 10 others: chance does that.
  std::vector<std::int64_t> labels, others;
  for (std::int64_t i = 0; i < 100; ++i) labels.push_back(i < 12 ? 2 : i % 2);
  for (std::int64_t i = 0; i < 10; ++i) others.push_back(i % 2);
  const Array x = arange(0, 110, 1, DType::float64).reshape({110, 1});
  const Audit report = audit({x.rows(0, 100), ints(labels)}, {x.rows(100, 110), ints(others)}, {.significance = 1e-3});
  REQUIRE(report.has(Kind::missing_class));
  CHECK(report.find(Kind::missing_class)->severity == Severity::note);
  CHECK(report.find(Kind::missing_class)->classes == std::vector<std::int64_t>{2});
  CHECK(!report.has(Kind::unlike_classes));
}

TEST_CASE("audit: what counts as classes") {
  const Array x = arange(0, 40, 1, DType::float64).reshape({40, 1});
  const auto classes = [&](const Array& y, const AuditOptions& options = {}) {
    return audit({x.rows(0, 30), y.rows(0, 30)}, {x.rows(30, 40), y.rows(30, 40)}, options).subject;
  };
  std::vector<std::int64_t> v;
  for (std::int64_t i = 0; i < 40; ++i) v.push_back(i % 3);
  const char *three = "3 classes", *none = "numbers as targets";
  CHECK(contains(classes(ints(v)), three));
  CHECK(contains(classes(ints(v).reshape({40, 1}).astype(DType::uint8)), three));
  CHECK(contains(classes(ints(v).astype(DType::float32)), three));
  CHECK(contains(classes(to_categorical(ints(v))), three));
  CHECK(contains(classes(to_categorical(ints(v)).astype(DType::boolean)), three));
  CHECK(contains(classes(ints(v), {.classes = false}), none));
  for (std::int64_t& c : v) c -= 1;
  CHECK(contains(classes(ints(v)), three));  // −1, 0, 1
  CHECK(contains(classes(ints(v).astype(DType::float64)), none));
  CHECK(contains(classes(ints(v).astype(DType::float64), {.classes = true}), three));
  CHECK(contains(classes(arange(0, 40, 1, DType::int64)), none));
  CHECK(contains(classes(arange(0, 4, 0.1, DType::float32)), none));
  CHECK(contains(classes(zeros({40, 3})), none));
  CHECK(contains(classes(ones({40, 3})), none));
}

TEST_CASE("audit: features") {
  check_planted(Kind::not_finite, Severity::error,
                [](Table& t) { t.columns[2][17] = not_a_number, t.columns[2][31] = -infinite; }, {train(17), train(31)},
                {2});
  check_planted(Kind::not_finite, Severity::error, [](Table& t) { t.columns[4][999] = infinite; }, {test(199)}, {4});
  check_planted(Kind::not_finite, Severity::error, [](Table& t) { t.columns[6].assign(1000, not_a_number); }, {}, {6});
  check_planted(Kind::constant_feature, Severity::note, [](Table& t) { t.columns[1].assign(1000, 0.1); }, {}, {1});
  check_planted(Kind::constant_feature, Severity::note,
                [](Table& t) {
                  t.columns[1].assign(1000, 0.1);
                  t.columns[1][900] = 5;
                },
                {}, {1});
  check_planted(Kind::constant_feature, Severity::warning,
                [](Table& t) { std::fill_n(t.columns[1].begin(), 600, 0.1); }, {}, {1});
  check_planted(Kind::unlike_scales, Severity::warning, [](Table& t) {
    for (double& v : t.columns[4]) v *= 1e5;
  });
  check_planted(Kind::shift, Severity::warning,
                [](Table& t) {
                  for (std::size_t i = 800; i < 1000; ++i) t.columns[0][i] = 1.8 * t.columns[0][i] + 32;
                },
                {}, {0});
  check_planted(Kind::shift, Severity::warning,
                [](Table& t) {  // within the range of train, but elsewhere
                  for (std::size_t i = 800; i < 1000; ++i) t.columns[4][i] = 8 + t.columns[4][i] / 5;
                },
                {}, {4});
  check_planted(Kind::shift, Severity::note, [](Table& t) { t.columns[4][850] = 1e6; }, {}, {4});
  // The scale of what rarely varies says nothing: pixels at the border of images.
  const Audit border = planted(1, [](Table& t) {
    for (std::size_t i = 0; i < 1000; ++i) t.columns[1][i] = i % 50 == 0 ? 1e-3 * t.columns[0][i] : 0;
  });
  CHECK_MESSAGE(border.clean(), border.to_string());
}

TEST_CASE("audit: NaN among targets") {
  const Array x = arange(0, 40, 1, DType::float64).reshape({40, 1});
  Array y = arange(0.5, 40.5, 1, DType::float64);
  y.mutable_data<double>()[3] = not_a_number;
  CHECK(audit({x, y}, AuditData{}).find(Kind::not_finite)->rows == std::vector{train(3)});
}

TEST_CASE("audit: training on the future") {
  const auto dated = [](Table& t) {
    for (std::size_t i = 0; i < 1000; ++i) t.columns[5][i] = 1.6e9 + 3600 * static_cast<double>(i);
  };
  for (std::int64_t column : {5, -3}) {
    const AuditOptions options{.time_column = column};
    check_planted(
        Kind::future, Severity::error,
        [&](Table& t) {
          dated(t);
          std::swap(t.columns[5][100], t.columns[5][999]);
          std::swap(t.columns[5][20], t.columns[5][620]);
        },
        {validation(20), train(20), train(21), train(22), train(23), train(24)}, {5}, options);
    CHECK(planted(1, dated, options).clean());
    const Audit shuffled = planted(
        1,
        [&](Table& t) {
          dated(t);
          std::shuffle(t.columns[5].begin(), t.columns[5].end(), std::mt19937_64(1));
        },
        options);
    CHECK(std::count_if(shuffled.findings.begin(), shuffled.findings.end(),
                        [](const Finding& f) { return f.kind == Kind::future; }) == 2);
    CHECK(shuffled.find(Kind::future)->count > 500);
  }
}

TEST_CASE("audit: the target among the features") {
  check_planted(Kind::leaked_target, Severity::error,
                [](Table& t) {
                  for (std::size_t i = 0; i < 1000; ++i) t.columns[3][i] = static_cast<double>(t.labels[i] == 1);
                },
                {}, {3});
  check_planted(Kind::leaked_target, Severity::error,
                [](Table& t) {  // other numbers for the classes
                  for (std::size_t i = 0; i < 1000; ++i)
                    t.columns[3][i] = 0.1 * static_cast<double>((t.labels[i] * 2 + 1) % 3);
                },
                {}, {3});
  CHECK(!planted(1,
                 [](Table& t) {  // but for one sample
                   for (std::size_t i = 0; i < 1000; ++i) t.columns[3][i] = static_cast<double>(t.labels[i]);
                   t.columns[3][10] += 1;
                 })
             .has(Kind::leaked_target));
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (DType dtype : {DType::float32, DType::float64}) {
      const Table t = made(seed, 400);
      const Array x = std::get<Array>(t.part(0, 400).inputs().x).astype(dtype);
      const auto report = [&](double noise) {
        std::vector<double> y;
        for (std::size_t i = 0; i < 400; ++i) y.push_back(1000 - 0.3 * t.columns[0][i] + noise * t.columns[1][i]);
        const Array target = doubles(y).astype(dtype);
        return audit({x.rows(0, 300), target.rows(0, 300)}, {x.rows(300, 400), target.rows(300, 400)});
      };
      REQUIRE(report(0).has(Kind::leaked_target));
      CHECK(report(0).find(Kind::leaked_target)->features == std::vector<std::int64_t>{0});
      CHECK(report(0.01).clean());
    }
  std::vector<std::vector<std::int64_t>> texts(100);
  std::vector<std::int64_t> labels;
  for (std::size_t i = 0; i < 100; ++i) {
    labels.push_back(static_cast<std::int64_t>(i * 7 % 3));
    texts[i] = {static_cast<std::int64_t>(i % 13), static_cast<std::int64_t>(13 + i % 7)};
    if (labels[i] == 2) texts[i].push_back(40);
  }
  CHECK(audit({multi_hot(Sequences(texts), 50), ints(labels)}, AuditData{}).find(Kind::leaked_target)->features ==
        std::vector<std::int64_t>{40});
}

TEST_CASE("audit: the report") {
  const Table t = made(3, 100);
  Table planted_in = t;
  copy_row(planted_in, 7, 93);
  const AuditOptions names{.named = 2, .feature_names = {"a", "b", "c", "d", "e", "rooms", "g", "h"}};
  std::fill_n(planted_in.columns[5].begin(), 100, 1.0);
  const Audit report = audit(planted_in.part(0, 60), planted_in.part(60, 80), planted_in.part(80, 100), names);
  std::ostringstream out;
  out << report;
  for (const char* part :
       {"audit of 60 train, 20 validation and 20 test samples: 8 features, 3 classes", "error: shared rows",
        "test: 1 row of 20 (5 %) also stands in train", "rows: train 7 = test 13", "note: constant feature",
        "train: rooms is constant", "why: ", "instead: "})
    CHECK(contains(out.str(), part));
  CHECK(out.str().find("error") < out.str().find("note:"));
  CHECK(contains(audit(t.part(0, 60), t.part(60, 100)).to_string(), "nothing found"));
  // Anything with an x and a y will do, and no validation part.
  const auto split = train_test_split(std::get<Array>(t.part(0, 100).inputs().x), *t.part(0, 100).inputs().y);
  CHECK(audit(split.train, split.test).clean());
  CHECK(audit(split.train, AuditData{}, split.test).clean());
  CHECK(audit(split.train, AuditData{zeros({0, 8}, DType::float64), zeros({0}, DType::int64)}, split.test).clean());
}

TEST_CASE("audit: empty and narrow data") {
  CHECK(audit(zeros({3, 0}), zeros({2, 0})).findings.empty());
  CHECK(audit(ones({1, 2}), AuditData{}).clean());
  CHECK(audit(Sequences{{1}}, Sequences{}).clean());
}

TEST_CASE("audit: rejections") {
  const Array x = zeros({4, 3}), y = zeros({4}, DType::int64);
  const auto says = [](const char* text) { return doctest::Contains(text); };
  CHECK_THROWS_WITH_AS(
      audit({x, zeros({3})}, {x, y}),
      says("audit: needs x and y with one row for each sample; got train float32[4,3] with float32[3]"), ShapeError);
  CHECK_THROWS_WITH_AS(audit({x, y}, {x, zeros({5})}), says("got test"), ShapeError);
  CHECK_THROWS_AS(audit(Array::scalar(1.0), x), ShapeError);
  CHECK_THROWS_AS(audit({x, Array::scalar(1.0)}, {x, y}), ShapeError);
  CHECK_THROWS_WITH_AS(
      audit({x, y}, {zeros({4, 2}), y}),
      says("needs samples of one shape in all parts; got train float32[4,3] with int64[4] and test float32[4,2]"),
      ShapeError);
  CHECK_THROWS_WITH_AS(audit({x, y}, {x.astype(DType::float64), y}, {x, y}), says("validation float64[4,3]"),
                       DTypeError);
  CHECK_THROWS_WITH_AS(audit({x, y}, {Sequences{{}, {}, {}, {}}, y}), says("one kind of samples"), DTypeError);
  CHECK_THROWS_AS(audit({Csr::from_dense(x), y}, {Csr::from_dense(zeros({4, 2})), y}), ShapeError);
  CHECK_THROWS_AS(audit({Csr::from_dense(x), y}, {Csr::from_dense(x.astype(DType::float64)), y}), DTypeError);
  CHECK_THROWS_WITH_AS(audit({x, zeros({4, 3})}, {x, zeros({4, 2})}), says("to_categorical takes the number"),
                       ShapeError);
  CHECK_THROWS_WITH_AS(audit({x, y}, x), says("needs targets, or none"), ShapeError);
  CHECK_THROWS_WITH_AS(audit(zeros({0, 3}), x), says("needs samples to train on"), ArgError);
  CHECK_THROWS_AS(audit(AuditData{}, x), ArgError);
  CHECK_THROWS_WITH_AS(audit(x, x, {.time_column = 3}), says("of 3 features; got 3"), IndexError);
  CHECK_THROWS_AS(audit(x, x, {.time_column = -4}), IndexError);
  CHECK_THROWS_AS(audit(Sequences{{1}}, Sequences{{2}}, {.time_column = 0}), ArgError);
  CHECK_THROWS_WITH_AS(audit(x, x, {.significance = 0}), says("significance"), ArgError);
  CHECK_THROWS_AS(audit(x, x, {.significance = not_a_number}), ArgError);
  CHECK_THROWS_AS(audit(x, x, {.named = -1}), ArgError);
  CHECK_THROWS_WITH_AS(audit(x, x, {.feature_names = {"a"}}), says("a name for each of 3 features; got 1"), ArgError);
}

TEST_CASE("audit: the tail of the χ² distribution") {
  // scipy.stats.chi2.sf(statistic, degrees)
  for (const auto& [statistic, degrees, want] :
       {std::tuple(3.841458820694124, 1.0, 0.05), std::tuple(15.136705226623606, 1.0, 1e-4),
        std::tuple(2.0, 2.0, std::exp(-1.0)), std::tuple(100.0, 2.0, std::exp(-50.0)),
        std::tuple(16.918977604620448, 9.0, 0.05), std::tuple(60.0, 20.0, 7.121750862815593e-06),
        std::tuple(5.0, 20.0, 0.9997226479053791)})
    CHECK(auditing::chi_square_tail(statistic, degrees) == doctest::Approx(want).epsilon(1e-9));
  CHECK(auditing::chi_square_tail(0, 3) == 1);
}
