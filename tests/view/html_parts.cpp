// Summaries, memory, sources, hostile texts, whole files.

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>

#include "../support/scratch.hpp"
#include "recorded.hpp"
#include "view/array_view.hpp"
#include "view/sources.hpp"
#include "xgrad/view/html.hpp"

using namespace xgrad;

namespace {

Json view_of(const Array& a, view::ArrayDetail detail = {}) {
  view::JsonWriter to;
  view::write_array(to, a, detail);
  return parsed(to.written());
}

std::string bytes_of_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

/// For arrays that would be written whole.
constexpr view::ArrayDetail figures_only{.max_values = 1};

/// The document in a page.
Json document_in(const std::string& page) {
  const std::string open = "id=\"recording\">";
  const std::size_t begin = page.find(open);
  REQUIRE(begin != page.npos);
  const std::size_t from = begin + open.size(), end = page.find("</script>", from);
  return parsed(page.substr(from, end - from));
}

}  // namespace

TEST_CASE("array views: few numbers are written whole, more of them in figures") {
  const float x[] = {0.1f, -2, NAN, INFINITY, 0, -INFINITY};
  Json v = view_of(Array::from(std::span<const float>(x), {2, 3}));
  Json& values = at(v, "values");
  CHECK(static_cast<float>(number(values.items[0])) == 0.1f);
  CHECK(values.items[2].text == "nan");
  CHECK(values.items[3].text == "inf");
  CHECK(values.items[5].text == "-inf");
  CHECK(v.find("summary") == nullptr);  // the page works it out
  Json few = view_of(Array::from(std::span<const float>(x), {2, 3}), figures_only);
  CHECK(few.find("values") == nullptr);
  Json& s = at(few, "summary");
  CHECK(number(at(s, "min")) == -2);
  CHECK(static_cast<float>(number(at(s, "max"))) == 0.1f);
  CHECK(number(at(s, "mean")) == doctest::Approx(-1.9 / 3));
  CHECK(number(at(s, "norm")) == doctest::Approx(std::sqrt(4.01)));
  CHECK(at(s, "zeros").integer == 1);
  CHECK(at(s, "nan").integer == 1);
  CHECK(at(s, "inf").integer == 2);
  REQUIRE(at(s, "histogram").items.size() == 32);
  CHECK(at(s, "histogram").items[0].integer == 1);
  CHECK(at(s, "histogram").items[31].integer == 1);
  // A float is as short as it can be.
  view::JsonWriter to;
  view::write_array(to, Array::scalar(0.1f), {});
  CHECK(to.written() == R"({"shape":[],"dtype":"float32","values":[0.1]})");
}

TEST_CASE("array views: no elements, nothing finite, the largest numbers, integers and masks") {
  Json empty = view_of(zeros({0, 3}));
  CHECK(at(empty, "values").items.empty());
  CHECK(empty.find("summary") == nullptr);
  Json nothing = view_of(full({3}, NAN), figures_only);
  CHECK(at(at(nothing, "summary"), "min").text == "nan");
  CHECK(at(at(nothing, "summary"), "norm").text == "nan");
  const double most = std::numeric_limits<double>::max();
  const double big[] = {most, -most, most / 2, 0};
  Json v = view_of(Array::from(std::span<const double>(big), {4}), figures_only);
  Json& s = at(v, "summary");
  CHECK(number(at(s, "max")) == most);
  CHECK(number(at(s, "mean")) == doctest::Approx(most / 8));
  CHECK(number(at(s, "stddev")) == doctest::Approx(most * std::sqrt((1 + 1 + 0.25) / 4 - 1.0 / 64)));
  CHECK(at(s, "norm").text != "nan");
  CHECK(at(s, "histogram").items[0].integer == 1);
  CHECK(at(s, "histogram").items[31].integer == 1);
  const double tiny[] = {5e-324, 0};
  Json small = view_of(Array::from(std::span<const double>(tiny), {2}), figures_only);
  CHECK(number(at(at(small, "summary"), "max")) == 5e-324);
  Json integers = view_of(arange(0, 4, 1, DType::int64));
  CHECK(values_in(integers) == std::vector<double>{0, 1, 2, 3});
  Json masks = view_of(ones({2}, DType::boolean));
  CHECK(values_in(masks) == std::vector<double>{1, 1});
}

