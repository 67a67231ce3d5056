// Pieces of pages: texts, numbers, pictures and charts, read back from what is written.

#include "view/charts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "../support/page.hpp"
#include "view/markup.hpp"
#include "view/png.hpp"
#include "xgrad/xgrad.hpp"

using namespace xgrad;

namespace {

std::uint32_t word(const std::string& bytes, std::size_t at) {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
  return v;
}

/// The points of a PNG of stored blocks, and a look at all that surrounds them.
std::vector<std::uint8_t> points_of(const std::string& file, std::size_t line) {
  REQUIRE(file.substr(0, 8) == "\x89PNG\r\n\x1A\n");
  std::string kinds, data;
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t n = word(file, at);
    kinds += file.substr(at + 4, 4) + " ";
    if (file.substr(at + 4, 4) == "IDAT") data += file.substr(at + 8, n);
    at += 12 + n;
    REQUIRE(at <= file.size());
  }
  CHECK(kinds == "IHDR IDAT IEND ");
  std::string raw;
  for (std::size_t at = 2, last = 0; !last;) {
    last = static_cast<std::size_t>(data[at]);
    const std::size_t n = static_cast<unsigned char>(data[at + 1]) | static_cast<unsigned char>(data[at + 2]) << 8;
    CHECK((n ^ 0xFFFF) == static_cast<std::size_t>(static_cast<unsigned char>(data[at + 3]) |
                                                   static_cast<unsigned char>(data[at + 4]) << 8));
    raw += data.substr(at + 5, n);
    at += 5 + n;
  }
  std::vector<std::uint8_t> points;
  for (std::size_t at = 0; at < raw.size(); at += line + 1) {
    CHECK(raw[at] == 0);
    for (std::size_t i = 0; i < line; ++i) points.push_back(static_cast<std::uint8_t>(raw[at + 1 + i]));
  }
  return points;
}

/// The points of each outline in a drawing of rows.
std::vector<std::vector<std::pair<double, double>>> outlines_of(const std::string& svg) {
  std::vector<std::vector<std::pair<double, double>>> all;
  for (auto at = svg.find("<path d=\""); at != svg.npos; at = svg.find("<path d=\"", at + 1)) {
    std::string path = between(svg, "<path d=\"", "\"", at);
    for (char& c : path)
      if (c == 'M' || c == 'L') c = ' ';
    std::istringstream in(path);
    all.emplace_back();
    for (double x, y; in >> x >> y;) all.back().emplace_back(x, y);
  }
  return all;
}

double luminance(const std::string& hex) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double v = std::stoi(hex.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
  }
  return sum;
}

}  // namespace

