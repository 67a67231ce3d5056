#include <algorithm>
#include <cmath>

#include "view/charts.hpp"
#include "view/markup.hpp"

namespace xgrad::view {

namespace {

constexpr double width = 300, left = 40, right = 8, axis = 26;
constexpr double share_width = 44;  // of the column that tells zeros
constexpr double worth_telling = 0.05;

double number(std::size_t n) { return static_cast<double>(n); }

double zeros_share(const Histogram& h) {
  return h.finite > 0 ? static_cast<double>(h.zeros) / static_cast<double>(h.finite) : 0;
}

/// Bins as they are drawn.
struct Shape {
  double lowest = 0, bin = 0;  // the bins' width; 0: all elements are equal
  std::vector<double> counts = {};

  double begin(std::size_t i) const { return lowest + bin * number(i); }
  double peak() const { return *std::max_element(counts.begin(), counts.end()); }
};

/// @param without_zeros leaves them out of their bin
Shape shape_of(const Histogram& h, bool without_zeros) {
  const std::size_t bins = h.counts.size();
  if (h.finite == 0) return {0, 0, {0}};
  Shape s{h.lowest, (h.highest - h.lowest) / number(bins), {h.counts.begin(), h.counts.end()}};
  double shown = static_cast<double>(h.finite);
  if (without_zeros && h.lowest <= 0 && h.highest >= 0) {
    const auto at = s.bin > 0 ? std::min(static_cast<std::size_t>(-h.lowest / s.bin), bins - 1) : 0;
    s.counts[at] = std::max(0., s.counts[at] - static_cast<double>(h.zeros));
    shown -= static_cast<double>(h.zeros);
  }
  // Few elements would look like a comb: bins are put together.
  const double wanted = std::max(8., 2 * std::sqrt(shown));
  const auto together = static_cast<std::size_t>(std::ceil(number(bins) / wanted));
  if (together > 1 && s.bin > 0) {
    std::vector<double> fewer((bins + together - 1) / together);
    for (std::size_t i = 0; i < bins; ++i) fewer[i / together] += s.counts[i];
    s.counts = std::move(fewer);
    s.bin *= number(together);
  }
  return s;
}

struct Range {
  double low = INFINITY, high = -INFINITY;

