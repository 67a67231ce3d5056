// safetensors and .npz files: what Python's libraries wrote, the same bytes from ours, and damage.

#include "xgrad/io/safetensors.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "io/files.hpp"
#include "support/reference.hpp"
#include "support/scratch.hpp"
#include "xgrad/io/npz.hpp"

using namespace xgrad;
using namespace files;

namespace {

/// As make_weights.py has them.
NamedArrays every_type() {
  return {
      {"f32", made<float>({1.5f, -2.25f, 3, 0, 1e-30f, -1e30f}, {2, 3})},
      {"f64", made<double>({0.1, -1e300}, {2})},
      {"i64", made<std::int64_t>({INT64_MIN, 0, INT64_MAX}, {3})},
      {"u8", made<std::uint8_t>({0, 7, 255}, {3})},
      {"bool", made<bool>({true, false, true}, {3})},
      {"scalar", made<double>({42}, {})},
      {"none", zeros({0, 4})},
      {"ä \"quoted\"\\\n", made<float>({1}, {1})},
  };
}

std::string golden(const std::string& name, const std::string& key = "hex") {
  return bytes_from_hex(reference::File("weights.txt").at(name).text(key));
}

/// A file of this header and so many bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes, char fill = 1) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(data_bytes, fill);
}

}  // namespace

TEST_CASE("safetensors: what Python's library wrote") {
  const Scratch folder;
  const NamedArrays expected = every_type();
  const Safetensors all = load_safetensors(folder.write("all", golden("safetensors/all")));
  REQUIRE(all.arrays.size() == expected.size());
  for (const auto& entry : expected) {
    CAPTURE(entry.first);
    CHECK(same(all[entry.first], entry.second));
  }
  CHECK(all.metadata.empty());

  const Safetensors with = load_safetensors(folder.write("metadata", golden("safetensors/metadata")));
  CHECK(with.metadata == std::map<std::string, std::string>{{"made by", "nobody, \"ä\""}});
  CHECK(same(with["dense/kernel"], simple()[1].second));
  CHECK(load_safetensors(folder.write("none", golden("safetensors/none"))).arrays.empty());
  CHECK(message<ArgError>([&] { (void)with["dense/kernal"]; }) ==
        "ArgError: xgrad::Safetensors: needs the name of an array; got 'dense/kernal'; did you mean 'dense/kernel'?");
}

TEST_CASE("safetensors: halves become float32, exactly") {
  const Scratch folder;
  for (const char* name : {"f16", "bf16"}) {
    CAPTURE(name);
    const std::string which = std::string("safetensors/") + name;
    const Array read = load_safetensors(folder.write("half", golden(which))).arrays.at(0).second;
    const std::string expected = golden(which, "float32");
    REQUIRE(read.dtype() == DType::float32);
    REQUIRE(read.bytes() == expected.size());
    CHECK(std::memcmp(read.raw(), expected.data(), expected.size()) == 0);
  }
  // More than one block of them; 0x7E00 is not a number.
  const std::string many = file_of(R"({"h":{"dtype":"F16","shape":[3,3001],"data_offsets":[0,18006]}})", 18006, '\x7E');
  const Array read = load_safetensors(folder.write("many", many)).arrays.at(0).second;
  CHECK(read.shape() == Shape{3, 3001});
  CHECK(std::ranges::all_of(read.span<float>(), [](float x) { return std::isnan(x); }));
}

TEST_CASE("safetensors: the same bytes as Python's library") {
  const Scratch folder;
  save_safetensors(folder / "a", simple());
  CHECK(Scratch::read(folder / "a") == golden("safetensors/simple"));
  save_safetensors(folder / "a", simple(), {{"made by", "nobody, \"ä\""}});
  CHECK(Scratch::read(folder / "a") == golden("safetensors/metadata"));
  save_safetensors(folder / "a", {});
  CHECK(Scratch::read(folder / "a") == golden("safetensors/none"));
}

