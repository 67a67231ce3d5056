#include "ops/window.hpp"

#include <algorithm>
#include <array>

#include "core/near.hpp"
#include "xgrad/core/error.hpp"
#include "xgrad/tape/mode.hpp"

namespace xgrad {

namespace {

constexpr std::array<std::string_view, 3> names{"valid", "same", "causal"};

std::string text_of(Margin m) { return "[" + std::to_string(m.before) + "," + std::to_string(m.after) + "]"; }

}  // namespace

Padding::Padding(std::string_view name, Loc loc) {
  const std::string wanted = detail::folded(name);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (wanted == names[i]) {
      kind_ = static_cast<Kind>(i);
      return;
    }
  }
  throw ArgError(
      "padding",
      "needs 'valid', 'same' or 'causal'; got '" + std::string(name) + "'" + detail::near_matches(name, names),
      detail::user_line(loc));
}

std::string Padding::name() const {
  if (kind_ != Kind::margins) return std::string(names[static_cast<std::size_t>(kind_)]);
  return "[" + text_of(rows_) + "," + text_of(columns_) + "]";
}

namespace detail {

WindowFit fit_window(const Asker& asker, const char* places, std::int64_t n, std::int64_t size, std::int64_t stride,
                     std::int64_t dilation, Padding::Kind kind, Margin margin) {
  const auto refuse = [&](const std::string& problem) { throw ArgError(asker.name, problem, asker.loc); };
  if (stride < 1) refuse("needs strides of at least 1; got " + std::to_string(stride));
  if (dilation < 1) refuse("needs a dilation of at least 1; got " + std::to_string(dilation));
  if (margin.before < 0 || margin.after < 0) refuse("needs margins of at least 0; got " + text_of(margin));
  const std::int64_t reach = (size - 1) * dilation + 1;
  WindowFit fit{0, margin.before};
  std::int64_t padded = n + margin.before + margin.after;
  if (kind == Padding::Kind::same) {
    fit.results = (n + stride - 1) / stride;
    fit.before = std::max<std::int64_t>((fit.results - 1) * stride + reach - n, 0) / 2;
  } else {
    if (kind == Padding::Kind::causal) fit.before = reach - 1;
    if (kind == Padding::Kind::causal) padded = n + fit.before;
    fit.results = padded < reach ? 0 : (padded - reach) / stride + 1;
  }
  if (fit.results < 1)
    throw ShapeError(asker.name,
                     "needs " + std::to_string(reach) + " " + places + " for a window; got " + std::to_string(padded),
                     asker.loc);
  return fit;
}

void need_padding(const Asker& asker, const Padding& padding, bool series) {
  if (!series && padding.kind() == Padding::Kind::causal)
    throw ArgError(asker.name, "needs padding 'valid', 'same' or margins in two dimensions; got 'causal'", asker.loc);
  if (series && padding.rows() != Margin{})
    throw ArgError(asker.name, "needs one margin for one dimension; got " + padding.name(), asker.loc);
}

std::string window_text(Pair strides, const std::string& more) {
  std::string text;
  if (strides != Pair(1)) text = "strides " + std::to_string(strides.rows) + " x " + std::to_string(strides.columns);
  if (!text.empty() && !more.empty()) text += ", ";
  return text + more;
}

}  // namespace detail

}  // namespace xgrad
