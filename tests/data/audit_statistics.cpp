// Statistics of held-out samples: found where they were used, and nowhere else.

#include "data/audit_support.hpp"
#include "data/support.hpp"
#include "xgrad/data/preprocessing.hpp"

using namespace xgrad;
using namespace audit_support;

namespace {

constexpr std::uint64_t seeds = 50;

/// Three parts of a table.
struct Cut {
  std::size_t validation, test, end;
};

Audit look(const Table& t, const Cut& cut, DType dtype) {
  return audit(t.part(0, cut.validation, dtype), t.part(cut.validation, cut.test, dtype),
               t.part(cut.test, cut.end, dtype));
}

const std::vector<Cut> cuts{{600, 800, 1000}, {60, 80, 100}, {4000, 4900, 5000}};

/// Whether the leak is found, as an error, in each of the seeds, cuts and types.
template <class Scale>
void check_found(const char* what, const Scale& scale, Severity severity = Severity::error, bool continuous = false) {
  CAPTURE(what);
  int missed = 0, of = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (const Cut& cut : cuts)
      for (DType dtype : {DType::float64, DType::float32}) {
        Table t = made(seed, cut.end, continuous);
        scale(t, cut);
        const Audit report = look(t, cut, dtype);
        const Finding* f = report.find(FindingKind::leaked_statistics);
        ++of;
        if (f != nullptr && f->severity == severity) continue;
        ++missed;
        if (missed == 1) MESSAGE(what << ": first missed at seed " << seed << ", " << cut.end << " rows\n" << report);
      }
  CHECK_MESSAGE(missed == 0, what << ": missed " << missed << " of " << of);
}

/// Whether no leak is reported.
template <class Scale>
void check_silent(const char* what, const Scale& scale) {
  CAPTURE(what);
  int wrong = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (const Cut& cut : cuts)
      for (DType dtype : {DType::float64, DType::float32}) {
        Table t = made(seed, cut.end);
        scale(t, cut);
        const Audit report = look(t, cut, dtype);
        if (!report.has(FindingKind::leaked_statistics)) continue;
        ++wrong;
        if (wrong == 1) MESSAGE(what << ": first at seed " << seed << ", " << cut.end << " rows\n" << report);
      }
  CHECK_MESSAGE(wrong == 0, what << ": " << wrong << " false alarms");
}

}  // namespace

TEST_CASE("audit: statistics of the test part are found") {
  check_found("all parts together", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) standardize(column, 0, c.end, 0, c.end);
  });
  check_found("all parts together, deviation of the sample", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) standardize(column, 0, c.end, 0, c.end, true);
  });
  check_found("some features alone", [](Table& t, const Cut& c) {
    for (std::size_t f : {0U, 2U, 4U}) standardize(t.columns[f], 0, c.end, 0, c.end);
  });
  check_found("train and test together", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) {
      std::rotate(column.begin() + static_cast<std::ptrdiff_t>(c.validation),
                  column.begin() + static_cast<std::ptrdiff_t>(c.test), column.end());
      const std::size_t test = c.end - c.test;  // the order is now train, test, validation
      standardize(column, 0, c.end, 0, c.validation + test);
      std::rotate(column.begin() + static_cast<std::ptrdiff_t>(c.validation),
                  column.begin() + static_cast<std::ptrdiff_t>(c.validation + test), column.end());
    }
  });
  check_found(
      "each part by itself",
      [](Table& t, const Cut& c) {
        for (auto& column : t.columns) {
          standardize(column, 0, c.validation, 0, c.validation);
          standardize(column, c.validation, c.test, c.validation, c.test);
          standardize(column, c.test, c.end, c.test, c.end);
        }
      },
      Severity::error);
  check_found("a feature by itself, of one", [](Table& t, const Cut& c) {
    t.columns.resize(1);
    standardize(t.columns[0], 0, c.end, 0, c.end);
  });
  check_found(
      "validation together with train: a note",
      [](Table& t, const Cut& c) {
        for (auto& column : t.columns) standardize(column, 0, c.end, 0, c.test);
      },
      Severity::note);
}

TEST_CASE("audit: minimum and maximum of the test part are found") {
  for (double low : {0.0, -1.0}) {
    check_found(
        "each part by itself",
        [&](Table& t, const Cut& c) {
          for (auto& column : t.columns) {
            bring_to_range(column, 0, c.validation, 0, c.validation, low);
            bring_to_range(column, c.validation, c.test, c.validation, c.test, low);
            bring_to_range(column, c.test, c.end, c.test, c.end, low);
          }
        },
        Severity::error, true);
  }
  // Where minimum and maximum of a feature stand in train by chance, as happens, train's are all the same: only
  // features with an end among the held-out rows can tell.
  int missed = 0, of = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (const Cut& cut : cuts)
      for (DType dtype : {DType::float64, DType::float32})
        for (double low : {0.0, -1.0}) {
          Table t = made(seed, cut.end, true);
          int visible = 0;
          for (auto& column : t.columns) {
            const auto [least, most] = std::minmax_element(column.begin(), column.end());
            const auto train = static_cast<std::ptrdiff_t>(cut.validation);
            visible += least - column.begin() >= train || most - column.begin() >= train;
            bring_to_range(column, 0, cut.end, 0, cut.end, low);
          }
          if (visible < 2) continue;
          ++of;
          const Finding* f = nullptr;
          const Audit report = look(t, cut, dtype);
          f = report.find(FindingKind::leaked_statistics);
          missed += f == nullptr;
        }
  CHECK(of > 300);
  CHECK(missed == 0);
}

