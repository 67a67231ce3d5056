// Statistics of samples that were to be held out. A part that was brought to mean 0 and standard deviation 1 by its own
// statistics has them to within rounding, n times nearer than chance brings any other part: that tells whose statistics
// they were.

#include <algorithm>
#include <cmath>

#include "data/audit/parts.hpp"

namespace xgrad::auditing {

namespace {

constexpr double by_chance = 1e-7;  // how seldom chance may bring figures so close before they are reported
constexpr std::int64_t least_rows_of_part = 20;

/// How far mean and standard deviation, of the population or of the sample, are from 0 and 1.
double distance(const Moments& m) {
  const auto n = static_cast<double>(m.finite);
  const double sd = m.sd();
  return std::max(std::abs(m.mean), std::min(std::abs(sd - 1), std::abs(sd * std::sqrt(n / (n - 1)) - 1)));
}

/// The same in units of what chance makes of n samples from a distribution of mean 0 and deviation 1.
double closeness(const Moments& m, double rows) { return distance(m) * std::sqrt(rows); }

/// The chance that, of `of` features with mean 0 and deviation 1 but for chance, so many come as close as these. Equal
/// ones (copies of a feature) count once; no more than 4, since features may go together.
double chance_of(std::vector<double> closeness, std::int64_t of) {
  std::sort(closeness.begin(), closeness.end());
  closeness.erase(std::unique(closeness.begin(), closeness.end()), closeness.end());
  double least = 1, ways = 1;
  for (std::size_t k = 1; k <= std::min<std::size_t>(4, closeness.size()); ++k) {
    ways *= static_cast<double>(of - static_cast<std::int64_t>(k) + 1) / static_cast<double>(k);
    const double z = closeness[k - 1], each = 0.9 * z * z;  // both densities at 0: 2 φ(0) · 2 φ(0) √2
    least = std::min(least, ways * std::pow(each, static_cast<double>(k)));
  }
  return least;
}

/// Figures of features f, f + groups, f + 2 groups, … together.
std::vector<Moments> grouped(const std::vector<Moments>& m, std::int64_t groups) {
  std::vector<Moments> out(static_cast<std::size_t>(groups));
  for (std::size_t f = 0; f < m.size(); ++f) out[f % out.size()].add(m[f]);
  return out;
}

std::vector<Moments> together(const PartMoments& m, std::span<const std::size_t> parts) {
  std::vector<Moments> out(m[0].size());
  for (std::size_t p : parts)
    for (std::size_t f = 0; f < out.size(); ++f) out[f].add(m[p][f]);
  return out;
}

/// Features that vary over more than two values: those of two may have any figures by design.
bool telling(const Moments& m) {
  return m.finite >= least_rows_of_part && !m.constant() && !m.binary() && std::isfinite(m.m2);
}

double rows_of(const AuditSet& set, std::span<const std::size_t> parts) {
  double n = 0;
  for (std::size_t p : parts) n += static_cast<double>(set.parts[p].rows);
  return n;
}

std::string names(const AuditSet& set, std::span<const std::size_t> parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0 ? "" : i + 1 < parts.size() ? ", " : " and ") + std::string(name_of(set.parts[parts[i]].which));
  return text;
}

/// What figures are taken over.
struct Level {
  std::int64_t groups;
  enum { feature, last_axis, all } what;

