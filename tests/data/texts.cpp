// IMDB and Reuters: the real files against Keras, option by option (tests/reference/make_datasets.py); made files and
// word indexes everywhere.

#include "xgrad/data/texts.hpp"

#include <algorithm>

#include "data/made_files.hpp"
#include "support/reference.hpp"

using namespace xgrad;
using namespace std::string_literals;
using support::hash_of;
using support::labels;
using support::MadeHome;
using support::object_array;

namespace {

std::optional<std::int64_t> optional(const reference::Case& c, const std::string& key,
                                     std::optional<std::int64_t> otherwise) {
  if (!c.has(key)) return otherwise;
  return c.text(key) == "none" ? std::nullopt : std::optional<std::int64_t>(c.integer(key));
}

template <class Options>
Options options_of(const reference::Case& c) {
  Options o;
  o.num_words = optional(c, "num_words", {});
  o.skip_top = optional(c, "skip_top", 0).value();
  o.maxlen = optional(c, "maxlen", {});
  o.seed = static_cast<std::uint32_t>(optional(c, "seed", 113).value());
  o.start_char = optional(c, "start_char", 1);
  o.oov_char = optional(c, "oov_char", 2);
  o.index_from = optional(c, "index_from", 3).value();
  return o;
}

void check_half(const reference::Case& c, const std::string& half, const datasets::Texts& texts) {
  CAPTURE(half);
  CHECK(std::to_string(texts.x.size()) == c.text(half + "_count"));
  CHECK(std::to_string(texts.x.values().size()) == c.text(half + "_integers"));
  CHECK(hash_of(texts.x.values().span<std::int64_t>()) == c.text(half + "_values"));
  CHECK(hash_of(texts.x.lengths().span<std::int64_t>()) == c.text(half + "_lengths"));
  CHECK(hash_of(texts.y.span<std::int64_t>()) == c.text(half + "_labels"));
}

std::vector<std::int64_t> first(std::span<const std::int64_t> text, std::size_t n = 16) {
  return {text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(n, text.size()))};
}

}  // namespace

TEST_CASE("imdb and reuters, as Keras loads them") {
  const reference::File file("datasets.txt");
  const bool has_imdb = support::has_keras_file("imdb.npz"), has_reuters = support::has_keras_file("reuters.npz");
  int texts = 0;
  for (const reference::Case& c : file.cases()) {
    CAPTURE(c.name);
    if (c.op() == "imdb" && has_imdb) {
      const auto [train, test] = datasets::imdb(options_of<datasets::ImdbOptions>(c));
      check_half(c, "train", train);
      check_half(c, "test", test);
      ++texts;
    }
    if (c.op() == "reuters" && has_reuters) {
      auto options = options_of<datasets::ReutersOptions>(c);
      options.test_split = c.number("test_split", 0.2);
      const auto [train, test] = datasets::reuters(options);
      check_half(c, "train", train);
      check_half(c, "test", test);
      ++texts;
    }
  }
  CHECK(texts == 7 * (has_imdb + has_reuters));
}

TEST_CASE("imdb: what was published") {
  if (!support::has_keras_file("imdb.npz") || !support::has_keras_file("imdb_word_index.json")) return;
  const auto [train, test] = datasets::imdb({.num_words = 10000});
  CHECK(train.x.size() == 25000);
  CHECK(test.x.size() == 25000);
  CHECK(first(train.x[0]) ==
        std::vector<std::int64_t>{1, 14, 22, 16, 43, 530, 973, 1622, 1385, 65, 458, 4468, 66, 3941, 4, 173});
  CHECK(train.y.data<std::int64_t>()[0] == 1);
  CHECK(train.x.max() == 9999);
  const WordIndex index = datasets::imdb_word_index();
  CHECK(index.size() == 88584);
  CHECK(index.word(1) == "the");
  CHECK(index.rank("the") == 1);
  CHECK(
      index.decode(train.x[0]).starts_with("? this film was just brilliant casting location scenery story direction"));
}

