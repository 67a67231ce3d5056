// PNG (W3C, second edition) with stored blocks: pictures of some hundred points gain little by compression.

#include "view/png.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

#include "view/json_writer.hpp"

namespace xgrad::view {

namespace {

void append_word(std::string& to, std::uint32_t v) {
  for (int shift : {24, 16, 8, 0}) to += static_cast<char>(v >> shift & 0xFF);
}

std::uint32_t crc32(std::string_view bytes) noexcept {
  std::uint32_t c = 0xFFFFFFFF;
  for (char byte : bytes) {
    c ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xEDB88320 ^ c >> 1 : c >> 1;
  }
  return ~c;
}

std::uint32_t adler32(std::string_view bytes) noexcept {
  std::uint32_t a = 1, b = 0;
  for (char byte : bytes) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

void append_chunk(std::string& to, const std::string& kind, const std::string& data) {
  append_word(to, static_cast<std::uint32_t>(data.size()));
  const std::string covered = kind + data;
  to += covered;
  append_word(to, crc32(covered));
}

/// zlib (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
std::string stored(std::string_view raw) {
  constexpr std::size_t most = 65535;
  std::string out = "\x78\x01";
  for (std::size_t at = 0; at == 0 || at < raw.size(); at += most) {
    const std::size_t n = std::min(most, raw.size() - at);
    out += at + n == raw.size() ? '\1' : '\0';
    for (std::size_t word : {n, ~n}) {
      out += static_cast<char>(word & 0xFF);
      out += static_cast<char>(word >> 8 & 0xFF);
    }
    out += raw.substr(at, n);
  }
  append_word(out, adler32(raw));
  return out;
}

}  // namespace

std::string png(const Pixels& p) {
  const auto line = static_cast<std::size_t>(p.width) * static_cast<std::size_t>(p.channels);
  assert(p.bytes.size() == line * static_cast<std::size_t>(p.height));
  std::string header, raw;
  append_word(header, static_cast<std::uint32_t>(p.width));
  append_word(header, static_cast<std::uint32_t>(p.height));
  header += {'\x08', p.channels == 3 ? '\2' : '\0', '\0', '\0', '\0'};
  for (std::size_t row = 0; row < static_cast<std::size_t>(p.height); ++row) {
    raw += '\0';  // no filter
    raw.append(reinterpret_cast<const char*>(p.bytes.data()) + row * line, line);
  }
  std::string file = "\x89PNG\r\n\x1A\n";
  append_chunk(file, "IHDR", header);
  append_chunk(file, "IDAT", stored(raw));
  append_chunk(file, "IEND", "");
  return file;
}

std::string picture_address(const Pixels& pixels) {
  const std::string file = png(pixels);
  return "data:image/png;base64," + base64(file.data(), file.size());
}

}  // namespace xgrad::view
