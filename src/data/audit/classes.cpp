// Classes: which there are, which a part lacks, whether shares differ by more than chance.

#include <algorithm>
#include <cmath>
#include <set>

#include "data/audit/parts.hpp"

namespace xgrad::auditing {

namespace {

constexpr std::size_t most_classes = 1000, most_classes_in_floats = 20;

/// The row's class where each row has a single 1 among zeros; else empty.
template <class T>
std::vector<std::int64_t> one_hot_classes(const T* y, std::int64_t rows, std::int64_t width) {
  std::vector<std::int64_t> classes;
  for (std::int64_t i = 0; i < rows; ++i, y += width) {
    std::int64_t at = -1;
    for (std::int64_t c = 0; c < width; ++c) {
      if (y[c] == T{}) continue;
      if (y[c] != T{1} || at >= 0) return {};
      at = c;
    }
    if (at < 0) return {};
    classes.push_back(at);
  }
  return classes;
}

/// The labels of the rows; empty where these are no classes.
std::vector<std::int64_t> labels_of(const Array& y, bool told) {
  const std::int64_t rows = y.shape(0), width = rows == 0 ? 1 : y.size() / rows;
  return visit_dtype(y.dtype(), [&]<class T>() -> std::vector<std::int64_t> {
    const T* values = static_cast<const T*>(y.raw());
    if (width > 1) return y.rank() == 2 ? one_hot_classes(values, rows, width) : std::vector<std::int64_t>{};
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < y.size(); ++i) {
      if constexpr (std::is_floating_point_v<T>)
        if (!(std::abs(values[i]) < T(1e9)) || values[i] != std::floor(values[i]) || (!told && values[i] < 0))
          return {};
      labels.push_back(static_cast<std::int64_t>(values[i]));
    }
    return labels;
  });
}

}  // namespace

Classes find_classes(std::span<const AuditPart> parts, const std::optional<bool>& are_classes) {
  Classes found;
  if (are_classes && !*are_classes) return found;
  const bool told = are_classes.has_value();
  std::set<std::int64_t> names;
  std::int64_t rows = 0;
  bool floats = false;
  for (const AuditPart& part : parts) {
    if (!part.y || part.y->size() == 0) return {};
    found.of.push_back(labels_of(*part.y, told));
    if (found.of.back().empty()) return {};
    rows += part.rows;
    floats = floats || (is_floating(part.y->dtype()) && part.y->size() == part.rows);
    for (std::size_t i = 0; i < found.of.back().size(); ++i) {
      const std::int64_t label = found.of.back()[i];
      if (i == 0 || label != found.of.back()[i - 1]) names.insert(label);
      if (!told && names.size() > (floats ? most_classes_in_floats : most_classes)) return {};
    }
  }
  // As many values as half the samples are no classes, but numbers.
  if (!told && 2 * static_cast<std::int64_t>(names.size()) > std::max<std::int64_t>(4, rows)) return {};
  if (!told && floats && *names.begin() > 1) return {};
  found.names.assign(names.begin(), names.end());
  for (std::vector<std::int64_t>& labels : found.of) {
    found.count.emplace_back(found.names.size());
    for (std::int64_t& label : labels) {
      label = std::lower_bound(found.names.begin(), found.names.end(), label) - found.names.begin();
      ++found.count.back()[static_cast<std::size_t>(label)];
    }
  }
  return found;
}

double chi_square_tail(double statistic, double degrees) {
  // Q(a, x), the regularised upper incomplete gamma function: Numerical Recipes, section 6.2, by series below a + 1 and
  // by continued fraction above.
  const double a = degrees / 2, x = statistic / 2;
  if (x <= 0) return 1;
  const double front = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < 10000 && term > sum * 1e-16; ++n) sum += term *= x / (a + n);
    return std::max(0.0, 1 - front * sum);
  }
  double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (int n = 1; n < 10000; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (std::abs(d * c - 1) < 1e-15) break;
  }
  return front * h;
}

namespace {

std::string percent(std::int64_t n, std::int64_t of) {
  return number(100.0 * static_cast<double>(n) / static_cast<double>(of)) + " %";
}

/// Shares in the training part (first) and a held-out one.
void check_shares(const AuditSet& set, std::size_t p, Findings& out) {
  const auto &train = set.classes.count[0], &other = set.classes.count[p];
  const auto n = static_cast<double>(set.train().rows), m = static_cast<double>(set.parts[p].rows);
  double statistic = 0, apart = 0, most = 0;
  std::size_t cells = 0, worst = 0;
  double rest_train = 0, rest_other = 0;
  const auto cell = [&](double a, double b) {
    const double each = (a + b) / (n + m);
    if (each == 0) return 0.0;
    ++cells;
    return (a - n * each) * (a - n * each) / (n * each) + (b - m * each) * (b - m * each) / (m * each);
  };
  for (std::size_t c = 0; c < train.size(); ++c) {
    const auto a = static_cast<double>(train[c]), b = static_cast<double>(other[c]);
    apart += std::abs(a / n - b / m) / 2;
    if ((a + b) / (n + m) * std::min(n, m) < 5) {
      rest_train += a, rest_other += b;
      continue;
    }
    const double chi = cell(a, b);
    statistic += chi;
    if (chi > most) most = chi, worst = c;
  }
  if ((rest_train + rest_other) / (n + m) * std::min(n, m) >= 1) statistic += cell(rest_train, rest_other);
  if (cells < 2 || apart < 0.01) return;
  const double chance = chi_square_tail(statistic, static_cast<double>(cells - 1));
  if (chance >= set.options->significance) return;
  const std::string part = name_of(set.parts[p].which);
  out.push_back({FindingKind::unlike_classes,
                 Severity::warning,
                 part + ": classes have other shares than in train (class " + std::to_string(set.classes.names[worst]) +
                     ": " + percent(other[worst], set.parts[p].rows) + " against " +
                     percent(train[worst], set.train().rows) + "; by chance less often than " + number(chance) + ")",
                 "the part does not stand for what is trained on: its figures mix what was learned with other shares",
                 "shuffle before you split, or split class by class: stratified_k_fold(y, 5, {.shuffle = true})",
                 1,
                 {},
                 {},
                 {set.classes.names[worst]}});
}

}  // namespace