TEST_CASE("reuters: what was published") {
  if (!support::has_keras_file("reuters.npz") || !support::has_keras_file("reuters_word_index.json")) return;
  const auto [train, test] = datasets::reuters({.num_words = 10000});
  CHECK(train.x.size() == 8982);
  CHECK(test.x.size() == 2246);
  CHECK(first(train.x[0]) ==
        std::vector<std::int64_t>{1, 2, 2, 8, 43, 10, 447, 5, 25, 207, 270, 5, 3095, 111, 16, 369});
  CHECK(train.y.data<std::int64_t>()[0] == 3);
  CHECK(first(train.x[10]) ==
        std::vector<std::int64_t>{1, 245, 273, 207, 156, 53, 74, 160, 26, 14, 46, 296, 26, 39, 74, 2979});
  CHECK(train.y.data<std::int64_t>()[10] == 3);
  const WordIndex index = datasets::reuters_word_index();
  CHECK(index.size() == 30979);
  CHECK(index.decode(train.x[0]).starts_with("? ? ? said as a result of its december acquisition of space co"));
}

TEST_CASE("reuters: the topics") {
  const auto names = datasets::reuters_label_names();
  CHECK(names.size() == 46);
  CHECK(names[0] == "cocoa");
  CHECK(names[3] == "earn");
  CHECK(names[20] == "interest");
  CHECK(names[45] == "lead");
}

TEST_CASE("imdb: a made file, number by number") {
  const MadeHome home;
  const std::vector<std::vector<int>> x{{5, 9}, {1, 2, 3, 4}, {7}};
  home.write_npz("imdb.npz", {{"x_train", object_array(x)},
                              {"y_train", labels({10, 11, 12})},
                              {"x_test", object_array({{30}})},
                              {"y_test", labels({20})}});
  // RandomState(113).permutation(3) is 1 0 2; the largest number, 30 + 3, is itself replaced.
  const auto [train, test] = datasets::imdb();
  const Sequences expected{{1, 4, 5, 6, 7}, {1, 8, 12}, {1, 10}};
  REQUIRE(train.x.size() == 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t label = train.y.data<std::int64_t>()[i];
    const std::size_t place = label == 11 ? 0 : label == 10 ? 1 : 2;
    CHECK(first(train.x[i]) == first(expected[static_cast<std::int64_t>(place)]));
  }
  CHECK(test.x == Sequences{{1, 2}});
  CHECK(test.y.data<std::int64_t>()[0] == 20);
  // Texts that are as long as maxlen go, with their labels; the start counts.
  const auto [few, few_test] = datasets::imdb({.maxlen = 3});
  CHECK(few.x == Sequences{{1, 10}});
  CHECK(few.y.data<std::int64_t>()[0] == 12);
  CHECK_THROWS_WITH_AS(datasets::imdb({.maxlen = 2}), doctest::Contains("a maxlen that leaves a text; got 2"),
                       ArgError);
  // A start that is itself left out.
  const auto [none, none_test] = datasets::imdb({.num_words = 8, .skip_top = 5, .maxlen = 3, .oov_char = std::nullopt});
  CHECK(none.x == Sequences{{}});
}

TEST_CASE("imdb: files that do not fit") {
  const MadeHome home;
  CHECK_THROWS_WITH_AS(datasets::imdb(), doctest::Contains("needs the file imdb.npz"), IoError);
  CHECK_THROWS_WITH_AS(datasets::imdb(), doctest::Contains(home.cache().c_str()), IoError);
  CHECK_THROWS_WITH_AS(datasets::imdb(), doctest::Contains("https://storage.googleapis.com"), IoError);
  CHECK_THROWS_WITH_AS(datasets::imdb(), doctest::Contains("texts.cpp"), IoError);
  CHECK_THROWS_WITH_AS(datasets::reuters(), doctest::Contains("needs the file reuters.npz"), IoError);
  CHECK_THROWS_WITH_AS(datasets::imdb_word_index(), doctest::Contains("imdb_word_index.json"), IoError);
  home.write_npz("imdb.npz", {{"x_train", object_array({{1}, {2}})}, {"y_train", labels({1})}});
  CHECK_THROWS_WITH_AS(datasets::imdb(), doctest::Contains("imdb"), IoError);
  home.write_npz("reuters.npz", {{"x", object_array({{1}, {2}})}, {"y", labels({1})}});
  CHECK_THROWS_WITH_AS(datasets::reuters(), doctest::Contains("one integer for each text"), IoError);
  home.write("reuters.npz", "not an archive");
  CHECK_THROWS_WITH_AS(datasets::reuters(), doctest::Contains("reuters.npz"), IoError);
  CHECK_THROWS_WITH_AS(datasets::reuters({.test_split = 1}), doctest::Contains("test_split"), ArgError);
}

