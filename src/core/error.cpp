#include "xgrad/core/error.hpp"

#include <string_view>

namespace xgrad {

namespace {
std::string compose(const char* kind, const std::string& operation, const std::string& problem, Loc loc,
                    const std::string& detail) {
  std::string text = std::string(kind) + ": xgrad::" + operation + ": " + problem;
  if (loc.known()) text += "\n  at " + to_string(loc);
  if (!detail.empty()) text += (detail.front() == '\n' ? "" : "\n  ") + detail;
  return text;
}
}  // namespace

Error::Error(const char* kind, std::string operation, const std::string& problem, Loc loc, const std::string& detail)
    : std::runtime_error(compose(kind, operation, problem, loc, detail)), operation_(std::move(operation)), loc_(loc) {}

std::string to_string(Loc loc) {
  if (!loc.known()) return {};
  std::string_view file = loc.file;
  if (auto last = file.rfind('/'); last != std::string_view::npos && last > 0) {
    if (auto before = file.rfind('/', last - 1); before != std::string_view::npos) file.remove_prefix(before + 1);
  }
  return std::string(file) + ":" + std::to_string(loc.line);
}

}  // namespace xgrad
