#include "xgrad/view/describe.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ostream>

namespace xgrad {

Description describe(const Array& a) {
  Description d{.dtype = a.dtype(), .shape = a.shape()};
  const std::int64_t n = a.has_memory() ? a.size() : 0;
  visit_dtype(a.dtype(), [&]<class T>() {
    const T* x = static_cast<const T*>(a.raw());
    double sum = 0, lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
    for (std::int64_t i = 0; i < n; ++i) {
      const double v = static_cast<double>(x[i]);
      if (std::isnan(v)) {
        ++d.nan;
      } else if (std::isinf(v)) {
        ++d.inf;
      } else {
        ++d.finite;
        d.zeros += v == 0;
        sum += v;
        lowest = std::min(lowest, v);
        highest = std::max(highest, v);
      }
    }
    if (d.finite == 0) return;
    d.lowest = lowest;
    d.highest = highest;
    d.mean = sum / static_cast<double>(d.finite);
    double squares = 0;
    const double width = (highest - lowest) / Description::bins;
    for (std::int64_t i = 0; i < n; ++i) {
      const double v = static_cast<double>(x[i]);
      if (!std::isfinite(v)) continue;
      squares += (v - d.mean) * (v - d.mean);
      const double bin = width > 0 && std::isfinite(width) ? (v - lowest) / width : 0;
      ++d.histogram[static_cast<std::size_t>(std::clamp(bin, 0.0, Description::bins - 1.0))];
    }
    d.stddev = std::sqrt(squares / static_cast<double>(d.finite));
  });
  return d;
}

Description describe(const Var& v, Loc loc) { return describe(v.value(loc)); }
Description describe(const Parameter& p) { return describe(p.value()); }

std::string Description::to_string() const {
  static constexpr const char* bars[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text = name_of(dtype) + shape.to_string();
  if (finite + nan + inf == 0) return text + "  no elements";
  char part[160];
  if (finite > 0) {
    std::snprintf(part, sizeof part, "  %.5g … %.5g  mean %.5g ± %.5g", lowest, highest, mean, stddev);
    text += part;
  }
  const auto count = [&](const char* what, std::int64_t n) {
    if (n == 0) return;
    std::snprintf(part, sizeof part, "  %s %lld (%.3g %%)", what, static_cast<long long>(n),
                  100.0 * static_cast<double>(n) / static_cast<double>(finite + nan + inf));
    text += part;
  };
  count("NaN", nan);
  count("Inf", inf);
  count("zeros", zeros);
  if (finite > 0) {
    const std::int64_t most = *std::max_element(histogram.begin(), histogram.end());
    text += "  |";
    for (std::int64_t n : histogram) text += bars[n == 0 ? 0 : 1 + (7 * n) / most];
    text += "|";
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const Description& d) { return out << d.to_string(); }

}  // namespace xgrad
