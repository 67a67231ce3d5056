// Features that give the target away.

#include <algorithm>
#include <cmath>

#include "data/audit/parts.hpp"
#include "xgrad/core/threads.hpp"

namespace xgrad::auditing {

namespace {

constexpr std::int64_t least_training_rows = 30, least_of_class = 5, most_targets = 16;

/// Sums of each feature's distances from `origin` over the samples of each class, [classes, features].
std::vector<double> sums_by_class(const AuditSet& set, const std::vector<double>& origin) {
  const AuditPart& part = set.train();
  const std::vector<std::int64_t>& classes = set.classes.of[0];
  const auto width = static_cast<std::size_t>(set.features);
  std::vector<double> sums(set.classes.names.size() * width);
  if (const Csr* x = part.sparse()) {
    const std::int64_t *end = x->row_ptr().data<std::int64_t>(), *columns = x->column().data<std::int64_t>();
    visit_dtype(x->dtype(), [&]<class T>() {
      const T* values = static_cast<const T*>(x->values().raw());
      for (std::size_t i = 0; i < classes.size(); ++i) {
        double* to = sums.data() + static_cast<std::size_t>(classes[i]) * width;
        for (std::int64_t e = end[i]; e < end[i + 1]; ++e) to[columns[e]] += static_cast<double>(values[e]);
      }
    });
    return sums;
  }
  visit_dtype(part.dense()->dtype(), [&]<class T>() {
    const T* x = static_cast<const T*>(part.dense()->raw());
    const std::int64_t grain = std::max<std::int64_t>(8, 100000 / part.rows);
    parallel_for(
        set.features, grain,
        [&](std::int64_t begin, std::int64_t stop) {
          for (std::size_t i = 0; i < classes.size(); ++i) {
            const T* row = x + static_cast<std::int64_t>(i * width);
            double* to = sums.data() + static_cast<std::size_t>(classes[i]) * width;
            for (std::int64_t f = begin; f < stop; ++f)
              to[f] += static_cast<double>(row[f]) - origin[static_cast<std::size_t>(f)];
          }
        },
        16);
  });
  return sums;
}

/// Whether the feature has one value for each class, not the same for all. Classes of few samples do not count: there
/// it is chance.
bool constant_in_classes(const AuditSet& set, std::int64_t feature, const Moments& m) {
  const std::vector<double> values = column(set.train(), feature);
  const std::vector<std::int64_t>& classes = set.classes.of[0];
  std::vector<double> of(set.classes.names.size(), std::nan(""));
  const double tolerance = 1e-6 * (m.high - m.low);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto c = static_cast<std::size_t>(classes[i]);
    if (std::isnan(of[c])) of[c] = values[i];
    if (!(std::abs(values[i] - of[c]) <= tolerance)) return false;
    if (set.classes.count[0][c] < least_of_class) continue;
    low = std::min(low, values[i]), high = std::max(high, values[i]);
  }
  return high > low + tolerance;
}

void check_classes_told(const AuditSet& set, const std::vector<Moments>& m, Findings& out) {
  const auto width = static_cast<std::size_t>(set.features);
  std::vector<double> origin(width);
  if (!set.train().sparse())
    for (std::size_t f = 0; f < width; ++f) origin[f] = std::isfinite(m[f].mean) ? m[f].mean : 0;
  const std::vector<double> sums = sums_by_class(set, origin);
  std::vector<std::int64_t> found;
  for (std::size_t f = 0; f < width; ++f) {
    if (m[f].finite < set.train().rows || m[f].constant()) continue;
    double between = 0;
    for (std::size_t c = 0; c < set.classes.names.size(); ++c) {
      const auto rows = static_cast<double>(set.classes.count[0][c]);
      if (rows == 0) continue;
      const double apart = sums[c * width + f] / rows + origin[f] - m[f].mean;
      between += rows * apart * apart;
    }
    if (between >= m[f].m2 * (1 - 1e-5) && constant_in_classes(set, static_cast<std::int64_t>(f), m[f]))
      found.push_back(static_cast<std::int64_t>(f));
  }
  if (found.empty()) return;
  out.push_back(
      {FindingKind::leaked_target,
       Severity::error,
       "train: " + set.feature_list(found) + (found.size() == 1 ? " has" : " have") + " one value for each class",
       "the target, or part of it, stands among the features: nothing else will be learned",
       "leave it out, unless it is known when one predicts",
       static_cast<std::int64_t>(found.size()),
       {},
       set.first(found)});
}

/// Σ (x − mean of x) (y − mean of y) of each feature.
std::vector<double> products(const AuditSet& set, const std::vector<Moments>& m, const std::vector<double>& y) {
  const AuditPart& part = set.train();
  std::vector<double> sums(static_cast<std::size_t>(set.features));
  if (const Csr* x = part.sparse()) {  // Σ (y − mean) is 0, so that the zeros of x count nothing
    const std::int64_t *end = x->row_ptr().data<std::int64_t>(), *columns = x->column().data<std::int64_t>();
    visit_dtype(x->dtype(), [&]<class T>() {
      const T* values = static_cast<const T*>(x->values().raw());
      for (std::size_t i = 0; i < y.size(); ++i)
        for (std::int64_t e = end[i]; e < end[i + 1]; ++e)
          sums[static_cast<std::size_t>(columns[e])] += static_cast<double>(values[e]) * y[i];
    });
    return sums;
  }
  visit_dtype(part.dense()->dtype(), [&]<class T>() {
    const T* row = static_cast<const T*>(part.dense()->raw());
    for (std::size_t i = 0; i < y.size(); ++i, row += set.features)
      for (std::size_t f = 0; f < sums.size(); ++f) sums[f] += (static_cast<double>(row[f]) - m[f].mean) * y[i];
  });
  return sums;
}

/// How far a number of this size may be from what it stands for.
double rounding(DType dtype, double size) { return size * (dtype == DType::float32 ? 1.2e-7 : 2.3e-16); }

void check_numbers_told(const AuditSet& set, const std::vector<Moments>& m, Findings& out) {
  const Array& y = *set.train().y;
  const std::int64_t rows = set.train().rows, targets = y.size() / rows;
  std::vector<std::int64_t> found;
  for (std::int64_t t = 0; t < std::min(targets, most_targets); ++t) {
    std::vector<double> centred = column({DataPart::train, y, {}, rows}, t);
    double mean = 0, squares = 0, largest = 0;
    for (double v : centred) mean += v / static_cast<double>(rows), largest = std::max(largest, std::abs(v));
    for (double& v : centred) v -= mean, squares += v * v;
    if (!std::isfinite(squares) || squares == 0) continue;
    const std::vector<double> with = products(set, m, centred);
    for (std::size_t f = 0; f < with.size(); ++f) {
      if (m[f].finite < rows || m[f].constant() || m[f].binary()) continue;
      if (with[f] * with[f] < m[f].m2 * squares * (1 - 1e-6)) continue;
      // To the last sample, and not only on average.
      const std::vector<double> x = column(set.train(), static_cast<std::int64_t>(f));
      const double slope = with[f] / squares;
      const double tolerance = 1e-5 * (m[f].high - m[f].low) + std::abs(slope) * rounding(y.dtype(), largest) +
                               rounding(set.dtype(), std::max(std::abs(m[f].low), std::abs(m[f].high)));
      bool exact = true;
      for (std::size_t i = 0; exact && i < x.size(); ++i)
        exact = std::abs(x[i] - m[f].mean - slope * centred[i]) <= tolerance;
      if (exact) found.push_back(static_cast<std::int64_t>(f));
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.empty()) return;
  out.push_back({FindingKind::leaked_target,
                 Severity::error,
                 "train: " + set.feature_list(found) + (found.size() == 1 ? " is" : " are") +
                     " the target, but for a factor and an added constant",
                 "the target stands among the features: nothing else will be learned",
                 "leave it out, unless it is known when one predicts",
                 static_cast<std::int64_t>(found.size()),
                 {},
                 set.first(found)});
}

}  // namespace

void check_target(const AuditSet& set, const PartMoments& m, Findings& out) {
  if (set.train().rows < least_training_rows || m[0].empty() || !set.train().y || set.train().y->size() == 0) return;
  if (!set.classes.known()) {
    check_numbers_told(set, m[0], out);
  } else if (static_cast<double>(set.classes.names.size()) * static_cast<double>(set.features) < 1e8) {
    check_classes_told(set, m[0], out);
  }
}

}  // namespace xgrad::auditing
