// Files that are damaged at random: refused or read, and nothing else.

#include "support/damage.hpp"

#include <doctest/doctest.h>
#include <zip.h>

#include "io/files.hpp"
#include "support/reference.hpp"
#include "support/scratch.hpp"
#include "xgrad/io/npz.hpp"
#include "xgrad/io/safetensors.hpp"

using namespace xgrad;
using files::same;

namespace {

constexpr std::size_t count = 3000;

Array ramp(const Shape& shape, DType dtype) {
  return arange(0, static_cast<double>(shape.size()), 1, DType::float64).astype(dtype).reshape(shape);
}

/// The bytes of an array of an archive, as they stand there.
std::string stored_npy(const std::string& archive, const std::string& entry) {
  int code = 0;
  zip_t* zip = zip_open(archive.c_str(), ZIP_RDONLY, &code);
  REQUIRE(zip);
  zip_file_t* file = zip_fopen(zip, entry.c_str(), 0);
  REQUIRE(file);
  std::string bytes(1 << 16, '\0');
  bytes.resize(static_cast<std::size_t>(zip_fread(file, bytes.data(), bytes.size())));
  zip_fclose(file);
  zip_discard(zip);
  return bytes;
}

/// An archive of these entries, deflated.
std::string deflated(const Scratch& folder, const std::vector<std::pair<std::string, std::string>>& entries) {
  int code = 0;
  zip_t* zip = zip_open((folder / "made.npz").c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  REQUIRE(zip);
  for (const auto& [name, bytes] : entries)
    REQUIRE(zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), 0) >= 0);
  REQUIRE(zip_close(zip) == 0);
  return Scratch::read(folder / "made.npz");
}

}  // namespace

TEST_CASE("damaged .npy files") {
  const Scratch folder;
  save_npz(
      folder / "whole.npz",
      {{"f", ramp({3, 4, 5}, DType::float32)}, {"i", ramp({60}, DType::int64)}, {"b", ramp({6, 2}, DType::boolean)}});
  for (const char* name : {"f", "i", "b"}) {
    const std::string whole = stored_npy(folder / "whole.npz", std::string(name) + ".npy");
    damage::survive(
        ".npy", whole, count, [&](const std::string& bytes) { return load_npy(folder.write("a.npy", bytes)); },
        [](const Array& a, const std::string& bytes) { return a.size() <= static_cast<std::int64_t>(bytes.size()); });
  }
}

TEST_CASE("damaged .npz files: an array that is read is the one that was written") {
  const Scratch folder;
  const NamedArrays arrays{{"first", ramp({40, 30}, DType::float32)}, {"second", ramp({7}, DType::int64)}};
  save_npz(folder / "whole.npz", arrays);
  const std::string stored = Scratch::read(folder / "whole.npz");
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [name, array] : arrays)
    entries.emplace_back(name + ".npy", stored_npy(folder / "whole.npz", name + ".npy"));
  for (const std::string& whole : {stored, deflated(folder, entries)}) {
    for (const auto& [name, array] : arrays)
      damage::survive(
          ".npz", whole, count,
          [&, &name = name](const std::string& bytes) { return load_npz(folder.write("a.npz", bytes), name); },
          [&array = array](const Array& a, const std::string&) { return same(a, array); });
    damage::survive(
        ".npz, all of it", whole, count,
        [&](const std::string& bytes) { return load_npz(folder.write("a.npz", bytes)); },
        [&](const std::map<std::string, Array>& read, const std::string&) {
          std::size_t right = 0;  // names have no check sum
          for (const auto& [name, array] : read)
            right += same(array, arrays[0].second) || same(array, arrays[1].second);
          return right == read.size();
        });
  }
}

TEST_CASE("damaged .npy inside a sound .npz") {
  const Scratch folder;
  save_npz(folder / "whole.npz", {{"f", ramp({3, 4, 5}, DType::float64)}});
  damage::survive(
      ".npy in .npz", stored_npy(folder / "whole.npz", "f.npy"), count / 3,
      [&](const std::string& bytes) {
        deflated(folder, {{"f.npy", bytes}});
        return load_npz(folder / "made.npz");
      },
      [](const std::map<std::string, Array>& read, const std::string& bytes) {
        return read.size() == 1 && read.begin()->second.size() <= static_cast<std::int64_t>(bytes.size());
      });
}

TEST_CASE("damaged pickled lists") {
  const Scratch folder;
  const reference::File golden("pickles.txt");
  for (const char* name :
       {"ragged/protocol2", "ragged/protocol3", "ragged/protocol4", "widths/protocol2", "equal/protocol4"})
    damage::survive(
        name, bytes_from_hex(golden.at(name).text("hex")), count,
        [&](const std::string& bytes) { return load_npy_lists(folder.write("a.npy", bytes)); },
        [](const IntLists& lists, const std::string& bytes) {
          const auto offsets = lists.offsets.span<std::int64_t>();
          return !offsets.empty() && offsets.front() == 0 && offsets.back() == lists.values.size() &&
                 std::is_sorted(offsets.begin(), offsets.end()) &&
                 lists.values.size() <= static_cast<std::int64_t>(bytes.size());
        });
}

TEST_CASE("damaged safetensors files") {
  const Scratch folder;
  save_safetensors(folder / "whole", {{"kernel", ramp({8, 9}, DType::float32)}, {"steps", ramp({5}, DType::int64)}},
                   {{"format", "xgrad"}});
  damage::survive(
      "safetensors", Scratch::read(folder / "whole"), count,
      [&](const std::string& bytes) { return load_safetensors(folder.write("a", bytes)); },
      [](const Safetensors& read, const std::string& bytes) {
        std::size_t total = 0;
        for (const auto& [name, array] : read.arrays) total += array.bytes();
        return total <= 2 * bytes.size();  // halves become floats
      });
}
TEST_CASE("a folder, and what is no file, where a file should be") {
  const Scratch folder;
  std::filesystem::create_directory(folder / "inner");
  for (const std::string& path : {folder / "inner", std::string("/dev/zero"), folder / "nothing"}) {
    CAPTURE(path);
    CHECK_THROWS_WITH_AS(load_npy(path), doctest::Contains(path.c_str()), IoError);
    CHECK_THROWS_WITH_AS(load_npy_lists(path), doctest::Contains(path.c_str()), IoError);
    CHECK_THROWS_WITH_AS(load_npz(path), doctest::Contains(path.c_str()), IoError);
    CHECK_THROWS_WITH_AS(load_npz(path, "x"), doctest::Contains(path.c_str()), IoError);
    CHECK_THROWS_WITH_AS(load_npz_lists(path, "x"), doctest::Contains(path.c_str()), IoError);
    CHECK_THROWS_WITH_AS(load_safetensors(path), doctest::Contains(path.c_str()), IoError);
  }
}

TEST_CASE("npz: sizes that an archive claims are not believed, and names stand once") {
  const Scratch folder;
  save_npz(folder / "whole.npz", {{"x", ramp({10}, DType::float32)}});
  std::string claims = Scratch::read(folder / "whole.npz");
  const std::size_t central = claims.find("PK\1\2");
  REQUIRE(central != std::string::npos);
  for (std::size_t i = 20; i < 28; ++i) claims[central + i] = '\xf0';  // 4 GB, packed and unpacked
  const damage::MemoryLimit limit;
  CHECK_THROWS_AS(load_npz(folder.write("claims.npz", claims), "x"), IoError);
}
