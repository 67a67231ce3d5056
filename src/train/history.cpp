#include "xgrad/train/history.hpp"

#include <algorithm>

#include "core/near.hpp"
#include "xgrad/core/settings.hpp"

namespace xgrad {

namespace {
template <class Entries>
auto find_in(Entries& entries, std::string_view name) {
  return std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == name; });
}
template <class Entries>
[[noreturn]] void unknown(const char* operation, const Entries& entries, const FigureName& figure) {
  std::vector<std::string_view> known;
  for (const auto& e : entries) known.push_back(e.first);
  throw ArgError(
      operation,
      "needs the name of a figure; got '" + std::string(figure.name) + "'" + detail::near_matches(figure.name, known),
      figure.loc);
}
}  // namespace

void Logs::set(std::string_view name, double value) {
  const auto found = find_in(entries_, name);
  if (found != entries_.end()) {
    found->second = value;
  } else {
    entries_.emplace_back(name, value);
  }
}
const double* Logs::find(std::string_view name) const noexcept {
  const auto found = find_in(entries_, name);
  return found == entries_.end() ? nullptr : &found->second;
}
double Logs::operator[](FigureName figure) const {
  const double* value = find(figure.name);
  if (!value) unknown("Logs", entries_, figure);
  return *value;
}

const std::vector<double>& History::operator[](FigureName figure) const {
  const auto found = find_in(figures_, figure.name);
  if (found == figures_.end()) unknown("History", figures_, figure);
  return found->second;
}
bool History::has(std::string_view name) const noexcept { return find_in(figures_, name) != figures_.end(); }
std::vector<std::string> History::names() const {
  std::vector<std::string> all;
  for (const auto& f : figures_) all.push_back(f.first);
  return all;
}
void History::settings(Settings& s) {
  s("epochs", epochs_);
  std::vector<std::string> all = names();
  s("names", all);
  if (s.reading()) {
    figures_.clear();
    for (const std::string& name : all) figures_.emplace_back(name, std::vector<double>{});
  }
  Settings figures = s.member("figures");
  if (figures)
    for (auto& [name, values] : figures_) figures(name, values);
}
void History::add(int epoch, const Logs& logs) {
  epochs_.push_back(epoch);
  for (const auto& [name, value] : logs) {
    auto found = find_in(figures_, name);
    if (found == figures_.end()) found = figures_.insert(figures_.end(), {name, {}});
    found->second.push_back(value);
  }
}

}  // namespace xgrad
