#include "io/npy.hpp"

#include <bit>
#include <cstring>
#include <string_view>

#include "io/pickle.hpp"

// The format: numpy.lib.format's documentation, versions 1 to 3.

namespace xgrad::detail {

namespace {

static_assert(std::endian::native == std::endian::little, "NumPy's files are read on little-endian machines only");

[[noreturn]] void refuse(const std::string& name, const std::string& needs, const std::string& got, Loc loc) {
  throw IoError("load_npy", "needs " + needs + " in " + name + "; got " + got, loc);
}

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

/// The value after `'key':` in the header's dictionary.
std::string_view field(std::string_view header, std::string_view key, const std::string& name, Loc loc) {
  const std::string quoted = "'" + std::string(key) + "':";
  const auto at = header.find(quoted);
  if (at == std::string_view::npos)
    refuse(name, "a header with " + quoted, "'" + std::string(header.substr(0, 80)) + "'", loc);
  std::string_view rest = header.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

Header parse_header(std::string_view text, const std::string& name, Loc loc) {
  Header h;
  std::string_view descr = field(text, "descr", name, loc);
  if (descr.empty() || descr[0] != '\'') refuse(name, "elements of one plain type", "records", loc);
  h.descr = descr.substr(1, descr.find('\'', 1) - 1);
  const std::string_view order = field(text, "fortran_order", name, loc);
  h.fortran_order = order.starts_with("True");
  if (!h.fortran_order && !order.starts_with("False"))
    refuse(name, "True or False as 'fortran_order'", "'" + std::string(order.substr(0, 20)) + "'", loc);
  std::string_view shape = field(text, "shape", name, loc);
  if (shape.empty() || shape[0] != '(') refuse(name, "a shape", "'" + std::string(shape.substr(0, 20)) + "'", loc);
  std::int64_t extent = -1;
  for (char c : shape.substr(1)) {
    if (c >= '0' && c <= '9') {
      extent = (extent < 0 ? 0 : extent) * 10 + (c - '0');
      if (extent > (std::int64_t{1} << 40))
        refuse(name, "extents that fit memory", std::string(shape.substr(0, 40)), loc);
    } else if (c == ',' || c == ')') {
      if (extent >= 0) {
        if (h.shape.rank() == Shape::max_rank) refuse(name, "at most 8 axes", std::string(shape.substr(0, 60)), loc);
        h.shape.push_back(extent);
      }
      extent = -1;
      if (c == ')') return h;
    } else if (c != ' ') {
      break;
    }
  }
  refuse(name, "a shape", "'" + std::string(shape.substr(0, 40)) + "'", loc);
}

template <class From, class To>
Array converted(const std::byte* bytes, const Shape& shape, Loc loc) {
  Array a = Array::empty(shape, dtype_of<To>(), loc);
  To* to = static_cast<To*>(a.raw());
  for (std::int64_t i = 0; i < a.size(); ++i) {
    From v;
    std::memcpy(&v, bytes + static_cast<std::size_t>(i) * sizeof(From), sizeof(From));
    if constexpr (std::is_same_v<From, std::uint64_t>)
      if (v > static_cast<std::uint64_t>(INT64_MAX))
        throw IoError("load_npy", "needs integers that int64 can hold; got " + std::to_string(v), loc);
    to[i] = static_cast<To>(v);
  }
  return a;
}

/// The elements of `a`, stored with the first axis fastest, in C order.
Array from_fortran(const Array& a, const Shape& shape) {
  Array result = Array::empty(shape, a.dtype());
  const std::size_t width = size_of(a.dtype());
  for (std::int64_t i = 0; i < a.size(); ++i) {
    std::int64_t rest = i, at = 0;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {  // the place of element i, in Fortran's strides
      std::int64_t before = 1;
      for (int b = 0; b < axis; ++b) before *= shape[b];
      at += rest % shape[axis] * before;
      rest /= shape[axis];
    }
    std::memcpy(static_cast<std::byte*>(result.raw()) + static_cast<std::size_t>(i) * width,
                static_cast<const std::byte*>(a.raw()) + static_cast<std::size_t>(at) * width, width);
  }
  return result;
}

/// Reads the header and leaves `bytes` at the elements.
Header read_header(std::span<const std::byte>& bytes, const std::string& name, Loc loc) {
  constexpr std::string_view magic = "\x93NUMPY";
  if (bytes.size() < 10 || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
    refuse(name, "NumPy's array format", std::to_string(bytes.size()) + " bytes of something else", loc);
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(bytes[i]); };
  const bool long_header = byte(6) >= 2;
  const std::size_t start = long_header ? 12 : 10;
  if (bytes.size() < start) refuse(name, "a whole header", "a file that breaks off", loc);
  const std::size_t length = byte(8) | byte(9) << 8 | (long_header ? byte(10) << 16 | byte(11) << 24 : 0);
  if (bytes.size() - start < length) refuse(name, "a whole header", "a file that breaks off", loc);
  Header h = parse_header({reinterpret_cast<const char*>(bytes.data()) + start, length}, name, loc);
  bytes = bytes.subspan(start + length);
  return h;
}

}  // namespace

Array parse_npy(std::span<const std::byte> bytes, const std::string& name, Loc loc) {
  const Header h = read_header(bytes, name, loc);
  struct Type {
    std::string_view descr;
    std::size_t width;
    Array (*read)(const std::byte*, const Shape&, Loc);
  };
  static constexpr Type types[] = {
      {"<f4", 4, converted<float, float>},
      {"<f8", 8, converted<double, double>},
      {"<i8", 8, converted<std::int64_t, std::int64_t>},
      {"|u1", 1, converted<std::uint8_t, std::uint8_t>},
      {"|b1", 1, converted<std::uint8_t, bool>},
      {"|i1", 1, converted<std::int8_t, std::int64_t>},
      {"<i2", 2, converted<std::int16_t, std::int64_t>},
      {"<i4", 4, converted<std::int32_t, std::int64_t>},
      {"<u2", 2, converted<std::uint16_t, std::int64_t>},
      {"<u4", 4, converted<std::uint32_t, std::int64_t>},
      {"<u8", 8, converted<std::uint64_t, std::int64_t>},
  };
  for (const Type& type : types) {
    if (type.descr != h.descr) continue;
    std::size_t need = type.width;
    for (std::int64_t extent : h.shape)
      if (__builtin_mul_overflow(need, static_cast<std::size_t>(extent), &need))
        refuse(name, "a size that fits memory", h.shape.to_string(), loc);
    if (bytes.size() != need)
      refuse(name, std::to_string(need) + " bytes of elements for shape " + h.shape.to_string(),
             std::to_string(bytes.size()), loc);
    const Array a = type.read(bytes.data(), h.shape, loc);
    return h.fortran_order && h.shape.rank() > 1 ? from_fortran(a, h.shape) : a;
  }
  if (h.descr == "|O")
    refuse(name, "numbers", "objects of Python (lists of integers: load_npz_lists, load_npy_lists)", loc);
  refuse(name, "float32, float64, integers or bool", "elements of type '" + h.descr + "'", loc);
}

std::string npy_header(const Array& array) {
  static constexpr const char* descr[] = {"<f4", "<f8", "<i8", "|u1", "|b1"};
  std::string shape;
  for (std::int64_t extent : array.shape()) shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
  if (array.rank() == 1) shape += ",";
  std::string text = std::string("{'descr': '") + descr[static_cast<int>(array.dtype())] +
                     "', 'fortran_order': False, 'shape': (" + shape + "), }";
  text.resize((10 + text.size() + 1 + 63) / 64 * 64 - 11, ' ');  // the elements begin at a multiple of 64
  text += '\n';
  const std::string length{static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return std::string("\x93NUMPY\1\0", 8) + length + text;
}

IntLists parse_npy_lists(std::span<const std::byte> bytes, const std::string& name, Loc loc) {
  const Header h = read_header(bytes, name, loc);
  if (h.descr != "|O") refuse(name, "objects", "elements of type '" + h.descr + "'", loc);
  const PickleTree tree = read_pickle(bytes, name, loc);
  const PickleTree::NdArray* array = tree.array(tree.root);
  if (array && array->shape != h.shape)
    refuse(name, "objects of shape " + h.shape.to_string(), array->shape.to_string(), loc);
  return pickled_lists(tree, tree.root, bytes.size(), name, loc);
}

}  // namespace xgrad::detail
