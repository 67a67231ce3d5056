#include "data/tar.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace xgrad::detail {

namespace {

constexpr std::size_t block_size = 512;
using Block = std::array<unsigned char, block_size>;

class TarReader {
 public:
  TarReader(const std::string& path, Loc loc) : path_(path), loc_(loc), file_(gzopen(path.c_str(), "rb"), gzclose) {
    if (!file_) throw IoError("read_tar", "needs a file that can be read; got " + path, loc);
    gzbuffer(file_.get(), 1 << 18);
  }

  [[noreturn]] void fail(const std::string& needs, const std::string& got) const {
    throw IoError("read_tar", "needs " + needs + " in " + path_ + "; got " + got, loc_);
  }

  void read(void* to, std::size_t n) {
    auto* bytes = static_cast<unsigned char*>(to);
    while (n > 0) {
      const int got = gzread(file_.get(), bytes, static_cast<unsigned>(std::min<std::size_t>(n, 1 << 24)));
      if (got <= 0) {
        int code = 0;
        const char* why = gzerror(file_.get(), &code);
        fail("a whole archive", code == Z_OK || code == Z_BUF_ERROR ? "one that breaks off" : why);
      }
      bytes += got;
      n -= static_cast<std::size_t>(got);
    }
  }

  void skip(std::size_t n) {
    std::array<unsigned char, 1 << 16> nothing;
    for (; n > 0; n -= std::min(n, nothing.size())) read(nothing.data(), std::min(n, nothing.size()));
  }

  /// Reads what is left, so that the check sum at the end of a gzip stream is compared.
  void drain(std::size_t most) {
    std::array<unsigned char, 1 << 16> nothing;
    for (std::size_t n = 0;; n += nothing.size()) {
      if (n > most) fail("an archive that ends", "one of " + std::to_string(n) + " bytes more");
      const int got = gzread(file_.get(), nothing.data(), nothing.size());
      int code = 0;
      const char* why = gzerror(file_.get(), &code);
      if (got < 0 || code != Z_OK) fail("a whole archive", code == Z_BUF_ERROR ? "one that breaks off" : why);
      if (got == 0) return;
    }
  }

  /// A number in octal digits, ended by a space or a zero.
  std::size_t octal(const unsigned char* field, std::size_t width) const {
    std::size_t value = 0, i = 0;
    while (i < width && field[i] == ' ') ++i;
    for (; i < width && field[i] >= '0' && field[i] <= '7'; ++i) value = value * 8 + (field[i] - '0');
    if (i < width && field[i] != 0 && field[i] != ' ') fail("a tar archive", "a header with other digits than 0 to 7");
    return value;
  }

 private:
  const std::string& path_;
  Loc loc_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::string base_name(const Block& header) {
  const auto* begin = reinterpret_cast<const char*>(header.data());
  const std::string_view path(begin, static_cast<std::size_t>(std::find(begin, begin + 100, '\0') - begin));
  return std::string(path.substr(path.rfind('/') + 1));
}

/// The sum of a header's bytes, those of the sum itself taken as spaces.
std::size_t checksum(const Block& header) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < block_size; ++i) sum += i >= 148 && i < 156 ? ' ' : header[i];
  return sum;
}

}  // namespace

std::map<std::string, std::vector<std::byte>> read_tar(const std::string& path, const std::vector<std::string>& names,
                                                       std::size_t largest, Loc loc) {
  TarReader tar(path, loc);
  std::map<std::string, std::vector<std::byte>> files;
  while (files.size() < names.size()) {
    Block header;
    tar.read(header.data(), block_size);
    if (std::all_of(header.begin(), header.end(), [](unsigned char c) { return c == 0; })) break;  // the end
    if (tar.octal(header.data() + 148, 8) != checksum(header)) tar.fail("a tar archive", "a header with a wrong sum");
    const std::size_t size = tar.octal(header.data() + 124, 12);
    const std::size_t padded = (size + block_size - 1) / block_size * block_size;
    const std::string name = base_name(header);
    if (size > largest)
      tar.fail("files of at most " + std::to_string(largest) + " bytes", name + " of " + std::to_string(size));
    const bool plain = header[156] == '0' || header[156] == 0;
    if (!plain || files.count(name) || std::find(names.begin(), names.end(), name) == names.end()) {
      tar.skip(padded);
      continue;
    }
    std::vector<std::byte>& bytes = files[name];
    bytes.resize(size);
    tar.read(bytes.data(), size);
    tar.skip(padded - size);
  }
  tar.drain(largest);
  for (const std::string& name : names)
    if (!files.count(name)) tar.fail("a file " + name, "an archive without it");
  return files;
}

}  // namespace xgrad::detail
