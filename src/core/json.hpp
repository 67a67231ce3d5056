#pragma once
// JSON (RFC 8259): a value, read strictly and written on one line.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xgrad::detail {

struct Json {
  enum class Kind : std::uint8_t { null, boolean, integer, real, text, list, object };

  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;  // finite: JSON has no others
  std::string text = {};
  std::vector<Json> items = {};
  std::vector<std::pair<std::string, Json>> members = {};  // in the order of the text
  bool used = false;                                       // for whoever wants to know what nobody asked for

  Json() = default;
  static Json of(bool value);
  static Json of(std::int64_t value);
  static Json of(double value);
  static Json of(std::string value);
  static Json list_of(std::vector<Json> items);
  static Json object();

  /// The member, or null.
  Json* find(std::string_view name) noexcept;
  /// The member, made where there is none.
  Json& operator[](std::string_view name);
};

/// What a parser complains with: what it needs there, and where that is.
using JsonComplaint = std::function<void(const std::string& needs, const std::string& got)>;

/// Strict: no comments, no trailing comma, no bare control character, no member twice, UTF-8 only, nothing after the
/// value, at most 256 levels. Numbers without fraction and exponent that fit are integers.
/// @param complain is called at the first fault, and throws
Json parse_json(std::string_view text, const JsonComplaint& complain);

/// On one line; real numbers in the shortest form that reads back to the same bits.
std::string to_text(const Json& value);
/// A string in quotes, escaped.
std::string quoted_json(std::string_view text);

/// A code point below U+110000 in UTF-8.
void append_utf8(std::string& to, unsigned code);
/// Whether a text is UTF-8: no overlong forms, no surrogates.
bool is_utf8(std::string_view text) noexcept;

}  // namespace xgrad::detail
