// JSON as RFC 8259 has it, and settings on it.

#include "core/json.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/settings_file.hpp"
#include "xgrad/core/error.hpp"

using namespace xgrad;
using detail::Json;

namespace {

Json parse(std::string_view text) {
  return detail::parse_json(text, [](const std::string& needs, const std::string& got) {
    throw std::runtime_error("needs " + needs + "; got " + got);
  });
}
std::string again(std::string_view text) { return to_text(parse(text)); }

}  // namespace

TEST_CASE("values read and written stay what they are") {
  for (const char* text : {"null", "true", "false", "0", "-12", "9223372036854775807", "1.5", "-0.25", "1e+300", "\"\"",
                           "\"a\\\"b\\\\c\\n\\t\"", "[]", "[1,[2,{}],\"x\"]", "{}", "{\"b\":1,\"a\":[true,null]}"})
    CHECK(again(text) == text);
  CHECK(again(" [ 1 , 2.0 ,\t3e0 ]\n") == "[1,2.0,3.0]");
  CHECK(again("\"\\u00e9\\ud83d\\ude00\\/\"") == "\"é😀/\"");
  CHECK(again("\"\\u0001\\b\"") == "\"\\u0001\\b\"");
  CHECK(parse("9223372036854775808").kind == Json::Kind::real);  // 2^63 is no 64-bit integer
  for (double x : {0.1, 1.0 / 3, 1e-300, 123456789.0, -2.5e17}) CHECK(parse(to_text(Json::of(x))).real == x);
}

TEST_CASE("what is no JSON is refused with its place") {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\" 1}",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "+1",
                           "nul",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"\\udc00\"",
                           "\"\x01\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "1 2",
                           "// x",
                           "{\"a\":1,\"a\":2}",
                           "[1e999]",
                           "NaN",
                           "\xef\xbb\xbf{}"})
    CHECK_THROWS_AS_MESSAGE(parse(text), std::runtime_error, text);
  CHECK_THROWS_WITH_AS(parse("[1, x]"), "needs a value at byte 4; got 'x]'", std::runtime_error);
  CHECK_THROWS_WITH_AS(parse("[1"), "needs ']' at byte 2; got the end", std::runtime_error);
  CHECK_THROWS_WITH_AS(parse(std::string(1000, '[')), doctest::Contains("at most 256 levels"), std::runtime_error);
}

namespace {
struct Inner {
  std::vector<double> weights = {1};
  void settings(Settings& s) { s("weights", weights); }
};
struct Outer {
  bool yes = false;
  int number = 0;
  std::uint64_t seed = 0;
  double rate = 0;
  std::string text;
  Shape shape;
  std::optional<double> some, none = 1;
  std::vector<int> list;
  Inner inner;
  void settings(Settings& s) {
    s("yes", yes)("number", number)("seed", seed)("rate", rate)("text", text)("shape", shape)("some", some)("none",
                                                                                                            none);
    s("list", list)("inner", inner);
  }
};
}  // namespace

TEST_CASE("settings come back, and what a file lacks keeps its value") {
  Outer out{true, -3, ~0ull, -std::numeric_limits<double>::infinity(), "ä\n", {2, -1}, 0.1, {}, {4, 5}, {{0.5, 1e-9}}};
  detail::SettingsFile file("save", "f", Loc::current());
  Settings root = file.root();
  out.settings(root);
  CHECK(file.text() ==
        R"({"yes":true,"number":-3,"seed":-1,"rate":"-inf","text":"ä\n","shape":[2,-1],"some":0.1,"none":null,)"
        R"("list":[4,5],"inner":{"weights":[0.5,1e-09]}})");
  detail::SettingsFile again("load", "f", Loc::current(), file.text());
  Outer in;
  Settings read = again.root();
  in.settings(read);
  read.finish();
  CHECK(in.yes);
  CHECK(in.number == -3);
  CHECK(in.seed == ~0ull);
  CHECK(in.rate == out.rate);
  CHECK(in.text == out.text);
  CHECK(in.shape == out.shape);
  CHECK(in.some == out.some);
  CHECK_FALSE(in.none.has_value());
  CHECK(in.list == out.list);
  CHECK(in.inner.weights == out.inner.weights);

  detail::SettingsFile old("load", "f", Loc::current(), R"({"number":7,"inner":{"wrong":1}})");
  Outer kept;
  Settings few = old.root();
  kept.settings(few);
  CHECK(kept.number == 7);
  CHECK(kept.none == 1.0);
  CHECK_THROWS_WITH_AS(few.finish(), doctest::Contains("settings that this version knows in f; got 'inner.wrong'"),
                       IoError);
  detail::SettingsFile bad("load", "f", Loc::current(), R"({"number":3000000000})");
  Settings wrong = bad.root();
  CHECK_THROWS_WITH_AS(kept.settings(wrong), doctest::Contains("needs a whole number as setting 'number' in f"),
                       IoError);
}