TEST_CASE("safetensors and npz: round trips of every type") {
  const Scratch folder;
  const NamedArrays arrays = every_type();
  const std::map<std::string, std::string> metadata{{"a", "1"}, {"ä", "\"\n"}};
  save_safetensors(folder / "all.safetensors", arrays, metadata);
  const Safetensors back = load_safetensors(folder / "all.safetensors");
  CHECK(back.metadata == metadata);
  REQUIRE(back.arrays.size() == arrays.size());
  save_npz(folder / "all.npz", arrays);
  const std::map<std::string, Array> npz = load_npz(folder / "all.npz");
  REQUIRE(npz.size() == arrays.size());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    CAPTURE(arrays[i].first);
    CHECK(back.arrays[i].first == arrays[i].first);  // in their order
    CHECK(same(back.arrays[i].second, arrays[i].second));
    CHECK(same(npz.at(arrays[i].first), arrays[i].second));
  }
  CHECK(folder.names() == std::vector<std::string>{"all.npz", "all.safetensors"});
  // For `make_weights.py FOLDER`, which reads them with Python's libraries.
  if (const char* keep = std::getenv("XGRAD_KEEP_WEIGHTS"))
    for (const char* name : {"all.npz", "all.safetensors"})
      std::filesystem::copy_file(folder / name, std::string(keep) + "/" + name,
                                 std::filesystem::copy_options::overwrite_existing);
}

TEST_CASE("npz: what NumPy wrote, the same bytes twice, and none at all") {
  const Scratch folder;
  std::map<std::string, Array> read = load_npz(folder.write("simple.npz", golden("npz/simple")));
  CHECK(read.size() == 2);
  for (const auto& [name, array] : simple()) CHECK(same(read.at(name), array));
  save_npz(folder / "a.npz", simple());
  save_npz(folder / "b.npz", simple());
  CHECK(Scratch::read(folder / "a.npz") == Scratch::read(folder / "b.npz"));
  save_npz(folder / "none.npz", {});
  CHECK(load_npz(folder / "none.npz").empty());
  CHECK(folder.names() == std::vector<std::string>{"a.npz", "b.npz", "none.npz", "simple.npz"});
}

TEST_CASE("safetensors: element widths align") {
  const Scratch folder;
  save_safetensors(folder / "a", {{"byte", ones({3}, DType::uint8)}, {"wide", ones({2}, DType::float64)}});
  const std::string bytes = Scratch::read(folder / "a");
  CHECK(bytes.find(R"({"byte":{"dtype":"U8","shape":[3],"data_offsets":[16,19]},"wide":{"dtype":"F64")") == 8);
  CHECK((bytes.size() - 19) % 8 == 0);
}

TEST_CASE("safetensors and npz: names that a file cannot hold") {
  const Scratch folder;
  const auto refusal = [&](const std::string& a, const std::string& b) {
    return message<ArgError>([&] { save_safetensors(folder / "a", {{a, ones({1})}, {b, ones({1})}}); });
  };
  CHECK(refusal("w", "w") == "ArgError: xgrad::save_safetensors: needs names that differ; got 'w' twice");
  CHECK(refusal("w", "\xFFz") == "ArgError: xgrad::save_safetensors: needs names in UTF-8; got '?z'");
  CHECK(refusal("\xED\xA0\x80", "w") == "ArgError: xgrad::save_safetensors: needs names in UTF-8; got '?\?\?'");
  CHECK(refusal("w", "__metadata__") ==
        "ArgError: xgrad::save_safetensors: needs names other than '__metadata__', which the format keeps; got one");
  CHECK(message<ArgError>([&] {
          save_npz(folder / "a", {{std::string("a\0b", 3), ones({1})}});
        }) == "ArgError: xgrad::save_npz: needs names without zero bytes; got 'a?b'");
  CHECK(message<ArgError>([&] {
          save_npz(folder / "a", {{"w", ones({1})}, {"w", ones({1})}});
        }) == "ArgError: xgrad::save_npz: needs names that differ; got 'w' twice");
  CHECK(folder.names().empty());
}

TEST_CASE("safetensors: a file cut anywhere is refused") {
  const Scratch folder;
  const std::string whole = golden("safetensors/all");
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK_THROWS_AS(load_safetensors(folder.write("cut", whole.substr(0, n))), IoError);
  }
  CHECK_THROWS_AS(load_safetensors(folder.write("more", whole + '\0')), IoError);
}

