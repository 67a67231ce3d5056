#include "xgrad/autodiff/compare_with_numeric.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

namespace xgrad {

namespace {

using Row = std::array<std::string, 6>;

std::string figure(const char* format, double x) {
  char text[40];
  std::snprintf(text, sizeof text, format, x);
  return text;
}

}  // namespace

std::string NumericComparison::to_string(std::size_t rows) const {
  const auto failing = static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const NumericEntry& e) { return e.error > 1; }));
  std::vector<Row> table{{"", "entry", "analytic", "numeric", "difference", "in tolerances"}};
  const bool several = std::any_of(entries.begin(), entries.end(), [](const NumericEntry& e) { return e.input > 0; });
  const std::size_t shown = std::min(rows, entries.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const NumericEntry& e = entries[i];
    table.push_back({e.error > 1 ? (i == 0 ? ">>" : ">") : "",
                     (several ? "input " + std::to_string(e.input) + " " : "") + e.index.to_string(),
                     figure("%.10g", e.analytic), figure("%.10g", e.numeric), figure("%.3g", e.difference),
                     figure("%.3g", e.error)});
  }
  std::array<std::size_t, 6> width{2};
  for (const Row& row : table)
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  std::string text = "analytic against numeric: " + std::to_string(failing) + " of " + std::to_string(entries.size()) +
                     (entries.size() == 1 ? " entry differs" : " entries differ") + " by more than " +
                     figure("%g", tolerance * scale) + "\n";
  for (std::size_t r = 0; r < table.size(); ++r) {
    std::string line;
    for (std::size_t c = 0; c < table[r].size(); ++c) {
      const std::string& cell = table[r][c];
      const std::string space(width[c] - cell.size(), ' ');
      line += c < 2 ? cell + space : space + cell;  // names to the left, numbers to the right
      line += c == 0 ? " " : "  ";
    }
    if (r > 0 && entries[r - 1].kink)
      line += "kink: slope " + figure("%.4g", entries[r - 1].left) + " before, " +
              figure("%.4g", entries[r - 1].right) + " after";
    while (line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  if (shown < entries.size())
    text += "   … and " + std::to_string(entries.size() - shown) + " more" +
            (failing > shown ? ", of which " + std::to_string(failing - shown) + " differ" : ", which agree") + "\n";
  return text;
}

std::ostream& operator<<(std::ostream& out, const NumericComparison& c) { return out << c.to_string(); }

}  // namespace xgrad
