// WAV files: Microsoft and IBM, "Multimedia programming interface and data specifications 1.0", 1991, and the extended
// form of 2001.

#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#include "io/file_bytes.hpp"
#include "xgrad/data/audio.hpp"

namespace xgrad {

namespace {

using Bytes = std::span<const std::byte>;

/// A number, its least significant byte first.
template <class T>
T number(const std::byte* at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
  return static_cast<T>(value);
}

/// The file with a name for errors.
struct File {
  const std::string& path;
  Loc loc;
  [[noreturn]] void refuse(const std::string& needs, const std::string& got) const {
    throw IoError("read_wav", "needs " + needs + " in " + path + "; got " + got, loc);
  }
};

struct Format {
  unsigned kind, channels, bits, block;
  std::int64_t rate;
  bool floating() const { return kind == 3; }
};

Format format_of(Bytes chunk, const File& file) {
  if (chunk.size() < 16) file.refuse("16 bytes of format", std::to_string(chunk.size()));
  const std::byte* b = chunk.data();
  Format f{number<std::uint16_t>(b), number<std::uint16_t>(b + 2), number<std::uint16_t>(b + 14),
           number<std::uint16_t>(b + 12), number<std::uint32_t>(b + 4)};
  // In the extended form the kind stands first in a longer name.
  if (f.kind == 0xfffe && chunk.size() >= 26) f.kind = number<std::uint16_t>(b + 24);
  const bool known = f.floating() ? f.bits == 32 || f.bits == 64
                                  : f.kind == 1 && (f.bits == 8 || f.bits == 16 || f.bits == 24 || f.bits == 32);
  if (!known)
    file.refuse("PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64",
                std::to_string(f.bits) + " bits of encoding " + std::to_string(f.kind));
  if (f.channels < 1 || f.block != f.channels * f.bits / 8 || f.rate < 1)
    file.refuse("channels, bits and a rate that go together",
                std::to_string(f.channels) + " channels, " + std::to_string(f.bits) + " bits, " +
                    std::to_string(f.block) + " bytes for all, " + std::to_string(f.rate) + " a second");
  return f;
}

float value_of(const Format& f, const std::byte* at) {
  if (f.floating())
    return f.bits == 32 ? std::bit_cast<float>(number<std::uint32_t>(at))
                        : static_cast<float>(std::bit_cast<double>(number<std::uint64_t>(at)));
  if (f.bits == 8) return (static_cast<float>(std::to_integer<int>(*at)) - 128) / 128;
  // At the upper end of 32 bits, where its sign is right; the division is exact, being by a power of 2.
  std::uint32_t bits = 0;
  for (unsigned i = 0; i < f.bits / 8; ++i) bits |= std::to_integer<std::uint32_t>(at[i]) << (32 - f.bits + 8 * i);
  return static_cast<float>(std::ldexp(static_cast<double>(static_cast<std::int32_t>(bits)), -31));
}

}  // namespace

Audio read_wav(const std::string& path, Loc loc) {
  const std::vector<std::byte> bytes = detail::file_bytes(path, "read_wav", loc);
  const File file{path, loc};
  const auto is = [&](std::size_t at, const char* word) { return std::memcmp(bytes.data() + at, word, 4) == 0; };
  if (bytes.size() < 12 || !is(0, "RIFF") || !is(8, "WAVE"))
    file.refuse("RIFF … WAVE at the beginning", std::to_string(bytes.size()) + " bytes of something else");
  Bytes format, data;
  // Pieces: a name of four letters, a size, and as many bytes, one more where they are odd.
  for (std::size_t at = 12; bytes.size() - at >= 8 && data.data() == nullptr;) {
    const std::size_t left = bytes.size() - at - 8,
                      size = std::min<std::size_t>(number<std::uint32_t>(&bytes[at + 4]), left);
    const Bytes piece(bytes.data() + at + 8, size);
    if (is(at, "fmt ")) format = piece;
    if (is(at, "data")) data = piece;
    at += 8 + std::min(size + size % 2, left);
  }
  if (format.data() == nullptr) file.refuse("a format before the samples", "none");
  const Format f = format_of(format, file);
  if (data.data() == nullptr) file.refuse("samples", "none");
  const auto count = static_cast<std::int64_t>(data.size() / f.block);
  Audio audio{Array::empty({count, f.channels}, DType::float32), f.rate};
  float* to = audio.samples.mutable_data<float>();
  const std::byte* from = data.data();
  for (std::int64_t i = 0; i < count * f.channels; ++i, from += f.bits / 8) to[i] = value_of(f, from);
  return audio;
}

}  // namespace xgrad
