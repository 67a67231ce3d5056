// Features: finite, varying, of comparable size, and alike in all parts.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/audit/parts.hpp"

namespace xgrad::auditing {

namespace {

/// Whether one value stands in more than nine tenths of the samples: its median then, of as many as tell.
bool rarely_varies(const AuditPart& part, std::int64_t feature) {
  const Array& x = *part.dense();
  const std::int64_t width = x.size() / part.rows, step = std::max<std::int64_t>(1, part.rows / 1000);
  std::vector<double> some;
  visit_dtype(x.dtype(), [&]<class T>() {
    const T* v = static_cast<const T*>(x.raw()) + feature;
    for (std::int64_t i = 0; i < part.rows; i += step)
      if (const auto value = static_cast<double>(v[i * width]); std::isfinite(value)) some.push_back(value);
  });
  if (some.empty()) return true;
  const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
  std::nth_element(some.begin(), middle, some.end());
  const double median = *middle;
  return std::count(some.begin(), some.end(), median) * 10 > static_cast<std::ptrdiff_t>(some.size()) * 9;
}

}  // namespace

void check_finite(const AuditSet& set, const PartMoments& m, Findings& out) {
  for (std::size_t p = 0; p < set.parts.size(); ++p) {
    std::vector<std::int64_t> some, all;
    std::int64_t nan = 0, inf = 0;
    for (std::size_t f = 0; f < m[p].size(); ++f) {
      if (m[p][f].nan + m[p][f].inf == 0) continue;
      (m[p][f].nan == set.parts[p].rows ? all : some).push_back(static_cast<std::int64_t>(f));
      nan += m[p][f].nan, inf += m[p][f].inf;
    }
    const std::string part = name_of(set.parts[p].which);
    if (!all.empty())
      out.push_back({FindingKind::not_finite,
                     Severity::error,
                     part + ": " + set.feature_list(all) + (all.size() == 1 ? " is" : " are") + " NaN in every row",
                     "a NaN among the inputs makes the loss NaN, and then every weight",
                     "leave the feature out; look at how it is read",
                     static_cast<std::int64_t>(all.size()),
                     {},
                     all});
    if (!some.empty()) {
      Finding f{FindingKind::not_finite,
                Severity::error,
                part + ": " + std::to_string(nan) + " NaN and " + std::to_string(inf) + " infinite values in " +
                    set.feature_list(some),
                "a NaN among the inputs makes the loss NaN, and then every weight",
                "leave these rows out, or fill in what the training part says: its mean or median",
                nan + inf,
                {},
                some};
      const std::vector<double> values = column(set.parts[p], some.front());
      for (std::size_t i = 0; i < values.size() && f.rows.size() < static_cast<std::size_t>(set.options->named); ++i)
        if (!std::isfinite(values[i])) f.rows.push_back({set.parts[p].which, static_cast<std::int64_t>(i)});
      out.push_back(std::move(f));
    }
    if (!set.parts[p].y || !is_floating(set.parts[p].y->dtype())) continue;
    const Array& y = *set.parts[p].y;
    const std::int64_t width = y.size() / set.parts[p].rows;
    Finding f{FindingKind::not_finite, Severity::error, "", "the loss of these samples is NaN, and then every weight",
              "leave these rows out"};
    visit_dtype(y.dtype(), [&]<class T>() {
      const T* v = static_cast<const T*>(y.raw());
      for (std::int64_t i = 0; i < set.parts[p].rows; ++i, v += width)
        if (!std::all_of(v, v + width, [](T t) { return std::isfinite(static_cast<double>(t)); })) {
          ++f.count;
          if (f.rows.size() < static_cast<std::size_t>(set.options->named)) f.rows.push_back({set.parts[p].which, i});
        }
    });
    if (f.count == 0) continue;
    f.message = part + ": targets of " + counted(f.count, "row") + " are NaN or infinite";
    out.push_back(std::move(f));
  }
}

void check_constant(const AuditSet& set, const PartMoments& m, Findings& out) {
  std::vector<std::int64_t> always, by_chance, not_by_chance;
  const auto n = static_cast<double>(set.train().rows);
  for (std::size_t f = 0; f < m[0].size(); ++f) {
    const double value = m[0][f].low;
    if (!m[0][f].constant() || (set.time && *set.time == static_cast<std::int64_t>(f))) continue;
    double others = 0, rows = 0;  // held-out values that differ from the constant
    for (std::size_t p = 1; p < set.parts.size(); ++p) {
      rows += static_cast<double>(set.parts[p].rows);
      if (m[p][f].finite == 0 || (m[p][f].constant() && m[p][f].low == value)) continue;
      if (set.parts[p].sparse() && value == 0) {
        others += static_cast<double>(m[p][f].nonzero);
      } else {
        for (double v : column(set.parts[p], static_cast<std::int64_t>(f))) others += std::isfinite(v) && v != value;
      }
    }
    if (others == 0) {
      always.push_back(static_cast<std::int64_t>(f));
    } else {
      const double chance = std::pow(rows / (n + rows), others) * static_cast<double>(m[0].size());
      (chance < set.options->significance ? not_by_chance : by_chance).push_back(static_cast<std::int64_t>(f));
    }
  }
  const auto tell = [&](const std::vector<std::int64_t>& features, Severity severity, const char* and_then,
                        const char* why, const char* advice) {
    if (features.empty()) return;
    out.push_back(
        {FindingKind::constant_feature,
         severity,
         "train: " + set.feature_list(features) + (features.size() == 1 ? " is" : " are") + " constant" + and_then,
         why,
         advice,
         static_cast<std::int64_t>(features.size()),
         {},
         set.first(features)});
  };
  tell(not_by_chance, Severity::warning, ", and not in the parts held out: a random split would not give that",
       "what the weights of these features do to other values was never trained",
       "shuffle before you split; look at how the parts were made");
  tell(by_chance, Severity::note, ", and not quite in the parts held out",
       "the weights of these features keep their initial values, and meet others later",
       "leave them out, or let a regularizer bring their weights to 0");
  tell(always, Severity::note, "", "nothing can be learned from them, and a division by their deviation is one by 0",
       "leave them out");
}

void check_scales(const AuditSet& set, const PartMoments& m, Findings& out) {
  if (!set.train().dense()) return;
  std::vector<std::int64_t> order;
  for (std::size_t f = 0; f < m[0].size(); ++f)
    if (m[0][f].finite > 1 && !m[0][f].constant() && !m[0][f].binary() &&
        !(set.time && *set.time == static_cast<std::int64_t>(f)))
      order.push_back(static_cast<std::int64_t>(f));
  const auto sd = [&](std::int64_t f) { return m[0][static_cast<std::size_t>(f)].sd(); };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return sd(a) < sd(b); });
  const auto varies = [&](std::int64_t f) { return !rarely_varies(set.train(), f); };
  const auto low = std::find_if(order.begin(), order.end(), varies);
  const auto high = std::find_if(order.rbegin(), order.rend(), varies);
  if (low == order.end() || sd(*high) < 100 * sd(*low)) return;
  out.push_back({FindingKind::unlike_scales,
                 Severity::warning,
                 "train: standard deviations from " + number(sd(*low)) + " (" + set.feature(*low) + ") to " +
                     number(sd(*high)) + " (" + set.feature(*high) + ")",
                 "the large features rule every sum, and no learning rate suits the weights of all",
                 "put a Normalization first: Normalization scale; scale.adapt(x_train); Sequential{scale, …}",
                 static_cast<std::int64_t>(order.size()),
                 {},
                 {*low, *high}});
}