TEST_CASE("array views: large arrays as figures and a picture of block means; whole where asked for") {
  set_seed(1);
  const Array a = random::normal({5, 10, 50});
  Json v = view_of(a);
  CHECK(v.find("values") == nullptr);
  CHECK(v.find("whole") == nullptr);
  Json& s = at(v, "summary");
  const Description d = describe(a);
  CHECK(static_cast<float>(number(at(s, "min"))) == static_cast<float>(d.lowest));
  CHECK(static_cast<float>(number(at(s, "max"))) == static_cast<float>(d.highest));
  CHECK(number(at(s, "mean")) == doctest::Approx(d.mean).epsilon(1e-8));
  CHECK(number(at(s, "stddev")) == doctest::Approx(d.stddev).epsilon(1e-8));
  CHECK(number(at(s, "norm")) == doctest::Approx(std::sqrt(2500 * (d.mean * d.mean + d.stddev * d.stddev))));
  std::int64_t counted = 0;
  for (std::size_t b = 0; b < 32; b += 2) {  // twice as many bins as a description has
    const std::int64_t pair = at(s, "histogram").items[b].integer + at(s, "histogram").items[b + 1].integer;
    CHECK(pair == d.histogram[b / 2]);
    counted += pair;
  }
  CHECK(counted == 2500);
  Json& picture = at(s, "picture");
  CHECK(at(picture, "rows").integer == 24);
  CHECK(at(picture, "columns").integer == 24);
  REQUIRE(at(picture, "values").items.size() == 24 * 24);
  const std::vector<double> x = elements(a);
  for (std::size_t r = 0; r < 24; ++r) {
    for (std::size_t c = 0; c < 24; ++c) {
      double sum = 0, n = 0;
      for (std::size_t i = r * 50 / 24; i < (r + 1) * 50 / 24; ++i)
        for (std::size_t j = c * 50 / 24; j < (c + 1) * 50 / 24; ++j, ++n) sum += x[i * 50 + j];
      CHECK(number(at(picture, "values").items[r * 24 + c]) == doctest::Approx(sum / n).epsilon(1e-3));
    }
  }
  Json whole = view_of(a, {.max_values = 64, .embed_bytes = a.bytes()});
  CHECK(at(at(whole, "whole"), "dtype").text == "float32");
  const std::string bytes = bytes_of_base64(at(at(whole, "whole"), "base64").text);
  REQUIRE(bytes.size() == a.bytes());
  CHECK(std::memcmp(bytes.data(), a.raw(), bytes.size()) == 0);
  CHECK(view_of(a, {.max_values = 64, .embed_bytes = a.bytes() - 1}).find("whole") == nullptr);
  CHECK(view_of(a, {.max_values = 2500}).find("values") != nullptr);
  for (std::size_t n = 0; n < 7; ++n) CHECK(bytes_of_base64(view::base64("abcdefg", n)) == std::string("abcdefg", n));
}

