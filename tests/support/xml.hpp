#pragma once
// Whether a text is well-formed XML, as far as drawings use it.

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "core/json.hpp"

/// What is wrong with it first; "" for a well-formed document: one root, elements closed in order, quoted attributes,
/// no bare '<' or '&', no character that XML forbids.
inline std::string xml_fault(const std::string& text) {
  if (!xgrad::detail::is_utf8(text)) return "no UTF-8";
  std::vector<std::string> open;
  bool rooted = false;
  const auto references = [](const std::string& part) {
    for (std::size_t at = part.find('&'); at != std::string::npos; at = part.find('&', at + 1)) {
      const std::size_t end = part.find(';', at);
      if (end == std::string::npos || end == at + 1) return false;
      for (std::size_t i = at + 1; i < end; ++i)
        if (!std::isalnum(static_cast<unsigned char>(part[i])) && !(i == at + 1 && part[i] == '#')) return false;
    }
    return true;
  };
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') return "a control character";
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '<') {
      const std::size_t end = std::min(text.find('<', at), text.size());
      const std::string between = text.substr(at, end - at);
      if (!references(between)) return "a bare & in '" + between + "'";
      if (open.empty() && between.find_first_not_of(" \t\r\n") != std::string::npos) return "text outside of the root";
      at = end;
      continue;
    }
    const auto skip = [&](const std::string& begin, const std::string& end) {
      if (text.compare(at, begin.size(), begin) != 0) return false;
      const std::size_t found = text.find(end, at + begin.size());
      at = found == std::string::npos ? text.size() + 1 : found + end.size();
      return true;
    };
    if (skip("<?", "?>") || skip("<!--", "-->") || skip("<![CDATA[", "]]>") || skip("<!", ">")) {
      if (at > text.size()) return "something that does not end";
      continue;
    }
    std::size_t i = at + 1;
    const bool closing = i < text.size() && text[i] == '/';
    if (closing) ++i;
    std::size_t end = i;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == ':')) ++end;
    const std::string name = text.substr(i, end - i);
    if (name.empty()) return "a bare < at " + text.substr(at, 20);
    char quote = 0;  // a '>' in an attribute ends nothing
    std::size_t value = 0;
    for (i = end; i < text.size() && (quote || text[i] != '>'); ++i) {
      if (text[i] == '<') return "a < in the tag " + name;
      if (!quote && (text[i] == '"' || text[i] == '\'')) {
        if (text[text.find_last_not_of(" \n", i - 1)] != '=') return "an attribute without = in " + name;
        quote = text[i];
        value = i + 1;
      } else if (quote && text[i] == quote) {
        if (!references(text.substr(value, i - value))) return "a bare & in an attribute of " + name;
        quote = 0;
      }
    }
    if (i >= text.size()) return "a tag that does not end: " + name;
    const bool empty = text[i - 1] == '/';
    at = i + 1;
    if (closing) {
      if (open.empty() || open.back() != name) return "an end of " + name + " that did not begin";
      open.pop_back();
      continue;
    }
    if (open.empty() && rooted) return "a second root: " + name;
    rooted = true;
    if (!empty) open.push_back(name);
  }
  if (!open.empty()) return "no end of " + open.back();
  return rooted ? "" : "no element";
}