TEST_CASE("safetensors: a header with any byte changed is refused or read, nothing else") {
  const Scratch folder;
  const std::string whole = golden("safetensors/metadata");
  std::size_t refused = 0, read = 0;
  for (std::size_t i = 0; i < whole.size() - 36; ++i) {
    for (int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      try {
        const Safetensors result = load_safetensors(folder.write("damaged", damaged));
        std::size_t bytes = 0;
        for (const auto& [name, array] : result.arrays) bytes += array.bytes();
        const bool halves = damaged.find("\"F1") != std::string::npos || damaged.find("\"BF") != std::string::npos;
        REQUIRE((bytes == 36 || halves));
        ++read;
      } catch (const IoError& e) {
        REQUIRE(std::string(e.what()).find("damaged") != std::string::npos);
        ++refused;
      }
    }
  }
  CHECK(refused > read);
  CHECK(read > 0);  // a changed letter of a name is a name
}

TEST_CASE("safetensors: damage, and the words for it") {
  const Scratch folder;
  const std::string path = folder / "bad.safetensors";
  const auto refusal = [&](const std::string& bytes) {
    folder.write("bad.safetensors", bytes);
    std::string text = message([&] { load_safetensors(path); });
    for (std::size_t at; (at = text.find(path)) != std::string::npos;) text.replace(at, path.size(), "FILE");
    const std::string start = "IoError: xgrad::load_safetensors: needs ";
    REQUIRE(text.starts_with(start));
    return text.substr(start.size());
  };
  const auto of_header = [&](const std::string& header, std::size_t data = 0) {
    return refusal(file_of(header, data));
  };
  const auto tensor = [&](const std::string& fields, std::size_t data = 0) {
    return of_header("{\"w\":{" + fields + "}}", data);
  };

  CHECK(refusal("") == "the header's length, 8 bytes, in FILE; got 0 bytes in all");
  CHECK(refusal(std::string(8, '\xFF')) == "a header of at most 100,000,000 bytes in FILE; got 18446744073709551615");
  CHECK(refusal(std::string("\xE8\3\0\0\0\0\0\0{}", 10)) ==
        "a header of 1000 bytes in FILE; got 2 bytes after its length");
  CHECK(of_header("") == "'{' at byte 8 in FILE; got the end of the header");
  CHECK(of_header(" {}") == "'{' at byte 8 in FILE; got ' '");
  CHECK(of_header("[]") == "'{' at byte 8 in FILE; got '['");
  CHECK(of_header("{} x") == "the end of the header at byte 11 in FILE; got 'x'");
  CHECK(of_header("{\"a") == "the rest of a string at byte 11 in FILE; got the end of the header");
  CHECK(of_header("{\"a\n\"}") == "the rest of a string at byte 11 in FILE; got '?'");
  CHECK(of_header("{\"a\\x\"}") == "an escape that JSON has at byte 12 in FILE; got 'x'");
  CHECK(of_header("{\"\\u12g4\"}") == "four hexadecimal digits at byte 14 in FILE; got 'g'");
  CHECK(of_header("{\"\\ud800\"}") == "a pair of surrogates at byte 16 in FILE; got '\"'");
  CHECK(of_header("{\"\\udc00\"}") == "a pair of surrogates at byte 16 in FILE; got '\"'");
  CHECK(of_header("{\"\xC0\xAF\":{}}") == "strings in UTF-8 in FILE; got '?\?'");
  CHECK(of_header("{\"__metadata__\":{},\"__metadata__\":{}}") == "one '__metadata__' in FILE; got two");
  CHECK(of_header("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}") ==
        "metadata of different names in FILE; got 'a' twice");
  CHECK(of_header("{\"__metadata__\":{\"a\":1}}") == "'\"' at byte 29 in FILE; got '1'");
  CHECK(of_header("{\"w\":[]}") == "'{' at byte 13 in FILE; got '['");

  CHECK(tensor("") == "a 'dtype' of array 'w' in FILE; got none");
  CHECK(tensor(R"("dtype":"F32","shape":[])") == "a 'data_offsets' of array 'w' in FILE; got none");
  CHECK(tensor(R"("dtype":"F32","dtype":"F32")") == "one 'dtype' of array 'w' in FILE; got two");
  CHECK(tensor(R"("dtype":"F32","size":3)") ==
        "dtype, shape and data_offsets of array 'w' in FILE; got the key 'size'");
  CHECK(tensor(R"("dtype":"F8_E4M3","shape":[])") ==
        "F32, F64, I64, U8, BOOL, F16 or BF16 as the type of array 'w' in FILE; got 'F8_E4M3'");
  CHECK(tensor(R"("dtype":"F32","shape":[-1])") == "a number without a sign at byte 37 in FILE; got '-'");
  CHECK(tensor(R"("dtype":"F32","shape":[1.5])") == "']' at byte 38 in FILE; got '.'");
  CHECK(tensor(R"("dtype":"F32","shape":[1e3])") == "']' at byte 38 in FILE; got 'e'");
  CHECK(tensor(R"("dtype":"F32","shape":[01])") == "numbers without leading zeros in FILE; got '01'");
  CHECK(tensor(R"("dtype":"F32","shape":[1,])") == "a number without a sign at byte 39 in FILE; got ']'");
  CHECK(tensor(R"("dtype":"F32","shape":[18446744073709551616])") ==
        "numbers below 2^63 in FILE; got 18446744073709551616]}}…");
  CHECK(tensor(R"("dtype":"F32","shape":[1,1,1,1,1,1,1,1,1])") == "at most 8 axes of array 'w' in FILE; got more");
  CHECK(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0])") == "two data_offsets of array 'w' in FILE; got 1");
  CHECK(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4,4])") ==
        "two data_offsets of array 'w' in FILE; got 3");
  CHECK(tensor(R"("dtype":"F32","shape":[2,3],"data_offsets":[0,16])", 16) ==
        "24 bytes for array 'w' (F32 [2,3]) in FILE; got bytes 0 to 16");
  CHECK(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[4,0])", 4) ==
        "4 bytes for array 'w' (F32 [1]) in FILE; got bytes 4 to 0");
  CHECK(tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])") ==
        "a shape that fits memory of array 'w' in FILE; got [4294967296,4294967296]");
  CHECK(tensor(R"("dtype":"U8","shape":[0,4294967296,4294967296],"data_offsets":[0,0])") ==
        "a shape that fits memory of array 'w' in FILE; got [0,4294967296,4294967296]");
  CHECK(tensor(R"("dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104])", 4) ==
        "4398046511104 bytes of elements after the header in FILE; got 4");
  CHECK(tensor(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])", 5) ==
        "4 bytes of elements after the header in FILE; got 5");

  const auto two = [&](const std::string& second, const std::string& offsets, std::size_t data) {
    return of_header(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},")" + second +
                         R"(":{"dtype":"U8","shape":[4],"data_offsets":)" + offsets + "}}",
                     data);
  };
  CHECK(two("b", "[2,6]", 6) ==
        "arrays one after the other, the next from byte 4 in FILE; got bytes 2 to 6 for array 'b'");
  CHECK(two("b", "[0,4]", 4).find("the next from byte 4 in FILE; got bytes 0 to 4") != std::string::npos);
  CHECK(two("b", "[5,9]", 9) ==
        "arrays one after the other, the next from byte 4 in FILE; got bytes 5 to 9 for array 'b'");
  CHECK(two("a", "[4,8]", 8) == "names that differ in FILE; got 'a' twice");
  CHECK(refusal(golden("safetensors/i32")) ==
        "F32, F64, I64, U8, BOOL, F16 or BF16 as the type of array 'steps' in FILE; got 'I32'");
  CHECK(of_header("{\"" + std::string(200, 'n') + "\":{}}") ==
        "a 'dtype' of array '" + std::string(80, 'n') + "…' in FILE; got none");
}

TEST_CASE("safetensors: what JSON allows is read") {
  const Scratch folder;
  const std::string header =
      "{ \"\\u00e4\\ud83d\\ude00\\/\\\"\" :\t{\"data_offsets\" : [ 0 , 2 ],\n\"shape\":[2], \"dtype\":\"BOOL\"} }\r\n";
  const Safetensors read = load_safetensors(folder.write("a", file_of(header, 2, '\7')));
  REQUIRE(read.arrays.size() == 1);
  CHECK(read.arrays[0].first == "ä😀/\"");
  CHECK(same(read.arrays[0].second, made<bool>({true, true}, {2})));
}