TEST_CASE("memory is what a tape without kept values holds, after each statement and each rule") {
  set_seed(2);
  Parameter w("w", random::normal({8, 8})), b("b", zeros({8}));
  const Array x = random::normal({16, 8});
  std::map<std::size_t, std::int64_t> after_node;
  std::vector<std::int64_t> after_step;
  const auto program = [&](Tape& tape, auto&& done, auto&& finish) {
    auto scope = tape.scope();
    Var h = matmul(x, w);
    done();
    h = h + b;
    done();
    h = tanh(h);
    done();
    Var kept = exp(h);
    done();
    h = h * kept;
    done();
    h = reshape(h, {8, 16});
    done();
    Var g = square(h);
    done();
    h = Var();
    g = concat({g, g}, 0);
    done();
    Var loss = mean(g);
    done();
    g = Var();
    finish(loss);
  };
  Tape plain;
  program(
      plain, [&] { after_node[plain.size() - 1] = static_cast<std::int64_t>(plain.statistics().bytes); },
      [&](const Var& loss) {
        bool first = true;
        after_node[plain.size() - 1] = static_cast<std::int64_t>(plain.statistics().bytes);
        plain.add_hook({.before = [&](const NodeView&, const Array&) {
          if (!first) after_step.push_back(static_cast<std::int64_t>(plain.statistics().bytes));
          first = false;
        }});
        backward(loss);
        after_step.push_back(static_cast<std::int64_t>(plain.statistics().bytes));
      });
  Tape tape({.keep_values = true});
  program(
      tape, [] {},
      [&](const Var& loss) {
        Json recording = parsed(view::record(loss).json());
        Json& memory = at(recording, "memory");
        REQUIRE(at(memory, "forward").items.size() == tape.size());
        for (const auto& entry : after_node) {
          CAPTURE(entry.first);
          CHECK(at(memory, "forward").items[entry.first].integer == entry.second);
        }
        REQUIRE(at(memory, "backward").items.size() == after_step.size());
        for (std::size_t i = 0; i < after_step.size(); ++i) {
          CAPTURE(i);
          CHECK(at(memory, "backward").items[i].integer == after_step[i]);
        }
        CHECK(after_step.front() > after_step.back());
      });
}

TEST_CASE("sources: the lines around, none for files that are not there, or are no files") {
  const Scratch folder;
  std::string text;
  for (int i = 1; i <= 10; ++i) text += "line " + std::to_string(i) + "\r\n";
  text += std::string(1000, 'x') + "\xFF";
  const std::string file = folder.write("a.cpp", text), huge = folder / "huge.cpp", link = folder / "loop.cpp";
  folder.write("huge.cpp", "int x;\n");
  std::filesystem::resize_file(huge, view::Sources::largest_file + 1);
  std::filesystem::create_symlink(link, link);
  const std::string missing = folder / "none.cpp", directory = folder / "";
  view::Sources sources;
  CHECK(sources.place({}) == -1);
  CHECK(sources.place({file.c_str(), 5}) == 0);
  CHECK(sources.place({file.c_str(), 1}) == 1);
  CHECK(sources.place({file.c_str(), 11}) == 2);
  CHECK(sources.place({file.c_str(), 99}) == 3);
  CHECK(sources.place({missing.c_str(), 7}) == 4);
  CHECK(sources.place({directory.c_str(), 1}) == 5);
  CHECK(sources.place({huge.c_str(), 1}) == 6);
  CHECK(sources.place({link.c_str(), 1}) == 7);
  CHECK(sources.place({"/dev/zero", 4000000000u}) == 8);
  const std::string again = file;  // the same name elsewhere in memory
  CHECK(sources.place({again.c_str(), 5}) == 0);
  view::JsonWriter to;
  sources.write(to);
  Json list = parsed(to.written());
  REQUIRE(list.items.size() == 9);
  CHECK(at(list.items[0], "file").text == file);
  CHECK(at(list.items[0], "first").integer == 2);
  REQUIRE(at(list.items[0], "lines").items.size() == 7);
  CHECK(at(list.items[0], "lines").items[3].text == "line 5");
  CHECK(at(list.items[1], "first").integer == 1);
  CHECK(at(list.items[1], "lines").items.size() == 4);
  REQUIRE(at(list.items[2], "lines").items.size() == 4);
  CHECK(at(list.items[2], "lines").items[3].text == std::string(400, 'x') + "…");
  for (std::size_t i = 3; i < 9; ++i) CHECK(at(list.items[i], "lines").items.empty());
}