  std::string tell(const AuditSet& set, const std::vector<std::int64_t>& which) const {
    if (what == all) return "all features as one";
    if (what == feature) return set.feature_list(which);
    return set.list(which, [](std::int64_t c) { return "index " + std::to_string(c) + " of the last axis"; });
  }
};

std::string figures(const Moments& m) { return "mean " + number(m.mean) + ", standard deviation " + number(m.sd()); }

constexpr const char* write_instead =
    "take statistics from train alone, and use them for all: Normalization scale; scale.adapt(x_train)";

/// Parts, train among them, that have mean 0 and deviation 1 together in these features, which train alone has not.
struct Joint {
  std::vector<std::size_t> parts;
  std::vector<std::int64_t> which = {};
  double chance = 1;
};

Joint joint_scaling(const AuditSet& set, const PartMoments& m, const std::vector<std::size_t>& parts,
                    const Level& level) {
  const std::vector<Moments> alone = grouped(m[0], level.groups), both = grouped(together(m, parts), level.groups);
  const auto n = static_cast<double>(set.train().rows);
  Joint joint{parts};
  std::vector<double> near;
  std::int64_t of = 0;
  for (std::size_t f = 0; f < both.size(); ++f) {
    if (!telling(both[f])) continue;
    ++of;
    const double z = closeness(both[f], rows_of(set, parts));
    if (z > 0.02 || distance(both[f]) > 0.1 * distance(alone[f]) || distance(alone[f]) * std::sqrt(n) < 1e-4) continue;
    near.push_back(z);
    joint.which.push_back(static_cast<std::int64_t>(f));
  }
  if (!near.empty()) joint.chance = chance_of(near, of);
  return joint;
}

Finding finding_of(const AuditSet& set, const PartMoments& m, const Joint& joint, const Level& level) {
  const bool test = set.parts[joint.parts.back()].which == DataPart::test;
  const Moments train = grouped(m[0], level.groups)[static_cast<std::size_t>(joint.which.front())];
  return {FindingKind::leaked_statistics,
          test ? Severity::error : Severity::note,
          names(set, joint.parts) + " together have mean 0 and standard deviation 1, and train alone has not, in " +
              level.tell(set, joint.which) + " (train: " + figures(train) + ")",
          test ? "the statistics know the test samples: what is measured on them is too good"
               : "what is measured on the validation samples is a little too good; a test is not touched",
          write_instead,
          static_cast<std::int64_t>(joint.which.size()),
          {},
          level.what == Level::feature ? set.first(joint.which) : std::vector<std::int64_t>{}};
}

/// Whether the samples themselves have mean 0 and deviation 1, one by one: their figures are then no part's.
bool each_row_scaled(const AuditPart& part) {
  const Array& x = *part.dense();
  const std::int64_t width = x.size() / part.rows, looked_at = std::min<std::int64_t>(part.rows, 20);
  std::int64_t scaled = 0;
  visit_dtype(x.dtype(), [&]<class T>() {
    const T* row = static_cast<const T*>(x.raw());
    for (std::int64_t i = 0; i < looked_at; ++i, row += width) {
      double sum = 0, squares = 0;
      for (std::int64_t f = 0; f < width; ++f) {
        const auto v = static_cast<double>(row[f]);
        sum += v, squares += v * v;
      }
      const double mean = sum / static_cast<double>(width), square = squares / static_cast<double>(width);
      scaled += std::abs(mean) < 1e-3 && std::abs(square - 1) < 0.1;
    }
  });
  return 2 * scaled > looked_at;
}

/// A held-out part has mean 0 and deviation 1 by itself.
bool scaled_by_itself(const AuditSet& set, const PartMoments& m, std::size_t p, const Level& level, Findings& out) {
  const std::vector<Moments> own = grouped(m[p], level.groups), train = grouped(m[0], level.groups);
  std::vector<double> near;
  std::vector<std::int64_t> which;
  std::int64_t of = 0;
  for (std::size_t f = 0; f < own.size(); ++f) {
    if (!telling(own[f])) continue;
    ++of;
    const double z = closeness(own[f], static_cast<double>(set.parts[p].rows));
    if (z > 0.02) continue;
    near.push_back(z);
    which.push_back(static_cast<std::int64_t>(f));
  }
  if (near.empty() || chance_of(near, of) > by_chance) return false;
  if (level.what != Level::feature && each_row_scaled(set.parts[p])) return false;
  const std::string part = name_of(set.parts[p].which);
  const auto first = static_cast<std::size_t>(which.front());
  out.push_back(
      {FindingKind::leaked_statistics,
       set.parts[p].which == DataPart::test ? Severity::error : Severity::warning,
       part + " by itself has mean 0 and standard deviation 1 in " + level.tell(set, which) +
           " (train: " + figures(train[first]) + ")",
       "it was scaled by its own statistics: the same number means different things here and in train, and one "
       "sample alone could not be predicted",
       write_instead,
       static_cast<std::int64_t>(which.size()),
       {},
       level.what == Level::feature ? set.first(which) : std::vector<std::int64_t>{}});
  return true;
}

}  // namespace

