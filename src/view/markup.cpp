#include "view/markup.hpp"

#include <cmath>
#include <cstdio>

#include "core/json.hpp"

namespace xgrad::view {

namespace {

/// Characters that HTML refuses (C0 but for blanks, DEL and C1), or that turn the text around them (bidirectional).
bool hidden(std::string_view c) noexcept {
  if (c.size() == 1) return static_cast<unsigned char>(c[0]) < 0x20 || c[0] == 0x7F;
  if (c.size() == 2) return c[0] == '\xC2' && static_cast<unsigned char>(c[1]) < 0xA0;
  return (c >= "\u202A" && c <= "\u202E") || (c >= "\u2066" && c <= "\u2069");
}

}  // namespace

std::size_t character_at(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return length <= text.size() && detail::is_utf8(text.substr(0, length)) ? length : 0;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_at(text.substr(i));
    const std::string_view c = text.substr(i, length);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if (hidden(c)) {
      out += ' ';
    } else if (c == "&") {
      out += "&amp;";
    } else if (c == "<") {
      out += "&lt;";
    } else if (c == ">") {
      out += "&gt;";
    } else if (c == "\"") {
      out += "&quot;";
    } else if (c == "'") {
      out += "&#39;";
    } else {
      out += c;
    }
    i += length == 0 ? 1 : length;
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t most) {
  std::size_t at = 0, count = 0, cut = 0;
  for (; at < text.size() && count < most; ++count) {
    cut = at;  // where the last character that may stay begins
    const std::size_t length = character_at(text.substr(at));
    at += length == 0 ? 1 : length;
  }
  return at == text.size() ? std::string(text) : std::string(text.substr(0, cut)) + "…";
}

std::string brief(double value, int digits) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "∞" : "−∞";
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, std::abs(value));
  return (value < 0 ? "−" : "") + std::string(text);
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t i = text.size(); i > (value < 0 ? 4u : 3u); i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string percent(double share) {
  const double of = 100 * share;
  char text[40];
  std::snprintf(text, sizeof text, of == 0 || of >= 9.95 ? "%.0f\u00A0%%" : "%.1f\u00A0%%", of);
  if (share < 1 && of >= 99.5) return "99.9\u00A0%";
  return text;
}

std::string place(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.1f", value);
  std::string out(text);
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out == "-0" ? "0" : out;
}

}  // namespace xgrad::view
