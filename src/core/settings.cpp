#include "xgrad/core/settings.hpp"

#include <cmath>
#include <limits>

#include "core/settings_file.hpp"
#include "xgrad/core/error.hpp"

namespace xgrad {

using detail::Json;

namespace {

constexpr std::size_t max_text = 10'000'000;  // a tree of values takes many times the memory of its text

// How each type stands in JSON, both ways; `take` says whether the value was of that kind.
Json made(bool v) { return Json::of(v); }
Json made(int v) { return Json::of(static_cast<std::int64_t>(v)); }
Json made(std::int64_t v) { return Json::of(v); }
Json made(std::uint64_t v) { return Json::of(static_cast<std::int64_t>(v)); }  // its bits
Json made(double v) {
  if (std::isnan(v)) return Json::of(std::string("nan"));  // JSON has no numbers for these
  if (std::isinf(v)) return Json::of(std::string(v > 0 ? "inf" : "-inf"));
  return Json::of(v);
}
Json made(const std::string& v) { return Json::of(v); }
template <class List>
Json made_list(const List& list) {
  Json j = Json::list_of({});
  for (const auto& v : list) j.items.push_back(made(v));
  return j;
}
Json made(const Shape& v) { return made_list(v); }
template <class T>
Json made(const std::vector<T>& v) {
  return made_list(v);
}

bool take(const Json& j, bool& v) {
  v = j.boolean;
  return j.kind == Json::Kind::boolean;
}
bool take(const Json& j, std::int64_t& v) {
  v = j.integer;
  return j.kind == Json::Kind::integer;
}
bool take(const Json& j, int& v) {
  v = static_cast<int>(j.integer);
  return j.kind == Json::Kind::integer && v == j.integer;
}
bool take(const Json& j, std::uint64_t& v) {
  v = static_cast<std::uint64_t>(j.integer);
  return j.kind == Json::Kind::integer;
}
bool take(const Json& j, double& v) {
  if (j.kind == Json::Kind::text) {
    v = j.text == "nan" ? std::numeric_limits<double>::quiet_NaN()
                        : (j.text == "-inf" ? -1 : 1) * std::numeric_limits<double>::infinity();
    return j.text == "nan" || j.text == "inf" || j.text == "-inf";
  }
  v = j.kind == Json::Kind::integer ? static_cast<double>(j.integer) : j.real;
  return j.kind == Json::Kind::integer || j.kind == Json::Kind::real;
}
bool take(const Json& j, std::string& v) {
  v = j.text;
  return j.kind == Json::Kind::text;
}
bool take(const Json& j, Shape& v) {
  v = {};
  if (j.kind != Json::Kind::list || j.items.size() > Shape::max_rank) return false;
  for (const Json& item : j.items) {
    std::int64_t extent = 0;
    if (!take(item, extent)) return false;
    v.push_back(extent);
  }
  return true;
}
template <class T>
bool take(const Json& j, std::vector<T>& v) {
  v.clear();
  if (j.kind != Json::Kind::list) return false;
  for (const Json& item : j.items)
    if (!take(item, v.emplace_back())) return false;
  return true;
}

const char* words(const bool&) { return "true or false"; }
const char* words(const int&) { return "a whole number"; }
const char* words(const std::int64_t&) { return "a whole number"; }
const char* words(const std::uint64_t&) { return "a whole number"; }
const char* words(const double&) { return "a number"; }
const char* words(const std::string&) { return "a text"; }
const char* words(const Shape&) { return "a list of at most 8 whole numbers"; }
const char* words(const std::vector<int>&) { return "a list of whole numbers"; }
const char* words(const std::vector<std::int64_t>&) { return "a list of whole numbers"; }
const char* words(const std::vector<double>&) { return "a list of numbers"; }
const char* words(const std::vector<std::string>&) { return "a list of texts"; }

std::string shortened(std::string text) { return text.size() > 60 ? text.substr(0, 57) + "..." : text; }

void find_unused(const Json& j, const std::string& path, std::string& names) {
  for (const auto& [name, member] : j.members) {
    const std::string full = path.empty() ? name : path + "." + name;
    if (!member.used) {
      names += (names.empty() ? "'" : ", '") + full + "'";
    } else {
      find_unused(member, full, names);
    }
  }
  for (std::size_t i = 0; i < j.items.size(); ++i) find_unused(j.items[i], path + "[" + std::to_string(i) + "]", names);
}

}  // namespace

detail::SettingsFile::SettingsFile(const char* op, std::string file, Loc line)
    : operation(op), path(std::move(file)), loc(line), reading(false) {}

detail::SettingsFile::SettingsFile(const char* op, std::string file, Loc line, std::string_view text)
    : operation(op), path(std::move(file)), loc(line), reading(true) {
  const auto complain = [&](const std::string& needs, const std::string& got) {
    throw IoError(operation, "needs " + needs + " of the settings in " + path + "; got " + got, loc);
  };
  if (text.size() > max_text) complain("at most 10,000,000 bytes", std::to_string(text.size()));
  json = parse_json(text, complain);
  if (json.kind != Json::Kind::object) complain("an object", "another value");
}

bool Settings::reading() const noexcept { return file_->reading; }
Loc Settings::loc() const noexcept { return file_->loc; }
bool Settings::has(std::string_view name) const { return node_->find(name) != nullptr; }

void Settings::refuse(const std::string& needs, const std::string& got) const {
  const std::string where = path_.empty() ? "" : " as setting '" + path_ + "'";
  if (reading())
    throw IoError(file_->operation, "needs " + needs + where + " in " + file_->path + "; got " + got, file_->loc);
  throw ArgError(file_->operation, "needs " + needs + where + "; got " + got, file_->loc);
}

Settings Settings::member(std::string_view name) {
  Json* node = nullptr;
  const std::string path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  if (!reading()) {
    node = &(*node_)[name];
    if (node_->kind == Json::Kind::null) node_->kind = Json::Kind::object;
    if (node->kind == Json::Kind::null) node->kind = Json::Kind::object;
  } else if ((node = node_->find(name))) {
    node->used = true;
  }
  return Settings(file_, node, path);
}

bool Settings::null(std::string_view name, bool reading) {
  if (reading) {
    Json* node = node_->find(name);
    if (node->kind != Json::Kind::null) return false;
    node->used = true;
    return true;
  }
  (*node_)[name] = Json{};
  return true;
}

template <detail::SettingValue T>
Settings& Settings::operator()(std::string_view name, T& value) {
  const Settings m = member(name);
  if (!m.node_) return *this;
  if (!reading()) {
    *m.node_ = made(value);
    return *this;
  }
  T read{};
  if (!take(*m.node_, read)) m.refuse(words(value), shortened(to_text(*m.node_)));
  value = std::move(read);
  return *this;
}
template Settings& Settings::operator()(std::string_view, bool&);
template Settings& Settings::operator()(std::string_view, int&);
template Settings& Settings::operator()(std::string_view, std::int64_t&);
template Settings& Settings::operator()(std::string_view, std::uint64_t&);
template Settings& Settings::operator()(std::string_view, double&);
template Settings& Settings::operator()(std::string_view, std::string&);
template Settings& Settings::operator()(std::string_view, Shape&);
template Settings& Settings::operator()(std::string_view, std::vector<int>&);
template Settings& Settings::operator()(std::string_view, std::vector<std::int64_t>&);
template Settings& Settings::operator()(std::string_view, std::vector<double>&);
template Settings& Settings::operator()(std::string_view, std::vector<std::string>&);

void Settings::nothing(bool& there) {
  if (reading()) {
    there = node_->kind != Json::Kind::null;
  } else if (!there) {
    *node_ = Json{};
  }
}

std::string Settings::kind(std::string_view name) {
  std::string kind(name);
  if (reading() && !has("class_name")) refuse("an object with a class_name", shortened(to_text(*node_)));
  (*this)("class_name", kind);
  return kind;
}

Settings Settings::append(std::string_view name) {
  Json& list = (*node_)[name];
  list.kind = Json::Kind::list;
  list.items.push_back(Json::object());
  const std::string path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  return Settings(file_, &list.items.back(), path + "[" + std::to_string(list.items.size() - 1) + "]");
}

std::vector<Settings> Settings::elements(std::string_view name) {
  std::vector<Settings> all;
  Settings list = member(name);
  if (!list) return all;
  if (list.node_->kind != Json::Kind::list) list.refuse("a list", shortened(to_text(*list.node_)));
  for (std::size_t i = 0; i < list.node_->items.size(); ++i)
    all.push_back(Settings(file_, &list.node_->items[i], list.path_ + "[" + std::to_string(i) + "]"));
  return all;
}

void Settings::finish() const {
  std::string names;
  find_unused(*node_, path_, names);
  if (!names.empty()) refuse("settings that this version knows", names);
}

}  // namespace xgrad
