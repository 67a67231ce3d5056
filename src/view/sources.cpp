#include "view/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace xgrad::view {

namespace {

namespace fs = std::filesystem;

fs::path path_of_source(const std::string& name) {
  std::error_code ignored;
  const fs::path path(name);
  const auto usable = [&](const fs::path& p) { return fs::is_regular_file(p, ignored); };
  if (usable(path)) return path;
  if (path.is_absolute()) return {};
  fs::path inner = path;  // without "../" in front
  while (!inner.empty() && *inner.begin() == "..") inner = inner.lexically_relative("..");
  if (usable(inner)) return inner;
  fs::path folder = fs::read_symlink("/proc/self/exe", ignored);  // empty on other systems
  for (int level = 0; level < 4 && folder.has_relative_path(); ++level) {
    folder = folder.parent_path();
    if (usable(folder / path)) return folder / path;
  }
  return {};
}

}  // namespace

std::string find_source(const std::string& name) { return path_of_source(name).string(); }

int Sources::place(Loc loc) {
  if (!loc.known()) return -1;
  const auto [entry, fresh] = numbers_.try_emplace({loc.file, loc.line}, static_cast<int>(places_.size()));
  if (fresh) places_.push_back(loc);
  return entry->second;
}

const std::vector<std::string>& Sources::lines_of(const std::string& file) {
  const auto [entry, fresh] = files_.try_emplace(file);
  if (!fresh) return entry->second;
  const fs::path path = path_of_source(file);
  std::error_code error;
  const std::uintmax_t size = path.empty() ? 0 : fs::file_size(path, error);
  if (path.empty() || error || size > largest_file) return entry->second;
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.size() > longest_line) {
      std::size_t end = longest_line;
      while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // not within a character
      line = line.substr(0, end) + "…";
    }
    entry->second.push_back(std::move(line));
  }
  return entry->second;
}

void Sources::write(JsonWriter& to) {
  to.begin_list();
  for (const Loc loc : places_) {
    const std::vector<std::string>& lines = lines_of(loc.file);
    const auto count = static_cast<unsigned>(lines.size());
    const unsigned first = std::max(loc.line, surroundings + 1u) - surroundings;
    const unsigned end = loc.line <= count ? std::min(loc.line + surroundings, count) + 1 : first;
    std::string_view shown = loc.file;  // as the user knows it, who does not stand in the build's folder
    while (shown.starts_with("../")) shown.remove_prefix(3);
    to.begin_object().key("file").text(shown).key("line").number(loc.line).key("first").number(first);
    to.key("lines").begin_list();
    for (unsigned i = first; i < end; ++i) to.text(lines[i - 1]);
    to.end_list().end_object();
  }
  to.end_list();
}

}  // namespace xgrad::view
