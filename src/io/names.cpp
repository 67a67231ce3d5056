#include "io/names.hpp"

#include <algorithm>

#include "core/json.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad::detail {

std::string shown(std::string_view name) {
  constexpr std::size_t most = 80;
  const bool utf8 = is_utf8(name);
  std::string text = "'";
  for (char c : name.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte == 0x7F || (byte > 0x7F && !utf8) ? '?' : c;
  }
  if (name.size() <= most) return text + "'";
  while ((static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();  // no half characters
  if (static_cast<unsigned char>(text.back()) >= 0xC0) text.pop_back();
  return text + "…'";
}

void check_names(const char* operation, const NamedArrays& arrays, Loc loc) {
  std::vector<std::string_view> names;
  for (const auto& [name, array] : arrays) {
    if (!is_utf8(name)) throw ArgError(operation, "needs names in UTF-8; got " + shown(name), loc);
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw ArgError(operation, "needs names that differ; got " + shown(*twice) + " twice", loc);
}

}  // namespace xgrad::detail