void check_statistics(const AuditSet& set, const PartMoments& m, Findings& out) {
  if (!set.train().dense() || !is_floating(set.dtype()) || set.parts.size() < 2) return;
  std::vector<Level> levels{{set.features, Level::feature}};
  if (set.last_axis > 1 && set.last_axis < set.features) levels.push_back({set.last_axis, Level::last_axis});
  if (set.features > 1) levels.push_back({1, Level::all});
  std::vector<std::vector<std::size_t>> unions;
  if (set.parts.size() == 3) unions = {{0, 1, 2}, {0, 2}, {0, 1}};
  if (set.parts.size() == 2) unions = {{0, 1}};
  for (const Level& level : levels) {
    // Where most samples are exact, a few more change little: the parts whose figures are nearest are those.
    Joint nearest;
    for (const auto& parts : unions)
      if (Joint joint = joint_scaling(set, m, parts, level); joint.chance < nearest.chance) nearest = std::move(joint);
    const bool jointly = nearest.chance <= by_chance;
    bool found = jointly;
    if (jointly) out.push_back(finding_of(set, m, nearest, level));
    for (std::size_t p = 1; p < set.parts.size(); ++p)
      if (!jointly || std::find(nearest.parts.begin(), nearest.parts.end(), p) == nearest.parts.end())
        found = scaled_by_itself(set, m, p, level, out) || found;
    if (found) return;
  }
}

namespace {

/// The steps that values in [0, 1] are whole multiples of (255 for bytes that were divided by 255), else 0.
double steps_of(const std::vector<double>& values, double rows) {
  std::vector<double> some;
  for (double v : values) {
    if (v > 0 && v < 1) some.push_back(v);
    if (some.size() == 200) break;
  }
  std::sort(some.begin(), some.end());
  double gap = some.empty() ? 1 : some.front();
  for (std::size_t i = 1; i < some.size(); ++i)
    if (some[i] - some[i - 1] > 1e-5) gap = std::min(gap, some[i] - some[i - 1]);
  for (double steps : {255.0, rows - 1, std::round(1 / gap)})
    if (std::all_of(some.begin(), some.end(),
                    [&](double v) { return std::abs(v * steps - std::round(v * steps)) < 0.02; }))
      return steps;
  return 0;
}

/// A scaling to [base, 1].
struct Range {
  double base, tolerance;

  double unit(double v) const { return (v - base) / (1 - base); }
  bool low(double v) const { return std::abs(unit(v)) <= tolerance; }
  bool high(double v) const { return std::abs(unit(v) - 1) <= tolerance; }
  bool within(const Moments& m) const { return unit(m.low) >= -tolerance && unit(m.high) <= 1 + tolerance; }
  bool filled(const Moments& m) const { return low(m.low) && high(m.high); }
};

/// A feature's values in these parts, brought to [0, 1].
std::vector<double> values_in(const AuditSet& set, std::span<const std::size_t> parts, std::int64_t feature,
                              const Range& range) {
  std::vector<double> all;
  for (std::size_t p : parts)
    for (double v : column(set.parts[p], feature)) all.push_back(range.unit(v));
  return all;
}

constexpr std::size_t most_columns_read = 50;

/// The features that fill the range over `parts`; those whose values stand on a grid common to several, or on that of
/// bytes, fill it by nature and are left out. Looks at the columns of as many as need be.
std::vector<std::int64_t> scaled_to(const AuditSet& set, std::span<const std::size_t> parts, const Range& range,
                                    std::vector<std::int64_t> candidates, std::int64_t of) {
  if (candidates.size() > most_columns_read) {  // evenly taken from all
    std::vector<std::int64_t> some;
    for (std::size_t i = 0; i < most_columns_read; ++i)
      some.push_back(candidates[i * candidates.size() / most_columns_read]);
    candidates = some;
  }
  const double rows = rows_of(set, parts);
  std::vector<double> steps;
  for (std::int64_t f : candidates) steps.push_back(steps_of(values_in(set, parts, f, range), rows));
  std::vector<std::int64_t> left;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool natural =
        steps[i] != 0 && (steps[i] == 255 || of == 1 || std::count(steps.begin(), steps.end(), steps[i]) > 1);
    if (!natural) left.push_back(candidates[i]);
  }
  return left;
}

/// Whether a value stands once alone in a column.
bool once(const std::vector<double>& values, double v, double tolerance) {
  return std::count_if(values.begin(), values.end(), [&](double w) { return std::abs(w - v) <= tolerance; }) == 1;
}