void check_classes(const AuditSet& set, Findings& out) {
  const Classes& classes = set.classes;
  if (!classes.known()) return;
  const auto class_list = [&](const std::vector<std::int64_t>& items) {
    return set.list(items, [](std::int64_t c) { return std::to_string(c); });
  };
  const auto n = static_cast<double>(set.train().rows);
  for (std::size_t p = 1; p < set.parts.size(); ++p) {
    const std::string part = name_of(set.parts[p].which);
    const auto m = static_cast<double>(set.parts[p].rows);
    std::vector<std::int64_t> unknown, missing;
    std::int64_t rows = 0;
    double by_chance = 1, missing_by_chance = 1;
    for (std::size_t c = 0; c < classes.names.size(); ++c) {
      const std::int64_t a = classes.count[0][c], b = classes.count[p][c];
      if (a == 0 && b > 0) {
        unknown.push_back(classes.names[c]);
        rows += b;
        by_chance = std::min(by_chance, std::pow(m / (n + m), static_cast<double>(b)));
      } else if (a > 0 && b == 0) {
        missing.push_back(classes.names[c]);
        missing_by_chance = std::min(missing_by_chance, std::pow(n / (n + m), static_cast<double>(a)));
      }
    }
    const double line = set.options->significance / static_cast<double>(classes.names.size());
    const auto plural = [](const std::vector<std::int64_t>& list) { return list.size() == 1 ? "class " : "classes "; };
    if (!unknown.empty()) {
      Finding f{FindingKind::unknown_class,
                by_chance < line ? Severity::error : Severity::warning,
                part + ": " + plural(unknown) + class_list(unknown) + " (" + counted(rows, "row") + ") not in train",
                "what is never trained on cannot be predicted",
                "split class by class: stratified_k_fold(y, 5, {.shuffle = true}); leave out classes too rare to learn",
                static_cast<std::int64_t>(unknown.size())};
      for (std::size_t i = 0; i < classes.of[p].size() && f.rows.size() < static_cast<std::size_t>(set.options->named);
           ++i)
        if (classes.count[0][static_cast<std::size_t>(classes.of[p][i])] == 0)
          f.rows.push_back({set.parts[p].which, static_cast<std::int64_t>(i)});
      f.classes = unknown;
      out.push_back(std::move(f));
    }
    if (!missing.empty())
      out.push_back({FindingKind::missing_class,
                     missing_by_chance < line ? Severity::warning : Severity::note,
                     part + ": no sample of " + plural(missing) + class_list(missing),
                     "how well these are predicted is not measured",
                     "split class by class: stratified_k_fold(y, 5, {.shuffle = true})",
                     static_cast<std::int64_t>(missing.size()),
                     {},
                     {},
                     missing});
    check_shares(set, p, out);
  }
  const auto& count = classes.count[0];
  const auto most = std::max_element(count.begin(), count.end());
  std::size_t rarest = static_cast<std::size_t>(most - count.begin());
  std::int64_t of_rarest = *most;
  for (std::size_t c = 0; c < count.size(); ++c)
    if (count[c] > 0 && count[c] < of_rarest) rarest = c, of_rarest = count[c];
  double kinds = 0, unlike = 0;  // against classes that are equally frequent, but for chance
  for (std::int64_t c : count) kinds += c > 0;
  for (std::int64_t c : count)
    if (c > 0) unlike += (static_cast<double>(c) - n / kinds) * (static_cast<double>(c) - n / kinds) / (n / kinds);
  if (of_rarest * 10 <= *most && chi_square_tail(unlike, kinds - 1) < set.options->significance) {
    const std::int64_t often = classes.names[static_cast<std::size_t>(most - count.begin())];
    out.push_back({FindingKind::imbalance,
                   Severity::warning,
                   "train: class " + std::to_string(often) + " has " + counted(*most, "row") + ", class " +
                       std::to_string(classes.names[rarest]) + " " + std::to_string(of_rarest),
                   "always saying " + std::to_string(often) + " is right for " + percent(*most, set.train().rows) +
                       " of them: accuracy says little, and rare classes are hardly learned",
                   "fit with .class_weight, split with stratified_k_fold, and look at F scores or the confusion matrix",
                   2,
                   {},
                   {},
                   {often, classes.names[rarest]}});
  }
}

}  // namespace xgrad::auditing
