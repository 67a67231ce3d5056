#include "io/safetensors_header.hpp"

#include <algorithm>

#include "core/json.hpp"
#include "io/names.hpp"
#include "xgrad/core/error.hpp"

// The format: https://huggingface.co/docs/safetensors. What it does not provide for is refused: other keys, numbers
// with a sign, a fraction or an exponent, nested objects.

namespace xgrad::detail {

namespace {

struct TypeName {
  const char* name;
  TensorType type;
  std::uint64_t width;
};
constexpr TypeName types[] = {{"F32", TensorType::f32, 4},      {"F64", TensorType::f64, 8},
                              {"I64", TensorType::i64, 8},      {"U8", TensorType::u8, 1},
                              {"BOOL", TensorType::boolean, 1}, {"F16", TensorType::f16, 2},
                              {"BF16", TensorType::bf16, 2}};
const TypeName& info_of(TensorType type) { return types[static_cast<std::size_t>(type)]; }

class Parser {
 public:
  Parser(std::string_view text, const std::string& path, Loc loc) : text_(text), path_(path), loc_(loc) {}

  SafetensorsHeader header() {
    SafetensorsHeader h;
    if (text_.empty() || text_[0] != '{') unexpected("'{'");
    object([&](const std::string& key) {
      if (key != "__metadata__") return h.tensors.push_back(tensor(key));
      if (has_metadata_) refuse("one '__metadata__'", "two");
      has_metadata_ = true;
      object([&](const std::string& name) {
        if (!h.metadata.emplace(name, string()).second) refuse("metadata of different names", shown(name) + " twice");
      });
    });
    skip_blanks();
    if (at_ != text_.size()) unexpected("the end of the header");
    return h;
  }

  [[noreturn]] void refuse(const std::string& needs, const std::string& got) const {
    throw IoError("load_safetensors", "needs " + needs + " in " + path_ + "; got " + got, loc_);
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  /// Complains of the byte that comes next.
  [[noreturn]] void unexpected(const std::string& needs) const {
    const std::string where = " at byte " + std::to_string(8 + at_);
    if (at_ >= text_.size()) refuse(needs + where, "the end of the header");
    refuse(needs + where, shown(text_.substr(at_, 1)));
  }

  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) unexpected(std::string("'") + c + "'");
  }

  /// Calls f with each key, and leaves it the value.
  template <class F>
  void object(F&& f) {
    expect('{');
    if (accept('}')) return;
    do {
      const std::string key = string();
      expect(':');
      f(key);
    } while (accept(','));
    expect('}');
  }

  /// Calls f at each element.
  template <class F>
  void list(F&& f) {
    expect('[');
    if (accept(']')) return;
    do f();
    while (accept(','));
    expect(']');
  }

  unsigned hex4() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = at_ < text_.size() ? text_[at_] : '\0';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) unexpected("four hexadecimal digits");
      code = code << 4 | static_cast<unsigned>(digit);
    }
    return code;
  }

  void escape(std::string& text) {
    constexpr std::string_view plain = "\"\\/bfnrt", meaning = "\"\\/\b\f\n\r\t";
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (const auto k = plain.find(c); c != '\0' && k != std::string_view::npos) {
      ++at_;
      text += meaning[k];
      return;
    }
    if (c != 'u') unexpected("an escape that JSON has");
    ++at_;
    unsigned code = hex4();
    if (code >= 0xD800 && code < 0xE000) {  // two of them make one character
      if (code >= 0xDC00 || text_.substr(at_, 2) != "\\u") unexpected("a pair of surrogates");
      at_ += 2;
      const unsigned low = hex4();
      if (low < 0xDC00 || low >= 0xE000) unexpected("a pair of surrogates");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(text, code);
  }

  std::string string() {
    expect('"');
    std::string text;
    while (true) {
      if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) unexpected("the rest of a string");
      const char c = text_[at_++];
      if (c == '"') break;
      if (c == '\\') {
        escape(text);
      } else {
        text += c;
      }
    }
    if (!is_utf8(text)) refuse("strings in UTF-8", shown(text));
    return text;
  }

  std::uint64_t number() {
    skip_blanks();
    const std::size_t first = at_;
    std::uint64_t n = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      if (__builtin_mul_overflow(n, std::uint64_t{10}, &n) ||
          __builtin_add_overflow(n, static_cast<std::uint64_t>(text_[at_] - '0'), &n) ||
          n > static_cast<std::uint64_t>(INT64_MAX))
        refuse("numbers below 2^63", std::string(text_.substr(first, 24)) + "…");
    if (at_ == first) unexpected("a number without a sign");
    if (text_[first] == '0' && at_ > first + 1)
      refuse("numbers without leading zeros", shown(text_.substr(first, at_ - first)));
    return n;
  }

  TensorEntry tensor(const std::string& name) {
    TensorEntry t{.name = name};
    bool dtype = false, shape = false, offsets = false;
    const auto once = [&](bool& seen, const char* key) {
      if (seen) refuse("one '" + std::string(key) + "' of array " + shown(name), "two");
      seen = true;
    };
    object([&](const std::string& key) {
      if (key == "dtype") {
        once(dtype, "dtype");
        t.type = type(name);
      } else if (key == "shape") {
        once(shape, "shape");
        list([&] {
          if (t.shape.rank() == Shape::max_rank) refuse("at most 8 axes of array " + shown(name), "more");
          t.shape.push_back(static_cast<std::int64_t>(number()));
        });
      } else if (key == "data_offsets") {
        once(offsets, "data_offsets");
        int count = 0;
        list([&] {
          const std::uint64_t n = number();
          (count == 0 ? t.begin : t.end) = n;
          ++count;
        });
        if (count != 2) refuse("two data_offsets of array " + shown(name), std::to_string(count));
      } else {
        refuse("dtype, shape and data_offsets of array " + shown(name), "the key " + shown(key));
      }
    });
    const auto need = [&](bool seen, const char* key) {
      if (!seen) refuse("a '" + std::string(key) + "' of array " + shown(name), "none");
    };
    need(dtype, "dtype");
    need(shape, "shape");
    need(offsets, "data_offsets");
    return t;
  }

  TensorType type(const std::string& name) {
    const std::string wanted = string();
    for (const TypeName& t : types)
      if (wanted == t.name) return t.type;
    refuse("F32, F64, I64, U8, BOOL, F16 or BF16 as the type of array " + shown(name), shown(wanted));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool has_metadata_ = false;
  const std::string& path_;
  Loc loc_;
};