bool range_of_union(const AuditSet& set, const PartMoments& m, std::span<const std::size_t> parts, const Range& range,
                    Findings& out) {
  const std::vector<Moments> both = together(m, parts);
  std::vector<std::int64_t> filled, leaked;
  std::int64_t of = 0;
  for (std::size_t f = 0; f < both.size(); ++f) {
    if (!telling(both[f]) || !range.within(both[f])) continue;
    ++of;
    if (!range.filled(both[f])) continue;
    filled.push_back(static_cast<std::int64_t>(f));
    if (!range.filled(m[0][f])) leaked.push_back(static_cast<std::int64_t>(f));
  }
  // Scaled by minimum and maximum, all fill the range, and each of the two ends stands among the rows held out as often
  // as these are.
  if (leaked.empty() || static_cast<double>(filled.size()) < 0.8 * static_cast<double>(of)) return false;
  const double train = static_cast<double>(set.train().rows) / rows_of(set, parts);
  const auto found = static_cast<double>(leaked.size());
  if (found < 0.3 * (1 - train * train) * static_cast<double>(filled.size())) return false;
  if (leaked.size() < 2 && of > 4) return false;
  const std::vector<std::int64_t> left = scaled_to(set, parts, range, leaked, of);
  if (left.empty() || (left.size() < 2 && of > 4)) return false;
  const auto first = static_cast<std::size_t>(left.front());
  const bool test = set.parts[parts.back()].which == DataPart::test;
  out.push_back(
      {FindingKind::leaked_statistics,
       test ? Severity::error : Severity::note,
       names(set, parts) + " together reach from " + number(range.base) + " to 1, and train alone does not, in " +
           set.feature_list(leaked) + " (train: " + number(m[0][first].low) + " to " + number(m[0][first].high) + ")",
       test ? "minimum and maximum know the test samples: what is measured on them is too good"
            : "what is measured on the validation samples is a little too good; a test is not touched",
       "take minimum and maximum from train alone, and use them for all; other parts may then exceed the range",
       static_cast<std::int64_t>(leaked.size()),
       {},
       set.first(leaked)});
  return true;
}

bool range_of_itself(const AuditSet& set, const PartMoments& m, std::size_t p, const Range& range, Findings& out) {
  std::vector<std::int64_t> filled;
  std::int64_t of = 0;
  for (std::size_t f = 0; f < m[p].size(); ++f) {
    if (!telling(m[p][f]) || !range.within(m[p][f])) continue;
    ++of;
    if (range.filled(m[p][f])) filled.push_back(static_cast<std::int64_t>(f));
  }
  if (filled.empty() || static_cast<double>(filled.size()) < 0.8 * static_cast<double>(of)) return false;
  const std::size_t self[] = {p};
  std::vector<std::int64_t> left = scaled_to(set, self, range, filled, of);
  // What has an end by nature meets it in several samples.
  std::erase_if(left, [&](std::int64_t f) {
    const std::vector<double> values = values_in(set, self, f, range);
    return !once(values, 0, range.tolerance) || !once(values, 1, range.tolerance);
  });
  if (2 * left.size() < std::min(filled.size(), most_columns_read)) return false;
  const std::string part = name_of(set.parts[p].which);
  out.push_back(
      {FindingKind::leaked_statistics,
       set.parts[p].which == DataPart::test ? Severity::error : Severity::warning,
       part + " by itself reaches exactly from " + number(range.base) + " to 1 in " + set.feature_list(left),
       "it was scaled by its own minimum and maximum: the same number means different things here and in train",
       "take minimum and maximum from train alone, and use them for all; other parts may then exceed the range",
       static_cast<std::int64_t>(filled.size()),
       {},
       set.first(left)});
  return true;
}

}  // namespace

void check_ranges(const AuditSet& set, const PartMoments& m, Findings& out) {
  if (!set.train().dense() || !is_floating(set.dtype()) || set.parts.size() < 2) return;
  std::vector<std::vector<std::size_t>> unions{{0, 1}};
  if (set.parts.size() == 3) unions = {{0, 1, 2}, {0, 2}, {0, 1}};
  for (double base : {0.0, -1.0}) {
    const Range range{base, set.dtype() == DType::float32 ? 5e-7 : 1e-9};
    const auto joint = std::find_if(unions.begin(), unions.end(),
                                    [&](const auto& parts) { return range_of_union(set, m, parts, range, out); });
    bool found = joint != unions.end();
    for (std::size_t p = 1; p < set.parts.size(); ++p)
      if (joint == unions.end() || std::find(joint->begin(), joint->end(), p) == joint->end())
        found = range_of_itself(set, m, p, range, out) || found;
    if (found) return;
  }
}

}  // namespace xgrad::auditing
