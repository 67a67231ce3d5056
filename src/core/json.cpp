#include "core/json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace xgrad::detail {

Json Json::of(bool value) {
  Json j;
  j.kind = Kind::boolean;
  j.boolean = value;
  return j;
}
Json Json::of(std::int64_t value) {
  Json j;
  j.kind = Kind::integer;
  j.integer = value;
  return j;
}
Json Json::of(double value) {
  Json j;
  j.kind = Kind::real;
  j.real = value;
  return j;
}
Json Json::of(std::string value) {
  Json j;
  j.kind = Kind::text;
  j.text = std::move(value);
  return j;
}
Json Json::list_of(std::vector<Json> items) {
  Json j;
  j.kind = Kind::list;
  j.items = std::move(items);
  return j;
}
Json Json::object() {
  Json j;
  j.kind = Kind::object;
  return j;
}

Json* Json::find(std::string_view name) noexcept {
  const auto found = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == name; });
  return found == members.end() ? nullptr : &found->second;
}
Json& Json::operator[](std::string_view name) {
  if (Json* there = find(name)) return *there;
  return members.emplace_back(name, Json{}).second;
}

void append_utf8(std::string& to, unsigned code) {
  if (code < 0x80) {
    to += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
  to += static_cast<char>(lead[more] | code >> 6 * more);
  for (int i = more - 1; i >= 0; --i) to += static_cast<char>(0x80 | (code >> 6 * i & 0x3F));
}

namespace {

constexpr int max_depth = 256;
constexpr std::string_view escapes = "\"\\/bfnrt", escaped = "\"\\/\b\f\n\r\t";

class Parser {
 public:
  Parser(std::string_view text, const JsonComplaint& complain) : text_(text), complain_(complain) {}

  Json document() {
    Json j = value(0);
    blanks();
    if (at_ != text_.size()) fail("nothing after the value");
    return j;
  }

 private:
  [[noreturn]] void fail(const std::string& needs) const {
    std::string got = "the end";
    if (at_ < text_.size()) {
      got = "'";
      for (char c : text_.substr(at_, 16)) got += static_cast<unsigned char>(c) - 0x20u < 0x5Fu ? c : '?';
      got += "'";
    }
    complain_(needs + " at byte " + std::to_string(at_), got);
    std::abort();  // a complaint throws
  }
  int peek() const noexcept { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_]) : -1; }
  void blanks() noexcept {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  bool accept(char c) {
    blanks();
    if (peek() != static_cast<unsigned char>(c)) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("'") + c + "'");
  }

  Json value(int depth) {
    if (depth > max_depth) fail("at most 256 levels of lists and objects");
    blanks();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return list(depth);
      case '"':
        return Json::of(string());
      case 't':
        return word("true", Json::of(true));
      case 'f':
        return word("false", Json::of(false));
      case 'n':
        return word("null", Json{});
      default:
        return number();
    }
  }

  Json word(std::string_view name, Json meaning) {
    if (text_.substr(at_, name.size()) != name) fail("a value");
    at_ += name.size();
    return meaning;
  }

  Json object(int depth) {
    Json j = Json::object();
    expect('{');
    if (accept('}')) return j;
    do {
      blanks();
      std::string name = string();
      expect(':');
      j.members.emplace_back(std::move(name), value(depth + 1));
    } while (accept(','));
    expect('}');
    std::vector<std::string_view> names;
    for (const auto& [name, member] : j.members) names.push_back(name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end()) complain_("members of different names", "two called '" + std::string(*twice) + "'");
    return j;
  }

  Json list(int depth) {
    Json j = Json::list_of({});
    expect('[');
    if (accept(']')) return j;
    do j.items.push_back(value(depth + 1));
    while (accept(','));
    expect(']');
    return j;
  }

  Json number() {
    const std::size_t first = at_;
    const auto digits = [&] {
      const std::size_t begin = at_;
      while (peek() >= '0' && peek() <= '9') ++at_;
      if (at_ == begin) fail("a value");
    };
    if (peek() == '-') ++at_;
    if (peek() == '0' && at_ + 1 < text_.size() && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9')
      fail("a number without leading zeros");
    digits();
    bool whole = true;
    if (peek() == '.') {
      whole = false;
      ++at_;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
    const char *begin = text_.data() + first, *end = text_.data() + at_;
    std::int64_t integer = 0;
    if (whole && std::from_chars(begin, end, integer).ec == std::errc{}) return Json::of(integer);
    double real = 0;
    const auto [stop, error] = std::from_chars(begin, end, real);
    if (error != std::errc{} && error != std::errc::result_out_of_range) fail("a value");
    if (error != std::errc{} || !std::isfinite(real)) {
      at_ = first;
      fail("a number that a double can hold");
    }
    return Json::of(real);
  }

  unsigned hex4() {
    unsigned code = 0;
    if (text_.size() - at_ < 4) fail("four hexadecimal digits");
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + at_ + 4, code, 16);
    if (error != std::errc{} || end != text_.data() + at_ + 4) fail("four hexadecimal digits");
    at_ += 4;
    return code;
  }

  void escape(std::string& to) {
    const int c = peek();
    if (const auto k = escapes.find(static_cast<char>(c)); c > 0 && k != std::string_view::npos) {
      ++at_;
      to += escaped[k];
      return;
    }
    if (c != 'u') fail("an escape that JSON has");
    ++at_;
    unsigned code = hex4();
    if (code >= 0xD800 && code < 0xE000) {  // two of them make one character
      if (code >= 0xDC00 || text_.substr(at_, 2) != "\\u") fail("a pair of surrogates");
      at_ += 2;
      const unsigned low = hex4();
      if (low < 0xDC00 || low >= 0xE000) fail("a pair of surrogates");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(to, code);
  }

  std::string string() {
    expect('"');
    const std::size_t begin = at_;
    std::string s;
    for (;;) {
      const int c = peek();
      if (c < 0x20) fail("the rest of a string");  // the end as well
      ++at_;
      if (c == '"') break;
      if (c == '\\') {
        escape(s);
      } else {
        s += static_cast<char>(c);
      }
    }
    if (!is_utf8(s)) {
      at_ = begin;
      fail("a string in UTF-8");
    }
    return s;
  }

  std::string_view text_;
  const JsonComplaint& complain_;
  std::size_t at_ = 0;
};

void write(std::string& to, const Json& j) {
  const auto all = [&](char open, const auto& parts, char close, auto&& part) {
    to += open;
    bool first = true;
    for (const auto& p : parts) {
      if (!first) to += ',';
      first = false;
      part(p);
    }
    to += close;
  };
  switch (j.kind) {
    case Json::Kind::null:
      to += "null";
      return;
    case Json::Kind::boolean:
      to += j.boolean ? "true" : "false";
      return;
    case Json::Kind::integer:
      to += std::to_string(j.integer);
      return;
    case Json::Kind::real: {
      char text[40];
      const auto end = std::to_chars(text, text + sizeof text, j.real).ptr;
      to.append(text, end);
      if (std::string_view(text, static_cast<std::size_t>(end - text)).find_first_of(".en") == std::string_view::npos)
        to += ".0";  // so that it reads back as a real number
      return;
    }
    case Json::Kind::text:
      to += quoted_json(j.text);
      return;
    case Json::Kind::list:
      return all('[', j.items, ']', [&](const Json& item) { write(to, item); });
    case Json::Kind::object:
      return all('{', j.members, '}', [&](const auto& member) {
        to += quoted_json(member.first);
        to += ':';
        write(to, member.second);
      });
  }
}

}  // namespace

Json parse_json(std::string_view text, const JsonComplaint& complain) { return Parser(text, complain).document(); }

std::string to_text(const Json& value) {
  std::string text;
  write(text, value);
  return text;
}

std::string quoted_json(std::string_view text) {
  std::string json = "\"";
  for (char c : text) {
    if (const auto k = escaped.find(c); k != std::string_view::npos && c != '/') {
      json += '\\';
      json += escapes[k];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      json += c < 0x10 ? "\\u000" : "\\u001";
      json += "0123456789abcdef"[c & 0xF];
    } else {
      json += c;
    }
  }
  return json + '"';
}

bool is_utf8(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = byte(i);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xC2 ? 4
                             : lead < 0xE0 ? 1
                             : lead < 0xF0 ? 2
                             : lead < 0xF5 ? 3
                                           : 4;
    if (more == 4 || text.size() - i <= more) return false;
    unsigned code = more == 0 ? lead : lead & (0x3Fu >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
      code = code << 6 | (byte(i + k) & 0x3F);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) ||
        (more == 3 && (code < 0x10000 || code > 0x10FFFF)))
      return false;
    i += more + 1;
  }
  return true;
}

}  // namespace xgrad::detail