TEST_CASE("a recording finds the user's own line") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(2.0));
  const unsigned line = __LINE__ + 1;
  Var y = x * 3 + 1;  // what is looked for
  Json recording = parsed(view::record(y).json());
  Json& source = at(recording, "sources").items[index_of(at(at(recording, "nodes").items.back(), "source"))];
  CHECK(at(source, "line").integer == line);
  CHECK(at(source, "file").text.ends_with("tests/view/html_parts.cpp"));
  // Built elsewhere and moved, the program may not find it; from the build's folder, or from any other, it does.
  if (!at(source, "lines").items.empty()) {
    CHECK(at(source, "first").integer == line - 3);
    CHECK(at(source, "lines").items[3].text == "  Var y = x * 3 + 1;  // what is looked for");
  }
}

TEST_CASE("hostile texts are texts in the page") {
  const Scratch folder;
  const std::string script = "</script><script>alert(1)</script><!--", quotes = "\"'\\\x01\x7F\n\t&amp;`${x}`";
  const std::string wide = "𝒳ȳ\u2028\u2029", broken = "a\xFF\xC0\x80\xED\xA0\x80z";
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const LabelScope inside(script);
  const std::string file = folder.write("a<b>\"&.cpp", "</script>\n\xFE\xFF\n<!-- 𝒳\n");
  Var x = tape.variable(Array::scalar(2.0), Loc{file.c_str(), 2}).label(script);
  Var y = x * 2;
  y.label(wide);
  Var z = y + 1;
  z.label(broken);
  auto op = custom(
      script, [](const Array& v) { return v.copy(); }, [](const CustomVjp& c) { return c.grad(); });
  Var loss = op(z);
  loss.label(quotes);
  view::html(loss, folder / "page.html", {.title = script + quotes, .name = broken});
  const std::string page = Scratch::read(folder / "page.html");
  CHECK(page.find("__XGRAD_" + std::string("RECORDING__")) == page.npos);
  // Nothing that the page did not hold before.
  view::html(x * 2, folder / "tame.html");
  const std::string tame = Scratch::read(folder / "tame.html");
  const auto count = [](const std::string& text, const std::string& piece) {
    std::size_t n = 0;
    for (std::size_t at = text.find(piece); at != text.npos; at = text.find(piece, at + 1)) ++n;
    return n;
  };
  for (const char* piece : {"</script", "<!--", "alert(1)</", "\u2028", "\u2029", "\xFF"})
    CHECK(count(page, piece) == count(tame, piece));
  CHECK(detail::is_utf8(page));
  Json document = document_in(page);
  CHECK(at(document, "title").text == script + quotes);
  Json& recording = at(document, "recordings").items[0];
  CHECK(at(recording, "name").text == "a\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDz");
  Json& nodes = at(recording, "nodes");
  CHECK(at(nodes.items[0], "label").text == script);
  CHECK(at(nodes.items[0], "path").text == script);
  Json& last = nodes.items[index_of(at(recording, "result"))];
  CHECK(at(last, "op").text == script);
  CHECK(at(last, "label").text == quotes);
  Json& source = at(recording, "sources").items[index_of(at(nodes.items[0], "source"))];
  CHECK(at(source, "file").text == file);
  CHECK(at(source, "lines").items[0].text == "</script>");
  CHECK(at(source, "lines").items[1].text == "\uFFFD\uFFFD");
  CHECK(at(source, "lines").items[2].text == "<!-- 𝒳");
  bool found = false;
  for (Json& n : nodes.items) found |= at(n, "label").text == wide;
  CHECK(found);
}

