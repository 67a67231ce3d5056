#pragma once
// Pages that the library writes, read back: their data, and whether their markup is whole.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"

/// What stands between two texts; "" where the first is missing.
inline std::string between(const std::string& text, const std::string& begin, const std::string& end,
                           std::size_t from = 0) {
  const auto at = text.find(begin, from);
  if (at == std::string::npos) return "";
  return text.substr(at + begin.size(), text.find(end, at + begin.size()) - at - begin.size());
}

/// How often a text stands in another.
inline std::size_t times(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

/// The JSON in a report.
inline xgrad::detail::Json data_of(const std::string& page) {
  const std::string text = between(page, "<script type=\"application/json\" id=\"report-data\">", "</script>");
  return xgrad::detail::parse_json(
      text, [](const std::string& needs, const std::string& got) { FAIL("JSON needs " << needs << "; got " << got); });
}

/// The elements of a page, in order. Fails where one is not closed, closed twice, or has an attribute without quotes.
inline std::vector<std::string> elements_of(const std::string& page) {
  std::vector<std::string> all, open;
  for (auto at = page.find('<'); at != page.npos; at = page.find('<', at)) {
    const bool closing = page[++at] == '/';
    if (page[at] == '!') continue;
    at += closing;
    const auto name_end = page.find_first_of(" />", at);
    REQUIRE(name_end != page.npos);
    const std::string name = page.substr(at, name_end - at);
    CAPTURE(page.substr(at, 80));
    for (char c : name) REQUIRE(((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')));
    for (at = name_end; page[at] != '>' && page[at] != '/';) {  // name="value", each after a blank
      REQUIRE(!closing);
      REQUIRE(page[at] == ' ');
      const auto equals = page.find_first_of("= >", at + 1);
      REQUIRE(page.substr(equals, 2) == "=\"");
      const auto end = page.find_first_of("\"<", equals + 2);
      REQUIRE(page[end] == '"');
      REQUIRE(page.substr(at + 1, 2) != "on");
      at = end + 1;
    }
    const bool single = page[at] == '/' || name == "meta" || name == "wbr" || name == "img";
    if (closing) {
      REQUIRE(!open.empty());
      REQUIRE(open.back() == name);
      open.pop_back();
      continue;
    }
    all.push_back(name);
    if (!single) open.push_back(name);
    if (name == "script" || name == "style") at = page.find("</" + name, at);  // text that is no markup
  }
  CHECK(open.empty());
  return all;
}
