#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "view/charts.hpp"
#include "view/markup.hpp"

namespace xgrad::view {

namespace {

using Colour = std::array<double, 3>;  // of 255

constexpr Colour right{0, 84, 140}, wrong{191, 66, 0}, paper{255, 255, 255};

Colour shade(const Colour& full, double share) {
  Colour c{};
  for (std::size_t i = 0; i < 3; ++i) c[i] = std::round(paper[i] + (full[i] - paper[i]) * share);
  return c;
}

std::string hex(const Colour& c) {
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(c[0]), static_cast<unsigned>(c[1]),
                static_cast<unsigned>(c[2]));
  return text;
}

/// Relative luminance (WCAG 2).
double luminance(const Colour& c) {
  const auto linear = [](double v) {
    v /= 255;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
}

/// White or black, whichever is read more easily: at worst 4.58 to 1.
const char* ink_on(const Colour& c) {
  return 1.05 / (luminance(c) + 0.05) > (luminance(c) + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

std::string text(double x, double y, const std::string& more, const std::string& content) {
  return "<text x=\"" + place(x) + "\" y=\"" + place(y) + "\" " + more + ">" + content + "</text>";
}

}  // namespace

std::string matrix_svg(const std::vector<std::string>& classes, const std::vector<std::int64_t>& counts,
                       const std::string& id, const std::string& title, const std::string& description) {
  constexpr std::size_t numbered = 20, longest = 14;
  const std::size_t k = classes.size();
  std::size_t widest = 0;
  std::vector<std::string> names;
  for (const std::string& name : classes) {
    names.push_back(shortened(name, longest));
    std::size_t characters = 0;
    for (char c : names.back()) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    widest = std::max(widest, characters);
  }
  const double cells = static_cast<double>(k);
  const double cell = k <= 4 ? 56 : k <= 12 ? 36 : k <= numbered ? 27 : std::max(4., 560 / cells);
  const double letters = 7 * static_cast<double>(widest);
  const bool turned = letters > cell - 4;
  const double left = 30 + letters, top = 26 + (turned ? letters : 14), size = cell * cells;
  std::string s = open_svg(left + size + 4, top + size + 4, id, title, description);
  s += text(left + size / 2, 14, "text-anchor=\"middle\" class=\"axis-name\"", "predicted") +
       text(12, top + size / 2,
            "text-anchor=\"middle\" class=\"axis-name\" transform=\"rotate(-90 12 " + place(top + size / 2) + ")\"",
            "true");
  const std::size_t every = cell >= 11 ? 1 : static_cast<std::size_t>(std::ceil(11 / cell));
  for (std::size_t i = 0; i < k; i += every) {
    const double at = cell * (static_cast<double>(i) + 0.5);
    s += text(left - 6, top + at + 4, "text-anchor=\"end\"", escaped(names[i]));
    const std::string x = place(left + at + (turned ? 4 : 0)), y = place(top - 6);
    s += "<text x=\"" + x + "\" y=\"" + y + "\" " +
         (turned ? "text-anchor=\"start\" transform=\"rotate(-90 " + x + " " + y + ")\"" : "text-anchor=\"middle\"") +
         ">" + escaped(names[i]) + "</text>";
  }
  s += "<rect class=\"frame\" x=\"" + place(left) + "\" y=\"" + place(top) + "\" width=\"" + place(size) +
       "\" height=\"" + place(size) + "\"/>";
  for (std::size_t row = 0; row < k; ++row) {
    const auto begin = counts.begin() + static_cast<std::ptrdiff_t>(row * k);
    std::int64_t of_row = 0;
    for (auto at = begin; at != begin + static_cast<std::ptrdiff_t>(k); ++at) of_row += *at;
    for (std::size_t column = 0; column < k; ++column) {
      const std::int64_t n = begin[static_cast<std::ptrdiff_t>(column)];
      if (n == 0) continue;
      const double share = static_cast<double>(n) / static_cast<double>(of_row);
      const Colour fill =
          row == column ? shade(right, 0.08 + 0.92 * share) : shade(wrong, 0.12 + 0.88 * std::sqrt(share));
      const double x = left + cell * static_cast<double>(column), y = top + cell * static_cast<double>(row);
      const double gap = cell >= 10 ? 1 : 0;
      s += "<g><title>true " + escaped(classes[row]) + ", predicted " + escaped(classes[column]) + ": " + grouped(n) +
           " (" + percent(share) + " of the row)</title><rect x=\"" + place(x + gap / 2) + "\" y=\"" +
           place(y + gap / 2) + "\" width=\"" + place(cell - gap) + "\" height=\"" + place(cell - gap) + "\" fill=\"" +
           hex(fill) + "\"/>";
      if (k <= numbered) {
        const std::string digits = std::to_string(n);
        const double fit = (cell - 4) / (0.62 * static_cast<double>(digits.size()));
        s += text(x + cell / 2, y + cell / 2 + 4,
                  "text-anchor=\"middle\" class=\"count\" fill=\"" + std::string(ink_on(fill)) + "\" font-size=\"" +
                      place(std::min(12.5, fit)) + "\"",
                  digits);
      }
      s += "</g>";
    }
  }
  return s + "</svg>";
}

}  // namespace xgrad::view
