#include "view/json_writer.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "view/markup.hpp"

namespace xgrad::view {

namespace {

void append_escaped(std::string& to, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t length = character_at(text.substr(i));
    const std::string_view character = text.substr(i, length);
    if (length == 0) {
      to += "\xEF\xBF\xBD";
    } else if (c == '"' || c == '\\') {
      (to += '\\') += c;
    } else if (c == '\n') {
      to += "\\n";
    } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == 0x7F)) {
      ((to += "\\u00") += hex[static_cast<unsigned char>(c) >> 4]) += hex[c & 0xF];
    } else if (character == "\u2028" || character == "\u2029") {
      to += character == "\u2028" ? "\\u2028" : "\\u2029";
    } else {
      to += character;
    }
    i += length == 0 ? 1 : length;
  }
}

template <class... Format>
void append_number(std::string& to, auto value, Format... format) {
  char text[40];
  to.append(text, std::to_chars(text, text + sizeof text, value, format...).ptr);
}

const char* not_finite(double value) noexcept {
  return std::isnan(value) ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"";
}

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name) {
  text(name);
  out_ += ':';
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  out_ += '"';
  append_escaped(out_, value);
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::number(float value) {
  if (!std::isfinite(value)) return raw(not_finite(static_cast<double>(value)));
  separate();
  append_number(out_, value);
  return *this;
}
JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return raw(not_finite(value));
  separate();
  append_number(out_, value);
  return *this;
}
JsonWriter& JsonWriter::rounded(double value, int digits) {
  if (!std::isfinite(value)) return raw(not_finite(value));
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
  double nearest = 0;
  std::from_chars(text, end, nearest);  // 0.5 is shorter than 0.5000
  return number(nearest);
}
JsonWriter& JsonWriter::integer(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

std::string JsonWriter::take() noexcept {
  comma_ = false;
  return std::exchange(out_, {});
}

std::string base64(const void* bytes, std::size_t size) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto* in = static_cast<const unsigned char*>(bytes);
  std::string out;
  out.reserve((size + 2) / 3 * 4);
  for (std::size_t i = 0; i < size; i += 3) {
    const unsigned more = static_cast<unsigned>(size - i);
    const unsigned group = in[i] << 16u | (more > 1 ? in[i + 1] << 8u : 0u) | (more > 2 ? in[i + 2] : 0u);
    out += digits[group >> 18];
    out += digits[group >> 12 & 63];
    out += more > 1 ? digits[group >> 6 & 63] : '=';
    out += more > 2 ? digits[group & 63] : '=';
  }
  return out;
}

}  // namespace xgrad::view