TEST_CASE("audit: honest scaling, and none, is left alone") {
  check_silent("none", [](Table&, const Cut&) {});
  check_silent("by train", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) standardize(column, 0, c.end, 0, c.validation);
  });
  check_silent("by train, deviation of the sample", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) standardize(column, 0, c.end, 0, c.validation, true);
  });
  check_silent("by train, summed in float32 one by one", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) {
      const auto [mean, deviation] = statistics<float>(column, 0, c.validation);
      for (double& v : column)
        v = static_cast<float>((static_cast<float>(v) - static_cast<float>(mean)) / static_cast<float>(deviation));
    }
  });
  check_silent("to 0 … 1 by train", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) bring_to_range(column, 0, c.end, 0, c.validation);
  });
  check_silent("to −1 … 1 by train", [](Table& t, const Cut& c) {
    for (auto& column : t.columns) bring_to_range(column, 0, c.end, 0, c.validation, -1);
  });
  check_silent("drawn from mean 0 and deviation 1", [](Table& t, const Cut&) {
    std::mt19937_64 random(static_cast<std::uint64_t>(t.columns[0][0] * 1e9));
    std::normal_distribution<double> normal;
    for (auto& column : t.columns)
      for (double& v : column) v = normal(random);
  });
  check_silent("drawn from 0 … 1", [](Table& t, const Cut&) {
    std::mt19937_64 random(static_cast<std::uint64_t>(t.columns[0][0] * 1e9));
    std::uniform_real_distribution<double> uniform(0, 1);
    for (auto& column : t.columns)
      for (double& v : column) v = uniform(random);
  });
  check_silent("an even grid from 0 to 1, shuffled", [](Table& t, const Cut& c) {
    t.columns.resize(1);
    for (std::size_t i = 0; i < c.end; ++i) t.columns[0][i] = static_cast<double>(i) / static_cast<double>(c.end - 1);
    std::shuffle(t.columns[0].begin(), t.columns[0].end(),
                 std::mt19937_64(t.labels.size() + static_cast<std::size_t>(t.labels[0])));
  });
  check_silent("percentages", [](Table& t, const Cut&) {
    for (auto& column : t.columns)
      for (double& v : column) v = std::clamp(std::round(20 * std::abs(v)), 0.0, 100.0) / 100;
  });
  check_silent("probabilities that saturate", [](Table& t, const Cut&) {
    for (auto& column : t.columns)
      for (double& v : column) v = std::clamp(0.5 + v / 8, 0.0, 1.0);
  });
  check_silent("each row by itself", [](Table& t, const Cut& c) {
    for (std::size_t i = 0; i < c.end; ++i) {
      double sum = 0, squares = 0;
      for (auto& column : t.columns) sum += column[i];
      const auto n = static_cast<double>(t.columns.size());
      for (auto& column : t.columns) squares += (column[i] - sum / n) * (column[i] - sum / n);
      for (auto& column : t.columns) column[i] = (column[i] - sum / n) / std::sqrt(squares / n);
    }
  });
}

TEST_CASE("audit: images, whole and by channels") {
  // Bytes: dark borders, a bright middle; few images, so that many pixels are darkest or brightest in a held-out one.
  const auto images = [](std::uint64_t seed, std::int64_t n, bool bytes) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal;
    std::vector<double> v;
    for (std::int64_t i = 0; i < n; ++i)
      for (int p = 0; p < 108; ++p) {
        const double light = 100.0 * (p % 36) / 36 + 90 * normal(random) + (p < 36 ? 40 : 0);
        v.push_back(bytes ? std::clamp(std::round(light), 0.0, 255.0) : std::clamp(light, 0.0, 255.0));
      }
    return Array::from(std::span<const double>(v), {n, 6, 6, 3});
  };
  const auto scaled = [](const Array& x, double mean, double deviation, DType dtype) {
    Array y = x.copy();
    for (double& v : std::span(y.mutable_data<double>(), static_cast<std::size_t>(y.size())))
      v = (v - mean) / deviation;
    return y.astype(dtype);
  };
  int wrong = 0, missed = 0, missed_channels = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    for (DType dtype : {DType::float32, DType::float64})
      for (std::int64_t n : {50, 400}) {
        for (bool bytes : {true, false})
          for (const auto& [mean, deviation] : {std::pair(0.0, 255.0), std::pair(127.5, 127.5), std::pair(0.0, 1.0)}) {
            const Array x = scaled(images(seed, n, bytes), mean, deviation, dtype);
            const Audit report = audit(x.rows(0, n / 2), x.rows(n / 2, 3 * n / 4), x.rows(3 * n / 4, n));
            wrong += report.has(FindingKind::leaked_statistics);
            if (wrong == 1 && report.has(FindingKind::leaked_statistics)) MESSAGE(report);
          }
        const Array x = images(seed, n, true);
        const auto all =
            statistics({x.data<double>(), x.data<double>() + x.size()}, 0, static_cast<std::size_t>(x.size()));
        const Array leaked = scaled(x, all.mean, all.deviation, dtype);
        missed += !audit(leaked.rows(0, n / 2), leaked.rows(n / 2, n)).has(FindingKind::leaked_statistics);
        Array channels = x.copy();
        double* v = channels.mutable_data<double>();
        for (std::size_t c = 0; c < 3; ++c) {
          std::vector<double> one;
          for (std::int64_t i = 0; i < x.size() / 3; ++i) one.push_back(v[3 * i + static_cast<std::int64_t>(c)]);
          standardize(one, 0, one.size(), 0, one.size());
          for (std::size_t i = 0; i < one.size(); ++i) v[3 * i + c] = one[i];
        }
        channels = channels.astype(dtype);
        missed_channels += !audit(channels.rows(0, n / 2), channels.rows(n / 2, n)).has(FindingKind::leaked_statistics);
      }
  CHECK(wrong == 0);
  CHECK(missed == 0);
  CHECK(missed_channels == 0);
}
