// The guide for teachers says what its programs say: listings, what is printed, every number in its text.

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "../support/scratch.hpp"
#include "output.hpp"

namespace {

const std::string guide_folder = XGRAD_DOCS_SOURCE "teaching/";

struct Chapter {
  std::string title, text;
  std::string source() const {  // "01_chain_rule"
    const auto at = text.find("[0");
    return at == text.npos ? "" : text.substr(at + 1, text.find(".cpp", at) - at - 1);
  }
};

/// The parts of the guide that show a program.
std::vector<Chapter> chapters() {
  std::vector<Chapter> found;
  const std::string page = Scratch::read(guide_folder + "README.md");
  for (auto at = page.find("\n## "); at != page.npos;) {
    const auto next = page.find("\n## ", at + 1);
    const std::string text = page.substr(at + 4, next == page.npos ? page.npos : next - at - 4);
    if (text[0] >= '1' && text[0] <= '9') found.push_back({text.substr(0, text.find('\n')), text});
    at = next;
  }
  return found;
}

/// The listings below lines that begin with `mark`.
std::vector<std::string> blocks(const std::string& text, const std::string& mark) {
  std::vector<std::string> found;
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) {
    const auto begin = text.find('\n', text.find("```", at)) + 1;
    found.push_back(text.substr(begin, text.find("```", begin) - begin));
  }
  return found;
}

/// Without the spaces that begin each line.
std::string flush_left(const std::string& text) { return std::regex_replace(text, std::regex("(^|\n) +"), "$1"); }

std::set<std::string> numbers_in(const std::string& text) {
  static const std::regex number(R"(-?\d+(\.\d+)?(e[-+]?\d+)?)");
  std::set<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), number), end; i != end; ++i) found.insert(i->str());
  return found;
}

/// "2 · 6 + 1": products first.
double evaluate(const std::string& text) {
  std::istringstream in(std::regex_replace(text, std::regex("·"), "*"));
  double total = 0, product = 0;
  std::string sign = "+";
  in >> product;
  for (std::string op; in >> op;) {
    double x = 0;
    in >> x;
    if (op == "*") {
      product *= x;
      continue;
    }
    total += sign == "-" ? -product : product;
    sign = op;
    product = x;
  }
  return total + (sign == "-" ? -product : product);
}

void check_numbers(const Chapter& c, const std::string& said) {
  static const std::regex span("`([^`\n]+)`"), number(R"(-?\d+(\.\d+)?(e[-+]?\d+)?)"),
      sum(R"([-\d. e+·]+ = -?[\d.]+(e[-+]?\d+)?)");
  const std::string text = std::regex_replace(c.text, std::regex("```[^`]*```"), "");
  const std::set<std::string> known = numbers_in(said);
  int numbers = 0;
  for (std::sregex_iterator i(text.begin(), text.end(), span), end; i != end; ++i) {
    const std::string inside = (*i)[1];
    CAPTURE(inside);
    if (std::regex_match(inside, number)) {
      CHECK(known.count(inside) == 1);
      ++numbers;
    } else if (std::regex_match(inside, sum)) {
      const auto equals = inside.find(" = ");
      const double right = std::stod(inside.substr(equals + 3));
      CHECK(std::abs(evaluate(inside.substr(0, equals)) - right) <= 1e-5 * std::abs(right));
      ++numbers;
    }
  }
  CHECK(numbers >= 2);
  // What has a decimal point is measured, too, where it stands in plain text.
  const std::string plain = std::regex_replace(std::regex_replace(text, span, ""), std::regex(R"(\]\([^)]*\))"), "");
  for (const std::string& n : numbers_in(plain)) {
    CAPTURE(n);
    CHECK((n.find('.') == n.npos || known.count(n) == 1));
  }
}

}  // namespace

TEST_CASE("the guide's eight programs print what it says, and write their pages") {
  const std::vector<Chapter> all = chapters();
  REQUIRE(all.size() == 8);
  for (const Chapter& c : all) {
    CAPTURE(c.title);
    const std::string source = c.source();
    REQUIRE(source.size() > 3);
    const Scratch folder;
    const std::string said = output_of("'" XGRAD_DOCS + ("teaching/" + source.substr(3)) + "' '" + (folder / "") + "'");
    const std::string code = Scratch::read(guide_folder + source + ".cpp");

    const std::vector<std::string> listings = blocks(c.text, "<!-- from " + source + ".cpp -->");
    CHECK_FALSE(listings.empty());
    for (const std::string& listing : listings) {
      CAPTURE(listing);
      CHECK(flush_left(code).find(flush_left(listing)) != std::string::npos);
    }
    const std::vector<std::string> printed = blocks(c.text, "<!-- printed -->");
    CHECK_FALSE(printed.empty());
    for (const std::string& block : printed) {
      CAPTURE(block);
      CHECK_MESSAGE(said.find(block) != std::string::npos, said);
    }
    check_numbers(c, said + code);

    // The pages that it names are there, and whole.
    static const std::regex page("[a-z_]+\\.html");
    std::set<std::string> pages;
    for (std::sregex_iterator i(c.text.begin(), c.text.end(), page), end; i != end; ++i) pages.insert(i->str());
    const std::vector<std::string> written = folder.names();
    CHECK(std::set<std::string>(written.begin(), written.end()) == pages);
    for (const std::string& name : written) {
      const std::string text = Scratch::read(folder / name);
      CHECK(text.find("</html>") != text.npos);
      CHECK(text.find(source + ".cpp") != text.npos);  // the user's lines
    }
    // So is its picture.
    static const std::regex picture("\\]\\(([^)]+\\.png)\\)");
    std::smatch found;
    REQUIRE(std::regex_search(c.text, found, picture));
    CHECK(std::filesystem::file_size(guide_folder + found[1].str()) < 150000);
  }
}

TEST_CASE("the gallery's programs write their pages") {
  for (const std::string name : {"attention", "lstm", "micrograd", "pytorch_tutorial", "residual_block"}) {
    CAPTURE(name);
    const Scratch folder;
    const std::string said = output_of("'" XGRAD_DOCS + ("gallery/" + name) + "' '" + (folder / "") + "'");
    CHECK(folder.names() == std::vector<std::string>{name + ".html"});
    CHECK(Scratch::read(folder / (name + ".html")).find("</html>") != std::string::npos);
    CHECK(std::filesystem::file_size(XGRAD_DOCS_SOURCE "gallery/" + name + ".png") < 150000);
    if (name == "micrograd") {  // the figures of its README
      CHECK(figure_after(said, "g ") == doctest::Approx(24.7041).epsilon(1e-5));
      CHECK(figure_after(said, "dg/da ") == doctest::Approx(138.8338).epsilon(1e-5));
      CHECK(figure_after(said, "dg/db ") == doctest::Approx(645.5773).epsilon(1e-5));
    }
  }
}

TEST_CASE("why_this_gradient: the story, the shares, the paths, the comparison") {
  const std::string said = output_of("'" XGRAD_EXAMPLES "why_this_gradient'");
  CAPTURE(said);
  CHECK(said.find("Backward\n") != said.npos);
  // dy/dh = 2h + cos h at h = 1; dy/dx = w dy/dh + 1
  CHECK(said.find("  = 2.5403\n") != said.npos);
  CHECK(said.find("  + 1  along #6 add (operand 1)\n") != said.npos);
  CHECK(said.find("  = 2.2702\n") != said.npos);
  CHECK(said.find(">> [0]           4       12          -8") != said.npos);
  CHECK(said.find("kink: slope 0 before, 1 after") != said.npos);
}
