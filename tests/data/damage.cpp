// Data sets whose files are damaged at random: refused or read, and nothing else. Where a format has a check sum, what
// is read is what was written.

#include "support/damage.hpp"

#include <cstring>

#include "data/made_files.hpp"
#include "xgrad/data/datasets.hpp"
#include "xgrad/data/texts.hpp"

using namespace xgrad;
using namespace support;
using namespace std::string_literals;

namespace {

constexpr std::size_t count = 3000;

bool same(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}
bool same(const datasets::Split& a, const datasets::Split& b) {
  return same(a.train.x, b.train.x) && same(a.train.y, b.train.y) && same(a.test.x, b.test.x) &&
         same(a.test.y, b.test.y);
}

/// As many labels as samples, in both parts.
template <class Split>
bool fits(const Split& s) {
  const auto rows = [](const auto& x) {
    if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Array>) {
      return x.shape(0);
    } else {
      return x.size();
    }
  };
  return rows(s.train.x) == s.train.y.shape(0) && rows(s.test.x) == s.test.y.shape(0);
}

std::string gzipped(const MadeHome& home, const std::string& bytes) {
  write_gz(home.path("gz"), bytes);
  std::ifstream file(home.path("gz"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("damage: the limit on memory holds") {
  const damage::MemoryLimit limit;
  if (!damage::sanitized) CHECK_THROWS_AS(std::vector<char>(std::size_t{1} << 30), std::bad_alloc);
}

TEST_CASE("damaged IDX files") {
  const MadeHome home;
  const std::string whole = idx({5, 6, 7}, std::string(210, '\x5a'));
  const auto read = [&](const std::string& bytes) {
    home.write("a.idx", bytes);
    return datasets::read_idx(home.path("a.idx"));
  };
  const Array right = read(whole);
  damage::survive("idx", whole, count, read, [](const Array& a, const std::string& bytes) {
    return a.size() == static_cast<std::int64_t>(bytes.size()) - 4 - 4 * a.rank();
  });
  damage::survive("idx.gz", gzipped(home, whole), count, read,
                  [&](const Array& a, const std::string&) { return same(a, right); });
  // Damage under a sound gzip stream.
  damage::survive(
      "idx in gz", whole, count / 3, [&](const std::string& bytes) { return read(gzipped(home, bytes)); },
      [](const Array& a, const std::string& bytes) { return a.size() < static_cast<std::int64_t>(bytes.size()); });
}

TEST_CASE("damaged CIFAR-10 archives and batches") {
  const MadeHome home;
  const std::string whole = tar(batches());
  const auto read = [&](const std::string& bytes) {
    home.write("cifar-10-python.tar.gz", bytes);
    return datasets::cifar10();
  };
  const datasets::Split right = read(whole);
  damage::survive("tar", whole, count / 3, read, [](const datasets::Split& s, const std::string&) { return fits(s); });
  damage::survive("tar.gz", gzipped(home, whole), count, read,
                  [&](const datasets::Split& s, const std::string&) { return same(s, right); });
  damage::survive(
      "a batch", batch({3, 9}), count,
      [&](const std::string& bytes) {
        auto files = batches();
        files[2].second = bytes;
        return read(tar(files));
      },
      [](const datasets::Split& s, const std::string&) { return fits(s); });
  // What is found last is compared too: the check sum stands at the end of the stream.
  std::string stream = gzipped(home, whole);
  stream[stream.size() - 6] = static_cast<char>(stream[stream.size() - 6] ^ 1);
  CHECK_THROWS_WITH_AS(read(stream), doctest::Contains("incorrect data check"), IoError);
  // Nobody waits for files that could not be of this data set.
  CHECK_THROWS_WITH_AS(read(tar_header("other", std::size_t{1} << 30, '0') + std::string(512, '\0')),
                       doctest::Contains("files of at most"), IoError);
}

TEST_CASE("damaged word indexes") {
  const MadeHome home;
  damage::survive(
      "json", R"({"the": 1, "and": 2, "caf\u00e9": 3, "\ud83d\ude00 \"\\": 4, "of": -5, "x": 60000})", 2 * count,
      [&](const std::string& bytes) {
        home.write("imdb_word_index.json", bytes);
        return datasets::imdb_word_index();
      },
      [](const WordIndex& index, const std::string& bytes) {
        return index.size() <= static_cast<std::int64_t>(bytes.size()) / 5 + 1;
      });
}

TEST_CASE("damaged texts: IMDB and Reuters") {
  const MadeHome home;
  const std::string texts = object_array({{5, 9}, {1, 2, 3, 4}, {7}, {}, {200, 3}}), classes = labels({0, 1, 1, 0, 1});
  const auto imdb = [&](const std::string& x, const std::string& y) {
    home.write_npz("imdb.npz", {{"x_train", x}, {"y_train", y}, {"x_test", texts}, {"y_test", classes}});
    return datasets::imdb();
  };
  const auto check = [](const datasets::TextSplit& s, const std::string&) { return fits(s); };
  damage::survive(
      "texts", texts, count, [&](const std::string& bytes) { return imdb(bytes, classes); }, check);
  damage::survive(
      "classes", classes, count, [&](const std::string& bytes) { return imdb(texts, bytes); }, check);
  damage::survive(
      "newswires", texts, count / 3,
      [&](const std::string& bytes) {
        home.write_npz("reuters.npz", {{"x", bytes}, {"y", classes}});
        return datasets::reuters({.num_words = 100});
      },
      check);
  home.write_npz("reuters.npz", {{"x", object_array({})}, {"y", labels({})}});
  CHECK_THROWS_WITH_AS(datasets::reuters(), doctest::Contains("needs texts in"), IoError);
}

TEST_CASE("damaged tables: Boston and California") {
  const MadeHome home;
  const std::string x = npy("<f8", "(4, 3)", raw<double>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  const std::string y = npy("<f8", "(4,)", raw<double>({1, 2, 3, 4}));
  const auto check = [](const datasets::Split& s, const std::string&) { return fits(s); };
  damage::survive(
      "x", x, count / 2,
      [&](const std::string& bytes) {
        home.write_npz("boston_housing.npz", {{"x", bytes}, {"y", y}});
        return datasets::boston_housing();
      },
      check);
  damage::survive(
      "y", y, count / 2,
      [&](const std::string& bytes) {
        home.write_npz("california_housing.npz", {{"x", x}, {"y", bytes}});
        return datasets::california_housing();
      },
      check);
}

TEST_CASE("a folder, and what is no file, where IDX bytes should be") {
  const MadeHome home;
  for (const std::string& path : {home.root().string(), "/dev/zero"s, home.path("nothing")}) {
    CAPTURE(path);
    CHECK_THROWS_WITH_AS(datasets::read_idx(path), doctest::Contains(path.c_str()), IoError);
  }
}
