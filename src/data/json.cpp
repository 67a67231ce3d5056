#include "data/json.hpp"

#include <charconv>

namespace xgrad::detail {

namespace {

class JsonReader {
 public:
  JsonReader(std::string_view text, const std::string& name, Loc loc) : text_(text), name_(name), loc_(loc) {}

  std::vector<std::pair<std::string, std::int64_t>> object() {
    std::vector<std::pair<std::string, std::int64_t>> entries;
    space();
    expect('{');
    space();
    if (peek() == '}') {
      ++at_;
    } else {
      for (;;) {
        std::string key = string();
        space();
        expect(':');
        space();
        entries.emplace_back(std::move(key), integer());
        space();
        if (peek() == '}') break;
        expect(',');
        space();
      }
      ++at_;
    }
    space();
    if (at_ != text_.size()) fail("nothing after the object");
    return entries;
  }

 private:
  [[noreturn]] void fail(const std::string& needs) const {
    throw IoError("read_json",
                  "needs " + needs + " at byte " + std::to_string(at_) + " of " + name_ + "; got " +
                      (at_ < text_.size() ? "'" + std::string(text_.substr(at_, 16)) + "'" : "the end"),
                  loc_);
  }
  int peek() const { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1; }
  void space() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  void expect(char c) {
    if (peek() != c) fail(std::string("'") + c + "'");
    ++at_;
  }

  std::int64_t integer() {
    const std::size_t digits = at_ + (peek() == '-');
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    const auto stop = static_cast<std::size_t>(end - text_.data());
    if (error != std::errc{} || (text_[digits] == '0' && stop - digits > 1)) fail("an integer");
    at_ = stop;
    if (peek() == '.' || peek() == 'e' || peek() == 'E') fail("an integer without fraction and exponent");
    return value;
  }

  unsigned hex4() {
    unsigned value = 0;
    if (text_.size() - at_ < 4) fail("four hexadecimal digits");
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, value, 16);
    if (error != std::errc{} || end != text_.data() + at_ + 4) fail("four hexadecimal digits");
    at_ += 4;
    return value;
  }

  static void append_utf8(std::string& to, unsigned c) {
    if (c < 0x80) {
      to += static_cast<char>(c);
      return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static constexpr unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    to += static_cast<char>(lead[more] | c >> 6 * more);
    for (int i = more - 1; i >= 0; --i) to += static_cast<char>(0x80 | (c >> 6 * i & 0x3f));
  }

  void escape(std::string& to) {
    ++at_;  // the backslash
    const int c = peek();
    static constexpr std::string_view names = "\"\\/bfnrt", values = "\"\\/\b\f\n\r\t";
    if (const auto plain = c < 0 ? std::string_view::npos : names.find(static_cast<char>(c));
        plain != std::string_view::npos) {
      to += values[plain];
      ++at_;
      return;
    }
    if (c != 'u') fail("an escape sequence");
    ++at_;
    unsigned code = hex4();
    if (code >= 0xd800 && code < 0xdc00) {  // the first half of a pair
      if (text_.substr(at_, 2) != "\\u") fail("the second half of a surrogate pair");
      at_ += 2;
      const unsigned low = hex4();
      if (low < 0xdc00 || low > 0xdfff) fail("the second half of a surrogate pair");
      code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
      fail("the first half of a surrogate pair");
    }
    append_utf8(to, code);
  }

  /// One character of more than one byte, copied. Overlong forms, surrogates and what is beyond U+10FFFF are refused.
  void multibyte(std::string& to) {
    const auto lead = static_cast<unsigned>(peek());
    const std::size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4 || text_.size() - at_ <= more) fail("UTF-8");
    unsigned code = lead & (0x3fU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
      const auto c = static_cast<unsigned char>(text_[at_ + i]);
      if ((c & 0xc0) != 0x80) fail("UTF-8");
      code = code << 6 | (c & 0x3f);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
        (more == 3 && (code < 0x10000 || code > 0x10ffff)))
      fail("UTF-8");
    to += text_.substr(at_, more + 1);
    at_ += more + 1;
  }

  std::string string() {
    expect('"');
    std::string value;
    for (;;) {
      const int c = peek();
      if (c < 0x20) fail("the rest of a string");  // the end as well
      if (c == '"') break;
      if (c == '\\') {
        escape(value);
      } else if (c >= 0x80) {
        multibyte(value);
      } else {
        value += static_cast<char>(c);
        ++at_;
      }
    }
    ++at_;
    return value;
  }

  std::string_view text_;
  const std::string& name_;
  Loc loc_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::pair<std::string, std::int64_t>> parse_integers(std::string_view json, const std::string& name,
                                                                 Loc loc) {
  return JsonReader(json, name, loc).object();
}

}  // namespace xgrad::detail
