#pragma once

// Made files for loaders: a folder of their own, environment variables that point to it, archives.

#include <doctest/doctest.h>
#include <unistd.h>
#include <zip.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// An empty folder, gone at the end. Meanwhile XGRAD_DATA names its `datasets`, where made files are put; KERAS_HOME
/// its `keras`, where files would have to have the right hash; HOME and TMPDIR itself; and XGRAD_OFFLINE is set.
class MadeHome {
 public:
  MadeHome() : folder_(std::filesystem::temp_directory_path() / ("xgrad_home_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "datasets");
    set("KERAS_HOME", (folder_ / "keras").c_str());
    set("HOME", folder_.c_str());
    set("TMPDIR", folder_.c_str());
    set("XGRAD_DATA", (folder_ / "datasets").c_str());
    set("XGRAD_OFFLINE", "1");
    set("XGRAD_MIRROR", "");
  }
  ~MadeHome() {
    for (; !old_.empty(); old_.pop_back()) {
      const auto& [name, value] = old_.back();
      if (value) {
        ::setenv(name, value->c_str(), 1);
      } else {
        ::unsetenv(name);
      }
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  MadeHome(const MadeHome&) = delete;
  MadeHome& operator=(const MadeHome&) = delete;

  /// A variable of the environment, until the end.
  void set(const char* name, const std::string& value) {
    const char* old = std::getenv(name);
    old_.emplace_back(name, old ? std::optional<std::string>(old) : std::nullopt);
    ::setenv(name, value.c_str(), 1);
  }

  std::filesystem::path root() const { return folder_; }
  /// Where what is fetched goes.
  std::string cache() const { return (folder_ / "keras" / "datasets").string(); }
  /// The path of a file in its datasets; folders in between are made.
  std::string path(const std::string& name) const {
    const auto path = folder_ / "datasets" / name;
    std::filesystem::create_directories(path.parent_path());
    return path.string();
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  /// A .npz of these arrays, deflated.
  void write_npz(const std::string& name, const std::vector<std::pair<std::string, std::string>>& arrays) const {
    int code = 0;
    zip_t* archive = zip_open(path(name).c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
    REQUIRE(archive);
    for (const auto& [entry, bytes] : arrays)
      REQUIRE(zip_file_add(archive, (entry + ".npy").c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0),
                           ZIP_FL_OVERWRITE) >= 0);
    REQUIRE(zip_close(archive) == 0);
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::pair<const char*, std::optional<std::string>>> old_;
};

/// A .npy file, version 1.
inline std::string npy(const std::string& descr, const std::string& shape, const std::string& content) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  while ((10 + header.size() + 1) % 64) header += ' ';
  header += '\n';
  return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size() & 0xff) +
         static_cast<char>(header.size() >> 8) + header + content;
}

template <class T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// Whether a file of Keras's is on this machine; else says that the test is skipped.
inline bool has_keras_file(const std::string& name) {
  const char* home = std::getenv("KERAS_HOME");
  std::error_code ignored;
  const bool there = home && std::filesystem::is_regular_file(std::string(home) + "/datasets/" + name, ignored);
  if (!there) MESSAGE("skipped: needs KERAS_HOME, with datasets/" << name);
  return there;
}

/// Hashes as in tests/reference/datasets.txt.
class Hash {
 public:
  void add(std::uint64_t v) { h_ = (h_ ^ v) * 1099511628211U; }
  std::string text() const { return std::to_string(h_); }

 private:
  std::uint64_t h_ = 1469598103934665603U;
};

inline std::string hash_of(std::span<const std::int64_t> values) {
  Hash h;
  for (std::int64_t v : values) h.add(static_cast<std::uint64_t>(v));
  return h.text();
}
inline std::string hash_of(std::span<const double> values) {
  Hash h;
  for (double v : values) h.add(__builtin_bit_cast(std::uint64_t, v));
  return h.text();
}

}  // namespace support