TEST_CASE("two recordings in one page: results of one tape, or one that is kept while its tape goes") {
  const Scratch folder;
  Parameter w("w", Array::scalar(3.0));
  std::vector<view::Recording> kept;
  for (const char* name : {"before", "after"}) {
    Tape tape({.keep_values = true});
    auto scope = tape.scope();
    Var loss = square(w - 1);
    kept.push_back(view::record(loss, {.name = name}));
    view::html({{"one", loss}, {"two", loss * 2}}, folder / "both.html");
    backward(loss);
    SGD{0.25}.step({w});
  }
  view::html(kept, folder / "steps.html");
  Json document = document_in(Scratch::read(folder / "steps.html"));
  CHECK(at(document, "format").integer == 1);
  CHECK(at(document, "title").text == "before and after");
  const double values[] = {4, 1};
  REQUIRE(at(document, "recordings").items.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    Json& r = at(document, "recordings").items[i];
    CHECK(at(r, "name").text == kept[i].name());
    CHECK(values_in(at(at(r, "nodes").items[index_of(at(r, "result"))], "value"))[0] == values[i]);
  }
  document = document_in(Scratch::read(folder / "both.html"));
  CHECK(at(document, "title").text == "one and two");
  CHECK(at(at(document, "recordings").items[1], "name").text == "two");
}

TEST_CASE("sizes: the MNIST network's loss, and ten thousand scalars") {
  set_seed(1);
  {
    Tape tape({.keep_values = true});
    auto scope = tape.scope();
    Sequential network{Input({784}), Dense{512, {.activation = relu}}, Dense{10, {.activation = softmax}}};
    const Array x = random::uniform({128, 784});
    Array y = zeros({128, 10});
    for (std::int64_t i = 0; i < 128; ++i) y.mutable_data<float>()[i * 10 + i % 10] = 1;
    Var loss = mean(categorical_crossentropy(y, network(x)));
    const std::size_t size = view::record(loss).json().size();
    MESSAGE("MNIST: " << tape.size() << " nodes, " << size / 1000 << " kB; with the graph of the gradient "
                      << view::record(loss, {.order = 1}).json().size() / 1000 << " kB");
    CHECK(size < 1'200'000);
  }
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var x = tape.variable(Array::scalar(0.3));
  Var y = x;
  while (tape.size() < 10'000) y = sin(y * x) + 0.7 / (y + 2);
  Var loss = y * 1;
  const auto small = view::record(loss).json();
  MESSAGE("scalars: " << tape.size() << " nodes, " << small.size() / 1000 << " kB");
  CHECK(small.size() < 15'000'000);
  Json read = parsed(small);
  CHECK(at(read, "nodes").items.size() == tape.size());
}

TEST_CASE("sizes: ten thousand arrays, of which the page has the figures") {
  set_seed(1);
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  const Var w = tape.variable(random::normal({20, 50}));
  Var y = w;
  while (tape.size() < 9'998) y = sin(y) * w;  // as many shares as can be: each product gives one to w
  const Var loss = sum(y);
  const std::string text = view::record(loss).json();
  MESSAGE("arrays: " << tape.size() << " nodes, " << text.size() / 1000 << " kB");
  CHECK(text.size() < 15'000'000);
  Json read = parsed(text);
  Json& node = at(read, "nodes").items[5'000];
  Json& value = at(at(node, "value"), "summary");
  CHECK(at(value, "histogram").items.size() == 32);
  CHECK(value.find("picture") == nullptr);
  const double largest = at(value, "max").real;
  CHECK(largest == doctest::Approx(amax(tape.node(5'000).value()).item<double>()).epsilon(1e-4));
  CHECK(at(at(at(node, "grad"), "summary"), "histogram").items.empty());
}

TEST_CASE("sizes: what is written whole in a large graph can be said") {
  Tape tape({.keep_values = true});
  auto scope = tape.scope();
  Var y = tape.variable(linspace(0, 1, 10));
  while (tape.size() < 2'100) y = sin(y);
  const Var loss = sum(y);
  Json brief = parsed(view::record(loss).json()), asked = parsed(view::record(loss, {.max_values = 10}).json());
  CHECK(at(at(brief, "nodes").items[7], "value").find("values") == nullptr);
  CHECK(at(at(at(asked, "nodes").items[7], "value"), "values").items.size() == 10);
}
