// A drawing as numbers, where it cannot be drawn.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "view/plot.hpp"

namespace xgrad::detail {

namespace {

constexpr std::size_t most_lines = 20;

/// Letters as they stand on the screen.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// Lines for these x: all, or about `most_lines` of them, evenly; those of `kept` always.
std::vector<double> chosen(const std::set<double>& all, const std::vector<Mark>& kept) {
  std::vector<double> lines;
  const std::size_t step = (all.size() + most_lines - 1) / most_lines;
  std::size_t i = 0;
  for (double x : all) {
    const bool marked = std::any_of(kept.begin(), kept.end(), [&](const Mark& m) { return m.at == x; });
    if (i % step == 0 || i + 1 == all.size() || marked) lines.push_back(x);
    ++i;
  }
  return lines;
}

std::string cell_of(const Curve& c, double x) {
  const auto found = std::find(c.x.begin(), c.x.end(), x);
  if (found == c.x.end()) return "";
  const auto i = static_cast<std::size_t>(found - c.x.begin());
  char text[64];
  if (c.low.empty()) {
    std::snprintf(text, sizeof text, "%.5g", c.y[i]);
  } else {
    std::snprintf(text, sizeof text, "%.5g ± %.2g", c.y[i], c.high[i] - c.y[i]);
  }
  return text;
}

}  // namespace

std::string table_of(const Drawing& drawing) {
  std::string text = drawing.title.empty() ? "" : printable(drawing.title) + "\n";
  for (const Panel& p : drawing.panels) {
    std::set<double> all;
    for (const Curve& c : p.curves) all.insert(c.x.begin(), c.x.end());
    text += printable(p.title) + "\nepoch";
    const auto put = [&](const std::string& cell, std::size_t width) {
      text += "  " + std::string(width - std::min(width, width_of(cell)), ' ') + cell;
    };
    std::vector<std::size_t> widths;
    for (const Curve& c : p.curves) {
      widths.push_back(std::max<std::size_t>(width_of(c.name), c.low.empty() ? 11 : 17));
      put(printable(c.name), widths.back());
    }
    for (double x : chosen(all, p.marks)) {
      char epoch[32];
      std::snprintf(epoch, sizeof epoch, "\n%5.0f", x);
      text += epoch;
      for (std::size_t i = 0; i < p.curves.size(); ++i) put(cell_of(p.curves[i], x), widths[i]);
      text.erase(text.find_last_not_of(' ') + 1);
      for (const Mark& m : p.marks)
        if (m.at == x) text += "  <- " + printable(m.name);
    }
    text += "\n";
  }
  return text;
}

}  // namespace xgrad::detail
