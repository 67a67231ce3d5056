#pragma once
// JSON written piece by piece, safe inside of a page's <script>.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace xgrad::view {

/// Appends values to a text and sets the commas.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_list() { return open('['); }
  JsonWriter& end_list() { return close(']'); }
  JsonWriter& key(std::string_view name);

  /// A text, whatever it holds: no "<" that could end the script, no line separator, U+FFFD for what is not UTF-8.
  JsonWriter& text(std::string_view value);
  /// In the shortest form that reads back to the same bits; NaN and the infinities as texts.
  JsonWriter& number(float value);
  JsonWriter& number(double value);
  /// With so many digits at most.
  JsonWriter& rounded(double value, int digits);
  template <std::integral T>
  JsonWriter& number(T value) {
    return integer(static_cast<std::int64_t>(value));
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  /// JSON that is there already.
  JsonWriter& raw(std::string_view json);

  /// What has been written; the writer is empty then.
  std::string take() noexcept;
  const std::string& written() const noexcept { return out_; }

 private:
  void separate() {
    if (comma_) out_ += ',';
    comma_ = true;
  }
  JsonWriter& open(char c) {
    separate();
    out_ += c;
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char c) {
    out_ += c;
    comma_ = true;
    return *this;
  }
  JsonWriter& integer(std::int64_t value);

  std::string out_;
  bool comma_ = false;
};

/// Bytes as base64 (RFC 4648), padded.
std::string base64(const void* bytes, std::size_t size);

}  // namespace xgrad::view
