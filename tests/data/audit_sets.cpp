// audit on the data sets themselves. The numbers of equal samples are those of tests/reference/make_audit.py.

#include <chrono>

#include "data/support.hpp"
#include "xgrad/data/audit.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/data/preprocessing.hpp"
#include "xgrad/data/texts.hpp"

using namespace xgrad;
using Kind = FindingKind;

namespace {

/// The report; says how long it took.
Audit timed(const std::string& name, const AuditData& train, const AuditData& test) {
  const auto begin = std::chrono::steady_clock::now();
  Audit report = audit(train, test);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  MESSAGE(name << ": " << report.subject << ", in " << took.count() << " ms");
  return report;
}

void check_counts(const Audit& report, std::int64_t shared, std::int64_t repeated, std::int64_t contradictory) {
  const auto count = [&](Kind kind) { return report.has(kind) ? report.find(kind)->count : 0; };
  CHECK(count(Kind::shared_rows) == shared);
  CHECK(count(Kind::repeated_rows) == repeated);
  CHECK(count(Kind::contradictory_labels) == contradictory);
}

AuditData floats(const datasets::Samples& s) {
  return {s.x.reshape({s.x.shape(0), 784}).astype(DType::float32), to_categorical(s.y)};
}

void check_digits(const datasets::Split& split) {
  const Audit report = timed("bytes", split.train, split.test);
  CHECK_MESSAGE(report.clean(), report.to_string());
  check_counts(report, 0, 0, 0);
  CHECK(report.has(Kind::constant_feature));  // pixels in the corners
  const Audit of_floats = timed("floats", floats(split.train), floats(split.test));
  CHECK_MESSAGE(of_floats.clean(), of_floats.to_string());
}

}  // namespace

TEST_CASE("audit: the digits that ship") { check_digits(datasets::mnist_10k()); }

TEST_CASE("audit: mnist") {
  if (datasets::mnist_folder().empty()) {
    MESSAGE("skipped: needs MNIST's four files in one of the folders");
  } else {
    check_digits(datasets::mnist());
  }
}

TEST_CASE("audit: boston_housing has features of unlike size") {
  const support::MadeHome home;
  const auto [train, test] = datasets::boston_housing();
  const Audit report = timed("boston_housing", train, test);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].kind == Kind::unlike_scales);
  CHECK(report.findings[0].features == std::vector<std::int64_t>{4, 9});  // NOX, TAX
}

TEST_CASE("audit: imdb has reviews in both parts") {
  if (!support::has_keras_file("imdb.npz")) return;
  const auto [train, test] = datasets::imdb({.num_words = 10000});
  const Audit report = timed("imdb", train, test);
  CHECK(report.findings.size() == 2);
  check_counts(report, 123, 99, 0);
  check_counts(timed("imdb, multi-hot", AuditData{multi_hot(train.x, 10000), train.y},
                     AuditData{multi_hot(test.x, 10000), test.y}),
               123, 99, 0);
}

TEST_CASE("audit: reuters has newswires in both parts, and rare topics") {
  if (!support::has_keras_file("reuters.npz")) return;
  const auto [train, test] = datasets::reuters({.num_words = 10000});
  const Audit report = timed("reuters", train, test);
  CHECK(report.findings.size() == 4);
  check_counts(report, 237, 529, 449);
  REQUIRE(report.has(Kind::imbalance));
  CHECK(report.find(Kind::imbalance)->classes == std::vector<std::int64_t>{3, 35});
  const auto sparse = [](const datasets::Texts& t) { return AuditData{multi_hot(t.x, 10000), to_categorical(t.y)}; };
  const Audit rows = timed("reuters, multi-hot", sparse(train), sparse(test));
  CHECK(rows.find(Kind::shared_rows)->count > 237);  // texts of the same words in another order, too
  CHECK(!rows.has(Kind::leaked_target));
}
