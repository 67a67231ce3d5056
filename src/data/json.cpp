#include "data/json.hpp"

#include "core/json.hpp"

namespace xgrad::detail {

std::vector<std::pair<std::string, std::int64_t>> parse_integers(std::string_view json, const std::string& name,
                                                                 Loc loc) {
  const auto complain = [&](const std::string& needs, const std::string& got) {
    throw IoError("read_json", "needs " + needs + " of " + name + "; got " + got, loc);
  };
  Json whole = parse_json(json, complain);
  if (whole.kind != Json::Kind::object) complain("an object", "another value");
  std::vector<std::pair<std::string, std::int64_t>> entries;
  entries.reserve(whole.members.size());
  for (auto& [key, value] : whole.members) {
    if (value.kind != Json::Kind::integer) complain("an integer as member '" + key + "'", to_text(value));
    entries.emplace_back(std::move(key), value.integer);
  }
  return entries;
}

}  // namespace xgrad::detail
