#include "xgrad/io/safetensors.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <system_error>

#include "core/atomic_file.hpp"
#include "core/json.hpp"
#include "core/near.hpp"
#include "io/names.hpp"
#include "io/safetensors_header.hpp"

namespace xgrad {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are used on little-endian machines only");

using detail::shown;
using detail::TensorEntry;
using detail::TensorType;

/// A file for reading, whose size is known.
class File {
 public:
  File(const std::string& path, Loc loc) : path_(path), loc_(loc) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) refuse(reason());
    if (!S_ISREG(about.st_mode)) refuse(S_ISDIR(about.st_mode) ? "a folder" : "something that is no file");
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) refuse(reason());
    size_ = static_cast<std::uint64_t>(about.st_size);
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::uint64_t size() const noexcept { return size_; }

  void read(void* to, std::size_t count, std::uint64_t from) const {
    auto* at = static_cast<char*>(to);
    while (count > 0) {
      const ssize_t got = ::pread(fd_, at, std::min(count, std::size_t{1} << 30), static_cast<off_t>(from));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) refuse(reason());
      if (got == 0) refuse("a file that grows shorter as it is read");
      at += got;
      from += static_cast<std::uint64_t>(got);
      count -= static_cast<std::size_t>(got);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw IoError("load_safetensors", "needs a file that can be read; got " + path_ + " (" + why + ")", loc_);
  }
  static std::string reason() { return std::system_category().message(errno); }

  std::string path_;
  Loc loc_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// IEEE half precision: 1 sign bit, 5 of exponent, 10 of fraction.
float from_half(std::uint16_t h) {
  const std::uint32_t sign = (h & 0x8000u) << 16, exponent = h >> 10 & 0x1Fu, fraction = h & 0x3FFu;
  if (exponent == 0) {  // zero, or a multiple of 2⁻²⁴
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}
float from_brain(std::uint16_t b) { return std::bit_cast<float>(static_cast<std::uint32_t>(b) << 16); }

DType dtype_of(TensorType type) {
  switch (type) {
    case TensorType::f64:
      return DType::float64;
    case TensorType::i64:
      return DType::int64;
    case TensorType::u8:
      return DType::uint8;
    case TensorType::boolean:
      return DType::boolean;
    default:
      return DType::float32;
  }
}

TensorType type_of(DType dtype) {
  switch (dtype) {
    case DType::float32:
      return TensorType::f32;
    case DType::float64:
      return TensorType::f64;
    case DType::int64:
      return TensorType::i64;
    case DType::uint8:
      return TensorType::u8;
    default:
      return TensorType::boolean;
  }
}

Array read_array(const File& file, const TensorEntry& t, std::uint64_t data_begin, Loc loc) {
  Array a = Array::empty(t.shape, dtype_of(t.type), loc);
  const std::uint64_t from = data_begin + t.begin;
  const std::size_t bytes = t.end - t.begin;
  if (bytes == 0) return a;
  if (t.type == TensorType::f16 || t.type == TensorType::bf16) {
    std::uint16_t block[4096];
    float* to = static_cast<float*>(a.raw());
    for (std::size_t done = 0; done < bytes;) {
      const std::size_t part = std::min(bytes - done, sizeof block);
      file.read(block, part, from + done);
      to = std::transform(block, block + part / 2, to, t.type == TensorType::f16 ? from_half : from_brain);
      done += part;
    }
    return a;
  }
  file.read(a.raw(), bytes, from);
  if (t.type == TensorType::boolean) {  // a bool of another value than 0 and 1 is undefined
    auto* byte = static_cast<std::uint8_t*>(a.raw());
    std::transform(byte, byte + bytes, byte, [](std::uint8_t b) { return static_cast<std::uint8_t>(b != 0); });
  }
  return a;
}

}  // namespace

const Array& Safetensors::operator[](std::string_view wanted) const {
  std::vector<std::string_view> known;
  for (const auto& [name, array] : arrays) {
    if (name == wanted) return array;
    known.push_back(name);
  }
  throw ArgError("Safetensors",
                 "needs the name of an array; got " + shown(wanted) + detail::near_matches(wanted, known), Loc{});
}

void save_safetensors(const std::string& path, const NamedArrays& arrays,
                      const std::map<std::string, std::string>& metadata, Loc loc) {
  constexpr const char* operation = "save_safetensors";
  detail::check_names(operation, arrays, loc);
  for (const auto& [name, text] : metadata)
    if (!detail::is_utf8(name) || !detail::is_utf8(text))
      throw ArgError(operation, "needs metadata in UTF-8; got " + shown(name) + ": " + shown(text), loc);

  detail::SafetensorsHeader header{.metadata = metadata};
  for (const auto& [name, array] : arrays) {
    if (name == "__metadata__")
      throw ArgError(operation, "needs names other than '__metadata__', which the format keeps; got one", loc);
    header.tensors.push_back({.name = name, .type = type_of(array.dtype()), .shape = array.shape()});
  }
  // Wide elements first: each array begins at a multiple of its element's width, as those who map the file expect.
  std::vector<std::size_t> order(arrays.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size_of(arrays[a].second.dtype()) > size_of(arrays[b].second.dtype());
  });
  std::uint64_t at = 0;
  for (std::size_t i : order) {
    header.tensors[i].begin = at;
    header.tensors[i].end = at += arrays[i].second.bytes();
  }
  const std::string json = detail::safetensors_header(header);
  if (json.size() > detail::max_header)
    throw ArgError(operation,
                   "needs names, shapes and metadata of at most 100,000,000 bytes; got " + std::to_string(json.size()),
                   loc);

  detail::AtomicFile file(path, operation, loc);
  const std::uint64_t length = json.size();
  file.write(&length, sizeof length);
  file.write(json.data(), json.size());
  for (std::size_t i : order)
    if (arrays[i].second.bytes() > 0) file.write(arrays[i].second.raw(), arrays[i].second.bytes());
  file.commit();
}

Safetensors load_safetensors(const std::string& path, Loc loc) {
  const auto refuse = [&](const std::string& needs, const std::string& got) {
    throw IoError("load_safetensors", "needs " + needs + " in " + path + "; got " + got, loc);
  };
  const File file(path, loc);
  std::uint64_t length = 0;
  if (file.size() < sizeof length)
    refuse("the header's length, 8 bytes,", std::to_string(file.size()) + " bytes in all");
  file.read(&length, sizeof length, 0);
  if (length > detail::max_header) refuse("a header of at most 100,000,000 bytes", std::to_string(length));
  if (length > file.size() - sizeof length)
    refuse("a header of " + std::to_string(length) + " bytes",
           std::to_string(file.size() - sizeof length) + " bytes after its length");
  std::string json(length, '\0');
  file.read(json.data(), length, sizeof length);
  const std::uint64_t data_begin = sizeof length + length;
  detail::SafetensorsHeader header = detail::parse_safetensors_header(json, file.size() - data_begin, path, loc);

  Safetensors result{.arrays = {}, .metadata = std::move(header.metadata)};
  result.arrays.reserve(header.tensors.size());
  for (const TensorEntry& t : header.tensors) result.arrays.emplace_back(t.name, read_array(file, t, data_begin, loc));
  return result;
}

}  // namespace xgrad