TEST_CASE("texts in a page") {
  CHECK(view::escaped("a <b> & \"c\" 'd'") == "a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
  CHECK(view::escaped("\xF0\x9F\xA6\x8A é") == "\xF0\x9F\xA6\x8A é");
  CHECK(view::escaped("\xFF\xF0\x9F.") == "\uFFFD\uFFFD\uFFFD.");
  CHECK(view::escaped(std::string("a\0b\nc\x7F", 6)) == "a b c ");
  CHECK(view::escaped("\u202Eabc\u2066\u0085") == " abc  ");
  CHECK(view::shortened("abcdef", 6) == "abcdef");
  CHECK(view::shortened("abcdefg", 6) == "abcde…");
  CHECK(view::shortened("ééééé", 3) == "éé…");
  CHECK(view::shortened("", 3) == "");
}

TEST_CASE("numbers in a page") {
  CHECK(view::grouped(7) == "7");
  CHECK(view::grouped(123) == "123");
  CHECK(view::grouped(1234567) == "1,234,567");
  CHECK(view::grouped(-123) == "-123");
  CHECK(view::grouped(-1234) == "-1,234");
  CHECK(view::brief(0.123456) == "0.1235");
  CHECK(view::brief(-2) == "−2");
  CHECK(view::brief(NAN) == "nan");
  CHECK(view::brief(-INFINITY) == "−∞");
  CHECK(view::percent(1) == "100\u00A0%");
  CHECK(view::percent(0.9999) == "99.9\u00A0%");
  CHECK(view::percent(0.371) == "37\u00A0%");
  CHECK(view::percent(0.004) == "0.4\u00A0%");
  CHECK(view::percent(0) == "0\u00A0%");
  CHECK(view::place(-0.01) == "0");
  CHECK(view::place(12.34) == "12.3");
  CHECK(view::ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(view::ticks(-3, 12, 4) == std::vector<double>{0, 5, 10});
  CHECK(view::ticks(1, 3, 8, true) == std::vector<double>{1, 2, 3});
  CHECK(view::ticks(1, 1, 5).empty());
  CHECK(view::ticks(0, INFINITY, 5).empty());
}

TEST_CASE("pictures in a page") {
  view::Pixels grey{.width = 3, .height = 2, .bytes = {0, 1, 2, 253, 254, 255}};
  const std::string file = view::png(grey);
  CHECK(points_of(file, 3) == grey.bytes);
  CHECK(word(file, 16) == 3);
  CHECK(word(file, 20) == 2);
  // Sums that zlib gives: crc32(b"IEND"), and of a black point adler32(b"\0\0") and crc32 of its chunk.
  CHECK(word(file, file.size() - 4) == 0xAE426082);
  const std::string black = view::png({.width = 1, .height = 1, .bytes = {0}});
  CHECK(word(black, black.size() - 20) == 0x00020001);
  view::Pixels large{.width = 100, .height = 300, .channels = 3, .bytes = std::vector<std::uint8_t>(90000)};
  for (std::size_t i = 0; i < large.bytes.size(); ++i) large.bytes[i] = static_cast<std::uint8_t>(i * 7);
  CHECK(points_of(view::png(large), 300) == large.bytes);  // several blocks
  CHECK(view::picture_address(grey).starts_with("data:image/png;base64,iVBORw0KGgo"));
}

TEST_CASE("rows of histograms stand where their numbers are") {
  // Four bins of equal width from 0 to 4, of 4, 16, 0 and 1 elements: heights by the root, the fullest is the highest.
  Histogram h{
      .finite = 2100, .lowest = 0, .highest = 4, .mean = 1, .stddev = 1, .norm = 1, .counts = {400, 1600, 0, 100}};
  const std::string svg = view::ridges_svg({{"start", h}, {"1", h}}, "weights", "id", "title", "description");
  elements_of(svg);
  const auto rows = outlines_of(svg);
  REQUIRE(rows.size() == 2);
  const double base = rows[0][0].second;
  std::vector<double> heights;
  double left = 1e9, right = -1e9;
  for (const auto& [x, y] : rows[0])
    if (y < base) {
      heights.push_back(base - y);
      left = std::min(left, x);
      right = std::max(right, x);
    }
  REQUIRE(heights.size() == 6);  // two ends of each bin that is not empty
  CHECK(heights[0] == doctest::Approx(heights[2] / 2).epsilon(0.01));
  CHECK(heights[4] == doctest::Approx(heights[2] / 4).epsilon(0.02));
  CHECK(rows[1][0].second > base);  // below
  for (std::size_t i = 0; i < rows[0].size(); ++i) CHECK(rows[0][i].first == rows[1][i].first);
  // 0 and 4 are as far apart as the ticks say.
  std::vector<double> ticks;
  for (const char* number : {">0</text>", ">4</text>"}) {
    const auto at = svg.rfind("<text x=\"", svg.find(number));
    ticks.push_back(std::stod(between(svg, "x=\"", "\"", at)));
  }
  CHECK(left == doctest::Approx(ticks[0]).epsilon(0.002));
  CHECK(right == doctest::Approx(ticks[1]).epsilon(0.002));
}

TEST_CASE("rows of histograms: zeros, equal elements, none, a row much wider than the others") {
  const Histogram relu{.finite = 1000, .zeros = 600, .lowest = 0, .highest = 1, .counts = {700, 100, 100, 100}};
  const std::string svg = view::ridges_svg({{"1", relu}}, "activations", "id", "t", "d");
  CHECK(svg.find(">60\u00A0%</text>") != svg.npos);
  double base = 0, highest = 1e9;
  std::vector<double> tops;
  const auto alone = outlines_of(svg);
  for (const auto& [x, y] : alone[0]) {
    base = std::max(base, y);
    highest = std::min(highest, y);
    tops.push_back(y);
  }
  CHECK(std::count(tops.begin(), tops.end(), highest) == 8);  // without zeros all four bins are alike
  const Histogram same = histogram(full({5}, 0.5), 4), none = histogram(full({2}, NAN), 4);
  const std::string odd = view::ridges_svg({{"a", same}, {"b", none}}, "weights", "id", "t", "d");
  CHECK(outlines_of(odd)[0].size() == 5);
  CHECK(outlines_of(odd)[1].size() == 2);
  CHECK(odd.find("b: nothing finite, 2 not finite") != odd.npos);
  Histogram narrow{.finite = 100, .lowest = -1, .highest = 1, .mean = 0, .counts = {25, 25, 25, 25}}, wide = narrow;
  wide.lowest = -100;
  wide.highest = 100;
  const auto cut =
      outlines_of(view::ridges_svg({{"0", wide}, {"1", narrow}, {"2", narrow}}, "weights", "id", "t", "d"));
  double from = 1e9, to = 0;
  for (const auto& [x, y] : cut[1])
    if (y < cut[1][0].second) {
      from = std::min(from, x);
      to = std::max(to, x);
    }
  CHECK(to - from > 50);  // of some 250: no needle
}

TEST_CASE("a confusion matrix can be read: its numbers, and their ink on every shade") {
  const std::vector<std::int64_t> counts{90, 5, 5, 0, 40, 60, 1, 0, 0};
  const std::string svg = view::matrix_svg({"a", "<b>", "a long name of a class"}, counts, "id", "t", "d");
  elements_of(svg);
  CHECK(times(svg, "<title>true ") == 6);  // those that are not 0
  CHECK(svg.find("<title>true &lt;b&gt;, predicted a long name of a class: 60 (60\u00A0% of the row)</title>") !=
        svg.npos);
  CHECK(svg.find("a long name o…</text>") != svg.npos);
  std::vector<std::string> seen;
  for (auto at = svg.find("<rect x="); at != svg.npos; at = svg.find("<rect x=", at + 1)) {
    const double ground = luminance(between(svg, "fill=\"", "\"", at));
    const auto text = svg.find("class=\"count\"", at);
    const double ink = luminance(between(svg, "fill=\"", "\"", text));
    CHECK((std::max(ink, ground) + 0.05) / (std::min(ink, ground) + 0.05) >= 4.5);
    seen.push_back(between(svg, ">", "<", text));
  }
  CHECK(seen == std::vector<std::string>{"90", "5", "5", "40", "60", "1"});
}

TEST_CASE("curves leave gaps where nothing is finite") {
  detail::Panel panel{.title = "loss", .curves = {{.name = "training", .x = {1, 2, 3, 4}, .y = {1, NAN, 3, 2}}}};
  panel.marks = {{.at = 4, .name = "best: <epoch> 4"}};
  const std::string svg = view::curves_svg(panel, "id", "a description");
  elements_of(svg);
  CHECK(times(svg, "<circle") == 3);
  CHECK(times(between(svg, "class=\"curve c0\" d=\"", "\""), "M") == 2);
  CHECK(svg.find("best: &lt;epoch&gt; 4</text>") != svg.npos);
  CHECK(svg.find("<desc id=\"id-d\">a description</desc>") != svg.npos);
}
