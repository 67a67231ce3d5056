#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "xgrad/core/array.hpp"

namespace xgrad {

namespace {

constexpr std::int64_t edge = 3;          // values shown at either end of a long axis
constexpr std::int64_t threshold = 1000;  // arrays of more elements are elided
constexpr std::size_t line_width = 100;

std::string number(double v, DType dtype) {
  if (dtype == DType::boolean) return v != 0 ? "true" : "false";
  char text[40];
  if (!is_floating(dtype)) {
    std::snprintf(text, sizeof text, "%.0f", v);
  } else {
    std::snprintf(text, sizeof text, "%.5g", v);
  }
  return text;
}

class Printer {
 public:
  explicit Printer(const Array& a) : a_(a), elide_(a.size() > threshold) {
    axis(
        0, 0, [this](std::string cell) { width_ = std::max(width_, cell.size()); }, nullptr);
  }

  std::string text() {
    std::string out;
    axis(0, 0, nullptr, &out);
    return out;
  }

 private:
  std::string element(std::int64_t i) const {
    if (a_.dtype() == DType::int64) return std::to_string(static_cast<const std::int64_t*>(a_.raw())[i]);
    return visit_dtype(a_.dtype(), [&]<class T>() {
      return number(static_cast<double>(static_cast<const T*>(a_.raw())[i]), a_.dtype());
    });
  }

  /// Walks the shown elements of one axis: measures cells with `measure`, or appends them to `out`.
  template <class Measure>
  void axis(int depth, std::int64_t offset, Measure measure, std::string* out) {
    if (depth == a_.rank()) {
      std::string cell = element(offset);
      if constexpr (!std::is_null_pointer_v<Measure>) measure(cell);
      if (out) *out += std::string(width_ > cell.size() && a_.rank() ? width_ - cell.size() : 0, ' ') + cell;
      return;
    }
    const std::int64_t n = a_.shape()[depth];
    std::int64_t stride = 1;
    for (int i = depth + 1; i < a_.rank(); ++i) stride *= a_.shape()[i];
    const bool innermost = depth + 1 == a_.rank();
    const std::string margin = "\n" + std::string(static_cast<std::size_t>(depth) + 1, ' ');
    if (out) *out += '[';
    std::size_t used = static_cast<std::size_t>(depth) + 1;
    for (std::int64_t i = 0; i < n; ++i) {
      const bool skip = elide_ && n > 2 * edge && i == edge;
      if (out && i > 0) {
        *out += innermost ? ", " : "," + margin;
        if (innermost && (used += width_ + 2) + width_ > line_width) {
          out->back() = '\n';
          *out += margin.substr(1);
          used = margin.size();
        }
      }
      if (skip) {
        if (out) *out += "…";
        i = n - edge - 1;
        continue;
      }
      axis(depth + 1, offset + i * stride, measure, out);
    }
    if (out) *out += ']';
  }

  const Array& a_;
  bool elide_;
  std::size_t width_ = 0;
};

}  // namespace

std::string to_string(const Array& a) {
  if (a.rank() == 0 && a.has_memory()) return signature(a) + " " + Printer(a).text();
  if (!a.has_memory() || a.size() == 0) return signature(a) + " (no elements)";
  return signature(a) + (a.rank() > 1 ? "\n" : " ") + Printer(a).text();
}

std::ostream& operator<<(std::ostream& out, const Array& a) { return out << to_string(a); }

}  // namespace xgrad