void check_shift(const AuditSet& set, const PartMoments& m, Findings& out) {
  if (!set.train().dense()) return;
  for (std::size_t p = 1; p < set.parts.size(); ++p) {
    const AuditPart& part = set.parts[p];
    const auto n = static_cast<double>(set.train().rows), rows = static_cast<double>(part.rows);
    std::vector<std::int64_t> outside, single, moved;
    Finding f{FindingKind::shift, Severity::warning, "", "", ""};
    std::string of_outside, of_single, of_moved;
    for (std::size_t i = 0; i < m[p].size(); ++i) {
      const Moments &a = m[0][i], &b = m[p][i];
      const auto feature = static_cast<std::int64_t>(i);
      if (a.finite < 2 || b.finite == 0 || a.constant() || (set.time && *set.time == feature)) continue;
      const double sd = a.sd(), beyond = std::max(b.high - a.high, a.low - b.low);
      // Of exchangeable samples, the j largest all stand in the smaller part with at most this chance.
      if (beyond > 3 * sd) {
        std::int64_t above = 0, below = 0;
        std::vector<DataRow> where;
        const std::vector<double> values = column(part, feature);
        for (std::size_t k = 0; k < values.size(); ++k) {
          above += values[k] > a.high;
          below += values[k] < a.low;
          if (std::max(values[k] - a.high, a.low - values[k]) > 3 * sd && std::isfinite(values[k]))
            where.push_back({part.which, static_cast<std::int64_t>(k)});
        }
        const double chance = 2 * std::pow(rows / (n + rows), static_cast<double>(std::max(above, below))) *
                              static_cast<double>(m[p].size());
        const std::string told = set.feature(feature) + ": " + number(a.low) + " to " + number(a.high) + " in train, " +
                                 number(b.low) + " to " + number(b.high) + " here";
        if (chance < set.options->significance) {
          if (outside.empty()) of_outside = told;
          f.count += above + below;
          if (outside.empty()) f.rows = set.first(where);
          outside.push_back(feature);
          continue;
        }
        if (beyond > 50 * sd && !rarely_varies(set.train(), feature)) {
          if (single.empty()) of_single = told;
          single.push_back(feature);
        }
      }
      const double apart = std::abs(b.mean - a.mean), spread = std::max(sd, b.sd());
      if (apart > sd && apart > 6 * spread * std::sqrt(1 / n + 1 / rows)) {
        if (moved.empty())
          of_moved = set.feature(feature) + ": mean " + number(a.mean) + " ± " + number(sd) + " in train, " +
                     number(b.mean) + " here";
        moved.push_back(feature);
      }
    }
    const std::string name = name_of(part.which);
    if (!outside.empty()) {
      f.message = name + ": " + counted(f.count, "value") + " outside what train has, in " + set.feature_list(outside) +
                  " (" + of_outside + ")";
      f.why = "the network is asked about what it never saw; a random split would not give that";
      f.advice = "look for other units or another source; shuffle before you split; scale all parts alike";
      f.features = set.first(outside);
      out.push_back(f);
    }
    if (!moved.empty())
      out.push_back({FindingKind::shift,
                     Severity::warning,
                     name + ": means differ from train's by a standard deviation or more in " +
                         set.feature_list(moved) + " (" + of_moved + ")",
                     "the part does not stand for what is trained on; a random split would not give that",
                     "look for other units or another source; shuffle before you split; scale all parts alike",
                     static_cast<std::int64_t>(moved.size()),
                     {},
                     set.first(moved)});
    if (!single.empty())
      out.push_back({FindingKind::shift,
                     Severity::note,
                     name + ": single values far out in " + set.feature_list(single) + " (" + of_single + ")",
                     "a wrong value can spoil a mean that is reported",
                     "look at these samples",
                     static_cast<std::int64_t>(single.size()),
                     {},
                     set.first(single)});
  }
}

