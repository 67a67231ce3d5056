#pragma once
// Small files in the forms of the data sets.

#include <zlib.h>

#include "data/support.hpp"

namespace support {

using namespace std::string_literals;

inline std::string little_endian32(std::size_t v) {
  std::string s;
  for (int i = 0; i < 4; ++i) s += static_cast<char>(v >> 8 * i & 0xff);
  return s;
}

/// A batch as Python 2 pickled it: {'data': uint8 [n, 3072], 'labels': list}. Image i has 10 i + c at every place of
/// plane c, but i + 1 at row 2, column 5 of plane 1.
inline std::string batch(const std::vector<int>& labels, int first = 0) {
  std::string data, list;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const int image = first + static_cast<int>(i);
    for (int c = 0; c < 3; ++c) data += std::string(1024, static_cast<char>(10 * image + c));
    data[3072 * i + 1024 + 2 * 32 + 5] = static_cast<char>(image + 1);
    list += "K"s + static_cast<char>(labels[i]);
  }
  return "\x80\2}q\1(U\x0b"
         "batch_labelq\2U\4test"
         "U\6labels]("s +
         list +
         "e"
         "U\4datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1K"s +
         static_cast<char>(labels.size()) +
         "M\0\x0c\x86"
         "cnumpy\ndtype\nU\2u1K\0K\1\x87R(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T"s +
         little_endian32(data.size()) + data + "tbu."s;
}

inline std::vector<std::pair<std::string, std::string>> batches() {
  std::vector<std::pair<std::string, std::string>> files;
  for (int k = 0; k < 5; ++k) files.emplace_back("data_batch_" + std::to_string(k + 1), batch({k, 9 - k}, 2 * k));
  files.emplace_back("test_batch", batch({8}, 10));
  return files;
}

inline std::string tar_header(const std::string& name, std::size_t size, char type) {
  std::string h(512, '\0');
  h.replace(0, name.size(), name);
  char digits[16];
  std::snprintf(digits, sizeof digits, "%011zo", size);
  h.replace(124, 11, digits);
  h.replace(148, 8, "        ");
  h[156] = type;
  unsigned sum = 0;
  for (unsigned char c : h) sum += c;
  std::snprintf(digits, sizeof digits, "%06o", sum);
  h.replace(148, 6, digits);
  h[154] = '\0';
  return h;
}

inline std::string tar(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string bytes = tar_header("cifar-10-batches-py/", 0, '5');
  for (const auto& [name, content] : files) {
    bytes += tar_header("cifar-10-batches-py/" + name, content.size(), '0') + content;
    bytes.resize((bytes.size() + 511) / 512 * 512);
  }
  return bytes + std::string(1024, '\0');
}

inline void write_gz(const std::string& path, const std::string& bytes) {
  gzFile file = gzopen(path.c_str(), "wb");
  REQUIRE(file);
  REQUIRE(gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size())) == static_cast<int>(bytes.size()));
  REQUIRE(gzclose(file) == Z_OK);
}

inline std::string idx(const std::vector<unsigned char>& shape, const std::string& content) {
  std::string s = "\0\0\x8"s + static_cast<char>(shape.size());
  for (unsigned char extent : shape) s += "\0\0\0"s + static_cast<char>(extent);
  return s + content;
}

/// A list of numbers below 256, as pickled.
inline std::string pickled(const std::vector<int>& list) {
  std::string s = "](";
  for (int v : list) s += "K"s + static_cast<char>(v);
  return s + "e";
}
inline std::string object_array(const std::vector<std::vector<int>>& lists) {
  const std::string n = "K"s + static_cast<char>(lists.size());
  std::string s = "\x80\2cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\1b\x87R(K\1"s + n +
                  "\x85"
                  "cnumpy\ndtype\nU\2O8K\0K\1\x87R(K\3U\1|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb\x89]("s;
  for (const auto& list : lists) s += pickled(list);
  return npy("|O", "(" + std::to_string(lists.size()) + ",)", s + "etb.");
}
inline std::string labels(const std::vector<std::int64_t>& y) {
  return npy("<i8", "(" + std::to_string(y.size()) + ",)", raw(y));
}

}  // namespace support
