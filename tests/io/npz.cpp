// NumPy's files: what NumPy itself wrote (bytes below), and damage.

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "xgrad/io/npz.hpp"

using namespace xgrad;

namespace {

std::string write(const std::string& name, const std::string& bytes) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("xgrad_" + std::to_string(::getpid()) + "_" + name)).string();
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

/// A version-1 .npy: magic, header padded to 64 bytes, elements.
std::string npy(const std::string& descr, const std::string& shape, bool fortran, const std::string& elements) {
  std::string header =
      "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  while ((10 + header.size() + 1) % 64) header += ' ';
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += '\1';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  return bytes + header + elements;
}

template <class T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

}  // namespace

TEST_CASE("npy: types, shapes and order") {
  const std::string path = write("a.npy", npy("<f4", "(2, 3)", false, raw<float>({1, 2, 3, 4, 5, 6})));
  CHECK(load_npy(path).shape() == Shape{2, 3});
  CHECK(load_npy(path).data<float>()[4] == 5);
  write("a.npy", npy("<f8", "(2, 3)", true, raw<double>({1, 4, 2, 5, 3, 6})));
  const Array c_order = load_npy(path);
  for (int i = 0; i < 6; ++i) CHECK(c_order.data<double>()[i] == i + 1);
  write("a.npy", npy("<i4", "(3,)", false, raw<std::int32_t>({-1, 0, 7})));
  CHECK(load_npy(path).data<std::int64_t>()[0] == -1);
  write("a.npy", npy("|b1", "()", false, raw<char>({1})));
  CHECK(load_npy(path).item<bool>());
  write("a.npy", npy("<f8", "(0, 4)", false, ""));
  CHECK(load_npy(path).shape() == Shape{0, 4});
  std::remove(path.c_str());
}

TEST_CASE("npy: damage is refused, naming the file") {
  const auto refuses = [](const std::string& bytes, const char* got) {
    const std::string path = write("bad.npy", bytes);
    CHECK_THROWS_WITH_AS(load_npy(path), doctest::Contains(got), IoError);
    CHECK_THROWS_WITH_AS(load_npy(path), doctest::Contains("bad.npy"), IoError);
    std::remove(path.c_str());
  };
  refuses("hello", "something else");
  refuses(npy("<f8", "(3,)", false, raw<double>({1, 2})), "got 16");
  refuses(npy("<f8", "(3,)", false, raw<double>({1, 2, 3, 4})), "got 32");
  refuses(npy("|O", "(3,)", false, "abc"), "objects of Python");
  refuses(npy("<f2", "(1,)", false, "ab"), "'<f2'");
  refuses(npy("<f8", "(99999999999, 99999999999)", false, ""), "99999999999");
  refuses(npy("<f8", "(1,1,1,1,1,1,1,1,1)", false, raw<double>({1})), "(1,1");
  refuses(npy("<f8", "(-3,)", false, ""), "(-3,)");
  refuses(npy("<f8", "(3,)", false, "").substr(0, 40), "breaks off");
  refuses(std::string("\x93NUMPY\1\0\2\0{}", 12), "'{}'");
}

TEST_CASE("npz: not an archive") {
  const std::string path = write("bad.npz", "PK\3\4 not really");
  CHECK_THROWS_WITH_AS(load_npz(path), doctest::Contains("bad.npz"), IoError);
  CHECK_THROWS_AS(load_npz("/no/such.npz"), IoError);
  std::remove(path.c_str());
}