std::string range(const TensorEntry& t) { return "bytes " + std::to_string(t.begin) + " to " + std::to_string(t.end); }

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes, const std::string& path,
                                           Loc loc) {
  Parser parser(text, path, loc);
  SafetensorsHeader h = parser.header();

  for (const TensorEntry& t : h.tensors) {
    std::int64_t most = 1;  // extents of 0 counted as 1: no product of some of them may overflow, either
    for (std::int64_t extent : t.shape)
      if (__builtin_mul_overflow(most, std::max<std::int64_t>(extent, 1), &most) || most > (std::int64_t{1} << 56))
        parser.refuse("a shape that fits memory of array " + shown(t.name), t.shape.to_string());
    const std::uint64_t need = static_cast<std::uint64_t>(t.shape.size()) * info_of(t.type).width;
    if (t.begin > t.end || t.end - t.begin != need)
      parser.refuse(std::to_string(need) + " bytes for array " + shown(t.name) + " (" + info_of(t.type).name + " " +
                        t.shape.to_string() + ")",
                    range(t));
  }

  std::vector<const TensorEntry*> order(h.tensors.size());
  std::transform(h.tensors.begin(), h.tensors.end(), order.begin(), [](const TensorEntry& t) { return &t; });
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->name < b->name; });
  const auto twice =
      std::adjacent_find(order.begin(), order.end(), [](auto* a, auto* b) { return a->name == b->name; });
  if (twice != order.end()) parser.refuse("names that differ", shown((*twice)->name) + " twice");

  std::sort(order.begin(), order.end(),
            [](auto* a, auto* b) { return a->begin != b->begin ? a->begin < b->begin : a->end < b->end; });
  std::uint64_t covered = 0;
  for (const TensorEntry* t : order) {
    if (t->begin != covered)
      parser.refuse("arrays one after the other, the next from byte " + std::to_string(covered),
                    range(*t) + " for array " + shown(t->name));
    covered = t->end;
  }
  if (covered != data_bytes)
    parser.refuse(std::to_string(covered) + " bytes of elements after the header", std::to_string(data_bytes));
  return h;
}

std::string safetensors_header(const SafetensorsHeader& header) {
  std::string json = "{", separator;
  if (!header.metadata.empty()) {
    json += "\"__metadata__\":{";
    for (const auto& [name, text] : header.metadata) {
      json += separator + quoted_json(name) + ":" + quoted_json(text);
      separator = ",";
    }
    json += "}";
  }
  for (const TensorEntry& t : header.tensors) {
    json += separator + quoted_json(t.name) + ":{\"dtype\":\"" + info_of(t.type).name + "\",\"shape\":[";
    separator = ",";
    for (int axis = 0; axis < t.shape.rank(); ++axis) json += (axis > 0 ? "," : "") + std::to_string(t.shape[axis]);
    json += "],\"data_offsets\":[" + std::to_string(t.begin) + "," + std::to_string(t.end) + "]}";
  }
  json += "}";
  json.resize((json.size() + 7) / 8 * 8, ' ');
  return json;
}

}  // namespace xgrad::detail
