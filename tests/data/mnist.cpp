// The digits that ship, and the reader of IDX files on damaged input.

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

#include "xgrad/data/datasets.hpp"

using namespace xgrad;

namespace {

std::string write(const std::string& name, const std::vector<unsigned char>& bytes) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("xgrad_" + std::to_string(::getpid()) + "_" + name)).string();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace

TEST_CASE("the embedded digits") {
  const auto [train, test] = datasets::mnist_10k();
  CHECK(train.x.shape() == Shape{9000, 28, 28});
  CHECK(train.y.shape() == Shape{9000});
  CHECK(test.x.shape() == Shape{1000, 28, 28});
  CHECK(test.x.dtype() == DType::uint8);
  // The first ten labels of MNIST's training set, as published.
  const std::vector<int> first{5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(train.y.data<std::uint8_t>()[i] == first[i]);
  std::vector<int> counts(10);
  for (std::uint8_t label : train.y.span<std::uint8_t>()) ++counts.at(label);
  for (int count : counts) CHECK(count > 700);
}

TEST_CASE("read_idx refuses what is damaged, naming the file") {
  const std::string good = write("good", {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6});
  CHECK(datasets::read_idx(good).shape() == Shape{2, 3});
  CHECK(datasets::read_idx(good).data<std::uint8_t>()[5] == 6);
  const auto refuses = [](const std::string& name, const std::vector<unsigned char>& bytes, const char* got) {
    const std::string path = write(name, bytes);
    CHECK_THROWS_WITH_AS(datasets::read_idx(path), doctest::Contains(got), IoError);
    CHECK_THROWS_WITH_AS(datasets::read_idx(path), doctest::Contains(path.c_str()), IoError);
    CHECK_THROWS_WITH_AS(datasets::read_idx(path), doctest::Contains("mnist.cpp"), IoError);
    std::remove(path.c_str());
  };
  refuses("short", {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5}, "got 5");
  refuses("long", {0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3}, "got 3");
  refuses("header", {0, 0, 8, 2, 0, 0}, "got 6");
  refuses("type", {0, 0, 13, 1, 0, 0, 0, 1, 0, 0, 0, 0}, "IDX type 13");
  refuses("other", {'P', 'K', 3, 4}, "something else");
  refuses("empty", {}, "0 bytes");
  refuses("gzip", {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1}, "breaks off");
  refuses("huge", {0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, "fits memory");
  CHECK_THROWS_WITH_AS(datasets::read_idx("/no/such/file"), doctest::Contains("/no/such/file"), IoError);
  std::remove(good.c_str());
}