  double width() const { return high - low; }
  void take(const Range& other) {
    low = std::min(low, other.low);
    high = std::max(high, other.high);
  }
  /// With room at both ends.
  Range wider() const {
    if (low > high) return {-1, 1};
    const double room = high > low ? 0.03 * (high - low) : low == 0 ? 1 : 0.5 * std::abs(low);
    return {low - room, high + room};
  }
};

/// Where a shape stands, without the outermost thousandth on each side.
Range extent_of(const Shape& s) {
  double all = 0;
  for (double n : s.counts) all += n;
  if (all == 0) return {};
  std::size_t first = 0, last = s.counts.size() - 1;
  for (double sum = s.counts[first]; first < last && sum <= 1e-3 * all; sum += s.counts[++first]) continue;
  for (double sum = s.counts[last]; last > first && sum <= 1e-3 * all; sum += s.counts[--last]) continue;
  return {s.begin(first), s.begin(last + 1)};
}

/// The axis: all rows, but of those that are much wider than most the middle only, which would make needles of the
/// others.
Range axis_of(const std::vector<Ridge>& rows, const std::vector<Shape>& shapes) {
  constexpr double much = 4;
  std::vector<Range> extents;
  std::vector<double> widths;
  for (const Shape& s : shapes) {
    extents.push_back(extent_of(s));
    if (extents.back().low <= extents.back().high) widths.push_back(extents.back().width());
  }
  Range all;
  if (widths.empty()) return all;
  const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
  std::nth_element(widths.begin(), middle, widths.end());
  for (std::size_t i = 0; i < extents.size(); ++i) {
    Range& e = extents[i];
    if (*middle > 0 && e.low <= e.high && e.width() > much * *middle) {
      const double mean = std::clamp(rows[i].histogram.mean, e.low, e.high), side = much / 2 * *middle;
      e = {std::max(e.low, mean - side), std::min(e.high, mean + side)};
    }
    all.take(e);
  }
  return all;
}

std::string line(const char* kind, double x, double y1, double y2) {
  return std::string("<line class=\"") + kind + "\" x1=\"" + place(x) + "\" y1=\"" + place(y1) + "\" x2=\"" + place(x) +
         "\" y2=\"" + place(y2) + "\"/>";
}

std::string text(double x, double y, const char* anchor, const std::string& content) {
  return "<text x=\"" + place(x) + "\" y=\"" + place(y) + "\" text-anchor=\"" + anchor + "\">" + content + "</text>";
}

/// What a row says when it is pointed at.
std::string told_of(const Ridge& row) {
  const Histogram& h = row.histogram;
  std::string s = row.name + ": ";
  s += h.finite == 0 ? "nothing finite"
                     : "mean " + brief(h.mean) + " ± " + brief(h.stddev) + ", from " + brief(h.lowest) + " to " +
                           brief(h.highest);
  if (h.zeros > 0) s += ", " + percent(zeros_share(h)) + " zeros";
  if (h.nan + h.inf > 0) s += ", " + grouped(h.nan + h.inf) + " not finite";
  return s;
}

/// @param x where a number stands, between `left` and `to`
template <class Scale>
std::string outline(const Shape& s, const Scale& x, double to, double base, double rise) {
  std::string path = "M" + place(left) + " " + place(base);
  const double peak = s.peak();
  const auto point = [&](double at, double share) {
    path += "L" + place(std::clamp(at, left, to)) + " " + place(base - rise * std::sqrt(share));
  };
  if (peak > 0 && s.bin > 0) {
    point(x(s.lowest), 0);
    for (std::size_t i = 0; i < s.counts.size(); ++i) {
      const double begin = x(s.begin(i)), end = x(s.begin(i + 1)), share = s.counts[i] / peak;
      if (end < left || begin > to) continue;
      if (end - begin > 9) {  // wide bins as steps: a slope would show what nobody counted
        point(begin, share);
        point(end, share);
      } else {
        point((begin + end) / 2, share);
      }
    }
    point(x(s.begin(s.counts.size())), 0);
  } else if (peak > 0) {
    for (double aside : {-1.2, 0., 1.2}) point(x(s.lowest) + aside, aside == 0);
  }
  return path + "L" + place(to) + " " + place(base);
}

}  // namespace

std::string ridges_svg(const std::vector<Ridge>& rows, const std::string& kind, const std::string& id,
                       const std::string& title, const std::string& description) {
  const bool told = std::any_of(rows.begin(), rows.end(), [](const Ridge& r) {
    const double share = zeros_share(r.histogram);
    return share > worth_telling && share < 1;  // weights may begin as zeros
  });
  const double pitch = rows.size() <= 8 ? 20 : rows.size() <= 14 ? 16 : 12, rise = 2.1 * pitch;
  const double last = rise + pitch * number(rows.size() - 1) + 4, height = last + axis;
  const double to = width - right - (told ? share_width : 0);

  std::vector<Shape> shapes;
  for (const Ridge& r : rows) shapes.push_back(shape_of(r.histogram, told));
  const Range range = axis_of(rows, shapes).wider();
  const auto x = [&](double v) { return left + (v - range.low) / (range.high - range.low) * (to - left); };

  std::string s = open_svg(width, height, id, title, description);
  for (double v : ticks(range.low, range.high, 4))
    s += line(v == 0 ? "zero" : "grid", x(v), 4, last) + text(x(v), height - 7, "middle", brief(v));
  const std::size_t every = pitch < 13 ? 2 : 1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double base = rise + pitch * number(i);
    s += "<g class=\"ridge " + kind + "\"><title>" + escaped(told_of(rows[i])) + "</title><path d=\"" +
         outline(shapes[i], x, to, base, rise) + "\"/></g>";
    const bool named = i + 1 == rows.size() || (i % every == 0 && i + every < rows.size());  // the last one always
    if (named) s += text(left - 6, base + 1, "end", escaped(rows[i].name));
    if (named && told) s += text(width - right, base + 1, "end", percent(zeros_share(rows[i].histogram)));
  }
  if (told) s += text(width - right, height - 7, "end", "zeros");
  return s + "</svg>";
}

}  // namespace xgrad::view