TEST_CASE("a word index: JSON, strictly") {
  const MadeHome home;
  const auto read = [&](const std::string& json) {
    home.write("imdb_word_index.json", json);
    return datasets::imdb_word_index();
  };
  const WordIndex index = read(
      " {\"the\": 1,\n\"caf\\u00e9\":2 , \"\\ud83d\\ude00 \\\"\\\\\\/\\b\\f\\n\\r\\t\": 3, \"na\xc3\xafve\": -4}\r\n");
  CHECK(index.size() == 4);
  CHECK(index.rank("caf\xc3\xa9") == 2);
  CHECK(index.rank("\xf0\x9f\x98\x80 \"\\/\b\f\n\r\t") == 3);
  CHECK(index.rank("na\xc3\xafve") == -4);
  CHECK_FALSE(index.rank("cafe"));
  CHECK(index.word(2) == "caf\xc3\xa9");
  CHECK(index.word(9).empty());
  const std::vector<std::int64_t> text{1, 4, 2, 5, std::numeric_limits<std::int64_t>::min()};
  CHECK(index.decode(text) == "? the ? caf\xc3\xa9 ?");
  CHECK(index.decode(std::span(text).first(2), 0, "<?>") == "the <?>");
  CHECK(index.decode({}) == "");
  CHECK(read("{}").size() == 0);

  for (const char* bad : {"",
                          "{",
                          "[]",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{,}",
                          "{\"a\":1}x",
                          "{\"a\":1.5}",
                          "{\"a\":1e3}",
                          "{\"a\":01}",
                          "{\"a\":-}",
                          "{\"a\":+1}",
                          "{\"a\":\"1\"}",
                          "{\"a\":9223372036854775808}",
                          "{'a':1}",
                          "{a:1}",
                          "{\"a\":1 \"b\":2}",
                          "{\"a",
                          "{\"a\\",
                          "{\"a\\x\":1}",
                          "{\"\\u12g4\":1}",
                          "{\"\\u12",
                          "{\"\\ud83d\":1}",
                          "{\"\\ud83dxx\":1}",
                          "{\"\\ude00\":1}",
                          "{\"\\ud83d\\u0041\":1}",
                          "{\"a\nb\":1}",
                          "{\"\x80\":1}",
                          "{\"\xc0\x80\":1}",
                          "{\"\xed\xa0\x80\":1}",
                          "{\"\xf5\x80\x80\x80\":1}",
                          "{\"\xc3\":1}",
                          "{\"\xe2\x82",
                          "{\"a\":1}//",
                          "{\"a\":true}",
                          "{\"a\":null}",
                          "{\"a\":1,\"a\":2}",
                          "{\"a\":1,\"b\":1}"}) {
    CAPTURE(bad);
    CHECK_THROWS_WITH_AS(read(bad), doctest::Contains("imdb_word_index.json"), IoError);
  }
}

TEST_CASE("Moby Dick ships whole") {
  const std::string text = datasets::moby_dick();
  CHECK(text.size() == 1192912);
  CHECK(text.starts_with("CHAPTER 1. Loomings.\n\nCall me Ishmael. Some years ago--never mind how long precisely--"));
  CHECK(text.ends_with("found another orphan.\n"));
  CHECK(text.find("CHAPTER 135. The Chase.--Third Day.") != text.npos);
  CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}
