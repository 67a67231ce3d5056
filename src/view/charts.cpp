#include "view/charts.hpp"

#include <algorithm>
#include <cmath>

#include "view/markup.hpp"

namespace xgrad::view {

namespace {

constexpr double width = 360, height = 220, left = 46, right = 12, top = 24, bottom = 34;

struct Axis {
  double low, high, from, to;  // numbers, and where they stand
  double operator()(double v) const { return from + (v - low) / (high - low) * (to - from); }
};

/// The range of what is finite, a little wider.
struct Range {
  double low = INFINITY, high = -INFINITY;
  void take(double v) {
    if (!std::isfinite(v)) return;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  bool empty() const { return low > high; }
  Range wider(double part) const {
    const double by = high > low ? part * (high - low) : high == 0 ? 0.5 : 0.5 * std::abs(high);
    return {low - by, high + by};
  }
};

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
  return std::string("<line class=\"") + kind + "\" x1=\"" + place(x1) + "\" y1=\"" + place(y1) + "\" x2=\"" +
         place(x2) + "\" y2=\"" + place(y2) + "\"/>";
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + place(x) + "\" y=\"" + place(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(text) +
         "</text>";
}

std::string drawn(const detail::Curve& c, const Axis& x, const Axis& y) {
  const std::string kind = "c" + std::to_string(c.colour % 7);
  std::string path, dots;
  bool pen = false;
  for (std::size_t i = 0; i < c.x.size(); ++i) {
    if (!std::isfinite(c.y[i])) {
      pen = false;
      continue;
    }
    const std::string at = place(x(c.x[i])) + " " + place(y(c.y[i]));
    path += (pen ? "L" : "M") + at;
    pen = true;
    dots += "<circle class=\"dot " + kind + "\" cx=\"" + place(x(c.x[i])) + "\" cy=\"" + place(y(c.y[i])) + "\" r=\"" +
            (c.points ? "2.8" : "2.2") + "\"><title>" + escaped(c.name) + ", epoch " + brief(c.x[i], 9) + ": " +
            brief(c.y[i], 6) + "</title></circle>";
  }
  if (c.x.size() > 80) dots.clear();
  return "<path class=\"" + std::string(c.points ? "thin " : "curve ") + kind + "\" d=\"" + path + "\"/>" + dots;
}

}  // namespace

std::string open_svg(double w, double h, const std::string& id, const std::string& title,
                     const std::string& description) {
  return "<svg viewBox=\"0 0 " + place(w) + " " + place(h) + "\" role=\"img\" aria-labelledby=\"" + id + "-t " + id +
         "-d\"><title id=\"" + id + "-t\">" + escaped(title) + "</title><desc id=\"" + id + "-d\">" +
         escaped(description) + "</desc>";
}

std::vector<double> ticks(double low, double high, int most, bool whole) {
  if (!(high > low) || !std::isfinite(high - low)) return {};
  const double raw = (high - low) / most;
  double power = std::pow(10, std::floor(std::log10(raw)));
  if (whole) power = std::max(power, 1.0);
  double step = 10 * power;
  for (double s : {1., 2., 5.})
    if (s * power >= raw * (1 - 1e-9)) {
      step = s * power;
      break;
    }
  std::vector<double> all;
  for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k)
    all.push_back(k == 0 ? 0 : k * step);
  return all;
}

std::string curves_svg(const detail::Panel& panel, const std::string& id, const std::string& description) {
  std::string s = open_svg(width, height, id, panel.title, description);
  Range epochs, values;
  for (const detail::Curve& c : panel.curves)
    for (std::size_t i = 0; i < c.x.size(); ++i) {
      epochs.take(c.x[i]);
      values.take(c.y[i]);
    }
  if (values.empty()) return s + label(width / 2, height / 2, "middle", "no finite figures") + "</svg>";
  const Range across = epochs.wider(0.03), up = values.wider(0.06);
  const Axis x{across.low, across.high, left, width - right}, y{up.low, up.high, height - bottom, top};
  for (double v : ticks(up.low, up.high, 5))
    s += line(left, y(v), width - right, y(v), "grid") + label(left - 6, y(v) + 4, "end", brief(v));
  for (double e : ticks(epochs.low, epochs.high > epochs.low ? epochs.high : epochs.low + 1, 8, true))
    if (e <= epochs.high) s += label(x(e), height - bottom + 16, "middle", brief(e, 9));
  s += line(left, height - bottom, width - right, height - bottom, "axis") +
       label((left + width - right) / 2, height - 4, "middle", "epoch");
  for (const detail::Mark& m : panel.marks) {
    const bool late = x(m.at) > 0.6 * width;  // its name stands above the curves, on the side that has room
    s += line(x(m.at), top, x(m.at), height - bottom, "best") +
         label(x(m.at) + (late ? 4 : -4), top - 7, late ? "end" : "start", m.name);
  }
  for (const detail::Curve& c : panel.curves) s += drawn(c, x, y);
  return s + "</svg>";
}

}  // namespace xgrad::view
