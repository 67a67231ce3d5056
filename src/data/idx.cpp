#include "data/idx.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "io/file_bytes.hpp"
#include "xgrad/data/datasets.hpp"

namespace xgrad {
namespace detail {

namespace {
[[noreturn]] void damaged(const std::string& name, const std::string& needs, const std::string& got, Loc loc) {
  throw IoError("read_idx", "needs " + needs + " in " + name + "; got " + got, loc);
}
constexpr std::size_t largest = std::size_t{1} << 31;  // a gzip bomb is no data set
}  // namespace

std::vector<unsigned char> inflated(std::span<const unsigned char> bytes, const std::string& name, Loc loc) {
  if (bytes.size() < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b) return {bytes.begin(), bytes.end()};
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw std::bad_alloc();
  struct End {
    z_stream* s;
    ~End() { inflateEnd(s); }
  } end{&stream};
  stream.next_in = const_cast<unsigned char*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  // The last four bytes say how much it is, if they are true; one byte more, so that the end is met without growing.
  std::size_t claimed = 0;
  for (std::size_t i = 1; i <= std::min<std::size_t>(4, bytes.size()); ++i)
    claimed = claimed << 8 | bytes[bytes.size() - i];
  const std::size_t room = claimed / 1032 <= bytes.size() ? claimed + 1 : 8 * bytes.size();
  std::vector<unsigned char> out(std::clamp<std::size_t>(room, 1024, largest));
  std::size_t used = 0;
  for (;;) {
    if (used == largest) damaged(name, "less than 2 GiB when unpacked", "more", loc);
    if (used == out.size()) out.resize(std::min(2 * out.size(), largest));
    stream.next_out = out.data() + used;
    stream.avail_out = static_cast<uInt>(out.size() - used);
    const int state = inflate(&stream, Z_NO_FLUSH);
    used = out.size() - stream.avail_out;
    if (state == Z_STREAM_END) break;
    if (state != Z_OK || (stream.avail_in == 0 && stream.avail_out != 0))
      damaged(name, "a whole gzip stream", stream.msg ? stream.msg : "one that breaks off", loc);
  }
  out.resize(used);
  return out;
}

Array parse_idx(std::span<const unsigned char> bytes, const std::string& name, Loc loc) {
  // Two zero bytes, the element type (8: unsigned byte), the rank; then the extents, 32 bits each, most significant
  // byte first.
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0)
    damaged(name, "an IDX header", std::to_string(bytes.size()) + " bytes of something else", loc);
  if (bytes[2] != 8) damaged(name, "unsigned bytes (type 8)", "IDX type " + std::to_string(bytes[2]), loc);
  const std::size_t rank = bytes[3];
  if (rank < 1 || rank > Shape::max_rank) damaged(name, "1 to 8 axes", std::to_string(rank), loc);
  const std::size_t header = 4 + 4 * rank;
  if (bytes.size() < header)
    damaged(name, std::to_string(header) + " bytes of header", std::to_string(bytes.size()), loc);
  Shape shape;
  std::int64_t size = 1;
  for (std::size_t i = 0; i < rank; ++i) {
    const unsigned char* b = bytes.data() + 4 + 4 * i;
    shape.push_back((std::int64_t{b[0]} << 24) | (b[1] << 16) | (b[2] << 8) | b[3]);
    if (__builtin_mul_overflow(size, shape.back(), &size))
      damaged(name, "a size that fits memory", shape.to_string(), loc);
  }
  if (static_cast<std::int64_t>(bytes.size() - header) != size)
    damaged(name, std::to_string(size) + " elements for shape " + shape.to_string(),
            std::to_string(bytes.size() - header), loc);
  return Array::from(std::span<const std::uint8_t>(bytes.data() + header, static_cast<std::size_t>(size)), shape, loc);
}

}  // namespace detail

Array datasets::read_idx(const std::string& path, Loc loc) {
  const std::vector<std::byte> bytes = detail::file_bytes(path, "read_idx", loc);
  const std::span raw(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return detail::parse_idx(detail::inflated(raw, path, loc), path, loc);
}

}  // namespace xgrad
