// What a report says, and how.

#include <algorithm>
#include <cstdio>
#include <ostream>

#include "data/audit/parts.hpp"

namespace xgrad {

namespace auditing {

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

std::string counted(std::int64_t n, const char* what) { return std::to_string(n) + ' ' + what + (n == 1 ? "" : "s"); }

std::string AuditSet::feature(std::int64_t f) const {
  const auto& names = options->feature_names;
  return names.empty() ? "feature " + std::to_string(f) : names[static_cast<std::size_t>(f)];
}

std::string AuditSet::list(std::span<const std::int64_t> items,
                           const std::function<std::string(std::int64_t)>& name) const {
  std::string text;
  const auto named = std::min<std::size_t>(items.size(), static_cast<std::size_t>(options->named));
  for (std::size_t i = 0; i < named; ++i) text += (i == 0 ? "" : ", ") + name(items[i]);
  return items.size() > named ? text + ", …" : text;
}

std::string AuditSet::feature_list(std::span<const std::int64_t> which) const {
  if (!options->feature_names.empty()) return list(which, [&](std::int64_t f) { return feature(f); });
  if (which.size() == 1) return feature(which[0]);
  const std::string numbers = list(which, [](std::int64_t f) { return std::to_string(f); });
  return std::to_string(which.size()) + " features (" + numbers + ")";
}

}  // namespace auditing

const char* name_of(DataPart part) noexcept {
  return part == DataPart::train ? "train" : part == DataPart::validation ? "validation" : "test";
}

const char* name_of(Severity severity) noexcept {
  return severity == Severity::note ? "note" : severity == Severity::warning ? "warning" : "error";
}

const char* name_of(FindingKind kind) noexcept {
  static constexpr const char* names[] = {
      "shared rows",    "repeated rows",     "contradictory labels", "unknown class",    "missing class",
      "unlike classes", "imbalance",         "not finite",           "constant feature", "unlike scales",
      "shift",          "leaked statistics", "the future",           "leaked target"};
  return names[static_cast<std::size_t>(kind)];
}

bool Audit::clean() const noexcept {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& f) { return f.severity == Severity::note; });
}

const Finding* Audit::find(FindingKind kind) const noexcept {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.kind == kind; });
  return at == findings.end() ? nullptr : &*at;
}

std::string Audit::to_string() const {
  std::string text = subject + '\n';
  if (findings.empty()) return text + "nothing found\n";
  for (const Finding& f : findings) {
    text += '\n' + std::string(name_of(f.severity)) + ": " + name_of(f.kind) + "\n  " + f.message + '\n';
    const bool pairs = f.kind == FindingKind::shared_rows || f.kind == FindingKind::repeated_rows ||
                       f.kind == FindingKind::contradictory_labels;
    if (!f.rows.empty()) {
      text += "  rows: ";
      for (std::size_t i = 0; i < f.rows.size(); ++i)
        text += (i == 0                ? ""
                 : pairs && i % 2 == 1 ? " = "
                                       : ", ") +
                std::string(name_of(f.rows[i].part)) + ' ' + std::to_string(f.rows[i].row);
      text += '\n';
    }
    text += "  why: " + f.why + "\n  instead: " + f.advice + '\n';
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Audit& audit) { return out << audit.to_string(); }

}  // namespace xgrad