void check_time(const AuditSet& set, Findings& out) {
  if (!set.time) return;
  const std::vector<double> train = column(set.train(), *set.time);
  for (std::size_t p = 1; p < set.parts.size(); ++p) {
    double earliest = std::numeric_limits<double>::infinity();
    std::int64_t at = 0;
    const std::vector<double> times = column(set.parts[p], *set.time);
    for (std::size_t i = 0; i < times.size(); ++i)
      if (times[i] < earliest) earliest = times[i], at = static_cast<std::int64_t>(i);
    Finding f{FindingKind::future, Severity::error, "", "", ""};
    f.rows.push_back({set.parts[p].which, at});
    for (std::size_t i = 0; i < train.size(); ++i) {
      if (!(train[i] > earliest)) continue;
      ++f.count;
      if (f.rows.size() <= static_cast<std::size_t>(set.options->named))
        f.rows.push_back({DataPart::train, static_cast<std::int64_t>(i)});
    }
    if (f.count == 0) continue;
    const std::string part = name_of(set.parts[p].which);
    f.message = "train: " + counted(f.count, "row") + " of " + std::to_string(train.size()) +
                " later than the earliest of " + part + " (" + set.feature(*set.time) + " = " + number(earliest) +
                ", row " + std::to_string(at) + ")";
    f.why = "what is predicted was seen, or followed from what was seen: in use the future is not at hand";
    f.advice = "sort by time and cut: train_test_split(x, y, {.shuffle = false}), or time_series_split for folds";
    f.features = {*set.time};
    out.push_back(std::move(f));
  }
}

}  // namespace xgrad::auditing
